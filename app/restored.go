package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"chancery/app/access"
	"chancery/app/store"
	"chancery/config"
)

// takeRestored puts a backup that lies ready (chancery restore) in the place of what is there, before the database is opened. What is there is kept. The database
// comes last: as long as it has not been put in place, a start that was cut short goes on where the one before ended. done is what is left to do once the
// database is open, nil where nothing was restored.
func takeRestored(ctx context.Context, s config.Settings) (done func(context.Context, *house) error, err error) {
	path, ok := strings.CutPrefix(s.Database, "sqlite:")
	if !ok {
		return nil, nil
	}
	ready, err := readyBackup(filepath.Dir(path))
	if err != nil || ready == "" {
		return nil, err
	}
	before := beforeOf(ready)
	if err := takeFrom(ctx, ready, before, path, strings.TrimPrefix(s.Blobs, "dir:")); err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	return func(ctx context.Context, h *house) error {
		if err := h.signin.AfterRestore(ctx, access.System("operator")); err != nil {
			return fmt.Errorf("restore: %w", err)
		}
		h.log.Info("a backup was restored", "before", before)
		return os.RemoveAll(ready)
	}, nil
}

func takeFrom(ctx context.Context, ready, before, database, pictures string) error {
	if !there(filepath.Join(ready, databaseFile)) {
		return nil // it is in place, and all else was before
	}
	if err := same(os.DirFS(ready)); err != nil {
		return err
	}
	if there(database) {
		if err := store.Alone(ctx, database); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(before, 0o700); err != nil {
		return err
	}
	for _, one := range []struct{ from, to string }{
		{pictureFolder, pictures}, {keyFile, filepath.Join(filepath.Dir(database), keyFile)}, {"", database + "-wal"}, {"", database + "-shm"}, {databaseFile, database},
	} {
		staged := filepath.Join(ready, one.from)
		if one.from != "" && !there(staged) {
			continue // it is in place already, or the backup holds none
		}
		if err := move(one.to, filepath.Join(before, filepath.Base(one.to))); err != nil {
			return err
		}
		if one.from == "" {
			continue
		}
		if err := move(staged, one.to); err != nil {
			return err
		}
	}
	return nil
}

// move renames a file or folder, where there is one; between file systems, and where a folder is a mount, by copying what is in it. Done again, it ends what it began.
func move(from, to string) error {
	if !there(from) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	if os.Rename(from, to) == nil {
		return nil
	}
	if err := copyTo(from, to); err != nil {
		return err
	}
	inside, err := os.ReadDir(from)
	if err != nil { // it is a file
		return os.Remove(from)
	}
	for _, one := range inside {
		err = errors.Join(err, os.RemoveAll(filepath.Join(from, one.Name())))
	}
	return err
}

// copyTo copies a file, or all of a folder.
func copyTo(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rest, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rest), 0o700)
		}
		if !d.Type().IsRegular() {
			return fmt.Errorf("%s: it is no file", path)
		}
		return copyFile(path, filepath.Join(to, rest))
	})
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
