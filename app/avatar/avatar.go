// Package avatar turns what a person uploads as their picture into what the house keeps of it: three square JPEGs, made
// by us from pixels alone. It knows nothing of users, requests or where pictures are kept; no file of a person's making
// ever goes further than this room.
//
// # What is accepted (ASVS 5.1.1)
//
//	types       JPEG, PNG, WebP (S0-7), told by their first bytes
//	extensions  .jpg .jpeg · .png · .webp; extension, declared type and content must agree (5.2.2)
//	bytes       at most 5 MiB (5.2.1); web refuses a longer body before it reads it, we stop reading at the limit
//	pixels      at most 50 megapixels and 12,000 a side, read from the header before a pixel is decoded (5.2.6),
//	            and less for the few kinds that need much memory, see below
//	motion      none: animated WebP and APNG are refused; GIF and SVG are no pictures here
//
// On refusal nothing is kept, the picture of before stays, and the person reads under the field "picture" what to do: the
// error is a *fault.Invalid with one of picture.empty, .too-large, .not-an-image, .type-mismatch, .animated,
// .too-many-pixels and .broken, with texts in views/locales. [Check] asks what can be asked of a name, a declared type and
// the first bytes; [Studio.Make] does all the rest.
//
// # What comes out
//
// Orientation is applied (EXIF 1 to 8, in all three formats), what was transparent becomes white, and the largest square in
// the middle is kept: the browser has let the person crop before. All of the file's metadata is gone, since only pixels are
// carried over (ASVS 14.2.8, 5.4.3): places, cameras, thumbnails, comments, and whatever hid behind the end of the picture.
// Colour profiles go too; a picture in a wide gamut looks slightly paler.
//
// There are always all three sizes, also from a picture of 40×40 (S0-8): it is enlarged, as a browser would enlarge it
// anyway, so that a size is what its name says and a page needs no exception. [Picture] tells the source's size to
// whoever wants to recommend a larger one.
//
// # Memory
//
// A decoder needs from 1 to 24 bytes a pixel, by format and kind. Each picture's need is estimated from its header, and all
// decodes of a [Studio] share one budget, 256 MiB unless told otherwise; they also share its places, one a processor.
// Whoever does not fit waits; a picture that could never fit is too-many-pixels. The most memory a process ever had
// resident that made one picture, the largest of its kind (5.6 MiB when it makes none), and how long that took:
//
//	JPEG, baseline        49.8 megapixels   109 MiB   0.5 s
//	JPEG, grey            49.8               85       0.3
//	JPEG, progressive     35.6              292       0.5
//	PNG, 8 bits           49.8              228       0.6
//	PNG, grey or palette  49.8               85       0.6
//	PNG, 16 bits          33.6              295       0.8
//	WebP, lossless        23.7              128       0.6
//
// (go test -run '^$' -bench Peak -benchtime 1x ./app/avatar; linux/amd64, two cores. The pictures are plain, which is
// what costs the most pixels in 5 MiB; a lossless WebP may be made to need 100 MiB more.) A container with less than
// 512 MiB should give [NewStudio] a smaller budget.
//
// Shrinking costs little beside: strips of rows are averaged down to below 2,048 pixels a side, flattened on the way, and
// only then resampled by Catmull-Rom, which would want 32 bytes for each of 512 × height pixels of the source.
package avatar

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"io"
	"runtime"

	"golang.org/x/sync/semaphore"

	"chancery/app/fault"
)

// The limits of an upload.
const (
	MaxBytes  = 5 << 20    // of the file
	MaxPixels = 50_000_000 // width × height
	MaxSide   = 12_000     // of either

	// Memory is what all decodes together may hold, in bytes, unless a Studio is told otherwise.
	Memory = 256 << 20
)

// Type is the media type of every size we make.
const Type = "image/jpeg"

// Picture is what the house keeps of an upload.
type Picture struct {
	Width, Height int            // of the source in pixels, as it is looked at: after its orientation
	Sizes         map[int][]byte // by the side of the square in pixels, 64, 256 and 512: a JPEG each
	Type          string         // of all sizes
}

// Sizes are the sides of the squares we make, in pixels, largest first.
func Sizes() []int { return []int{512, 256, 64} }

// Studio makes pictures, as many at once as the machine bears. One is shared by the whole process.
type Studio struct {
	places *semaphore.Weighted // one a decode
	memory *semaphore.Weighted // by estimate, in bytes
	budget int64
}

// NewStudio has one place a processor and so many bytes of memory for all decodes together; 0 means [Memory].
func NewStudio(memory int64) *Studio {
	if memory <= 0 {
		memory = Memory
	}
	return &Studio{
		places: semaphore.NewWeighted(int64(runtime.GOMAXPROCS(0))),
		memory: semaphore.NewWeighted(memory),
		budget: memory,
	}
}

// Make reads an upload to its end, at most [MaxBytes] of it, and makes the sizes. A picture that is not accepted is a
// *fault.Invalid on "picture". When ctx ends while it waits or decodes, the error is ctx's.
func (s *Studio) Make(ctx context.Context, r io.Reader) (Picture, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return Picture{}, fmt.Errorf("avatar: read the upload: %w", err)
	}
	facts, err := s.inspect(data)
	if err != nil {
		return Picture{}, err
	}

	// Memory first: whoever waits for much of it should not hold a place meanwhile.
	if err := s.memory.Acquire(ctx, facts.memory()); err != nil {
		return Picture{}, fmt.Errorf("avatar: wait for memory: %w", err)
	}
	defer s.memory.Release(facts.memory())
	if err := s.places.Acquire(ctx, 1); err != nil {
		return Picture{}, fmt.Errorf("avatar: wait for a place: %w", err)
	}
	defer s.places.Release(1)

	source, err := facts.format.decode(&watched{ctx: ctx, r: bytes.NewReader(data)})
	switch {
	case ctx.Err() != nil:
		return Picture{}, fmt.Errorf("avatar: decode: %w", ctx.Err())
	case err != nil || source.Bounds().Size() != (image.Point{X: facts.width, Y: facts.height}):
		return Picture{}, refuse("picture.broken")
	}
	return develop(ctx, source, facts.orientation)
}

// inspect learns from the bytes all that can be known before a pixel is decoded, and refuses what must be refused by then.
func (s *Studio) inspect(data []byte) (facts, error) {
	switch {
	case len(data) == 0:
		return facts{}, refuse("picture.empty", "Megabytes", MaxBytes>>20)
	case len(data) > MaxBytes:
		return facts{}, refuse("picture.too-large", "Megabytes", MaxBytes>>20)
	}
	format := sniff(data)
	if format == nil {
		return facts{}, refuse("picture.not-an-image")
	}
	f, err := format.inspect(data)
	if err != nil || f.width <= 0 || f.height <= 0 {
		return facts{}, refuse("picture.broken")
	}
	f.format = format
	if most := s.mostPixels(f); f.width > MaxSide || f.height > MaxSide || f.pixels() > most {
		return facts{}, refuse("picture.too-many-pixels",
			"Width", f.width, "Height", f.height, "Megapixels", most/1_000_000, "Side", MaxSide)
	}
	if f.animated {
		return facts{}, refuse("picture.animated")
	}
	return f, nil
}

// mostPixels is how large a picture of this kind may be: by the limit for all, and by what the budget holds of it.
func (s *Studio) mostPixels(f facts) int64 {
	return max(0, min(MaxPixels, int64(float64(s.budget-f.fixed)/f.perPixel)))
}

// watched ends a decode when its context does: the decoders know none, but they read.
type watched struct {
	ctx context.Context
	r   io.Reader
}

func (w *watched) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.r.Read(p)
}

func refuse(key string, pairs ...any) error { return fault.Field1("picture", key, pairs...) }
