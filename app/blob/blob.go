// Package blob keeps objects: bytes under a key, in S3 or in a directory.
//
// Both keep the same promises, and one suite of tests (TestStore) holds them to it. What must never come in: who may see
// an object (web asks that), what an object means (staff and the pictures reconciler know), or any text a person typed.
// Keys are made by us from ids (ASVS 5.3.2); a key of another shape is refused before anything is touched.
//
// # The two stores
//
//	dir:PATH                                           one machine; the default
//	s3://BUCKET?endpoint=URL&region=NAME&path_style=BOOL  many machines; any S3-compatible server
//
// The directory is opened as an [os.Root]: neither a key nor a symbolic link leads out of it. A write goes to a temporary
// file, is flushed to the disk, and is then renamed, so that a reader or a crash finds the old object or the new one,
// never half of one.
//
// # What S3 clients need to know of other servers
//
// Since 2025 the SDK adds a CRC32 trailer to every upload and asks for one on every download; several S3-compatible
// servers refuse the trailer. Both are set to "when required". Objects are deleted one by one: the batch call needs a
// body checksum that the same servers disagree about, and a picture has three objects.
//
// # When a server hangs
//
// The first who needs it waits (seconds, see patience in bucket.go); all others are told *fault.Unavailable at once, until
// the server answers a question that is asked in the background every two seconds (breaker.go). So a page whose pictures
// cannot be had shows initials, and does not hold its reader up.
//
// # Where credentials come from
//
// From [Credentials] when they are given, otherwise from where the place we run in puts them (amazon), in the SDK's own order:
// AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a web identity token (IRSA on Kubernetes), the container's endpoint (ECS,
// EKS Pod Identity), the EC2 instance. Profiles in files, single sign-on and helper processes belong to a person's
// laptop and are left out: the SDK's config package that brings them costs 2.1 MB more. Stripped sizes of a program
// with net/http and html/template on linux/amd64 (html/template makes the linker keep every exported method, so the
// figures without it would flatter), SDK s3 v1.114.8:
//
//	without S3                               8.86 MB
//	S3, key and secret only                 15.27 MB
//	S3, and web identity                    15.91 MB
//	S3, and web identity, container, EC2    16.04 MB   ← this package
//	S3, and config.LoadDefaultConfig        18.16 MB
//
// (go build -trimpath -ldflags='-s -w' of five mains that differ in these lines only.)
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"chancery/app/amazon"
	"chancery/app/fault"
)

// Store keeps objects. It is safe for use by many goroutines.
//
// Every method refuses a malformed key with [ErrKey]. When the store cannot be reached, or refuses us, the error is a
// *fault.Unavailable and nothing was changed that the caller could see half-done; when ctx was cancelled by the caller it is ctx's error.
type Store interface {
	// Put stores body under key, whole or not at all, in place of what was there. The content type must be the one that
	// the key's extension says, see [TypeOf]: the directory has no other place to keep it, and an object whose name and
	// type disagree is one a browser may misread (ASVS 5.3.1).
	Put(ctx context.Context, key string, body []byte, contentType string) error

	// Get opens the object; the caller closes its body. A missing key is fault.ErrNotFound. Reading the body may fail
	// with *fault.Unavailable too.
	Get(ctx context.Context, key string) (Object, error)

	// Delete removes the objects; a missing one is no error. It stops at the first failure and may be called again.
	Delete(ctx context.Context, keys ...string) error

	// List calls each for every object whose key begins with prefix, in no promised order, until each returns an error,
	// which List then returns as it is. The object at hand may be deleted from within each.
	List(ctx context.Context, prefix string, each func(Info) error) error

	// Ready tells whether the store answers and is ours to use.
	Ready(ctx context.Context) error
}

// Object is a stored object, opened for reading.
type Object struct {
	Body        io.ReadCloser
	Size        int64  // in bytes
	ContentType string // a media type
	ETag        string // strong, with its quotes, as in a header
}

// Info says what a listing knows of an object.
type Info struct {
	Key      string
	Size     int64     // in bytes
	Modified time.Time // UTC
}

// Credentials are an explicit key and secret for S3. The zero value means: from the place we run in.
type Credentials = amazon.Credentials

// Open opens the store a URL names; see [Check] for its shape. A directory is created if need be; S3 is not spoken to
// until it is used, so that a server that is down does not keep the house shut. While ctx lasts, a server that stops to
// answer is asked in the background until it answers again, and nobody waits for it meanwhile.
func Open(ctx context.Context, url string, secrets Credentials) (Store, error) {
	place, err := parse(url)
	if err != nil {
		return nil, err
	}
	if place.dir != "" {
		return openDirectory(place.dir)
	}
	return openBucket(ctx, place, secrets, patience)
}

// ErrKey says that a key is not of the shape we make. It is a mistake of ours, never of the person at the browser.
var ErrKey = errors.New("not a key of ours")

// maxKey is well under S3's 1,024 bytes and the 4,096 of a path.
const maxKey = 512

// checkKey lets pass only what we generate ourselves: parts of a-z, A-Z, 0-9, "-", "_" and ".", joined by single
// slashes. So there is no "..", no leading slash, no control character, and nothing a server could decode twice. A part
// does not begin with a dot: those names are the directory's own.
func checkKey(key string) error {
	if key == "" || len(key) > maxKey {
		return fmt.Errorf("%w: %d bytes long", ErrKey, len(key))
	}
	for part := range strings.SplitSeq(key, "/") {
		if part == "" || part[0] == '.' || !plain(part) {
			return fmt.Errorf("%w: %q", ErrKey, key)
		}
	}
	return nil
}

// checkPrefix is checkKey for the beginning of a key, which may be empty and may end anywhere.
func checkPrefix(prefix string) error {
	if prefix == "" {
		return nil
	}
	return checkKey(strings.TrimSuffix(prefix, "/"))
}

func plain(part string) bool {
	for _, c := range []byte(part) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return true
}

// TypeOf is the content type of a key, by its extension. The list is ours and short: the machine's own list differs from
// one machine to the next.
func TypeOf(key string) string {
	switch path.Ext(key) {
	case ".jpg":
		return "image/jpeg"
	case ".png":
		return "image/png"
	case ".webp":
		return "image/webp"
	case ".json":
		return "application/json"
	case ".txt":
		return "text/plain; charset=utf-8"
	default:
		return "application/octet-stream"
	}
}

// checkPut is what both stores ask before they write.
func checkPut(key, contentType string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if contentType != TypeOf(key) {
		return fmt.Errorf("blob: %q is to be %s by its name, not %s", key, TypeOf(key), contentType)
	}
	return nil
}

// unavailable turns a store's error into the house's. A caller who hung up is told so, not that the store is down.
func unavailable(ctx context.Context, verb string, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("blob: %s: %w", verb, ctx.Err())
	}
	return &fault.Unavailable{Message: fault.M("blob.unavailable"), Cause: fmt.Errorf("%s: %w", verb, err)}
}
