package outsidetest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// How long things hold; as long as the real ones let them.
const (
	codeLasts  = 10 * time.Minute
	tokenLasts = time.Hour
)

// oauth is the authorization server (RFC 6749, RFC 7636).
type oauth struct {
	signedIn  string
	redirects []string
	asked     map[string]*asked
	codes     map[string]*code
	grants    map[string]*grant // by refresh token
	tokens    map[string]*token
}

// asked is a consent page that is open.
type asked struct {
	account, redirect, state, challenge, scope string
}

// code may be used once; who brings it twice ends what came of it (RFC 6749, 4.1.2).
type code struct {
	asked
	until time.Time
	came  *grant
}

// grant is somebody's leave.
type grant struct {
	account, scope string
	ended          bool
}

type token struct {
	of    *grant
	until time.Time
}

// SignIn says who sits at the browser when the page does not tell (login_hint).
func (s *server) SignIn(account string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.oauth.signedIn = account
}

// Expire ends all access tokens; what they were given for goes on.
func (s *server) Expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.oauth.tokens = map[string]*token{}
}

// Revoke ends every grant of an account, as its owner can on the keeper's own pages.
func (s *server) Revoke(account string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.oauth.grants {
		g.ended = g.ended || g.account == account
	}
}

// Granted is how many grants of an account hold.
func (s *server) Granted(account string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	holds := map[*grant]bool{}
	for _, g := range s.oauth.grants {
		if g.account == account && !g.ended {
			holds[g] = true
		}
	}
	return len(holds)
}

var page = template.Must(template.New("consent").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Allow access?</title></head>
<body><main><h1>Chancery wants to reach your account</h1><p>{{.Account}}</p>
<form method="post"><input type="hidden" name="asked" value="{{.ID}}">
{{range .Scopes}}<p><label><input type="checkbox" name="scope" value="{{.}}" checked> {{.}}</label></p>
{{end}}<button name="answer" value="allow">Allow</button> <button name="answer" value="deny">Deny</button></form></main></body></html>
`))

// consentPage shows what is asked for. What is wrong with the request is told here and never sent on: the address may be a stranger's.
func (s *server) consentPage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s.mu.Lock()
	defer s.mu.Unlock()
	scopes := strings.Fields(q.Get("scope"))
	wrong := ""
	switch {
	case q.Get("client_id") != ClientID:
		wrong = "no such client"
	case !s.oauth.mayRedirect(q.Get("redirect_uri")):
		wrong = "redirect_uri_mismatch"
	case q.Get("response_type") != "code":
		wrong = "response_type must be code"
	case q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43:
		wrong = "PKCE with S256 is required"
	case len(q.Get("state")) < 16:
		wrong = "state is missing or can be guessed"
	case len(scopes) == 0 || slices.ContainsFunc(scopes, func(scope string) bool { return !slices.Contains(s.style.scopes, scope) }):
		wrong = "invalid_scope"
	}
	if wrong != "" {
		http.Error(w, wrong, http.StatusBadRequest)
		return
	}
	account := q.Get("login_hint")
	if account == "" {
		account = s.oauth.signedIn
	}
	if account == "" {
		account = "somebody@example.test"
	}
	id := rand.Text()
	s.oauth.asked[id] = &asked{
		account: account, redirect: q.Get("redirect_uri"), state: q.Get("state"), challenge: q.Get("code_challenge"), scope: q.Get("scope"),
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = page.Execute(w, map[string]any{"Account": account, "ID": id, "Scopes": scopes})
}

func (o *oauth) mayRedirect(to string) bool {
	if len(o.redirects) > 0 {
		return slices.Contains(o.redirects, to)
	}
	u, err := url.Parse(to)
	return err == nil && slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname())
}

// consented is the answer of the page's buttons.
func (s *server) consented(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = r.ParseForm()
	id := r.PostForm.Get("asked")
	a := s.oauth.asked[id]
	if a == nil {
		http.Error(w, "this page has been answered", http.StatusBadRequest)
		return
	}
	delete(s.oauth.asked, id)
	back := url.Values{"state": {a.state}}
	if r.PostForm.Get("answer") == "allow" {
		a.scope = strings.Join(r.PostForm["scope"], " ")
		c := &code{asked: *a, until: s.now().Add(codeLasts)}
		text := rand.Text()
		s.oauth.codes[text] = c
		back.Set("code", text)
		back.Set("scope", a.scope)
	} else {
		back.Set("error", "access_denied")
	}
	http.Redirect(w, r, a.redirect+"?"+back.Encode(), http.StatusFound)
}

// tokenEndpoint gives tokens for a code or for a refresh token.
func (s *server) tokenEndpoint(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = r.ParseForm()
	f := r.PostForm
	if f.Get("client_id") != ClientID || f.Get("client_secret") != ClientSecret {
		tokenError(w, http.StatusUnauthorized, "invalid_client")
		return
	}
	switch f.Get("grant_type") {
	case "authorization_code":
		s.redeem(w, f)
	case "refresh_token":
		g := s.oauth.grants[f.Get("refresh_token")]
		if g == nil || g.ended {
			tokenError(w, http.StatusBadRequest, "invalid_grant")
			return
		}
		refresh := ""
		if s.style.rotates {
			refresh = rand.Text()
			s.oauth.grants[refresh] = g
		}
		s.give(w, g, refresh, false)
	default:
		tokenError(w, http.StatusBadRequest, "unsupported_grant_type")
	}
}

func (s *server) redeem(w http.ResponseWriter, f url.Values) {
	c := s.oauth.codes[f.Get("code")]
	sum := sha256.Sum256([]byte(f.Get("code_verifier")))
	switch {
	case c != nil && c.came != nil:
		c.came.ended = true
		fallthrough
	case c == nil, s.now().After(c.until), c.redirect != f.Get("redirect_uri"),
		base64.RawURLEncoding.EncodeToString(sum[:]) != c.challenge:
		tokenError(w, http.StatusBadRequest, "invalid_grant")
		return
	}
	c.came = &grant{account: c.account, scope: c.scope}
	refresh := rand.Text()
	s.oauth.grants[refresh] = c.came
	s.give(w, c.came, refresh, strings.Contains(c.scope, "openid"))
}

func (s *server) give(w http.ResponseWriter, g *grant, refresh string, identify bool) {
	access := rand.Text()
	s.oauth.tokens[access] = &token{of: g, until: s.now().Add(tokenLasts)}
	out := map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": int(tokenLasts.Seconds()), "scope": g.scope}
	if refresh != "" {
		out["refresh_token"] = refresh
	}
	if identify {
		claims, _ := json.Marshal(map[string]any{"iss": s.URL, "aud": ClientID, "email": g.account, "email_verified": true})
		out["id_token"] = "eyJhbGciOiJub25lIn0." + base64.RawURLEncoding.EncodeToString(claims) + ".c2lnbmF0dXJl"
	}
	w.Header().Set("Cache-Control", "no-store")
	answer(w, http.StatusOK, out)
}

// revoke ends a grant (RFC 7009).
func (s *server) revoke(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = r.ParseForm()
	g := s.oauth.grants[r.PostForm.Get("token")]
	if t := s.oauth.tokens[r.PostForm.Get("token")]; t != nil {
		g = t.of
	}
	if g == nil || g.ended {
		tokenError(w, http.StatusBadRequest, "invalid_token")
		return
	}
	for _, one := range s.oauth.grants { // what the account has granted this client ends as one
		one.ended = one.ended || one.account == g.account
	}
	answer(w, http.StatusOK, map[string]any{})
}

func tokenError(w http.ResponseWriter, status int, code string) {
	answer(w, status, map[string]string{"error": code, "error_description": "a longer sentence, which no log should hold"})
}

// bearer is whose token a request bears, for the count and the limits.
func (s *server) bearer(r *http.Request) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	account, _ := s.holder(r)
	return account
}

// holder is who may be served, and whether the grant reaches the calendar.
func (s *server) holder(r *http.Request) (account string, reaches bool) {
	text, is := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	t := s.oauth.tokens[text]
	if !is || t == nil || t.of.ended || !s.now().Before(t.until) {
		return "", false
	}
	return t.of.account, slices.Contains(strings.Fields(t.of.scope), s.style.scope)
}
