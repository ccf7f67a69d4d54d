package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"chancery/app/fault"
	"chancery/app/replies"
	"chancery/views"
)

// Problems are RFC 9457's. Their type is an address on the page about the API that says what it means; their texts are English, as the
// document is. Nothing that was sent stands in them again: it could be somebody's data, and ends in other people's logs.

// kind is what a problem is called, by its status.
func kind(status int) string {
	switch status {
	case http.StatusBadRequest, http.StatusUnsupportedMediaType, http.StatusNotAcceptable:
		return "malformed"
	case http.StatusUnauthorized:
		return "token"
	case http.StatusForbidden:
		return "scope"
	case http.StatusNotFound:
		return "not-found"
	case http.StatusMethodNotAllowed:
		return "method"
	case http.StatusConflict:
		return "differs"
	case http.StatusPreconditionFailed, http.StatusPreconditionRequired:
		return "changed"
	case http.StatusRequestEntityTooLarge:
		return "too-large"
	case http.StatusUnprocessableEntity:
		return "refused"
	case http.StatusTooManyRequests:
		return "too-many"
	case http.StatusServiceUnavailable:
		return "unavailable"
	}
	return "internal"
}

// says is what a problem's detail is where nothing more is known.
func says(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "Send a token that counts, as Authorization: Bearer TOKEN."
	case http.StatusNotFound:
		return "There is no such thing, or not for this token."
	case http.StatusMethodNotAllowed:
		return "This method is not taken here. Allow names those that are."
	case http.StatusPreconditionFailed:
		return "It has changed since it was read. Read it again, and send the change with its new ETag."
	case http.StatusPreconditionRequired:
		return "Send the ETag that it was read with, as If-Match."
	case http.StatusRequestEntityTooLarge:
		return "This is more than is taken here."
	case http.StatusTooManyRequests:
		return "That was too often. Retry-After tells when to go on."
	case http.StatusServiceUnavailable:
		return "Something does not answer. Nothing was changed; try again later."
	case http.StatusInternalServerError:
		return "Something went wrong on our side. Quote the instance when you ask about it."
	}
	return http.StatusText(status)
}

// bodyField is what the API calls a field of a form.
func bodyField(form string) string {
	switch form {
	case "client", "owner", "department", "member", "to":
		return map[string]string{"client": "client_id", "owner": "owner_id", "department": "department_id", "member": "user_id", "to": "owner_id"}[form]
	case "starts", "ends":
		return form + "_at"
	}
	return form
}

// instead is what the API says of a field in the place of what a form does, or "".
func instead(key string) string {
	switch key {
	case "cases.choose-client":
		return "There is no such client, or not for this token."
	case "cases.choose-owner", "cases.choose-member":
		return "There is no such person, or they do not work here."
	case "staff.language-unknown":
		return "Send en, es or fr."
	}
	return ""
}

// wrong is a problem about one place in the request.
func wrong(location, message string) error {
	return &huma.ErrorModel{Status: http.StatusUnprocessableEntity, Detail: message, Errors: []*huma.ErrorDetail{{Location: location, Message: message}}}
}

// answered is a problem with headers of its own.
type answered struct {
	*huma.ErrorModel
	headers http.Header
}

func (p *answered) GetHeaders() http.Header { return p.headers }

// problem is the one map from errors to problems. Unknown means 500; its text goes to the log and nowhere else.
func (a *API) problem(ctx context.Context, err error) error {
	var (
		forbidden   *fault.Forbidden
		invalid     *fault.Invalid
		refused     *fault.Refused
		differs     *fault.Differs
		conflict    *fault.Conflict
		many        *fault.TooMany
		unavailable *fault.Unavailable
		network     *net.OpError
		known       huma.StatusError
	)
	say := func(m fault.Message) string { return views.In("en", time.UTC, a.Now()).T(m) }
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(err, fault.ErrNotFound):
		return &huma.ErrorModel{Status: http.StatusNotFound}
	case errors.Is(err, replies.ErrOther):
		return wrong("header.Idempotency-Key", "This key was used for another request within the last day.")
	case errors.As(err, &forbidden):
		detail := "This needs the scope " + forbidden.Permission + ", and a person behind the token who is allowed to do it, too."
		if forbidden.Message.Key != "" {
			detail = say(forbidden.Message)
		}
		return &answered{&huma.ErrorModel{Status: http.StatusForbidden, Detail: detail},
			http.Header{"WWW-Authenticate": {`Bearer realm="Chancery", error="insufficient_scope", scope="` + forbidden.Permission + `"`}}}
	case errors.As(err, &invalid):
		p := &huma.ErrorModel{Status: http.StatusUnprocessableEntity, Detail: "Nothing was changed: see errors."}
		for _, f := range invalid.Fields {
			p.Errors = append(p.Errors, &huma.ErrorDetail{Location: "body." + bodyField(f.Name), Message: cmp.Or(instead(f.Message.Key), say(f.Message))})
		}
		return p
	case errors.As(err, &refused):
		return &huma.ErrorModel{Status: http.StatusUnprocessableEntity, Detail: say(refused.Message)}
	case errors.As(err, &differs):
		return &huma.ErrorModel{Status: http.StatusConflict, Detail: say(differs.Message)}
	case errors.As(err, &conflict):
		return &huma.ErrorModel{Status: http.StatusPreconditionFailed}
	case errors.As(err, &many):
		return &answered{&huma.ErrorModel{Status: http.StatusTooManyRequests}, http.Header{"Retry-After": {seconds(many.After)}}}
	case errors.As(err, &unavailable), errors.Is(err, context.DeadlineExceeded), errors.As(err, &network):
		return &huma.ErrorModel{Status: http.StatusServiceUnavailable}
	}
	a.Log.Error("request failed", "id", callOf(ctx).from.RequestID, "error", err.Error())
	return &huma.ErrorModel{Status: http.StatusInternalServerError}
}

// complete gives every problem, also those that huma finds, its type, its title and its instance, and takes out what was sent.
func (a *API) complete(ctx context.Context, p *huma.ErrorModel) *huma.ErrorModel {
	c := *p
	c.Type = a.URL.JoinPath("/api").String() + "#" + kind(p.Status)
	c.Title = http.StatusText(p.Status)
	if c.Detail == "" {
		c.Detail = says(p.Status)
	}
	if id := callOf(ctx).from.RequestID; id != "" {
		c.Instance = "urn:uuid:" + id
	}
	c.Errors = nil
	for _, e := range p.Errors {
		if e != nil {
			c.Errors = append(c.Errors, &huma.ErrorDetail{Message: e.Message, Location: e.Location})
		}
	}
	return &c
}

// transform is complete for what goes out by huma.
func (a *API) transform(ctx huma.Context, _ string, v any) (any, error) {
	switch p := v.(type) {
	case *huma.ErrorModel:
		return a.complete(ctx.Context(), p), nil
	case *answered:
		return a.complete(ctx.Context(), p.ErrorModel), nil
	}
	return v, nil
}

// body is a problem as it is sent where no operation was reached.
func (a *API) body(ctx context.Context, status int, detail string) []byte {
	b, _ := json.Marshal(a.complete(ctx, &huma.ErrorModel{Status: status, Detail: detail})) // of strings and numbers
	return b
}

// generation is what an If-Match names: that of an ETag, or 0 for *, which takes it as it is.
func generation(ifMatch string) (int64, error) {
	if ifMatch == "" {
		return 0, &huma.ErrorModel{Status: http.StatusPreconditionRequired}
	}
	if ifMatch == "*" {
		return 0, nil
	}
	n := len(ifMatch)
	if n < 3 || ifMatch[0] != '"' || ifMatch[n-1] != '"' {
		return 0, &huma.ErrorModel{Status: http.StatusPreconditionFailed}
	}
	g, err := strconv.ParseInt(ifMatch[1:n-1], 10, 64)
	if err != nil || g < 1 {
		return 0, &huma.ErrorModel{Status: http.StatusPreconditionFailed}
	}
	return g, nil
}

func etag(generation int64) string { return `"` + strconv.FormatInt(generation, 10) + `"` }
