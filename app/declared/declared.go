// Package declared makes the practice agree with what manifests declare (D-5, B-3, C-19): its organization, departments, profiles, roles and
// users. How manifests are read is manifest's; the rules are those of the rooms whose verbs are used here, so that every guard holds and every
// change has its line in the history, by the source that asked for it.
//
// # A source
//
// A source states a set of objects, whole: by hand (chancery apply), a directory that the server watches, custom resources of a cluster. What
// it stated before and does not state now has been removed. What a set says reads as four lines (Apply): gather what is there, in a few queries
// however much it is; decide (pure); act, each object by itself; record.
//
// # Whose a field is
//
// What a manifest states of an object is its own: people see it, with the source, and cannot change it (app/owned). What it leaves out is
// theirs. An object has one source: the first one that declared it keeps it, and the second is refused in words until the first lets go. Who
// was deactivated for that comes back with the second, and who could not leave is the second's at once.
//
// # Which thing is meant
//
// A department, profile or role is found by its name, a base role by its metadata.name, a user by their address; what is here is taken over as it is.
// From then on the row of the object (table declared) knows it, so that names can change, and metadata.name too. The address
// of a user only finds them: it is not the manifest's, since another one has to be proved by the person (C-4).
//
// # What is refused
//
// An object is done whole or not at all. One that a rule refuses says why, at each run anew, and stops nothing but what refers to it and
// cannot be without it. One that cannot be read is refused, too: it is still stated, and what it made stays as it was. Nothing
// is written by a run that finds nothing to do. Who cannot leave yet is not tried again as long as that can be seen by reading.
//
// Nobody is kept from leaving by a manifest: a colleague may deactivate whomever it states, and so may the rule of dormant accounts. No run takes
// that back by itself: the object is refused until its manifest says that they have left, or newly says that they are here, or a colleague brings them back.
//
// # What is removed
//
// Nothing is ever deleted. A user whose manifest is gone is deactivated, by the rules of leaving; anything else is released, and people own
// it from then on. A set without any object is no removal of all, but a source that is broken (ErrNothing), unless the source says of its
// objects that they go (manifest.Set.Gone). One without many of its people may be broken, and a person is asked first (Gone), also when it says that they go:
// a wrong branch takes objects out of a cluster as well. What a source declared that is followed no more stays its own until it is released (Release).
package declared

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/manifest"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/work"
)

// Action is what would be done about an object, or was.
type Action string

// The actions.
const (
	Create  Action = "create"
	Change  Action = "change"
	Take    Action = "take"    // nothing changes but whose it is, or what is known of it
	Same    Action = "same"    // it is as it is stated
	Leave   Action = "leave"   // its manifest is gone: the person is deactivated
	Release Action = "release" // its manifest is gone: it is people's own from now on
	Hold    Action = "hold"    // it is paused; Changes are what is put off
	Ask     Action = "ask"     // its manifest is gone, and so are those of too many: see Gone
	Refuse  Action = "refuse"  // for Reasons
)

// Step is an object and what is to be done about it, or was.
type Step struct {
	Kind    manifest.Kind
	Name    string         // metadata.name
	ID      string         // of the thing that it is here; "" as long as there is none
	Called  string         // what people call it
	Action  Action         //
	Drift   bool           // it agreed before, and somebody has changed what is the manifest's
	Changes []audit.Change // in words of people: names, not ids
	Reasons []work.Reason  // of Refuse, or of a Leave that a rule forbids

	Told bool // it is refused, or cannot leave, for Reasons that were known before

	object *manifest.Object // nil: its manifest is gone
	was    *row             // as it is known; nil: not yet
	from   *row             // of another source that has let go of it; nil: there is none
	fields []string         // that are stated
	digest string
}

// Ref is what names the object among all: "User/mina".
func (s *Step) Ref() string { return string(s.Kind) + "/" + s.Name }

// Differs tells whether what is here is not what is stated.
func (s *Step) Differs() bool {
	return s.Action != Same && s.Action != Hold || s.Action == Hold && len(s.Changes) > 0
}

// Plan is what a source's set would do, or did: steps in the order in which they are done.
type Plan struct {
	Source string
	Steps  []Step
	Gone   *Gone // nil: what has gone is removed
}

// Gone says that more people have gone from a source than may leave unasked (CHANCERY_DECLARED_LEAVE_MOST): the directory is mounted by half, perhaps, or of
// another branch. What the source states is done; nothing that has gone from it is removed.
type Gone struct{ Leaving, Whole int }

// Count is how many steps are of an action.
func (p *Plan) Count(a Action) (n int) {
	for i := range p.Steps {
		if p.Steps[i].Action == a {
			n++
		}
	}
	return n
}

// Differs tells whether anything is not as it is stated.
func (p *Plan) Differs() bool {
	for i := range p.Steps {
		if p.Steps[i].Differs() {
			return true
		}
	}
	return false
}

// Secrets reads a key of a secret: the first password of a user. It returns an error that tells nothing of the value.
type Secrets func(name, key string) (string, error)

// password is what a secret holds, "" where there is none that can be read.
func (s Secrets) password(ref *manifest.SecretRef) string {
	if s == nil {
		return ""
	}
	text, err := s(*ref.Name, *ref.Key)
	if err != nil {
		return ""
	}
	return text
}

// ErrNothing says that a source declares nothing at all, which is taken for a broken source and never for a removal of everything.
var ErrNothing = errors.New("nothing is declared")

// Declared is the room.
type Declared struct {
	db      *store.DB
	access  *access.Access
	staff   *staff.Staff
	signin  *signin.Signin
	secrets Secrets
	share   float64
}

// New opens the room. Without secrets, whoever is to begin with one is refused. leaveMost is how many of a hundred people of a source a run may deactivate without
// asking, because their manifests are gone.
func New(db *store.DB, rights *access.Access, people *staff.Staff, ways *signin.Signin, secrets Secrets, leaveMost int) *Declared {
	return &Declared{db, rights, people, ways, secrets, float64(leaveMost) / 100}
}

// Way is how a set is done otherwise than usual.
type Way int

// AnyNumber deactivates whoever is gone from the source, however many they are: a person has said so.
const AnyNumber Way = 1

// actor is who acts for a source.
func actor(source string) access.Actor {
	a := access.System("declared")
	a.Name = source
	return a
}

// sourceForm is how a source is called.
var sourceForm = regexp.MustCompile(`^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$`)

// CheckSource returns an error for what is no name of a source.
func CheckSource(source string) error {
	if !sourceForm.MatchString(source) {
		return fmt.Errorf("a source is called by small letters, digits, - and ., 63 at most, and not %q", source)
	}
	return nil
}

// Plan tells what Apply would do now, and writes nothing. What only a verb can know (who has open cases, who is the last Super Admin) it does not foresee.
func (d *Declared) Plan(ctx context.Context, source string, set *manifest.Set, ways ...Way) (*Plan, error) {
	w, err := d.gather(ctx, source, set, ways)
	if err != nil {
		return nil, err
	}
	return w.decide(), nil
}

// Apply makes what is here agree with what a source states, and returns what was done: a step that was refused by a verb is a Refuse. It may be run
// again at any time, also when it was interrupted; a second run does nothing.
func (d *Declared) Apply(ctx context.Context, source string, set *manifest.Set, ways ...Way) (*Plan, error) {
	w, err := d.gather(ctx, source, set, ways)
	if err != nil {
		return nil, err
	}
	p := w.decide()
	if err := d.act(ctx, w, p); err != nil {
		return p, err
	}
	return p, d.asked(ctx, w, p.Gone)
}
