package views_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"chancery/views"
	"chancery/views/viewstest"
)

// letters is the sample data of every mail, as the outbox stores it.
var letters = map[string]string{
	"password-reset": `{"Organization": "Marlow & Reyes", "Name": "Zoé Roy", "By": "Elena Marlow", "Link": "https://chancery.example/reset/T0K", "Expires": "2026-11-24T13:14:00Z"}`,
	"password-forgot": `{"Organization": "Marlow & Reyes", "Name": "Zoé Roy", "Link": "https://chancery.example/reset/T0K", "Expires": "2026-11-24T13:14:00Z",
		"When": "2026-11-24T12:14:00Z", "Device": "Firefox · Linux", "Network": "203.0.113.0/24"}`,
	"password-recover": `{"Organization": "Marlow & Reyes", "Name": "Zoé Roy", "Link": "https://chancery.example/reset/T0K", "Expires": "2026-11-24T13:14:00Z"}`,
	"invitation-asked": `{"Organization": "Marlow & Reyes", "Name": "Zoé Roy", "Person": "Owen MacGillivray", "Address": "owen@marlowreyes.example",
		"URL": "https://chancery.example/users/17/invitation"}`,
	"new-device": `{"Organization": "Marlow & Reyes", "Name": "Zoé Roy", "When": "2026-11-24T12:14:00Z", "Device": "Firefox · Linux", "Network": "203.0.113.0/24",
		"Method": "", "Link": "https://chancery.example/disown/T0K", "Expires": "2026-11-30T13:14:00Z"}`,
	"disowned": `{"Organization": "Marlow & Reyes", "Name": "Zoé Roy", "Person": "Jon Okafor", "When": "2026-11-24T12:14:00Z", "Recovers": true,
		"URL": "https://chancery.example/users/17/sessions"}`,
	"password-temporary": `{"Organization": "Marlow & Reyes", "Name": "Zoé Roy", "By": "Elena Marlow", "Password": "tief-7-Quelle", "Expires": "2026-11-24T13:14:00Z", "SignInURL": "https://chancery.example/sign-in"}`,
	"password-set":       `{"Organization": "Marlow & Reyes", "Name": "Zoé Roy", "By": "Elena Marlow", "When": "2026-11-23T13:14:00Z", "Expires": "2026-11-24T13:14:00Z", "SignInURL": "https://chancery.example/sign-in"}`,
	"email-verify":       `{"Organization": "Marlow & Reyes", "Name": "Zoé Roy", "By": "Elena Marlow", "Address": "zoe@roy.example", "Change": true, "Link": "https://chancery.example/verify/T0K", "Expires": "2026-11-24T13:14:00Z"}`,
	"email-changing":     `{"Organization": "Marlow & Reyes", "Name": "Zoé Roy", "By": "Elena Marlow", "Address": "zoe@roy.example", "When": "2026-11-23T13:14:00Z", "SecurityURL": "https://chancery.example/me/security"}`,
	"factor-changed": `{"Organization": "Marlow & Reyes", "Name": "Zoé Roy", "AppAdded": false, "AppRemoved": false, "PasskeyAdded": true, "PasskeyRemoved": false,
		"CodesNew": false, "CodeUsed": false, "Reset": false, "Factor": "YubiKey 5", "By": "", "When": "2026-11-21T13:14:00Z", "Device": "Firefox · Linux", "Network": "203.0.113.0/24",
		"Link": "https://chancery.example/disown/T0K", "Expires": "2026-11-28T13:14:00Z"}`,
	"factor-guessed": `{"Organization": "Marlow & Reyes", "Name": "Zoé Roy", "When": "2026-11-21T13:14:00Z", "Attempts": 10, "Network": "203.0.113.0/24",
		"Link": "https://chancery.example/disown/T0K", "Expires": "2026-11-28T13:14:00Z"}`,
	"cell-verified": `{"Organization": "Marlow & Reyes", "Name": "Zoé Roy", "When": "2026-11-23T13:14:00Z", "Ending": "0142", "Device": "Firefox · Linux", "Network": "203.0.113.0/24",
		"Link": "https://chancery.example/disown/T0K", "Expires": "2026-11-30T13:14:00Z"}`,
	"cell-changed": `{"Organization": "Marlow & Reyes", "Name": "Zoé Roy", "When": "2026-11-23T13:14:00Z", "Ending": "0142", "Removed": false, "By": "Elena Marlow", "Network": "203.0.113.0/24",
		"Link": "https://chancery.example/disown/T0K", "Expires": "2026-11-30T13:14:00Z"}`,
	"email-changed": `{"Organization": "Marlow & Reyes", "Name": "Zoé Roy", "Address": "zoe@roy.example", "When": "2026-11-23T13:14:00Z", "Link": "https://chancery.example/disown/T0K", "Expires": "2026-11-30T13:14:00Z"}`,
	"welcome": `{"Organization": "Marlow & Reyes", "Name": "Zoé Roy", "Email": "zoe@marlowreyes.example", "By": "Elena Marlow",
		"SignInURL": "https://chancery.example/sign-in", "Link": "https://chancery.example/welcome/T0K", "Expires": "2026-11-24T13:14:00Z", "Password": "tief-7-Quelle", "HandedOver": false}`,
	"password-changed": `{"Organization": "Marlow & Reyes", "Name": "Zoé Roy", "When": "2026-11-21T13:14:00Z", "Device": "Firefox · Linux", "Network": "203.0.113.0/24",
		"Link": "https://chancery.example/disown/T0K", "Expires": "2026-11-30T13:14:00Z"}`,
	"locked": `{"Organization": "Marlow & Reyes", "Name": "Zoé Roy", "Until": "2026-11-21T13:29:00Z", "Attempts": 10, "Network": "203.0.113.0/24",
		"SecurityURL": "https://chancery.example/me/security"}`,
	"departure-receipt": `{"Organization": "Marlow & Reyes", "Name": "Zoé Roy", "Leaver": "Daniel Osei", "When": "2026-11-21T13:14:00Z", "Cases": 12,
		"Takers": "Ana Li (7), Théo Lambert (5)", "Sessions": 2, "Links": 0, "URL": "https://chancery.example/users/17/deactivation"}`,
	"departure-blocked": `{"Organization": "Marlow & Reyes", "Name": "Zoé Roy", "Leaver": "Daniel Osei", "Due": "2026-12-01T05:00:00Z",
		"NoSuccessor": true, "NoColleague": false, "LastSuper": false, "URL": "https://chancery.example/users/17/deactivation"}`,
	"cases-came": `{"Organization": "Marlow & Reyes", "Name": "Zoé Roy", "Count": 12, "From": "Daniel Osei", "By": "", "URL": "https://chancery.example/users/18/cases"}`,
	"dormant":    `{"Organization": "Marlow & Reyes", "Name": "Zoé Roy", "Since": "2026-08-21T13:14:00Z", "Until": "2026-11-28T13:14:00Z", "SignInURL": "https://chancery.example/sign-in"}`,
	"calendar-failed": `{"Organization": "Marlow & Reyes", "Name": "Zoé Roy", "Calendar": "Google", "Why": {"busy": false, "down": false, "off": false, "refused": false, "revoked": true, "scope": false, "unreachable": false, "unreadable": false}, "Since": "2026-11-21T13:14:00Z", "Reconnect": true,
		"URL": "https://chancery.example/me/calendars"}`,
	"events": `{"Organization": "Marlow & Reyes", "Name": "Zoé Roy", "Total": 3, "Messages": 1, "Scores": 1, "Mentions": 1, "Cases": 2, "OneMessage": false, "OneScore": false,
		"OneMention": false, "Shows": true, "Client": "", "Number": "", "Who": "", "More": 4, "URL": "https://chancery.example/messages",
		"PreferencesURL": "https://chancery.example/me/notifications", "UnsubscribeURL": "https://chancery.example/unsubscribe/T0K", "Groups": [
			{"Client": "Yusuf Demir", "Number": "MR-2026-0418", "Title": "Family", "URL": "https://chancery.example/cases/18/messages", "For": "Ana Li", "Lines": [
				{"Message": true, "ScoreGiven": false, "Mention": false, "At": "2026-11-21T13:14:00Z", "Who": "", "Score": 0, "Text": "Ankara?", "Full": true},
				{"Message": false, "ScoreGiven": false, "Mention": true, "At": "2026-11-21T13:15:00Z", "Who": "Théo Lambert", "Score": 0, "Text": "@Zoé Roy", "Full": true}]},
			{"Client": "Thanh Nguyen", "Number": "MR-2026-0377", "Title": "Work", "URL": "https://chancery.example/cases/19/scores", "For": "", "Lines": [
				{"Message": false, "ScoreGiven": true, "Mention": false, "At": "2026-11-21T13:16:00Z", "Who": "", "Score": 9, "Text": "", "Full": true}]}]}`,
	"exceptions": `{"Organization": "Marlow & Reyes", "Name": "Zoé Roy", "Count": 3, "Nobody": 1, "Reasons": [{"Why": "X17", "Count": 2}, {"Why": "X18", "Count": 1}], "More": 1, "Bare": false, "Failed": "503",
		"Rows": [{"Name": "MR-2026-0418", "Title": "KYS-418", "Why": "X17", "Nights": 2, "For": "X20", "URL": "https://chancery.example/cases/18"}, {"Name": "MR-2026-0419", "Title": "", "Why": "X18", "Nights": 1, "For": "", "URL": "https://chancery.example/sync"}],
		"URL": "https://chancery.example/sync", "SettingsURL": "https://chancery.example/me/notifications", "UnsubscribeURL": "https://chancery.example/unsubscribe/T0K"}`,
	"summary": `{"Organization": "Marlow & Reyes", "Name": "Zoé Roy", "Messages": 9, "Cases": 3, "Covered": 2, "More": 1, "Full": true, "Clients": ["Yusuf Demir", "Adaeze & Mbeki"], "Asked": false,
		"Talks": [{"Client": "Yusuf Demir", "Number": "MR-2026-0418", "Title": "KYS-418", "For": "", "URL": "https://chancery.example/cases/418", "Unread": 5, "More": 4,
			"Lines": [{"At": "2026-11-24T13:55:00Z", "Text": "МСЖ <b>77</b> & 78"}]},
			{"Client": "Adaeze & Mbeki", "Number": "MR-2026-0402", "Title": "KYS-402", "For": "Théo Lambert", "URL": "https://chancery.example/cases/402", "Unread": 1, "More": 0,
			"Lines": [{"At": "2026-11-23T23:55:00Z", "Text": "МСЖ"}]}],
		"URL": "https://chancery.example/messages", "SettingsURL": "https://chancery.example/me/notifications", "UnsubscribeURL": "https://chancery.example/unsubscribe/T0K"}`,
	"sessions-ended": `{"Organization": "Marlow & Reyes", "Name": "Zoé Roy", "By": "Elena Marlow", "When": "2026-11-21T13:14:00Z", "SignInURL": "https://chancery.example/sign-in"}`,
}

func sample(t testing.TB, name string) map[string]any {
	t.Helper()
	var data map[string]any
	if err := json.Unmarshal([]byte(letters[name]), &data); err != nil {
		t.Fatal(err)
	}
	return data
}

func TestEveryMailInEveryLanguage(t *testing.T) {
	s := little(t, nil)
	for name := range letters {
		if !slices.Contains(s.Mails(), name) {
			t.Errorf("a sample for %s, which is no mail", name)
		}
	}
	for _, name := range s.Mails() {
		if letters[name] == "" {
			t.Errorf("%s is in no list of samples", name)
			continue
		}
		for _, l := range views.Languages() {
			subject, text, html, err := s.Mail(l.Code, "America/Toronto", name, sample(t, name))
			if err != nil {
				t.Error(err)
				continue
			}
			spoken := strings.Join(viewstest.Spoken(html), "\n")
			for _, left := range viewstest.Leftovers(l.Code, html+"<p>"+subject+"</p><p>"+strings.ReplaceAll(text, "\n", "</p><p>")+"</p>") {
				t.Errorf("%s in %s: English left over: %s", name, l.Code, left)
			}
			for _, value := range sample(t, name) {
				v, isText := value.(string)
				if !isText || strings.HasSuffix(v, "Z") {
					continue
				}
				if !strings.Contains(text, v) || !strings.Contains(spoken, v) && !strings.Contains(html, `<a href="`+v+`">`) {
					t.Errorf("%s in %s does not say %q in both its halves", name, l.Code, v)
				}
			}
			if strings.Contains(text, "&amp;") || strings.Contains(text, "<no value>") || strings.Contains(html, "no value") {
				t.Errorf("%s in %s: %s", name, l.Code, text)
			}
			// Nothing is loaded from anywhere, so nothing tells who read it.
			for _, bad := range []string{"<img", "url(", "<link", "<script", "src="} {
				if strings.Contains(html, bad) {
					t.Errorf("%s in %s loads something: %s", name, l.Code, bad)
				}
			}
			if strings.Count(html, `class="cta"`) != 1 {
				t.Errorf("%s in %s has not one button", name, l.Code)
			}
		}
	}
}

// A device that nobody knows is left out, not named with nothing.
func TestAnUnknownDeviceIsLeftOut(t *testing.T) {
	s := little(t, nil)
	data := sample(t, "password-changed")
	data["Device"] = ""
	_, text, html, err := s.Mail("en", "America/Toronto", "password-changed", data)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text, "Device:") || strings.Contains(html, "Device:") || !strings.Contains(text, "\nNetwork: 203.0.113.0/24\n") {
		t.Error(text)
	}
}

// C-14: a temporary password says for how long it works and that it must be changed.
func TestATemporaryPasswordSaysHowLongItWorks(t *testing.T) {
	s := little(t, nil)
	for lang, want := range map[string]string{"en": "expires after 72 hours, and it must be changed", "es": "Caduca a las 72 horas y debe cambiarla", "fr": "expire après 72 heures et doit être changé"} {
		data := sample(t, "welcome")
		_, text, html, err := s.Mail(lang, "America/Toronto", "welcome", data)
		if err != nil || !strings.Contains(text, want) || !strings.Contains(strings.Join(viewstest.Spoken(html), " "), want) {
			t.Errorf("%s: %v\n%s", lang, err, text)
		}
		data["Password"] = ""
		if _, text, html, err = s.Mail(lang, "America/Toronto", "welcome", data); err != nil || strings.Contains(text+html, want) {
			t.Errorf("%s, without a password: %v\n%s", lang, err, text)
		}
	}
}

// C-14: who is to be handed a password hears of it, of its end and of its change, and the mail does not hold it.
func TestAWelcomeSaysThatAPasswordIsHandedOver(t *testing.T) {
	s := little(t, nil)
	for lang, want := range map[string]string{"en": "Elena Marlow will also hand you a temporary password. It expires 72 hours after", "es": "Elena Marlow le entregará además", "fr": "Elena Marlow vous remettra aussi"} {
		data := sample(t, "welcome")
		data["Password"] = ""
		for _, typed := range []bool{true, false} {
			data["HandedOver"] = typed
			_, text, html, err := s.Mail(lang, "America/Toronto", "welcome", data)
			if err != nil || strings.Contains(text, want) != typed || strings.Contains(strings.Join(viewstest.Spoken(html), " "), want) != typed {
				t.Errorf("%s, %t: %v\n%s", lang, typed, err, text)
			}
		}
	}
}

// S1-10: who created the account, where, with what, and until when, by the receiver's clock.
func TestTheWelcomeMailSaysHowToSignIn(t *testing.T) {
	s := little(t, nil)
	subject, text, html, err := s.Mail("es", "Europe/Madrid", "welcome", sample(t, "welcome"))
	if err != nil {
		t.Fatal(err)
	}
	if subject != "Su cuenta en Marlow & Reyes" {
		t.Error(subject)
	}
	for _, want := range []string{"Elena Marlow creó una cuenta", "hasta el 24 de noviembre de 2026, 14:14 (Madrid)", "Contraseña temporal: tief-7-Quelle", "se creó una cuenta para usted"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for _, want := range []string{`<html lang="es">`, `href="https://chancery.example/welcome/T0K"`, "Marlow &amp; Reyes"} {
		if !strings.Contains(html, want) {
			t.Errorf("no %q", want)
		}
	}
	without := sample(t, "welcome")
	without["Password"] = ""
	if _, text, html, err = s.Mail("es", "", "welcome", without); err != nil || strings.Contains(text+html, "temporal") {
		t.Errorf("speaks of a password that was not set: %v", err)
	}
}

// A name is data: it makes neither a header nor a template nor markup.
func TestNoValueBecomesAHeaderOrMarkup(t *testing.T) {
	s := little(t, nil)
	data := sample(t, "welcome")
	data["Organization"] = "Evil\r\nBcc: all@example.com\r\n\r\n<b>{{.Data}}"
	subject, _, html, err := s.Mail("en", "UTC", "welcome", data)
	if err != nil {
		t.Fatal(err)
	}
	if subject != "Your account at Evil Bcc: all@example.com <b>{{.Data}}" {
		t.Errorf("%q", subject)
	}
	if strings.Contains(html, "<b>{{") {
		t.Error("markup from a name")
	}
	data = sample(t, "welcome")
	data["Link"] = "javascript:alert(1)"
	if _, _, html, err = s.Mail("en", "UTC", "welcome", data); err != nil || strings.Contains(html, `href="javascript:`) {
		t.Errorf("an address that is a program: %v", err)
	}
}

func TestAMailWithAHoleIsNotWritten(t *testing.T) {
	s := little(t, nil)
	data := sample(t, "welcome")
	delete(data, "By")
	if _, text, html, err := s.Mail("en", "UTC", "welcome", data); err == nil || text+html != "" {
		t.Errorf("%v", err)
	}
	for _, c := range [][2]string{{"Nowhere/City", "welcome"}, {"UTC", "nothing"}, {"UTC", "layout/letter"}} {
		if _, _, _, err := s.Mail("en", c[0], c[1], sample(t, "welcome")); err == nil {
			t.Errorf("%v: no error", c)
		}
	}
}

// ASVS 1.2.1: what a mail says and how it is escaped is text/template's and html/template's word, whoever writes.
func TestCompiledMailsSayWhatTheTemplatesSay(t *testing.T) {
	s := little(t, nil)
	for _, name := range s.Mails() {
		for _, l := range views.Languages() {
			for _, change := range []func(v any) any{
				func(v any) any { return v },
				func(v any) any { // what no value should be able to do
					if s, ok := v.(string); ok && !strings.HasSuffix(s, "Z") {
						return "javascript:" + s + "<b>\"'&+\x00\n\r\n{{.}} ü"
					}
					return v
				},
				func(v any) any { // the other way of each fork
					switch v := v.(type) {
					case bool:
						return !v
					case float64:
						return 0.0
					case []any:
						return []any{}
					case string:
						if !strings.HasSuffix(v, "Z") {
							return ""
						}
					}
					return v
				},
				func(any) any { return nil },
			} {
				data := sample(t, name)
				for key, v := range data {
					data[key] = change(v)
				}
				gotSubject, gotText, gotHTML, gotErr := s.Mail(l.Code, "America/Toronto", name, data)
				subject, text, html, err := s.MailPlain(l.Code, "America/Toronto", name, data)
				if gotSubject != subject || gotText != text || gotHTML != html || (gotErr == nil) != (err == nil) {
					t.Fatalf("%s in %s\n got %q %v\n%s\n%s\nwant %q %v\n%s\n%s", name, l.Code, gotSubject, gotErr, gotText, gotHTML, subject, err, text, html)
				}
			}
		}
	}
}

func BenchmarkMail(b *testing.B) {
	s := little(b, nil)
	for _, name := range []string{"sessions-ended", "welcome", "summary", "events"} {
		data := sample(b, name)
		for way, write := range map[string]func(lang, zone, name string, data any) (string, string, string, error){"compiled": s.Mail, "plain": s.MailPlain} {
			b.Run(name+"/"+way, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, _, _, err := write("en", "America/Toronto", name, data); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
