package views_test

import (
	"strings"
	"testing"
	"time"

	"chancery/app/zone"
	"chancery/views"
)

func TestZonesAreOfferedInTheReadersLanguage(t *testing.T) {
	s := little(t, nil)
	winter := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	for lang, want := range map[string]views.Zone{
		"en": {ID: "America/New_York", City: "New York", Country: "United States", Offset: "UTC−05:00", Region: "America", Label: "New York, United States (UTC−05:00)"},
		"es": {ID: "America/New_York", City: "Nueva York", Country: "Estados Unidos", Offset: "UTC−05:00", Region: "America", Label: "Nueva York, Estados Unidos (UTC−05:00)"},
		"fr": {ID: "America/New_York", City: "New York", Country: "États-Unis", Offset: "UTC−05:00", Region: "America", Label: "New York, États-Unis (UTC−05:00)"},
	} {
		if got, ok := s.Zone(lang, "US/Eastern", winter); !ok || got != want {
			t.Errorf("%s: %+v", lang, got)
		}
		if got := len(s.Zones(lang, winter)); got != len(zone.All()) {
			t.Errorf("%s: %d zones of %d", lang, got, len(zone.All()))
		}
	}
	if z, ok := s.Zone("en", "Asia/Kathmandu", winter); !ok || z.Offset != "UTC+05:45" {
		t.Error(z)
	}
	if _, ok := s.Zone("en", "Local", winter); ok {
		t.Error("Local is no zone")
	}
	french := s.Zones("fr", winter)
	if first, last := french[0], french[len(french)-1]; first.Country != "Afghanistan" || last.ID != "UTC" {
		t.Errorf("from %v to %v", first, last)
	}
	// É sorts as E: Égypte, Émirats and Équateur stand before Espagne, not after Zimbabwe.
	place := map[string]int{}
	for i, z := range french {
		place[z.Country] = i
	}
	if place["Égypte"] > place["Espagne"] {
		t.Error("accents take part in the order")
	}
}

// Each list holds until a clock somewhere is changed, and not a moment longer.
func TestZoneOffsetsFollowSummerTime(t *testing.T) {
	s := little(t, nil)
	before := time.Date(2026, 3, 8, 6, 59, 59, 0, time.UTC) // one second before Toronto's clocks go forward
	z, _ := s.Zone("en", "America/Toronto", before)
	if z.Offset != "UTC−05:00" {
		t.Error(z.Offset)
	}
	z, _ = s.Zone("en", "America/Toronto", before.Add(time.Second))
	if z.Offset != "UTC−04:00" {
		t.Error(z.Offset)
	}
	z, _ = s.Zone("en", "America/Toronto", before)
	if z.Offset != "UTC−05:00" {
		t.Error("a list made later answers for an earlier moment")
	}
	if !strings.Contains(string(s.ZoneOptions("es", before)), `<option value="America/Toronto">Toronto, Canadá (UTC−05:00)</option>`) {
		t.Error("no option for Toronto")
	}
}
