package messages

import (
	"context"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/cases"
	"chancery/app/fault"
	"chancery/app/store"
)

// Comment is what somebody has said of a case to the team; clients never see it. In the body stands @{ID} for each person
// who is called: names change, and are written when it is shown.
type Comment struct {
	ID          string
	CaseID      string
	AuthorID    string
	Body        string // "" of one that was taken back
	CreatedAt   time.Time
	EditedAt    *time.Time
	WithdrawnAt *time.Time
}

// commentMends is how long a comment may be edited or taken back by who wrote it. Later others have acted on it.
const commentMends = time.Hour

// Mends tells until when a comment may be mended by its author.
func (c *Comment) Mends() time.Time { return c.CreatedAt.Add(commentMends) }

// Remark is a comment as its case shows it.
type Remark struct {
	Comment
	Author *Author            `gorm:"-"`
	Called map[string]*Author `gorm:"-"` // those whom its body calls, by id
	Mine   bool               `gorm:"-"` // the reader may edit it or take it back
}

// Comments are those of a case, the newest last, at most limit before a comment ("": of all). more tells of earlier ones. It
// needs the case.
func (m *Messages) Comments(ctx context.Context, actor access.Actor, caseID, before string, limit int) (all []Remark, more bool, err error) {
	if err := m.cases.MustSee(ctx, actor, caseID); err != nil {
		return nil, false, err
	}
	earlier, args := ``, []any{caseID}
	if before != "" {
		earlier, args = ` AND (created_at, id) < (SELECT b.created_at, b.id FROM comments b WHERE b.case_id = ? AND b.id = ?)`, append(args, caseID, before)
	}
	err = m.db.In(ctx).Raw(`SELECT * FROM (SELECT * FROM comments WHERE case_id = ?`+earlier+` ORDER BY created_at DESC, id DESC LIMIT ?) c ORDER BY created_at, id`,
		append(args, limit+1)...).Scan(&all).Error
	if err != nil {
		return nil, false, fmt.Errorf("comments: %w", err)
	}
	if more = len(all) > limit; more {
		all = all[1:]
	}
	return all, more, m.dress(ctx, actor, all)
}

// Remark is one comment of a case, as Comments gives it.
func (m *Messages) Remark(ctx context.Context, actor access.Actor, caseID, id string) (*Remark, error) {
	if err := m.cases.MustSee(ctx, actor, caseID); err != nil {
		return nil, err
	}
	all := make([]Remark, 1)
	ok, err := store.One(m.db.In(ctx).Raw(`SELECT * FROM comments WHERE case_id = ? AND id = ?`, caseID, id), &all[0])
	switch {
	case err != nil:
		return nil, fmt.Errorf("comment: %w", err)
	case !ok:
		return nil, fault.ErrNotFound
	}
	return &all[0], m.dress(ctx, actor, all)
}

// dress adds who wrote comments and whom they call.
func (m *Messages) dress(ctx context.Context, actor access.Actor, all []Remark) error {
	var ids []string
	for i := range all {
		ids = append(append(ids, all[i].AuthorID), called(all[i].Body)...)
	}
	people, err := authors(ctx, m.db, ids)
	if err != nil {
		return err
	}
	now := m.db.Now()
	for i := range all {
		c := &all[i]
		c.Author, c.Called = people[c.AuthorID], map[string]*Author{}
		for _, id := range called(c.Body) {
			c.Called[id] = people[id]
		}
		c.Mine = c.AuthorID == actor.ID && c.WithdrawnAt == nil && now.Before(c.Mends())
	}
	return nil
}

// Comment writes a comment, and calls those whom it names with an @ (mentions.go). It needs the case, and returns *fault.Invalid
// on "body", or fault.ErrNotFound.
func (m *Messages) Comment(ctx context.Context, actor access.Actor, caseID, body string) (*Comment, error) {
	return m.CommentOnce(ctx, actor, caseID, "", body)
}

// CommentOnce is Comment for a form that may be sent twice, as SendOnce.
func (m *Messages) CommentOnce(ctx context.Context, actor access.Actor, caseID, id, body string) (*Comment, error) {
	bad := &fault.Invalid{}
	body = text(bad, "body", body)
	if err := bad.Err(); err != nil {
		return nil, err
	}
	now := m.db.Now()
	c := &Comment{ID: formID(id), CaseID: caseID, AuthorID: actor.ID, CreatedAt: now}
	err := m.db.Tx(ctx, func(ctx context.Context) error {
		k, err := m.cases.Hold(ctx, actor, caseID)
		if err != nil {
			return err
		}
		if done, err := m.commentedBefore(ctx, c); err != nil || done {
			return err
		}
		if c.Body, err = m.naming(ctx, k, body); err != nil {
			return err
		}
		_, err = m.db.Exec(ctx, `INSERT INTO comments (id, case_id, author_id, body, created_at) VALUES ($1, $2, $3, $4, $5)`, c.ID, c.CaseID, c.AuthorID, c.Body, now)
		if err != nil {
			return fmt.Errorf("write comment: %w", err)
		}
		if err := m.call(ctx, c, nil); err != nil {
			return err
		}
		return m.commented(ctx, actor, c, "comment.create")
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// commentedBefore tells whether a comment with the id of its form is here, and gives it; else it gets an id where it has none
// that is its own.
func (m *Messages) commentedBefore(ctx context.Context, c *Comment) (bool, error) {
	if c.ID == "" {
		c.ID = store.NewID()
		return false, nil
	}
	var before Comment
	known, err := store.Found(m.db.In(ctx).Where("id = ?", c.ID).Take(&before).Error)
	switch {
	case err != nil:
		return false, fmt.Errorf("comment that was written before: %w", err)
	case known && before.CaseID == c.CaseID && before.AuthorID == c.AuthorID:
		*c = before
		return true, nil
	case known:
		c.ID = store.NewID()
	}
	return false, nil
}

// EditComment changes a comment of one's own, within an hour. Those whom it newly calls are told. It returns *fault.Invalid on
// "body", *fault.Refused after the hour, or fault.ErrNotFound.
func (m *Messages) EditComment(ctx context.Context, actor access.Actor, caseID, id, body string) error {
	bad := &fault.Invalid{}
	body = text(bad, "body", body)
	if err := bad.Err(); err != nil {
		return err
	}
	return m.mend(ctx, actor, caseID, id, func(ctx context.Context, k *cases.Held, c *Comment) error {
		before := called(c.Body)
		var err error
		if c.Body, err = m.naming(ctx, k, body, before...); err != nil {
			return err
		}
		if _, err = m.db.Exec(ctx, `UPDATE comments SET body = $1, edited_at = $2 WHERE id = $3`, c.Body, m.db.Now(), id); err != nil {
			return fmt.Errorf("edit comment: %w", err)
		}
		if err := m.call(ctx, c, before); err != nil {
			return err
		}
		return m.commented(ctx, actor, c, "comment.edit")
	})
}

// WithdrawComment takes a comment of one's own back, within an hour: that there was one stays, its words do not.
func (m *Messages) WithdrawComment(ctx context.Context, actor access.Actor, caseID, id string) error {
	return m.mend(ctx, actor, caseID, id, func(ctx context.Context, _ *cases.Held, c *Comment) error {
		if _, err := m.db.Exec(ctx, `UPDATE comments SET body = '', withdrawn_at = $1 WHERE id = $2`, m.db.Now(), id); err != nil {
			return fmt.Errorf("withdraw comment: %w", err)
		}
		if _, err := m.db.Exec(ctx, `DELETE FROM comment_mentions WHERE comment_id = $1`, id); err != nil {
			return fmt.Errorf("withdraw comment: %w", err)
		}
		return m.commented(ctx, actor, c, "comment.withdraw")
	})
}

// mend changes a comment of the actor's own that is not too old, with its case held.
func (m *Messages) mend(ctx context.Context, actor access.Actor, caseID, id string, change func(context.Context, *cases.Held, *Comment) error) error {
	return m.db.Tx(ctx, func(ctx context.Context) error {
		k, err := m.cases.Hold(ctx, actor, caseID)
		if err != nil {
			return err
		}
		var c Comment
		ok, err := store.One(m.db.In(ctx).Raw(`SELECT * FROM comments WHERE case_id = ? AND id = ?`, caseID, id), &c)
		switch {
		case err != nil:
			return fmt.Errorf("comment: %w", err)
		case !ok:
			return fault.ErrNotFound
		case c.AuthorID != actor.ID:
			return fault.Refuse("comments.not-yours")
		case c.WithdrawnAt != nil:
			return fault.Refuse("comments.withdrawn")
		case !m.db.Now().Before(c.Mends()):
			return fault.Refuse("comments.too-late")
		}
		return change(ctx, k, &c)
	})
}

// commented records what was done with a comment, and lets open pages know. The audit has no words of it: those stand in it
// for ever.
func (m *Messages) commented(ctx context.Context, actor access.Actor, c *Comment, action string) error {
	if err := m.db.Changed(ctx, "case/"+c.CaseID); err != nil {
		return err
	}
	return audit.Record(ctx, m.db, actor.Actor, audit.Entry{Action: action, Kind: "case", ID: c.CaseID})
}
