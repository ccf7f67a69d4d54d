// Package owned knows which fields of what is here a manifest states (B-3, app/declared). Such a field has one owner: people see it, with the
// source named, and the verbs that would change it for them refuse. What a manifest leaves out is theirs.
//
// It lies below the rooms whose fields these are, which ask it, and below declared, which writes the rows.
package owned

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"chancery/app/fault"
	"chancery/app/store"
)

// Owner is the manifest that owns fields of an object, or of none.
type Owner struct {
	Source string   // what reads it: see declared
	Name   string   // its metadata.name
	Paused bool     // it is left alone for now; its fields stay its own
	Fields []string // by the names that forms and the history have
}

// Has tells whether a field is the manifest's.
func (o Owner) Has(field string) bool { return slices.Contains(o.Fields, field) }

// Mine is a column, in SQL, with who owns fields of a person of the id that is given, for a query that reads the person; Read understands it.
func Mine(id string) string {
	return `COALESCE((SELECT d.source || ' ' || d.fields FROM declared d WHERE d.kind = 'user' AND d.object_id = ` + id + ` AND d.state <> 'released'), '')`
}

// Read is the owner that such a column tells of.
func Read(mine string) Owner {
	words := strings.Fields(mine)
	if len(words) == 0 {
		return Owner{}
	}
	return Owner{Source: words[0], Fields: words[1:]}
}

// Of is who owns fields of an object: nobody, where Fields is empty.
func Of(ctx context.Context, db *store.DB, kind, id string) (Owner, error) {
	var row struct {
		Source, Name, Fields, State string
	}
	ok, err := store.One(db.In(ctx).Raw(`SELECT source, name, fields, state FROM declared WHERE kind = ? AND object_id = ? AND state <> 'released'`, kind, id), &row)
	if err != nil {
		return Owner{}, fmt.Errorf("who owns %s: %w", kind, err)
	}
	if !ok {
		return Owner{}, nil
	}
	return Owner{Source: row.Source, Name: row.Name, Paused: row.State == "paused", Fields: strings.Fields(row.Fields)}, nil
}

// All are the owners of the things of a kind, by their ids: those that a manifest declares.
func All(ctx context.Context, db *store.DB, kind string) (map[string]Owner, error) {
	var rows []struct{ ObjectID, Source, Name, Fields, State string }
	err := db.In(ctx).Raw(`SELECT object_id, source, name, fields, state FROM declared WHERE kind = ? AND object_id IS NOT NULL AND state <> 'released'`, kind).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("who owns each %s: %w", kind, err)
	}
	all := make(map[string]Owner, len(rows))
	for _, r := range rows {
		all[r.ObjectID] = Owner{Source: r.Source, Name: r.Name, Paused: r.State == "paused", Fields: strings.Fields(r.Fields)}
	}
	return all, nil
}

// People adds who owns fields of people to all, by their ids.
func People(ctx context.Context, db *store.DB, ids []string, all map[string]Owner) error {
	var rows []struct{ ObjectID, Source, Name, Fields, State string }
	err := db.In(ctx).Raw(`SELECT object_id, source, name, fields, state FROM declared WHERE kind = 'user' AND object_id IN ? AND state <> 'released'`, ids).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("who owns people: %w", err)
	}
	for _, r := range rows {
		all[r.ObjectID] = Owner{Source: r.Source, Name: r.Name, Paused: r.State == "paused", Fields: strings.Fields(r.Fields)}
	}
	return nil
}

// Free returns *fault.Invalid on those of the fields that are a manifest's, for a verb that a person uses.
func Free(ctx context.Context, db *store.DB, kind, id string, fields ...string) error {
	if len(fields) == 0 {
		return nil
	}
	o, err := Of(ctx, db, kind, id)
	if err != nil {
		return err
	}
	bad := &fault.Invalid{}
	for _, f := range fields {
		if o.Has(f) {
			bad.Add(f, "declared.locked", "Source", o.Source)
		}
	}
	return bad.Err()
}

// Whole returns *fault.Refused when a manifest declares the object at all: what would do away with it is not for a person to do.
func Whole(ctx context.Context, db *store.DB, kind, id string) error {
	o, err := Of(ctx, db, kind, id)
	if err != nil || o.Source == "" {
		return err
	}
	return fault.Refuse("declared.locked-whole", "Source", o.Source)
}

// Field is the refusal of a verb over one field where there is no form with it: of deactivation, of the status.
func Field(ctx context.Context, db *store.DB, kind, id, field string) error {
	o, err := Of(ctx, db, kind, id)
	if err != nil || !o.Has(field) {
		return err
	}
	return fault.Refuse("declared.locked", "Source", o.Source)
}

// Nobodys is the condition, in SQL, that none of the fields of an object is a manifest's, so that a statement that writes them asks in the same
// breath. kind and fields are the program's own words; id is a column or a placeholder.
func Nobodys(kind, id string, fields ...string) string {
	has := make([]string, len(fields))
	for i, f := range fields {
		has[i] = `' ' || d.fields || ' ' LIKE '% ` + strings.ReplaceAll(f, "_", `\_`) + ` %' ESCAPE '\'`
	}
	return `NOT EXISTS (SELECT 1 FROM declared d WHERE d.kind = '` + kind + `' AND d.object_id = ` + id + ` AND d.state <> 'released' AND (` + strings.Join(has, " OR ") + `))`
}
