package web_test

import (
	"testing"

	"chancery/app/apptest"
)

// Design rules «Inline edit», S2-4, S2-7: a row opens in its place, says what is wrong, and comes back saved.
func TestARowIsEditedInItsPlace(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon := app.SignIn("consultant")
		open := jon.Fragment("GET", "/me/fields/cell/edit", "/me", nil).Expect(200).Has("#cell[autofocus]", 1).Has("#cell[autocomplete='mobile tel'][type=tel]", 1)
		open.Has("[data-reopen='/me/fields/cell/edit']", 1).Has("[data-cancel]", 1)
		bad := open.SubmitFragment("#cell-form", "cell", "416 555 0118").Expect(422).In("#cell-error", "country code").Has("#cell[aria-invalid=true][value='416 555 0118']", 1)
		saved := bad.SubmitFragment("#cell-form", "cell", "+1 416 555 0118").Expect(200).In(".saved[role=status]", "Saved").Has("a.edit[data-focus]", 1)
		saved.In("#cell-shown", "+1 416-555-0118").In(".hint", "Coworkers see it") // S0-14, C-9
		jon.Fragment("GET", "/me/fields/cell", "/me", nil).Expect(200).Has(".saved", 0).Has("a.edit[data-focus]", 1)

		plain := jon.Visit("/me/fields/bio/edit").Submit("#bio-form", "bio", "Two\r\nlines")
		plain.Expect(200).At("/me").In(".alert-success", "saved").In("#bio-shown", "Two lines")
		jon.Visit("/me/fields/first-name/edit").Submit("#first-name-form", "first_name", "").Expect(422).Has("main", 1).Has("#personal #first-name-error", 1)
	})
}

// S0-11, C-1: the display name follows the name unless one was chosen, and is what the page calls the person.
func TestTheDisplayNameFollowsTheName(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon := app.SignIn("consultant")
		jon.Visit("/me/fields/last-name/edit").Submit("#last-name-form", "last_name", "Okafor-Bell").In("#display-name-shown", "Jon Okafor-Bell").In("#me header b", "Jon Okafor-Bell")
		jon.Visit("/me/fields/display-name/edit").Submit("#display-name-form", "display_name", "Jon O.").In("#display-name-shown", "Jon O.").In(".photo b", "Jon O.")
		jon.Visit("/me/fields/display-name/edit").Submit("#display-name-form", "display_name", "Jon Okafor-Bell").In("#personal", "First and last name")
	})
}

// What a person writes is text, wherever it stands.
func TestMarkupInAFieldIsText(t *testing.T) {
	app := apptest.One(t)
	jon := app.SignIn("consultant")
	const nasty = `</textarea><img src=x onerror=alert(1)>"' {{.}}`
	jon.Visit("/me/edit").Submit("#profile-form", "bio", nasty, "display_name", nasty).Expect(200).In("#bio-shown", nasty).In("#me header b", nasty).Has("main img[src=x]", 0)
	jon.Visit("/me/edit").In("#bio", nasty).Has("img[src=x]", 0)
}
