package declared

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/manifest"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/work"
)

// row is what is known of a declared object.
type row struct {
	ID        string
	Source    string
	Kind      string
	Name      string
	ObjectID  *string
	MeantID   string // of a refused object
	Fields    string
	Digest    string
	State     string
	Reasons   string
	PausedBy  string
	SeededAt  *time.Time
	Ended     bool
	EndedAt   *time.Time
	Drift     string
	DriftedAt *time.Time
	CreatedAt time.Time
	UpdatedAt time.Time
}

// The states of a row.
const (
	applied  = "applied"
	refused  = "refused"
	paused   = "paused"
	leaving  = "leaving" // its manifest is gone, and its person could not be deactivated yet
	released = "released"
)

func (r *row) object() string {
	if r == nil || r.ObjectID == nil {
		return ""
	}
	return *r.ObjectID
}

// left is whom an object's going has deactivated, and when; "" where it has not, or where it has them again.
func (r *row) left() (id string, at time.Time) {
	if r == nil || !r.Ended {
		return "", at
	}
	at = r.UpdatedAt // of a row from before that was known
	if r.EndedAt != nil {
		at = *r.EndedAt
	}
	return cmp.Or(r.object(), r.MeantID), at
}

// world is what is there, read at one go.
type world struct {
	source      string
	set         *manifest.Set
	rows        map[string]*row    // this source's, by Ref
	owners      map[[2]string]*row // whose a thing is, by the kind of its row and its id
	org         *staff.Organization
	departments map[string]staff.Department
	book        *access.Book
	titles      []staff.Title
	roll        *staff.Roll
	gone        Gone    // what is known of how many have gone from the source
	secrets     Secrets // of first passwords, looked at for who is not here yet
	judge       func(bad *fault.Invalid, password string, org *staff.Organization, u *staff.User)
	share       float64                  // of its people may leave without a question
	stuck       map[string]fault.Message // people who could not leave and still cannot, by id, and why
	ended       map[string]time.Time     // people who were deactivated when their manifests were gone, from whichever source, by id, and when
}

// gather reads the world in a dozen queries, however many objects there are.
func (d *Declared) gather(ctx context.Context, source string, set *manifest.Set, ways []Way) (*world, error) {
	if err := CheckSource(source); err != nil {
		return nil, err
	}
	w := &world{source: source, set: set, rows: map[string]*row{}, owners: map[[2]string]*row{}, departments: map[string]staff.Department{}, share: d.share, secrets: d.secrets, judge: d.signin.JudgeFirst, stuck: map[string]fault.Message{}, ended: map[string]time.Time{}}
	if slices.Contains(ways, AnyNumber) {
		w.share = 1
	}
	var rows []row
	if err := d.db.In(ctx).Raw(`SELECT * FROM declared WHERE state <> 'released' OR ended OR source = ?`, source).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("what is declared: %w", err)
	}
	var ids, addresses []string
	known := false // something is stated by this source, as far as is known here
	for i := range rows {
		r := &rows[i]
		if r.Source == source {
			known = known || r.State != released
			w.rows[kindOf(r.Kind)+"/"+r.Name] = r
			if r.Kind == "user" && r.ObjectID != nil {
				ids = append(ids, *r.ObjectID)
			}
		}
		if id, at := r.left(); id != "" && w.ended[id].Before(at) {
			w.ended[id] = at
		}
		if r.State != released && r.ObjectID != nil {
			w.owners[[2]string{r.Kind, *r.ObjectID}] = r
		}
	}
	if known && len(set.Objects) == 0 && len(set.Gone) == 0 {
		return nil, ErrNothing
	}
	for i := range set.Objects {
		if u, ok := set.Objects[i].Spec.(*manifest.UserSpec); ok && u.Email != nil {
			addresses = append(addresses, staff.Address(*u.Email))
		}
	}
	var err error
	if w.org, err = d.staff.Organization(ctx); err != nil {
		return nil, fmt.Errorf("the practice's own row: %w", err)
	}
	if w.book, err = d.access.Book(ctx); err != nil {
		return nil, err
	}
	departments, err := d.staff.Departments(ctx)
	if err != nil {
		return nil, err
	}
	for _, one := range departments {
		w.departments[one.ID] = one
	}
	if w.titles, err = d.staff.Titles(ctx); err != nil {
		return nil, err
	}
	if w.roll, err = d.staff.Roll(ctx, ids, addresses); err != nil {
		return nil, err
	}
	if _, err := store.One(d.db.In(ctx).Raw(`SELECT leaving, whole FROM declared_sources WHERE source = ?`, source), &w.gone); err != nil {
		return nil, fmt.Errorf("source: %w", err)
	}
	return w, d.gatherStuck(ctx, w)
}

// gatherStuck looks at those who were to leave and could not, of whom there are few: what held them is asked again by reading alone.
func (d *Declared) gatherStuck(ctx context.Context, w *world) error {
	for _, r := range w.rows {
		u := w.roll.People[r.object()]
		if r.Kind != "user" || r.State != leaving && r.State != refused || u == nil || u.Status == staff.Inactive || !holdsBack(r.Reasons) {
			continue
		}
		why, err := d.staff.Stays(ctx, u)
		if err != nil {
			return err
		}
		if why != nil {
			w.stuck[u.ID] = *why
		}
	}
	return nil
}

// holdsBack tells whether any of the stored reasons is one for which somebody cannot leave.
func holdsBack(stored string) bool {
	return slices.ContainsFunc(work.ReadReasons(stored), func(r work.Reason) bool { return slices.Contains(staff.StayReasons(), r.Message.Key) })
}

// still tells whether somebody was to leave before, and still cannot, for the same reason. It is not tried again then.
func (w *world) still(s *Step) bool {
	why, ok := w.stuck[s.ID]
	return ok && s.was != nil && s.was.Digest == s.digest && reasons([]work.Reason{{Message: why}}) == s.was.Reasons
}

// rowKind is a kind as rows and the history have it.
func rowKind(k manifest.Kind) string { return strings.ToLower(string(k)) }

// Ref is what names an object among all, by the kind and name of its row: "User/mina".
func Ref(kind, name string) string { return kindOf(kind) + "/" + name }

// kindOf is the kind of a row as manifests have it.
func kindOf(kind string) string { return strings.ToUpper(kind[:1]) + kind[1:] }

// digestOf is what a spec states, in short.
func digestOf(spec any) string {
	b, _ := json.Marshal(spec) // texts, numbers and truths
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
