package casesync

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/staff"
)

// Words puts what we say into somebody's language.
type Words interface {
	Say(lang string, m fault.Message) string
}

// Report is the daily mail of what the sync could not take (S3-20, B-7): to each person theirs, and to those with cases.sync besides what is nobody's, and
// that the last run failed. What it says is found when it is sent, for a whole batch of mails in a handful of statements; who has nothing gets none. How much of it
// a mail carries is the practice's to say (B-14): at the lowest level the counts alone, without a file.
type Report struct {
	Sync        *Sync
	Words       Words
	Site        *url.URL                                                               // links begin with it
	Level       func(ctx context.Context) (string, error)                              // of privacy: "count" is the lowest
	Unsubscribe func(ctx context.Context, userIDs []string) (map[string]string, error) // paths of the pages that turn it off
}

// reader is who gets a report: whether they see to the sync, and see every case.
type reader struct {
	ID        string
	Sees, All bool
}

func (r *Report) readers(ctx context.Context, userIDs []string) ([]reader, error) {
	holds, args := access.Holds(access.CasesSync)
	var all []reader
	err := r.Sync.db.In(ctx).Raw(`SELECT u.id, `+holds+` AS sees, EXISTS (SELECT 1 FROM roles s WHERE s.id = u.role_id AND s.super) AS "all" FROM users u WHERE u.status = 'ACTIVE' AND u.id IN ?`, append(args, userIDs)...).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("readers of the report: %w", err)
	}
	return all, nil
}

// lastFailure is why the last run failed, "" where it did not.
func (r *Report) lastFailure(ctx context.Context) (why string, err error) {
	err = r.Sync.db.In(ctx).Raw(`SELECT reason FROM sync_runs WHERE state = 'failed' AND id = (SELECT max(id) FROM sync_runs)`).Scan(&why).Error
	if err != nil {
		return "", fmt.Errorf("last run: %w", err)
	}
	return why, nil
}

// Some says who of some people has anything to be told now.
func (r *Report) Some(ctx context.Context, userIDs []string) (map[string]bool, error) {
	some := map[string]bool{}
	from, args := responsible()
	var ids []string
	if err := r.Sync.db.In(ctx).Raw(`SELECT DISTINCT u.id FROM `+from+` WHERE e.ignored_at IS NULL AND u.id IN ?`, append(args, userIDs)...).Scan(&ids).Error; err != nil {
		return nil, fmt.Errorf("who has exceptions: %w", err)
	}
	if from, where, with, ok, err := r.Sync.covered(ctx, userIDs); err != nil {
		return nil, err
	} else if ok {
		var ins []string
		if err := r.Sync.db.In(ctx).Raw(`SELECT DISTINCT p.in_id FROM `+from+` WHERE `+where, with...).Scan(&ins).Error; err != nil {
			return nil, fmt.Errorf("who has exceptions of others: %w", err)
		}
		ids = append(ids, ins...)
	}
	for _, id := range ids {
		some[id] = true
	}
	var private []bool // of what is nobody's
	if err := r.Sync.db.In(ctx).Raw(`SELECT DISTINCT CASE WHEN k.id IS NULL THEN e.private ELSE k.private END FROM `+from+` WHERE e.ignored_at IS NULL AND u.id IS NULL`, args...).Scan(&private).Error; err != nil {
		return nil, fmt.Errorf("what is nobody's: %w", err)
	}
	failure, err := r.lastFailure(ctx)
	if err != nil || len(private) == 0 && failure == "" {
		return some, err
	}
	readers, err := r.readers(ctx, userIDs)
	if err != nil {
		return nil, err
	}
	for _, p := range readers {
		if p.Sees && (failure != "" || slices.Contains(private, false) || p.All) {
			some[p.ID] = true
		}
	}
	return some, nil
}

// Line is an exception as the mail tells of it.
type Line struct {
	Name   string
	Title  string
	Why    string
	Nights int
	For    string // who is away, and has the reader stand in for them; "" for one of their own
	URL    string
}

// Tally is how many there are of a reason.
type Tally struct {
	Why   string
	Count int
}

// reportMost is how many rows the letter itself shows; its file has all.
const reportMost = 15

// Letters is what mails say now (post.Author).
func (r *Report) Letters(ctx context.Context, mails []post.Mail) ([]post.Letter, error) {
	ids := make([]string, 0, len(mails))
	for _, m := range mails {
		if m.UserID != nil {
			ids = append(ids, *m.UserID)
		}
	}
	readers, err := r.readers(ctx, ids)
	if err != nil {
		return nil, err
	}
	theirs, nobodys, err := r.all(ctx, ids)
	if err != nil {
		return nil, err
	}
	failure, err := r.lastFailure(ctx)
	if err != nil {
		return nil, err
	}
	level, err := r.Level(ctx)
	if err != nil {
		return nil, err
	}
	off, err := r.Unsubscribe(ctx, ids)
	if err != nil {
		return nil, err
	}
	letters := make([]post.Letter, len(mails))
	for i, m := range mails {
		at := -1
		if m.UserID != nil {
			at = slices.IndexFunc(readers, func(p reader) bool { return p.ID == *m.UserID })
		}
		if at < 0 {
			letters[i].Nothing = true
			continue
		}
		who := readers[at]
		rows := slices.Clone(theirs[who.ID])
		unowned := 0
		why := ""
		if who.Sees {
			why = failure
			for _, e := range nobodys {
				if !e.Private || who.All {
					rows = append(rows, e)
					unowned++
				}
			}
		}
		if len(rows) == 0 && why == "" {
			letters[i].Nothing = true
			continue
		}
		letters[i] = r.letter(&m, rows, unowned, why, level == "count")
		letters[i].Unsubscribe = off[who.ID]
	}
	return letters, nil
}

// all is every exception that some people are responsible for, by who they are, and those that are nobody's. Private is as the case is here, where it is.
func (r *Report) all(ctx context.Context, userIDs []string) (theirs map[string][]Exception, nobodys []Exception, err error) {
	from, args := responsible()
	var rows []Exception
	err = r.Sync.db.In(ctx).Raw(`SELECT `+exceptionColumns+` FROM `+from+` WHERE e.ignored_at IS NULL AND (u.id IS NULL OR u.id IN ?) ORDER BY e.reason, e.number, e.external_id`, append(args, userIDs)...).Scan(&rows).Error
	if err != nil {
		return nil, nil, fmt.Errorf("exceptions to report: %w", err)
	}
	theirs = map[string][]Exception{}
	for _, e := range rows {
		if e.OwnerID == "" {
			nobodys = append(nobodys, e)
		} else {
			theirs[e.OwnerID] = append(theirs[e.OwnerID], e)
		}
	}
	if from, where, with, ok, err := r.Sync.covered(ctx, userIDs); err != nil {
		return nil, nil, err
	} else if ok {
		var others []struct {
			Exception
			InID string
		}
		if err := r.Sync.db.In(ctx).Raw(`SELECT `+exceptionColumns+`, p.in_id FROM `+from+` WHERE `+where+` ORDER BY e.reason, e.number, e.external_id`, with...).Scan(&others).Error; err != nil {
			return nil, nil, fmt.Errorf("exceptions of others to report: %w", err)
		}
		for _, o := range others {
			theirs[o.InID] = append(theirs[o.InID], o.Exception)
		}
	}
	return theirs, nobodys, nil
}

func (r *Report) letter(m *post.Mail, rows []Exception, unowned int, failure string, bare bool) post.Letter {
	say := func(key string, pairs ...any) string { return r.Words.Say(m.Language, fault.M(key, pairs...)) }
	tally := []Tally{}
	for _, reason := range Reasons() {
		n := 0
		for i := range rows {
			if rows[i].Reason == reason {
				n++
			}
		}
		if n > 0 {
			tally = append(tally, Tally{say(reason.Key()), n})
		}
	}
	shown := []Line{}
	if !bare {
		for i := range rows[:min(len(rows), reportMost)] {
			e := &rows[i]
			row := Line{Name: e.Name(), Title: e.Title, Why: Why(say, e), Nights: e.Nights, URL: r.Site.JoinPath("sync").String()}
			if e.OwnerID != "" && m.UserID != nil && e.OwnerID != *m.UserID {
				row.For = staff.DisplayName(e.FirstName, e.LastName, e.DisplayName)
			}
			if e.CaseID != nil {
				row.URL = r.Site.JoinPath("cases", *e.CaseID).String()
			}
			shown = append(shown, row)
		}
	}
	why := ""
	if failure != "" {
		why = say("sync.why." + failure)
	}
	l := post.Letter{Data: map[string]any{"Count": len(rows), "Nobody": unowned, "Reasons": tally, "Rows": shown, "More": max(0, len(rows)-len(shown)), "Bare": bare, "Failed": why,
		"URL": r.Site.JoinPath("sync").String(), "SettingsURL": r.Site.JoinPath("me", "notifications").String()}}
	if !bare && len(rows) > 0 {
		l.Files = []post.File{{Name: "exceptions-" + r.Sync.db.Now().Format("2006-01-02") + ".csv", ContentType: "text/csv; charset=utf-8", Data: r.table(m, rows)}}
	}
	return l
}

// inert is a cell that no spreadsheet takes for a formula (CWE-1236).
func inert(cell string) string {
	if i := strings.IndexAny(strings.TrimLeft(cell, " \t\r\n"), "=+-@|%＝＋－＠"); i == 0 || strings.IndexAny(cell, "\t\r\n") == 0 {
		return "'" + cell
	}
	return cell
}
