package mails

import (
	"bytes"
	"context"
	"errors"
	"net/mail"
	"strings"
	"testing"
	"time"

	"chancery/app/apptest/smtptest"
	"chancery/app/post"
	"chancery/app/resource"
)

// author says of each mail what the test wants said.
type author func(m post.Mail) post.Letter

func (a author) Letters(_ context.Context, mails []post.Mail) ([]post.Letter, error) {
	letters := make([]post.Letter, len(mails))
	for i, m := range mails {
		letters[i] = a(m)
	}
	return letters, nil
}

func header(t *testing.T, m smtptest.Message, name string) string {
	t.Helper()
	parsed, err := mail.ReadMessage(bytes.NewReader(m.Data))
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Header.Get(name)
}

// RFC 8058, B-4: what a mail says is said when it goes out, with the way to be rid of such mails by one click.
func TestAnAuthorSaysWhatAMailIsAboutWhenItGoesOut(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.notice(o.person("Jon"), "sessions-ended/1")
		o.r.Authors = map[post.Kind]post.Author{post.SessionsEnded: author(func(m post.Mail) post.Letter {
			return post.Letter{Data: map[string]any{"By": "Amara Bello"}, Unsubscribe: "/unsubscribe/abc?x=1",
				Files: []post.File{{Name: "exceptions.csv", ContentType: "text/csv; charset=utf-8", Data: []byte("case,reason\r\n")}}}
		})}
		o.work()
		m := o.server.Messages()[0]
		if got := header(t, m, "List-Unsubscribe"); got != "<https://chancery.firm.example/unsubscribe/abc?x=1>" {
			t.Errorf("List-Unsubscribe: %s", got)
		}
		if got := header(t, m, "List-Unsubscribe-Post"); got != "List-Unsubscribe=One-Click" {
			t.Errorf("List-Unsubscribe-Post: %s", got)
		}
		if body := string(m.Data); !strings.Contains(body, "Amara Bello") || strings.Contains(body, "Grace Mbeki") || !strings.Contains(body, `filename="exceptions.csv"`) {
			t.Errorf("it says:\n%s", body)
		}
		o.expect("sessions-ended/1", post.Delivered, resource.True, "Accepted")
	})
}

func TestAMailOfWhichNothingIsLeftToSayIsWithdrawnAndOneThatCannotBeWrittenWaits(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		u := o.person("Jon")
		o.notice(u, "sessions-ended/nothing")
		o.notice(u, "sessions-ended/broken")
		o.notice(u, "sessions-ended/good")
		broken := errors.New("the database is away")
		o.r.Authors = map[post.Kind]post.Author{post.SessionsEnded: author(func(m post.Mail) post.Letter {
			switch {
			case strings.HasSuffix(m.SendKey, "nothing"):
				return post.Letter{Nothing: true}
			case strings.HasSuffix(m.SendKey, "broken"):
				return post.Letter{Err: broken}
			}
			return post.Letter{}
		})}
		o.work()
		if l := o.arrived(1)[0]; strings.Contains(l.text, "unsubscribe") || header(t, o.server.Messages()[0], "List-Unsubscribe") != "" {
			t.Error("a mail that nobody can turn off offers to")
		}
		o.expect("sessions-ended/nothing", post.Failed, resource.False, "Withdrawn")
		o.expect("sessions-ended/broken", post.Waiting, resource.False, "Failed")
		broken = nil
		o.clock.Add(time.Hour)
		o.work()
		o.arrived(2)
	})
}
