package notices

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"slices"

	"github.com/google/uuid"

	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/staff"
)

// A mail of ours can be turned off by one click, also by the mail program itself (RFC 8058), in a browser that nobody is signed in to. What the address
// of that click proves is that somebody had the mail, so it holds whose mail it was and which switches it turns, under a keyed hash by the practice's key:
// nothing of it is stored, so there is nothing to leak, to clean up or to run out while the mail lies in its box. It opens nothing but these switches of this
// person. Another key of the practice makes the addresses of before dead, as it ends all sessions; the mails of after have new ones.

// subscriptionMAC is how much of the hash stands in a token: 128 bits, as much as nobody guesses (ASVS 7.2.3).
const subscriptionMAC = 16

// UnsubscribePath is the path of the page that turns off mails of these switches for a person, by one click; "" when the practice has locked them all.
func (n *Notices) UnsubscribePath(p Preferences, switches ...string) string {
	free := p.free(switches)
	id, err := uuid.Parse(p.UserID)
	if err != nil || len(free) == 0 {
		return ""
	}
	var mask byte
	for i, s := range Switches() {
		if slices.Contains(free, s) {
			mask |= 1 << i
		}
	}
	token := append(id[:], mask)
	return "/unsubscribe/" + base64.RawURLEncoding.EncodeToString(append(token, n.subscription(token)...))
}

func (n *Notices) subscription(token []byte) []byte {
	mac := hmac.New(sha256.New, n.key)
	mac.Write([]byte("unsubscribe\x00"))
	mac.Write(token)
	return mac.Sum(nil)[:subscriptionMAC]
}

// Subscription is what a link of a mail may turn off and on again, and how it is now.
type Subscription struct {
	User     *staff.User
	Switches []string
	Choices  map[string]Choice // all of the person's, so that the page can tell the truth
}

// Subscribed tells whether any of the mails still comes that the link turns off.
func (s *Subscription) Subscribed() bool {
	return slices.ContainsFunc(s.Switches, func(name string) bool { return s.Choices[name].Value == "true" })
}

// Decided tells whether the practice has decided all that the link turns, so that it turns nothing.
func (s *Subscription) Decided() bool {
	return !slices.ContainsFunc(s.Switches, func(name string) bool { return !s.Choices[name].Locked })
}

// Subscription is that of a link. It returns fault.ErrNotFound for one that is not ours, or of somebody who has left.
func (n *Notices) Subscription(ctx context.Context, token string) (*Subscription, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != len(uuid.UUID{})+1+subscriptionMAC {
		return nil, fault.ErrNotFound
	}
	said, mac := raw[:len(uuid.UUID{})+1], raw[len(uuid.UUID{})+1:]
	if !hmac.Equal(mac, n.subscription(said)) {
		return nil, fault.ErrNotFound
	}
	s := &Subscription{}
	for i, name := range Switches() {
		if said[len(said)-1]&(1<<i) != 0 {
			s.Switches = append(s.Switches, name)
		}
	}
	if s.User, err = n.staff.Get(ctx, uuid.UUID(said[:len(uuid.UUID{})]).String()); err != nil {
		return nil, err
	}
	if s.User.Status == staff.Inactive {
		return nil, fault.ErrNotFound
	}
	s.Choices, err = n.Choices(ctx, s.User.ID)
	return s, err
}

// Unsubscribe turns off what a link of a mail turns off, or on again; what the practice has locked meanwhile stays. It is written down as done by the person
// whose mail it was. Twice does no harm. It returns what holds then, or fault.ErrNotFound.
func (n *Notices) Unsubscribe(ctx context.Context, token string, off bool, from audit.Actor) (*Subscription, error) {
	s, err := n.Subscription(ctx, token)
	if err != nil {
		return nil, err
	}
	set := map[string]any{}
	for _, name := range s.Switches {
		if c := s.Choices[name]; !c.Locked && c.Value != written(!off) {
			set[name] = !off
		}
	}
	from.ID, from.Name = s.User.ID, s.User.Name()
	if err := n.choose(ctx, from, s.User.ID, "user.unsubscribe", set); err != nil {
		return nil, err
	}
	s.Choices, err = n.Choices(ctx, s.User.ID)
	return s, err
}
