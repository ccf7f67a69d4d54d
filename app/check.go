package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"chancery/app/manifest"
)

type checkCommand struct {
	From string `name:"from" short:"f" required:"" placeholder:"PATH" help:"A file of manifests, a directory that is read with all below it, or - for what comes in."`
}

// Run reads manifests and says what is wrong with them, or what they declare; it needs no database and no settings, so that it can run
// where a change of them is reviewed.
func (c *checkCommand) Run(o *outside) error {
	set, err := readManifests(c.From, o.in)
	var problems manifest.Problems
	if errors.As(err, &problems) {
		for _, p := range problems {
			fmt.Fprintln(o.out, p)
		}
		return fmt.Errorf("%s; nothing of it would be applied", counted(len(problems), "problem"))
	}
	if err != nil {
		return err
	}
	var kinds []string
	for _, kind := range manifest.Kinds() {
		n := 0
		for i := range set.Objects {
			if set.Objects[i].Kind == kind {
				n++
			}
		}
		if n > 0 {
			kinds = append(kinds, counted(n, string(kind)))
		}
	}
	if len(kinds) == 0 {
		return fmt.Errorf("%s declares nothing", c.From)
	}
	fmt.Fprintf(o.out, "%s: %s\n", counted(len(set.Objects), "object"), strings.Join(kinds, ", "))
	return nil
}

// readManifests reads a file, a directory with all below it, or, as "-", what comes in: kubectl get chancery -o yaml | kubectl exec -i … chancery apply -f -
func readManifests(from string, in io.Reader) (*manifest.Set, error) {
	if from == "-" {
		text, err := io.ReadAll(in)
		if err != nil {
			return nil, err
		}
		return manifest.Text("-", text)
	}
	info, err := os.Stat(from)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return manifest.Dir(os.DirFS(from))
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return nil, err
	}
	return manifest.Text(filepath.Base(from), text)
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
