package blob

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/apptest/s3test"
	"chancery/app/fault"
)

// TestStore holds both stores to the same promises: the directory, and S3 on a real server (D-3).
func TestStore(t *testing.T) {
	stores := map[string]func(t *testing.T) Store{
		"directory": func(t *testing.T) Store { return open(t, "dir:"+t.TempDir(), Credentials{}) },
		"s3": func(t *testing.T) Store {
			url, secrets := s3test.Start(t)
			return open(t, url, Credentials(secrets))
		},
	}
	promises := map[string]func(t *testing.T, s Store){
		"what was put is got":                 whatWasPutIsGot,
		"put replaces":                        putReplaces,
		"a missing key is not found":          missingIsNotFound,
		"a deleted object is gone":            deletedIsGone,
		"listing finds all under a prefix":    listingFindsAll,
		"listing goes beyond one page":        listingGoesOn,
		"what is listed may be deleted":       listedMayBeDeleted,
		"a listing stops when told":           listingStops,
		"keys not of our making are refused":  foreignKeysAreRefused,
		"a type must be that of the key":      typeIsThatOfTheKey,
		"many may use it at once":             manyAtOnce,
		"a caller who hung up is not blamed":  hungUpIsNotAnOutage,
		"a store that answers is ready":       answeringIsReady,
		"an empty object is an object":        emptyIsAnObject,
		"a picture of the largest size is ok": largestIsKept,
		"a copy is a store of the same":       copyIsTheSame,
	}
	for name, start := range stores {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			for promise, holds := range promises {
				t.Run(promise, func(t *testing.T) {
					t.Cleanup(func() { wipe(t, s) })
					holds(t, s)
				})
			}
		})
	}
}

func whatWasPutIsGot(t *testing.T, s Store) {
	before := time.Now().Add(-2 * time.Second)
	put(t, s, "pictures/01/64.jpg", "a picture", "image/jpeg")
	object, body := get(t, s, "pictures/01/64.jpg")
	if body != "a picture" || object.Size != int64(len(body)) {
		t.Errorf("got %q of size %d", body, object.Size)
	}
	if object.ContentType != "image/jpeg" {
		t.Errorf("content type %q, want the one that was put", object.ContentType)
	}
	if len(object.ETag) < 10 || !strings.HasPrefix(object.ETag, `"`) || !strings.HasSuffix(object.ETag, `"`) {
		t.Errorf("ETag %s is not a strong one with its quotes", object.ETag)
	}
	listed := list(t, s, "pictures/01/")
	if len(listed) != 1 || listed[0].Size != 9 || listed[0].Modified.Before(before) || listed[0].Modified.Location() != time.UTC {
		t.Errorf("listed as %+v", listed)
	}
}

func putReplaces(t *testing.T, s Store) {
	put(t, s, "a.txt", "one", TypeOf("a.txt"))
	first, _ := get(t, s, "a.txt")
	put(t, s, "a.txt", "two", TypeOf("a.txt")) // as long, and within the same tick of a file's clock
	second, body := get(t, s, "a.txt")
	if body != "two" {
		t.Errorf("got %q after it was replaced", body)
	}
	if first.ETag == second.ETag {
		t.Errorf("another content has the same ETag %s", first.ETag)
	}
}

func missingIsNotFound(t *testing.T, s Store) {
	put(t, s, "there/it.jpg", "x", "image/jpeg")
	for _, key := range []string{"nowhere", "there", "there/is/none.jpg", "there/it.jpg/not"} {
		object, err := s.Get(t.Context(), key)
		if !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("%s: %v, want not found", key, err)
		}
		if err == nil {
			_ = object.Body.Close()
		}
	}
}

func deletedIsGone(t *testing.T, s Store) {
	put(t, s, "p/1/64.jpg", "x", "image/jpeg")
	put(t, s, "p/1/256.jpg", "x", "image/jpeg")
	put(t, s, "p/2/64.jpg", "x", "image/jpeg")
	if err := s.Delete(t.Context(), "p/1/64.jpg", "p/1/never-was.jpg", "p/1/256.jpg"); err != nil {
		t.Fatalf("a missing key among them: %v", err)
	}
	if err := s.Delete(t.Context(), "p/1/64.jpg"); err != nil {
		t.Fatalf("again: %v", err)
	}
	if err := s.Delete(t.Context(), "p"); err != nil {
		t.Fatalf("the beginning of a key: %v", err)
	}
	if err := s.Delete(t.Context()); err != nil {
		t.Fatalf("none: %v", err)
	}
	if got := keys(list(t, s, "")); !slices.Equal(got, []string{"p/2/64.jpg"}) {
		t.Errorf("left: %v", got)
	}
}

func listingFindsAll(t *testing.T, s Store) {
	for _, key := range []string{"p/a/1.jpg", "p/a/2.jpg", "p/ab/1.jpg", "p/b.jpg", "q/a/1.jpg"} {
		put(t, s, key, "x", "image/jpeg")
	}
	for prefix, want := range map[string][]string{
		"":        {"p/a/1.jpg", "p/a/2.jpg", "p/ab/1.jpg", "p/b.jpg", "q/a/1.jpg"},
		"p":       {"p/a/1.jpg", "p/a/2.jpg", "p/ab/1.jpg", "p/b.jpg"},
		"p/":      {"p/a/1.jpg", "p/a/2.jpg", "p/ab/1.jpg", "p/b.jpg"},
		"p/a":     {"p/a/1.jpg", "p/a/2.jpg", "p/ab/1.jpg"},
		"p/a/":    {"p/a/1.jpg", "p/a/2.jpg"},
		"p/a/2":   {"p/a/2.jpg"},
		"p/b.jpg": {"p/b.jpg"},
		"none/":   {},
		"none":    {},
	} {
		if got := keys(list(t, s, prefix)); !slices.Equal(got, want) {
			t.Errorf("under %q: %v, want %v", prefix, got, want)
		}
	}
}

// listingGoesOn: S3 gives a thousand at a time.
func listingGoesOn(t *testing.T, s Store) {
	const n = 1005
	each(n, func(i int) { put(t, s, fmt.Sprintf("many/%04d", i), "x", TypeOf("")) })
	if got := keys(list(t, s, "many/")); len(slices.Compact(got)) != n {
		t.Errorf("listed %d of %d", len(got), n)
	}
}

func listedMayBeDeleted(t *testing.T, s Store) {
	for _, key := range []string{"p/1/a.jpg", "p/1/b.jpg", "p/2/a.jpg", "p/3.jpg"} {
		put(t, s, key, "x", "image/jpeg")
	}
	err := s.List(t.Context(), "p/", func(i Info) error { return s.Delete(t.Context(), i.Key) })
	if err != nil {
		t.Fatal(err)
	}
	if left := list(t, s, ""); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func listingStops(t *testing.T, s Store) {
	put(t, s, "1", "x", TypeOf(""))
	put(t, s, "2", "x", TypeOf(""))
	enough, seen := errors.New("enough"), 0
	err := s.List(t.Context(), "", func(Info) error { seen++; return enough })
	if !errors.Is(err, enough) || seen != 1 {
		t.Errorf("%v after %d, want it to stop at the first", err, seen)
	}
}

// foreignKeysAreRefused proves ASVS 5.3.2.
func foreignKeysAreRefused(t *testing.T, s Store) {
	for _, key := range []string{
		"", "/", "/etc/passwd", "a//b", "a/", "..", "../a", "a/../b", "a/..", ".", "./a", ".writing/a", "a/.hidden",
		"a\x00b", "a\nb", "a\x7fb", "a b", "a%2e%2e", `a\b`, "a?b", "a#b", "Zoë.jpg", strings.Repeat("a", maxKey+1),
	} {
		_, getting := s.Get(t.Context(), key)
		for verb, err := range map[string]error{
			"put":    s.Put(t.Context(), key, []byte("x"), TypeOf(key)),
			"get":    getting,
			"delete": s.Delete(t.Context(), "fine.jpg", key),
		} {
			if !errors.Is(err, ErrKey) {
				t.Errorf("%s %q: %v, want a refusal", verb, key, err)
			}
		}
		if key == "" || key == "a/" {
			continue // these begin keys of ours
		}
		if err := s.List(t.Context(), key, func(Info) error { return nil }); !errors.Is(err, ErrKey) {
			t.Errorf("list %q: %v, want a refusal", key, err)
		}
	}
}

// typeIsThatOfTheKey proves ASVS 5.3.1: nothing is stored as a picture that does not say so in its name.
func typeIsThatOfTheKey(t *testing.T, s Store) {
	for key, contentType := range map[string]string{"a.jpg": "text/html", "a.txt": "text/html", "a": "image/jpeg", "a.html": "text/html"} {
		if err := s.Put(t.Context(), key, []byte("x"), contentType); err == nil {
			t.Errorf("%s was stored as %s", key, contentType)
		}
	}
	if left := list(t, s, ""); len(left) != 0 {
		t.Errorf("stored all the same: %v", left)
	}
}

func manyAtOnce(t *testing.T, s Store) {
	each(64, func(i int) {
		key := fmt.Sprintf("p/%d/%d.jpg", i%4, i)
		put(t, s, key, key, "image/jpeg")
		put(t, s, "p/shared.txt", strings.Repeat(string(rune('a'+i%26)), 10_000), TypeOf("a.txt"))
		if _, body := get(t, s, key); body != key {
			t.Errorf("%s holds %q", key, body)
		}
		if _, body := get(t, s, "p/shared.txt"); strings.Trim(body, body[:1]) != "" || len(body) != 10_000 {
			t.Error("a mixture of two writes was read")
		}
		if err := s.Delete(t.Context(), key); err != nil {
			t.Error(err)
		}
	})
}

func hungUpIsNotAnOutage(t *testing.T, s Store) {
	ctx, cancel := context.WithCancel(t.Context())
	put(t, s, "a.jpg", "x", "image/jpeg")
	cancel()
	_, getting := s.Get(ctx, "a.jpg")
	for verb, err := range map[string]error{
		"put":    s.Put(ctx, "b.jpg", []byte("x"), "image/jpeg"),
		"get":    getting,
		"delete": s.Delete(ctx, "a.jpg"),
		"list":   s.List(ctx, "", func(Info) error { return nil }),
	} {
		if !errors.Is(err, context.Canceled) || isUnavailable(err) {
			t.Errorf("%s: %v, want the caller's own end", verb, err)
		}
	}
}

func answeringIsReady(t *testing.T, s Store) {
	if err := s.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	if left := list(t, s, ""); len(left) != 0 {
		t.Errorf("asking left something: %v", left)
	}
}

func emptyIsAnObject(t *testing.T, s Store) {
	put(t, s, "empty.txt", "", TypeOf("empty.txt"))
	if object, body := get(t, s, "empty.txt"); body != "" || object.Size != 0 {
		t.Errorf("%d bytes: %q", object.Size, body)
	}
}

func largestIsKept(t *testing.T, s Store) {
	body := strings.Repeat("0123456789abcdef", 5<<20/16)
	put(t, s, "large.jpg", body, "image/jpeg")
	if _, got := get(t, s, "large.jpg"); got != body {
		t.Error("5 MiB came back changed")
	}
}

// restless deletes an object between its being listed and its being got.
type restless struct {
	Store
	loses string
}

func (s restless) List(ctx context.Context, prefix string, each func(Info) error) error {
	return s.Store.List(ctx, prefix, func(i Info) error {
		if i.Key == s.loses {
			if err := s.Delete(ctx, i.Key); err != nil {
				return err
			}
		}
		return each(i)
	})
}

func copyIsTheSame(t *testing.T, s Store) {
	for _, key := range []string{"a.txt", "p/1/64.jpg", "p/1/512.jpg", "p/2/64.jpg", "z.json"} {
		put(t, s, key, "this is "+key, TypeOf(key))
	}
	if d, ok := s.(*directory); ok { // an upload that goes on meanwhile
		if err := d.write(temporary+"/half", []byte("ha")); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = d.root.Remove(temporary + "/half") })
	}
	folder := t.TempDir() + "/copy"
	if err := Copy(t.Context(), restless{s, "p/1/64.jpg"}, folder); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 3 {
		t.Errorf("the folder holds %v, %v", left, err)
	}
	there := open(t, "dir:"+folder, Credentials{})
	if got, want := keys(list(t, there, "")), []string{"a.txt", "p/1/512.jpg", "p/2/64.jpg", "z.json"}; !slices.Equal(got, want) {
		t.Errorf("copied %v, want %v", got, want)
	}
	if _, body := get(t, there, "p/2/64.jpg"); body != "this is p/2/64.jpg" {
		t.Errorf("copied %q", body)
	}
	if err := Copy(t.Context(), s, folder); !errors.Is(err, os.ErrExist) {
		t.Errorf("a copy onto another: %v", err)
	}
}
