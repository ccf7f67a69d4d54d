package wire

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"chancery/app/outside"
)

// early is how long before its end a token is renewed: no request is on its way when it ends.
const early = time.Minute

// Exchange turns a code into a grant and what the keeper said beside it. A code that was used, is too old or has another verifier is
// *outside.Refused.
func (c *Config) Exchange(ctx context.Context, code, verifier string) (outside.Grant, *oauth2.Token, error) {
	token, err := c.OAuth.Exchange(c.with(ctx), code, oauth2.VerifierOption(verifier))
	if err != nil {
		return outside.Grant{}, nil, c.tokenError(err)
	}
	if token.RefreshToken == "" {
		return outside.Grant{}, nil, &outside.Refused{Status: http.StatusOK, Reason: "no-refresh-token"}
	}
	return outside.Grant{Refresh: token.RefreshToken, Access: token.AccessToken, Expires: c.expires(token)}, token, nil
}

func (c *Config) with(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, c.client())
}

func (c *Config) expires(token *oauth2.Token) time.Time {
	return c.Now().Add(time.Duration(token.ExpiresIn) * time.Second).UTC()
}

// tokenError says what the token endpoint said (RFC 6749, 5.2). The library's own error has the whole body in it and goes no further.
func (c *Config) tokenError(err error) error {
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		return Quiet("token endpoint", err)
	}
	status := refused.Response.StatusCode
	if status == http.StatusTooManyRequests || status >= 500 {
		return &outside.Later{Status: status, After: After(refused.Response.Header.Get("Retry-After"), c.Now())}
	}
	return &outside.Refused{Status: status, Reason: Code(refused.ErrorCode)}
}

// Session is one grant in use.
type Session struct {
	config  *Config
	renewed func(context.Context, outside.Grant) error

	mu    sync.Mutex
	grant outside.Grant
}

// Open begins to use a grant; renewed is called with each new state of it before that is used.
func (c *Config) Open(g outside.Grant, renewed func(context.Context, outside.Grant) error) *Session {
	return &Session{config: c, grant: g, renewed: renewed}
}

// Do makes a request with a token that holds. It returns ErrRevoked when the keeper renews the grant no more, or refuses a token
// that it has just given.
func (s *Session) Do(ctx context.Context, call Call) error {
	token, err := s.token(ctx, "")
	if err != nil {
		return err
	}
	err = s.config.send(ctx, token, call)
	if !errors.Is(err, errUnauthorized) {
		return err
	}
	if token, err = s.token(ctx, token); err != nil {
		return err
	}
	if err = s.config.send(ctx, token, call); errors.Is(err, errUnauthorized) {
		return outside.ErrRevoked
	}
	return err
}

// token is one that holds, and is not the one that was just refused.
func (s *Session) token(ctx context.Context, refused string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.grant
	if g.Access != "" && g.Access != refused && s.config.Now().Add(early).Before(g.Expires) {
		return g.Access, nil
	}
	token, err := s.config.OAuth.TokenSource(s.config.with(ctx), &oauth2.Token{RefreshToken: g.Refresh}).Token()
	if err != nil {
		return "", ended(s.config.tokenError(err))
	}
	s.grant.Refresh, s.grant.Access = token.RefreshToken, ""
	g.Access, g.Refresh, g.Expires = token.AccessToken, token.RefreshToken, s.config.expires(token)
	if s.renewed != nil {
		if err := s.renewed(ctx, g); err != nil {
			return "", err
		}
	}
	s.grant = g
	return g.Access, nil
}

// ended is a refusal to renew that only the person can mend, by saying yes again: the grant was taken back, has not been used for
// too long, or their password or the practice's rules there have changed. A client that is not known (invalid_client) is another matter:
// that is the practice's setting, and nobody's grant has ended.
func ended(err error) error {
	var refused *outside.Refused
	if !errors.As(err, &refused) {
		return err
	}
	switch refused.Reason {
	case "invalid_grant", "interaction_required", "login_required", "consent_required":
		return outside.ErrRevoked
	}
	return err
}

// Post sends a form without a token, as the keepers' own call to end a grant wants it.
func (c *Config) Post(ctx context.Context, to string, form map[string][]string) error {
	err := c.send(ctx, "", Call{
		Method: http.MethodPost, URL: to, In: values(form), Header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
	})
	if errors.Is(err, errUnauthorized) {
		return &outside.Refused{Status: http.StatusUnauthorized}
	}
	return err
}
