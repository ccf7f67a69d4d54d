package main

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"chancery/app/blob"
	"chancery/config"
)

type backupCommand struct {
	config.Flags
	To string `arg:"" placeholder:"DIR" help:"A folder that is not there yet, or is empty; - for an archive (tar) of it that goes out."`
}

// Run copies what lies on this machine into a folder, while a server runs on it: the SQLite database as it is at one moment, the key beside it, and
// pictures in a directory, with the sums by which chancery restore knows it as whole. Out of a container, which has no other program that could copy, it goes as an archive. What lies in Postgres and S3 is backed up by their own means.
func (c *backupCommand) Run(o *outside) error {
	s, err := understand(c.Flags, o)
	if err != nil {
		return err
	}
	path, ok := strings.CutPrefix(s.Database, "sqlite:")
	if !ok {
		return errors.New("only SQLite is backed up here; with Postgres: pg_dump --format=custom --file=chancery.dump \"$CHANCERY_DATABASE\"")
	}
	if _, err := os.Stat(path); err != nil { // which opening would make
		return fmt.Errorf("there is no database: %w", err)
	}
	archive := c.To == "-"
	if archive { // beside the database: there is room for as much, and nobody else may enter
		if c.To, err = os.MkdirTemp(filepath.Dir(path), "backup-"); err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(c.To) }()
	}
	if pictures, ok := strings.CutPrefix(s.Blobs, "dir:"); ok && within(c.To, pictures) {
		return fmt.Errorf("%s lies among the pictures, with which the next backup would copy it: choose another folder", c.To)
	}
	if err := emptyFolder(c.To); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGPIPE) // whoever hangs up while an archive goes out leaves nothing behind
	defer stop()
	if err := c.fill(ctx, s, path, o.err); err != nil {
		if archive {
			return err
		}
		return fmt.Errorf("%w; what %s holds is no backup: remove it", err, c.To)
	}
	if archive {
		w := tar.NewWriter(o.out)
		return errors.Join(w.AddFS(os.DirFS(c.To)), w.Close())
	}
	_, err = fmt.Fprintf(o.out, "%s holds the practice as it is now. To restore it: chancery restore %s\n", c.To, c.To)
	return err
}

// fill copies what there is, and seals it.
func (c *backupCommand) fill(ctx context.Context, s config.Settings, path string, log io.Writer) error {
	h, err := open(ctx, s, newLog(s.LogFormat, log))
	if err != nil {
		return err
	}
	defer func() { _ = h.close() }()
	if err := h.db.Backup(ctx, filepath.Join(c.To, databaseFile)); err != nil {
		return err
	}
	if err := os.Chmod(filepath.Join(c.To, databaseFile), 0o600); err != nil {
		return err
	}
	if s.SecretKey == "" {
		b, err := os.ReadFile(filepath.Join(filepath.Dir(path), keyFile))
		if err == nil {
			err = os.WriteFile(filepath.Join(c.To, keyFile), b, 0o600)
		}
		if err != nil {
			return fmt.Errorf("secret key: %w", err)
		}
	}
	// After the database: a picture that it names is there, since pictures are written before they are named.
	if strings.HasPrefix(s.Blobs, "dir:") {
		if err := blob.Copy(ctx, h.blobs, filepath.Join(c.To, pictureFolder)); err != nil {
			return fmt.Errorf("pictures: %w", err)
		}
	}
	return seal(c.To)
}

// emptyFolder makes a folder that only its owner may enter, or takes one that is empty.
func emptyFolder(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	there, err := os.ReadDir(path)
	if err == nil && len(there) > 0 {
		return fmt.Errorf("%s is not empty: a backup overwrites nothing", path)
	}
	return err
}

// within tells whether a path is a folder or lies in it.
func within(path, folder string) bool {
	path, err := filepath.Abs(path)
	if err != nil {
		return false
	}
	if folder, err = filepath.Abs(folder); err != nil {
		return false
	}
	rest, err := filepath.Rel(folder, path)
	return err == nil && filepath.IsLocal(rest)
}
