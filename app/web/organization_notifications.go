package web

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/notices"
	"chancery/app/staff"
	"chancery/views"
)

// organizationNotificationsShowView is what people are told by mail where they say nothing, what they cannot turn, and how much mails say of clients (B-14).
type organizationNotificationsShowView struct {
	views.Page
	Sections []settingsSection
}

const organizationNotificationsAt = "/organization/notifications"

// noticeSections are the sections in the order of the page.
func noticeSections() []organizationSection {
	mails := organizationSection{name: "mails"}
	for _, s := range notices.Switches() {
		mails.settings = append(mails.settings, organizationSetting{key: s, kind: "switch"}, organizationSetting{key: s + notices.LockSuffix, kind: "switch"})
	}
	return []organizationSection{
		{"privacy", []organizationSetting{{key: notices.PrivacyField, kind: "radio", wide: true, options: []string{"full", "subject", "count"}}}},
		mails,
		{"daily", []organizationSetting{{key: notices.Minute, kind: "time"}, {key: notices.Days, kind: "days"}}},
		{"quiet", []organizationSetting{{key: notices.Quiet, kind: "switch", wide: true, hint: true}, {key: notices.QuietFrom, kind: "time"}, {key: notices.QuietTo, kind: "time"}}},
	}
}

func (w *Web) organizationNotificationsShow(r *request) error {
	return w.renderOrganizationNotifications(r, fiber.StatusOK, "", nil, problems{})
}

func (w *Web) renderOrganizationNotifications(r *request, status int, section string, f form, p problems) error {
	policy, err := w.Notices.Policy(r.ctx)
	if err != nil {
		return err
	}
	v := organizationNotificationsShowView{Page: w.page(r, "notices.practice-title", "organization")}
	for _, s := range noticeSections() {
		view := w.noticeSection(r, s, policy, nil, problems{})
		if s.name == section {
			view = w.noticeSection(r, s, policy, f, p)
		} else if r.Query("saved") == s.name {
			view.Notice = w.practiceSaved(r)
		}
		v.Sections = append(v.Sections, view)
	}
	return w.render(r, status, "organization/notifications/show", v)
}

// organizationNotificationsUpdate saves one section.
func (w *Web) organizationNotificationsUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	sections := noticeSections()
	i := slices.IndexFunc(sections, func(s organizationSection) bool { return s.name == f.get("section") })
	if i < 0 {
		return errMalformed
	}
	s := sections[i]
	edits := map[string]*staff.Edit{}
	var keys []string
	for _, setting := range s.settings {
		keys = append(keys, setting.key)
		if setting.kind == "days" {
			f[setting.key] = []string{strings.Join(f[setting.key], "")}
		}
		edits[setting.key] = f.edit(setting.key)
	}
	if err := w.Notices.SetPolicy(r.ctx, r.actor(), edits); err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		w.labelSettings(r, p, keys)
		if !r.fragment() {
			return w.renderOrganizationNotifications(r, p.status, s.name, f, p)
		}
		policy, err := w.Notices.Policy(r.ctx)
		if err != nil {
			return err
		}
		return w.render(r, p.status, "organization/_section", w.noticeSection(r, s, policy, f, p))
	}
	if !r.fragment() {
		return r.goTo(organizationNotificationsAt + "?saved=" + s.name + "#" + s.name)
	}
	policy, err := w.Notices.Policy(r.ctx)
	if err != nil {
		return err
	}
	v := w.noticeSection(r, s, policy, nil, problems{})
	v.Notice, v.Focus = w.practiceSaved(r), true
	return w.render(r, fiber.StatusOK, "organization/_section", v)
}

func (w *Web) practiceSaved(r *request) *views.Notice {
	return &views.Notice{Text: r.locale(w).T(message("notices.practice-saved"))}
}

// noticeSection is a section as it was typed, or as it is stored when f is nil.
func (w *Web) noticeSection(r *request, s organizationSection, policy *notices.Policy, f form, p problems) settingsSection {
	l := r.locale(w)
	v := settingsSection{Action: organizationNotificationsAt, ID: s.name, CSRF: w.token(r), Errors: p.summary,
		Title: l.T(message("notices.section." + s.name)), Lead: l.T(message("notices.section." + s.name + "-lead"))}
	stored := policy.Values()
	for _, setting := range s.settings {
		field := w.settingField(r, l, setting, stored[setting.key], "", f, p)
		if setting.kind == "days" {
			field.Options = dayOptions(l, field.Value)
		}
		if s.name != "mails" {
			v.Fields = append(v.Fields, field)
		} else if n := len(v.Pairs) - 1; strings.HasSuffix(setting.key, notices.LockSuffix) {
			v.Pairs[n].Lock = field
		} else {
			v.Pairs = append(v.Pairs, settingPair{On: field})
		}
	}
	return v
}
