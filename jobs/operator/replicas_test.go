package operator_test

import (
	"context"
	"log/slog"
	"net/mail"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/apptest/kubetest"
	"chancery/app/blob"
	"chancery/app/declared"
	"chancery/app/delivery"
	"chancery/app/fault"
	"chancery/app/kube"
	"chancery/app/manifest"
	"chancery/app/notices"
	"chancery/app/post"
	"chancery/app/replies"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store/storetest"
	"chancery/app/work"
	"chancery/jobs"
	"chancery/jobs/operator"
	"chancery/views"
)

// replica is the jobs of one process, with its own way to the cluster.
type replica struct {
	line *line
	stop func() // its process ends
}

// letters are written without a template.
type letters struct{}

func (letters) Mail(_, _, name string, _ any) (subject, text, html string, err error) {
	return name, name, "", nil
}

// replica starts one on the database of the practice; the clock is the machine's.
func (o *operation) replica(database string) *replica {
	o.t.Helper()
	db := storetest.Open(o.t, database, nil)
	people, rights, mails := staff.New(db, staff.Studio{}), access.New(db), post.New(db)
	doors := signin.New(db, people, mails, signin.Options{})
	blobs, err := blob.Open(o.t.Context(), "dir:"+o.t.TempDir(), blob.Credentials{})
	o.must(err)
	sender, err := delivery.Open("dir:"+o.t.TempDir(), delivery.Options{})
	o.must(err)
	base, err := url.Parse("https://chancery.firm.example")
	o.must(err)
	r := &replica{line: &line{}}
	log := slog.New(slog.NewTextHandler(o.log, nil))
	client, err := kube.Open(kube.Options{Kubeconfig: o.kubeconfig, Namespace: o.namespace, Group: manifest.Group, Version: "v1alpha1", Resources: operator.Resources(), Log: log, Wrap: r.line.wrap})
	o.must(err)
	j, err := jobs.New(jobs.Deps{DB: db, Staff: people, Signin: doors, Notices: notices.New(db, mails, people, notices.Options{}), Post: mails, Work: work.New(db), Replies: replies.New(db),
		Blobs: blobs, Sender: sender, Letters: letters{}, From: mail.Address{Address: "chancery@firm.example"}, Base: base, Log: log, Metrics: prometheus.NewRegistry(), LeaseTTL: 2 * time.Second,
		Declared: declared.New(db, rights, people, doors, nil, 20), DeclaredEvery: time.Second, Cluster: client,
		Says: func(m fault.Message) string { return views.In("en", time.UTC, db.Now()).T(m) }})
	o.must(err)
	ctx, end := context.WithCancel(context.WithoutCancel(o.t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- j.Run(ctx) }()
	r.stop = sync.OnceFunc(func() {
		end()
		if err := <-ended; err != nil {
			o.t.Error(err)
		}
		_ = sender.Close()
	})
	o.t.Cleanup(r.stop)
	return r
}

// Two replicas, one lease: one of them asks the cluster, the other begins when it has gone, and nothing is done twice.
func TestOneReplicaAsksTheCluster(t *testing.T) {
	cluster := kubetest.Shared(t)
	storetest.EachURL(t, func(t *testing.T, database string) {
		o := open(t, apptest.Start(t, database), cluster.For(t))
		o.stop() // the replicas do it
		o.practice()
		first, second := o.replica(database), o.replica(database)
		applied := func(ref string, generation int64) func() bool {
			return func() bool {
				is, _ := o.get(ref)
				return is.word() == "True Applied" && is.Status.ObservedGeneration == generation
			}
		}
		o.cluster.Until("all is applied", o.settled)
		if (first.line.written() == 0) == (second.line.written() == 0) {
			t.Fatalf("one of them was to write; they wrote %d and %d times", first.line.written(), second.line.written())
		}
		if second.line.written() > 0 {
			first, second = second, first
		}
		if second.line.dialled() {
			t.Error("the one that waits for the lease asks the cluster")
		}
		o.edit("User/mina", map[string]any{"spec": spec{"lastName": "Rao-Lee"}})
		o.cluster.Until("an edit is applied", applied("User/mina", 2))
		first.stop()
		at := first.line.written()
		o.edit("User/mina", map[string]any{"spec": spec{"lastName": "Okafor"}})
		o.cluster.Until("the other one applies the next", applied("User/mina", 3))
		if first.line.written() != at || second.line.written() != 1 {
			t.Errorf("after it had gone the first wrote %d times; the second, which had one status to write, %d", first.line.written()-at, second.line.written())
		}
		if got := o.person("mina@firm.example").LastName; got != "Okafor" {
			t.Errorf("Mina is called %s", got)
		}
		var mails int
		o.must(o.DB.Row(t.Context(), `SELECT count(*) FROM mails WHERE kind = 'welcome' AND recipient = 'mina@firm.example'`).Scan(&mails))
		if mails != 1 {
			t.Errorf("%d letters to Mina", mails)
		}
	})
}
