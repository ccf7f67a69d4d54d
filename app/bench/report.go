package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// report is what was found on one database.
type report struct {
	stage    *stage
	results  []*measured
	pages    []cold
	parts    []part // fragments
	busy     memory // after the load
	grown    []*grown
	many     []*many
	flooded  *flooded
	live     *live
	daily    *dailied
	posted   *posted
	synced   []*synced
	declared []*declaredRun
	built    time.Duration // the cases and their messages

	searches []*searched
}

func (r *report) print(to io.Writer) {
	progress("")
	fmt.Fprintf(to, "\n%s, %d connections, %d rounds of %s; CPU in µs a request, median of the rounds\n\n", r.stage.name, connections, r.stage.rounds, r.stage.slice)
	t := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\trequests/s\tp50 ms\tp99 ms\tserver\tPostgres\tstatements\tbytes\tfloor\tits Postgres\ttimes the floor\t")
	for _, m := range r.results {
		p, f := middle(m.product), middle(m.floors)
		floor, floorDB, ratio := "", "", ""
		if len(m.floors) > 0 {
			floor, floorDB, ratio = micro(f.server), micro(f.database), fmt.Sprintf("%.2f", m.ratio())
		}
		fmt.Fprintf(t, "%s\t%.0f\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\t\n", m.name, m.perSecond(), milli(percentile(m.waits, .5)), milli(percentile(m.waits, .99)),
			micro(p.server), micro(p.database), m.statements, m.bytes, floor, floorDB, ratio)
	}
	_ = t.Flush()
	fmt.Fprintf(to, "The cases and their messages were there after %s\n", r.built.Round(100*time.Millisecond))
	for _, m := range r.results {
		for _, how := range []string{"folded", "written"} {
			if f := m.plain[how]; len(f) > 0 {
				fmt.Fprintf(to, "F1 of %s, template as %s: %s µs\n", m.name, how, micro(middle(f).total()))
			}
		}
	}
	fmt.Fprintf(to, "\nResident: idle %s (its own %s, the program's file %s), after the load %s (its own %s)\n", mib(r.stage.idle.all), mib(r.stage.idle.own), mib(r.stage.idle.files), mib(r.busy.all), mib(r.busy.own))
	fmt.Fprintf(to, "From start to the first 200: %v\n", rounded(r.stage.starts))
	for _, c := range r.pages {
		fmt.Fprintf(to, "First page %s, cold: %d bytes over the wire:", c.path, c.total())
		for _, p := range c.parts {
			fmt.Fprintf(to, " %s %d", p.name, p.bytes)
		}
		fmt.Fprintln(to)
	}
	fmt.Fprint(to, "Fragments, bytes over the wire:")
	for _, p := range r.parts {
		fmt.Fprintf(to, " %s %d", p.name, p.bytes)
	}
	fmt.Fprintln(to)
}

// printTargets holds the results against what was promised.
func printTargets(to io.Writer, reports []*report) {
	fmt.Fprint(to, "\nTargets\n\n")
	t := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	row := func(what, found, wanted string, met bool) {
		verdict := "met"
		if !met {
			verdict = "NOT MET"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", what, found, wanted, verdict)
	}
	for _, r := range reports {
		on := ", " + r.stage.name
		for _, m := range r.results {
			if m.target > 0 {
				row(m.name+on, fmt.Sprintf("%.2f × floor", m.ratio()), fmt.Sprintf("≤ %.1f", m.target), m.ratio() <= m.target)
			}
		}
		for _, m := range r.results {
			if m.fragment {
				row(m.name+on+", size", fmt.Sprintf("%d bytes", m.bytes), "≤ 10 KB", m.bytes <= fragmentLimit)
			}
		}
		for _, p := range r.parts {
			row(p.name+", fragment"+on+", size", fmt.Sprintf("%d bytes", p.bytes), "≤ 10 KB", p.bytes <= fragmentLimit)
		}
		if len(r.grown) > 0 {
			g, last := r.grown[0], len(sizes)-1
			by, most := times(g.median(last), g.median(0)), growthTarget(r.stage.name)
			row(fmt.Sprintf("%s with %d people to %d, p50%s", g.name, sizes[last], sizes[0], on), fmt.Sprintf("%.2f ×", by), fmt.Sprintf("≤ %.1f", most), by <= most)
			for _, g := range r.grown {
				if slow := percentile(g.waits[last], .99); g.name == searchOfMany {
					row(fmt.Sprintf("%s with %d cases, p99%s", g.name, sizes[last], on), milli(slow)+" ms", "< 50 ms", slow < searchTarget)
				}
			}
		}
		for _, m := range r.many {
			row(m.name+on, fmt.Sprintf("%.2f × %s", m.ratio(), m.than), fmt.Sprintf("≤ %.1f", m.target), m.ratio() <= m.target)
		}
		if r.flooded != nil {
			floodTargets(r.flooded, on, row)
		}
		if r.live != nil {
			slow := percentile(r.live.waits, .99)
			row(fmt.Sprintf("%d open pages, API to browser, p99%s", livePages, on), milli(slow)+" ms", "< 250 ms", slow < liveTarget)
		}
		if r.posted != nil {
			row("mails to a sink, to a bare client"+on, fmt.Sprintf("%.0f %%", 100*r.posted.ratio()), fmt.Sprintf("≥ %.0f %%", 100*outboxTarget), r.posted.ratio() >= outboxTarget)
			patient := ratioOf(r.posted.patientProduct, r.posted.patientBare)
			row("mails to a sink that takes "+patientFor.String()+", to a bare client"+on, fmt.Sprintf("%.0f %%", 100*patient), fmt.Sprintf("≥ %.0f %%", 100*outboxTarget), patient >= outboxTarget)
		}
		if r.daily != nil && r.stage.name == "Postgres" {
			first, last := r.daily.flat()
			row("daily summaries of 100,000 people"+on, fmt.Sprintf("%.0f a second", r.daily.perSecond()), fmt.Sprintf("≥ %d", dailyTarget), r.daily.perSecond() >= dailyTarget)
			row("their memory"+on, fmt.Sprintf("%.2f × the first third's", float64(last)/float64(first)), "≤ 1.1", float64(last) <= 1.1*float64(first))
		}
		if len(r.results) == 0 {
			continue
		}
		row("idle, resident"+on, mib(r.stage.idle.all), "≤ 40 MiB", r.stage.idle.all <= 40<<20)
		var slowest time.Duration
		for _, s := range r.stage.starts {
			slowest = max(slowest, s)
		}
		row("start to first 200"+on, slowest.Round(time.Millisecond).String(), "< 500ms", slowest < 500*time.Millisecond)
		for _, c := range r.pages {
			row("first page "+c.path+", cold"+on, fmt.Sprintf("%.1f KB", float64(c.total())/1000), "≤ 110 KB", c.total() <= 110_000)
		}
	}
	_ = t.Flush()
}

func micro(v float64) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f", v)
}
func milli(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond)) }
func mib(n int64) string           { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

func rounded(all []time.Duration) string {
	s := make([]string, len(all))
	for i, d := range all {
		s[i] = d.Round(time.Millisecond).String()
	}
	return strings.Join(s, ", ")
}
