package views_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"chancery/app/zone"
)

// S0-18: a zone is found by what people call it: former names, the city in another language, cities after which no zone
// is named. How the search ranks them is combobox.js's; here it is that the words are there, and stay few.
func TestZonesAreSearchedByTheirOtherNames(t *testing.T) {
	s := little(t, nil)
	winter := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	for _, lang := range []string{"en", "es", "fr"} {
		text := s.ZoneSearch(lang, winter)
		if n := strings.Count(text, "\n"); n != len(zone.All()) {
			t.Errorf("%s: %d options of %d zones", lang, n, len(zone.All()))
		}
		for id, words := range map[string][]string{
			"Asia/Kolkata": {"Calcutta", "Bombay"}, "America/Toronto": {"Montréal", "Ottawa", "Eastern", "EST"},
			"America/Moncton": {"Saint John"}, "America/New_York": {"Eastern"}, "Atlantic/Reykjavik": nil,
		} {
			line := regexp.MustCompile(`(?m)^` + id + `\t(.+)$`).FindStringSubmatch(text)
			if line == nil {
				t.Fatalf("%s: no line for %s", lang, id)
			}
			for _, word := range words {
				if !strings.Contains(line[1], word) {
					t.Errorf("%s: %s is not found by %q, only by %q", lang, id, word, line[1])
				}
			}
		}
		if lang != "es" && !strings.Contains(text, "\tCiudad de México") {
			t.Errorf("%s: Mexico City is not found by its own name", lang)
		}
		packed := s.ZoneSearchGzip(lang, winter)
		if len(packed) > 9_300 {
			t.Errorf("%s: %d bytes packed; with its headers it may have ten kilobytes", lang, len(packed))
		}
		unpacked, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		if again, err := io.ReadAll(unpacked); err != nil || string(again) != text {
			t.Errorf("%s: not the same packed (%v)", lang, err)
		}
	}
}

// A name in the list that belongs to no zone, or a link that leads nowhere, would be found by nobody.
func TestEveryLinkOfTheDatabaseIsAWordOfSomeZone(t *testing.T) {
	text := strings.ToLower(little(t, nil).ZoneSearch("en", time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)))
	for _, alias := range []string{"Asia/Calcutta", "America/Montreal", "Europe/Kiev", "Asia/Saigon", "Asia/Katmandu", "US/Eastern", "Canada/Newfoundland", "America/Coral_Harbour", "Africa/Asmera", "Pacific/Truk"} {
		if _, ok := zone.Canonical(alias); !ok {
			t.Errorf("%s is no link", alias)
		}
		name := strings.ToLower(strings.ReplaceAll(alias[strings.LastIndexByte(alias, '/')+1:], "_", " "))
		plain := strings.NewReplacer("é", "e", "ú", "u").Replace(text)
		if !strings.Contains(plain, name) {
			t.Errorf("%s is found by nobody who types %q", alias, name)
		}
	}
}
