package blob

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"

	"chancery/app/fault"
)

func open(t *testing.T, url string, secrets Credentials) Store {
	t.Helper()
	s, err := Open(t.Context(), url, secrets)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t *testing.T, s Store, key, body, contentType string) {
	t.Helper()
	if err := s.Put(t.Context(), key, []byte(body), contentType); err != nil {
		t.Errorf("put %s: %v", key, err)
	}
}

func get(t *testing.T, s Store, key string) (Object, string) {
	t.Helper()
	object, err := s.Get(t.Context(), key)
	if err != nil {
		t.Errorf("get %s: %v", key, err)
		return Object{}, " "
	}
	body, err := io.ReadAll(object.Body)
	if err = errors.Join(err, object.Body.Close()); err != nil {
		t.Errorf("read %s: %v", key, err)
	}
	return object, string(bytes.Clone(body))
}

func list(t *testing.T, s Store, prefix string) []Info {
	t.Helper()
	var found []Info
	if err := s.List(t.Context(), prefix, func(i Info) error { found = append(found, i); return nil }); err != nil {
		t.Fatalf("list %q: %v", prefix, err)
	}
	return found
}

func keys(found []Info) []string {
	names := []string{}
	for _, i := range found {
		names = append(names, i.Key)
	}
	slices.Sort(names)
	return names
}

func wipe(t *testing.T, s Store) {
	err := s.List(context.Background(), "", func(i Info) error { return s.Delete(context.Background(), i.Key) })
	if err != nil {
		t.Errorf("wipe: %v", err)
	}
}

func each(n int, do func(i int)) {
	var group sync.WaitGroup
	gate := make(chan struct{}, 16)
	for i := range n {
		gate <- struct{}{}
		group.Go(func() {
			defer func() { <-gate }()
			do(i)
		})
	}
	group.Wait()
}

func isUnavailable(err error) bool {
	var u *fault.Unavailable
	return errors.As(err, &u) && u.Message.Key == "blob.unavailable"
}
