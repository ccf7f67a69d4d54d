package web_test

import (
	"net/url"
	"regexp"
	"testing"

	"chancery/app/apptest"
)

// A page has every zone, for those without script; what a swap brings stays small. Either fetches the names to search by
// when they are needed.
func TestASwappedFormBringsTheChosenZoneOnly(t *testing.T) {
	app := apptest.One(t)
	jon := app.SignIn("consultant")
	jon.Visit("/me/preferences").Expect(200).Has("#zone[data-options='/zones']", 1).Has("#zone option[data-search]", 0).Has("#zone option[value='Asia/Tokyo']", 1)
	part := jon.Fragment("GET", "/me/preferences", "/me/preferences", nil).Expect(200).Has("#zone[data-options='/zones']", 1).Has("#zone option", 1)
	if len(part.Body) > 10*1024 {
		t.Errorf("the fragment has %d bytes, more than 10 KB", len(part.Body))
	}
	all := jon.Do("GET", "/zones", "", "", map[string]string{"X-Page-Lang": "fr", "HX-Request": "true"}).Expect(200).Body
	if !regexp.MustCompile(`(?m)^Asia/Tokyo\tTokyo, Japon \(UTC\+09:00\)\t`).MatchString(all) || !regexp.MustCompile(`(?m)^Asia/Kolkata\tCalcutta, Inde \(UTC\+05:30\)\t.*Bombay`).MatchString(all) {
		t.Errorf("Tokyo or Kolkata is not there as it should be: %s", all)
	}
}

// S0-18, S0-26: what is no zone is said on its field, in the words that script says beforehand, and stays there.
func TestWhatIsNoZoneIsRefusedOnItsField(t *testing.T) {
	app := apptest.One(t)
	c := app.SignIn("consultant")
	page := c.Visit("/me/preferences").Expect(200)
	for _, typed := range []string{"nonsense", ""} {
		form := url.Values{"_csrf": {page.Attr("#preferences-form [name=_csrf]", "value")}, "_method": {"PATCH"}, "zone": {typed}, "was_zone": {"America/Toronto"}}
		refused := c.Fragment("POST", "/me/preferences", "/me/preferences", form).Expect(422).In("#errors", "no such time zone").Has("#zone[aria-invalid=true]", 1)
		if said, before := refused.Text("#zone-error"), page.Attr("#zone", "data-unknown"); said != before || said == "" {
			t.Errorf("%q: %q is said, and %q before", typed, said, before)
		}
		if kept := refused.Attr("#zone option", "value"); kept != typed {
			t.Errorf("%q came back as %q", typed, kept)
		}
	}
}
