package web_test

import (
	"strings"
	"testing"

	"chancery/app/casesync"
	"chancery/app/fault"
	"chancery/views"
)

// B-7: what an exception is about is said in words, in every language: which field, what was said of it, and what ails a row.
func TestWhatAnExceptionIsAboutIsSaidInWords(t *testing.T) {
	set := views.Load(nil)
	for _, lang := range views.Languages() {
		say := func(key string, pairs ...any) string { return set.Say(lang.Code, fault.M(key, pairs...)) }
		for _, kind := range casesync.Kinds() {
			var of []casesync.Exception
			for _, f := range kind.Fields() {
				of = append(of, casesync.Exception{Kind: kind, Reason: "invalid", Value: f + " zz"}, casesync.Exception{Kind: kind, Reason: casesync.BothChanged, Value: f},
					casesync.Exception{Kind: kind, Reason: casesync.RowBroken, Value: f})
			}
			for _, word := range []string{casesync.BrokenRow, casesync.BrokenColumns} {
				of = append(of, casesync.Exception{Kind: kind, Reason: casesync.RowBroken, Value: word})
			}
			for i := range of {
				if about := casesync.About(say, &of[i]); about == "" || strings.Contains(about, "sync.") {
					t.Errorf("%s: %s %s: %q", lang.Code, of[i].Reason, of[i].Value, about)
				}
			}
		}
	}
	say := func(key string, _ ...any) string { return key }
	e := casesync.Exception{Reason: "invalid", Value: "language zz"}
	if about := casesync.About(say, &e); about != "sync.field.language: zz" {
		t.Error(about)
	}
	if e = (casesync.Exception{Reason: "owner-unknown", Value: "mina@firm.example"}); casesync.About(say, &e) != "mina@firm.example" {
		t.Error(casesync.About(say, &e))
	}
}
