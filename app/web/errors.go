package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
	"chancery/app/signin"
	"chancery/views"
)

// Refusals of web's own.
var (
	errNoRoute    = errors.New("no such page")
	errSignedOut  = errors.New("not signed in")
	errMustChange = errors.New("password must be changed first")
	errMustEnrol  = errors.New("a second factor must be set up first")
	errPanic      = errors.New("panic")
	errMedia      = errors.New("content type not understood")
	errMalformed  = errors.New("malformed form")
)

// errorView is a page about an error: what it means, what to do, and an id to quote.
type errorView struct {
	views.Page
	Code     string // the status
	What     string // the text is chosen by the kind that classify gives
	Do       string
	Detail   string // the message of a fault, in the reader's language
	Fragment bool   // an alert within a page, not a page
	Blind    bool   // nobody knows who asked: the way on must suit all
	Person   string // address of the person whom it was about, to go back to
}

// fiberError is where every error becomes an answer. Unknown means 500; its text goes to the log and nowhere else.
func (w *Web) fiberError(c *fiber.Ctx, err error) error {
	r, ok := c.Locals("request").(*request)
	if isAPI(c.Path()) && w.API != nil {
		return w.apiUnread(c, err)
	}
	if !ok { // before any route
		r = w.unread(c, err)
		if errors.Is(err, fiber.ErrRequestEntityTooLarge) && takesPicture(c.Path()) && w.pictureUnread(r) {
			return nil
		}
	}
	if r.zone == nil {
		r.chooseLocale()
	}
	if fromExtension(r.route) {
		return w.extensionRefused(r, err)
	}
	switch {
	case errors.Is(err, errSignedOut), errors.Is(err, signin.ErrEnded):
		r.guessed = errors.Is(err, signin.ErrEnded)
		// The request's own context ended with its handler; the door asks the database once more.
		ctx, cancel := context.WithTimeout(context.Background(), deadline)
		defer cancel()
		r.ctx = ctx
		if err = w.signedOut(r); err == nil {
			return nil
		}
	case errors.Is(err, errMustChange):
		return r.goTo("/me/password/edit")
	case errors.Is(err, errMustEnrol):
		return r.goTo("/me/factors")
	case errors.Is(err, fault.ErrProve): // of a handler that has not said where it goes on to
		return w.toPlainProof(r, pathOf(r.Get(fiber.HeaderReferer)))
	}
	status, kind := classify(err)
	if status == fiber.StatusInternalServerError {
		w.Log.Error("request failed", "id", r.from.RequestID, "route", r.route, "error", plain(err))
	} else if status == fiber.StatusForbidden {
		w.Log.Warn("request refused", "id", r.from.RequestID, "route", r.route, "why", plain(err), "user", userID(r))
	}
	if errors.Is(err, errForged) && w.stalePage(r) {
		return nil
	}
	view := w.errorView(r, status, kind)
	view.Detail = w.detail(r, err)
	if r.cur != nil && !r.cur.MustChange && (kind == "over" || kind == "refused") && strings.HasPrefix(r.route, "/users/:id") {
		view.Person = "/users/" + r.Params("id")
	}
	r.comeBack(err)
	name := "errors/show"
	if r.cur != nil && !r.cur.MustChange && !r.cur.MustEnrol && !view.Fragment {
		name = "errors/inside" // with the way to sign out (ASVS 7.4.4)
	}
	if rerr := w.render(r, status, name, view); rerr != nil {
		w.Log.Error("error page failed", "id", r.from.RequestID, "error", rerr.Error())
		return c.Status(status).SendString(strconv.Itoa(status) + " " + r.from.RequestID)
	}
	return nil
}

// comeBack says in the answer's head when a further try is worth while (RFC 9110 §10.2.3), where an error knows it.
func (r *request) comeBack(err error) {
	var many *fault.TooMany
	var unavailable *fault.Unavailable
	var after time.Duration
	switch {
	case errors.As(err, &many):
		after = many.After
	case errors.As(err, &unavailable):
		after = unavailable.After
	}
	if after > 0 {
		r.Set(fiber.HeaderRetryAfter, strconv.Itoa(int((after+time.Second-1)/time.Second)))
	}
}

// errorView says of a kind of error what it means and what to do.
func (w *Web) errorView(r *request, status int, kind string) errorView {
	l := r.locale(w)
	return errorView{
		Page: w.page(r, "error."+kind+".title", ""), Code: strconv.Itoa(status), Fragment: r.fragment(), Blind: r.blind,
		What: l.T(message("error." + kind + ".what")), Do: l.T(message("error." + kind + ".do")),
	}
}

// classify is the one map from errors to statuses.
func classify(err error) (status int, kind string) {
	var (
		forbidden   *fault.Forbidden
		invalid     *fault.Invalid
		refused     *fault.Refused
		conflict    *fault.Conflict
		many        *fault.TooMany
		unavailable *fault.Unavailable
		network     *net.OpError
		fe          *fiber.Error
	)
	switch {
	case errors.Is(err, fault.ErrNotFound), errors.Is(err, errNoRoute):
		return fiber.StatusNotFound, "not-found"
	case errors.Is(err, errNoMethod):
		return fiber.StatusMethodNotAllowed, "not-found"
	case errors.Is(err, errNoVerb):
		return fiber.StatusNotImplemented, "malformed"
	case errors.As(err, &forbidden) && forbidden.Message.Key != "":
		return fiber.StatusForbidden, "over"
	case errors.As(err, &forbidden):
		return fiber.StatusForbidden, "forbidden"
	case errors.Is(err, errForged):
		return fiber.StatusForbidden, "forged"
	case errors.As(err, &invalid), errors.As(err, &refused):
		return fiber.StatusUnprocessableEntity, "refused"
	case errors.As(err, &conflict):
		return fiber.StatusConflict, "conflict"
	case errors.As(err, &many):
		return fiber.StatusTooManyRequests, "too-many"
	case errors.As(err, &unavailable):
		return fiber.StatusServiceUnavailable, "unavailable"
	case errors.Is(err, errMedia):
		return fiber.StatusUnsupportedMediaType, "media"
	case errors.Is(err, errMalformed):
		return fiber.StatusBadRequest, "malformed"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network): // the database is away, most likely
		return fiber.StatusServiceUnavailable, "unavailable"
	case errors.As(err, &fe):
		switch fe.Code {
		case fiber.StatusRequestEntityTooLarge:
			return fe.Code, "too-large"
		case fiber.StatusNotFound:
			return fe.Code, "not-found"
		case fiber.StatusMethodNotAllowed:
			return fe.Code, "not-found"
		case fiber.StatusRequestHeaderFieldsTooLarge:
			return fe.Code, "too-much"
		case fiber.StatusRequestTimeout:
			return fe.Code, "malformed" // it never came to its end
		case fiber.StatusBadGateway:
			return fiber.StatusBadRequest, "malformed" // Fiber's word for a sender who broke off
		}
		if fe.Code >= 400 && fe.Code < 500 {
			return fiber.StatusBadRequest, "malformed"
		}
	}
	return fiber.StatusInternalServerError, "internal"
}

// detail is what a fault says for itself, in the reader's language.
func (w *Web) detail(r *request, err error) string {
	var (
		refused     *fault.Refused
		many        *fault.TooMany
		unavailable *fault.Unavailable
		invalid     *fault.Invalid
		forbidden   *fault.Forbidden
	)
	l := r.locale(w)
	switch {
	case errors.As(err, &refused):
		return l.T(refused.Message)
	case errors.As(err, &forbidden) && forbidden.Message.Key != "":
		return l.T(forbidden.Message)
	case errors.As(err, &many) && many.Message.Key != "":
		return l.T(many.Message)
	case errors.As(err, &unavailable) && unavailable.Message.Key != "":
		return l.T(unavailable.Message)
	case errors.As(err, &invalid) && len(invalid.Fields) > 0:
		return l.T(invalid.Fields[0].Message)
	}
	return ""
}

// signedOut sends a reader whose session has ended to the door and back (B-15). What they typed is kept: by script in
// the browser, and without script by the sign-in page itself, which carries the form on (sign_in.go).
func (w *Web) signedOut(r *request) error {
	r.cur = nil // of a session that ended with this very request nothing is left
	if r.fragment() {
		next := "/sign-in?next=" + url.QueryEscape(pathOf(r.Get("HX-Current-URL")))
		if r.guessed {
			next += "&notice=guessed"
		} else {
			next += "&notice=ended" // the script says notice=kept where it has kept something
		}
		if lang := r.Get("X-Page-Lang"); views.Speaks(lang) { // the door goes on in the language of the page
			w.keepLanguage(r, lang)
		}
		r.Set("HX-Redirect", next)
		r.Set("X-Signed-Out", "1")
		return w.render(r, fiber.StatusUnauthorized, "errors/show", w.errorView(r, fiber.StatusUnauthorized, "signed-out"))
	}
	if unsafe(r.Method()) {
		return w.signInAgain(r)
	}
	next := ""
	if p := r.OriginalURL(); r.route == meCalendarsCallback { // whose address holds a code, which was this session's
		next = "?next=" + url.QueryEscape(meCalendarsAt)
	} else if p != "/" && local(p) {
		next = "?next=" + url.QueryEscape(p)
	}
	return r.Redirect("/sign-in"+next, fiber.StatusSeeOther)
}

func pathOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || !local(u.RequestURI()) {
		return "/"
	}
	return u.RequestURI()
}

// plain is an error's text for the log. Faults carry no personal data; database errors can quote values in their
// detail, which their Error method leaves out.
func plain(err error) string { return err.Error() }

func typeName(v any) string { return fmt.Sprintf("%T", v) }

func userID(r *request) string {
	if r.cur == nil {
		return ""
	}
	return r.cur.User.ID
}
