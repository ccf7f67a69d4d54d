package resource

import (
	"testing"
	"time"
)

var t0 = time.Date(2026, 11, 21, 14, 0, 0, 0, time.UTC)

func TestReadyIsComputedFromTheOthers(t *testing.T) {
	for name, c := range map[string]struct {
		found []Condition
		want  Status
	}{
		"nothing stands in the way": {[]Condition{{Type: "Sent", Status: True}}, True},
		"one is false":              {[]Condition{{Type: "Sent", Status: Unknown}, {Type: "Paid", Status: False}}, False},
		"one is not known yet":      {[]Condition{{Type: "Sent", Status: Unknown}, {Type: "Paid", Status: True}}, Unknown},
		"set by hand is ignored":    {[]Condition{{Type: Ready, Status: True}, {Type: "Sent", Status: False}}, False},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := Conditions(nil).Merge(t0, c.found...)
			if r, _ := got.Get(Ready); r.Status != c.want {
				t.Fatalf("Ready = %s, want %s", r.Status, c.want)
			}
		})
	}
}

func TestSinceMovesOnlyWithTheStatus(t *testing.T) {
	first, changed := Conditions(nil).Merge(t0, Condition{Type: "Sent", Status: False, Reason: "Refused"})
	if !changed {
		t.Fatal("the first finding is a change")
	}
	same, changed := first.Merge(t0.Add(time.Hour), Condition{Type: "Sent", Status: False, Reason: "Refused"})
	if changed {
		t.Fatal("finding the same again is no change")
	}
	if c, _ := same.Get("Sent"); !c.Since.Equal(t0) {
		t.Fatalf("since %v", c.Since)
	}
	next, changed := same.Merge(t0.Add(2*time.Hour), Condition{Type: "Sent", Status: True})
	if c, _ := next.Get("Sent"); !changed || !c.Since.Equal(t0.Add(2*time.Hour)) {
		t.Fatalf("changed %v, since %v", changed, c.Since)
	}
	if c, _ := first.Get("Sent"); c.Status != False {
		t.Fatal("Merge changed what it was called on")
	}
}

func TestConditionsSurviveTheirColumn(t *testing.T) {
	want, _ := Conditions(nil).Merge(t0, Condition{Type: "Sent", Status: True, Reason: "Accepted", Message: "250"})
	v, err := want.Value()
	if err != nil {
		t.Fatal(err)
	}
	var got Conditions
	if err := got.Scan(v); err != nil || len(got) != len(want) || got[0] != want[0] {
		t.Fatalf("got %v, err %v", got, err)
	}
}
