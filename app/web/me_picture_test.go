package web_test

import (
	"bufio"
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"chancery/app/apptest"
	"chancery/app/fault"
)

func picture(t *testing.T, width, height int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range m.Pix {
		m.Pix[i] = byte(i)
	}
	m.Set(0, 0, color.White)
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// S0-4…S0-10, S2-25: a picture shows at once, everywhere; the one before is gone at once.
func TestAPictureShowsAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon := app.SignIn("consultant")
		p := jon.Visit("/me").In(".photo .ava", "JO").Has(".ava img", 0).In("#picture-hint", "square").In("#picture-hint", "Never use photos of clients or applicants") // S0-8, S0-9, S0-30
		p = p.Upload("#picture", "picture", "me.png", "image/png", picture(t, 40, 30)).Expect(200).At("/me").In(".alert-success", "Photo saved").Has(".photo .ava img", 1).Has(".top .ava img", 1).Has("#me .ava img", 1)
		old := p.Attr(".photo img", "src")
		jon.Visit(old).Expect(200)

		jon.Headers["HX-Request"] = "true"
		f := p.Upload("#picture", "picture", "me.png", "image/png", picture(t, 300, 200)).Expect(200).Has("main", 0).Has("#picture .ava img", 1).In(".saved", "Photo saved")
		delete(jon.Headers, "HX-Request")
		if strings.Count(f.Body, "<hx-partial") < 3 {
			t.Error("the top bar and the drawer keep the old picture")
		}
		jon.Visit(old).Expect(404)
		jon.Visit(f.Attr("#picture img", "src")).Expect(200)
	})
}

// S0-7, D-3: whatever is wrong, the old picture stays and the same form says what to do.
func TestARefusedPictureLeavesTheOldOne(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon := app.SignIn("consultant")
		p := jon.Visit("/me").Upload("#picture", "picture", "me.png", "image/png", picture(t, 40, 40))
		old := p.Attr(".photo img", "src")
		for _, fragment := range []bool{false, true} {
			if fragment {
				jon.Headers["HX-Request"] = "true"
			}
			refused := func(status int, text string, got *apptest.Page) {
				t.Helper()
				got.Expect(status).In("#picture-error", text).Has("#picture-error[hidden]", 0)
				if src := got.Attr(".photo img", "src"); src != old {
					t.Errorf("the picture is %q", src)
				}
				if (got.Doc.Find("main").Length() == 0) != fragment {
					t.Error("a page for a fragment, or the other way round")
				}
			}
			refused(422, "not a picture", p.Upload("#picture", "picture", "me.png", "image/png", []byte("<svg onload=alert(1)>")))
			refused(422, "does not match", p.Upload("#picture", "picture", "me.gif", "image/gif", picture(t, 9, 9)))
			refused(422, "Choose", p.Upload("#picture", "picture", "", "application/octet-stream", nil))
			refused(413, "5 MB", p.Upload("#picture", "picture", "me.png", "image/png", append(picture(t, 9, 9), make([]byte, 5<<20)...)))
			refused(415, "not a picture", jon.Do("POST", "/me/picture", "application/json", "{}", map[string]string{"X-CSRF-Token": p.Attr("#picture [name=_csrf]", "value")}))
			app.Blobs.Fail(&fault.Unavailable{Message: fault.M("blob.unavailable"), Cause: errors.New("down")})
			refused(503, "cannot be stored", p.Upload("#picture", "picture", "me.png", "image/png", picture(t, 9, 9)))
			app.Blobs.Fail(nil)
		}
		if err := app.DB.In(t.Context()).Exec("UPDATE pictures SET created_at = ?", app.Clock.Now()).Error; err != nil {
			t.Fatal(err)
		}
		delete(jon.Headers, "HX-Request")
		last := p
		for range 31 {
			last = p.Upload("#picture", "picture", "me.png", "image/png", picture(t, 9, 9))
		}
		if last.Expect(429).In("#picture-error", "30 times"); last.Header.Get("Retry-After") == "" {
			t.Error("429 does not say when to come back")
		}
	})
}

// S0-10: the form never touches the picture. S0-30: it goes only after a question.
func TestAPictureIsRemovedAfterAQuestion(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon := app.SignIn("consultant")
		p := jon.Visit("/me").Has("a[href='/me/picture/delete']", 0).Upload("#picture", "picture", "me.png", "image/png", picture(t, 40, 40))
		jon.Visit("/me/edit").Submit("#profile-form", "first_name", "").Expect(422).Has(".photo img", 1)
		jon.Visit("/me/edit").Submit("#profile-form", "bio", "x").Has(".photo img", 1)
		ask := p.Follow("a[href='/me/picture/delete']").Expect(200).In("dialog h2", "Remove your photo?")
		f := ask.SubmitFragment("#picture-form").Expect(200).Has("#picture img", 0).In(".ava", "JO").In(".saved", "Photo removed").Has("#picture-file[data-focus]", 1)
		if !strings.Contains(f.Body, `<hx-partial hx-target="#dialog"`) {
			t.Error("the dialog stays open")
		}
		jon.Visit("/me").Has(".ava img", 0)
		jon.Visit("/me/picture/delete").Submit("#picture-form").Expect(200).At("/me")
	})
}

// ASVS 5.2.1: a body that is longer than a picture can be is refused by its length, before any of it is read; the answer
// is the same form all the same.
func TestAHugeUploadIsRefusedUnread(t *testing.T) {
	app := apptest.One(t)
	jon := app.SignIn("consultant")
	conn, err := net.Dial("tcp", strings.TrimPrefix(app.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = io.WriteString(conn, "POST /me/picture HTTP/1.1\r\nHost: x\r\nHX-Request: true\r\nContent-Type: multipart/form-data; boundary=b\r\n"+
		"Content-Length: 99000000\r\nCookie: chancery-session="+jon.Cookie("chancery-session")+"\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	doc, err := goquery.NewDocumentFromReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if text := doc.Find("#picture #picture-error").Text(); res.StatusCode != 413 || !strings.Contains(text, "5 MB") || doc.Find(".photo .ava").Length() == 0 {
		t.Errorf("%d %s", res.StatusCode, text)
	}
}
