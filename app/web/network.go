package web

import (
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// clientAddress is the address a request comes from: that of the connection, or, when the connection is a trusted
// proxy's, the last address in X-Forwarded-For that is not a trusted proxy's itself. Whatever stands further left was
// written by strangers.
func clientAddress(c *fiber.Ctx, trusted []netip.Prefix) string {
	remote, ok := netip.AddrFromSlice(c.Context().RemoteIP())
	if !ok {
		return ""
	}
	if !within(remote, trusted) {
		return remote.Unmap().String()
	}
	return forwardedAddress(remote, c.Get(fiber.HeaderXForwardedFor), trusted).String()
}

func forwardedAddress(remote netip.Addr, header string, trusted []netip.Prefix) netip.Addr {
	remote = remote.Unmap()
	for header != "" {
		i := strings.LastIndexByte(header, ',')
		hop, err := netip.ParseAddr(strings.TrimSpace(header[i+1:]))
		if err != nil {
			return remote // what cannot be read cannot be believed, nor what stands before it
		}
		remote = hop.Unmap().WithZone("")
		if !within(remote, trusted) || i < 0 {
			return remote
		}
		header = header[:i]
	}
	return remote
}

// plainProxied tells whether a trusted proxy says that the person came by plain http.
func plainProxied(c *fiber.Ctx, trusted []netip.Prefix) bool {
	remote, ok := netip.AddrFromSlice(c.Context().RemoteIP())
	return ok && within(remote, trusted) && c.Get(fiber.HeaderXForwardedProto) == "http"
}

func within(a netip.Addr, prefixes []netip.Prefix) bool {
	a = a.Unmap()
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
