// Package declared keeps the practice as a directory of manifests says (app/declared, B-3), on the one replica that runs the jobs.
//
// The directory is looked at every few seconds, without being read: names, sizes and times of its files, and where a mounted ConfigMap's links lead. What
// has changed is read and applied at once; without a change the practice is compared with the last set once an interval, and what somebody has
// changed elsewhere is put right. A directory that changed while it was read is read again; one that cannot be read, or is wrong in any part, changes
// nothing, and says so on the System page.
package declared

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"chancery/app/declared"
	"chancery/app/manifest"
	"chancery/jobs/loop"
)

// Prefix begins the key of the directory, of which there is one.
const Prefix = "manifests/"

// Source is what the directory is called.
const Source = "directory"

const key = Prefix + Source

// look is how often the directory is looked at.
const look = 5 * time.Second

// Reconciler keeps the practice as the directory says.
type Reconciler struct {
	Declared *declared.Declared
	Dir      string
	Every    time.Duration
	Now      func() time.Time
	Log      *slog.Logger

	// One key is never with two workers.
	mark    string        // of the directory when it was read last
	set     *manifest.Set // nil: it could not be read
	problem string        // that was told
	gone    declared.Gone // that was told
	next    time.Time     // when the practice is compared again
}

// Name is the loop's name.
func (r *Reconciler) Name() string { return "manifests" }

// Due is the directory, now.
func (r *Reconciler) Due(context.Context, time.Time) ([]loop.Due, error) {
	return []loop.Due{{Key: key}}, nil
}

// Depth is nothing, on the page of the system: the directory is looked at without end, and what is not as it states is told by the list of what is declared.
func (r *Reconciler) Depth(context.Context) (due int, oldest time.Time, err error) {
	return 0, time.Time{}, nil
}

// Reconcile looks at the directory, and applies what it says when it has changed or an interval has gone by.
func (r *Reconciler) Reconcile(ctx context.Context, _ string) (loop.Result, error) {
	now := r.Now()
	again := loop.Waiting(now.Add(min(look, r.Every)))
	mark, err := fingerprint(r.Dir)
	if err != nil {
		return again, r.unread(ctx, fmt.Errorf("the directory cannot be read: %w", err))
	}
	if mark == r.mark && now.Before(r.next) {
		return again, nil
	}
	if mark != r.mark || r.set == nil {
		set, err := manifest.Dir(os.DirFS(r.Dir))
		if after, failed := fingerprint(r.Dir); failed != nil || after != mark {
			return loop.Waiting(now.Add(time.Second)), nil // somebody is at it
		}
		if err == nil && len(set.Objects) == 0 {
			err = declared.ErrNothing
		}
		r.mark, r.set, r.next = mark, set, now.Add(r.Every)
		if err != nil {
			r.set = nil
			return again, r.unread(ctx, err)
		}
	}
	if err := r.unread(ctx, nil); err != nil {
		return again, err
	}
	plan, err := r.Declared.Apply(ctx, Source, r.set)
	if err != nil {
		return again, err
	}
	r.next = now.Add(r.Every)
	r.tell(plan)
	return again, nil
}

// unread tells what is wrong with the directory, once each.
func (r *Reconciler) unread(ctx context.Context, wrong error) error {
	text := ""
	var problems manifest.Problems
	switch {
	case errors.As(wrong, &problems):
		text = problems[:min(len(problems), problemsTold)].Error()
		if more := len(problems) - problemsTold; more > 0 {
			text += fmt.Sprintf("\nand %d more", more)
		}
	case wrong != nil:
		r.set, r.mark = nil, ""
		text = wrong.Error()
	}
	if text != "" && text != r.problem && r.Log != nil {
		r.Log.Error("manifests cannot be read; nothing of them is applied", "problems", text)
	}
	r.problem = text
	return r.Declared.Unread(ctx, Source, text)
}

// problemsTold is how many problems are told at once.
const problemsTold = 20

// tell logs what was done: how much, and never to whom.
func (r *Reconciler) tell(p *declared.Plan) {
	if r.Log == nil {
		return
	}
	drifted, left, refused := 0, 0, 0
	for i := range p.Steps {
		s := &p.Steps[i]
		switch {
		case s.Drift:
			drifted++
		case s.Action == declared.Leave && len(s.Reasons) == 0:
			left++
		case len(s.Reasons) > 0 && !s.Told:
			refused++
		}
	}
	gone := declared.Gone{}
	if p.Gone != nil {
		gone = *p.Gone
	}
	if gone != r.gone && gone.Leaving > 0 {
		r.Log.Error("too many people have gone from the manifests; nobody is deactivated", "gone", gone.Leaving, "of", gone.Whole)
	}
	if r.gone = gone; refused > 0 {
		r.Log.Warn("objects of manifests are refused; /system/declared says why", "refused", refused)
	}
	if done := p.Count(declared.Create) + p.Count(declared.Change) + p.Count(declared.Take) + left + p.Count(declared.Release); done > 0 {
		r.Log.Info("the practice was made to agree with manifests", "created", p.Count(declared.Create), "changed", p.Count(declared.Change),
			"left", left, "released", p.Count(declared.Release), "drifted", drifted)
	}
}

// fingerprint is another one as soon as any file below a directory is, or is another file. Links are followed: those of a mounted ConfigMap lead
// elsewhere when it changes.
func fingerprint(dir string) (string, error) {
	sum := fnv.New128a()
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path != "." && strings.HasPrefix(e.Name(), "."):
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		case e.IsDir():
			return nil
		}
		file, err := filepath.EvalSymlinks(filepath.Join(dir, path))
		if err != nil {
			return err
		}
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(sum, "%s\x00%s\x00%d\x00%d\x00", path, file, info.Size(), info.ModTime().UnixNano())
		return nil
	})
	return strconv.Itoa(sum.Size()) + string(sum.Sum(nil)), err
}
