package signin

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/store"
)

// A cell number signs in only once its owner has shown that it is theirs: a PIN goes to it, and comes back in the session in
// which it was asked for. The owner is told by mail (ASVS 6.3.7), and told again when such a number is replaced, by whomever:
// then it signs in no more (OnCellLost), and the new one has to be shown anew. Of two people who are not inactive one can have
// a number verified (the database's rule); who comes back after having left shows it anew.

// AskCellPIN sends a PIN to the person's own cell number. It wants a fresh proof (ASVS 7.5.1), and returns Confirm's token,
// also beside an error; *fault.Refused where there is no number or it is verified already, *fault.TooMany, Confirm's errors,
// or fault.ErrNotFound where no texts are sent.
func (s *Signin) AskCellPIN(ctx context.Context, c *Current, proof Proof, from Origin) (token string, err error) {
	from = from.clean()
	switch {
	case !s.opt.Texts:
		return "", fault.ErrNotFound
	case c.User.Cell == "":
		return "", fault.Refuse("cell.none")
	case c.User.CellVerifiedAt != nil:
		return "", fault.Refuse("cell.already")
	}
	if token, err = s.Confirm(ctx, c, proof, from); err != nil {
		return token, err
	}
	_, err = s.ask(ctx, asking{purpose: forCell, key: s.numberKey(c.User.Cell), userID: c.User.ID, hash: sessionBrowser(c)}, from)
	return token, err
}

// sessionBrowser stands in the place of a browser's secret: the session itself, whose token may change meanwhile.
func sessionBrowser(c *Current) string { return hashToken("session\x00" + c.Session.ID) }

// CellAsked tells whether a PIN was sent in this session to the number that the person has now, and may be typed.
func (s *Signin) CellAsked(ctx context.Context, c *Current) (bool, error) {
	if c.User.CellVerifiedAt != nil {
		return false, nil
	}
	return s.pinWaits(ctx, c, forCell)
}

// pinWaits tells whether a PIN was asked for in this session, for a purpose, and may be typed.
func (s *Signin) pinWaits(ctx context.Context, c *Current, purpose string) (bool, error) {
	p, err := s.findPIN(ctx, sessionBrowser(c), purpose)
	if err != nil || p == nil {
		return false, err
	}
	return p.UsedAt == nil && p.Tries < pinTries && s.db.Now().Before(p.ExpiresAt) && p.NumberKey == s.numberKey(c.User.Cell), nil
}

// VerifyCell takes the number as the person's own. It returns *fault.Invalid on "pin" while there are tries left, or
// *fault.Refused: "pin.over", "cell.changed" when it is no more the number that the PIN went to, or "cell.taken" when somebody
// else has shown the same.
func (s *Signin) VerifyCell(ctx context.Context, c *Current, typed string, from Origin) error {
	from = from.clean()
	var refused error
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		p, _, wrong, err := s.tryPIN(ctx, sessionBrowser(c), forCell, typed, from)
		if err != nil || wrong != nil {
			refused = wrong
			return err
		}
		if p.NumberKey != s.numberKey(p.User.Cell) {
			refused = fault.Refuse("cell.changed")
			return nil
		}
		if err := s.usePIN(ctx, p); err != nil {
			return err
		}
		return s.cellVerified(ctx, c, p.User.Cell, from)
	})
	if store.Violated(err, "users_verified_cell", "users.cell") {
		return fault.Refuse("cell.taken")
	}
	if err != nil {
		return err
	}
	return refused
}

func (s *Signin) cellVerified(ctx context.Context, c *Current, number string, from Origin) error {
	now := s.db.Now()
	n, err := s.db.Exec(ctx, `UPDATE users SET cell_verified_at = $1 WHERE id = $2 AND cell = $3 AND status <> 'INACTIVE'`, now, c.User.ID, number)
	if err != nil {
		return fmt.Errorf("verify number: %w", err)
	}
	if n == 0 {
		return fault.Refuse("cell.changed")
	}
	err = audit.Record(ctx, s.db, c.Actor(from).Actor, audit.Entry{Action: "user.verify-cell", Kind: "user", ID: c.User.ID,
		Changes: []audit.Change{{Field: "cell", After: number}}})
	if err != nil {
		return err
	}
	return s.post.Queue(ctx, post.Draft{
		SendKey: "cell-verified/" + c.User.ID + "/" + store.NewID(), Kind: post.CellVerified, UserID: c.User.ID, Recipient: c.User.Email,
		Language: c.User.Language, Zone: c.User.Zone, Data: map[string]any{"When": now, "Ending": Ending(number), "Network": from.Network, "Device": Device(from.UserAgent)},
	})
}

// cellLost tells a person that their number signs in no more (ASVS 6.3.7). Who is not active has no way in to lose.
func (s *Signin) cellLost(ctx context.Context, actor access.Actor, before, after *staff.User) error {
	if before.Status != staff.Active {
		return nil
	}
	by := ""
	if actor.ID != before.ID {
		by = actor.Name
	}
	return s.post.Queue(ctx, post.Draft{
		SendKey: "cell-changed/" + before.ID + "/" + store.NewID(), Kind: post.CellChanged, UserID: before.ID, Recipient: before.Email,
		Language: before.Language, Zone: before.Zone,
		Data: map[string]any{"When": s.db.Now(), "Ending": Ending(before.Cell), "Removed": after.Cell == "", "By": by, "Network": actor.Network},
	})
}

// Ending is what is told of a number to whom it may not be told.
func Ending(number string) string {
	if len(number) < 4 {
		return ""
	}
	return number[len(number)-4:]
}

// AsksForCell tells whether a change of somebody's number asks who makes it for a proof first, their own or another's: of one that
// signs in it does, when the last proof is a while old (ASVS 7.5.1).
func (s *Signin) AsksForCell(c *Current, of *staff.User) bool {
	return of.CellVerifiedAt != nil && !s.Fresh(c)
}

// changesCell tells whether a change of a person's fields is one of their number, as far as it is a number.
func changesCell(u *staff.User, profile staff.ProfileChange) bool {
	if profile.Cell == nil {
		return false
	}
	if strings.TrimSpace(profile.Cell.Value) == "" {
		return u.Cell != ""
	}
	number, err := staff.CellNumber(profile.Cell.Value)
	return err == nil && number != u.Cell
}

// SaveProven is Save with the proof that a change of a person's own number may ask for. Who types their current password for
// a new one has proved by it. Beside an error, too, Proven is what Confirm returned; it returns what either returns.
func (s *Signin) SaveProven(ctx context.Context, c *Current, profile staff.ProfileChange, p PasswordChange, proof Proof, from Origin) (out Saved, err error) {
	var token string
	if changesCell(&c.User, profile) && s.AsksForCell(c, &c.User) {
		by := p.Current != "" && proof == Proof{}
		if by {
			proof.Password = p.Current
		}
		token, err = s.Confirm(ctx, c, proof, from)
		if bad := (*fault.Invalid)(nil); by && errors.As(err, &bad) {
			bad.Rename("password", "current")
		}
		if err != nil {
			return Saved{Proven: token}, err
		}
	}
	out, err = s.Save(ctx, c, profile, p, from)
	out.Proven = token
	return out, err
}

// SaveTheirs is staff's Update of a colleague, with the proof of who makes it where the number is one that signs in. It returns the
// session's new secret when a proof was just given, also beside an error; besides staff's errors what Confirm returns.
func (s *Signin) SaveTheirs(ctx context.Context, c *Current, userID string, change staff.Change, proof Proof, from Origin) (u *staff.User, token string, err error) {
	actor := c.Actor(from)
	if change.Cell != nil {
		if u, err = s.staff.Editable(ctx, actor, userID); err != nil { // what is refused anyway asks for nothing
			return nil, "", err
		}
		if changesCell(u, change.ProfileChange) && s.AsksForCell(c, u) {
			if token, err = s.Confirm(ctx, c, proof, from); err != nil {
				return nil, token, err
			}
		}
	}
	u, err = s.staff.Update(ctx, actor, userID, change)
	return u, token, err
}
