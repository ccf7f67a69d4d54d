package web_test

import (
	"testing"

	"chancery/app/apptest"
)

// A page has every zone, for those without script; what a swap brings stays small and fetches them when they are needed.
func TestASwappedFormBringsTheChosenZoneOnly(t *testing.T) {
	app := apptest.One(t)
	jon := app.SignIn("consultant")
	jon.Visit("/me/preferences").Expect(200).Has("#zone[data-options]", 0).Has("#zone option[value='Asia/Tokyo']", 1)
	part := jon.Fragment("GET", "/me/preferences", "/me/preferences", nil).Expect(200).Has("#zone[data-options='/zones']", 1).Has("#zone option", 1)
	if len(part.Body) > 10*1024 {
		t.Errorf("the fragment has %d bytes, more than 10 KB", len(part.Body))
	}
	jon.Fragment("GET", "/zones", "/me/preferences", nil).Expect(200).In("option[value='Asia/Tokyo']", "Tokyo")
}
