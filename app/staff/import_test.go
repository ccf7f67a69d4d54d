package staff_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// read reads a file whose words are the ids themselves.
func read(t *testing.T, text string) []staff.ImportRow {
	t.Helper()
	v := staff.Vocabulary{Columns: map[string]string{}, Roles: map[string]string{}, Profiles: map[string]string{}, Languages: map[string]string{"fr": "fr"},
		Statuses: map[string]staff.Status{"active": staff.Active, "inactive": staff.Inactive}}
	for _, c := range staff.ImportColumns() {
		v.Columns[staff.Word(c)] = c
	}
	for _, id := range []string{access.RoleSuperAdmin, access.RoleAdministrator, access.RoleConsultant, access.RoleParalegal, access.RoleAccountant, access.RoleViewer} {
		v.Roles[staff.Word(id)] = id
	}
	v.Profiles["collections"] = "collections"
	rows, err := staff.ParseImport([]byte(text), v, true)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// owned is a kind of belongings of which some people own some.
type owned map[string]int64

func (owned) Kind() string { return "cases" }

func (o owned) Count(_ context.Context, id string) (staff.Holding, error) {
	return staff.Holding{Count: o[id], Successor: true}, nil
}

func (o owned) HandOver(_ context.Context, _ access.Actor, id string, _ staff.Plan) (h staff.Handed, err error) {
	if n := o[id]; n > 0 {
		err = fault.Refuse("departure.no-successor", "Count", int(n))
	}
	return h, err
}

// keys are the refusals that an error, or a line of the dry run, is made of.
func keys(err error) (all []string) {
	var (
		invalid   *fault.Invalid
		refused   *fault.Refused
		forbidden *fault.Forbidden
	)
	switch {
	case errors.As(err, &invalid):
		for _, f := range invalid.Fields {
			all = append(all, f.Message.Key)
		}
	case errors.As(err, &refused):
		all = append(all, refused.Message.Key)
	case errors.As(err, &forbidden) && forbidden.Message.Key != "":
		all = append(all, forbidden.Message.Key)
	case errors.As(err, &forbidden):
		all = append(all, "run.forbidden")
	case err != nil:
		all = append(all, err.Error())
	}
	return all
}

// B-17, S1-18, S1-30…S1-33: the dry run foretells what the verbs do, row after row: what it says would be done is done,
// and what it says would be refused is refused, for a reason that it names. Each row's actor is tried on a practice of
// its own.
func TestTheDryRunOfAFileForetellsWhatTheVerbsDo(t *testing.T) {
	const head = "email,first name,last name,title,role,department,status,cell,language,profiles,full name\n"
	files := map[string]string{
		"rights":                "jon@firm.example,,,,viewer,,,,,collections\nann@firm.example,,,,administrator,,,,,\n",
		"fields":                "jon@firm.example,Jonas,,clerk,,work permits,,+14165550142,fr,\nleft@firm.example,Lefty,,,,,inactive,,,\n",
		"whole names":           "ann@firm.example,,,,,,,,,,Anna Maria Bell\njon@firm.example,,,,,,,,,,Jon Person\n",
		"leaving":               "jon@firm.example,,,,,,inactive,,,\nowner@firm.example,,,,,,inactive,,,\nplanned@firm.example,,,,,,inactive,,,\nleft@firm.example,,,,viewer,,active,,,\n",
		"a Super Admin":         "first@firm.example,Fi,,,,,,,,\nsecond@firm.example,,,,,,inactive,,,\n",
		"both Super Admins":     "first@firm.example,,,,viewer,,,,,\nsecond@firm.example,,,,viewer,,,,,\n",
		"both Super Admins out": "second@firm.example,,,,,,inactive,,,\nfirst@firm.example,,,,viewer,,inactive,,,\n",
		"one for another":       "jon@firm.example,,,,super-admin,,,,,\nfirst@firm.example,,,,viewer,,,,,\nsecond@firm.example,,,,,,inactive,,,\n",
		"a third and a fourth":  "jon@firm.example,,,,super-admin,,,,,\nleft@firm.example,,,,super-admin,,active,,,\n",
		"oneself":               "me@firm.example,Myself,,,,,,,,\n",
		"one's own role":        "me@firm.example,,,,viewer,,,,,\n",
		"one's own end":         "me@firm.example,,,,,,inactive,,,\n",
	}
	actors := map[string]func(id string) access.Actor{
		"a Super Admin": func(id string) access.Actor {
			return access.Actor{Actor: audit.Actor{ID: id}, Rights: access.Granted(true, "")}
		},
		"an administrator": func(id string) access.Actor { return reader(id, access.All()...) },
		"a hirer":          func(id string) access.Actor { return reader(id, access.UsersCreate, access.UsersView) },
		"an editor": func(id string) access.Actor {
			return reader(id, access.UsersCreate, access.UsersView, access.UsersEdit, access.CasesView)
		},
		"a closer": func(id string) access.Actor {
			return reader(id, access.UsersCreate, access.UsersView, access.UsersDeactivate)
		},
	}
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		if _, err := people.SeedDepartment(ctx, "Work permits"); err != nil {
			t.Fatal(err)
		}
		who := map[string]*staff.User{}
		for name, role := range map[string]string{"First": access.RoleSuperAdmin, "Second": access.RoleSuperAdmin, "Jon": access.RoleConsultant, "Ann": access.RoleParalegal,
			"Owner": access.RoleConsultant, "Planned": access.RoleConsultant, "Left": access.RoleConsultant, "Me": access.RoleAdministrator} {
			n := jon1(name, role)
			n.Confirmed = true
			who[name] = hire(t, people, n)
			seen := db.Now()
			if err := people.SeedStatus(ctx, who[name].ID, staff.Active, &seen); err != nil {
				t.Fatal(err)
			}
		}
		people.Owns(owned{who["Owner"].ID: 2})
		if _, err := people.Deactivate(ctx, elena(), who["Left"].ID, staff.Plan{}); err != nil {
			t.Fatal(err)
		}
		if _, err := people.Deactivate(ctx, elena(), who["Planned"].ID, staff.Plan{At: db.Now().Add(48 * time.Hour)}); err != nil {
			t.Fatal(err)
		}
		done, refused := 0, 0
		for file, text := range files {
			rows := read(t, head+text)
			for name, actor := range actors {
				errBack := errors.New("back")
				err := db.Tx(ctx, func(ctx context.Context) error {
					me := actor(who["Me"].ID)
					me.ProvenAt = db.Now()
					preview, err := people.PreviewImport(ctx, me, rows, true)
					if err != nil {
						return err
					}
					for _, l := range preview.Lines {
						change := staff.ImportChange{Changes: l.Changes, Confirmed: l.Risk != nil}
						if _, err := db.Exec(ctx, "SAVEPOINT line"); err != nil {
							return err
						}
						err := people.ApplyImport(ctx, me, l.UserID, change)
						if got := keys(err); l.State == staff.ImportRefused {
							refused++
							foretold := keys(&fault.Invalid{Fields: l.Faults})
							if len(got) == 0 || !slices.Contains(foretold, got[0]) {
								t.Errorf("%s by %s: %s is refused for %v, the dry run says %v", file, name, l.Email, got, foretold)
							}
							if _, err := db.Exec(ctx, "ROLLBACK TO SAVEPOINT line"); err != nil {
								return err
							}
						} else if done++; len(got) > 0 {
							t.Errorf("%s by %s: %s is refused for %v, the dry run says %s", file, name, l.Email, got, l.State)
						}
					}
					again, err := people.PreviewImport(ctx, me, rows, true)
					if err != nil {
						return err
					}
					for i, l := range again.Lines {
						if was := preview.Lines[i].State; was != staff.ImportRefused && l.State != staff.ImportSame {
							t.Errorf("%s by %s: %s is %s when it was done: %+v %+v", file, name, l.Email, l.State, l.Changes, l.Faults)
						}
					}
					return errBack
				})
				if !errors.Is(err, errBack) {
					t.Fatal(file, name, err)
				}
			}
		}
		if done < 25 || refused < 75 {
			t.Errorf("%d rows were done, %d refused: the files have lost their point", done, refused)
		}
	})
}

// S1-30: a row says what has to be confirmed, for new people and for those who are here, counting those before it.
func TestAFileSaysWhichRowMakesAThirdSuperAdmin(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		colleague(t, people, "First", access.RoleSuperAdmin)
		colleague(t, people, "Jon", access.RoleParalegal)
		colleague(t, people, "Ann", access.RoleParalegal)
		rows := read(t, "email,full name,role\njon@firm.example,,super-admin\nnew@firm.example,Anna Bell,super-admin\nann@firm.example,,super-admin\n")
		preview, err := people.PreviewImport(ctx, elena(), rows, true)
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, l := range preview.Lines {
			if l.Risk != nil {
				said = append(said, fmt.Sprint(l.Line, " ", l.Risk.Args["Count"], " ", l.State))
			}
		}
		if got := strings.Join(said, ", "); got != "3 2 create, 4 3 change" {
			t.Error(got)
		}
	})
}

// What a column called "name" holds depends on the columns beside it.
func TestAColumnOfNamesIsUnderstoodByItsNeighbours(t *testing.T) {
	v := staff.Vocabulary{Columns: map[string]string{"name": staff.ColumnName, "created": staff.ColumnSkipped}}
	for _, c := range staff.ImportColumns() {
		v.Columns[staff.Word(c)] = c
	}
	for head, want := range map[string]string{
		"email,name":                       "full x",
		"email,first name,name":            "first Ann, last x",
		"email,first name,last name,name":  "first Ann, last Bell",
		"email,first name,created":         "full Ann",
		"email,first name,last name,title": "first Ann, last Bell",
	} {
		cells := map[string]string{"email": "a@b.example", "name": "x", "first name": "Ann", "last name": "Bell", "created": "2026", "title": "Clerk"}
		row := []string{}
		for c := range strings.SplitSeq(head, ",") {
			row = append(row, cells[c])
		}
		rows, err := staff.ParseImport([]byte(head+"\n"+strings.Join(row, ",")+"\n"), v, true)
		if err != nil {
			t.Fatal(head, err)
		}
		got := []string{}
		for _, part := range []struct{ what, value string }{{"full", rows[0].New.FullName}, {"first", rows[0].New.FirstName}, {"last", rows[0].New.LastName}} {
			if part.value != "" {
				got = append(got, part.what+" "+part.value)
			}
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %q, want %q", head, got, want)
		}
	}
}
