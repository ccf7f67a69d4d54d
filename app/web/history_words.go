package web

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"chancery/app/access"
	"chancery/app/agenda"
	"chancery/app/audit"
	"chancery/app/billing"
	"chancery/app/cases"
	"chancery/app/casesync"
	"chancery/app/notices"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/views"
)

// auditAction is something that the history tells of, in the words audit.action.NAME, with its icon.
type auditAction struct{ name, icon string }

func (a auditAction) key() string {
	return "audit.action." + strings.ReplaceAll(a.name, ".", "-")
}

// group is what the filter lists it under, in the words audit.group.NAME.
func (a auditAction) group() string {
	group, _, _ := strings.Cut(a.name, ".")
	return group
}

// auditActions are all there are; the filter has their groups in this order. A test walks the code for actions and
// fails on one that is missing here.
var auditActions = [...]auditAction{
	{"user.create", "plus"}, {"user.edit", "pencil"}, {"user.edit-profile", "pencil"}, {"user.edit-notices", "bell"}, {"user.unsubscribe", "bell-off"}, {"user.set-role", "shield"}, {"user.set-profiles", "layers"},
	{"user.set-department", "network"}, {"user.set-title", "briefcase"}, {"user.set-picture", "camera"}, {"user.remove-picture", "image-off"}, {"card.publish", "contact-round"}, {"card.withdraw", "lock"},
	{"mail.retry", "send"}, {"mail.stop", "x"}, {"mail.resume", "mail"},
	{"absence.plan", "calendar"}, {"absence.change", "calendar"}, {"absence.end", "calendar"}, {"absence.call-off", "x"},
	{"user.issue-link", "mail"}, {"user.accept-invitation", "circle-check"}, {"invitation.resend", "mail"}, {"invitation.copy", "link"}, {"invitation.cancel", "x"},
	{"user.request-email", "mail"}, {"user.cancel-email", "x"}, {"user.prove-email", "mail"}, {"user.change-email", "mail"}, {"user.verify-email", "circle-check"}, {"user.verify-cell", "smartphone"},
	{"password.change", "key-round"}, {"password.reset", "key-round"}, {"password.recover", "key-round"}, {"user.lock", "lock"}, {"user.unlock", "lock-open"},
	{"factor.add", "shield-plus"}, {"factor.remove", "shield-off"}, {"factor.rename", "pencil"}, {"factor.renew-codes", "key-round"}, {"factor.use-code", "key-round"}, {"factor.reset", "shield-off"}, {"factor.copied", "shield-off"},
	{"user.disown", "shield-alert"}, {"invitation.ask", "mail"},
	{"session.sign-out", "log-out"}, {"session.end", "log-out"}, {"session.end-others", "log-out"}, {"session.end-all", "log-out"}, {"session.pair-code", "link"}, {"session.pair", "link"},
	{"user.plan-departure", "clock"}, {"user.cancel-departure", "x"}, {"user.deactivate", "user-x"}, {"user.reactivate", "user-check"},
	{"role.create", "shield"}, {"role.update", "shield"}, {"role.delete", "shield"}, {"profile.create", "layers"}, {"profile.update", "layers"}, {"profile.delete", "layers"},
	{"department.create", "network"}, {"department.rename", "network"}, {"department.merge", "network"}, {"department.delete", "network"},
	{"title.create", "briefcase"}, {"title.rename", "briefcase"}, {"title.delete", "briefcase"},
	{"organization.edit", "landmark"}, {"organization.edit-notices", "bell"}, {"organization.restore", "refresh-cw"}, {"organization.set-logo", "camera"}, {"organization.remove-logo", "image-off"},
	{"client.create", "user-round"}, {"client.edit", "pencil"}, {"case.create", "folder"}, {"case.edit", "pencil"}, {"case.close", "lock"}, {"case.reopen", "lock-open"},
	{"case.reassign", "arrow-right-left"}, {"case.add-member", "plus"}, {"case.remove-member", "x"}, {"case.set-bell", "bell"}, {"case.add-score", "gauge"},
	{"sync.begin", "refresh-cw"}, {"sync.close", "lock"}, {"sync.keep", "lock-open"}, {"sync.retry", "refresh-cw"}, {"sync.ignore", "x"}, {"sync.heed", "refresh-cw"},
	{"message.receive", "message-square"}, {"message.send", "send"}, {"comment.create", "message-square"}, {"comment.edit", "pencil"}, {"comment.withdraw", "x"},
	{"appointment.create", "calendar"}, {"appointment.update", "calendar"}, {"appointment.cancel", "x"}, {"appointment.restore", "calendar"}, {"appointment.hand-over", "arrow-right-left"},
	{"calendar.connect", "calendar"}, {"calendar.disconnect", "calendar"}, {"calendar.end", "x"}, {"calendar.give-up", "calendar"},
	{"calendar.feed-create", "calendar"}, {"calendar.feed-renew", "refresh-cw"}, {"calendar.feed-update", "calendar"}, {"calendar.feed-revoke", "x"},
	{"deadline.create", "clock"}, {"deadline.update", "clock"}, {"deadline.finish", "circle-check"}, {"deadline.reopen", "clock"},
	{"invoice.create", "receipt-text"}, {"invoice.void", "x"}, {"payment.record", "banknote"}, {"payment.reverse", "x"},
	{"stage.create", "list-checks"}, {"stage.rename", "list-checks"}, {"stage.move", "list-checks"}, {"stage.delete", "list-checks"},
	{"declared.pause", "clock"}, {"declared.resume", "refresh-cw"}, {"declared.release", "lock-open"}, {"job.run", "gauge"}, {"run.create", "list-checks"}, {"run.cancel", "x"}, {"history.export", "download"}, {"user.export", "download"}, {"token.create", "terminal"}, {"token.revoke", "x"},
}

// dated tells whether an action is one of appointments or deadlines, which stand in the history of their case.
func dated(action string) bool {
	return strings.HasPrefix(action, "appointment.") || strings.HasPrefix(action, "deadline.")
}

// historian says lines of the history in the reader's words.
type historian struct {
	w     *Web
	r     *request
	l     views.Locale
	names staff.Names
}

func (s historian) line(h *staff.HistoryLine) historyLine {
	v := historyLine{At: s.l.Time(h.At), Icon: "circle", What: h.Action, Network: h.Network, Kind: s.kind(h.ObjectKind), Object: s.named(h.ObjectKind, h.ObjectID)}
	if i := slices.IndexFunc(auditActions[:], func(a auditAction) bool { return a.name == h.Action }); i >= 0 {
		v.What, v.Icon = s.l.T(message(auditActions[i].key())), auditActions[i].icon
	}
	v.Label = s.l.T(message("audit.label", "Label", v.What))
	v.ObjectURL = s.url(h.ObjectKind, h.ObjectID)
	v.Actor, v.ActorURL = s.actor(h)
	for _, c := range h.Fields {
		if f, ok := s.field(h, c); ok {
			v.Fields = append(v.Fields, f)
		}
	}
	if v.Object == "" { // what is gone is called as it was
		for _, c := range h.Fields {
			if c.Field == "name" || c.Field == "number" {
				v.Object = c.Before + c.After
				if c.Before != "" {
					v.Object = c.Before
				}
			}
		}
	}
	return v
}

// actor is who did it: a person by the name that they have now, and by which API token where it was one; a program by what it is.
func (s historian) actor(h *staff.HistoryLine) (name, url string) {
	if program, ok := programOf(h.ActorID); ok {
		text, ok := s.words("audit.program." + program)
		switch {
		case ok && program == "declared" && h.ActorName != "": // which of the sources it was
			return s.l.T(message("declared.by", "Source", h.ActorName)), ""
		case ok:
			return text, ""
		}
		return s.l.T(message("audit.some-program", "Name", program)), ""
	}
	if name := s.names.Of("user", h.ActorID); name != "" {
		if h.Token != "" {
			name = s.l.T(message("audit.by-token", "Name", name, "Token", h.Token))
		}
		return name, "/users/" + h.ActorID
	}
	if h.ActorName != "" {
		return h.ActorName, ""
	}
	return s.l.T(message("audit.unknown-actor")), ""
}

// programOf is the name of the program that an id is of, and whether it is of one.
func programOf(id string) (name string, ok bool) { return strings.CutPrefix(id, access.System("").ID) }

func (s historian) kind(kind string) string {
	if text, ok := s.words("audit.kind." + kind); ok {
		return text
	}
	return kind
}

// words are a text of the catalogues, if there is such a one: the history may hold what an older or newer version has
// recorded.
func (s historian) words(key string) (text string, ok bool) {
	text = s.l.T(message(key))
	return text, text != key
}

// named is what a thing is called now, or "" when it is not there, or needs no name.
func (s historian) named(kind, id string) string {
	name := s.names.Of(kind, id)
	switch {
	case name == "":
	case kind == "role":
		return roleName(s.l, id, name)
	case kind == "profile":
		return profileName(s.l, name)
	}
	return name
}

func (s historian) url(kind, id string) string {
	can := s.r.cur.Rights.Can
	switch {
	case kind == "user" && s.names.Of(kind, id) != "":
		return "/users/" + id
	case kind == "case" && s.names.Of(kind, id) != "": // the reader sees it
		return casesAt + "/" + id
	case kind == "client" && s.names.Of(kind, id) != "":
		return "/clients/" + id
	case kind == "organization" && can(access.OrganizationEdit):
		return "/organization"
	}
	return ""
}

// neverShown are fields that no line may tell the value of, should one ever have it.
var neverShown = []string{"password", "password_hash", "token", "token_hash", "secret", "pin"}

// field is one change in words; false when there is nothing to say of it.
func (s historian) field(h *staff.HistoryLine, c audit.Change) (historyField, bool) {
	f := historyField{Name: s.fieldName(h.ObjectKind, c.Field)}
	if c.Field == "title" && dated(h.Action) {
		f.Name = s.l.T(message("calendar.title-of"))
	}
	f.Label = s.l.T(message("audit.label", "Label", f.Name))
	if slices.Contains(neverShown, c.Field) {
		return f, false
	}
	before, after := c.Before, c.After
	if c.Field == "permissions" || c.Field == "profiles" { // long lists: what went and what came
		was, is := strings.Fields(before), strings.Fields(after)
		gone := func(from, in []string) string {
			return strings.Join(slices.DeleteFunc(slices.Clone(from), func(x string) bool { return slices.Contains(in, x) }), " ")
		}
		before, after = gone(was, is), gone(is, was)
	}
	f.Before, f.After = s.value(h, c.Field, before), s.value(h, c.Field, after)
	return f, f.Before != "" || f.After != ""
}

func (s historian) fieldName(kind, field string) string {
	switch {
	case kind == "case" && field == "title": // people's are those of their jobs
		field = "matter"
	case field == "summary" && (kind == "role" || kind == "profile"): // people's is the mail of each day
		return s.l.T(message("rights.summary"))
	}
	if text, ok := s.words("audit.field." + fieldID(field)); ok {
		return text
	}
	return strings.ReplaceAll(field, "_", " ")
}

// value is a value in words: names for ids, words for marks, times in the reader's zone.
func (s historian) value(h *staff.HistoryLine, field, value string) string {
	if value == "" {
		if h.ObjectKind == "organization" && (field == "idle_minutes" || field == "lifetime_hours") {
			return s.l.T(message("organization.by-operator"))
		}
		return ""
	}
	if kind := staff.Refers(field); kind != "" {
		return s.reference(kind, value)
	}
	if strings.HasSuffix(field, "_at") || strings.HasSuffix(field, "_until") || field == "from" || field == "to" {
		if at, err := time.Parse(time.RFC3339, value); err == nil {
			return s.l.DateTime(at)
		}
	}
	switch field {
	case "mail":
		if text, ok := s.words("mails.kind." + value); ok {
			return text
		}
	case "due_on":
		if day, err := time.ParseInLocation(time.DateOnly, value, s.r.zone); err == nil {
			return s.l.Date(day)
		}
	case "amount":
		if plain, currency, ok := strings.Cut(value, " "); ok {
			if n, err := billing.Parse(plain, currency, "."); err == nil {
				return money(s.l, n, currency)
			}
		}
	case "permissions", "scopes":
		var all []string
		for _, p := range strings.Fields(value) {
			all = append(all, s.l.T(message(access.Permission(p).Key())))
		}
		return strings.Join(all, ", ")
	case "language", "zone", "single_names", "lock_all", "allow_mailed_password", "allow_typed_password", "password_policy", "dormant_action", "second_factor", notices.Days, notices.PrivacyField:
		return s.w.settingText(s.r, s.l, field, value)
	case "cell", "office":
		return phoneText(s.l, value)
	case "factor":
		if value == signin.KindApp {
			return s.l.T(message("factor.app"))
		}
		return s.l.T(message("session.by-passkey"))
	case "theme":
		return themeName(s.l, value)
	case "status":
		return s.status(value)
	case "exception":
		return s.l.T(message(casesync.Reason(value).Key()))
	case "action":
		if i := slices.IndexFunc(auditActions[:], func(a auditAction) bool { return a.name == value }); i >= 0 {
			return s.l.T(message(auditActions[i].key()))
		}
	}
	if ours := []string{"way", "ended_why", "reason", "kind", "feed_detail"}; slices.Contains(ours, field) && !strings.ContainsAny(value, " \n") && len(value) < 40 {
		if text, ok := s.words("audit.value." + fieldID(field) + "-" + value); ok {
			return text
		}
	}
	switch value {
	case "true":
		return s.l.T(message("audit.yes"))
	case "false":
		return s.l.T(message("audit.no"))
	}
	return value
}

func (s historian) status(value string) string {
	switch staff.Status(value) {
	case staff.Active:
		return s.l.T(message("users.status-active"))
	case staff.Pending:
		return s.l.T(message("users.status-invited"))
	case staff.Inactive:
		return s.l.T(message("users.status-inactive"))
	}
	switch agenda.Status(value) {
	case agenda.Planned:
		return s.l.T(message("calendar.status-planned"))
	case agenda.Cancelled:
		return s.l.T(message("calendar.status-cancelled"))
	}
	switch cases.Status(value) {
	case cases.Open:
		return s.l.T(message("cases.status-open"))
	case cases.Closed:
		return s.l.T(message("cases.status-closed"))
	}
	if i := slices.Index(staff.Standings(), staff.Standing(value)); i >= 0 { // that a list was filtered by
		return standingText(s.l, staff.Standings()[i])
	}
	return value
}

// reference is what one id or several mean. What is not there any more is said to be so; a name stays one.
func (s historian) reference(kind, value string) string {
	if name := s.named(kind, value); name != "" {
		return name
	}
	var all []string
	for _, id := range strings.Fields(value) {
		name := s.named(kind, id)
		if name == "" && uuid.Validate(id) == nil {
			name = s.l.T(message("audit.gone"))
		}
		if name == "" {
			return value
		}
		all = append(all, name)
	}
	return strings.Join(all, ", ")
}
