package web_test

import (
	"strings"
	"testing"
	"time"

	"chancery/app/apptest"
	"chancery/app/post"
	"chancery/app/staff"
)

func upload(c *apptest.Client, text string) *apptest.Page {
	return c.Visit("/users/import/new").Upload("#import-form", "file", "people.csv", "text/csv", []byte(text))
}

// B-17, V-8, S1-28, C-1: the dry run says of each row what would come of it and creates nobody; then those who can be are
// created, each with a welcome mail, and the others stand in the result with the reason.
func TestAFileOfColleaguesIsImported(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.SignIn("admin")
		if err := app.Staff.SeedTitle(t.Context(), "Case assistant"); err != nil {
			t.Fatal(err)
		}
		p := upload(c, "\ufeffE-mail;Full name;Role;Department;Job title;Language;Time zone;Profiles\r\n"+
			"Gabriel@Firm.example;Jean Gabriel Tremblay;Parajuridique;family;case assistant;Français;America/Vancouver;Recouvrement\r\n"+
			apptest.Email("consultant")+";Jon Okafor;RCIC Consultant;Family;;;;\r\n"+
			apptest.Email("other")+";Someone Else;Viewer;;;;;\r\n"+
			apptest.Email("inactive")+";Arturo Two;Viewer;;;;;\r\n"+
			"gabriel@firm.example;Gabriel Again;Viewer;;;;;\r\n"+
			"wrong;Anna Bell;Wizard;Nowhere;Sorceress;tlh;Mars/Base;Dragons\r\n"+
			"\"super@new.example\";Sue Per;Super Admin;;;;;\r\n;;;;;;;\r\n")
		p.Expect(200).In("h1", "What would happen").In(".page-head", "7 rows were read").Has("tbody tr", 7).In(".facts", "Would be created1").In(".facts", "Here already, the same1").In(".facts", "Refused5")
		row := func(n string) string { return "tbody tr:nth-child(" + n + ")" }
		p.In(row("1"), "Jean Gabriel Tremblay").In(row("1"), "Would be created").In(row("2"), "the same").In(row("3"), "This import changes nobody").In(row("4"), "no longer works here").In(row("5"), "line 2 already")
		for _, why := range []string{"E-mail: Write one complete", "Role: There is no role “Wizard”", "Department: There is no department “Nowhere”", "Job title:", "Language: “tlh”", "Time zone:", "Profiles: There is no profile “Dragons”"} {
			p.In(row("6"), why)
		}
		p.In(row("7"), "Only a Super Admin")
		if ok, err := app.Signin.Exists(t.Context(), "gabriel@firm.example"); ok || err != nil {
			t.Errorf("somebody was created by the dry run, %v", err)
		}
		c.Visit(p.Path+"?state=refused").Has("tbody tr", 5)
		run := p.Submit("#import-confirm").Expect(200)
		if !strings.HasPrefix(run.Path, "/runs/") {
			t.Fatal(run.Path)
		}
		p.Submit("#import-confirm").At(run.Path) // sent twice it is one
		finish(t, app)
		done := c.Visit(run.Path).In("h1 .status", "Finished").In(".facts", "Done1").In(".facts", "Refused5").In("tbody tr:nth-child(6)", "Role: There is no role")
		card := done.Follow("tbody tr:first-child a").In("h1", "Jean Gabriel Tremblay").In(".page-head", "Invited").In("main aside", "Paralegal").In("main aside", "Collections").In("#zone-shown", "Vancouver").In("#title-shown", "Case assistant")
		id := strings.TrimPrefix(card.Path, "/users/")
		m, err := app.Post.Find(t.Context(), "welcome/"+id)
		if err != nil || m.Language != "fr" || m.State != post.Waiting {
			t.Errorf("%+v, %v", m, err)
		}
		if u, err := app.Staff.Get(t.Context(), id); err != nil || u.FirstName != "Jean Gabriel" || u.LastName != "Tremblay" {
			t.Errorf("%+v, %v", u, err)
		}
	})
}

func TestAFileThatCannotBeReadIsRefused(t *testing.T) {
	app := apptest.One(t)
	c := app.SignIn("admin")
	head := "email,first name,last name,role\n"
	for text, why := range map[string]string{
		"":                                    "Choose a CSV file",
		head:                                  "no rows",
		"email,role\na@b.example,Viewer\n":    "e-mail, role and name",
		"email,wizardry,role,first name\n":    "no column “wizardry”",
		"email,E-mail,role,first name\n":      "there twice",
		head + "a@b.example,Jos\xe9,B,Viewer": "not UTF-8",
		head + "a@b.example,\"Jo,B,Viewer\n":  "line 2",
		head + strings.Repeat("a@b.example,Anna,Bell,Viewer\n", staff.ImportRows+1): "more than 2,000 rows",
		head + strings.Repeat(" ", staff.ImportBytes):                               "larger than 1 MB",
	} {
		upload(c, text).Expect(422).In("#file-error", why).Has("#errors a[href='#file']", 1)
	}
	upload(c, head+strings.Repeat(" ", 2*staff.ImportBytes)).Expect(413)
	upload(c, head+"a@b.example,Anna,Bell,Viewer,more\n").Expect(200).In("tbody", "more values than there are columns")
}

// The template of each language is read again, whatever language its sender reads.
func TestTheTemplateOfEachLanguageIsRead(t *testing.T) {
	app := apptest.One(t)
	if err := app.DB.In(t.Context()).Exec(`UPDATE users SET role_id = 'administrator' WHERE id IN (?, ?)`, app.Person("paralegal").ID, app.Person("other").ID).Error; err != nil {
		t.Fatal(err)
	}
	for who, separator := range map[string]string{"admin": ",", "other": ";", "paralegal": ";"} {
		p := app.SignIn(who).Visit("/users/import/template.csv").Expect(200)
		if strings.Count(p.Body, separator) != 11 || !strings.HasPrefix(p.Body, "\ufeff") {
			t.Errorf("%s: %q", who, p.Body)
		}
		row := strings.Join([]string{who + "2@firm.example", "Anna", "Bell", "", "Viewer", "", "", "", "", "", "", ""}, separator)
		upload(app.SignIn("admin"), p.Body+row).Expect(200).Has("tbody .status[data-status=ok]", 1)
	}
}

// What was uploaded is for who uploaded it, for an hour.
func TestAnUploadIsKeptAnHour(t *testing.T) {
	app := apptest.One(t)
	c := app.SignIn("admin")
	p := upload(c, "email,full name,role\na@b.example,Anna Bell,Viewer\n").Expect(200)
	app.SignIn("super").Visit(p.Path).Expect(404)
	app.SignIn("consultant").Visit(p.Path).Expect(403)
	app.Clock.Add(61 * time.Minute)
	c.Visit(p.Path).Expect(404)
}
