package delivery

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"chancery/app/amazon"
)

// Text is one text message to one phone.
type Text struct {
	// ID and Date are the text's own, the same each time it is tried, with the alphabet of a Message's.
	ID   string
	Date time.Time
	To   string // E.164
	Body string // at most textMax characters
}

// textMax is what SNS takes in one call; it cuts what is longer than a text into several.
const textMax = 1600

// Texts hands texts over. All methods may be called from several goroutines.
type Texts interface {
	// Text hands one text over, once, and returns the name that the other side gave it. Every error is a *Refused. Its
	// Answer is the other side's word for the reason and names no number, so it may be stored and shown.
	Text(ctx context.Context, t Text) (answer string, err error)
	// Ready tells whether a text could be handed over now, as far as that can be known without sending one.
	Ready(ctx context.Context) error
	Close() error
}

// TextOptions are the things that do not belong into an address. The zero value is usable.
type TextOptions struct {
	Credentials amazon.Credentials // for SNS; zero: from the place we run in (amazon)
	Timeout     time.Duration      // bounds one call; 0 means 15 s
	Web         *http.Transport    // nil means a plain one
}

// TextsOff is the address of a practice that sends no texts.
const TextsOff = "off"

// OpenTexts makes the Texts that address names (see [CheckTexts]), or nil for "off".
func OpenTexts(address string, o TextOptions) (Texts, error) {
	t, err := parseTexts(address)
	switch {
	case err != nil:
		return nil, err
	case t.off:
		return nil, nil
	case t.directory != "":
		d, err := openDirectory(t.directory)
		if err != nil {
			return nil, err
		}
		return textDirectory{d}, nil
	}
	return openSNS(t, o)
}

// CheckTexts tells what is wrong with the address of where texts go; nil when it can be used with [OpenTexts]. Three shapes:
//
//	off                                        no texts are sent
//	dir:PATH                                   .txt files in a directory
//	sns://REGION[?sender=WHO][&endpoint=URL]   Amazon SNS
//
// WHO is what the phone shows: a name of 1 to 11 letters and digits, where the country has such senders, or a number of ours
// in E.164, which Canada and the United States want (its + is written %2B). Another endpoint than Amazon's own is for private
// networks and tests; it has https unless it is this machine.
func CheckTexts(address string) error {
	_, err := parseTexts(address)
	return err
}

// textTarget is a parsed address of where texts go.
type textTarget struct {
	off       bool
	directory string

	region, endpoint, sender string
}

var (
	regionShape = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-\d$`)
	senderName  = regexp.MustCompile(`^[A-Za-z0-9]{1,11}$`)
	hasLetter   = regexp.MustCompile(`[A-Za-z]`)
	numberShape = regexp.MustCompile(`^\+[1-9]\d{6,14}$`)
)

func parseTexts(address string) (t textTarget, err error) {
	if address == TextsOff {
		return textTarget{off: true}, nil
	}
	if path, ok := strings.CutPrefix(address, "dir:"); ok {
		if path == "" {
			return t, errors.New("texts: dir: needs a path, as in dir:.data/outbox")
		}
		return textTarget{directory: path}, nil
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Scheme != "sns":
		return t, errors.New("texts: want off, dir:PATH or sns://REGION?sender=NAME")
	case u.User != nil:
		return t, errors.New("texts: the access key does not belong into the address; give it by its own settings")
	case !regionShape.MatchString(u.Host):
		return t, errors.New("texts: sns: needs a region, as in sns://ca-central-1")
	case u.Path != "" && u.Path != "/":
		return t, errors.New("texts: an sns: address has no path")
	}
	t.region = u.Host
	for key, values := range u.Query() {
		value := values[0]
		switch {
		case len(values) != 1:
			return textTarget{}, fmt.Errorf("texts: %s is repeated", key)
		case key == "sender" && (numberShape.MatchString(value) || senderName.MatchString(value) && hasLetter.MatchString(value)):
			t.sender = value
		case key == "sender":
			return textTarget{}, errors.New("texts: sender is a name of 1 to 11 letters and digits, or a number such as %2B14165550100")
		case key == "endpoint" && fitEndpoint(value):
			t.endpoint = value
		case key == "endpoint":
			return textTarget{}, errors.New("texts: endpoint is an https address, or an http one of this machine")
		default:
			return textTarget{}, fmt.Errorf("texts: unknown setting %q; there are sender and endpoint", key)
		}
	}
	return t, nil
}

// fitEndpoint tells whether a text may be handed over there: what stands in it is a secret for minutes.
func fitEndpoint(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	a, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || err == nil && a.IsLoopback())
}

// check refuses a text that nobody could take.
func (t Text) check() error {
	bad := func(why string) error {
		return &Refused{Stage: StageText, Permanent: true, Answer: "Unfit", Err: errors.New(why)}
	}
	switch {
	case !fitsID(t.ID):
		return bad("an id of another alphabet")
	case t.Date.IsZero():
		return bad("no date")
	case !numberShape.MatchString(t.To):
		return bad("the number is not E.164")
	case strings.TrimSpace(t.Body) == "" || !utf8.ValidString(t.Body) || utf8.RuneCountInString(t.Body) > textMax:
		return bad("nothing to say, or too much")
	}
	return nil
}

// textDirectory writes each text as one .txt file beside the mails. A second try of a text replaces the first.
type textDirectory struct{ *directory }

// Text implements Texts. The answer is the file's name.
func (d textDirectory) Text(ctx context.Context, t Text) (string, error) {
	if err := t.check(); err != nil {
		return "", err
	}
	if err := ctx.Err(); err != nil {
		return "", &Refused{Stage: StageText, Err: err}
	}
	name := t.Date.UTC().Format("20060102T150405.000000Z") + "-" + t.ID + ".txt"
	content := "To: " + t.To + "\nDate: " + t.Date.UTC().Format(time.RFC3339) + "\n\n" + strings.TrimRight(t.Body, "\n") + "\n"
	if err := d.write(name, []byte(content)); err != nil {
		return "", &Refused{Stage: StageText, Err: err}
	}
	return name, nil
}
