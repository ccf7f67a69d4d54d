package views

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"strings"
	text "text/template"
	"time"

	"chancery/app/zone"
)

// letter is one mail in one language. Its text is in parts: Subject, Preview and Reason are templates of their own.
type letter struct {
	subject, preview, reason, body, frame *program // of the text twin; the frame is the layout mail/layout/letter
	html                                  *program
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
	return s.mail(lang, zoneID, name, data, func(p *program, buf *bytes.Buffer, l *Letter) error {
		r := &run{out: buf}
		p.execute(r, reflect.ValueOf(l))
		return r.err
	})
}

// MailPlain is Mail by text/template and html/template alone: what Mail has to equal. For tests.
func (s *Set) MailPlain(lang, zoneID, name string, data any) (subject, plain, html string, err error) {
	return s.mail(lang, zoneID, name, data, func(p *program, buf *bytes.Buffer, l *Letter) error {
		plain, err := p.plain()
		if err != nil {
			return err
		}
		return plain.Execute(buf, l)
	})
}

func (s *Set) mail(lang, zoneID, name string, data any, execute func(*program, *bytes.Buffer, *Letter) error) (subject, plain, html string, err error) {
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
	buf := s.buffers.Get().(*bytes.Buffer)
	defer s.release(buf)
	l := &Letter{Data: data, in: In(in.lang, loc, time.Time{})}
	for _, part := range []struct {
		of *program
		to *string
	}{{made.subject, &l.Subject}, {made.preview, &l.Preview}, {made.reason, &l.Reason}, {made.body, &l.Body}, {made.frame, &plain}, {made.html, &html}} {
		buf.Reset()
		if err := execute(part.of, buf, l); err != nil {
			return "", "", "", fmt.Errorf("mail: %w", err)
		}
		switch part.to {
		case &plain, &html:
			*part.to = buf.String()
		case &l.Body:
			*part.to = strings.TrimSpace(buf.String()) + "\n"
		default:
			// Every white space becomes one blank: a name with a line break in it cannot begin another header.
			*part.to = strings.Join(strings.Fields(buf.String()), " ")
		}
	}
	return l.Subject, plain, html, nil
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

func (in *spoken) makeLetter(name string) (l *letter, err error) {
	f, err := readSource(in.files, name)
	if err != nil {
		return nil, err
	}
	l = &letter{}
	in.mu.Lock()
	l.html, err = in.framed(f)
	in.mu.Unlock()
	if err != nil {
		return nil, err
	}
	text, err := in.twin(name)
	if err != nil {
		return nil, err
	}
	frame, err := in.twin("mail/layout/letter")
	if err != nil {
		return nil, err
	}
	head, body, ok := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || len(lines) != 3 {
		return nil, fmt.Errorf("%s.txt: it begins with Subject, Preview and Reason, one line each, and an empty line", name)
	}
	// Each header becomes a template of its own, so that no value can pass for one.
	for i, header := range []struct {
		name string
		to   **program
	}{{"Subject", &l.subject}, {"Preview", &l.preview}, {"Reason", &l.reason}} {
		value, ok := strings.CutPrefix(lines[i], header.name+": ")
		if !ok {
			return nil, fmt.Errorf("%s.txt: %s is missing", name, header.name)
		}
		if *header.to, err = in.text(name+":"+header.name, value); err != nil {
			return nil, err
		}
	}
	if l.body, err = in.text(name, body); err != nil {
		return nil, err
	}
	l.frame, err = in.text("mail/layout/letter", frame)
	return l, err
}

// twin is the text of a mail or of their layout, folded, without the comment at its top.
func (in *spoken) twin(name string) (string, error) {
	source, err := fs.ReadFile(in.files, name+".txt")
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s.html has no text twin", name)
	}
	if err != nil {
		return "", err
	}
	folded, _, err := in.fold(name+".txt", string(source))
	return strings.TrimLeft(comment.ReplaceAllString(folded, ""), " \t\n"), err
}

// text is the program of a template that is no markup.
func (in *spoken) text(name, source string) (*program, error) {
	functions, err := in.functions()
	if err != nil {
		return nil, err
	}
	parsed, err := text.New(name).Option("missingkey=error").Funcs(functions).Parse(source)
	if err != nil {
		return nil, err
	}
	p := &program{plain: func() (executor, error) { return parsed, nil }}
	if body, err := (compiler{functions: functions, text: true}).list(parsed.Root); err == nil {
		p.body = body
	}
	return p, nil
}
