package demo

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
)

// logo draws the practice's mark: a gate of three columns.
func logo() ([]byte, error) {
	m := image.NewRGBA(image.Rect(0, 0, 512, 512))
	fill := func(c color.Color, x0, y0, x1, y1 int) {
		draw.Draw(m, image.Rect(x0, y0, x1, y1), image.NewUniform(c), image.Point{}, draw.Src)
	}
	ink, paper := color.RGBA{0x1d, 0x3f, 0x5e, 0xff}, color.RGBA{0xfb, 0xfa, 0xf7, 0xff}
	fill(ink, 0, 0, 512, 512)
	fill(paper, 96, 120, 416, 160)
	for _, x := range []int{120, 232, 344} {
		fill(paper, x, 184, x+48, 344)
	}
	fill(paper, 96, 368, 416, 408)
	var b bytes.Buffer
	err := png.Encode(&b, m)
	return b.Bytes(), err
}

// portrait draws somebody as a poster would: head and shoulders before a plain ground.
func portrait(tint int) ([]byte, error) {
	const edge = 256
	grounds := []color.RGBA{{0xd9, 0xe4, 0xec, 0xff}, {0xef, 0xdc, 0xd3, 0xff}, {0xe3, 0xe6, 0xcf, 0xff}, {0xdf, 0xd9, 0xea, 0xff}, {0xf0, 0xe3, 0xc4, 0xff}}
	coats := []color.RGBA{{0x1d, 0x3f, 0x5e, 0xff}, {0x7a, 0x3b, 0x2e, 0xff}, {0x4a, 0x5a, 0x2b, 0xff}, {0x4b, 0x3a, 0x6b, 0xff}, {0x8a, 0x5a, 0x12, 0xff}}
	skins := []color.RGBA{{0x8d, 0x5b, 0x3c, 0xff}, {0xf0, 0xc8, 0xa6, 0xff}, {0xd9, 0xa0, 0x7a, 0xff}, {0xe8, 0xbd, 0x98, 0xff}, {0xb0, 0x78, 0x50, 0xff}}
	hairs := []color.RGBA{{0x1f, 0x1a, 0x17, 0xff}, {0x6b, 0x3f, 0x20, 0xff}, {0x2b, 0x1d, 0x14, 0xff}, {0x8d, 0x80, 0x70, 0xff}, {0x18, 0x12, 0x10, 0xff}}
	within := func(x, y, cx, cy, rx, ry int) bool {
		dx, dy := float64(x-cx)/float64(rx), float64(y-cy)/float64(ry)
		return dx*dx+dy*dy <= 1
	}
	m := image.NewRGBA(image.Rect(0, 0, edge, edge))
	for y := range edge {
		for x := range edge {
			c := grounds[tint]
			switch {
			case within(x, y, 128, 112, 44, 54) && y > 92:
				c = skins[tint]
			case within(x, y, 128, 104, 52, 60) && y < 110+tint*10:
				c = hairs[tint]
			case within(x, y, 128, 262, 104, 84):
				c = coats[tint]
			case x > 108 && x < 148 && y > 140 && y < 200:
				c = skins[tint]
			}
			m.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	err := png.Encode(&b, m)
	return b.Bytes(), err
}
