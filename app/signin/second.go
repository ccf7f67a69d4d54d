package signin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/staff"
)

// Answer is what a person gives as their second proof: one of these.
type Answer struct {
	Code     string // of the authenticator app
	Recovery string // a recovery code
	Passkey  string // what the browser answered, as JSON
}

// SecondStep is what a step asks for: whose it is, and by what they can answer.
type SecondStep struct {
	User     *staff.User
	Org      *staff.Organization
	App      bool
	Recovery bool
	Passkey  json.RawMessage // what the browser is to ask; nil where they have none
}

// Limits of wrong codes for one person, over all steps and sessions (ASVS 6.6.3 by analogy). A code of six digits is right
// for three time steps: with these, guessing all day and night for a year finds one in eighteen, and its owner hears of it
// on the first. Recovery codes and passkeys cannot be guessed, and stay open meanwhile: a stranger who knows the password
// keeps nobody out by wrong codes.
const (
	codesTried  = 10 // within triesWindow and since the last sign-in
	codesInADay = 50
)

// Step reads what a step asks for, without taking it. It returns *fault.Refused with "signin.step-over".
func (s *Signin) Step(ctx context.Context, token string) (*SecondStep, error) {
	st, err := s.findStep(ctx, token)
	if err != nil {
		return nil, err
	}
	v := &SecondStep{}
	if v.User, err = s.staff.Get(ctx, st.UserID); err != nil {
		return nil, err
	}
	if v.Org, err = s.staff.Organization(ctx); err != nil {
		return nil, err
	}
	f, err := s.factorsOf(ctx, st.UserID)
	if err != nil {
		return nil, err
	}
	v.App, v.Recovery = f.App() != nil, f.Codes > 0
	v.Passkey, err = s.askPasskey(f.Passkeys(), askStep(st))
	return v, err
}

// FinishStep takes the second proof and opens the session that the first one began. It returns *fault.Refused
// ("signin.step-over": begin again; or what open refuses), *fault.Invalid on "code", "recovery" or "passkey", or
// *fault.TooMany. A step bears five wrong answers; how many codes a person may try over many steps is counted besides.
func (s *Signin) FinishStep(ctx context.Context, token string, answer Answer, from Origin) (Opened, error) {
	from = from.clean()
	if err := s.networkMay(ctx, from); err != nil {
		return Opened{}, err
	}
	st, err := s.findStep(ctx, token)
	if err != nil {
		return Opened{}, err
	}
	u, err := s.staff.Get(ctx, st.UserID)
	if err != nil {
		return Opened{}, err
	}
	r, _, err := s.rules(ctx)
	if err != nil {
		return Opened{}, err
	}
	if answer.empty() {
		return Opened{}, fault.Field1("code", "factor.code-missing")
	}
	var o Opened
	var refused error
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		h, err := s.hold(ctx, u.ID)
		if err != nil {
			return err
		}
		if err := s.countAnswer(ctx, st); err != nil {
			return err
		}
		who := audit.Actor{ID: u.ID, Name: u.Name(), Network: from.Network, RequestID: from.RequestID}
		factor, err := s.answered(ctx, who, u, answer, askStep(st), from)
		var wrong *wrongAnswer
		switch {
		case errors.As(err, &wrong):
			refused = fault.Field1(wrong.field, wrong.key)
			if err := s.attempt(ctx, &u.ID, u.Email, st.Method, wrong.reason(), from); err != nil || wrong.field != "code" {
				return err
			}
			return s.tellGuessed(ctx, u, from)
		case err != nil:
			return err
		}
		if err := s.takeStep(ctx, st); err != nil {
			return err
		}
		o, err = s.open(ctx, h, u, way{method: st.Method, factor: factor}, from, r)
		return err
	})
	if err != nil {
		return Opened{}, err
	}
	return o, refused
}

func (a Answer) empty() bool {
	return strings.TrimSpace(a.Code) == "" && strings.TrimSpace(a.Recovery) == "" && a.Passkey == ""
}

// wrongAnswer is an answer that is not right, with the field it was typed in and what to say.
type wrongAnswer struct{ field, key string }

func (w *wrongAnswer) Error() string { return "wrong " + w.field }

// last is what to say instead where one more wrong answer ends the session.
func (w *wrongAnswer) last() string {
	switch w.key {
	case "factor.code-wrong":
		return "factor.code-wrong-last"
	case "factor.recovery-wrong":
		return "factor.recovery-wrong-last"
	case "passkey.late":
		return "passkey.late-last"
	}
	return "passkey.unknown-last"
}

// reason is what stands in the history: only codes can be guessed, and are counted.
func (w *wrongAnswer) reason() string {
	if w.field == "code" {
		return "code"
	}
	return "factor"
}

// answered takes one answer of a person whom the transaction holds, and returns which factor it was; *wrongAnswer, or
// *fault.TooMany where no more codes are checked. A right answer is used up.
func (s *Signin) answered(ctx context.Context, who audit.Actor, u *staff.User, a Answer, ask ask, from Origin) (factor string, err error) {
	var right bool
	switch {
	case a.Passkey != "":
		if err := s.byPasskey(ctx, u.ID, a.Passkey, ask, from); err != nil {
			return "", err
		}
		return KindPasskey, nil
	case strings.TrimSpace(a.Recovery) != "":
		if right, err = s.byCode(ctx, u.ID, a.Recovery); err != nil {
			return "", err
		}
		if !right {
			return "", &wrongAnswer{"recovery", "factor.recovery-wrong"}
		}
		return "recovery", s.factorChanged(ctx, who, u, factorChange{Action: "factor.use-code", what: "code-used"}, from)
	}
	if err := s.codesMay(ctx, u.ID); err != nil {
		return "", err
	}
	if right, err = s.byApp(ctx, u.ID, a.Code); err != nil {
		return "", err
	}
	if !right {
		return "", &wrongAnswer{"code", "factor.code-wrong"}
	}
	return KindApp, nil
}

// codesMay refuses to check any more codes of a person for a while.
func (s *Signin) codesMay(ctx context.Context, userID string) error {
	recent, day, err := s.wrongCodes(ctx, userID)
	if err != nil {
		return err
	}
	if recent >= codesTried || day >= codesInADay {
		return &fault.TooMany{After: triesWindow, Message: fault.M("factor.too-many")}
	}
	return nil
}

// wrongCodes counts a person's wrong codes of late, since they last signed in, and of a day.
func (s *Signin) wrongCodes(ctx context.Context, userID string) (recent, day int, err error) {
	now := s.db.Now()
	err = s.db.Row(ctx, `SELECT (SELECT count(*) FROM signin_attempts a WHERE a.user_id = $1 AND a.reason = 'code' AND a.at > $2
			AND a.id > COALESCE((SELECT max(b.id) FROM signin_attempts b WHERE b.user_id = a.user_id AND b.at > $3 AND b.outcome = 'success'), '')),
		(SELECT count(*) FROM signin_attempts a WHERE a.user_id = $4 AND a.reason = 'code' AND a.at > $5)`,
		userID, now.Add(-triesWindow), now.Add(-triesWindow), userID, now.Add(-24*time.Hour)).Scan(&recent, &day)
	if err != nil {
		return 0, 0, fmt.Errorf("count codes: %w", err)
	}
	return recent, day, nil
}

// tellGuessed tells a person that somebody knows their password and guesses at their codes, with the one that is the last
// to be checked.
func (s *Signin) tellGuessed(ctx context.Context, u *staff.User, from Origin) error {
	recent, day, err := s.wrongCodes(ctx, u.ID)
	if err != nil || recent != codesTried && day != codesInADay {
		return err
	}
	now := s.db.Now()
	return s.post.Queue(ctx, post.Draft{
		SendKey: "factor-guessed/" + u.ID + "/" + now.Format(time.RFC3339), Kind: post.FactorGuessed, UserID: u.ID, Recipient: u.Email,
		Language: u.Language, Zone: u.Zone, GoodFor: time.Hour, Data: map[string]any{"When": now, "Attempts": codesTried, "Network": from.Network},
	})
}

// countAnswer counts an answer to a step, before it is looked at; one too many ends the step.
func (s *Signin) countAnswer(ctx context.Context, st *step) error {
	n, err := s.db.Exec(ctx, `UPDATE signin_steps SET tries = tries + 1 WHERE id = $1 AND used_at IS NULL AND tries < $2`, st.ID, stepTries)
	if err != nil {
		return fmt.Errorf("count answer: %w", err)
	}
	if n == 0 {
		return fault.Refuse("signin.step-over")
	}
	return nil
}
