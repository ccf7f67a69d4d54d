package web_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/cases"
	"chancery/app/messages"
	"chancery/app/signin"
	"chancery/app/staff"
)

// stream is an open page's end of what it is told.
type stream struct {
	t      *testing.T
	status int
	header http.Header
	heard  chan heard // closed when the stream ends
	cancel func()
}

// heard is one message of a stream.
type heard struct{ event, id, data string }

// open opens the stream of a page in a browser.
func open(t *testing.T, app *apptest.App, c *apptest.Client, path string, headers ...string) *stream {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, "GET", app.URL+path, nil)
	must(t, err)
	req.Header.Set("HX-Request", "true")
	req.Header.Set("Cookie", "chancery-session="+c.Cookie("chancery-session"))
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	t.Cleanup(func() { res.Body.Close() })
	s := &stream{t: t, status: res.StatusCode, header: res.Header, heard: make(chan heard, 100), cancel: cancel}
	go func() {
		defer close(s.heard)
		var m heard
		lines := bufio.NewScanner(res.Body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			field, value, _ := strings.Cut(lines.Text(), ":")
			value = strings.TrimPrefix(value, " ")
			switch {
			case lines.Text() == "":
				if m != (heard{}) {
					s.heard <- m
				}
				m = heard{}
			case field == "data":
				m.data += value + "\n"
			case field == "event":
				m.event = value
			case field == "id":
				m.id = value
			}
		}
	}()
	return s
}

// next is the next message of the stream, within half a minute, since a stream that could not ask asks again with its next beat; ok is false at its end.
func (s *stream) next() (m heard, ok bool) {
	s.t.Helper()
	select {
	case m, ok = <-s.heard:
		return m, ok
	case <-time.After(30 * time.Second):
		s.t.Fatal("nothing is told")
		return m, false
	}
}

// told is the next message as a document.
func (s *stream) told() (*goquery.Document, heard) {
	s.t.Helper()
	m, ok := s.next()
	if !ok {
		s.t.Fatal("the stream has ended")
	}
	// A parser of pages takes what stands in no known place out of it.
	doc, err := goquery.NewDocumentFromReader(strings.NewReader("<ul>" + m.data + "</ul>"))
	must(s.t, err)
	return doc, m
}

func (s *stream) ends(within time.Duration) {
	s.t.Helper()
	began, over := time.Now(), time.After(within)
	for {
		select {
		case m, ok := <-s.heard:
			if !ok {
				return
			}
			if m.event != "ended" {
				s.t.Errorf("told on the way out: %+v", m)
			}
		case <-over:
			s.t.Fatalf("still open after %s", time.Since(began))
		}
	}
}

// desk is a case of a client with its owner, in the cast's practice.
func desk(t *testing.T, app *apptest.App, number, owner string, private bool) string {
	t.Helper()
	actor := access.System("test")
	client, err := app.Cases.AddClient(t.Context(), actor, cases.NewClient{Name: "Demir, Yusuf"})
	must(t, err)
	k, err := app.Cases.Create(t.Context(), actor, cases.NewCase{Number: number, Title: "Work permit", ClientID: client.ID, OwnerID: app.Person(owner).ID, Private: private})
	must(t, err)
	return k.ID
}

// writes is a message of the client.
func writes(t testing.TB, app *apptest.App, caseID, body string) *messages.Message {
	t.Helper()
	m, err := app.Messages.Receive(t.Context(), access.System("test"), messages.Received{CaseID: caseID, Body: body})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// S3-25: what a client writes is counted at once on the reader's open pages, and reading it in one page clears it in the
// others; on both databases, since the feed differs.
func TestOpenPagesCountWhatIsUnread(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		k := desk(t, app, "MR-1", "consultant", false)
		jon := app.SignIn("consultant")
		if got := jon.Visit("/me").Attr("#unread", "data-count"); got != "0" {
			t.Errorf("unread is %q", got)
		}
		one, other := open(t, app, jon, "/events"), open(t, app, jon, "/events", "X-Page-Lang", "fr")
		for _, s := range []*stream{one, other} {
			if doc, _ := s.told(); s.status != 200 || !strings.HasPrefix(s.header.Get("Content-Type"), "text/event-stream") || doc.Find("#unread").AttrOr("data-count", "") != "0" {
				t.Errorf("%d %v", s.status, s.header)
			}
		}
		m := writes(t, app, k, "Good morning")
		for _, s := range []*stream{one, other} {
			if doc, _ := s.told(); doc.Find("#unread").AttrOr("data-count", "") != "1" {
				t.Error(doc.Html())
			}
		}
		p := jon.Visit("/me")
		if p.Attr("#unread", "data-count") != "1" || !strings.HasPrefix(p.Text("title"), "(1) ") {
			t.Errorf("a page says %q, %q", p.Attr("#unread", "data-count"), p.Text("title"))
		}
		if n := p.Header.Get("X-Statements"); n != "1" {
			t.Errorf("counting takes %s statements", n)
		}
		talk := jon.Visit("/cases/" + k + "/messages").Expect(200)
		talk.SubmitFragment("#reading", "upto", fmt.Sprint(m.Inbound)).Expect(204)
		if doc, _ := one.told(); doc.Find("#unread").AttrOr("data-count", "") != "0" {
			t.Error("reading clears nothing")
		}
		if doc, _ := other.told(); strings.TrimSpace(doc.Find("#unread .sr-only").Text()) != "non lus" {
			t.Error("the page's language is French") // C-16
		}
		if _, err := app.Messages.Comment(t.Context(), app.Actor("super"), k, "@"+app.Person("consultant").Name()+", see this"); err != nil {
			t.Fatal(err)
		}
		if doc, _ := one.told(); doc.Find("#bulletins-unread").AttrOr("data-count", "") != "2" { // the other tells of the case
			t.Error("the bell does not count")
		}
	})
}

// S3-25: an open conversation shows what is written in it, once and in its order, also over an interruption.
func TestAnOpenConversationShowsWhatComes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		k := desk(t, app, "MR-1", "consultant", false)
		writes(t, app, k, "the first")
		jon := app.SignIn("consultant")
		page := jon.Visit("/cases/" + k + "/messages").Expect(200)
		from := page.Attr("#live", "hx-sse:connect")
		if from != "/events?case="+k+"&after=1" {
			t.Fatal(from)
		}
		s := open(t, app, jon, from)
		s.told() // the counts
		writes(t, app, k, "two <b>lines</b>\nevent: ended\r\rdata: x")
		var id string
		for id != "2" { // counts and message may come together or apart
			doc, m := s.told()
			id = m.id
			if m.event != "" {
				t.Errorf("a client began an event: %+v", m)
			}
			if line := doc.Find("#m-2"); id == "2" && (line.Length() != 1 || !strings.Contains(line.Find(".said").Text(), "two <b>lines</b>\nevent: ended\n\ndata: x") || doc.Find("#m-1").Length() != 0) {
				t.Error(m.data)
			}
		}
		s.cancel()
		writes(t, app, k, "the third")
		again := open(t, app, jon, from, "Last-Event-ID", id)
		doc, m := again.told()
		if m.id != "3" || doc.Find("li[data-number]").Length() != 1 || doc.Find("#m-3").Length() != 1 {
			t.Errorf("%+v", m)
		}
	})
}

// ASVS 8.2.2, 8.3.2: of a case that one does not see there is no stream, and of one that one does not see any more nothing
// is told; what is told follows the rights of the moment.
func TestAStreamTellsOnlyWhatItsReaderSees(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		foreign := desk(t, app, "MR-1", "other", true)
		mine := desk(t, app, "MR-2", "consultant", true)
		jon := app.SignIn("consultant")
		for _, id := range []string{foreign, "nobody", "00000000-0000-7000-8000-000000000000"} {
			if s := open(t, app, jon, "/events?case="+id); s.status != 404 {
				t.Errorf("%s: %d", id, s.status)
			}
		}
		s := open(t, app, jon, "/events?case="+mine)
		s.told()
		must(t, app.Cases.AddMember(t.Context(), access.System("test"), foreign, app.Person("consultant").ID))
		s.told() // the bell
		other := open(t, app, jon, "/events?case="+foreign)
		if other.status != 200 {
			t.Fatal(other.status)
		}
		other.told()
		must(t, app.Cases.RemoveMember(t.Context(), access.System("test"), foreign, app.Person("consultant").ID))
		writes(t, app, foreign, "a secret")
		writes(t, app, mine, "for Jon")
		if doc, m := s.told(); strings.Contains(m.data, "secret") || doc.Find("#unread").AttrOr("data-count", "") != "1" && doc.Find("#m-1").Length() != 1 {
			t.Error(m.data)
		}
		if _, m := other.told(); strings.Contains(m.data, "secret") { // the count of the other case
			t.Error(m.data)
		}
		must(t, app.DB.In(t.Context()).Exec(`DELETE FROM role_permissions WHERE permission = 'messages.view'`).Error)
		must(t, app.DB.Changed(t.Context(), "unread/"+app.Person("consultant").ID))
		for {
			doc, m := other.told()
			if strings.Contains(m.data, "secret") {
				t.Error(m.data)
			}
			if doc.Find("#unread").AttrOr("data-count", "") == "0" {
				break
			}
		}
	})
}

// S3-25: an open page hears that its case has changed, also when so many have that the change feed names none.
func TestAPageHearsOfItsCaseAmongMany(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		mine := desk(t, app, "MR-1", "consultant", false)
		s := open(t, app, app.SignIn("consultant"), "/events?case="+mine)
		s.told()
		for _, key := range []string{"case/" + mine, "case/"} {
			must(t, app.DB.Changed(t.Context(), key))
			if _, m := s.told(); m.event != "case" {
				t.Errorf("%s: %+v", key, m)
			}
		}
	})
}

// B-2, ASVS 7.4.2: a stream ends with its session, at once, whichever way that ends; a leaver's within a second.
func TestAStreamEndsWithItsSession(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		ends := map[string]func(c *apptest.Client){
			"signing out": func(c *apptest.Client) { c.Visit("/me").Submit("form[action='/sign-out']") },
			"an administrator": func(*apptest.Client) {
				_, err := app.Signin.SignOutEverywhere(t.Context(), access.System("test"), app.Person("consultant").ID)
				must(t, err)
			},
			"another of their own": func(*apptest.Client) {
				c := app.SignIn("consultant")
				cur, err := app.Signin.Resume(t.Context(), c.Cookie("chancery-session"), signin.Origin{})
				must(t, err)
				_, err = app.Signin.EndOthers(t.Context(), cur, signin.Proof{}, signin.Origin{})
				must(t, err)
			},
			"leaving": func(*apptest.Client) {
				_, err := app.Staff.Deactivate(t.Context(), access.System("test"), app.Person("consultant").ID, staff.Plan{})
				must(t, err)
			},
		}
		for _, why := range []string{"signing out", "an administrator", "another of their own", "leaving"} {
			c := app.SignIn("consultant")
			s := open(t, app, c, "/events")
			s.told()
			ends[why](c)
			s.ends(time.Second)
			if again := open(t, app, c, "/events"); again.status != 401 {
				t.Errorf("%s: opened again with %d", why, again.status)
			}
		}
	})
}

// ASVS 7.3.1: a page that is left open is no use of its session.
func TestAnOpenPageKeepsNoSessionAlive(t *testing.T) {
	app := apptest.One(t)
	k := desk(t, app, "MR-1", "consultant", false)
	jon := app.SignIn("consultant")
	tok := pageToken(jon.Visit("/cases/" + k + "/messages"))
	seen := func() (at string) {
		must(t, app.DB.In(t.Context()).Raw(`SELECT CAST(max(last_seen_at) AS text) FROM sessions WHERE user_id = ?`, app.Person("consultant").ID).Scan(&at).Error)
		return at
	}
	before := seen()
	app.Clock.Add(10 * time.Minute)
	s := open(t, app, jon, "/events")
	s.told()
	jon.Do("POST", "/cases/"+k+"/messages/reading", "application/x-www-form-urlencoded", "upto=0", map[string]string{"X-CSRF-Token": tok, "HX-Request": "true"}).Expect(204)
	jon.Do("GET", "/messages", "", "", map[string]string{"HX-Request": "true", "X-By-Itself": "1"}).Expect(200)
	if got := seen(); got != before {
		t.Errorf("used at %s, %s before", got, before)
	}
	jon.Visit("/me")
	if seen() == before {
		t.Error("a visit is no use")
	}
}

// A server that is told to end ends its streams at once and cleanly, so that their readers go on elsewhere.
func TestStreamsEndWithTheServer(t *testing.T) {
	app := apptest.One(t)
	jon := app.SignIn("consultant")
	var all []*stream
	for range 5 {
		s := open(t, app, jon, "/events")
		s.told()
		all = append(all, s)
	}
	app.Ending()
	for _, s := range all {
		s.ends(time.Second)
	}
	if s := open(t, app, jon, "/events"); s.status != 429 {
		t.Errorf("a new one begins: %d", s.status)
	}
}

// A proxy that speaks HTTP/1.0 to us gets the stream as it is, until the connection ends.
func TestAStreamIsReadByOldProxies(t *testing.T) {
	app := apptest.One(t)
	jon := app.SignIn("consultant")
	conn, err := net.Dial("tcp", strings.TrimPrefix(app.URL, "http://"))
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	fmt.Fprintf(conn, "GET /events HTTP/1.0\r\nHost: x\r\nCookie: chancery-session=%s\r\n\r\n", jon.Cookie("chancery-session"))
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	must(t, err)
	defer res.Body.Close()
	line, err := bufio.NewReader(res.Body).ReadString('\n')
	must(t, err)
	if res.ContentLength >= 0 || len(res.TransferEncoding) > 0 || !strings.HasPrefix(line, "data: <hx-partial") {
		t.Errorf("%v %v %q", res.ContentLength, res.TransferEncoding, line)
	}
}

// Who has to do something first, such as change a password, has no stream: it would lead them there again and again.
func TestWhoHasToDoSomethingFirstHasNoStream(t *testing.T) {
	app := apptest.One(t)
	jon := app.SignIn("consultant")
	s := open(t, app, jon, "/events")
	s.told()
	must(t, app.DB.In(t.Context()).Exec(`UPDATE credentials SET must_change = true WHERE user_id = ?`, app.Person("consultant").ID).Error)
	must(t, app.DB.Changed(t.Context(), "unread/"+app.Person("consultant").ID))
	s.ends(time.Second)
	jon.Visit("/me/password/edit").Expect(200).Has("#live", 0)
}

// Nobody has more streams than some.
func TestStreamsAreBounded(t *testing.T) {
	app := apptest.One(t)
	jon := app.SignIn("consultant")
	for range 40 {
		if s := open(t, app, jon, "/events"); s.status != 200 {
			t.Fatal(s.status)
		}
	}
	var last *stream
	for range 100 { // the last of them may not have begun yet
		if last = open(t, app, jon, "/events"); last.status == 429 {
			break
		}
		last.cancel()
	}
	if last.status != 429 || last.header.Get("Retry-After") == "" {
		t.Errorf("%d", last.status)
	}
}
