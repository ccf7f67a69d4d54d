// Package audit keeps who did what to whom, when, from where, and the values before and after (S1-14, ASVS 16.3.x).
//
// Verbs of the other rooms record inside their own transaction, so that nothing happens without its line and no line
// tells of what did not happen. Rows are append-only; the database itself refuses to change or delete them
// (ASVS 16.4.2). Secrets, hashes and tokens are never recorded: a password change is one line without values.
package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"chancery/app/store"
)

// Actor is who does something and from where. Programs act under a name of their own, with an empty Network.
type Actor struct {
	ID        string // a user's id, or system:NAME
	Name      string // as it was at the time
	Token     string // what the API token is called that acted for them; "" for themselves
	Network   string // address the request came from
	RequestID string // the id in the log and on error pages
}

// Change is one field's value before and after.
type Change struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Entry is one thing done.
type Entry struct {
	Action  string // what was done, as object.verb: user.create, password.change
	Kind    string // the object's kind: user, organization, session
	ID      string // the object's id
	Changes []Change
}

// Line is an entry as it was recorded.
type Line struct {
	ID         string
	At         time.Time
	ActorID    string
	ActorName  string
	Action     string
	ObjectKind string
	ObjectID   string
	Changes    string
	Network    string
	RequestID  string
	Token      string
}

// TableName is the table of lines.
func (Line) TableName() string { return "audit" }

// insert takes a line's columns in the order of line.
const insert = `INSERT INTO audit (id, at, actor_id, actor_name, action, object_kind, object_id, changes, network, request_id, token) `

// Record writes an entry in ctx's transaction.
func Record(ctx context.Context, db *store.DB, actor Actor, e Entry) error {
	values, err := line(db, actor, e)
	if err != nil {
		return err
	}
	if _, err := db.Exec(ctx, insert+`VALUES (`+placeholders(0)+`)`, values...); err != nil {
		return fmt.Errorf("audit %s: %w", e.Action, err)
	}
	return nil
}

// Statement changes rows. It has placeholders $1, $2, … in order, and no RETURNING.
type Statement struct {
	SQL  string
	Args []any
}

// Execute runs a statement and, when it changed any row, writes the entry: both or neither. It tells whether it did. On
// Postgres this is one round trip without a transaction of its own, which halves what a save costs there.
func Execute(ctx context.Context, db *store.DB, actor Actor, e Entry, s Statement) (changed bool, err error) {
	values, err := line(db, actor, e)
	if err != nil {
		return false, err
	}
	if db.Dialect() == store.Postgres {
		n, err := db.Exec(ctx, `WITH changed AS (`+s.SQL+` RETURNING 1) `+insert+`SELECT `+placeholders(len(s.Args))+
			` WHERE EXISTS (SELECT 1 FROM changed)`, append(slices.Clip(s.Args), values...)...)
		if err != nil {
			return false, fmt.Errorf("%s: %w", e.Action, err)
		}
		return n > 0, nil
	}
	err = db.Tx(ctx, func(ctx context.Context) error {
		n, err := db.Exec(ctx, s.SQL, s.Args...)
		if err != nil || n == 0 {
			return err
		}
		changed = true
		_, err = db.Exec(ctx, insert+`VALUES (`+placeholders(0)+`)`, values...)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("%s: %w", e.Action, err)
	}
	return changed, nil
}

func line(db *store.DB, actor Actor, e Entry) ([]any, error) {
	changes := []byte("[]")
	if e.Changes != nil {
		var err error
		if changes, err = json.Marshal(e.Changes); err != nil {
			return nil, fmt.Errorf("audit %s: %w", e.Action, err)
		}
	}
	return []any{
		store.NewID(), db.Now(), actor.ID, actor.Name, e.Action, e.Kind, e.ID, string(changes), actor.Network, actor.RequestID, actor.Token,
	}, nil
}

// placeholders are a line's, after n others.
func placeholders(n int) string {
	var b strings.Builder
	for i := range 11 {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(n+i+1))
	}
	return b.String()
}

// Of is what was done to one object, newest first.
func Of(ctx context.Context, db *store.DB, kind, id string, limit int) ([]Line, error) {
	var lines []Line
	err := db.In(ctx).Where("object_kind = ? AND object_id = ?", kind, id).Order("at DESC, id DESC").Limit(limit).Find(&lines).Error
	if err != nil {
		return nil, fmt.Errorf("audit of %s: %w", kind, err)
	}
	return lines, nil
}
