package signin

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/store"
)

// Kinds of second factors.
const (
	KindApp     = "totp"    // an authenticator app (RFC 6238)
	KindPasskey = "passkey" // a passkey or a security key (WebAuthn)
)

// Factor is one of a person's second factors. Of an app the secret is enciphered (seal.go); of a passkey only its public
// half is here. One that is not confirmed yet counts for nothing.
type Factor struct {
	ID           string
	UserID       string
	Kind         string
	Name         string // as its owner calls it; "" for an app that has no name of its own
	Secret       string
	CredentialID string
	Credential   string // go-webauthn's record of it, as JSON
	UsedStep     int64  // of an app: the last time step whose code was taken (ASVS 6.5.1)
	CreatedAt    time.Time
	ConfirmedAt  *time.Time
	LastUsedAt   *time.Time
}

// Factors are all that a person has.
type Factors struct {
	List  []Factor // confirmed ones, the oldest first
	Codes int      // recovery codes that were not used yet
}

// App is the authenticator app, or nil.
func (f Factors) App() *Factor {
	if i := slices.IndexFunc(f.List, func(f Factor) bool { return f.Kind == KindApp }); i >= 0 {
		return &f.List[i]
	}
	return nil
}

// Passkeys are those among them.
func (f Factors) Passkeys() []Factor {
	return slices.DeleteFunc(slices.Clone(f.List), func(f Factor) bool { return f.Kind != KindPasskey })
}

const (
	factorsMax    = 20 // a person's passkeys
	factorNameMax = 60 // characters
)

// Factors lists a person's second factors. Each sees their own; others need users.reset-password.
func (s *Signin) Factors(ctx context.Context, actor access.Actor, userID string) (Factors, error) {
	if actor.ID != userID {
		if err := actor.Must(access.UsersReset); err != nil {
			return Factors{}, err
		}
	}
	return s.factorsOf(ctx, userID)
}

func (s *Signin) factorsOf(ctx context.Context, userID string) (f Factors, err error) {
	err = s.db.In(ctx).Where("user_id = ? AND confirmed_at IS NOT NULL", userID).Order("created_at, id").Find(&f.List).Error
	if err != nil {
		return f, fmt.Errorf("factors: %w", err)
	}
	err = s.db.Row(ctx, `SELECT count(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL`, userID).Scan(&f.Codes)
	if err != nil {
		return f, fmt.Errorf("count recovery codes: %w", err)
	}
	return f, nil
}

// RenameFactor gives one of a person's own factors another name. It returns fault.ErrNotFound, or *fault.Invalid on "name".
func (s *Signin) RenameFactor(ctx context.Context, c *Current, id, name string, from Origin) error {
	name, err := factorName(name)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		f, err := s.factor(ctx, c.User.ID, id)
		if err != nil || f.Name == name {
			return err
		}
		if _, err := s.db.Exec(ctx, `UPDATE factors SET name = $1 WHERE id = $2`, name, id); err != nil {
			return fmt.Errorf("rename factor: %w", err)
		}
		return audit.Record(ctx, s.db, c.Actor(from.clean()).Actor, audit.Entry{Action: "factor.rename", Kind: "user", ID: c.User.ID,
			Changes: []audit.Change{{Field: "name", Before: f.Name, After: name}}})
	})
}

func factorName(name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return "", fault.Field1("name", "factor.name-missing")
	case n > factorNameMax:
		return "", fault.Field1("name", "factor.name-long", "Max", factorNameMax)
	}
	return name, nil
}

// RemoveFactor takes one of a person's own factors away, and with the last one the recovery codes. It wants a proof
// (fault.ErrProve). The last one stays where the practice asks for one (*fault.Refused). The person is told by mail (ASVS 6.3.7).
func (s *Signin) RemoveFactor(ctx context.Context, c *Current, id string, from Origin) error {
	from = from.clean()
	return s.changeFactors(ctx, c, func(ctx context.Context, h held) error {
		f, err := s.factor(ctx, c.User.ID, id)
		if err != nil {
			return err
		}
		if h.factors == 1 && asksFactor(&c.Org, c.Rights) {
			return fault.Refuse("factor.last-needed")
		}
		if _, err := s.db.Exec(ctx, `DELETE FROM factors WHERE id = $1`, id); err != nil {
			return fmt.Errorf("remove factor: %w", err)
		}
		if h.factors == 1 {
			if err := s.dropCodes(ctx, c.User.ID); err != nil {
				return err
			}
		}
		return s.factorChanged(ctx, c.Actor(from).Actor, &c.User, factorChange{Action: "factor.remove", what: "removed-" + f.Kind, kind: f.Kind, name: f.Name}, from)
	})
}

// changeFactors runs fn in a transaction that holds a person who has lately proved who they are.
func (s *Signin) changeFactors(ctx context.Context, c *Current, fn func(ctx context.Context, h held) error) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		h, err := s.hold(ctx, c.User.ID)
		if err != nil {
			return err
		}
		if h.status == staff.Inactive {
			return fault.Refuse("signin.inactive")
		}
		proven, err := s.ProvenFor(ctx, c, true)
		if err != nil {
			return err
		}
		if !proven {
			return fault.ErrProve
		}
		return fn(ctx, h)
	})
}

// factor is one of a person's confirmed factors, or fault.ErrNotFound.
func (s *Signin) factor(ctx context.Context, userID, id string) (*Factor, error) {
	var f Factor
	ok, err := store.Found(s.db.In(ctx).Where("id = ? AND user_id = ? AND confirmed_at IS NOT NULL", id, userID).Take(&f).Error)
	if err != nil {
		return nil, fmt.Errorf("factor: %w", err)
	}
	if !ok {
		return nil, fault.ErrNotFound
	}
	return &f, nil
}

// factorChange is what happened to somebody's factors: as the history calls it, and as the mail does (added-KIND,
// removed-KIND, codes-new, code-used, or reset).
type factorChange struct{ Action, what, kind, name string }

// factorChanged writes a change of somebody's factors into the history and tells them by mail (ASVS 6.3.7).
func (s *Signin) factorChanged(ctx context.Context, by audit.Actor, u *staff.User, change factorChange, from Origin) error {
	entry := audit.Entry{Action: change.Action, Kind: "user", ID: u.ID}
	if change.kind != "" {
		entry.Changes = append(entry.Changes, audit.Change{Field: "factor", After: change.kind})
	}
	if change.name != "" {
		entry.Changes = append(entry.Changes, audit.Change{Field: "name", After: change.name})
	}
	if err := audit.Record(ctx, s.db, by, entry); err != nil {
		return err
	}
	data := map[string]any{
		"AppAdded": change.what == "added-totp", "AppRemoved": change.what == "removed-totp", "PasskeyAdded": change.what == "added-passkey",
		"PasskeyRemoved": change.what == "removed-passkey", "CodesNew": change.what == "codes-new", "CodeUsed": change.what == "code-used",
		"Reset":  change.what == "reset",
		"Factor": change.name, "When": s.db.Now(), "Network": from.Network, "Device": Device(from.UserAgent), "By": ""}
	if by.ID != u.ID {
		data["By"], data["Network"], data["Device"] = by.Name, "", ""
	}
	return s.post.Queue(ctx, post.Draft{
		SendKey: "factor-changed/" + u.ID + "/" + store.NewID(), Kind: post.FactorChanged, UserID: u.ID, Recipient: u.Email,
		Language: u.Language, Zone: u.Zone, Data: data,
	})
}
