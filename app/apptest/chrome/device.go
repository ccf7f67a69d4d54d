package chrome

import (
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
)

// Option is how a device differs from a light desktop of 1280 × 900 with script.
type Option func(*device)

type device struct {
	width, height int64
	touch, plain  bool
	scheme, media string
}

func newDevice(opts []Option) device {
	d := device{width: 1280, height: 900, scheme: "light"}
	for _, o := range opts {
		o(&d)
	}
	return d
}

// Phone is a device of 390 × 844 that is tapped and cannot hover.
func Phone() Option { return func(d *device) { d.width, d.height, d.touch = 390, 844, true } }

// Dark is a device whose owner prefers dark pages.
func Dark() Option { return func(d *device) { d.scheme = "dark" } }

// Print is a page as it is printed.
func Print() Option { return func(d *device) { d.media = "print" } }

// NoScript is a browser that runs no script. It cannot be chosen later.
func NoScript() Option { return func(d *device) { d.plain = true } }

// Become makes another device of this one, with the same page on it: a window pulled narrower, a room gone dark. Motion
// is always reduced, so that nothing is caught half-way.
func (p *Page) Become(opts ...Option) *Page {
	p.t.Helper()
	d := newDevice(opts)
	p.touch = d.touch
	call(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: d.width, Height: d.height, DeviceScaleFactor: 1, Mobile: d.touch})
	call(p, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: d.touch})
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: d.media, Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: d.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	return p
}

// Uplink bounds how many bytes a second the device can send.
func (p *Page) Uplink(bytes float64) { p.network(network.Conditions{UploadThroughput: bytes}) }

// Offline takes the network away from the device.
func (p *Page) Offline() { p.network(network.Conditions{UploadThroughput: -1, Offline: true}) }

func (p *Page) network(c network.Conditions) {
	p.t.Helper()
	c.DownloadThroughput = -1 // no bound
	call(p, byRule, rules{Offline: c.Offline, Matched: []*network.Conditions{&c}})
}

// rules are what Network.emulateNetworkConditionsByRule asks for in Chromium of both kinds: until offline became a part of each rule (after 148) it was
// one parameter, without which nothing was understood.
type rules struct {
	Offline bool                  `json:"offline"`
	Matched []*network.Conditions `json:"matchedNetworkConditions"`
}

var byRule = cdp.Command[rules, network.EmulateNetworkConditionsByRuleResult]{Method: network.CommandEmulateNetworkConditionsByRule}
