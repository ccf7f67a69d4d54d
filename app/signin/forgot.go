package signin

import (
	"context"
	"fmt"
	"time"

	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/store"
)

// forgotMost is how many links to a new password a person is sent within forgotWithin at their own wish. Further wishes are
// answered alike, and nothing is sent: strangers must neither flood a box nor learn from a refusal that there is one. They
// keep nobody out by it: whose wishes they have used up has links of that hour in their box, and these work.
const (
	forgotMost   = 3
	forgotWithin = time.Hour
)

// askedForLink is the method, and asked the reason, under which a wish for a link is written down. It is a failure, since it
// proves nothing: a success would begin the count of wrong passwords anew. So it counts against the network that it comes
// from, as wrong passwords do.
const (
	askedForLink = "forgot"
	asked        = "asked"
)

// Forgot sends whoever has this address, and has come in before, a link to a new password (S2-32, ASVS 6.4.3): for one hour,
// once, made when the mail goes out. It returns nil whether or not anybody has the address (ASVS 6.3.8), or *fault.TooMany
// for a network that has asked or failed too often. A lock does not stand in the way (C-15); the link lifts it.
func (s *Signin) Forgot(ctx context.Context, email string, from Origin) error {
	from, email = from.clean(), staff.Address(email)
	if err := s.networkMay(ctx, from); err != nil {
		return err
	}
	u, _, _, err := s.atTheDoor(ctx, email)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		h, err := s.hold(ctx, u.ID)
		if err != nil {
			return err
		}
		now := s.db.Now()
		var before int
		err = s.db.Row(ctx, `SELECT count(*) FROM signin_attempts WHERE user_id = $1 AND at > $2 AND method = $3`, u.ID, now.Add(-forgotWithin),
			askedForLink).Scan(&before)
		if err != nil {
			return fmt.Errorf("count wishes for a link: %w", err)
		}
		var id *string
		if u.ID != "" {
			id = &u.ID
		}
		if err := s.attempt(ctx, id, email, askedForLink, asked, from); err != nil {
			return err
		}
		if h.status != staff.Active || before >= forgotMost {
			return nil
		}
		return s.post.Queue(ctx, post.Draft{
			SendKey: string(post.PasswordForgot) + "/" + u.ID + "/" + store.NewID(), Kind: post.PasswordForgot, UserID: u.ID, Recipient: u.Email,
			Language: u.Language, Zone: u.Zone, GoodFor: forgotWithin,
			Data: map[string]any{"When": now, "Network": from.Network, "Device": Device(from.UserAgent)},
		})
	})
}

// own tells whether a link was made at its person's own wish, and not at an administrator's or the operator's.
func (l *link) own() bool { return l.CreatedBy == l.UserID }

// Own tells whether the person has asked for the link themselves. Then they say whether the other devices are signed out.
func (in *Invited) Own() bool { return in.link.own() }
