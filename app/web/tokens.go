package web

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/signin"
	"chancery/views"
)

// tokensIndexView is the list of what other systems sign in with.
type tokensIndexView struct {
	views.Page
	Rows []tokenRow
}

// tokenRow is a token, without its secret, which nobody has any more.
type tokenRow struct {
	Name, Hint, Owner string
	Scopes            []string
	State             tokenState
	Created, Expires  views.Time
	Used              *views.Time
	Network           string
	RevokeURL         string // "" for one that does not count any more
}

// tokenState is a state with its word.
type tokenState struct{ Name, Text string }

// tokensIndex lists the tokens there are, those that count first (ASVS 6.1.3).
func (w *Web) tokensIndex(r *request) error {
	all, err := w.Signin.Tokens(r.ctx, r.actor())
	if err != nil {
		return err
	}
	v := tokensIndexView{Page: w.page(r, "tokens.title", "tokens")}
	v.Notice = w.said(r, "tokens.", "revoked")
	for i := range all {
		v.Rows = append(v.Rows, w.tokenRow(r, &all[i]))
	}
	return w.render(r, fiber.StatusOK, "tokens/index", v)
}

func (w *Web) tokenRow(r *request, t *signin.TokenRow) tokenRow {
	l := r.locale(w)
	state := t.State(w.Now())
	row := tokenRow{Name: t.Name, Hint: t.Hint, Owner: t.Owner(), Scopes: permissionNames(l, strings.Fields(t.Scopes)), Network: t.LastNetwork,
		State: tokenState{map[string]string{"active": "ok"}[state], l.T(message("tokens.state." + state))}, Created: l.Time(t.CreatedAt), Expires: l.Time(t.ExpiresAt)}
	if state == "active" {
		row.RevokeURL = "/tokens/" + t.ID + "/delete"
	} else {
		row.State.Name = "inactive"
	}
	if t.LastUsedAt != nil {
		at := l.Time(*t.LastUsedAt)
		row.Used = &at
	}
	return row
}

// tokensNewView is the form of a new token.
type tokensNewView struct {
	views.Page
	Errors     *views.Errors
	Name, Days string
	NameError  views.FieldError
	DaysError  views.FieldError
	ScopeError views.FieldError
	DaysHint   string
	Scopes     []choice
}

const tokenDays = 90

// tokensNew shows the form to who has just proved who they are (ASVS 7.5.1).
func (w *Web) tokensNew(r *request) error {
	return w.tokenForm(r, form{"days": {strconv.Itoa(tokenDays)}}, problems{status: fiber.StatusOK})
}

func (w *Web) tokenForm(r *request, f form, p problems) error {
	proven, err := w.Signin.ProvenFor(r.ctx, r.cur, false)
	if err != nil {
		return err
	}
	if !proven {
		return w.toPlainProof(r, "/tokens/new")
	}
	l := r.locale(w)
	v := tokensNewView{Page: w.page(r, "tokens.create", "tokens"), Errors: p.summary, Name: f.get("name"), Days: f.get("days"), NameError: p.field("name"), DaysError: p.field("days"),
		ScopeError: p.field("scopes"), DaysHint: l.T(message("tokens.days-hint", "Max", 366))}
	for _, s := range signin.Scopes() {
		if r.cur.Rights.Can(s) {
			v.Scopes = append(v.Scopes, choice{string(s), l.T(message(s.Key())), slices.Contains(f["scopes"], string(s))})
		}
	}
	return w.render(r, p.status, "tokens/new", v)
}

// tokensShowView shows a new token, the only time.
type tokensShowView struct {
	views.Page
	Secret string
	Name   string
	Until  string
}

// tokensCreate makes a token and shows it in its answer, since nowhere does it stand to be read again.
func (w *Web) tokensCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	n := signin.NewToken{Name: f.get("name")}
	n.Days, _ = strconv.Atoi(strings.TrimSpace(f.get("days"))) // what is no number is 0, which is refused
	for _, s := range f["scopes"] {
		n.Scopes = append(n.Scopes, access.Permission(s))
	}
	secret, t, err := w.Signin.CreateToken(r.ctx, r.cur, n, r.from)
	if err == nil {
		l := r.locale(w)
		v := tokensShowView{Page: w.page(r, "tokens.title", "tokens"), Secret: secret, Name: t.Name, Until: l.T(message("tokens.until", "At", l.Time(t.ExpiresAt).Text))}
		return w.render(r, fiber.StatusOK, "tokens/show", v)
	}
	if wantsProof(err) {
		return w.toPlainProof(r, "/tokens/new")
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	p.inOrder("name", "days", "scopes")
	return w.tokenForm(r, f, p)
}

// tokensDeleteView asks before a token ends.
type tokensDeleteView struct {
	views.Page
	Action   string
	Question string
}

func (w *Web) tokensConfirm(r *request) error {
	all, err := w.Signin.Tokens(r.ctx, r.actor())
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(t signin.TokenRow) bool { return t.ID == r.Params("id") })
	if i < 0 {
		return fault.ErrNotFound
	}
	v := tokensDeleteView{Page: w.page(r, "tokens.title", "tokens"), Action: "/tokens/" + all[i].ID, Question: r.locale(w).T(message("tokens.revoke-question", "Name", all[i].Name))}
	return w.render(r, fiber.StatusOK, "tokens/delete", v)
}

func (w *Web) tokensDelete(r *request) error {
	if err := w.Signin.RevokeToken(r.ctx, r.actor(), r.Params("id")); err != nil {
		return err
	}
	return r.goTo("/tokens?notice=revoked")
}
