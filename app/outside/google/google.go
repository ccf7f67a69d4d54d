// Package google keeps a person's appointments in a calendar of Google's, by the Google Calendar API, version 3.
//
// The scope is calendar.app.created, the least there is: it reaches the calendars that Chancery has made and their events
// (calendars.insert, delete; events.get, list, insert, update, delete) and nothing of the person's own. It does not list calendars, so
// a calendar whose name is not known is made anew; one whose making was not heard of stays behind empty. openid and email say whose it is;
// the address comes with the token itself.
//
// An event's id follows from its UID, so a second insert is answered with 409, and then what stands there is written over. A deleted event
// keeps its id and comes back by the same way. Beside each event stand its UID and what was written, in private properties.
package google

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/endpoints"

	"chancery/app/outside"
	"chancery/app/outside/wire"
)

// Scope is what the person is asked for, beside their address.
const Scope = "https://www.googleapis.com/auth/calendar.app.created"

// Endpoints are where Google is; the zero value of each is the real one.
type Endpoints struct {
	Consent string
	Token   string
	Revoke  string
	API     string // without a slash at the end
}

// Config is this practice as Google knows it.
type Config struct {
	ClientID     string
	ClientSecret string
	Redirect     string       // absolute, as it is registered there
	Name         outside.Name // of the calendar that is made; nil for Chancery
	Endpoints    Endpoints
	Transport    http.RoundTripper // nil for the usual one
	Now          func() time.Time  // nil for time.Now
}

// Keeper is Google.
type Keeper struct {
	wire   wire.Config
	revoke string
	api    string
	name   outside.Name
}

var _ outside.Keeper = (*Keeper)(nil)

// New returns Google as this practice is known there.
func New(c Config) *Keeper {
	or := func(value, usual string) string {
		if value == "" {
			return usual
		}
		return strings.TrimRight(value, "/")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Name == nil {
		c.Name = outside.Named("Chancery")
	}
	return &Keeper{
		wire: wire.Config{
			OAuth: oauth2.Config{
				ClientID: c.ClientID, ClientSecret: c.ClientSecret, RedirectURL: c.Redirect,
				Scopes: []string{"openid", "email", Scope},
				Endpoint: oauth2.Endpoint{
					AuthURL:   or(c.Endpoints.Consent, endpoints.Google.AuthURL),
					TokenURL:  or(c.Endpoints.Token, endpoints.Google.TokenURL),
					AuthStyle: oauth2.AuthStyleInParams,
				},
			},
			Transport: c.Transport,
			Now:       c.Now,
			Reason:    reason,
			Limited: func(reason string) bool {
				return slices.Contains([]string{"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "calendarUsageLimitsExceeded"}, reason)
			},
			Scope: func(reason string) bool {
				return slices.Contains([]string{"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}, reason)
			},
		},
		revoke: or(c.Endpoints.Revoke, "https://oauth2.googleapis.com/revoke"),
		api:    or(c.Endpoints.API, "https://www.googleapis.com/calendar/v3"),
		name:   c.Name,
	}
}

// reason is the code in a refusal: {"error":{"errors":[{"reason":…}],"status":…}}, or {"error":…} of the token's endpoints.
func reason(body []byte) string {
	var detailed struct {
		Error struct {
			Status string
			Errors []struct{ Reason string }
		}
	}
	if json.Unmarshal(body, &detailed) == nil {
		if len(detailed.Error.Errors) > 0 {
			return detailed.Error.Errors[0].Reason
		}
		return detailed.Error.Status
	}
	var plain struct{ Error string }
	if json.Unmarshal(body, &plain) != nil {
		return ""
	}
	return plain.Error
}

// ConsentURL asks for a grant that lasts (offline), each time anew (consent): only then a refresh token comes with it.
func (k *Keeper) ConsentURL(state, verifier, hint string) string {
	options := []oauth2.AuthCodeOption{
		oauth2.AccessTypeOffline, oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("prompt", "consent"),
	}
	if hint != "" {
		options = append(options, oauth2.SetAuthURLParam("login_hint", hint))
	}
	return k.wire.OAuth.AuthCodeURL(state, options...)
}

// Exchange ends the grant again when the person has left the calendar out: what is left of it is of no use.
func (k *Keeper) Exchange(ctx context.Context, code, verifier string) (outside.Grant, error) {
	grant, token, err := k.wire.Exchange(ctx, code, verifier)
	if err != nil {
		return outside.Grant{}, err
	}
	given, _ := token.Extra("scope").(string)
	if !slices.Contains(strings.Fields(given), Scope) {
		_ = k.Revoke(ctx, grant)
		return outside.Grant{}, &outside.Refused{Status: http.StatusOK, Reason: outside.ScopeMissing}
	}
	about, _ := token.Extra("id_token").(string)
	grant.Account = address(about)
	return grant, nil
}

// address is in the ID token. Its signature need not be looked at: it came from the token endpoint itself, by TLS (OpenID Connect Core,
// 3.1.3.7, 6), and all that is done with it is to show it to the person.
func address(idToken string) string {
	parts := strings.Split(idToken, ".")
	if len(parts) != 3 {
		return ""
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var who struct{ Email string }
	if json.Unmarshal(claims, &who) != nil {
		return ""
	}
	return who.Email
}

// Revoke ends the grant with all its tokens (RFC 7009). One that is not known any more has ended.
func (k *Keeper) Revoke(ctx context.Context, g outside.Grant) error {
	err := k.wire.Post(ctx, k.revoke, map[string][]string{"token": {g.Refresh}})
	if wire.Is(err, http.StatusBadRequest) {
		return nil
	}
	return err
}
