package limit

import "net/netip"

// site is how much of an IPv6 address is given to one household or office (RFC 6177): within it whoever asks has as many addresses as they like.
const site = 64

// Address is the key of a client's address: of IPv6 the network of 64 bits that it stands in, so that nobody asks from each of its addresses anew. What is no
// address is its own key.
func Address(of string) string {
	a, err := netip.ParseAddr(of)
	if err != nil {
		return of
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	network, err := a.Prefix(site)
	if err != nil {
		return of
	}
	return network.String()
}
