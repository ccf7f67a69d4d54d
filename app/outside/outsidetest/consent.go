package outsidetest

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/PuerkitoBio/goquery"
)

// Answer is what somebody does on the consent page.
type Answer int

// What somebody may do there.
const (
	Allow   Answer = iota
	Deny           // says no
	Partial        // leaves out the calendar and allows the rest
)

// Consent opens the page at an address, as a browser would, presses a button and returns where it sends the browser then:
// the redirect's address with code and state. It does not go there.
func (s *server) Consent(consentURL string, a Answer) (back *url.URL, err error) {
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := browser.Get(consentURL)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("outsidetest: the consent page answers %d", response.StatusCode)
	}
	doc, err := goquery.NewDocumentFromReader(response.Body)
	if err != nil {
		return nil, err
	}
	form := url.Values{"answer": {"allow"}, "asked": {doc.Find("input[name=asked]").AttrOr("value", "")}}
	if a == Deny {
		form.Set("answer", "deny")
	}
	doc.Find("input[name=scope]").Each(func(_ int, box *goquery.Selection) {
		if scope := box.AttrOr("value", ""); a != Partial || scope != s.style.scope {
			form.Add("scope", scope)
		}
	})
	answered, err := browser.PostForm(consentURL, form)
	if err != nil {
		return nil, err
	}
	_ = answered.Body.Close()
	if answered.StatusCode != http.StatusFound {
		return nil, errors.New("outsidetest: the consent page sends nobody on")
	}
	return answered.Location()
}
