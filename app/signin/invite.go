package signin

import (
	"context"
	"fmt"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/store"
)

// First is how a new colleague comes to their first password (S1-5, C-14).
type First string

// The three ways. Each welcome mail has a one-time link; the others add a temporary password beside it.
const (
	FirstLink   First = "link"   // set by the link of the welcome mail
	FirstRandom First = "random" // made at random and written in the welcome mail
	FirstTyped  First = "typed"  // typed by the administrator, who hands it over
)

// FirstPassword is the administrator's choice. One that somebody else knows, typed or mailed, must be changed at the
// first sign-in and expires (S1-6, C-14, ASVS 6.4.1).
type FirstPassword struct {
	Way     First
	Typed   string
	lasting bool // chosen by the person: only a program can say so (Bootstrap)
}

// Invite creates a colleague, gives them a way to their first password, and queues their welcome mail: one transaction
// (S1-2…S1-10). A way that the practice has switched off is refused on "first", but for programs: the operator's commands have to get somebody in when
// nothing else does (C-14, B-20). Asked twice by the same form it gives the same answer, and no second mail (B-15). It returns *fault.Invalid (the password on "password"), *fault.Forbidden, or
// fault.ErrProve where it makes a Super Admin and the last proof is not fresh.
func (s *Signin) Invite(ctx context.Context, actor access.Actor, n staff.NewUser, first FirstPassword) (*staff.User, error) {
	if err := actor.Must(access.UsersCreate); err != nil {
		return nil, err
	}
	switch asks, err := s.asksProof(ctx, actor, "", n.RoleID); {
	case err != nil:
		return nil, err
	case asks:
		return nil, fault.ErrProve
	}
	r, _, err := s.rules(ctx)
	if err != nil {
		return nil, err
	}
	u, err := s.create(ctx, actor, n, first, func(ctx context.Context, u *staff.User) error {
		return s.welcome(ctx, actor, u, "welcome/"+u.ID, first.Way, r)
	})
	if err == nil {
		return u, nil
	}
	again, lost := s.staff.Again(ctx, actor, n, err)
	if lost != nil {
		return nil, lost
	}
	if again != nil {
		return again, nil
	}
	return nil, err
}

func (s *Signin) welcome(ctx context.Context, actor access.Actor, u *staff.User, key string, first First, r rules) error {
	return s.post.Queue(ctx, post.Draft{
		SendKey: key, Kind: post.Welcome, UserID: u.ID, Recipient: u.Email, Language: u.Language, Zone: u.Zone,
		Data: map[string]any{"By": actor.Name, "First": string(first)}, GoodFor: r.invitation,
	})
}

// create writes a new user and their first credential, and what else belongs to it, in one transaction. The password is
// hashed before it.
func (s *Signin) create(ctx context.Context, actor access.Actor, n staff.NewUser, first FirstPassword,
	also func(context.Context, *staff.User) error) (*staff.User, error) {
	bad := &fault.Invalid{}
	hash, err := s.firstHash(ctx, actor, n, first, bad)
	if err != nil {
		return nil, err
	}
	var u *staff.User
	err = s.db.Tx(ctx, func(ctx context.Context) (err error) {
		if u, err = s.staff.Create(ctx, actor, n); err != nil {
			if err = bad.Join(err); err != nil {
				return err
			}
		}
		if err := bad.Err(); err != nil {
			return err
		}
		if err := s.enrol(ctx, u.ID, first, hash); err != nil {
			return err
		}
		return also(ctx, u)
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

// firstHash checks the way, and checks and hashes a typed first password; the other ways have none yet.
func (s *Signin) firstHash(ctx context.Context, actor access.Actor, n staff.NewUser, first FirstPassword, bad *fault.Invalid) (string, error) {
	switch first.Way {
	case FirstLink:
		return "", nil
	case FirstRandom, FirstTyped:
	default:
		bad.Add("first", "staff.choose")
		return "", nil
	}
	org, err := s.staff.Organization(ctx)
	if err != nil {
		return "", err
	}
	switch {
	case !actor.Program() && (first.Way == FirstRandom && !org.AllowMailedPassword || first.Way == FirstTyped && !org.AllowTypedPassword):
		bad.Add("first", "users.first-switched-off")
		return "", nil
	case first.Way == FirstRandom:
		return "", nil
	}
	if first.Typed == "" {
		bad.Add("password", "password.missing")
		return "", nil
	}
	person := &staff.User{FirstName: n.FirstName, LastName: n.LastName, DisplayName: n.FullName, Email: n.Email}
	s.JudgeFirst(bad, first.Typed, org, person)
	if bad.Err() != nil {
		return "", nil
	}
	return s.hasher.hash(ctx, first.Typed)
}

func (s *Signin) enrol(ctx context.Context, userID string, first FirstPassword, hash string) error {
	if first.Way == FirstTyped {
		if first.lasting {
			return s.setPassword(ctx, userID, hash, false, nil)
		}
		expires := s.db.Now().Add(temporaryLasts)
		return s.setPassword(ctx, userID, hash, true, &expires)
	}
	row := map[string]any{"user_id": userID, "updated_at": s.db.Now()}
	if err := s.db.In(ctx).Table("credentials").Create(row).Error; err != nil {
		return fmt.Errorf("enrol: %w", err)
	}
	return nil
}

// Bootstrap creates a user without mail, for the first administrator and the demo practice, also where the practice lets
// nobody type a password: the switches are for the pages (C-14, B-20). With an empty password the
// person comes in by the welcome link that the caller issues; one that must be changed expires as any temporary one
// does. Only programs may: whoever gives a person a password in silence can be that person (ASVS 6.4.6). It returns
// *fault.Invalid (the password on "password") or *fault.Forbidden.
func (s *Signin) Bootstrap(ctx context.Context, actor access.Actor, n staff.NewUser, password string, mustChange bool) (*staff.User, error) {
	if !actor.Program() {
		return nil, &fault.Forbidden{Permission: "operator"}
	}
	first := FirstPassword{Way: FirstLink}
	if password != "" {
		first = FirstPassword{Way: FirstTyped, Typed: password, lasting: !mustChange}
	}
	return s.create(ctx, actor, n, first, func(context.Context, *staff.User) error { return nil })
}

// Exists tells whether an address is or was someone's.
func (s *Signin) Exists(ctx context.Context, email string) (bool, error) {
	var id string
	return store.One(s.db.In(ctx).Raw("SELECT user_id FROM addresses WHERE address = ? AND held_until IS NULL", staff.Address(email)), &id)
}
