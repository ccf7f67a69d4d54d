package declared

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/manifest"
	"chancery/app/staff"
)

// row is what is known of a declared object.
type row struct {
	ID        string
	Source    string
	Kind      string
	Name      string
	ObjectID  *string
	Fields    string
	Digest    string
	State     string
	Reasons   string
	PausedBy  string
	SeededAt  *time.Time
	Ended     bool
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
}

// gather reads the world in a dozen queries, however many objects there are.
func (d *Declared) gather(ctx context.Context, source string, set *manifest.Set) (*world, error) {
	if err := CheckSource(source); err != nil {
		return nil, err
	}
	w := &world{source: source, set: set, rows: map[string]*row{}, owners: map[[2]string]*row{}, departments: map[string]staff.Department{}}
	var rows []row
	if err := d.db.In(ctx).Raw(`SELECT * FROM declared WHERE state <> 'released' OR source = ?`, source).Scan(&rows).Error; err != nil {
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
	w.roll, err = d.staff.Roll(ctx, ids, addresses)
	return w, err
}

// rowKind is a kind as rows and the history have it.
func rowKind(k manifest.Kind) string { return strings.ToLower(string(k)) }

// kindOf is the kind of a row as manifests have it.
func kindOf(kind string) string { return strings.ToUpper(kind[:1]) + kind[1:] }

// digestOf is what a spec states, in short.
func digestOf(spec any) string {
	b, _ := json.Marshal(spec) // texts, numbers and truths
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
