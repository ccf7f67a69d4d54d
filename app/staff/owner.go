package staff

import (
	"context"
	"errors"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/owned"
)

// Owner is the manifest that owns fields of a thing, such as "user", for pages that mark them (B-3); its Fields are empty where none does.
func (s *Staff) Owner(ctx context.Context, kind, id string) (owned.Owner, error) {
	return owned.Of(ctx, s.db, kind, id)
}

// Owners are the manifests that own fields of the things of a kind of which there are few, such as "role", by the ids of those that have one.
func (s *Staff) Owners(ctx context.Context, kind string) (map[string]owned.Owner, error) {
	return owned.All(ctx, s.db, kind)
}

// free returns *fault.Invalid where a person would change what is a manifest's. Programs are not asked: the one that reads manifests is one.
func (s *Staff) free(ctx context.Context, actor access.Actor, kind, id string, changes []audit.Change) error {
	if actor.Program() {
		return nil
	}
	err := owned.Free(ctx, s.db, kind, id, fieldsOf(changes)...)
	if bad, ok := errors.AsType[*fault.Invalid](err); ok && kind == "user" && id == actor.ID { // who need not know what a manifest is
		for i := range bad.Fields {
			bad.Fields[i].Message.Key = "declared.locked-own"
		}
	}
	return err
}

// freeStatus refuses to bring somebody back of whom a manifest states that they have left. Nobody is ever kept from leaving by what a manifest states: it says
// so then, and brings nobody back by itself (declared).
func (s *Staff) freeStatus(ctx context.Context, actor access.Actor, userID string) error {
	if actor.Program() {
		return nil
	}
	return owned.Field(ctx, s.db, "user", userID, "status")
}

func fieldsOf(changes []audit.Change) []string {
	all := make([]string, len(changes))
	for i, c := range changes {
		all[i] = c.Field
	}
	return all
}
