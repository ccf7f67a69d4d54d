package views

import (
	"fmt"
	"html/template"
	"sort"
	"strings"
	text "text/template"
	"time"

	"chancery/app/zone"
)

// mails holds the mail templates of one language, by their path without the extension.
type mails struct {
	texts *text.Template
	html  *template.Template
	names []string
}

// Letter is the dot of a mail's templates. What the sender stored with the mail is its Data: usually a map, as it was
// read from JSON. A name that is missing there is an error, so that no mail goes out with a hole in it.
type Letter struct {
	Subject string
	Preview string // what the list of mails shows after the subject
	Reason  string // why it was sent
	Body    string // of the text twin
	Data    any

	in Locale
}

// Button is the one button of a mail: {{template "mail/layout/_button" (.Button (t "mail.welcome.button") .Data.Link)}}.
type Button struct{ Text, URL string }

// Button makes a Button.
func (Letter) Button(text, url string) Button { return Button{text, url} }

// Fact is a line of name and value.
type Fact struct{ Name, Value string }

// Fact makes a Fact.
func (Letter) Fact(name, value string) Fact { return Fact{name, value} }

// DateTime writes an instant, in full and with whose clock it is: "28 August 2026, 16:12 (Toronto)". It takes what
// JSON made of a time too.
func (l Letter) DateTime(v any) (string, error) {
	t, ok := v.(time.Time)
	if s, isText := v.(string); isText {
		var err error
		if t, err = time.Parse(time.RFC3339, s); err != nil {
			return "", err
		}
	} else if !ok {
		return "", fmt.Errorf("not an instant: %T", v)
	}
	return l.in.DateTime(t) + " (" + ZoneName(l.in.Lang, l.in.Zone.String()) + ")", nil
}

// Number is a count as t takes it; JSON makes a float64 of every number.
func (l Letter) Number(v any) (int, error) {
	switch v := v.(type) {
	case int:
		return v, nil
	case float64:
		return int(v), nil
	}
	return 0, fmt.Errorf("not a number: %T", v)
}

// Mail writes the mail of that name for a reader: its subject, its text and its HTML. The language may be any; the
// zone an IANA name or empty for UTC. The header lines of mail/<name>.txt (Subject, Preview, Reason) and its body
// come first; mail/<name>.html then stands in the one layout.
func (s *Set) Mail(lang, zoneID, name string, data any) (subject, plain, html string, err error) {
	in := s.in(lang)
	loc := time.UTC
	if zoneID != "" {
		if loc, err = zone.Load(zoneID); err != nil {
			return "", "", "", fmt.Errorf("mail %s: %w", name, err)
		}
	}
	l := Letter{Data: data, in: In(in.texts.lang, loc, time.Time{})}
	write := func(template string) (string, error) {
		var buf strings.Builder
		err := in.mails.texts.ExecuteTemplate(&buf, template, l)
		return buf.String(), err
	}
	if in.mails.texts.Lookup("mail/"+name) == nil {
		return "", "", "", fmt.Errorf("no mail %q", name)
	}
	for header, to := range map[string]*string{"Subject": &l.Subject, "Preview": &l.Preview, "Reason": &l.Reason} {
		value, err := write("mail/" + name + ":" + header)
		if err != nil {
			return "", "", "", fmt.Errorf("mail: %w", err)
		}
		// Every white space becomes one blank: a name with a line break in it cannot begin another header.
		*to = strings.Join(strings.Fields(value), " ")
	}
	if l.Body, err = write("mail/" + name); err != nil {
		return "", "", "", fmt.Errorf("mail: %w", err)
	}
	l.Body = strings.TrimSpace(l.Body) + "\n"
	if plain, err = write("mail/layout/letter"); err != nil {
		return "", "", "", fmt.Errorf("mail: %w", err)
	}
	var page strings.Builder
	if err := in.mails.html.ExecuteTemplate(&page, "page/mail/"+name, l); err != nil {
		return "", "", "", fmt.Errorf("mail: %w", err)
	}
	return l.Subject, plain, page.String(), nil
}

// Mails names the mails, sorted.
func (s *Set) Mails() []string { return append([]string(nil), s.languages["en"].mails.names...) }

// parseMails parses the folded mails of one language. Each has both halves.
func parseMails(folded map[string]string, texts *catalogue, assets AssetPaths) (mails, error) {
	m := mails{texts: text.New("").Option("missingkey=error").Funcs(functions(texts, assets))}
	pages := make(map[string]string)
	for path, source := range folded {
		if name, ok := strings.CutSuffix(path, ".txt"); ok {
			if err := m.parseText(name, source); err != nil {
				return m, err
			}
			continue
		}
		name := strings.TrimSuffix(path, ".html")
		if path == "mail/layout/letter.html" {
			top, bottom, _ := strings.Cut(source, content)
			pages["mail/layout/letter/top.html"], pages["mail/layout/letter/bottom.html"] = top, bottom
			continue
		}
		pages[path] = source
		if strings.Contains(name, "/layout/") {
			continue
		}
		if folded[name+".txt"] == "" {
			return m, fmt.Errorf("%s has no text twin", path)
		}
		pages["page/"+path] = `{{template "mail/layout/letter/top" .}}{{template "` + name + `" .}}{{template "mail/layout/letter/bottom" .}}`
		m.names = append(m.names, strings.TrimPrefix(name, "mail/"))
	}
	sort.Strings(m.names)
	engine, err := parseAll(pages, functions(texts, assets))
	if err != nil {
		return m, err
	}
	m.html = engine.Templates.Option("missingkey=error")
	return m, escapeAll(m.html)
}

// parseText parses a .txt: header lines, an empty line, the body. Each header becomes a template of its own, so that
// no value can pass for one. The letter's own file has no headers.
func (m mails) parseText(name, source string) error {
	body := strings.TrimLeft(comment.ReplaceAllString(source, ""), " \t\n")
	if !strings.Contains(name, "/layout/") {
		head, rest, ok := strings.Cut(body, "\n\n")
		lines := strings.Split(head, "\n")
		if !ok || len(lines) != 3 {
			return fmt.Errorf("%s.txt: it begins with Subject, Preview and Reason, one line each, and an empty line", name)
		}
		for i, header := range []string{"Subject", "Preview", "Reason"} {
			value, ok := strings.CutPrefix(lines[i], header+": ")
			if !ok {
				return fmt.Errorf("%s.txt: %s is missing", name, header)
			}
			if _, err := m.texts.New(name + ":" + header).Parse(value); err != nil {
				return err
			}
		}
		body = rest
	}
	_, err := m.texts.New(name).Parse(body)
	return err
}
