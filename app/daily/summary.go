package daily

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"chancery/app/notices"
	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/store"
)

// Summary is the daily mail of what somebody has not read (S3-19): messages of the clients of their own cases, and of the cases of those they stand in
// for (unread.go). How much of it the mail carries is the practice's to say (B-14). Nothing of it is stored with the mail.
type Summary struct {
	db      *store.DB
	notices *notices.Notices
	post    *post.Post
	staff   *staff.Staff
	site    *url.URL // links begin with it
}

// NewSummary opens it.
func NewSummary(db *store.DB, n *notices.Notices, p *post.Post, people *staff.Staff, site *url.URL) *Summary {
	return &Summary{db, n, p, people, site}
}

// Kind is the summary as a kind of daily mail.
func (s *Summary) Kind() Kind {
	return Kind{Name: "summary", Mail: post.Summary, Wants: func(p notices.Preferences) bool { return p.Summary }, Some: s.some}
}

// Talk is a case with messages that somebody has not read, as the mail tells of it.
type Talk struct {
	CaseID string
	Number string
	Title  string
	Client string
	For    string // who is away, and has the reader stand in for them; "" for a case of their own
	URL    string
	Unread int    // messages
	Lines  []Line // the newest first, at most linesMost; at the privacy level "subject" without their text
	More   int    // messages beside these
}

// Line is the beginning of a message.
type Line struct {
	At   time.Time
	Text string
}

// Content is what a summary says to one person.
type Content struct {
	Privacy  notices.Privacy
	Messages int
	Cases    int
	Covered  int    // how many of the messages are of cases of those they stand in for
	Talks    []Talk // those of the newest messages first, at most talksMost; none at the level "count"
	More     int    // cases beside these
}

// How much one mail shows; the inbox has the rest.
const (
	talksMost = 20
	linesMost = 3
	textMost  = 280 // characters of a message
)

// Contents is what the summaries of some people would say now, by their ids. Who has nothing unread has none.
func (s *Summary) Contents(ctx context.Context, userIDs []string) (map[string]*Content, error) {
	privacy, err := s.notices.Privacy(ctx)
	if err != nil {
		return nil, err
	}
	q, err := s.unread(ctx, userIDs)
	if err != nil {
		return nil, err
	}
	if privacy == notices.PrivacyCount {
		return s.counts(ctx, q)
	}
	return s.talks(ctx, q, privacy)
}

// asked is the data of a mail that somebody has asked for, to see what one is like.
type asked struct{ Asked bool }

// Letters says what the summaries say, as their Author. One that somebody asked for is sent even if there is nothing to tell; any other is withdrawn then, and
// when they do not want it any more.
func (s *Summary) Letters(ctx context.Context, mails []post.Mail) ([]post.Letter, error) {
	ids := make([]string, 0, len(mails))
	for i := range mails {
		if mails[i].UserID != nil {
			ids = append(ids, *mails[i].UserID)
		}
	}
	wishes, err := s.notices.PreferencesOf(ctx, ids...)
	if err != nil {
		return nil, err
	}
	contents, err := s.Contents(ctx, ids)
	if err != nil {
		return nil, err
	}
	letters := make([]post.Letter, len(mails))
	for i := range mails {
		m, l := &mails[i], &letters[i]
		var a asked
		if l.Err = json.Unmarshal([]byte(m.Data), &a); l.Err != nil {
			continue
		}
		id := value(m.UserID)
		p, c := wishes[id], contents[id]
		if !a.Asked && (c == nil || !p.Summary) {
			l.Nothing = true
			continue
		}
		l.Data = s.letter(cmp.Or(c, &Content{}), a.Asked)
		l.Unsubscribe = s.notices.UnsubscribePath(p, notices.Summary)
	}
	return letters, nil
}

// letter is what the template of the mail gets.
func (s *Summary) letter(c *Content, asked bool) map[string]any {
	clients := []string{}
	for _, t := range c.Talks {
		if !slices.Contains(clients, t.Client) {
			clients = append(clients, t.Client)
		}
	}
	return map[string]any{"Messages": c.Messages, "Cases": c.Cases, "Covered": c.Covered, "Talks": c.Talks, "More": c.More, "Full": c.Privacy == notices.PrivacyFull,
		"Clients": clients[:min(len(clients), 3)], "Asked": asked, "Path": "/messages", "SettingsURL": s.page("me", "notifications")}
}

// line is the beginning of a message, on one line.
func line(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if letters := []rune(text); len(letters) > textMost {
		return strings.TrimSpace(string(letters[:textMost])) + "…"
	}
	return text
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (s *Summary) page(path ...string) string {
	if s.site == nil {
		return "/" + strings.Join(path, "/")
	}
	return s.site.JoinPath(path...).String()
}
