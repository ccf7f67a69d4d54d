package blob

import (
	"context"
	"errors"
	"io"
	"os"
	"path"

	"chancery/app/fault"
)

// Copy writes all objects of a store into a folder as the store "dir:" keeps them; the folder is made if need be. Of what is written or deleted
// while it copies, each object is there whole or not at all.
func Copy(ctx context.Context, from Store, folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	return from.List(ctx, "", func(i Info) error {
		object, err := from.Get(ctx, i.Key)
		switch {
		case errors.Is(err, fault.ErrNotFound), errors.Is(err, ErrKey): // deleted since it was listed; somebody else's file
			return nil
		case err != nil:
			return err
		}
		return errors.Join(write(root, i.Key, object.Body), object.Body.Close())
	})
}

func write(root *os.Root, key string, body io.Reader) error {
	if err := root.MkdirAll(path.Dir(key), 0o700); err != nil {
		return err
	}
	f, err := root.OpenFile(key, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, body)
	return errors.Join(err, f.Close())
}
