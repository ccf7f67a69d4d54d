package browser

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"chancery/app/apptest"
	"chancery/app/apptest/chrome"
	"chancery/app/fault"
)

// cropping: the picture is drawn beneath its square, and the keys move it.
const cropping = `document.querySelector("dialog:modal cropper-selection")?.width > 0 && document.activeElement.matches("[data-crop-use]")`

// S0-6, S0-9, S2-25: pick, crop by keys, upload at once; it shows wherever the person does, and goes again.
func TestAPictureIsPickedCroppedAndShownEverywhere(t *testing.T) {
	app := practice(t)
	p := signedIn(t, app, "consultant").Pick("#picture-file", "jon.png", picture(900, 600)).Until(cropping)
	for range 12 { // the square stands still, the picture moves to the left: more of its blue half
		p.Press(chrome.ArrowLeft)
	}
	p.Press("+", "-").Press(chrome.Enter).Gone("dialog").Sees("#picture .saved", "Photo saved")
	p.Until(`document.querySelector(".top .me img").complete && document.querySelector(".top .me img").naturalWidth === 64 && document.querySelector("#me .ava img") && document.querySelector(".photo .ava img").naturalWidth === 256`)

	blue := chrome.Value[float64](p, `(() => { const c = document.createElement("canvas"), i = document.querySelector(".photo .ava img"); c.width = c.height = 256; const x = c.getContext("2d"); x.drawImage(i, 0, 0);
		let n = 0; const { data } = x.getImageData(0, 128, 256, 1); for (let at = 0; at < data.length; at += 4) if (data[at + 2] > data[at]) n++; return n / 256; })()`)
	if blue < 0.55 {
		t.Errorf("%.2f of the width is blue: the keys did not move the picture", blue)
	}

	old := chrome.Value[string](p, `document.querySelector(".photo .ava img").src`)
	p.Pick("#picture-file", "other.png", picture(300, 300)).Until(cropping).Press(chrome.Enter).Until(`document.querySelector(".photo .ava img").src !== ` + chrome.Quote(old) + ` && !document.querySelector("dialog")`)
	if status := chrome.Value[int](p, `fetch(`+chrome.Quote(old)+`, { cache: "no-store" }).then((a) => a.status)`); status != 404 {
		t.Errorf("the replaced picture is still answered with %d", status)
	}
	p.Faults("404") // it was asked for on purpose

	p.Click("#picture a[href='/me/picture/delete']").Until(`document.querySelector("dialog:modal")`)
	p.Press(chrome.Escape).Gone("dialog").Focused("#picture a[href='/me/picture/delete']")
	p.Press(chrome.Enter).Until(`document.querySelector("dialog:modal")`).Click("dialog .btn-error").Gone("dialog").Focused("#picture-file")
	p.Until(`!document.querySelector(".ava img") && document.querySelector(".top .me .ava").textContent === "JO"`)
}

// S0-6: the way is shown while a picture goes up, and it can be stopped.
func TestASlowUploadShowsItsWayAndCanBeStopped(t *testing.T) {
	p := signedIn(t, practice(t), "consultant")
	p.Uplink(30_000)
	p.Pick("#picture-file", "noise.jpg", noise(900, 900)).Until(cropping).Press(chrome.Enter)
	p.Until(`(() => { const bar = document.querySelector("dialog progress"); return bar?.checkVisibility() && bar.value > 0 && bar.value < 100; })()`)
	p.Click("[data-crop-cancel]").Gone("dialog").Focused("#picture-file").Until(`!document.querySelector(".ava img") && !document.body.hasAttribute("aria-busy")`)
	p.Gone("#toasts .alert")
}

// S0-7: what is no picture is refused with a message, and the old one stays.
func TestWhatIsNoPictureIsRefusedAndTheOldOneStays(t *testing.T) {
	p := signedIn(t, practice(t), "consultant").Pick("#picture-file", "jon.png", picture(300, 300)).Until(cropping).Press(chrome.Enter).Sees("#picture .saved", "")
	old := chrome.Value[string](p, `document.querySelector(".photo .ava img").src`)
	for name, c := range map[string]struct {
		file []byte
		says string
	}{
		"moving.gif": {[]byte("GIF89a"), "JPG, PNG"},
		"large.jpg":  {make([]byte, 6<<20), "5 MB"},
		"lie.png":    {[]byte("#!/bin/sh"), "JPG, PNG"},
	} {
		p.Pick("#picture-file", name, c.file).Sees("#picture-error", c.says).Gone("dialog").Until(`document.querySelector(".photo .ava img").src === ` + chrome.Quote(old))
		p.Reload().Until(`document.querySelector(".photo .ava img").src === ` + chrome.Quote(old))
	}
}

// S0-7, ASVS 5.2.2, 5.2.6: with script a file is refused before a pixel of it is decoded, for what the server would refuse
// it and in its words, in every language.
func TestScriptRefusesWhatTheServerRefuses(t *testing.T) {
	app := practice(t)
	p := signedIn(t, app, "consultant")
	for name, file := range refused(t) {
		for _, lang := range []string{"en", "es", "fr"} {
			if lang != "en" && name != "bomb.png" {
				continue // the text with numbers
			}
			write(t, app, `UPDATE users SET language = ? WHERE id = ?`, lang, app.Person("consultant").ID)
			says := serverSays(t, app, name, file)
			t.Logf("%s: %s", name, says)
			p.Visit("/me").Pick("#picture-file", name[strings.LastIndex(name, "/")+1:], file).Sees("#picture-error", "").Gone("dialog")
			if said := p.Text("#picture-error"); said != says || says == "" {
				t.Errorf("%s (%s): script says %q, the server %q", name, lang, said, says)
			}
		}
	}
	if n := strings.Count(app.Log.String(), "route=/me/picture "); n != len(refused(t))+2 {
		t.Errorf("%d pictures were sent, only those without script should be", n)
	}
	// And what is whole is taken, in each format.
	lossy, err := os.ReadFile("../avatar/testdata/lossy.webp")
	if err != nil {
		t.Fatal(err)
	}
	write(t, app, `UPDATE users SET language = 'en' WHERE id = ?`, app.Person("consultant").ID)
	for name, file := range map[string][]byte{"whole.PNG": picture(300, 200), "whole.jpeg": noise(300, 200), "whole.webp": lossy} {
		p.Visit("/me").Pick("#picture-file", name, file).Until(cropping).Press(chrome.Enter).Sees("#picture .saved", "Photo saved")
	}
}

// refused are files that are no picture of ours, by name.
func refused(t *testing.T) map[string][]byte {
	t.Helper()
	lossy, err := os.ReadFile("../avatar/testdata/lossy.webp")
	if err != nil {
		t.Fatal(err)
	}
	whole, jpg := picture(300, 200), noise(300, 200)
	chunk := func(name string, body []byte) []byte {
		b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
		b = append(append(b, name...), body...)
		return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
	}
	header := func(width, height uint32) []byte { // one bit a pixel
		b := append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", append(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height), 1, 0, 0, 0, 0))...)
		return append(append(b, chunk("IDAT", []byte("x"))...), chunk("IEND", nil)...)
	}
	moving := append(append(slices.Clone(whole[:33]), chunk("acTL", make([]byte, 8))...), whole[33:]...)
	spoilt := slices.Clone(whole)
	for i := len(spoilt) / 2; i < len(spoilt)/2+40; i++ {
		spoilt[i] ^= 0x55
	}
	wide := slices.Clone(jpg)
	frame := bytes.Index(wide, []byte("\xff\xc0"))
	binary.BigEndian.PutUint16(wide[frame+7:], 12_001)
	return map[string][]byte{
		"bomb.png": header(20_000, 20_000), "long.png": header(12_001, 10), "wide.jpg": wide,
		"moving.png": []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), "renamed.jpg": whole, "renamed.png": jpg, "a/renamed.webp": whole, "nothing.png": {},
		"half.jpg": jpg[:len(jpg)/2], "half.png": whole[:len(whole)/2], "half.webp": lossy[:len(lossy)/2], "head.png": whole[:20],
		"animated.png": moving, "spoilt.png": spoilt,
	}
}

// serverSays is what the server answers to a file that comes as it is.
func serverSays(t *testing.T, app *apptest.App, name string, file []byte) string {
	t.Helper()
	kind := map[string]string{".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp"}[filepath.Ext(name)]
	return strings.TrimSpace(app.SignIn("consultant").Visit("/me").Upload("#picture", "picture", filepath.Base(name), kind, file).Text("#picture-error"))
}

// Issue: storage down → the old picture stays, a clear message, nothing half-done.
func TestWhileTheStorageIsDownTheOldPictureStays(t *testing.T) {
	app := practice(t)
	p := signedIn(t, app, "consultant")
	app.Blobs.Fail(&fault.Unavailable{Message: fault.M("blob.unavailable"), Cause: errors.New("down")})
	p.Pick("#picture-file", "jon.png", picture(300, 300)).Until(cropping).Press(chrome.Enter).Sees("#picture-error", "cannot be stored").Gone("dialog").Gone("#toasts .alert")
	p.Until(`!document.querySelector(".ava img")`).Reload().Until(`!document.querySelector(".ava img")`)
	app.Blobs.Fail(nil)
	p.Pick("#picture-file", "jon.png", picture(300, 300)).Until(cropping).Press(chrome.Enter).Sees("#picture .saved", "").Gone("#picture-error")
}

// S0-9: where a picture cannot be had the page looks as if there were none.
func TestInitialsStandWhereAPictureCannotBeHad(t *testing.T) {
	app := practice(t)
	other := signedIn(t, app, "other").Visit("/colleagues").Sees("tbody .ava", "")
	without := seen(t, other)
	signedIn(t, app, "consultant").Pick("#picture-file", "jon.png", picture(300, 300)).Until(cropping).Press(chrome.Enter).Sees("#picture .saved", "").
		Until(`document.querySelector(".top .ava img") && [...document.images].every((i) => i.complete && i.naturalWidth)`) // before they cannot be had
	app.Blobs.Fail(&fault.Unavailable{Message: fault.M("blob.unavailable"), Cause: errors.New("down")})
	other.Expect("503").Reload().Until(`document.querySelector("tbody .ava img")?.complete`).Sees("tbody .ava:has(img)", "JO").Settle()
	if !bytes.Equal(seen(t, other), without) {
		t.Error("a picture that cannot be had does not look like one that is not there")
	}
	app.Blobs.Fail(nil)
	other.Reload().Until(`document.querySelector("tbody .ava img")?.naturalWidth === 64`)
	if bytes.Equal(seen(t, other), without) {
		t.Error("the picture is not to be seen")
	}
}

// seen are the points of the page as it is drawn.
func seen(t *testing.T, p *chrome.Page) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.png")
	p.Shot(file)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	points := image.NewRGBA(img.Bounds())
	draw.Draw(points, points.Bounds(), img, image.Point{}, draw.Src)
	return points.Pix
}

// Without network the reader is told so, and can try again.
func TestWithoutNetworkThePictureWaits(t *testing.T) {
	p := signedIn(t, practice(t), "consultant").Expect("ERR_INTERNET_DISCONNECTED").Expect("upload failed")
	p.Pick("#picture-file", "jon.png", picture(300, 300)).Until(cropping)
	p.Offline()
	p.Press(chrome.Enter).Sees("#toasts .alert", "").Gone("dialog")
	if said := p.Text("#toasts"); !strings.Contains(said, "network") && !strings.Contains(said, "connection") {
		t.Errorf("said %q", said)
	}
}

// picture is one whose left half is red and whose right half is blue.
func picture(width, height int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.RGBA{R: 200, A: 255}
			if x >= width/2 {
				c = color.RGBA{B: 200, A: 255}
			}
			img.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	_ = png.Encode(&b, img) // into memory
	return b.Bytes()
}

// noise is a picture that does not get small.
func noise(width, height int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	chance := rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		img.Pix[i] = uint8(chance.Uint32())
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, img, nil)
	return b.Bytes()
}
