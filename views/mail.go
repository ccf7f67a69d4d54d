package views

import (
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	text "text/template"
	"time"

	"chancery/app/zone"
)

// letter is one mail in one language.
type letter struct {
	text *text.Template // its body; Subject, Preview and Reason are NAME:Subject and so on in the same set, the layout mail/layout/letter
	html *template.Template
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
	t, err := instant(v)
	if err != nil {
		return "", err
	}
	return l.in.DateTime(t) + " (" + l.Place() + ")", nil
}

func instant(v any) (time.Time, error) {
	switch v := v.(type) {
	case time.Time:
		return v, nil
	case string:
		return time.Parse(time.RFC3339, v)
	}
	return time.Time{}, fmt.Errorf("not an instant: %T", v)
}

// Brief writes an instant in a list, whose reader knows the year: "28 Aug, 16:12". Place says whose clock it is.
func (l Letter) Brief(v any) (string, error) {
	t, err := instant(v)
	if err != nil {
		return "", err
	}
	t = t.In(l.in.Zone)
	return l.in.day(t) + ", " + l.in.time(t), nil
}

// Place is whose clock the mail's times are of: "Toronto".
func (l Letter) Place() string { return ZoneName(l.in.Lang, l.in.Zone.String()) }

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
	made, err := in.letter(name)
	if err != nil {
		return "", "", "", err
	}
	l := Letter{Data: data, in: In(in.lang, loc, time.Time{})}
	write := func(template string) (string, error) {
		var buf strings.Builder
		err := made.text.ExecuteTemplate(&buf, template, l)
		return buf.String(), err
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
	if err := made.html.Execute(&page, l); err != nil {
		return "", "", "", fmt.Errorf("mail: %w", err)
	}
	return l.Subject, plain, page.String(), nil
}

// Mails names the mails, sorted.
func (s *Set) Mails() []string {
	var names []string
	for _, f := range s.sources() {
		if path.Dir(f.path) == "mail" {
			names = append(names, strings.TrimPrefix(f.name, "mail/"))
		}
	}
	return names
}

// letter returns a mail, made when it is first sent. Each has both halves.
func (in *spoken) letter(name string) (*letter, error) {
	in.mu.RLock()
	l := in.letters[name]
	in.mu.RUnlock()
	if l != nil {
		return l, nil
	}
	l, err := in.makeLetter("mail/" + name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no mail %q", name)
	}
	if err != nil {
		return nil, err
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.letters[name] = l
	return l, nil
}

func (in *spoken) makeLetter(name string) (*letter, error) {
	html, err := in.parse(laidOut + name)
	if err != nil {
		return nil, err
	}
	functions, err := in.functions()
	if err != nil {
		return nil, err
	}
	l := &letter{html: html.Option("missingkey=error"), text: text.New("").Option("missingkey=error").Funcs(functions)}
	for _, name := range []string{name, "mail/layout/letter"} {
		source, err := fs.ReadFile(in.files, name+".txt")
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s.html has no text twin", name)
		}
		if err != nil {
			return nil, err
		}
		folded, _, err := in.fold(name+".txt", string(source))
		if err != nil {
			return nil, err
		}
		if err := l.parseText(name, folded); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// parseText parses a .txt: header lines, an empty line, the body. Each header becomes a template of its own, so that
// no value can pass for one. The letter's own file has no headers.
func (l *letter) parseText(name, source string) error {
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
			if _, err := l.text.New(name + ":" + header).Parse(value); err != nil {
				return err
			}
		}
		body = rest
	}
	_, err := l.text.New(name).Parse(body)
	return err
}
