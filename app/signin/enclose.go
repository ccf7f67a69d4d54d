package signin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/staff"
)

// ErrWithdrawn says that a mail is not to be sent any more: it was taken back, or what it was for is done.
var ErrWithdrawn = errors.New("the mail was withdrawn")

// Enclosure is what is secret in a mail: a one-time link, by the parts of its path, and a temporary password. A mail
// without secrets has none.
type Enclosure struct {
	Path     []string
	Expires  time.Time
	Password string
}

// Enclose makes what is secret in a mail. It is called by who sends it, at the moment of sending, so that no secret is
// ever at rest but as a hash. Each try makes new ones: of two mails both links work until one is used, and the password
// of the later one. It returns ErrWithdrawn where the mail has lost its meaning meanwhile; the person is held while that is
// asked, so that nothing is handed out after what ended it.
func (s *Signin) Enclose(ctx context.Context, m *post.Mail) (e Enclosure, err error) {
	if m.UserID == nil {
		return e, nil
	}
	var data struct{ First, Address, By string }
	if err := json.Unmarshal([]byte(m.Data), &data); err != nil {
		return e, fmt.Errorf("mail data: %w", err)
	}
	var hash string
	mailed := m.Kind == post.PasswordTemporary
	if m.Kind == post.Welcome && data.First == string(FirstRandom) {
		_, org, err := s.rules(ctx)
		if err != nil {
			return e, err
		}
		mailed = org == nil || org.AllowMailedPassword // switched off since, the link is enough
	}
	if mailed {
		if e.Password, hash, err = s.temporary(ctx, *m.UserID); err != nil {
			return Enclosure{}, err
		}
	}
	var prepare func(ctx context.Context, h held) error
	switch m.Kind {
	case post.Welcome:
		r, _, err := s.rules(ctx)
		if err != nil {
			return Enclosure{}, err
		}
		prepare = func(ctx context.Context, h held) error {
			if h.status != staff.Pending {
				return ErrWithdrawn
			}
			if hash != "" {
				expires := s.db.Now().Add(temporaryLasts)
				if err := s.setPassword(ctx, *m.UserID, hash, true, &expires); err != nil {
					return err
				}
			}
			return s.enclose(ctx, &e, h, *m.UserID, forWelcome, "", r.invitation)
		}
	case post.PasswordReset, post.PasswordForgot:
		prepare = func(ctx context.Context, h held) error {
			if h.status != staff.Active {
				return ErrWithdrawn
			}
			by := ""
			if m.Kind == post.PasswordForgot {
				by = *m.UserID
			}
			return s.encloseBy(ctx, &e, h, *m.UserID, forReset, m.Recipient, by, recoveryLasts)
		}
	case post.PasswordTemporary:
		prepare = func(ctx context.Context, h held) error {
			now := s.db.Now()
			unused := h.PasswordHash == "" || h.PasswordExpiresAt != nil && now.Before(*h.PasswordExpiresAt)
			if h.status != staff.Active || !h.MustChange || !unused {
				return ErrWithdrawn // a second copy must not take the place of what they have chosen by the first
			}
			e.Expires = now.Add(resetLasts)
			return s.setPassword(ctx, *m.UserID, hash, true, &e.Expires)
		}
	case post.EmailVerify:
		prepare = func(ctx context.Context, h held) error {
			still, err := s.awaits(ctx, *m.UserID, data.Address, h)
			if err != nil {
				return err
			}
			if !still {
				return ErrWithdrawn
			}
			return s.enclose(ctx, &e, h, *m.UserID, forVerify, data.Address, verifyLasts)
		}
	case post.PasswordRecover:
		prepare = func(ctx context.Context, h held) error {
			if h.status != staff.Active {
				return ErrWithdrawn
			}
			return s.enclose(ctx, &e, h, *m.UserID, forReset, m.Recipient, recoveryLasts)
		}
	// Each notice of what a stranger may have done, so that it can be answered: it was not me (B-6).
	case post.NewDevice, post.PasswordChanged, post.EmailChanged, post.CellVerified, post.CellChanged, post.FactorChanged, post.FactorGuessed:
		prepare = func(ctx context.Context, h held) error { return s.encloseDisown(ctx, &e, h, m) }
	default:
		return Enclosure{}, nil
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		h, err := s.hold(ctx, *m.UserID)
		if err != nil {
			return err
		}
		going, err := s.post.Going(ctx, m.ID)
		if err != nil {
			return err
		}
		if !going {
			return ErrWithdrawn
		}
		return prepare(ctx, h)
	})
	if err != nil {
		return Enclosure{}, err
	}
	return e, nil
}

// temporary makes a temporary password for a person, and its hash.
func (s *Signin) temporary(ctx context.Context, userID string) (password, hash string, err error) {
	var words []string
	_, org, err := s.rules(ctx)
	if err != nil {
		return "", "", err
	}
	u, err := s.staff.Get(ctx, userID)
	switch {
	case err == nil && org != nil:
		words = contextWords(org, u)
	case err != nil && !errors.Is(err, fault.ErrNotFound):
		return "", "", err
	}
	password = newPassword(words...)
	hash, err = s.hasher.hash(ctx, password)
	return password, hash, err
}

func (s *Signin) enclose(ctx context.Context, e *Enclosure, h held, userID, purpose, address string, lasts time.Duration) error {
	return s.encloseBy(ctx, e, h, userID, purpose, address, "", lasts)
}

func (s *Signin) encloseBy(ctx context.Context, e *Enclosure, h held, userID, purpose, address, by string, lasts time.Duration) error {
	token, expires, err := s.issue(ctx, h, userID, purpose, address, by, lasts)
	e.Path, e.Expires = []string{purpose, token}, expires
	return err
}
