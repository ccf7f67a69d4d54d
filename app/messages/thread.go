package messages

import (
	"context"
	"fmt"
	"slices"

	"chancery/app/access"
	"chancery/app/staff"
	"chancery/app/store"
)

// Author is who wrote something, as others see them, whether or not they still work here (S0-3, S1-13).
type Author struct {
	ID          string
	FirstName   string
	LastName    string
	DisplayName string
	Title       string
	PictureID   *string
	Left        bool
}

// Line is a message as its conversation shows it.
type Line struct {
	Message
	Author *Author `gorm:"-"` // nil for the client's
	New    bool    `gorm:"-"` // the client's, and not read before by who looks
}

// Thread is a part of a conversation, in the order in which it was written.
type Thread struct {
	CaseID   string
	ClientID string
	Client   string // what the client is called
	Open     bool   // the client can be written to
	Lines    []Line
	Earlier  bool  // there are others before
	Mark     int64 // how far the reader had read; all of the client's messages when they are not associated with the case
	Inbound  int64 // how many messages of the client there are
}

// Thread is the newest messages of a case before a number (0: the newest of all). It needs messages.view and the case.
func (m *Messages) Thread(ctx context.Context, actor access.Actor, caseID string, before int64, limit int) (*Thread, error) {
	if err := actor.Must(access.MessagesView); err != nil {
		return nil, err
	}
	t, err := m.mark(ctx, actor, caseID)
	if err != nil {
		return nil, err
	}
	q := m.db.In(ctx).Where("case_id = ?", caseID).Order("number DESC").Limit(limit + 1)
	if before > 0 {
		q = q.Where("number < ?", before)
	}
	var all []Message
	if err := q.Find(&all).Error; err != nil {
		return nil, fmt.Errorf("conversation: %w", err)
	}
	t.Earlier = len(all) > limit
	all = all[:min(len(all), limit)]
	slices.Reverse(all)
	return t, m.lines(ctx, t, all)
}

// Since is what was written after a message, by its number: what an open page has not shown yet.
func (m *Messages) Since(ctx context.Context, actor access.Actor, caseID string, after int64, limit int) (*Thread, error) {
	if err := actor.Must(access.MessagesView); err != nil {
		return nil, err
	}
	t, err := m.mark(ctx, actor, caseID)
	if err != nil {
		return nil, err
	}
	var all []Message
	if err := m.db.In(ctx).Where("case_id = ? AND number > ?", caseID, after).Order("number").Limit(limit).Find(&all).Error; err != nil {
		return nil, fmt.Errorf("conversation: %w", err)
	}
	return t, m.lines(ctx, t, all)
}

// mark is an empty thread with how far the reader has read.
func (m *Messages) mark(ctx context.Context, actor access.Actor, caseID string) (*Thread, error) {
	if err := m.cases.MustSee(ctx, actor, caseID); err != nil {
		return nil, err
	}
	t := &Thread{CaseID: caseID}
	err := m.db.Row(ctx, `SELECT l.id, l.name, k.status = 'open', k.inbound, COALESCE((SELECT a.read_inbound FROM associations a WHERE a.case_id = k.id AND a.user_id = $1), k.inbound)
		FROM cases k JOIN clients l ON l.id = k.client_id WHERE k.id = $2`, actor.ID, caseID).Scan(&t.ClientID, &t.Client, &t.Open, &t.Inbound, &t.Mark)
	if err != nil {
		return nil, fmt.Errorf("how far was read: %w", err)
	}
	return t, nil
}

func (m *Messages) lines(ctx context.Context, t *Thread, all []Message) error {
	var ids []string
	for i := range all {
		if all[i].AuthorID != nil {
			ids = append(ids, *all[i].AuthorID)
		}
	}
	authors, err := authors(ctx, m.db, ids)
	if err != nil {
		return err
	}
	for _, n := range all {
		line := Line{Message: n, New: n.Direction == In && n.Inbound > t.Mark}
		if n.AuthorID != nil {
			line.Author = authors[*n.AuthorID]
		}
		t.Lines = append(t.Lines, line)
	}
	return nil
}

// authors are people by their ids.
func authors(ctx context.Context, db *store.DB, ids []string) (map[string]*Author, error) {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	found := make(map[string]*Author, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	var all []Author
	err := db.In(ctx).Raw(`SELECT id, first_name, last_name, display_name, title, picture_id, status = 'INACTIVE' AS "left" FROM users WHERE id IN ?`, ids).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("authors: %w", err)
	}
	for i := range all {
		found[all[i].ID] = &all[i]
	}
	return found, nil
}

// Name is what others call the person.
func (a *Author) Name() string { return staff.DisplayName(a.FirstName, a.LastName, a.DisplayName) }
