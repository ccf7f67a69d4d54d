package signin_test

import (
	"context"
	"errors"
	"testing"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// B-13: an invitation's mail and link can be seen, by those who look after the people.
func TestAnInvitationShowsHowFarItIs(t *testing.T) {
	clock := storetest.NewClock()
	storetest.Each(t, clock.Now, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		people, mails := staff.New(db, staff.Studio{}), post.New(db)
		ways := signin.New(db, people, mails, signin.Options{Key: []byte("k")})
		if err := access.New(db).Seed(ctx); err != nil {
			t.Fatal(err)
		}
		if err := people.SeedOrganization(ctx, staff.Organization{Name: "Marlow Reyes", Language: "en", Zone: "UTC"}); err != nil {
			t.Fatal(err)
		}
		u, err := ways.Invite(ctx, access.System("test"), staff.NewUser{FirstName: "Lucía", LastName: "Ferrer", Email: "lucia@marlowreyes.example",
			RoleID: access.RoleParalegal, Language: "es", Zone: "UTC"}, signin.FirstPassword{Way: signin.FirstLink})
		if err != nil {
			t.Fatal(err)
		}
		who := access.Actor{Actor: audit.Actor{ID: "admin"}, Rights: access.Granted(false, "users.view")}
		in, err := ways.Invitation(ctx, who, u.ID)
		if err != nil || in.Mail != post.Waiting || in.ExpiresAt != nil || !in.At.Equal(clock.Now()) {
			t.Errorf("before the mail: %+v, %v", in, err)
		}
		_, expires, err := ways.IssueWelcome(ctx, u.ID)
		if err != nil {
			t.Fatal(err)
		}
		in, err = ways.Invitation(ctx, who, u.ID)
		if err != nil || in.ExpiresAt == nil || !in.ExpiresAt.Equal(expires) {
			t.Errorf("with the mail: %+v, %v", in, err)
		}
		if in, err = ways.Invitation(ctx, who, "nobody"); err != nil || in.Mail != "" {
			t.Errorf("without: %+v, %v", in, err)
		}
		var forbidden *fault.Forbidden
		if _, err = ways.Invitation(context.Background(), access.Actor{}, u.ID); !errors.As(err, &forbidden) {
			t.Error(err)
		}
	})
}
