package outsidetest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"chancery/app/outside/microsoft"
)

// Microsoft speaks the calendar's part of Microsoft Graph, version 1.0, and Microsoft's OAuth 2.
type Microsoft struct {
	*server
	transactions map[string]*stored // whether the event they made still stands or not
	bodies       map[string]string  // what each was sent with
}

// NewMicrosoft starts one; who starts it closes it.
func NewMicrosoft(o Options) *Microsoft {
	m := &Microsoft{
		server: newServer(o, style{
			scopes: []string{"offline_access", microsoft.Scope}, scope: microsoft.Scope, rotates: true, fail: microsoftError,
		}, limits{window: 10 * time.Minute, each: 10_000, concurrent: 4, status: http.StatusTooManyRequests, reason: "ApplicationThrottled"}),
		transactions: map[string]*stored{}, bodies: map[string]string{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /common/oauth2/v2.0/authorize", m.named("consent", m.consentPage))
	mux.HandleFunc("POST /common/oauth2/v2.0/authorize", m.named("consented", m.consented))
	mux.HandleFunc("POST /common/oauth2/v2.0/token", m.named("token", m.tokenEndpoint))
	mux.HandleFunc("GET /v1.0/me/calendar", m.named("calendar.get", m.owner))
	const calendars = "/v1.0/me/calendars"
	mux.HandleFunc("GET "+calendars, m.mine("calendars.list", m.findCalendar))
	mux.HandleFunc("POST "+calendars, m.mine("calendars.create", m.createCalendar))
	mux.HandleFunc("GET "+calendars+"/{calendar}", m.in("calendars.get", func(w http.ResponseWriter, _ *http.Request, _ *person, f *folder) {
		answer(w, http.StatusOK, map[string]any{"id": f.id, "name": f.name})
	}))
	mux.HandleFunc("DELETE "+calendars+"/{calendar}", m.in("calendars.delete", func(w http.ResponseWriter, _ *http.Request, p *person, f *folder) {
		delete(p.calendars, f.id)
		w.WriteHeader(http.StatusNoContent)
	}))
	mux.HandleFunc("GET "+calendars+"/{calendar}/events", m.in("events.list", m.list))
	mux.HandleFunc("POST "+calendars+"/{calendar}/events", m.in("events.create", m.create))
	mux.HandleFunc("PATCH "+calendars+"/{calendar}/events/{event}", m.of("events.update", m.update))
	mux.HandleFunc("DELETE "+calendars+"/{calendar}/events/{event}", m.of("events.delete", func(w http.ResponseWriter, _ *http.Request, f *folder, e *stored) {
		f.remove(e)
		w.WriteHeader(http.StatusNoContent)
	}))
	m.start(mux)
	return m
}

// Endpoints are where the keeper finds it.
func (m *Microsoft) Endpoints() microsoft.Endpoints {
	oauth := m.URL + "/common/oauth2/v2.0"
	return microsoft.Endpoints{Consent: oauth + "/authorize", Token: oauth + "/token", API: m.URL + "/v1.0"}
}

func microsoftError(w http.ResponseWriter, status int, code string) {
	switch code {
	case "authError":
		code = "InvalidAuthenticationToken"
	case "insufficientPermissions":
		code = "ErrorAccessDenied"
	}
	answer(w, status, map[string]any{"error": map[string]any{
		"code": code, "message": "a longer sentence, which no log should hold", "innerError": map[string]any{"request-id": "1"},
	}})
}

func (m *Microsoft) owner(w http.ResponseWriter, r *http.Request) {
	account := m.bearer(r)
	if account == "" {
		microsoftError(w, http.StatusUnauthorized, "authError")
		return
	}
	answer(w, http.StatusOK, map[string]any{"owner": map[string]any{"name": "Somebody", "address": account}})
}

// in finds the calendar, of finds the event in it.
func (m *Microsoft) in(name string, handle func(http.ResponseWriter, *http.Request, *person, *folder)) http.HandlerFunc {
	return m.mine(name, func(w http.ResponseWriter, r *http.Request, p *person) {
		f := p.calendars[r.PathValue("calendar")]
		if f == nil {
			microsoftError(w, http.StatusNotFound, "ErrorItemNotFound")
			return
		}
		handle(w, r, p, f)
	})
}

func (m *Microsoft) of(name string, handle func(http.ResponseWriter, *http.Request, *folder, *stored)) http.HandlerFunc {
	return m.in(name, func(w http.ResponseWriter, r *http.Request, _ *person, f *folder) {
		e := f.events[r.PathValue("event")]
		switch wanted := r.Header.Get("If-Match"); {
		case e == nil || e.removed:
			microsoftError(w, http.StatusNotFound, "ErrorItemNotFound")
		case wanted != "" && wanted != e.weak():
			microsoftError(w, http.StatusPreconditionFailed, "ErrorIrresolvableConflict")
		default:
			handle(w, r, f, e)
		}
	})
}

func (e *stored) weak() string { return "W/" + e.etag() }

// filter is the one form of $filter that is known here: an extended property with a value, or one that begins so.
var filter = regexp.MustCompile(`^singleValueExtendedProperties/Any\(ep: ep/id eq '(String \{[0-9a-f-]{36}\} Name \w+)' and (?:ep/value eq '([^']*)'|startswith\(ep/value, '([^']*)'\))\)$`)

// filtered reads $filter; without one everything matches.
func filtered(q url.Values) (matches func(properties map[string]string) bool, ok bool) {
	if !q.Has("$filter") {
		return func(map[string]string) bool { return true }, true
	}
	parts := filter.FindStringSubmatch(q.Get("$filter"))
	if parts == nil {
		return nil, false
	}
	return func(properties map[string]string) bool {
		value, has := properties[parts[1]]
		return has && (parts[2] != "" && strings.EqualFold(value, parts[2]) ||
			parts[3] != "" && strings.HasPrefix(strings.ToLower(value), strings.ToLower(parts[3])))
	}, true
}

func (m *Microsoft) findCalendar(w http.ResponseWriter, r *http.Request, p *person) {
	matches, ok := filtered(r.URL.Query())
	if !ok {
		microsoftError(w, http.StatusBadRequest, "ErrorInvalidUrlQueryFilter")
		return
	}
	found := []any{}
	for _, f := range p.calendars {
		if matches(f.about) {
			found = append(found, map[string]any{"id": f.id})
		}
	}
	answer(w, http.StatusOK, map[string]any{"value": found})
}

func (m *Microsoft) createCalendar(w http.ResponseWriter, r *http.Request, p *person) {
	fields, wrong := read(r, "name", "singleValueExtendedProperties")
	name := at(fields, "name")
	if wrong || name == "" {
		microsoftError(w, http.StatusBadRequest, "ErrorInvalidRequest")
		return
	}
	for _, f := range p.calendars {
		if strings.EqualFold(f.name, name) {
			microsoftError(w, http.StatusConflict, "ErrorFolderExists")
			return
		}
	}
	f := m.folder(p, name)
	f.about = properties(fields)
	answer(w, http.StatusCreated, map[string]any{"id": f.id, "name": f.name})
}

// properties are the extended ones by their id.
func properties(fields map[string]any) map[string]string {
	out := map[string]string{}
	list, _ := fields["singleValueExtendedProperties"].([]any)
	for _, one := range list {
		if property, is := one.(map[string]any); is {
			out[at(property, "id")] = at(property, "value")
		}
	}
	return out
}

var expand = regexp.MustCompile(`^singleValueExtendedProperties\(\$filter=id eq '(String \{[0-9a-f-]{36}\} Name \w+)'\)$`)

// list tells extended properties only of whom $expand names, and of the rest what $select names.
func (m *Microsoft) list(w http.ResponseWriter, r *http.Request, _ *person, f *folder) {
	q := r.URL.Query()
	matches, ok := filtered(q)
	named := expand.FindStringSubmatch(q.Get("$expand"))
	top, err := strconv.Atoi(q.Get("$top"))
	if err != nil {
		top = 10
	}
	if !ok || q.Has("$expand") && named == nil || top > 1000 {
		microsoftError(w, http.StatusBadRequest, "ErrorInvalidUrlQuery")
		return
	}
	var all []any
	for _, e := range f.sorted(0) {
		if !matches(properties(e.fields)) {
			continue
		}
		told, whole := map[string]any{"id": e.id, "@odata.etag": e.weak()}, e.graph()
		for _, name := range strings.Split(q.Get("$select"), ",") {
			if value, has := whole[name]; has {
				told[name] = value
			}
		}
		if named != nil {
			if value, has := properties(e.fields)[named[1]]; has {
				told["singleValueExtendedProperties"] = []any{map[string]any{"id": named[1], "value": value}}
			}
		}
		all = append(all, told)
	}
	skip, _ := strconv.Atoi(q.Get("$skip"))
	end := min(len(all), skip+top)
	out := map[string]any{"value": append([]any{}, all[min(skip, end):end]...)}
	if end < len(all) {
		q.Set("$skip", strconv.Itoa(end))
		out["@odata.nextLink"] = m.URL + r.URL.Path + "?" + q.Encode()
	}
	answer(w, http.StatusOK, out)
}

// graph is the event as Graph tells it: times in UTC, the beginning of the text, no extended properties.
func (e *stored) graph() map[string]any {
	out := maps.Clone(e.fields)
	delete(out, "singleValueExtendedProperties")
	out["id"], out["@odata.etag"] = e.id, e.weak()
	preview := []rune(strings.ReplaceAll(at(e.fields, "body", "content"), "\r\n", "\n"))
	out["bodyPreview"] = string(preview[:min(255, len(preview))])
	for _, end := range []string{"start", "end"} {
		out[end] = map[string]any{"dateTime": graphTime(e.fields, end).UTC().Format("2006-01-02T15:04:05.0000000"), "timeZone": "UTC"}
	}
	return out
}

func graphTime(fields map[string]any, end string) time.Time {
	where, err := time.LoadLocation(at(fields, end, "timeZone"))
	if err != nil || at(fields, end, "timeZone") == "" {
		return time.Time{}
	}
	out, _ := time.ParseInLocation("2006-01-02T15:04:05", at(fields, end, "dateTime"), where)
	return out
}

var graphFields = []string{
	"subject", "body", "location", "start", "end", "isAllDay", "showAs", "sensitivity", "transactionId", "singleValueExtendedProperties",
}

func graphEvent(fields map[string]any) bool {
	starts, ends := graphTime(fields, "start"), graphTime(fields, "end")
	return !starts.IsZero() && !ends.Before(starts) && at(fields, "body", "contentType") == "text"
}

// create is held off by a transaction id: the same again is answered with what it made, another one is refused.
func (m *Microsoft) create(w http.ResponseWriter, r *http.Request, _ *person, f *folder) {
	fields, wrong := read(r, graphFields...)
	transaction := at(fields, "transactionId")
	if wrong || !graphEvent(fields) {
		microsoftError(w, http.StatusBadRequest, "ErrorInvalidRequest")
		return
	}
	sent, _ := json.Marshal(fields)
	if before := m.transactions[transaction]; transaction != "" && before != nil {
		if before.removed || m.bodies[transaction] != string(sent) {
			microsoftError(w, http.StatusConflict, "ErrorDuplicateTransactionId")
			return
		}
		answer(w, http.StatusCreated, before.graph())
		return
	}
	m.serial++
	fields["createdDateTime"] = m.now().UTC().Format("2006-01-02T15:04:05.0000000Z")
	e := f.write(fmt.Sprintf("AAMk%06d=", m.serial), fields)
	m.transactions[transaction], m.bodies[transaction] = e, string(sent)
	answer(w, http.StatusCreated, e.graph())
}

// update changes the fields that are sent and leaves the others.
func (m *Microsoft) update(w http.ResponseWriter, r *http.Request, f *folder, e *stored) {
	fields, wrong := read(r, graphFields...)
	if wrong || at(fields, "transactionId") != "" || !graphEvent(fields) {
		microsoftError(w, http.StatusBadRequest, "ErrorInvalidRequest")
		return
	}
	now := maps.Clone(e.fields)
	maps.Copy(now, fields)
	answer(w, http.StatusOK, f.write(e.id, now).graph())
}
