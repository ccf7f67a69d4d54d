package zone_test

import (
	"errors"
	"sort"
	"testing"

	"chancery/app/zone"
)

// S0-18: every zone on offer has rules in the binary, and is stored under its own name.
func TestEveryZoneOnOfferLoads(t *testing.T) {
	all := zone.All()
	if len(all) < 400 {
		t.Fatalf("only %d zones", len(all))
	}
	if !sort.SliceIsSorted(all[:len(all)-1], func(i, j int) bool { return all[i].ID < all[j].ID }) {
		t.Error("not sorted by name")
	}
	for _, z := range all {
		loc, err := zone.Load(z.ID)
		if err != nil {
			t.Errorf("%s: %v", z.ID, err)
			continue
		}
		if loc.String() != z.ID {
			t.Errorf("%s loads as %s", z.ID, loc)
		}
	}
}

func TestFormerNamesAreStillKnown(t *testing.T) {
	for alias, want := range map[string]string{
		"America/Montreal":     "America/Toronto",
		"Asia/Calcutta":        "Asia/Kolkata",
		"Europe/Kiev":          "Europe/Kyiv",
		"America/Buenos_Aires": "America/Argentina/Buenos_Aires",
		"US/Eastern":           "America/New_York",
		"Etc/UTC":              "UTC",
		"GMT":                  "UTC",
	} {
		loc, err := zone.Load(alias)
		if err != nil || loc.String() != want {
			t.Errorf("%s: %v %v, want %s", alias, loc, err, want)
		}
		if id, ok := zone.Canonical(alias); !ok || id != want {
			t.Errorf("Canonical(%s) = %s %t", alias, id, ok)
		}
	}
}

// The standard library would load the first two as the server's own zone.
func TestNamesThatAreNoPersonsZoneAreRefused(t *testing.T) {
	for _, id := range []string{"Local", "", "Etc/GMT+5", "EST5EDT", "Factory", "america/toronto", "../etc/passwd", "Mars/Olympus", "Europe"} {
		if _, err := zone.Load(id); !errors.Is(err, zone.ErrUnknown) {
			t.Errorf("%q: %v", id, err)
		}
	}
}
