package signin

import (
	"context"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/notices"
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

// FirstPassword is the administrator's choice.
type FirstPassword struct {
	Way        First
	Typed      string
	MustChange bool // on by default; with FirstRandom always (S1-6, ASVS 6.4.1)
}

// Invite creates a colleague, gives them a way to their first password, and queues their welcome mail: one transaction
// (S1-2…S1-10). It returns *fault.Invalid (the password on "password") or *fault.Forbidden.
func (s *Signin) Invite(ctx context.Context, actor access.Actor, n staff.NewUser, first FirstPassword) (*staff.User, error) {
	if err := actor.Must(access.UsersCreate); err != nil {
		return nil, err
	}
	bad := &fault.Invalid{}
	hash, err := s.firstHash(ctx, n, first, bad)
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
		return s.notices.Queue(ctx, notices.Draft{
			SendKey: "welcome/" + u.ID, Kind: notices.Welcome, UserID: u.ID, Recipient: u.Email, Language: u.Language, Zone: u.Zone,
			Data: map[string]any{"By": actor.Name, "First": string(first.Way)}, GoodFor: welcomeLasts,
		})
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

// firstHash checks and hashes a typed first password; the other ways have none yet.
func (s *Signin) firstHash(ctx context.Context, n staff.NewUser, first FirstPassword, bad *fault.Invalid) (string, error) {
	switch first.Way {
	case FirstLink, FirstRandom:
		return "", nil
	case FirstTyped:
	default:
		bad.Add("first", "staff.choose")
		return "", nil
	}
	org, err := s.staff.Organization(ctx)
	if err != nil {
		return "", err
	}
	if first.Typed == "" {
		bad.Add("password", "password.new-missing")
		return "", nil
	}
	person := &staff.User{FirstName: n.FirstName, LastName: n.LastName, DisplayName: n.FullName, Email: n.Email}
	s.policy(bad, "password", first.Typed, org.PasswordPolicy, contextWords(org, person))
	if bad.Err() != nil {
		return "", nil
	}
	return s.hasher.hash(ctx, first.Typed)
}

func (s *Signin) enrol(ctx context.Context, userID string, first FirstPassword, hash string) error {
	if first.Way == FirstTyped {
		expires := s.db.Now().Add(temporaryLasts)
		if !first.MustChange {
			return s.setPassword(ctx, userID, hash, false, nil)
		}
		return s.setPassword(ctx, userID, hash, true, &expires)
	}
	row := map[string]any{"user_id": userID, "updated_at": s.db.Now()}
	return s.db.In(ctx).Table("credentials").Create(row).Error
}

// Bootstrap creates a user on the operator's behalf without mail, for the first administrator and the demo practice.
// With an empty password the person comes in by the welcome link that the caller issues.
func (s *Signin) Bootstrap(ctx context.Context, actor access.Actor, n staff.NewUser, password string, mustChange bool) (*staff.User, error) {
	var u *staff.User
	err := s.db.Tx(ctx, func(ctx context.Context) (err error) {
		if u, err = s.staff.Create(ctx, actor, n); err != nil {
			return err
		}
		return s.db.In(ctx).Table("credentials").Create(map[string]any{"user_id": u.ID, "updated_at": s.db.Now()}).Error
	})
	if err != nil || password == "" {
		return u, err
	}
	return u, s.SetPassword(ctx, actor, u.ID, password, mustChange)
}

// Exists tells whether an address is or was someone's.
func (s *Signin) Exists(ctx context.Context, email string) (bool, error) {
	var id string
	return store.One(s.db.In(ctx).Raw("SELECT user_id FROM addresses WHERE address = ?", email), &id)
}
