package browser

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/apptest/chrome"
	"chancery/app/cases"
	"chancery/app/messages"
)

// unpacked is the extension as a person has it: downloaded from their page and unpacked. What the browser would ask them for at
// pairing, leave for one server, is given beforehand, since nobody can press that button in a test; no other word is changed.
func unpacked(t *testing.T, app *apptest.App) string {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, app.URL+"/me/extension.zip", nil)
	if err != nil {
		t.Fatal(err)
	}
	q.AddCookie(&http.Cookie{Name: "chancery-session", Value: app.SignIn("consultant").Cookie("chancery-session")})
	res, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(res.StatusCode, err)
	}
	packed, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	if err := os.CopyFS(root, packed); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(root, "chancery-extension")
	file := filepath.Join(folder, "manifest.json")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var manifest map[string]any
	if err := json.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	asks, _ := manifest["permissions"].([]any)
	if !slices.Equal(asks, []any{"alarms", "storage"}) || manifest["host_permissions"] != nil || manifest["content_scripts"] != nil {
		t.Errorf("the extension asks for more than it needs: %v", manifest)
	}
	manifest["host_permissions"] = []string{"http://127.0.0.1/*"}
	if text, err = json.Marshal(manifest); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

// talk is a case of a cast member with messages of its client.
func talk(t *testing.T, app *apptest.App, number, owner string, said ...string) string {
	t.Helper()
	system := access.System("test")
	client, err := app.Cases.AddClient(t.Context(), system, cases.NewClient{Name: "Demir, Yusuf"})
	if err != nil {
		t.Fatal(err)
	}
	k, err := app.Cases.Create(t.Context(), system, cases.NewCase{Number: number, Title: "Work permit", ClientID: client.ID, OwnerID: app.Person(owner).ID})
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range said {
		if _, err := app.Messages.Receive(t.Context(), system, messages.Received{CaseID: k.ID, Body: body}); err != nil {
			t.Fatal(err)
		}
	}
	return k.ID
}

// badgeIs waits for what stands on the toolbar.
func badgeIs(p *chrome.Page, want string) {
	p.Until(`(chrome.action.getBadgeText({}).then((text) => { window.badge = text; }), window.badge === ` + chrome.Quote(want) + `)`)
}

// S3-15: the extension is downloaded, paired by a one-time code, counts what is unread, shows and answers it, says so when it was
// revoked, and is paired again; by mouse and by keyboard, with nothing on the console and nothing that axe-core finds.
func TestTheExtensionFromDownloadToRevoke(t *testing.T) {
	app := practice(t)
	k := talk(t, app, "MR-7", "consultant", "Where is my permit?", "Please <b>answer</b>.")
	p, extension := chrome.Extended(t, app.URL, unpacked(t, app))
	inside := p.Elsewhere(extension)

	inside.Visit("/popup.html").Sees("#why", "not paired").Focused("#pair")
	look(t, inside.Front(), "extension-unpaired", "en")
	badgeIs(inside, "")

	code := app.SignIn("consultant").Visit("/me/extension").Submit("#pair").Attr("#pairing-code", "value")
	inside.Visit("/pair.html").Fill("#server", "ftp://nowhere").Fill("#code", "x").Press(chrome.Enter).Sees("#said", "begins with https").Focused("#server")
	inside.Fill("#server", app.URL).Fill("#code", "wrong-wrong").Press(chrome.Enter).Sees("#said", "This code does not work").Focused("#code")
	look(t, inside.Front(), "extension-pair", "en")
	inside.Fill("#code", strings.ToUpper(code)).Press(chrome.Enter).Sees("#said", "Paired").Sees("#with", app.Person("consultant").Name())
	look(t, inside.Front(), "extension-paired", "en")
	badgeIs(inside, "2")

	inside.Visit("/popup.html").Sees("#talks", "Demir").Sees("#talks", "2 new").Sees("#talks .text", "Please <b>answer</b>.").Focused("#talks button")
	look(t, inside.Front(), "extension-list", "en")
	inside.Press(chrome.Enter).Sees("#lines", "Where is my permit?").Focused("#body")
	look(t, inside.Front(), "extension-talk", "en")
	badgeIs(inside, "") // what was shown was seen

	// What is being written outlives the popup; a double click is one message.
	inside.Type("#body", "It is on its way.")
	inside.Until(`(chrome.storage.session.get().then((all) => { window.drafts = JSON.stringify(all); }), window.drafts?.includes("on its way."))`)
	inside.Visit("/popup.html").Sees("#talks", "Demir").Press(chrome.Enter).Until(`document.querySelector("#body").value === "It is on its way."`)
	inside.DoubleClick("#form button").Sees("#said", "Sent").Sees("#lines", "It is on its way.")
	if n := len(sent(t, app, k)); n != 1 {
		t.Errorf("%d messages were sent", n)
	}
	inside.Press(chrome.Enter).Sees("#lines", "It is on its way.") // a line break in an empty field sends nothing
	inside.Click("#back").Sees("#talks .text", "You: It is on its way.").Focused("#talks button")

	inside.Become(chrome.Dark())
	look(t, inside.Front(), "extension-list-dark", "en")

	page := app.SignIn("consultant")
	page.Visit("/me/extension").Has("#paired li", 1).Follow("#paired a").Submit("#session-form").At("/me/security")
	inside.Visit("/popup.html").Sees("#why", "not paired any more").Focused("#pair")
	badgeIs(inside, "!")
	code = page.Visit("/me/extension").Submit("#pair").Attr("#pairing-code", "value")
	inside.Visit("/pair.html").Until(`document.querySelector("#server").value === `+chrome.Quote(app.URL)).Fill("#code", code).Press(chrome.Enter).Sees("#said", "Paired")
	inside.Click("#unpair").Sees("#said", "not paired any more")
	page.Visit("/me/extension").Has("#paired li", 0)
}

// The page that shows a code is led to the browsers that are paired once that has paired one.
func TestThePageOfACodeWaitsForThePairing(t *testing.T) {
	app := practice(t)
	p := signedIn(t, app, "consultant").Visit("/me/extension").Click("#pair button").Sees("#code h2", "Give this to the extension")
	look(t, p, "extension-code", "en")
	code := chrome.Value[string](p, `document.querySelector("#pairing-code").value`)
	body, err := json.Marshal(map[string]string{"code": code})
	if err != nil {
		t.Fatal(err)
	}
	q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, app.URL+"/extension/pairings", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusCreated {
		t.Fatal(res.StatusCode)
	}
	p.At("/me/extension").Sees(".alert-success", "is paired").Sees("#paired li", "").Gone("#code")
}

// pairedWith pairs the extension of a page with the consultant's account.
func pairedWith(app *apptest.App, inside *chrome.Page) {
	code := app.SignIn("consultant").Visit("/me/extension").Submit("#pair").Attr("#pairing-code", "value")
	inside.Visit("/pair.html").Fill("#server", app.URL).Fill("#code", code).Press(chrome.Enter).Sees("#with", app.Person("consultant").Name())
}

// holding is a script that has answers to what an address ends with read, and held back until release() is called.
func holding(end string) string {
	return `(() => { const ask = window.fetch; window.fetch = async (url, how) => {
		const answer = await ask(url, how);
		if (!url.endsWith(` + chrome.Quote(end) + `)) return answer;
		const said = await answer.json();
		await new Promise((go) => { window.release = go; });
		window.fetch = ask;
		return { ok: answer.ok, status: answer.status, json: async () => said };
	}; })()`
}

// settled waits until what an answer has set going is done: storage answers in the order that it was asked in.
const settled = `(window.asked ??= chrome.storage.local.get().then(() => chrome.storage.session.get()).then(() => chrome.storage.session.get()).then(() => { window.settled = true; }), window.settled === true)`

// What somebody else says ends no pairing, and what is unpaired without the server is said to be.
func TestOnlyTheServerEndsAPairing(t *testing.T) {
	app := practice(t)
	talk(t, app, "MR-7", "consultant", "Where is my permit?")
	p, extension := chrome.Extended(t, app.URL, unpacked(t, app))
	inside := p.Elsewhere(extension)
	pairedWith(app, inside)

	inside.Visit("/popup.html").Sees("#talks", "Demir")
	for _, answer := range []string{`new Response("Who are you?", { status: 401 })`, `Response.json({ error: "no-way" }, { status: 401 })`, `new Response("No.", { status: 403 })`} {
		inside.Eval(`(() => { const ask = window.fetch; window.fetch = async () => { window.fetch = ask; return ` + answer + `; }; })()`)
		inside.Click("#talks button").Sees("#said", "does not answer as it should")
		inside.Visit("/popup.html").Sees("#talks", "Demir")
	}

	inside.Visit("/pair.html").Sees("#with", app.Person("consultant").Name()).Sees("#version", "Version 1.")
	inside.Offline()
	inside.Expect("ERR_INTERNET_DISCONNECTED")
	inside.Click("#unpair").Sees("#said", "could not be told").Sees("#said", "Security").Gone("#paired")
	app.SignIn("consultant").Visit("/me/extension").Has("#paired li", 1)
}

// Of two conversations the one that was asked for last is shown, and none once one went back; what is typed while a reply is under
// way is nobody's, and a reply that was sent comes back from nowhere.
func TestAnExtensionShowsWhatWasAskedLast(t *testing.T) {
	app := practice(t)
	first, second := talk(t, app, "MR-7", "consultant", "The first."), talk(t, app, "MR-8", "consultant", "The second.")
	p, extension := chrome.Extended(t, app.URL, unpacked(t, app))
	inside := p.Elsewhere(extension)
	pairedWith(app, inside)
	row := func(id string) string { return "#talks button[data-case='" + id + "']" }

	inside.Visit("/popup.html").Sees("#talks", "MR-8").Eval(holding("/cases/" + first + "/messages"))
	inside.Click(row(first)).Until(`!!window.release`).Click(row(second)).Sees("#lines", "The second.")
	inside.Click("#back").Focused(row(second)).Eval(`window.release()`)
	inside.Until(settled).Gone("#talk").Focused(row(second))

	inside.Click(row(first)).Sees("#lines", "The first.").Focused("#body")
	inside.Eval(`window.release = null; ` + holding("/cases/"+first+"/messages"))
	inside.Write("It is on its way.").Control(chrome.Enter).Until(`!!window.release`).Sees("#said", "Sending")
	inside.Write(" And").Until(`document.querySelector("#body").value === "It is on its way." && document.querySelector("#body").readOnly`)
	inside.Eval(`window.release()`)
	inside.Sees("#said", "Sent").Until(`document.querySelector("#body").value === "" && !document.querySelector("#body").readOnly`)
	inside.Eval(`window.asked = undefined; window.settled = false`)
	inside.Until(settled).Until(`(chrome.storage.session.get().then((all) => { window.drafts = Object.keys(all).length; }), window.drafts === 0)`)

	// Back while it is sent: where it fails, it is said which, and what was written is there.
	inside.Eval(`(() => { const ask = window.fetch; window.fetch = (url, how) => how.method === "POST" && url.endsWith("/messages") ? new Promise((_, fail) => { window.cut = fail; }) : ask(url, how); })()`)
	inside.Write("Here it is.").Control(chrome.Enter).Until(`!!window.cut`).Click("#back").Focused(row(first))
	inside.Eval(`window.cut(new TypeError("cut"))`)
	inside.Sees("#said", "Your reply to Demir, Yusuf was not sent").Click(row(first)).Until(`document.querySelector("#body").value === "Here it is." && !document.querySelector("#body").readOnly`)
	if n := len(sent(t, app, first)); n != 1 {
		t.Errorf("%d messages were sent", n)
	}
}

// sent is what was written to the client of a case.
func sent(t *testing.T, app *apptest.App, caseID string) (ids []string) {
	t.Helper()
	if err := app.DB.In(t.Context()).Raw(`SELECT id FROM messages WHERE case_id = ? AND direction = 'out'`, caseID).Scan(&ids).Error; err != nil {
		t.Fatal(err)
	}
	return ids
}
