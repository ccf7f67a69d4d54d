package limit_test

import (
	"fmt"
	"testing"
	"time"

	"chancery/app/limit"
)

func TestOfIPv6TheNetworkCounts(t *testing.T) {
	for of, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "2001:db8:1:2::": "2001:db8:1:2::/64",
		"2001:db8:1:3::1": "2001:db8:1:3::/64", "fe80::1%eth0": "fe80::/64", "": "", "nowhere": "nowhere",
	} {
		if got := limit.Address(of); got != want {
			t.Errorf("%q counts as %q, want %q", of, got, want)
		}
	}
}

// Who asks from a new address of the same network each time is one who asks; their neighbours in the next network are others.
func TestWhoHasManyAddressesHasOneLimit(t *testing.T) {
	at := time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)
	l := limit.New(10, func() time.Time { return at })
	taken := 0
	for i := range 1000 {
		if ok, _, _ := l.Take(limit.Address(fmt.Sprintf("2001:db8:1:2::%x", i))); ok {
			taken++
		}
	}
	if taken != 10 {
		t.Errorf("%d went on, want 10", taken)
	}
	if ok, _, _ := l.Take(limit.Address("2001:db8:1:3::1")); !ok {
		t.Error("the neighbours are kept out")
	}
	if ok, _, _ := l.Take(limit.Address("192.0.2.1")); !ok {
		t.Error("somebody else is kept out")
	}
}
