package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"chancery/app/outside/pace"
)

// resync is what was asked of a keeper in one go.
type resync struct {
	name     string
	requests int
	writes   int
	took     time.Duration
	all      int // the most in any window, of the practice
	each     int // of one account
}

// resynced is what was found of one keeper.
type resynced struct {
	name    string
	limits  pace.Limits
	resyncs []resync
	last    int // requests for the one who has many, unchanged
}

func (r *resynced) nearest() (most float64) {
	for _, one := range r.resyncs {
		most = max(most, portion(one.all, r.limits.All), portion(one.each, r.limits.Each))
	}
	return most
}

func portion(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

func printResyncs(w io.Writer, all []*resynced) {
	for _, r := range all {
		fmt.Fprintf(w, "\n%s (simulated): %d connections, %d workers, an answer after %s; the most in any %s, to what is allowed\n\n", r.name, calendarPeople, calendarWorkers,
			calendarAnswer, r.limits.Window)
		t := tabwriter.NewWriter(w, 2, 8, 2, ' ', 0)
		fmt.Fprintln(t, "\trequests\tof them writes\ttook\tthe practice\tone account\t")
		for _, one := range r.resyncs {
			fmt.Fprintf(t, "%s\t%d\t%d\t%s\t%s\t%s\t\n", one.name, one.requests, one.writes, one.took.Round(100*time.Millisecond), share(one.all, r.limits.All), share(one.each, r.limits.Each))
		}
		_ = t.Flush()
	}
	if len(all) == 0 {
		return
	}
	fmt.Fprint(w, "\nTargets\n\n")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range all {
		fmt.Fprintf(t, "%s, the most of what it allows\t%.2f\t< %.1f\t%s\n", r.name, r.nearest(), calendarPart, verdict(r.nearest() < calendarPart))
		fmt.Fprintf(t, "%s, one person with %d, unchanged\t%d requests, %d writes\t1, 0\t%s\n", r.name, calendarMany, r.last, r.resyncs[len(r.resyncs)-1].writes,
			verdict(r.last == 1 && r.resyncs[len(r.resyncs)-1].writes == 0))
	}
	_ = t.Flush()
}

func verdict(met bool) string {
	return cmp.Or(map[bool]string{true: "met"}[met], "NOT MET")
}

func share(n, of int) string {
	if of == 0 {
		return fmt.Sprintf("%d", n)
	}
	return fmt.Sprintf("%d, %.2f", n, portion(n, of))
}

// most is the most in any window.
func most(at []time.Time, window time.Duration) int {
	slices.SortFunc(at, time.Time.Compare)
	out, from := 0, 0
	for i := range at {
		for at[i].Sub(at[from]) > window {
			from++
		}
		out = max(out, i-from+1)
	}
	return out
}
