package blob

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
	"time"

	"chancery/app/fault"
)

// temporary holds what is being written. It stands within the root, hence on the same disk, so that a rename out of it
// is one step; no key can name it, as no part of a key begins with a dot.
const temporary = ".writing"

// abandoned is how old a temporary file must be to be swept at the next opening: its writer was killed. A write of ours
// takes well under a second; another process may be at it now.
const abandoned = time.Hour

// directory keeps each object in a file whose path is its key.
type directory struct {
	root *os.Root
}

func openDirectory(name string) (*directory, error) {
	// Pictures of people: for nobody else on the machine.
	if err := os.MkdirAll(name, 0o700); err != nil {
		return nil, fmt.Errorf("blob: make the directory: %w", err)
	}
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, fmt.Errorf("blob: open the directory: %w", err)
	}
	d := &directory{root: root}
	if err := d.sweep(time.Now().Add(-abandoned)); err != nil {
		return nil, fmt.Errorf("blob: prepare the directory: %w", err)
	}
	return d, nil
}

// sweep makes the temporary folder and removes what was left in it before a moment.
func (d *directory) sweep(before time.Time) error {
	if err := d.root.MkdirAll(temporary, 0o700); err != nil {
		return err
	}
	left, err := fs.ReadDir(d.root.FS(), temporary)
	if err != nil {
		return err
	}
	for _, entry := range left {
		info, err := entry.Info()
		if err != nil || !info.ModTime().Before(before) {
			continue // gone meanwhile, or being written
		}
		if err := d.root.Remove(path.Join(temporary, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (d *directory) Put(ctx context.Context, key string, body []byte, contentType string) error {
	if err := checkPut(key, contentType); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("blob: put: %w", err)
	}
	if err := d.put(key, body); err != nil {
		return unavailable(ctx, "put", err)
	}
	return nil
}

// put writes aside, flushes, renames, and flushes the folders: only then does a power cut leave the object there.
func (d *directory) put(key string, body []byte) (err error) {
	aside := path.Join(temporary, rand.Text())
	if err := d.write(aside, body); err != nil {
		_ = d.root.Remove(aside)
		return err
	}
	for range 5 {
		if err = d.root.MkdirAll(path.Dir(key), 0o700); err != nil {
			continue
		}
		if err = d.root.Rename(aside, key); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		// A Delete next door took the empty folder between these two steps.
	}
	if err != nil {
		_ = d.root.Remove(aside)
		return err
	}
	for folder := path.Dir(key); ; folder = path.Dir(folder) {
		if err := d.flush(folder); err != nil || folder == "." {
			return err
		}
	}
}

func (d *directory) write(name string, body []byte) error {
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(body)
	return errors.Join(err, f.Sync(), f.Close())
}

func (d *directory) flush(folder string) error {
	f, err := d.root.Open(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // the object was deleted again, and its folder with it
	}
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (d *directory) Get(ctx context.Context, key string) (Object, error) {
	if err := checkKey(key); err != nil {
		return Object{}, err
	}
	if err := ctx.Err(); err != nil {
		return Object{}, fmt.Errorf("blob: get: %w", err)
	}
	object, err := d.get(key)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Object{}, fmt.Errorf("blob: %s: %w", key, fault.ErrNotFound)
	case err != nil:
		return Object{}, unavailable(ctx, "get", err)
	}
	return object, nil
}

// get reads the file twice, first for its ETag: times of files are too coarse to tell two quick writes apart. A file is
// only ever replaced, so the one that was opened stays as it is.
func (d *directory) get(key string) (_ Object, err error) {
	f, err := d.root.Open(key)
	if err != nil {
		if blocked(err) {
			err = fs.ErrNotExist
		}
		return Object{}, err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return Object{}, err
	}
	if !info.Mode().IsRegular() {
		return Object{}, fs.ErrNotExist // a folder: the beginning of other keys
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return Object{}, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return Object{}, err
	}
	return Object{
		Body:        f,
		Size:        info.Size(),
		ContentType: TypeOf(key),
		ETag:        `"` + hex.EncodeToString(sum.Sum(nil)[:16]) + `"`,
	}, nil
}

func (d *directory) Delete(ctx context.Context, keys ...string) error {
	for _, key := range keys {
		if err := checkKey(key); err != nil {
			return err
		}
	}
	for _, key := range keys {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("blob: delete: %w", err)
		}
		if err := d.delete(key); err != nil {
			return unavailable(ctx, "delete", err)
		}
	}
	return nil
}

// delete removes the file, then the folders it leaves empty: there is one for each picture there ever was.
func (d *directory) delete(key string) error {
	switch info, err := d.root.Lstat(key); {
	case errors.Is(err, fs.ErrNotExist) || blocked(err):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return nil // the beginning of other keys, not a key
	}
	if err := d.root.Remove(key); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for folder := path.Dir(key); folder != "."; folder = path.Dir(folder) {
		if d.root.Remove(folder) != nil {
			break // not empty
		}
	}
	return nil
}

func (d *directory) List(ctx context.Context, prefix string, each func(Info) error) error {
	if err := checkPrefix(prefix); err != nil {
		return err
	}
	// The walk starts at the deepest folder that the prefix names in full; the rest of it is compared.
	start := path.Dir(prefix + "x")
	var stopped error
	err := fs.WalkDir(d.root.FS(), start, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			stopped = fmt.Errorf("blob: list: %w", ctx.Err())
			return stopped
		case errors.Is(err, fs.ErrNotExist) || blocked(err):
			return nil // deleted while we walk
		case err != nil:
			return err
		case entry.IsDir() && name == temporary:
			return fs.SkipDir
		case !entry.Type().IsRegular() || !strings.HasPrefix(name, prefix):
			return nil
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		stopped = each(Info{Key: name, Size: info.Size(), Modified: info.ModTime().UTC().Truncate(time.Microsecond)})
		return stopped
	})
	if stopped != nil {
		return stopped
	}
	if err != nil {
		return unavailable(ctx, "list", err)
	}
	return nil
}

// Ready writes a few bytes and takes them away again: a disk that is full or read-only shows only so.
func (d *directory) Ready(ctx context.Context) error {
	name := path.Join(temporary, rand.Text())
	err := d.write(name, bytes.Repeat([]byte{'.'}, 512))
	if err = errors.Join(err, d.root.Remove(name)); err != nil {
		return unavailable(ctx, "ready", err)
	}
	return nil
}

// blocked tells that a part of the path is a file: "a/b" was asked for, and "a" is an object.
func blocked(err error) bool { return errors.Is(err, syscall.ENOTDIR) }
