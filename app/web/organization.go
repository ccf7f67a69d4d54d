package web

import (
	"html/template"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/notices"
	"chancery/app/staff"
	"chancery/views"
)

// organizationShowView is the practice's own page (S2-34, C-18): the logo, and its settings in sections, each a form of
// its own that is saved by itself.
type organizationShowView struct {
	views.Page
	Declared string // which fields are a manifest's
	Logo     logoView
	Sections []settingsSection
}

// settingsSection is one of them: organization/_section.
type settingsSection struct {
	Action          string // where it is sent
	ID, Title, Lead string
	CSRF            string
	Errors          *views.Errors
	Notice          *views.Notice
	Focus           bool // the notice takes the focus: the section came by a swap
	Fields          []settingField
	Pairs           []settingPair // in place of fields: one row each
	Org             *views.Org    // in an answer: the sidebar shows it anew
}

// settingPair is a switch, and whether it is locked.
type settingPair struct{ On, Lock settingField }

// settingField is one setting's control.
type settingField struct {
	entry
	ID, Key, Label, Hint string
	Kind                 string // text, lines, number, switch, radio, select, zone, time or days
	Wide, Optional       bool
	Max                  int // characters of lines
	Options              []settingOption
	ZoneLabel            string
	ZoneOptions          template.HTML
	DescribedBy          string
	Placeholder          string // what holds where it is empty
	Fixed, Is            string // it is a manifest's, and whose; what it is, in words
}

type settingOption struct {
	Value, Text, Hint string
	Chosen            bool
}

// organizationSetting is a row of the table of settings. The key is staff's.
type organizationSetting struct {
	key      string
	kind     string
	hint     bool // there is a text organization.field.KEY-hint
	optional bool
	wide     bool
	options  []string // values; their texts are organization.field.KEY-VALUE, and with -hint behind it
}

// organizationSection is some settings that are saved together. Its name stands in its form.
type organizationSection struct {
	name     string
	settings []organizationSetting
}

// organizationSections are the sections in the order of the page.
func organizationSections() []organizationSection {
	return []organizationSection{
		{"identity", []organizationSetting{
			{key: "name", kind: "text"}, {key: "tagline", kind: "text", optional: true},
			{key: "address", kind: "lines", optional: true, wide: true}, {key: "contact", kind: "text", hint: true, optional: true, wide: true},
		}},
		{"defaults", []organizationSetting{{key: "language", kind: "select"}, {key: "zone", kind: "zone"}, {key: "single_names", kind: "switch", hint: true, wide: true}}},
		{"passwords", []organizationSetting{
			{key: "password_policy", kind: "radio", wide: true, options: []string{"classic", "length"}},
			{key: "lock_tries", kind: "number", hint: true}, {key: "lock_minutes", kind: "number", hint: true},
			{key: "lock_all", kind: "switch", hint: true, wide: true},
		}},
		{"factors", []organizationSetting{{key: "second_factor", kind: "radio", wide: true, options: []string{"off", "administrators", "everyone"}}, {key: "second_factor_days", kind: "number", hint: true}}},
		{"sessions", []organizationSetting{{key: "idle_minutes", kind: "number", hint: true, optional: true}, {key: "lifetime_hours", kind: "number", hint: true, optional: true}}},
		{"invitations", []organizationSetting{
			{key: "invitation_days", kind: "number", hint: true}, {key: "allow_mailed_password", kind: "switch", hint: true, wide: true},
			{key: "allow_typed_password", kind: "switch", hint: true, wide: true},
		}},
		{"dormant", []organizationSetting{{key: "dormant_days", kind: "number", hint: true}, {key: "dormant_action", kind: "select", hint: true, options: []string{"show", "warn", "deactivate"}}}},
	}
}

// organizationShow shows the practice's settings to those who may change them.
func (w *Web) organizationShow(r *request) error {
	return w.renderOrganization(r, fiber.StatusOK, "", nil, problems{}, "")
}

// renderOrganization answers with the page; of the section named, as it was typed and what is wrong with it.
func (w *Web) renderOrganization(r *request, status int, section string, f form, p problems, logoError string) error {
	o, err := w.Staff.Organization(r.ctx)
	if err != nil {
		return err
	}
	r.cur.Org = *o
	page := w.page(r, "organization.title", "organization")
	v := organizationShowView{Page: page, Logo: w.logoView(r, page)}
	var fixed map[string]string
	if v.Declared, fixed, err = w.declaredOf(r, "organization", o.ID); err != nil {
		return err
	}
	v.Logo.Error = logoError
	for _, s := range organizationSections() {
		view := w.settingsSection(r, fixed, s.name, nil, problems{})
		if s.name == section {
			view = w.settingsSection(r, fixed, s.name, f, p)
		} else if r.Query("saved") == s.name {
			view.Notice = w.settingsSaved(r)
		}
		v.Sections = append(v.Sections, view)
	}
	v.Logo.Saved = w.logoSaid(r, r.Query("saved"))
	return w.render(r, status, "organization/show", v)
}

func (w *Web) settingsSaved(r *request) *views.Notice {
	return &views.Notice{Text: r.locale(w).T(message("organization.saved"))}
}

// organizationUpdate saves one section.
func (w *Web) organizationUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	sections := organizationSections()
	i := slices.IndexFunc(sections, func(s organizationSection) bool { return s.name == f.get("section") })
	if i < 0 {
		return errMalformed
	}
	name, change := sections[i].name, staff.OrganizationChange{}
	var keys []string
	for _, s := range sections[i].settings {
		keys = append(keys, s.key)
		change[s.key] = f.edit(s.key)
	}
	_, fixed, err := w.declaredOf(r, "organization", r.cur.Org.ID)
	if err != nil {
		return err
	}
	o, err := w.Staff.UpdateOrganization(r.ctx, r.actor(), change)
	if err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		w.labelSettings(r, p, keys)
		if r.fragment() {
			return w.render(r, p.status, "organization/_section", w.settingsSection(r, fixed, name, f, p))
		}
		return w.renderOrganization(r, p.status, name, f, p, "")
	}
	r.cur.Org = *o
	if !r.fragment() {
		return r.goTo("/organization?saved=" + name + "#" + name)
	}
	v := w.settingsSection(r, fixed, name, nil, problems{})
	page := w.page(r, "organization.title", "organization")
	v.Notice, v.Focus, v.Org = w.settingsSaved(r), true, &page.Org
	return w.render(r, fiber.StatusOK, "organization/_section", v)
}

// labelSettings makes each line of the summary begin with its field's name and lead to its control, in the order of the
// form.
func (w *Web) labelSettings(r *request, p problems, keys []string) {
	l := r.locale(w)
	p.summary.Fields = nil
	for _, key := range keys {
		if text := p.fields[key]; text != "" {
			label := message("organization.field." + fieldID(key))
			p.summary.Fields = append(p.summary.Fields, views.FieldError{ID: "org-" + fieldID(key), Text: l.T(message("form.labelled", "Label", label, "Text", text))})
		}
	}
}

// settingsSection is a section as it was typed, or as it is stored when f is nil.
func (w *Web) settingsSection(r *request, fixed map[string]string, name string, f form, p problems) settingsSection {
	l := r.locale(w)
	v := settingsSection{Action: "/organization", ID: name, CSRF: w.token(r), Errors: p.summary, Title: l.T(message("organization.section." + name)), Lead: l.T(message("organization.section." + name + "-lead"))}
	stored := staff.OrganizationValues(&r.cur.Org)
	for _, s := range organizationSections() {
		if s.name != name {
			continue
		}
		for _, setting := range s.settings {
			v.Fields = append(v.Fields, w.settingField(r, l, setting, stored[setting.key], fixed[setting.key], f, p))
		}
	}
	return v
}

func (w *Web) settingField(r *request, l views.Locale, s organizationSetting, stored, fixed string, f form, p problems) settingField {
	text := func(suffix string) string {
		return l.T(message("organization.field." + fieldID(s.key) + suffix))
	}
	v := settingField{
		ID: "org-" + fieldID(s.key), Key: s.key, Label: text(""), Kind: s.kind, Wide: s.wide, Optional: s.optional,
		entry: p.entry(l, f, s.key, stored, func(value string) string { return w.settingText(r, l, s.key, value) }),
	}
	v.Error.ID = v.ID
	if v.Fixed = fixed; fixed != "" {
		v.Is = w.settingText(r, l, s.key, stored)
		if v.Value = stored; v.Is == "" && s.kind == "number" {
			v.Is = w.operatorSays(s.key)
		}
	}
	var by []string
	v.Placeholder = w.operatorSays(s.key)
	if s.hint {
		v.Hint = l.T(message("organization.field."+fieldID(s.key)+"-hint", "Value", v.Placeholder))
		by = append(by, v.ID+"-hint")
	}
	if v.Error.Text != "" {
		by = append(by, v.ID+"-error")
	}
	if v.Stored != "" {
		by = append(by, v.ID+"-stored")
	}
	v.DescribedBy = strings.Join(by, " ")
	switch s.key {
	case "language":
		for _, lang := range views.Languages() {
			v.Options = append(v.Options, settingOption{Value: lang.Code, Text: lang.Name, Chosen: lang.Code == v.Value})
		}
	case "zone":
		v.ZoneLabel, v.ZoneOptions = w.zoneLabel(r, v.Value), w.zoneOptions(r)
	case "address":
		v.Max = 500
	}
	for _, o := range s.options {
		option := settingOption{Value: o, Text: text("-" + o), Chosen: o == v.Value}
		if s.kind == "radio" {
			option.Hint = text("-" + o + "-hint")
		}
		v.Options = append(v.Options, option)
	}
	return v
}

// operatorSays is what holds where the practice sets nothing, in the setting's own unit.
func (w *Web) operatorSays(key string) string {
	idle, lifetime := w.Signin.OperatorLimits()
	switch key {
	case "idle_minutes":
		return strconv.FormatFloat(idle.Minutes(), 'f', -1, 64)
	case "lifetime_hours":
		return strconv.FormatFloat(lifetime.Hours(), 'f', -1, 64)
	}
	return ""
}

// settingText is a setting's value for people: in a conflict, and in the history.
func (w *Web) settingText(r *request, l views.Locale, key, value string) string {
	switch key {
	case "language":
		return languageName(value)
	case "zone":
		return w.zoneLabel(r, value)
	case "single_names", "lock_all", "allow_mailed_password", "allow_typed_password", notices.MessageMails, notices.ScoreMails, notices.MentionMails, notices.Summary, notices.Exceptions,
		notices.Quiet, notices.MessageMails + notices.LockSuffix, notices.ScoreMails + notices.LockSuffix, notices.MentionMails + notices.LockSuffix,
		notices.Summary + notices.LockSuffix, notices.Exceptions + notices.LockSuffix:
		if value == "true" {
			return l.T(message("audit.yes"))
		}
		return l.T(message("audit.no"))
	case notices.Days:
		return daysText(l, value)
	case "password_policy", "dormant_action", "second_factor", notices.PrivacyField:
		return l.T(message("organization.field." + fieldID(key) + "-" + value))
	case "idle_minutes", "lifetime_hours":
		if value == "" {
			return l.T(message("organization.by-operator"))
		}
	}
	return value
}
