package avatar

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"

	xdraw "golang.org/x/image/draw"
)

// quality of the JPEGs: faces at 64 pixels still look clean, and 512 stays around 40 KB.
const quality = 88

// develop makes the sizes of a decoded picture: the square in its middle, shrunk, turned, and written anew.
func develop(ctx context.Context, source image.Image, orientation int) (Picture, error) {
	p := Picture{Width: source.Bounds().Dx(), Height: source.Bounds().Dy(), Sizes: make(map[int][]byte), Type: Type}
	if orientation > 4 { // the turns by a quarter
		p.Width, p.Height = p.Height, p.Width
	}
	// Each size is made of the one before, which is the larger: cheaper, and as good, as each is at least twice as large.
	from, err := shrink(ctx, source)
	if err != nil {
		return Picture{}, err
	}
	for i, side := range Sizes() {
		to := image.NewRGBA(image.Rect(0, 0, side, side))
		xdraw.CatmullRom.Scale(to, to.Rect, from, from.Rect, draw.Src, nil)
		if i == 0 {
			to = turn(to, orientation) // the square in the middle stays it however it is turned
		}
		var out bytes.Buffer
		if err := jpeg.Encode(&out, to, &jpeg.Options{Quality: quality}); err != nil {
			return Picture{}, fmt.Errorf("avatar: encode: %w", err)
		}
		p.Sizes[side], from = out.Bytes(), to
	}
	return p, nil
}

// shrink cuts out the square in the middle, puts it on white, and averages blocks of pixels so that between 1,024 and 2,047
// a side are left (or all, if there are fewer). It holds one row of blocks at a time. Up to a block's width at the edges is lost.
func shrink(ctx context.Context, source image.Image) (*image.RGBA, error) {
	const enough = 1024
	b := source.Bounds()
	block := max(1, min(b.Dx(), b.Dy())/enough)
	side := min(b.Dx(), b.Dy()) / block
	corner := b.Min.Add(image.Pt((b.Dx()-side*block)/2, (b.Dy()-side*block)/2))

	to := image.NewRGBA(image.Rect(0, 0, side, side))
	strip := image.NewRGBA(image.Rect(0, 0, side*block, block))
	for y := range side {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("avatar: shrink: %w", err)
		}
		draw.Draw(strip, strip.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
		draw.Draw(strip, strip.Rect, source, corner.Add(image.Pt(0, y*block)), draw.Over)
		average(to.Pix[y*to.Stride:], strip, block)
	}
	return to, nil
}

// average writes a row of pixels, each the mean of a block of the strip. The strip is opaque: it lies on white.
func average(row []byte, strip *image.RGBA, block int) {
	n := block * block
	for x := range strip.Rect.Dx() / block {
		r, g, b := n/2, n/2, n/2 // rounds
		for y := range block {
			at := y*strip.Stride + x*block*4
			for p := strip.Pix[at : at+block*4]; len(p) >= 4; p = p[4:] {
				r, g, b = r+int(p[0]), g+int(p[1]), b+int(p[2])
			}
		}
		row[4*x], row[4*x+1], row[4*x+2], row[4*x+3] = byte(r/n), byte(g/n), byte(b/n), 0xff
	}
}

// turn applies EXIF's orientation to a square: what is stored at (x, y) is looked at elsewhere.
func turn(from *image.RGBA, orientation int) *image.RGBA {
	if orientation == 1 {
		return from
	}
	to, last := image.NewRGBA(from.Rect), from.Rect.Dx()-1
	for y := range last + 1 {
		for x := range last + 1 {
			u, v := x, y
			switch orientation {
			case 2: // mirrored
				u = last - x
			case 3: // upside down
				u, v = last-x, last-y
			case 4: // upside down and mirrored
				v = last - y
			case 5: // lying on its left side and mirrored
				u, v = y, x
			case 6: // to be turned by a quarter, clockwise
				u, v = last-y, x
			case 7: // lying on its right side and mirrored
				u, v = last-y, last-x
			case 8: // to be turned by a quarter, counter-clockwise
				u, v = y, last-x
			}
			to.SetRGBA(u, v, from.RGBAAt(x, y))
		}
	}
	return to
}
