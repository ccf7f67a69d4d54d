package caldav

import (
	"net/netip"
	"net/url"
	"testing"
)

// ASVS 15.3.2: by its address it is known whether a server may be asked, whatever its name is.
func TestAddressesThatMayBeReached(t *testing.T) {
	const nobody, inside, all = 0, 1, 2
	for at, who := range map[string]int{
		"93.184.215.14": all, "2606:2800:21f:cb07:6820:80da:af6b:8b2c": all, "::ffff:93.184.215.14": all, "17.248.1.1": all,
		"127.0.0.1": inside, "127.8.8.8": inside, "::1": inside, "::ffff:127.0.0.1": inside, "10.0.0.1": inside, "172.16.0.1": inside, "172.31.255.255": inside,
		"192.168.1.1": inside, "::ffff:192.168.1.1": inside, "fd12:3456::1": inside, "fc00::1": inside, "100.64.0.1": inside, "100.127.1.1": inside,
		"0.0.0.0": nobody, "0.1.2.3": nobody, "::": nobody, "169.254.169.254": nobody, "::ffff:169.254.169.254": nobody, "fe80::1": nobody, "fe80::1%eth0": nobody,
		"fd00:ec2::254": nobody, "224.0.0.1": nobody, "255.255.255.255": nobody, "240.0.0.1": nobody, "ff02::1": nobody, "192.0.0.8": nobody, "192.0.2.1": nobody, "198.18.0.1": nobody,
		"64:ff9b::7f00:1": nobody, "64:ff9b:1::a00:1": nobody, "2002:7f00:1::": nobody, "2001::1": nobody, "2001:db8::1": nobody, "fec0::1": nobody, "::127.0.0.1": nobody,
	} {
		addr := netip.MustParseAddr(at)
		if got := reachable(addr, false); got != (who == all) {
			t.Errorf("%s may be reached: %t", at, got)
		}
		if got := reachable(addr, true); got != (who != nobody) {
			t.Errorf("%s may be reached from a practice with servers inside: %t", at, got)
		}
	}
}

func TestHostsOfOneSite(t *testing.T) {
	for _, pair := range []struct {
		a, b string
		same bool
	}{
		{"https://caldav.icloud.com/", "https://p52-caldav.icloud.com:443/1/", true},
		{"https://fastmail.com", "https://caldav.fastmail.com/dav/", true},
		{"https://cloud.example:8443", "https://cloud.example:8443/remote.php/dav/", true},
		{"https://cloud", "https://cloud/dav", true},
		{"https://127.0.0.1:1", "https://127.0.0.1:1/", true},
		{"https://127.0.0.1:1", "https://127.0.0.1:2/", false},
		{"https://cloud.example.org", "https://cloud.example.org:8443", false},
		{"https://a.example.co.uk", "https://b.other.co.uk", false},
		{"https://a.github.io", "https://b.github.io", false},
		{"https://icloud.com.evil.example", "https://icloud.com", false},
		{"https://10.0.0.1", "https://11.0.0.1", false},
		{"https://cloud", "https://mail", false},
	} {
		a, _ := url.Parse(pair.a)
		b, _ := url.Parse(pair.b)
		if sameSite(a, b) != pair.same || sameSite(b, a) != pair.same {
			t.Errorf("%s and %s are of one site: %t", pair.a, pair.b, !pair.same)
		}
	}
}
