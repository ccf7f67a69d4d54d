package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/daily"
	"chancery/app/notices"
	"chancery/app/zone"
	"chancery/views"
)

// meNotificationsSummaryShowView is the reader's daily summary as it would be now (S3-19), and a way to have it sent.
type meNotificationsSummaryShowView struct {
	views.Page
	Shell   *shellView
	Rail    railView
	Saved   noticeView
	Errors  *views.Errors
	Next    string // when the next one comes, or that none does
	Send    string // where it goes
	Subject string
	Lead    []string
	Talks   []summaryTalk
	More    string // cases beside these
	Privacy string // why it says no more
}

// summaryTalk is a case in it.
type summaryTalk struct {
	URL, Client, Number, Title, For string
	Lines                           []summaryLine
	More                            string // messages beside these
}

type summaryLine struct {
	At   views.Time
	Text string
}

const summaryAt = "/me/notifications/summary"

func (w *Web) meNotificationsSummaryShow(r *request) error {
	return w.renderSummary(r, fiber.StatusOK, w.said(r, "daily.", "sent"), nil)
}

// meNotificationsSummaryCreate sends the reader one at once.
func (w *Web) meNotificationsSummaryCreate(r *request) error {
	if err := w.Summary.Ask(r.ctx, r.actor()); err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		p.summary.Title = r.locale(w).T(message("daily.not-sent"))
		return w.renderSummary(r, p.status, nil, p.summary)
	}
	if !r.fragment() {
		return r.goTo(summaryAt + "?notice=sent")
	}
	return w.renderSummary(r, fiber.StatusOK, &views.Notice{Text: r.locale(w).T(message("daily.sent"))}, nil)
}

func (w *Web) renderSummary(r *request, status int, saved *views.Notice, wrong *views.Errors) error {
	l, id := r.locale(w), r.cur.User.ID
	all, err := w.Summary.Contents(r.ctx, []string{id})
	if err != nil {
		return err
	}
	page := w.page(r, "daily.title", "me")
	v := meNotificationsSummaryShowView{Page: page, Shell: w.shell(r, page), Rail: w.rail(r, page, "notifications"), Saved: noticeView{saved, r.fragment()}, Errors: wrong,
		Send: l.T(message("daily.send-hint", "Email", r.cur.User.Email))}
	if v.Next, err = w.nextSummary(r, l); err != nil {
		return err
	}
	if c := all[id]; c != nil {
		v.tell(l, c)
	}
	return w.render(r, status, "me/notifications/summary/show", v)
}

// nextSummary says when the reader's next one comes, where their clock is.
func (w *Web) nextSummary(r *request, l views.Locale) (string, error) {
	next, err := w.Daily.Next(r.ctx, "summary", r.cur.User.ID)
	if err != nil || next.IsZero() {
		return l.T(message("daily.off")), err
	}
	l = views.In(r.lang, zone.Place(r.cur.User.Zone), w.Now())
	return l.T(message("daily.next", "Day", l.Weekday(next), "Time", l.DateTime(next), "Zone", views.ZoneName(l.Lang, r.cur.User.Zone))), nil
}

// tell puts what the mail says into the page, in its words.
func (v *meNotificationsSummaryShowView) tell(l views.Locale, c *daily.Content) {
	in := l.T(message("mail.summary.cases", "Count", c.Cases))
	v.Subject = l.T(message("mail.summary.subject", "Count", c.Messages, "Cases", in))
	if len(c.Talks) == 0 {
		v.Lead = append(v.Lead, l.T(message("mail.summary.count", "Count", c.Messages, "Cases", in)))
	}
	if c.Covered > 0 {
		v.Lead = append(v.Lead, l.T(message("mail.summary.covered", "Count", c.Covered)))
	}
	switch c.Privacy {
	case notices.PrivacySubject:
		v.Privacy = l.T(message("daily.privacy-subject"))
	case notices.PrivacyCount:
		v.Privacy = l.T(message("daily.privacy-count"))
	}
	for _, t := range c.Talks {
		talk := summaryTalk{URL: "/cases/" + t.CaseID, Client: t.Client, Number: t.Number, Title: t.Title}
		if t.For != "" {
			talk.For = l.T(message("mail.summary.for", "Name", t.For))
		}
		for _, line := range t.Lines {
			talk.Lines = append(talk.Lines, summaryLine{l.Time(line.At), line.Text})
		}
		if c.Privacy == notices.PrivacySubject {
			talk.Lines = []summaryLine{{l.Time(t.Lines[0].At), l.T(message("messages.unread-is", "Count", t.Unread))}}
		} else if t.More > 0 {
			talk.More = l.T(message("mail.summary.more-messages", "Count", t.More))
		}
		v.Talks = append(v.Talks, talk)
	}
	if c.More > 0 {
		v.More = l.T(message("mail.summary.more-cases", "Count", c.More))
	}
}
