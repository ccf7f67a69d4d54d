package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/agenda"
	"chancery/app/amazon"
	"chancery/app/billing"
	"chancery/app/blob"
	"chancery/app/calendar"
	"chancery/app/cases"
	"chancery/app/casesource"
	"chancery/app/casesync"
	"chancery/app/daily"
	"chancery/app/declared"
	"chancery/app/delivery"
	"chancery/app/messages"
	"chancery/app/notices"
	"chancery/app/post"
	"chancery/app/replies"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/system"
	"chancery/app/work"
	"chancery/config"
	"chancery/jobs/pictures"
	"chancery/static"
)

// house is every room, opened and joined, as commands and the server use them.
type house struct {
	settings  config.Settings
	log       *slog.Logger
	db        *store.DB
	blobs     blob.Store
	sender    delivery.Sender
	texts     delivery.Texts // nil: there are none
	assets    *static.Assets
	access    *access.Access
	staff     *staff.Staff
	cases     *cases.Cases
	messages  *messages.Messages
	agenda    *agenda.Agenda
	calendars *calendar.Calendars
	billing   *billing.Billing
	replies   *replies.Replies
	notices   *notices.Notices
	post      *post.Post
	summary   *daily.Summary
	daily     *daily.Daily
	signin    *signin.Signin
	work      *work.Work
	system    *system.System
	sync      *casesync.Sync
	declared  *declared.Declared
	report    *casesync.Report
	key       []byte
}

// understand turns flags into settings; everything wrong comes back at once as config.Problems.
func understand(f config.Flags, o *outside) (config.Settings, error) {
	bad := f.ReadFiles(o.getenv)
	s, more := f.Settings()
	bad = append(bad, more...)
	bad.Add("CHANCERY_DATABASE", store.Check(f.Database))
	bad.Add("CHANCERY_BLOBS", blob.Check(f.Blobs))
	bad.Add("CHANCERY_MAIL", delivery.Check(f.Mail))
	bad.Add("CHANCERY_SYNC", casesource.Check(f.Sync))
	bad.Add("CHANCERY_TEXTS", delivery.CheckTexts(s.TextsTo))
	if len(bad) > 0 {
		return s, bad
	}
	return s, nil
}

// open opens every room. Nothing outside but the database must answer for that.
func open(ctx context.Context, s config.Settings, log *slog.Logger) (*house, error) {
	return openAt(ctx, s, log, nil)
}

// openAt is open by a clock; nil is the machine's.
func openAt(ctx context.Context, s config.Settings, log *slog.Logger, now func() time.Time) (*house, error) {
	h := &house{settings: s, log: log}
	var err error
	if h.assets, err = static.Load(); err != nil {
		return nil, err
	}
	reach, cancel := context.WithTimeout(ctx, reachWithin)
	defer cancel()
	if h.db, err = store.Open(reach, s.Database, now); err != nil {
		return nil, err
	}
	if h.key, err = secretKey(s); err != nil {
		return nil, errors.Join(err, h.close())
	}
	if h.blobs, err = blob.Open(ctx, s.Blobs, blob.Credentials{AccessKeyID: s.BlobsKeyID, SecretAccessKey: s.BlobsSecret}); err != nil {
		return nil, errors.Join(err, h.close())
	}
	if h.sender, err = delivery.Open(s.Mail, mailOptions(s)); err != nil {
		return nil, errors.Join(err, h.close())
	}
	if h.texts, err = delivery.OpenTexts(cmp.Or(s.TextsTo, delivery.TextsOff), textOptions(s)); err != nil {
		return nil, errors.Join(err, h.close())
	}
	h.access = access.New(h.db)
	h.staff = staff.New(h.db, pictures.Studio(h.blobs))
	h.post = post.New(h.db)
	h.notices = notices.New(h.db, h.post, h.staff, notices.Options{Key: h.key, Site: s.Base})
	h.summary = daily.NewSummary(h.db, h.notices, h.post, h.staff, s.Base)
	h.signin = signin.New(h.db, h.staff, h.post, signin.Options{
		Idle: s.Idle, Lifetime: s.Lifetime, Key: h.key, Site: s.Base, Common: h.assets.IsCommonPassword, Texts: h.texts != nil,
	})
	h.staff.TellsOfAbsences(h.notices)
	h.cases = cases.New(h.db, h.staff)
	h.cases.Tells(h.notices)
	h.messages = messages.New(h.db, h.cases, h.staff)
	h.messages.Tells(h.notices)
	h.agenda = agenda.New(h.db, h.cases, h.staff)
	h.agenda.Tells(h.notices)
	h.calendars = calendar.New(h.db, h.access, h.agenda, h.post, calendar.Options{Keys: calendarKeys(s, h.key), Site: s.Base, Log: log, Keepers: keepers(s, afterPractice(h.staff))})
	h.agenda.Follows(h.calendars)
	h.billing = billing.New(h.db, h.cases, h.staff)
	h.replies = replies.New(h.db)
	// Cases go first: an appointment of a case follows its new owner.
	h.staff.Owns(h.cases, h.agenda, h.staff.CardBelonging(), h.staff.AbsenceBelonging())
	h.staff.Owns(h.signin.Belongings()...)
	h.staff.Owns(h.calendars.Belonging())
	source, err := casesource.Open(s.Sync, casesource.Options{Authorization: s.SyncSecret, Timeout: s.SyncPatience, Blobs: h.blobs})
	if err != nil {
		return nil, errors.Join(err, h.close())
	}
	h.sync = casesync.New(h.db, h.cases, source, s.SyncMost)
	h.sync.Covers(h.staff.Covering)
	h.declared = declared.New(h.db, h.access, h.staff, h.signin, secretsIn(s.DeclaredSecrets), s.LeaveMost)
	h.report = &casesync.Report{Sync: h.sync, Site: s.Base, Level: h.mailLevel, Unsubscribe: h.unsubscribesExceptions}
	exceptions := daily.Kind{Name: "exceptions", Mail: post.Exceptions, Wants: func(p notices.Preferences) bool { return p.Exceptions }, Some: h.report.Some}
	h.daily = daily.New(h.db, h.notices, h.post, h.summary.Kind(), exceptions)
	h.system = system.New(h.db)
	h.work = work.New(h.db, slices.Concat(h.staff.Kinds(), h.signin.Kinds(), h.sync.Kinds())...)
	return h, nil
}

// mailOptions make a try to send a mail end within its time (jobs gives it three quarters), with room to write down what
// became of it, also when the process is told to end meanwhile.
func mailOptions(s config.Settings) delivery.Options {
	return delivery.Options{Password: s.MailPassword, Connections: s.MailConnections, Data: s.MailPatience / 2, Answer: min(s.MailPatience/8, 3*time.Second)}
}

func textOptions(s config.Settings) delivery.TextOptions {
	return delivery.TextOptions{Credentials: amazon.Credentials{AccessKeyID: s.TextsKeyID, SecretAccessKey: s.TextsSecret}}
}

// authors say what mails of their kinds are about, at the moment of sending.
func (h *house) authors() map[post.Kind]post.Author {
	return map[post.Kind]post.Author{post.Events: h.notices, post.Summary: h.summary, post.Exceptions: h.report}
}

// mailLevel is how much of a client's affairs mails may carry.
func (h *house) mailLevel(ctx context.Context) (string, error) {
	p, err := h.notices.Privacy(ctx)
	return string(p), err
}

// unsubscribesExceptions are the paths of the pages that turn the report of exceptions off.
func (h *house) unsubscribesExceptions(ctx context.Context, userIDs []string) (map[string]string, error) {
	all, err := h.notices.PreferencesOf(ctx, userIDs...)
	paths := make(map[string]string, len(all))
	for id, p := range all {
		paths[id] = h.notices.UnsubscribePath(p, notices.Exceptions)
	}
	return paths, err
}

func (h *house) close() error {
	var errs []error
	if h.texts != nil {
		errs = append(errs, h.texts.Close())
	}
	if h.sender != nil {
		errs = append(errs, h.sender.Close())
	}
	if h.db != nil {
		errs = append(errs, h.db.Close())
	}
	return errors.Join(errs...)
}

// prepare migrates, and writes what every practice begins with.
func (h *house) prepare(ctx context.Context, practice staff.Organization) error {
	n, err := h.db.Migrate(ctx)
	if err != nil {
		return err
	}
	if n > 0 {
		h.log.Info("schema brought up to date", "steps", n)
	}
	if err := h.access.Seed(ctx); err != nil {
		return err
	}
	if n, err = h.cases.Fill(ctx); err != nil {
		return err
	}
	if n > 0 {
		h.log.Info("cases and clients of before made to be found", "rows", n)
	}
	return h.staff.SeedOrganization(ctx, practice)
}

// keyLength is the least a secret key may have.
const keyLength = 32

// keyFile is the name of the key that lies beside a SQLite database.
const keyFile = "secret-key"

// secretKey is the key from the settings or, with SQLite, the one kept beside the database, made at the first start.
func secretKey(s config.Settings) ([]byte, error) {
	if s.SecretKey != "" {
		return []byte(s.SecretKey), nil
	}
	path := filepath.Join(filepath.Dir(strings.TrimPrefix(s.Database, "sqlite:")), keyFile)
	if err := makeKey(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make the secret key: %w", err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("secret key: %w", err)
	}
	if b = bytes.TrimSpace(b); len(b) < keyLength {
		return nil, fmt.Errorf("the secret key in %s is too short: put back the one that was there, or remove the file, which ends all sessions", path)
	}
	return b, nil
}

// makeKey writes a new key to a file, and leaves one that is there alone (fs.ErrExist).
func makeKey(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	raw := make([]byte, keyLength)
	_, _ = rand.Read(raw) // never fails, by its contract
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(raw) + "\n")
	return errors.Join(err, f.Sync(), f.Close())
}

func newLog(format string, to io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: slog.LevelInfo}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(to, o))
	}
	return slog.New(slog.NewTextHandler(to, o))
}

// reachWithin is how long the database may take to answer at the start.
const reachWithin = 15 * time.Second
