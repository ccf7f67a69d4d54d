package chrome

import (
	"context"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// Passkeys is an authenticator that a device has built in, or that is plugged into it. Chromium simulates it.
type Passkeys struct {
	p  *Page
	id webauthn.AuthenticatorID
}

// Passkeys gives the device an authenticator whose owner is there and shows that it is them. A plain one is a security key
// that knows no names and asks for nobody: it can be a second step and not more.
func (p *Page) Passkeys(plain bool) *Passkeys {
	p.t.Helper()
	call(p, webauthn.Enable, webauthn.EnableParams{})
	o := &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true, HasUserVerification: true,
		IsUserVerified: true, AutomaticPresenceSimulation: true,
	}
	if plain {
		o.Transport, o.HasResidentKey, o.HasUserVerification, o.IsUserVerified = webauthn.AuthenticatorTransportUsb, false, false, false
	}
	k := &Passkeys{p: p}
	p.do("add an authenticator", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		added, err := cdp.Call(ctx, target, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: o})
		k.id = added.AuthenticatorID
		return err
	}))
	return k
}

// Present tells whether the owner is there: else nothing that is asked is ever answered.
func (k *Passkeys) Present(yes bool) {
	k.p.t.Helper()
	call(k.p, webauthn.SetAutomaticPresenceSimulation, webauthn.SetAutomaticPresenceSimulationParams{AuthenticatorID: k.id, Enabled: yes})
}

// Verified tells whether whoever is there shows that they are the owner.
func (k *Passkeys) Verified(yes bool) {
	k.p.t.Helper()
	call(k.p, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: k.id, IsUserVerified: yes})
}
