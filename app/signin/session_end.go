package signin

import (
	"context"
	"fmt"
	"slices"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/store"
)

// SignOut ends the session of a request (S2-29).
func (s *Signin) SignOut(ctx context.Context, c *Current, from Origin) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.end(ctx, "signed-out", "id = ?", c.Session.ID); err != nil {
			return err
		}
		return audit.Record(ctx, s.db, c.Actor(from).Actor, audit.Entry{Action: "session.sign-out", Kind: "user", ID: c.User.ID})
	})
}

// EndSession ends one of a person's own sessions, but not the one they are in. It needs a fresh proof or the password
// (C-7, ASVS 7.5.2). It returns fault.ErrNotFound for a session that is not theirs, or *fault.Invalid on "password";
// token is Confirm's, also beside an error.
func (s *Signin) EndSession(ctx context.Context, c *Current, id string, proof Proof, from Origin) (token string, err error) {
	return s.endOwn(ctx, c, proof, from, "session.end", true, "id = ? AND user_id = ? AND id <> ?", id, c.User.ID, c.Session.ID)
}

// EndOthers ends all sessions of a person but the one they are in, with the same proof (C-8).
func (s *Signin) EndOthers(ctx context.Context, c *Current, proof Proof, from Origin) (token string, err error) {
	return s.endOwn(ctx, c, proof, from, "session.end-others", false, "user_id = ? AND id <> ?", c.User.ID, c.Session.ID)
}

func (s *Signin) endOwn(ctx context.Context, c *Current, proof Proof, from Origin, action string, one bool, where string, args ...any) (token string, err error) {
	if token, err = s.Confirm(ctx, c, proof, from); err != nil {
		return "", err
	}
	return token, s.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.hold(ctx, c.User.ID); err != nil {
			return err
		}
		n, err := s.end(ctx, "ended-by-owner", where, args...)
		if err != nil {
			return err
		}
		if one && n == 0 {
			return fault.ErrNotFound
		}
		return audit.Record(ctx, s.db, c.Actor(from).Actor, audit.Entry{Action: action, Kind: "user", ID: c.User.ID})
	})
}

// EndSessionOf ends one session of a user, by an administrator. It needs users.sign-out and a fresh proof of who asks
// (fault.ErrProve), and is over the account; it returns fault.ErrNotFound for a session that is not theirs or has ended.
func (s *Signin) EndSessionOf(ctx context.Context, actor access.Actor, userID, id string) error {
	if err := s.mayEnd(actor); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.hold(ctx, userID); err != nil {
			return err
		}
		if err := s.over(ctx, actor, userID); err != nil {
			return err
		}
		n, err := s.end(ctx, "ended-by-administrator", "id = ? AND user_id = ?", id, userID)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.ErrNotFound
		}
		return audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: "session.end", Kind: "user", ID: userID})
	})
}

// SignOutEverywhere ends every session of a user at once, by an administrator (S1-22, S0-29); each device is refused
// at its next request, on every replica. Links that were mailed before end too: they are ways in like any other. It
// needs users.sign-out and a fresh proof of who asks (fault.ErrProve), and is over the account; the person is told by mail.
func (s *Signin) SignOutEverywhere(ctx context.Context, actor access.Actor, userID string) (ended int64, err error) {
	if err := s.mayEnd(actor); err != nil {
		return 0, err
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		u, err := s.staff.Get(ctx, userID)
		if err != nil {
			return err
		}
		h, err := s.hold(ctx, userID) // a sign-in under way begins before, and is ended, or after
		if err != nil {
			return err
		}
		if err := s.over(ctx, actor, userID); err != nil {
			return err
		}
		if h.status == staff.Pending {
			return nil // they are signed in nowhere, and keep their invitation
		}
		if ended, err = s.endAccess(ctx, &h, userID, "ended-by-administrator"); err != nil {
			return err
		}
		if err := audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: "session.end-all", Kind: "user", ID: userID}); err != nil {
			return err
		}
		return s.post.Queue(ctx, post.Draft{
			SendKey: "sessions-ended/" + userID + "/" + store.NewID(), Kind: post.SessionsEnded, UserID: userID, Recipient: u.Email,
			Language: u.Language, Zone: u.Zone, Data: map[string]any{"By": actor.Name, "When": s.db.Now()},
		})
	})
	return ended, err
}

// AfterRestore ends all sessions and paired extensions of a practice that was put back from a backup, where those that had ended since stand open again, and
// says in the history that it was. Programs alone may.
func (s *Signin) AfterRestore(ctx context.Context, actor access.Actor) error {
	if !actor.Program() {
		return &fault.Forbidden{Permission: "operator"}
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.end(ctx, "restored", "TRUE"); err != nil {
			return err
		}
		org, err := s.staff.Organization(ctx)
		if err != nil {
			return err
		}
		return audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: "organization.restore", Kind: "organization", ID: org.ID})
	})
}

// mayEnd asks who ends the sessions of another for the right and for a fresh proof (ASVS 7.5.1).
func (s *Signin) mayEnd(actor access.Actor) error {
	if err := actor.Must(access.UsersSignOut); err != nil {
		return err
	}
	if !actor.Proven(s.db.Now()) {
		return fault.ErrProve
	}
	return nil
}

// endAccess ends whatever a person has in hand by now: the sessions' rows are ended, and the epoch is raised, so that no
// session, link or other credential of before counts any more, whoever has it and wherever it is looked at (B-2). What
// is made after it, in the same transaction too, carries the new epoch.
func (s *Signin) endAccess(ctx context.Context, h *held, userID, why string) (ended int64, err error) {
	if ended, err = s.end(ctx, why, "user_id = ?", userID); err != nil {
		return 0, err
	}
	if _, err := s.db.Exec(ctx, `UPDATE users SET epoch = epoch + 1 WHERE id = $1`, userID); err != nil {
		return 0, fmt.Errorf("raise epoch: %w", err)
	}
	h.epoch++
	h.open = 0
	return ended, s.staff.ReleaseHeld(ctx, userID) // a change of address that waited has ended with its link
}

// end ends sessions and paired extensions, and lets the open pages of whose they were know.
func (s *Signin) end(ctx context.Context, why, where string, args ...any) (int64, error) {
	var whose []string
	for _, table := range []string{"sessions", "pairings"} {
		var some []string
		err := s.db.In(ctx).Raw(`UPDATE `+table+` SET ended_at = ?, ended_why = ? WHERE ended_at IS NULL AND `+where+` RETURNING user_id`,
			append([]any{s.db.Now(), why}, args...)...).Scan(&some).Error
		if err != nil {
			return 0, fmt.Errorf("end %s: %w", table, err)
		}
		whose = append(whose, some...)
	}
	n := int64(len(whose))
	slices.Sort(whose)
	for _, id := range slices.Compact(whose) {
		if err := s.db.Changed(ctx, "sessions/"+id); err != nil {
			return 0, err
		}
	}
	return n, nil
}
