package avatar

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// TestTheEstimateIsNotTooLow compares what decoding allocates with what was estimated from the header, for each kind that
// has its own figure: the budget is worth as much as the estimate.
func TestTheEstimateIsNotTooLow(t *testing.T) {
	const w, h, slack = 1600, 1200, 1 << 20
	for kind, make := range kinds(w, h) {
		data := make()
		f, err := NewStudio(1 << 40).inspect(data)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err = f.format.decode(bytes.NewReader(data))
		runtime.ReadMemStats(&after)
		took := int64(after.TotalAlloc - before.TotalAlloc)
		if err != nil || took > f.memory()+slack {
			t.Errorf("%s: %d bytes were allocated, %d estimated: %v", kind, took, f.memory(), err)
		}
		if kind == "webp-lossless" {
			continue // this one has no palette and no transforms, whose room is in the estimate
		}
		if perPixel := float64(f.memory()-f.fixed) / (w * h); perPixel > 2.1*float64(took)/(w*h) {
			t.Errorf("%s: estimated at %.1f bytes a pixel, took %.1f", kind, perPixel, float64(took)/(w*h))
		}
	}
}

// kinds are plain pictures of each kind that costs differently.
func kinds(w, h int) map[string]func() []byte {
	rect := image.Rect(0, 0, w, h)
	coded := func(m image.Image) []byte {
		var b bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, m); err != nil {
			panic(err)
		}
		return b.Bytes()
	}
	return map[string]func() []byte{
		"jpeg":             func() []byte { return encodeJPEG(plane{rect, color.RGBAModel}) },
		"jpeg-grey":        func() []byte { return encodeJPEG(image.NewGray(rect)) },
		"jpeg-progressive": func() []byte { return progressive(w, h, 1) },
		"png":              func() []byte { return coded(plane{rect, color.RGBAModel}) },
		"png-grey":         func() []byte { return coded(plane{rect, color.GrayModel}) },
		"png-palette":      func() []byte { return coded(image.NewPaletted(rect, color.Palette{red, clear})) },
		"png-16-bit":       func() []byte { return coded(plane{rect, color.RGBA64Model}) },
		"png-interlaced":   func() []byte { return interlaced(w, h) },
		"webp-lossless":    func() []byte { return webpFile(flatVP8L(w, h, red)) },
	}
}

// interlaced is a black PNG in the seven passes of Adam7 (PNG 3rd edition, 8.2): where each begins, and how far it steps.
func interlaced(w, h int) []byte {
	var pixels bytes.Buffer
	z := zlib.NewWriter(&pixels)
	for _, pass := range [][4]int{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}} {
		across, down := (w-pass[0]+pass[2]-1)/pass[2], (h-pass[1]+pass[3]-1)/pass[3]
		if across > 0 {
			_, _ = z.Write(make([]byte, down*(1+3*across)))
		}
	}
	_ = z.Close()
	head := binary.BigEndian.AppendUint32(nil, uint32(w))
	head = append(binary.BigEndian.AppendUint32(head, uint32(h)), 8, 2, 0, 0, 1)
	out := append([]byte(signaturePNG), chunk("IHDR", head)...)
	return append(append(out, chunk("IDAT", pixels.Bytes())...), chunk("IEND", nil)...)
}

// plane is a picture that needs no memory.
type plane struct {
	rect  image.Rectangle
	model color.Model
}

func (p plane) ColorModel() color.Model { return p.model }
func (p plane) Bounds() image.Rectangle { return p.rect }
func (p plane) Opaque() bool            { return true }
func (p plane) At(x, y int) color.Color { return p.model.Convert(color.Gray{byte((x + y) / 64)}) }

// BenchmarkPeak makes the largest picture of each kind in a process of its own and tells the most memory that process
// ever had resident, and how long it took.
func BenchmarkPeak(b *testing.B) {
	if runtime.GOOS != "linux" {
		b.Skip("the peak is read from Linux's /proc")
	}
	for _, kind := range []string{"none", "jpeg", "jpeg-grey", "jpeg-progressive", "png", "png-grey", "png-palette", "png-16-bit", "webp-lossless"} {
		b.Run(kind, func(b *testing.B) {
			name, pixels := largest(b, kind)
			for b.Loop() {
				child := exec.Command(os.Args[0])
				child.Env = append(os.Environ(), "AVATAR_TEST_FILE="+name)
				out, err := child.CombinedOutput()
				_, figure, found := strings.Cut(string(out), "VmHWM:")
				kib, _, _ := strings.Cut(strings.TrimSpace(figure), " ")
				peak, number := strconv.ParseFloat(kib, 64)
				if err != nil || !found || number != nil {
					b.Fatalf("%v: %s", err, out)
				}
				b.ReportMetric(peak/1024, "peak-MiB")
				b.ReportMetric(float64(pixels)/1e6, "megapixels")
			}
		})
	}
}

// largest writes a square as large as its kind may be, or nearly so.
func largest(b *testing.B, kind string) (name string, pixels int) {
	name = filepath.Join(b.TempDir(), kind)
	if kind == "none" {
		return name, 0
	}
	s := NewStudio(0)
	f, err := s.inspect(kinds(64, 64)[kind]())
	if err != nil {
		b.Fatal(err)
	}
	side := 16
	for (side+16)*(side+16) <= int(s.mostPixels(f)) {
		side += 16
	}
	if err := os.WriteFile(name, kinds(side, side)[kind](), 0o600); err != nil {
		b.Fatal(err)
	}
	return name, side * side
}

// TestMain is also the process that BenchmarkPeak watches.
func TestMain(m *testing.M) {
	if name, watched := os.LookupEnv("AVATAR_TEST_FILE"); watched {
		peakOfOne(name)
		return
	}
	os.Exit(m.Run())
}

func peakOfOne(name string) {
	if data, err := os.ReadFile(name); err == nil {
		if _, err := NewStudio(0).Make(context.Background(), bytes.NewReader(data)); err != nil {
			panic(err)
		}
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		panic(err)
	}
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	fmt.Println("VmHWM:", strings.TrimSpace(strings.SplitN(peak, "\n", 2)[0]))
}
