package browser

import (
	"context"
	"fmt"
	"testing"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/apptest/chrome"
	"chancery/app/cases"
	"chancery/app/messages"
)

// desk is a case of a client, with some messages, and a member besides its owner.
func desk(t *testing.T, app *apptest.App, number, owner, member string, said int) string {
	t.Helper()
	ctx, actor := context.Background(), access.System("test")
	client, err := app.Cases.AddClient(ctx, actor, cases.NewClient{Name: "Demir, Yusuf"})
	if err != nil {
		t.Fatal(err)
	}
	k, err := app.Cases.Create(ctx, actor, cases.NewCase{Number: number, Title: "Family sponsorship", ClientID: client.ID, OwnerID: app.Person(owner).ID})
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Cases.AddMember(ctx, actor, k.ID, app.Person(member).ID); err != nil {
		t.Fatal(err)
	}
	for i := range said {
		says(t, app, k.ID, fmt.Sprintf("Message %d of the client, which says what there is to say and a little more.", i+1))
	}
	return k.ID
}

func says(t *testing.T, app *apptest.App, caseID, body string) {
	t.Helper()
	if _, err := app.Messages.Receive(context.Background(), access.System("test"), messages.Received{CaseID: caseID, Body: body}); err != nil {
		t.Fatal(err)
	}
}

// S3-25: what a client writes shows at once where the reader is: in the count, the title, the list of what is unread, and in the open
// conversation; and what is looked at there is read everywhere.
func TestWhatAClientWritesShowsAtOnce(t *testing.T) {
	app := practice(t)
	k := desk(t, app, "MR-1", "consultant", "paralegal", 1)
	home := signedIn(t, app, "consultant").Visit("/")
	home.Sees("#unread", "1").Until(`document.title.startsWith("(1) ")`).Sees("#talks li.new", "Message 1")
	says(t, app, k, "It has arrived")
	home.Sees("#unread", "2").Until(`document.title.startsWith("(2) ")`).Sees("#talks li.new", "It has arrived")

	mireille := signedIn(t, app, "paralegal").Visit("/cases/"+k+"/messages").Sees("#m-2", "It has arrived")
	mireille.Until(`document.querySelector("#unread").hidden && !document.title.startsWith("(")`)
	says(t, app, k, "And another")
	mireille.Sees("#m-3", "And another").Until(`document.querySelector("#unread").hidden`)
	home.Sees("#unread", "3")

	// An answer: once, with an empty form after it, and seen by who reads along.
	jon := home.Visit("/cases/"+k+"/messages").Sees("#m-3", "And another")
	jon.Fill("#body", "Thank you, Yusuf.").Click("#reply .btn-primary").Sees("#m-4", "Thank you, Yusuf.").Focused("#body").Until(`document.querySelector("#body").value === ""`)
	mireille.Sees("#m-4", "Thank you, Yusuf.")
	for _, p := range []*chrome.Page{jon, mireille} {
		p.Until(`document.querySelectorAll("#m-4").length === 1 && [...document.querySelectorAll("#thread [data-number]")].map((l) => l.dataset.number).join() === "1,2,3,4"`)
	}
	jon.Click("#reply .btn-primary").Sees("#body-error", "Write something first").Focused("#body")
}

// S3-25: what is read in one tab is read in the other; and what comes while somebody types comes beside it.
func TestWhatIsReadInOneTabIsReadInTheOther(t *testing.T) {
	app := practice(t)
	k := desk(t, app, "MR-1", "consultant", "paralegal", 1)
	home := signedIn(t, app, "consultant").Visit("/").Sees("#unread", "1").Sees("#talks li.new", "Message 1")
	talk := home.Tab().Visit("/cases/"+k+"/messages").Sees("#m-1", "Message 1")
	home.Until(`document.querySelector("#unread").hidden && !document.title.startsWith("(")`).Sees("#talks .empty", "")
	talk.Click("#body").Write("Dear Yusuf, ")
	says(t, app, k, "One more thing")
	talk.Sees("#m-2", "One more thing").Focused("#body").Write("thank you").Until(`document.querySelector("#body").value === "Dear Yusuf, thank you"`)
	home.Sees("#talks .empty", "").Until(`document.querySelector("#unread").hidden`)
}

// S0-3: earlier comments that were fetched stay when a new one comes by itself.
func TestEarlierCommentsStayWhenNewOnesCome(t *testing.T) {
	app := practice(t)
	k := desk(t, app, "MR-1", "consultant", "paralegal", 0)
	for i := range 101 {
		if _, err := app.Messages.Comment(context.Background(), app.Actor("consultant"), k, fmt.Sprintf("Remark %d.", i+1)); err != nil {
			t.Fatal(err)
		}
	}
	const lines = `[...document.querySelectorAll("#comments > li")].map((l) => l.id.startsWith("comment-") ? l.querySelector(".said").textContent : l.id).join()`
	p := signedIn(t, app, "paralegal").Visit("/cases/"+k+"/comments").Sees("#comments", "Remark 101.").Click("#earlier a").Sees("#comments", "Remark 2.")
	before := chrome.Value[string](p, lines)
	if _, err := app.Messages.Comment(context.Background(), app.Actor("super"), k, "And now this."); err != nil {
		t.Fatal(err)
	}
	p.Sees("#comments", "And now this.")
	if after := chrome.Value[string](p, lines); after != before+",And now this." {
		t.Errorf("%s\nthen\n%s", before, after)
	}
	p.Click("#earlier a").Gone("#earlier").Until(lines + `.startsWith("Remark 1.,Remark 2.,")`)
}

// S0-3: with an @ those who can be called are offered; chosen by keyboard, they are told behind the bell, at once.
func TestSomebodyIsCalledByKeyboard(t *testing.T) {
	app := practice(t)
	k := desk(t, app, "MR-1", "consultant", "paralegal", 0)
	write(t, app, `DELETE FROM bulletins`) // of cases that came
	mireille := signedIn(t, app, "paralegal")
	jon := signedIn(t, app, "consultant").Visit("/cases/" + k + "/comments")
	jon.Click("#body").Write("Please, @mir").Sees("#body-people [aria-selected=true]", "Mireille Tremblay-Côté")
	jon.Until(`document.querySelector("#body").getAttribute("aria-activedescendant") === document.querySelector("#body-people [aria-selected=true]").id`)
	jon.Press(chrome.Escape).Gone("#body-people")
	jon.Write("e").Sees("#body-people [aria-selected=true]", "Mireille").Press(chrome.Enter).Gone("#body-people")
	jon.Until(`document.querySelector("#body").value === "Please, @Mireille Tremblay-Côté "`)
	jon.Write("call the consulate").Click("#comment .btn-primary").Sees("#comments .called", "@Mireille Tremblay-Côté").Focused("#body")
	mireille.Sees("#bulletins-unread", "1").Click(".top [popovertarget=bell]").Sees("#bell:popover-open .bulletins li.new", "Jon Okafor")
	mireille.Click("#bell .bulletins a").At("/cases/"+k+"/comments").Sees("#comments .said", "call the consulate").Until(`document.querySelector("#bulletins-unread").hidden`)

	jon.Click("#comments a[href$='/edit']").Focused("#comments textarea").Press(chrome.Escape).Gone("#comments textarea").Click("#comments a[href$='/delete']").Sees("dialog", "Take your comment back").Click("dialog .btn-error").Sees("#comments li", "taken back").Gone("dialog")
	mireille.Sees("#comments li", "a retiré ce commentaire") // by itself
}

// B-2, S2-29: whoever is signed out elsewhere is at the door at once, and what they had typed is kept.
func TestAnOpenPageGoesToTheDoorWithItsSession(t *testing.T) {
	app := practice(t)
	k := desk(t, app, "MR-1", "consultant", "paralegal", 1)
	jon := signedIn(t, app, "consultant").Visit("/cases/"+k+"/messages").Fill("#body", "Half an answer")
	if _, err := app.Signin.SignOutEverywhere(context.Background(), access.System("test"), app.Person("consultant").ID); err != nil {
		t.Fatal(err)
	}
	jon.Until(`location.pathname === "/sign-in"`)
	enter(jon, "consultant", apptest.Password).At("/cases/" + k + "/messages").Until(`document.querySelector("#body").value === "Half an answer"`)
}
