package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path"
	"regexp"
	"testing/fstest"
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/agenda"
	"chancery/app/api"
	"chancery/app/billing"
	"chancery/app/cases"
	"chancery/app/messages"
	"chancery/app/notices"
	"chancery/app/post"
	"chancery/app/replies"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/web"
	"chancery/app/work"
	"chancery/static"
	"chancery/views"
)

// plain is My Profile's template with the data of one reader, to be executed by itself.
type plain struct {
	folded, written *views.Set
	lang, name      string
	data            any
}

// write has html/template execute the template: "folded" with what views puts in when loading, "written" with every call
// of t, icon and asset left for run time, as html/template is commonly used.
func (p *plain) write(w io.Writer, how string) error {
	set := p.written
	if how == "folded" {
		set = p.folded
	}
	return set.RenderPlain(w, p.lang, p.name, true, p.data)
}

// capture asks the product, in this process, for one reader's My Profile, and keeps what it gave its template.
func capture(database, key, cookie string) (*plain, error) {
	p := &plain{}
	db, app, set, err := inside(database, key, func(lang, name string, _ bool, view any) { p.lang, p.name, p.data = lang, name, view })
	if err != nil {
		return nil, err
	}
	defer db.Close()
	var b bytes.Buffer
	get(false)(&b, &seat{cookie: cookie}, "127.0.0.1", "/me")
	if _, err := ask(app, &b, fiber.StatusOK); err != nil {
		return nil, err
	}
	if p.data == nil {
		return nil, errors.New("no template was rendered for /me")
	}
	assets, err := static.Load()
	if err != nil {
		return nil, err
	}
	tree, err := unfolded("views")
	if err != nil {
		return nil, err
	}
	p.folded = set
	p.written, err = views.LoadFrom(tree, assets)
	return p, err
}

// unfolded is the tree of templates with each call marked so that loading does not fold it.
func unfolded(dir string) (fs.FS, error) {
	call := regexp.MustCompile(`\{\{(t|icon|asset|lang)((?: "[^"]*")?)\}\}`)
	tree := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path.Join(dir, name))
		if err != nil {
			return err
		}
		if path.Ext(name) == ".html" {
			text = call.ReplaceAll(text, []byte("{{- $1$2}}"))
		}
		tree[name] = &fstest.MapFile{Data: text}
		return nil
	})
	return tree, err
}

// inside is the product in this process, for what cannot be seen from outside.
func inside(database, key string, rendered func(lang, name string, page bool, view any)) (*store.DB, *fiber.App, *views.Set, error) {
	assets, err := static.Load()
	if err != nil {
		return nil, nil, nil, err
	}
	set := views.Load(assets)
	db, err := store.Open(context.Background(), database, nil)
	if err != nil {
		return nil, nil, nil, err
	}
	people := staff.New(db, staff.Studio{
		Make: func(context.Context, staff.Upload) (map[int][]byte, int, int, error) {
			return map[int][]byte{}, 1, 1, nil
		},
		Put: func(context.Context, string, []byte, string) error { return nil },
	})
	letters, files := post.New(db), cases.New(db, people)
	base, log := &url.URL{Scheme: "http", Host: "127.0.0.1"}, slog.New(slog.DiscardHandler)
	told := notices.New(db, letters, people, notices.Options{Key: []byte(key), Site: base})
	ways := signin.New(db, people, letters, signin.Options{Key: []byte(key), Common: assets.IsCommonPassword})
	talk, days, money := messages.New(db, files, people), agenda.New(db, files, people), billing.New(db, files, people)
	talk.Tells(told)
	programs := api.New(api.Deps{Signin: ways, Staff: people, Cases: files, Messages: talk, Agenda: days, Billing: money, Replies: replies.New(db), URL: base, Now: time.Now, Log: log})
	app := web.New(web.Deps{
		Views: set, Assets: assets, Staff: people, Access: access.New(db), Signin: ways,
		Cases: files, Messages: talk, Agenda: days, Billing: money, Notices: told, Post: letters, Work: work.New(db), API: programs, Feed: db,
		URL: base, Key: []byte(key), Now: time.Now, Log: log, Rendered: rendered,
		Trace: func(ctx context.Context) (context.Context, func() int64) {
			ctx, n := store.WithCount(ctx)
			return ctx, n.N
		},
	})
	return db, app, set, nil
}

// ask sends one request to the product in this process, and returns its header X-Statements.
func ask(app *fiber.App, request io.Reader, want int) (string, error) {
	req, err := http.ReadRequest(bufio.NewReader(request))
	if err != nil {
		return "", err
	}
	res, err := app.Test(req, -1)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	if res.StatusCode != want {
		return "", fmt.Errorf("%s %s in process: %s", req.Method, req.URL, res.Status)
	}
	return res.Header.Get("X-Statements"), nil
}
