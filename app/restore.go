package main

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"chancery/app/store"
	"chancery/config"
)

type restoreCommand struct {
	config.Flags
	From   string `arg:"" optional:"" placeholder:"DIR" help:"A backup: its folder or its archive; - for an archive that comes in."`
	Cancel bool   `help:"Drop what lies ready, and restore nothing."`
}

// Run lays a backup ready beside the database, where it is checked file by file; the next start of the server puts it in place (takeRestored). So a practice is restored
// where nothing but this program can be run, beside a server that serves it, and a backup that is not whole changes nothing.
func (c *restoreCommand) Run(o *outside) error {
	s, err := understand(c.Flags, o)
	if err != nil {
		return err
	}
	path, ok := strings.CutPrefix(s.Database, "sqlite:")
	if !ok {
		return errors.New("only SQLite is restored here; with Postgres: pg_restore --no-owner --exit-on-error --dbname=\"$CHANCERY_DATABASE\" chancery.dump, into an empty database")
	}
	folder := filepath.Dir(path)
	ready, err := readyBackup(folder)
	switch {
	case err != nil:
		return err
	case c.Cancel && ready == "":
		return errors.New("no backup lies ready")
	case c.Cancel && there(beforeOf(ready)):
		return fmt.Errorf("it is too late: a start has begun to put the backup in place. Start the server, which ends that; what was there lies in %s", beforeOf(ready))
	case c.Cancel:
		fmt.Fprintln(o.out, "nothing is restored")
		return os.RemoveAll(ready)
	case c.From == "":
		return errors.New("say which backup: its folder, its archive, or - for an archive that comes in")
	case ready != "":
		return fmt.Errorf("a backup lies ready already, in %s: restart the server, or drop it by chancery restore --cancel", ready)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	stage, err := os.MkdirTemp(folder, "restoring-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(stage) }()
	if err = bring(c.From, stage, o.in); err == nil {
		err = whole(os.DirFS(stage))
	}
	if err == nil {
		err = fits(stage, s)
	}
	if err == nil {
		if wrong := store.Practice(context.Background(), filepath.Join(stage, databaseFile)); wrong != nil {
			err = fmt.Errorf("%s is no practice's: %w", databaseFile, wrong)
		}
	}
	if err != nil {
		return fmt.Errorf("nothing is restored: %w", err)
	}
	ready = filepath.Join(folder, readyPrefix+time.Now().UTC().Format(stampForm))
	if err := os.Rename(stage, ready); err != nil {
		return err
	}
	fmt.Fprintf(o.out, "The backup is whole and lies ready. The server takes it when it starts the next time: restart it now. What is there until then is kept in %s.\n",
		beforeOf(ready))
	return nil
}

// bring puts what a backup is said to hold into a folder, for nobody else on the machine: the key is in it.
func bring(from, folder string, in io.Reader) error {
	if from == "-" {
		return unpack(folder, in)
	}
	from, err := filepath.EvalSymlinks(from)
	if err != nil {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if info.IsDir() {
		if _, err := listed(os.DirFS(from)); err != nil { // before a folder is copied that holds all the data, and this copy
			return err
		}
		return copyTo(from, folder)
	}
	archive, err := os.Open(from)
	if err != nil {
		return err
	}
	defer archive.Close()
	return unpack(folder, archive)
}

// fits returns an error where the practice that a backup holds could not be opened with these settings.
func fits(stage string, s config.Settings) error {
	_, keyErr := os.Stat(filepath.Join(stage, keyFile))
	_, picturesErr := os.Stat(filepath.Join(stage, pictureFolder))
	switch {
	case keyErr != nil && s.SecretKey == "":
		return errors.New("the backup holds no secret key: it was set by CHANCERY_SECRET_KEY where the backup was made, and has to be the same here")
	case keyErr == nil && s.SecretKey != "":
		return errors.New("the backup holds its own secret key, and CHANCERY_SECRET_KEY sets another: what is sealed with it would not open")
	case picturesErr == nil && !strings.HasPrefix(s.Blobs, "dir:"):
		return errors.New("the backup holds pictures, and CHANCERY_BLOBS is no directory")
	}
	return nil
}

// unpack writes an archive's files into a folder, and nothing outside it.
func unpack(folder string, from io.Reader) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close()
	for archive := tar.NewReader(from); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("archive: %w", err)
		}
		name := filepath.Clean(filepath.FromSlash(h.Name))
		switch h.Typeflag {
		case tar.TypeDir:
			err = root.MkdirAll(name, 0o700)
		case tar.TypeReg:
			err = unpackFile(root, name, archive)
		default:
			err = errors.New("it is no file")
		}
		if err != nil {
			return fmt.Errorf("archive: %s: %w", h.Name, err)
		}
	}
}

func unpackFile(root *os.Root, name string, from io.Reader) error {
	if err := root.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	return errors.Join(err, f.Close())
}

// What lies beside a database for a restore, each with the instant at which the backup was laid ready.
const (
	readyPrefix  = "restore-" // a backup that the next start puts in place
	beforePrefix = "before-"  // what was there until then
	stampForm    = "20060102T150405Z"
)

// readyBackup is the folder of a backup that lies ready, or "".
func readyBackup(folder string) (string, error) {
	found, err := filepath.Glob(filepath.Join(globless(folder), readyPrefix+"2*Z"))
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0], nil
}

// beforeOf is where what was there is kept, once a start has begun to put a backup in place.
func beforeOf(ready string) string {
	return filepath.Join(filepath.Dir(ready), beforePrefix+strings.TrimPrefix(filepath.Base(ready), readyPrefix))
}

// globless is a path that a pattern takes for itself.
func globless(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// there tells whether something is there.
func there(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
