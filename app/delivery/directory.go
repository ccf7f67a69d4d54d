package delivery

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// directory writes each mail as one .eml file that mail programs open. Names sort by the mails' time and end in their
// ids: 20260314T150926.535898Z-0192….eml. A file appears complete or not at all, and for the owner only (0600).
type directory struct {
	root   *os.Root
	closed atomic.Bool
}

// partial is the ending of a file being written; partialAge is when one is surely left over from a process that died.
const (
	partial    = ".part"
	partialAge = time.Hour
)

func openDirectory(path string) (*directory, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("mail: make the directory: %w", err)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("mail: open the directory: %w", err)
	}
	d := &directory{root: root}
	if err := d.sweep(); err != nil {
		root.Close()
		return nil, fmt.Errorf("mail: tidy the directory: %w", err)
	}
	return d, nil
}

// Send implements Sender. The answer is the file's name.
func (d *directory) Send(ctx context.Context, m Message) (string, error) {
	mail, err := compose(m)
	if err != nil {
		return "", err
	}
	if err := ctx.Err(); err != nil {
		return "", refusal(ctx, StageContent, err)
	}
	name := m.Date.UTC().Format("20060102T150405.000000Z") + "-" + m.ID + ".eml"
	if err := d.write(name, mail.content); err != nil {
		return "", &Refused{Stage: StageContent, Err: err}
	}
	return name, nil
}

// Ready implements Sender.
func (d *directory) Ready(context.Context) error {
	name := ".ready-" + rand.Text() + partial
	if err := d.writeFile(name, nil); err != nil {
		return &Refused{Stage: StageConnect, Err: err}
	}
	return d.root.Remove(name)
}

// Close implements Sender.
func (d *directory) Close() error {
	if d.closed.Swap(true) {
		return nil
	}
	return d.root.Close()
}

// write puts the content beside its place, makes sure that it is on the disk, and moves it there.
func (d *directory) write(name string, content []byte) error {
	beside := "." + name + "-" + rand.Text() + partial
	if err := d.writeFile(beside, content); err != nil {
		return err
	}
	if err := d.root.Rename(beside, name); err != nil {
		return errors.Join(err, d.root.Remove(beside))
	}
	dir, err := d.root.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

func (d *directory) writeFile(name string, content []byte) (err error) {
	f, err := d.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, d.root.Remove(name))
	}
	return nil
}

// sweep removes what processes that died in the middle of a file have left.
func (d *directory) sweep() error {
	entries, err := fs.ReadDir(d.root.FS(), ".")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !strings.HasPrefix(entry.Name(), ".") || !strings.HasSuffix(entry.Name(), partial) {
			continue
		}
		if time.Since(info.ModTime()) > partialAge {
			if err := d.root.Remove(entry.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}
