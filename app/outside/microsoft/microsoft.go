// Package microsoft keeps a person's appointments in a calendar of Outlook's, by Microsoft Graph, version 1.0.
//
// The scope is Calendars.ReadWrite, the least that may write; Microsoft has none for the app's own calendars alone, so it is Chancery
// that keeps to its own. Whose it is, the owner of the calendar tells; nothing more is asked for that.
//
// Graph has no ids of ours, so an event carries one extended property: its UID and what was written. A second making of it is held off by
// a transaction id that follows from the UID; then the event is found by the property and written over. A list is always whole: Graph's
// delta tells of the days of a calendar view and cannot tell extended properties (microsoft-graph-docs-contrib, 7929), and up to 1,000
// events come in one answer.
//
// Microsoft has no call to end one grant: the person does it at myapps.microsoft.com, or it ends unused after 90 days.
package microsoft

import (
	"context"
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

// Scope is what the person is asked for, and that it lasts.
const Scope = "https://graph.microsoft.com/Calendars.ReadWrite"

// Endpoints are where Microsoft is; the zero value of each is the real one.
type Endpoints struct {
	Consent string
	Token   string
	API     string // without a slash at the end
}

// Config is this practice as Microsoft knows it.
type Config struct {
	ClientID     string
	ClientSecret string
	Tenant       string       // the practice's own, or "" for any account
	Redirect     string       // absolute, as it is registered there
	Name         outside.Name // of the calendar that is made; nil for Chancery
	Endpoints    Endpoints
	Transport    http.RoundTripper // nil for the usual one
	Now          func() time.Time  // nil for time.Now
}

// Keeper is Microsoft.
type Keeper struct {
	wire wire.Config
	api  string
	name outside.Name
}

var _ outside.Keeper = (*Keeper)(nil)

// New returns Microsoft as this practice is known there.
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
	there := endpoints.AzureAD(c.Tenant)
	return &Keeper{
		wire: wire.Config{
			OAuth: oauth2.Config{
				ClientID: c.ClientID, ClientSecret: c.ClientSecret, RedirectURL: c.Redirect,
				Scopes: []string{"offline_access", Scope},
				Endpoint: oauth2.Endpoint{
					AuthURL: or(c.Endpoints.Consent, there.AuthURL), TokenURL: or(c.Endpoints.Token, there.TokenURL),
					AuthStyle: oauth2.AuthStyleInParams,
				},
			},
			Transport: c.Transport,
			Now:       c.Now,
			Reason:    reason,
			Limited:   func(string) bool { return false }, // Graph says it with 429 alone
			Scope: func(reason string) bool {
				return slices.Contains([]string{"ErrorAccessDenied", "AccessDenied", "Authorization_RequestDenied"}, reason)
			},
		},
		api:  or(c.Endpoints.API, "https://graph.microsoft.com/v1.0"),
		name: c.Name,
	}
}

// reason is the code in a refusal: {"error":{"code":…}}.
func reason(body []byte) string {
	var refusal struct{ Error struct{ Code string } }
	if json.Unmarshal(body, &refusal) != nil {
		return ""
	}
	return refusal.Error.Code
}

// ConsentURL lets the person choose among accounts: a private one and one of the practice are often both signed in.
func (k *Keeper) ConsentURL(state, verifier, hint string) string {
	options := []oauth2.AuthCodeOption{
		oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("prompt", "select_account"), oauth2.SetAuthURLParam("response_mode", "query"),
	}
	if hint != "" {
		options = append(options, oauth2.SetAuthURLParam("login_hint", hint))
	}
	return k.wire.OAuth.AuthCodeURL(state, options...)
}

// Exchange also asks whose calendar it is. The code is used up by then, so that the name is missing is no reason to refuse the grant.
func (k *Keeper) Exchange(ctx context.Context, code, verifier string) (outside.Grant, error) {
	grant, token, err := k.wire.Exchange(ctx, code, verifier)
	if err != nil {
		return outside.Grant{}, err
	}
	given, _ := token.Extra("scope").(string)
	if !slices.ContainsFunc(strings.Fields(given), calendars) {
		return outside.Grant{}, &outside.Refused{Status: http.StatusOK, Reason: outside.ScopeMissing}
	}
	var calendar struct {
		Owner struct{ Name, Address string }
	}
	if k.wire.Open(grant, nil).Do(ctx, wire.Call{Method: http.MethodGet, URL: k.api + "/me/calendar?$select=owner", Out: &calendar}) == nil {
		grant.Account = calendar.Owner.Address
		if grant.Account == "" {
			grant.Account = calendar.Owner.Name
		}
	}
	return grant, nil
}

// calendars knows the scope with and without the name of the service before it: Microsoft tells it either way.
func calendars(scope string) bool {
	return strings.EqualFold(scope, Scope) || strings.EqualFold(scope, "Calendars.ReadWrite")
}

// Revoke says that there is no such call. To end all of a person's sessions there (revokeSignInSessions) would be more than was asked.
func (k *Keeper) Revoke(context.Context, outside.Grant) error { return outside.ErrNoRevoke }
