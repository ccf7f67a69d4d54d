package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"chancery/app/declared"
	"chancery/app/fault"
	"chancery/app/manifest"
	"chancery/config"
	"chancery/views"
)

// manifestsFlag is what plan and apply have in common.
type manifestsFlag struct {
	From   string `name:"from" short:"f" required:"" placeholder:"PATH" help:"A file of manifests, a directory that is read with all below it, or - for what comes in. It is all that its source declares: what it declared before and does not now is deactivated or released."`
	Source string `default:"by-hand" placeholder:"NAME" help:"What these manifests are called, for those who find a field locked. Two sets under two names do not take each other's objects away."`
	Many   bool   `name:"deactivate-many" help:"Deactivate people whose manifests are gone, however many they are."`
	Output string `short:"o" enum:"text,json" default:"text" help:"text, or json for programs."`
}

type planCommand struct {
	config.Flags
	manifestsFlag
}

// errDiffers says that plan has found differences, which it has told already.
var errDiffers = errors.New("the practice is not as it is declared")

// Run says what apply would do.
func (c *planCommand) Run(o *outside) error {
	set, err := c.read(o)
	if err != nil {
		return err
	}
	return onMade(c.Flags, o, func(ctx context.Context, h *house) error {
		p, err := h.declared.Plan(ctx, c.Source, set, c.ways()...)
		if err != nil {
			return err
		}
		if err := c.show(h, o.out, p); err != nil {
			return err
		}
		if p.Differs() {
			return errDiffers
		}
		return nil
	})
}

type applyCommand struct {
	config.Flags
	practiceFlag
	manifestsFlag
}

// Run makes the practice agree, and says what it did. The database is made where there is none, as by any start.
func (c *applyCommand) Run(o *outside) error {
	set, err := c.read(o)
	if err != nil {
		return err
	}
	return on(c.Flags, o, func(ctx context.Context, h *house) error {
		if err := h.prepare(ctx, c.organization()); err != nil {
			return err
		}
		p, err := h.declared.Apply(ctx, c.Source, set, c.ways()...)
		if err != nil {
			return err
		}
		if err := c.show(h, o.out, p); err != nil {
			return err
		}
		if p.Gone != nil {
			return errors.New("somebody is asked first, as said above")
		}
		if n := left(p); n > 0 {
			return fmt.Errorf("%s not as declared, for the reasons above", counted(n, "object"))
		}
		return nil
	})
}

func (c *manifestsFlag) ways() []declared.Way {
	if c.Many {
		return []declared.Way{declared.AnyNumber}
	}
	return nil
}

func (c *manifestsFlag) read(o *outside) (*manifest.Set, error) {
	if err := declared.CheckSource(c.Source); err != nil {
		return nil, err
	}
	set, err := readManifests(c.From, o.in)
	var problems manifest.Problems
	if errors.As(err, &problems) {
		for _, p := range problems {
			fmt.Fprintln(o.err, p)
		}
		return nil, fmt.Errorf("%s; nothing was done", counted(len(problems), "problem"))
	}
	if err == nil && len(set.Objects)+len(set.Gone) == 0 {
		return nil, fmt.Errorf("%s declares nothing; nothing was done", c.From)
	}
	return set, err
}

// left is how many objects could not be made to agree.
func left(p *declared.Plan) (n int) {
	for i := range p.Steps {
		if len(p.Steps[i].Reasons) > 0 {
			n++
		}
	}
	return n
}

// staying is how many would be deactivated whom a rule keeps.
func staying(p *declared.Plan) (n int) {
	for i := range p.Steps {
		if p.Steps[i].Action == declared.Leave && len(p.Steps[i].Reasons) > 0 {
			n++
		}
	}
	return n
}

func (c *manifestsFlag) show(h *house, out io.Writer, p *declared.Plan) error {
	l := views.In("en", time.UTC, h.db.Now())
	if c.Output == "json" {
		e := json.NewEncoder(out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(planned(l, p))
	}
	for i := range p.Steps {
		if s := &p.Steps[i]; s.Differs() {
			tell(l, out, s)
		}
	}
	if g := p.Gone; g != nil {
		for _, key := range []string{"declared.many-gone", "declared.many-gone-hint"} {
			fmt.Fprintln(out, l.T(fault.M(key, "Source", p.Source, "Leaving", g.Leaving, "Whole", g.Whole)))
		}
	}
	var counts []string
	for _, a := range actions {
		n, kept := p.Count(a.action), 0
		if a.action == declared.Leave {
			kept = staying(p)
		}
		if n > kept {
			counts = append(counts, fmt.Sprintf("%d %s", n-kept, a.word))
		}
		if kept > 0 {
			counts = append(counts, fmt.Sprintf("%d not yet deactivated", kept))
		}
	}
	_, err := fmt.Fprintf(out, "%s: %s\n", counted(len(p.Steps), "object"), strings.Join(counts, ", "))
	return err
}

// actions are the words of a plan, in the order of its last line.
var actions = []struct {
	action     declared.Action
	sign, word string
}{
	{declared.Create, "+", "created"}, {declared.Change, "~", "changed"}, {declared.Take, "~", "taken over"}, {declared.Leave, "-", "deactivated"},
	{declared.Release, "-", "released"}, {declared.Ask, "?", "gone, and left as it is"}, {declared.Hold, "=", "paused"}, {declared.Refuse, "!", "refused"}, {declared.Same, " ", "as declared"},
}

// tell says a step in lines: a sign, which object, what it is called here, what becomes of it; below, each field and each reason.
func tell(l views.Locale, out io.Writer, s *declared.Step) {
	is := actions[slices.IndexFunc(actions, func(a struct {
		action     declared.Action
		sign, word string
	}) bool {
		return a.action == s.Action
	})]
	if s.Action != declared.Refuse && len(s.Reasons) > 0 { // somebody who cannot leave yet
		is.sign, is.word = "!", "to be deactivated"
	}
	drift := ""
	if s.Drift {
		drift = ", drifted"
	}
	fmt.Fprintf(out, "%s %s  %q  %s%s\n", is.sign, s.Ref(), s.Called, is.word, drift)
	if s.Action != declared.Refuse {
		for _, c := range s.Changes {
			if c.Before == "" {
				fmt.Fprintf(out, "    %s: %q\n", declared.Path(s.Kind, c.Field), c.After)
			} else {
				fmt.Fprintf(out, "    %s: %q → %q\n", declared.Path(s.Kind, c.Field), c.Before, c.After)
			}
		}
	}
	for _, r := range s.Reasons {
		fmt.Fprintf(out, "    refused: %s\n", declared.Words(s.Kind, r, l.T))
	}
}

// The plan as programs read it.
type (
	plannedSteps struct {
		Source  string        `json:"source"`
		Differs bool          `json:"differs"`
		Gone    *plannedGone  `json:"gone,omitempty"` // nobody was deactivated: too many would be
		Objects []plannedStep `json:"objects"`
	}
	plannedGone struct {
		Leaving int `json:"leaving"`
		Of      int `json:"of"`
	}
	plannedStep struct {
		Kind    manifest.Kind    `json:"kind"`
		Name    string           `json:"name"`
		Action  declared.Action  `json:"action"`
		Drift   bool             `json:"drift,omitempty"`
		Fields  []plannedField   `json:"fields,omitempty"`
		Reasons []plannedRefusal `json:"reasons,omitempty"`
	}
	plannedField struct {
		Field  string `json:"field"`
		Before string `json:"before"`
		After  string `json:"after"`
	}
	plannedRefusal struct {
		Field string `json:"field,omitempty"`
		Key   string `json:"key"`
		Text  string `json:"text"`
	}
)

func planned(l views.Locale, p *declared.Plan) plannedSteps {
	all := plannedSteps{Source: p.Source, Differs: p.Differs(), Objects: []plannedStep{}}
	if g := p.Gone; g != nil {
		all.Gone = &plannedGone{g.Leaving, g.Whole}
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		one := plannedStep{Kind: s.Kind, Name: s.Name, Action: s.Action, Drift: s.Drift}
		for _, c := range s.Changes {
			one.Fields = append(one.Fields, plannedField{declared.Path(s.Kind, c.Field), c.Before, c.After})
		}
		for _, r := range s.Reasons {
			field := r.Field
			if field != "" {
				field = declared.Path(s.Kind, field)
			}
			one.Reasons = append(one.Reasons, plannedRefusal{field, r.Message.Key, l.T(r.Message)})
		}
		all.Objects = append(all.Objects, one)
	}
	return all
}

// secretsIn reads secrets as a volume has them: a folder for each, a file for each key. A last line's end is no part of a password.
func secretsIn(dir string) declared.Secrets {
	if dir == "" {
		return nil
	}
	return func(name, key string) (string, error) {
		root, err := os.OpenRoot(dir) // nothing outside is read, whatever a manifest says
		if err != nil {
			return "", err
		}
		defer func() { _ = root.Close() }()
		text, err := root.ReadFile(name + "/" + key)
		return strings.TrimRight(string(text), "\r\n"), err
	}
}
