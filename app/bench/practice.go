package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"chancery/app/access"
	"chancery/app/post"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store"
)

// practice is a database filled with people, and what is needed to serve it.
type practice struct {
	database string // URL
	key      string
	dir      string // of blobs, mails and logs
	middle   string // the id of the person in the middle of the list, in a practice made by crowd
}

const (
	people   = 10_000
	password = "Lantern-Orchard-27!"
)

func address(i int) string { return fmt.Sprintf("person.%05d@firm.example", i) }

// fill migrates the database and writes its people through the rooms, a few hundred to a transaction. What a year of
// use would have left, such as phone numbers and the last sign-in, is written at once afterwards.
func (p practice) fill(ctx context.Context, people int) error {
	db, err := store.Open(ctx, p.database, nil)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.Migrate(ctx); err != nil {
		return err
	}
	rights := access.New(db)
	if err := rights.Seed(ctx); err != nil {
		return err
	}
	all := staff.New(db, staff.Studio{})
	ways := signin.New(db, all, post.New(db), signin.Options{Key: []byte(p.key)})
	err = all.SeedOrganization(ctx, staff.Organization{
		Name: "Marlow Reyes Immigration Law", Tagline: "Toronto · Montréal · Ciudad de México", Language: "en", Zone: "America/Toronto", Contact: "help@firm.example",
	})
	if err != nil {
		return err
	}
	const batch = 500
	for from := 0; from < people; from += batch {
		err := db.Tx(ctx, func(ctx context.Context) error {
			for i := from; i < from+batch; i++ {
				if err := add(ctx, all, ways, i); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return p.age(ctx, db)
}

// add writes one person: one in twenty an administrator, the rest consultants and paralegals.
func add(ctx context.Context, all *staff.Staff, ways *signin.Signin, i int) error {
	first := []string{"Ana", "Bao", "Chloé", "Diego", "Elena", "Farid", "Grace", "Hiro", "Inés", "Jon"}
	last := []string{"Mbeki", "Okafor", "Tremblay-Côté", "Fernández Ortega", "Lindqvist", "MacGillivray", "Salcedo", "Nguyen", "Roy", "Iyer"}
	departments := []string{"Family", "Business", "Refugees", "Appeals", "Intake"}
	department, err := all.SeedDepartment(ctx, departments[i%len(departments)])
	if err != nil {
		return err
	}
	if err := all.SeedTitle(ctx, "RCIC consultant"); err != nil {
		return err
	}
	role := access.RoleConsultant
	switch {
	case i%20 == 0:
		role = access.RoleAdministrator
	case i%3 == 0:
		role = access.RoleParalegal
	}
	_, err = ways.Bootstrap(ctx, access.System("bench"), staff.NewUser{
		FirstName: first[i%len(first)], LastName: last[i/len(first)%len(last)], Email: address(i), Title: "RCIC consultant", RoleID: role,
		DepartmentID: department, Language: "en", Zone: "America/Toronto",
	}, "", false)
	return err
}

// age gives everybody the same password, a past, and what they would have filled in by themselves.
func (p practice) age(ctx context.Context, db *store.DB) error {
	now := db.Now()
	salt := []byte("sixteen octets!!")
	enc := base64.RawStdEncoding.EncodeToString
	hash := "$argon2id$v=19$m=19456,t=2,p=1$" + enc(salt) + "$" + enc(argon2.IDKey([]byte(password), salt, 2, 19*1024, 1, 32))
	for _, q := range []struct {
		sql  string
		args []any
	}{
		{`UPDATE credentials SET password_hash = ?, password_changed_at = ?`, []any{hash, now.Add(-90 * 24 * time.Hour)}},
		{`UPDATE users SET status = 'ACTIVE', last_sign_in_at = ?, email_verified_at = created_at, cell = '+14165550123',
			office = '+14165550100;ext=204', address = '184 Front Street East, Toronto', bio = ?`, []any{now.Add(-26 * time.Hour), bio(0)}},
		{map[store.Dialect]string{store.SQLite: "ANALYZE", store.Postgres: "VACUUM ANALYZE"}[db.Dialect()], nil},
	} {
		if err := db.In(ctx).Exec(q.sql, q.args...).Error; err != nil {
			return fmt.Errorf("age the practice: %w", err)
		}
	}
	return nil
}

// bio is a text as people write about themselves; each turn's is another, so that every save changes something.
func bio(turn int) string {
	return strings.Repeat("Family sponsorship and study permits, in English, Spanish and French. ", 4) + fmt.Sprintf("Edition %d.", turn)
}
