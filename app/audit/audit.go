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
	"time"

	"chancery/app/store"
)

// Actor is who does something and from where. Programs act under a name of their own, with an empty Network.
type Actor struct {
	ID        string // a user's id, or system:NAME
	Name      string // as it was at the time
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
}

// TableName is the table of lines.
func (Line) TableName() string { return "audit" }

// Record writes an entry in ctx's transaction.
func Record(ctx context.Context, db *store.DB, actor Actor, e Entry) error {
	changes, err := json.Marshal(e.Changes)
	if err != nil {
		return fmt.Errorf("audit %s: %w", e.Action, err)
	}
	if e.Changes == nil {
		changes = []byte("[]")
	}
	line := Line{
		ID: store.NewID(), At: db.Now(), ActorID: actor.ID, ActorName: actor.Name, Action: e.Action,
		ObjectKind: e.Kind, ObjectID: e.ID, Changes: string(changes), Network: actor.Network, RequestID: actor.RequestID,
	}
	if err := db.In(ctx).Create(&line).Error; err != nil {
		return fmt.Errorf("audit %s: %w", e.Action, err)
	}
	return nil
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
