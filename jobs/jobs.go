// Package jobs runs what happens without a request: reconcilers that make things so, and the clock of scheduled work.
//
// Every replica may run this; one holds the lease, and the reconcilers and the clock run there only. Requests never
// wait for anything here, and nothing that must be immediate is left to it.
package jobs

import (
	"context"
	"log/slog"
	"net/mail"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
	"k8s.io/utils/clock"

	"chancery/app/blob"
	"chancery/app/calendar"
	"chancery/app/casesync"
	dailies "chancery/app/daily"
	declareds "chancery/app/declared"
	"chancery/app/delivery"
	"chancery/app/fault"
	"chancery/app/kube"
	"chancery/app/notices"
	"chancery/app/post"
	"chancery/app/replies"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/system"
	"chancery/app/work"
	"chancery/jobs/accounts"
	"chancery/jobs/asked"
	"chancery/jobs/calendars"
	"chancery/jobs/daily"
	"chancery/jobs/declared"
	"chancery/jobs/lease"
	"chancery/jobs/loop"
	"chancery/jobs/mails"
	"chancery/jobs/operator"
	"chancery/jobs/pictures"
	"chancery/jobs/runs"
	"chancery/jobs/syncs"
	"chancery/jobs/texts"
)

// Deps is what the jobs stand on.
type Deps struct {
	DB        *store.DB
	Staff     *staff.Staff
	Signin    *signin.Signin
	Notices   *notices.Notices
	Post      *post.Post
	Work      *work.Work
	Daily     *dailies.Daily // nil where there are no daily mails
	Replies   *replies.Replies
	System    *system.System      // nil: nobody looks
	Sync      *casesync.Sync      // nil where there is no case system
	SyncAt    string              // cron, of its nights
	Calendars *calendar.Calendars // nil: nobody has one outside
	Declared  *declareds.Declared // nil: nothing is declared by a directory
	// DeclaredDir is the directory of manifests, DeclaredEvery how often the practice is compared with it.
	DeclaredDir   string
	DeclaredEvery time.Duration
	Cluster       *kube.Client               // nil: no cluster says what the practice is to be
	Says          func(fault.Message) string // in English, to those who write manifests
	Blobs         blob.Store
	Sender        delivery.Sender
	Letters       mails.Letters
	Authors       map[post.Kind]post.Author // who says, at the moment of sending, what mails of these kinds are about
	Texts         delivery.Texts            // nil where the practice sends none
	Words         texts.Words
	From          mail.Address
	Base          *url.URL
	Log           *slog.Logger
	Metrics       prometheus.Registerer
	// MailTimeout bounds one try to send a mail; a mail whose sender died is taken up again after it. 0 means two minutes.
	MailTimeout time.Duration
	// MailConnections is how many mails are sent at once, MailsPerMinute how many in a minute. 0 means one, and no limit.
	MailConnections, MailsPerMinute int
	// LeaseTTL is how long other replicas wait for one that died, and a quarter more at most. 0 means 10 seconds: the next one leads within 15.
	LeaseTTL time.Duration
	// Clock is what the loops sleep by; it goes as DB's does. nil is the machine's.
	Clock clock.WithTicker
}

// Jobs is what runs beside the pages.
type Jobs struct {
	Deps
	accounts *accounts.Reconciler
	mails    *mails.Reconciler
	pictures *pictures.Reconciler
	texts    *texts.Reconciler
	runs     *runs.Reconciler
	loops    map[string]*loop.Loop // by the prefix of their keys on the change feed
	operator *operator.Reconciler  // nil: there is no cluster
}

// New builds the reconcilers; it starts nothing.
func New(d Deps) (*Jobs, error) {
	if d.MailTimeout == 0 {
		d.MailTimeout = 2 * time.Minute
	}
	if d.LeaseTTL == 0 {
		d.LeaseTTL = 10 * time.Second
	}
	j := &Jobs{Deps: d, loops: map[string]*loop.Loop{}}
	j.mails = mails.New(mails.Deps{Post: d.Post, Staff: d.Staff, Signin: d.Signin, Letters: d.Letters, Authors: d.Authors, Sender: d.Sender,
		From: d.From, Base: d.Base, Now: d.DB.Now, Log: d.Log, Hold: d.MailTimeout, Connections: d.MailConnections, PerMinute: d.MailsPerMinute})
	j.texts = &texts.Reconciler{Post: d.Post, Staff: d.Staff, Signin: d.Signin, Words: d.Words, Sender: d.Texts, Base: d.Base,
		Now: d.DB.Now, Log: d.Log, Hold: textHold}
	j.accounts = &accounts.Reconciler{Staff: d.Staff, Signin: d.Signin, Notices: d.Notices, Post: d.Post, Now: d.DB.Now}
	j.pictures = &pictures.Reconciler{Staff: d.Staff, Blobs: d.Blobs, Now: d.DB.Now}
	var err error
	if j.runs, err = runs.New(d.DB, j.schedule(), d.Log); err != nil {
		return nil, err
	}
	// The grace is shorter than the lease is trusted without being renewed (jobs/lease), and than an orchestrator waits.
	common := loop.Options{Clock: d.Clock, Log: d.Log, Metrics: d.Metrics, NoGraceOn: lease.ErrLost, Grace: min(d.LeaseTTL/3, 5*time.Second)}
	letters := common
	letters.Workers = 1              // the outbox is one flow
	letters.Timeout = 24 * time.Hour // it lasts as long as something is due; each try is bounded by MailTimeout
	hurried := common
	hurried.Timeout = textHold * 3 / 4
	long := common
	long.Timeout = time.Hour
	j.loops[accounts.Prefix] = loop.New(j.accounts, common)
	j.loops[mails.Prefix] = loop.New(j.mails, letters)
	j.loops[pictures.Prefix] = loop.New(j.pictures, common)
	j.loops[texts.Prefix] = loop.New(j.texts, hurried)
	j.loops[runs.Prefix] = loop.New(j.runs, long)
	if d.Daily != nil {
		j.loops[daily.Prefix] = loop.New(&daily.Reconciler{Daily: d.Daily, Now: d.DB.Now}, common)
	}
	if d.Sync != nil {
		j.loops[syncs.Prefix] = loop.New(&syncs.Reconciler{Sync: d.Sync, Now: d.DB.Now}, common)
	}
	if d.Calendars != nil {
		outside := common
		outside.Workers = 8 // they wait for keepers, and one that is slow keeps none of the others
		j.loops[calendars.Prefix] = loop.New(&calendars.Reconciler{Calendars: d.Calendars}, outside)
	}
	if d.Declared != nil && d.DeclaredDir != "" {
		j.loops[declared.Prefix] = loop.New(&declared.Reconciler{Declared: d.Declared, Dir: d.DeclaredDir, Every: d.DeclaredEvery, Now: d.DB.Now, Log: d.Log}, long)
	}
	if d.Cluster != nil {
		j.operator = &operator.Reconciler{Declared: d.Declared, Mirror: kube.NewMirror(d.Cluster), Every: d.DeclaredEvery, Now: d.DB.Now, Say: d.Says, Log: d.Log}
		j.loops[operator.Prefix] = loop.New(j.operator, long)
	}
	j.loops[asked.Prefix] = loop.New(&asked.Reconciler{Work: d.Work, Now: d.DB.Now}, common)
	return j, nil
}

// textHold is how long one try of a text may take until another replica takes it up: somebody waits for it.
const textHold = 30 * time.Second

// Run holds the lease, whenever it can be had, until ctx ends; the loops and the clock run while it is ours.
func (j *Jobs) Run(ctx context.Context) error {
	host, _ := os.Hostname()
	holder := host + "/" + strconv.Itoa(os.Getpid()) + "/" + store.NewID()
	for prefix, l := range j.loops {
		add := l.Add
		if prefix == mails.Prefix {
			add = j.mailed
		}
		defer j.DB.Listen(prefix, add)()
	}
	return lease.Hold(ctx, j.DB, lease.Options{Name: "jobs", Holder: holder, TTL: j.LeaseTTL, Log: j.Log},
		func(ctx context.Context) error { return j.work(ctx, holder) })
}

// mailed has the outbox looked at, whichever mail has changed.
func (j *Jobs) mailed(key string) {
	if key != "" {
		key = mails.Outbox
	}
	j.mails.Wake()
	j.loops[mails.Prefix].Add(key)
}

func (j *Jobs) work(ctx context.Context, holder string) error {
	j.Log.Info("this replica runs the jobs")
	g, ctx := errgroup.WithContext(ctx)
	for _, l := range j.loops {
		g.Go(func() error { return l.Run(ctx) })
	}
	g.Go(func() error { return j.runs.Clock(ctx) })
	if j.operator != nil {
		g.Go(func() error {
			return j.operator.Run(ctx, func() { j.loops[operator.Prefix].Add(operator.Key) })
		})
	}
	if j.System != nil {
		g.Go(func() error { return j.report(ctx, holder) })
	}
	return g.Wait()
}
