package web

import (
	"chancery/app/access"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/views"
)

// userWhy is one sentence on why somebody cannot sign in, and what can be done about it (B-8).
type userWhy struct {
	Text   string
	Do     string // what the link says; "" where there is nothing to do, or not for this reader
	URL    string
	Blocks bool // it keeps them out
}

// userWhys says every cause. name is the person's.
func (w *Web) userWhys(r *request, c *staff.Card, o overs, why signin.Why) []userWhy {
	all := make([]userWhy, len(why))
	for i := range why {
		all[i] = w.userWhyOf(r, c, o, &why[i])
	}
	return all
}

// headWhys is what the head of a person's pages says: the sentence, a second factor without which nothing opens, and a change of
// address that waits.
func (w *Web) headWhys(r *request, c *staff.Card, o overs, why signin.Why) (some []userWhy) {
	if first := why.Blocked(); first != nil {
		some = append(some, w.userWhyOf(r, c, o, first))
	}
	for i := range why {
		if why[i].Reason == signin.WhyEmailChange || why[i].Reason == signin.WhyFactor {
			some = append(some, w.userWhyOf(r, c, o, &why[i]))
		}
	}
	return some
}

func (w *Web) userWhyOf(r *request, card *staff.Card, o overs, c *signin.Cause) userWhy {
	l := r.locale(w)
	v := userWhy{Text: whyText(l, c), Blocks: c.Blocks}
	own, url := card.ID == r.cur.User.ID, "/users/"+card.ID
	offer := func(may bool, key, path string) {
		if may && o.may(access.OverAccount) {
			v.Do, v.URL = l.T(message(key)), url+path
		}
	}
	can := r.cur.Rights.Can
	switch c.Reason {
	case signin.WhyInactive:
		offer(can(access.UsersDeactivate), "why.do-activation", "/activation/new")
	case signin.WhyLeaving:
		offer(can(access.UsersDeactivate), "why.do-leaving", "/deactivation/new")
	case signin.WhyLocked:
		offer(can(access.UsersUnlock), "why.do-unlock", "/lock/delete")
	case signin.WhyInvitation:
		v.Blocks = c.Life != signin.LifeOpen && c.Life != signin.LifeWaiting // it waits for them, as it should
		offer(can(access.UsersCreate), "why.do-invitation", "/invitation")
	case signin.WhyNoPassword, signin.WhyExpired, signin.WhyDisowned:
		offer(can(access.UsersReset) && !own && card.Account != nil && card.Account.Status == staff.Active, "why.do-reset", "/password-reset/new")
	case signin.WhyEmailChange, signin.WhyUnverified:
		offer(can(access.UsersEmail) && !own, "why.do-email", "/email/edit")
	}
	return v
}

// whyText is a cause as a sentence.
func whyText(l views.Locale, c *signin.Cause) string {
	switch c.Reason {
	case signin.WhyInactive:
		switch {
		case c.At != nil && c.By != "":
			return l.T(message("why.inactive-by", "At", *c.At, "By", c.By))
		case c.At != nil:
			return l.T(message("why.inactive-since", "At", *c.At))
		}
		return l.T(message("why.inactive"))
	case signin.WhyLocked:
		if c.Network == "" {
			return l.T(message("why.locked", "Until", *c.Until))
		}
		return l.T(message("why.locked-from", "Until", *c.Until, "Count", c.Count, "Network", c.Network))
	case signin.WhyInvitation:
		return invitationText(l, c.Life, c)
	case signin.WhyNoPassword:
		return l.T(message("why.no-password"))
	case signin.WhyDisowned:
		return l.T(message("why.disowned", "At", *c.At))
	case signin.WhyExpired:
		return l.T(message("why.expired", "At", *c.At))
	case signin.WhyNetwork:
		return l.T(message("why.network", "Network", c.Network))
	case signin.WhyLeaving:
		return l.T(message("why.leaving", "Until", *c.Until, "By", c.By))
	case signin.WhyMustChange:
		return l.T(message("why.must-change"))
	case signin.WhyFactor:
		return l.T(message("why.factor", "Until", l.Day(*c.Until).Text))
	case signin.WhyEmailChange:
		return l.T(message("why.email-change", "Address", c.Address))
	case signin.WhyUnverified:
		return l.T(message("why.unverified"))
	}
	return ""
}

// invitationText says how far an invitation is (B-13).
func invitationText(l views.Locale, life signin.Life, c *signin.Cause) string {
	switch {
	case life == signin.LifeOpen && c.Until != nil:
		return l.T(message("invitation.open", "Until", *c.Until))
	case life == signin.LifeOpen:
		return l.T(message("invitation.sent", "At", *c.At))
	case life == signin.LifeExpired:
		return l.T(message("invitation.expired", "At", *c.Until))
	case life == signin.LifeBounced:
		return l.T(message("invitation.bounced"))
	case life == signin.LifeUnsure:
		return l.T(message("invitation.unsure"))
	case life == signin.LifeCancelled:
		return l.T(message("invitation.cancelled"))
	case life == signin.LifeWaiting:
		return l.T(message("invitation.waiting"))
	default:
		return l.T(message("invitation.none"))
	}
}
