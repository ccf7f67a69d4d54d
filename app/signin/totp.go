package signin

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"chancery/app/fault"
	"chancery/app/store"
)

// What every authenticator app understands: SHA-1, six digits, thirty seconds (RFC 6238). The clocks may differ by one
// step either way; a step's code is taken once (ASVS 6.5.1).
const (
	totpPeriod = 30 * time.Second
	totpSkew   = 1
	totpSecret = 20 // bytes, as RFC 4226 recommends
)

// AppSetup is an authenticator app that is being set up: what it has to be told.
type AppSetup struct {
	Secret string // for typing it in
	URI    string // otpauth://…, which the square says
	Square Square
}

// Square is a QR code: rows of dark and light, without the quiet zone around.
type Square [][]bool

// BeginApp makes a new secret for a person's authenticator app, in place of one that was not confirmed. It wants a proof
// (fault.ErrProve). An app that is in use stays until the new one is confirmed.
func (s *Signin) BeginApp(ctx context.Context, c *Current) error {
	raw := make([]byte, totpSecret)
	_, _ = rand.Read(raw) // never fails, by its contract
	id := store.NewID()
	secret, err := s.seal(id, base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw))
	if err != nil {
		return err
	}
	return s.changeFactors(ctx, c, func(ctx context.Context, _ held) error {
		if err := s.dropSetup(ctx, c.User.ID); err != nil {
			return err
		}
		_, err := s.db.Exec(ctx, `INSERT INTO factors (id, user_id, kind, name, secret, created_at) VALUES ($1, $2, 'totp', '', $3, $4)`, id, c.User.ID, secret, s.db.Now())
		if err != nil {
			return fmt.Errorf("begin app: %w", err)
		}
		return nil
	})
}

// AppSetup is the app that a person is setting up: fault.ErrNotFound when they are not, or began longer ago than a proof
// lasts. It wants a proof (fault.ErrProve), since it shows the secret.
func (s *Signin) AppSetup(ctx context.Context, c *Current) (*AppSetup, error) {
	proven, err := s.ProvenFor(ctx, c, true)
	switch {
	case err != nil:
		return nil, err
	case !proven:
		return nil, fault.ErrProve
	}
	f, err := s.setup(ctx, c.User.ID)
	if err != nil {
		return nil, err
	}
	secret, err := s.unseal(f.ID, f.Secret)
	if err != nil {
		return nil, err
	}
	a := &AppSetup{Secret: secret, URI: appURI(c.Org.Name, c.User.Email, secret)}
	code, err := qr.Encode(a.URI, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("draw the square: %w", err)
	}
	size := code.Bounds()
	a.Square = make(Square, size.Dy())
	for y := range a.Square {
		a.Square[y] = make([]bool, size.Dx())
		for x := range a.Square[y] {
			dark, _, _, _ := code.At(size.Min.X+x, size.Min.Y+y).RGBA()
			a.Square[y][x] = dark == 0
		}
	}
	return a, nil
}

// appURI is what apps read from the square. They show the practice and the address beside the code.
func appURI(practice, email, secret string) string {
	practice = strings.ReplaceAll(practice, ":", " ") // which separates the two
	q := url.Values{"secret": {secret}, "issuer": {practice}}
	return "otpauth://totp/" + url.PathEscape(practice+":"+email) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// setup is the factor that a person is setting up.
func (s *Signin) setup(ctx context.Context, userID string) (*Factor, error) {
	var f Factor
	ok, err := store.Found(s.db.In(ctx).Where("user_id = ? AND kind = ? AND confirmed_at IS NULL AND created_at > ?", userID, KindApp, s.db.Now().Add(-proofLasts)).
		Order("id DESC").Take(&f).Error)
	if err != nil {
		return nil, fmt.Errorf("app setup: %w", err)
	}
	if !ok {
		return nil, fault.ErrNotFound
	}
	return &f, nil
}

func (s *Signin) dropSetup(ctx context.Context, userID string) error {
	if _, err := s.db.Exec(ctx, `DELETE FROM factors WHERE user_id = $1 AND kind = 'totp' AND confirmed_at IS NULL`, userID); err != nil {
		return fmt.Errorf("drop app setup: %w", err)
	}
	return nil
}

// ConfirmApp takes the app into use once it shows a right code, in place of one of before. It returns recovery codes where
// the person had none, to be shown once; *fault.Invalid on "code"; or fault.ErrNotFound when the setup is over. It wants a
// proof (fault.ErrProve).
func (s *Signin) ConfirmApp(ctx context.Context, c *Current, code string, from Origin) (codes []string, err error) {
	from = from.clean()
	if strings.TrimSpace(code) == "" {
		return nil, fault.Field1("code", "factor.code-missing")
	}
	err = s.changeFactors(ctx, c, func(ctx context.Context, _ held) error {
		f, err := s.setup(ctx, c.User.ID)
		if err != nil {
			return err
		}
		step, err := s.stepOf(f, code)
		if err != nil {
			return err
		}
		if step == 0 {
			return fault.Field1("code", "factor.code-wrong-setup")
		}
		if _, err := s.db.Exec(ctx, `DELETE FROM factors WHERE user_id = $1 AND kind = 'totp' AND id <> $2`, c.User.ID, f.ID); err != nil {
			return fmt.Errorf("replace app: %w", err)
		}
		now := s.db.Now()
		_, err = s.db.Exec(ctx, `UPDATE factors SET confirmed_at = $1, last_used_at = $2, used_step = $3 WHERE id = $4`, now, now, step, f.ID)
		if err != nil {
			return fmt.Errorf("confirm app: %w", err)
		}
		codes, err = s.factorAdded(ctx, c, KindApp, "", from)
		return err
	})
	return codes, err
}

// factorAdded is what follows when a person has taken a factor into use. It was shown just now, so it counts as a proof.
func (s *Signin) factorAdded(ctx context.Context, c *Current, kind, name string, from Origin) (codes []string, err error) {
	if _, err := s.db.Exec(ctx, `UPDATE sessions SET proven_by = 'factor' WHERE id = $1`, c.Session.ID); err != nil {
		return nil, fmt.Errorf("note factor: %w", err)
	}
	if codes, err = s.firstCodes(ctx, c.User.ID); err != nil {
		return nil, err
	}
	return codes, s.factorChanged(ctx, c.Actor(from).Actor, &c.User, factorChange{Action: "factor.add", what: "added-" + kind, kind: kind, name: name}, from)
}

// stepOf is the time step whose code was typed, or 0: none of those around now that came after the last one taken.
func (s *Signin) stepOf(f *Factor, code string) (int64, error) {
	secret, err := s.unseal(f.ID, f.Secret)
	if err != nil {
		return 0, err
	}
	code = digits(code)
	if len(code) != 6 {
		return 0, nil
	}
	now := s.db.Now().Unix() / int64(totpPeriod/time.Second)
	for step := now - totpSkew; step <= now+totpSkew; step++ {
		right, err := hotp.ValidateCustom(code, uint64(step), secret, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, fmt.Errorf("check code: %w", err)
		}
		if right && step > f.UsedStep {
			return step, nil
		}
	}
	return 0, nil
}

// digits leaves out the spaces that apps show in the middle of a code.
func digits(code string) string { return strings.Join(strings.Fields(code), "") }

// byApp tells whether a code is of a person's app, and takes it: the step is used up, and all before it. The transaction
// holds the person.
func (s *Signin) byApp(ctx context.Context, userID, code string) (bool, error) {
	var f Factor
	ok, err := store.Found(s.db.In(ctx).Where("user_id = ? AND kind = ? AND confirmed_at IS NOT NULL", userID, KindApp).Take(&f).Error)
	if err != nil || !ok {
		return false, err
	}
	step, err := s.stepOf(&f, code)
	if err != nil || step == 0 {
		return false, err
	}
	n, err := s.db.Exec(ctx, `UPDATE factors SET used_step = $1, last_used_at = $2 WHERE id = $3 AND used_step < $4`, step, s.db.Now(), f.ID, step)
	if err != nil {
		return false, fmt.Errorf("take code: %w", err)
	}
	return n == 1, nil
}
