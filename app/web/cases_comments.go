package web

import (
	"regexp"
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
	"chancery/app/messages"
	"chancery/views"
)

// commentsPart is how many comments a part has.
const commentsPart = 50

// casesCommentsIndexView is what the team says of a case.
type casesCommentsIndexView struct {
	views.Page
	Head    caseHead
	Lines   []commentLine
	Earlier string // address of the part before; "" for none
	Newest  string // of the last part, from one before it; "" on that itself
	Here    string // where the newest are, to be asked for again when something came; "" of a part before
	Write   *commentForm
}

// commentLine is one comment: cases/comments/_line.
type commentLine struct {
	ID, URL           string
	Name, PersonURL   string
	Left              bool
	Avatar            views.Avatar
	At                views.Time
	Edited, Withdrawn bool
	Parts             []commentPart
	Mine              bool // may be edited or taken back by the reader, for now
	Until             string
	Edit              *commentForm // in its place, while it is edited
	Focus             bool
	Who               string // of its links, for those who do not see in which line they stand
}

// commentPart is a stretch of what was said, or the name of somebody who is called.
type commentPart struct{ Text, Called, URL string }

// commentForm is where a comment is written or edited: cases/comments/_form.
type commentForm struct {
	URL, CSRF, ID string
	Field         string // the id of the field
	Callables     string // where the people are who can be called
	Patch         bool
	Back          string // where giving up leads
	Body          string
	Error         views.FieldError
	Refused       string
	Max           int
	Focus         bool
}

// casesCommentsIndex shows the comments of a case, the newest part or one before a comment. As a fragment it is that part alone.
func (w *Web) casesCommentsIndex(r *request) error {
	return w.comments(r, fiber.StatusOK, nil, problems{})
}

func (w *Web) comments(r *request, status int, f form, p problems) error {
	id, before := r.Params("id"), r.Query("before")
	if f != nil {
		before = ""
	}
	all, more, err := w.Messages.Comments(r.ctx, r.actor(), id, before, commentsPart)
	if err != nil {
		return err
	}
	l, here := r.locale(w), "/cases/"+id+"/comments"
	v := casesCommentsIndexView{}
	for i := range all {
		v.Lines = append(v.Lines, commentLineOf(l, &all[i]))
	}
	if more {
		v.Earlier = here + "?before=" + all[0].ID
	}
	if r.fragment() {
		if err := w.render(r, status, "cases/comments/_earlier", v); err != nil {
			return err
		}
		r.compress() // it has no token
		return nil
	}
	v.Page = w.page(r, "comments.title", "cases")
	if v.Head, _, err = w.caseHeadOf(r, id, "comments"); err != nil {
		return err
	}
	v.Title = v.Head.Number + ": " + v.Title
	if before != "" {
		v.Newest = here
	} else {
		v.Write, v.Here = w.commentForm(r, id), here
		v.Nav.Events = "/events?case=" + id
		if f != nil {
			v.Write.refused(f, p)
		}
	}
	v.Notice = w.said(r, "comments.", "written", "edited", "taken-back")
	return w.render(r, status, "cases/comments/index", v)
}

// casesCommentsCreate writes a comment (S0-3). A form that comes twice is one (B-15).
func (w *Web) casesCommentsCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	id := r.Params("id")
	c, err := w.Messages.CommentOnce(r.ctx, r.actor(), id, f.get("id"), f.get("body"))
	if err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		if !r.fragment() {
			return w.comments(r, p.status, f, p)
		}
		v := w.commentForm(r, id)
		v.refused(f, p)
		return w.render(r, p.status, "cases/comments/_form", v)
	}
	if !r.fragment() {
		return r.goTo("/cases/" + id + "/comments?notice=written#comment-" + c.ID)
	}
	line, err := w.commentLine(r, id, c.ID)
	if err != nil {
		return err
	}
	v := casesCommentsWrittenView{Write: w.commentForm(r, id), Line: line}
	v.Write.Focus = true
	return w.render(r, fiber.StatusOK, "cases/comments/_written", v)
}

// casesCommentsWrittenView is what an open page gets for a comment that was written.
type casesCommentsWrittenView struct {
	Write *commentForm
	Line  commentLine
}

// casesCommentsShow is one comment in its line; who gave up editing stays in it.
func (w *Web) casesCommentsShow(r *request) error {
	line, err := w.commentLine(r, r.Params("id"), r.Params("comment"))
	if err != nil {
		return err
	}
	if !r.fragment() {
		return r.goTo("/cases/" + r.Params("id") + "/comments#comment-" + line.ID)
	}
	line.Focus = true
	return w.render(r, fiber.StatusOK, "cases/comments/_line", line)
}

// casesCommentsEdit is a comment as a form, in its line or on a page of its own.
func (w *Web) casesCommentsEdit(r *request) error {
	return w.editComment(r, fiber.StatusOK, nil, problems{})
}

// casesCommentsEditView is the form of a comment as a page.
type casesCommentsEditView struct {
	views.Page
	Head caseHead
	Form *commentForm
}

func (w *Web) editComment(r *request, status int, f form, p problems) (err error) {
	id := r.Params("id")
	c, err := w.Messages.Remark(r.ctx, r.actor(), id, r.Params("comment"))
	if err != nil {
		return err
	}
	if c.AuthorID != r.cur.User.ID {
		return &fault.Forbidden{Permission: "author", Message: fault.M("comments.not-yours")}
	}
	form := w.commentForm(r, id)
	form.URL, form.Patch, form.Back, form.Field, form.Focus = "/cases/"+id+"/comments/"+c.ID, true, "/cases/"+id+"/comments#comment-"+c.ID, "edit-"+c.ID, true
	form.Body = plainBody(c)
	if f != nil {
		form.refused(f, p)
	}
	if r.fragment() {
		line := commentLineOf(r.locale(w), c)
		line.Edit = form
		return w.render(r, status, "cases/comments/_line", line)
	}
	v := casesCommentsEditView{Page: w.page(r, "comments.edit-title", "cases"), Form: form}
	if v.Head, _, err = w.caseHeadOf(r, id, "comments"); err != nil {
		return err
	}
	return w.render(r, status, "cases/comments/edit", v)
}

// casesCommentsUpdate changes a comment of one's own.
func (w *Web) casesCommentsUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	id, comment := r.Params("id"), r.Params("comment")
	if err := w.Messages.EditComment(r.ctx, r.actor(), id, comment, f.get("body")); err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.editComment(r, p.status, f, p)
	}
	return w.commentDone(r, "edited")
}

// casesCommentsConfirmView asks before a comment is taken back.
type casesCommentsConfirmView struct {
	views.Page
	Alone     bool
	URL, Back string
	Target    string
	Refused   string
}

// casesCommentsConfirm asks before a comment is taken back.
func (w *Web) casesCommentsConfirm(r *request) error { return w.askWithdraw(r, fiber.StatusOK, "") }

func (w *Web) askWithdraw(r *request, status int, refused string) error {
	id := r.Params("id")
	c, err := w.Messages.Remark(r.ctx, r.actor(), id, r.Params("comment"))
	if err != nil {
		return err
	}
	if c.AuthorID != r.cur.User.ID {
		return &fault.Forbidden{Permission: "author", Message: fault.M("comments.not-yours")}
	}
	url := "/cases/" + id + "/comments/" + c.ID
	return w.render(r, status, "cases/comments/delete", casesCommentsConfirmView{
		Page: w.page(r, "comments.withdraw-title", "cases"), Alone: !r.fragment(), URL: url, Back: "/cases/" + id + "/comments#comment-" + c.ID,
		Target: "#comment-" + c.ID, Refused: refused,
	})
}

// casesCommentsDelete takes a comment of one's own back: that there was one stays (S1-15).
func (w *Web) casesCommentsDelete(r *request) error {
	if err := w.Messages.WithdrawComment(r.ctx, r.actor(), r.Params("id"), r.Params("comment")); err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.askWithdraw(r, p.status, p.summary.Refused)
	}
	return w.commentDone(r, "taken-back")
}

// commentDone shows a comment as it is now.
func (w *Web) commentDone(r *request, done string) error {
	id := r.Params("id")
	line, err := w.commentLine(r, id, r.Params("comment"))
	if err != nil {
		return err
	}
	if !r.fragment() {
		return r.goTo("/cases/" + id + "/comments?notice=" + done + "#comment-" + line.ID)
	}
	line.Focus = true
	return w.render(r, fiber.StatusOK, "cases/comments/_changed", casesCommentsChangedView{line, r.locale(w).T(message("comments." + done))})
}

// casesCommentsChangedView is a comment after it was edited or taken back, and that it was.
type casesCommentsChangedView struct {
	Line commentLine
	Said string
}

func (w *Web) commentLine(r *request, caseID, id string) (commentLine, error) {
	c, err := w.Messages.Remark(r.ctx, r.actor(), caseID, id)
	if err != nil {
		return commentLine{}, err
	}
	return commentLineOf(r.locale(w), c), nil
}

func commentLineOf(l views.Locale, c *messages.Remark) commentLine {
	v := commentLine{
		ID: c.ID, URL: "/cases/" + c.CaseID + "/comments/" + c.ID, At: l.Time(c.CreatedAt), Edited: c.EditedAt != nil && c.WithdrawnAt == nil, Withdrawn: c.WithdrawnAt != nil,
		Mine: c.Mine, Parts: commentParts(c), Who: l.Time(c.CreatedAt).Text,
	}
	if c.Mine {
		v.Until = l.T(message("comments.until", "Time", l.Clock(c.Mends())))
	}
	if a := c.Author; a != nil {
		v.Name, v.PersonURL, v.Left, v.Avatar = a.Name(), "/users/"+a.ID, a.Left, avatarFor(a.ID, a.FirstName, a.LastName, a.PictureID, 64)
	}
	return v
}

// calledInside is somebody who is called in what is stored of a comment.
var calledInside = regexp.MustCompile(`@\{([0-9a-f-]{36})\}`)

// commentParts are what was said, with those who are called by the names that they have now.
func commentParts(c *messages.Remark) (parts []commentPart) {
	body := c.Body
	for {
		at := calledInside.FindStringSubmatchIndex(body)
		if at == nil {
			break
		}
		if at[0] > 0 {
			parts = append(parts, commentPart{Text: body[:at[0]]})
		}
		if who := c.Called[body[at[2]:at[3]]]; who != nil {
			parts = append(parts, commentPart{Called: "@" + who.Name(), URL: "/users/" + who.ID})
		}
		body = body[at[1]:]
	}
	if body != "" {
		parts = append(parts, commentPart{Text: body})
	}
	return parts
}

// plainBody is a comment as it is typed.
func plainBody(c *messages.Remark) string {
	return calledInside.ReplaceAllStringFunc(c.Body, func(m string) string {
		if who := c.Called[m[2:len(m)-1]]; who != nil {
			return "@" + who.Name()
		}
		return m
	})
}

func (w *Web) commentForm(r *request, caseID string) *commentForm {
	return &commentForm{URL: "/cases/" + caseID + "/comments", CSRF: w.token(r), ID: newFormID(), Field: "body", Callables: "/cases/" + caseID + "/callables", Max: messages.BodyMax}
}

// refused is the form as it was sent, with what is wrong.
func (v *commentForm) refused(f form, p problems) {
	v.Body, v.Error, v.Focus = strings.ReplaceAll(f.get("body"), "\r\n", "\n"), p.field("body"), true
	if v.Error.Text != "" {
		v.Error.ID = v.Field
	}
	if id := f.get("id"); id != "" {
		v.ID = id
	}
	if p.summary != nil {
		v.Refused = p.summary.Refused
	}
}

// casesCallablesIndexView is people who can be called in a comment: cases/callables/_list.
type casesCallablesIndexView struct {
	Rows []callableRow
	Said string // how many there are
}

// callableRow is one of them.
type callableRow struct {
	ID, Name, Title, Handle string
	Avatar                  views.Avatar
}

// casesCallablesIndex offers people who can be called in a comment of a case, by the beginning of a name. Without script
// nobody asks: whoever is written with @ and their name is called all the same; by its address one comes to where they are written.
func (w *Web) casesCallablesIndex(r *request) error {
	if !r.fragment() {
		if err := w.Cases.MustSee(r.ctx, r.actor(), r.Params("id")); err != nil {
			return err
		}
		return r.goTo("/cases/" + r.Params("id") + "/comments")
	}
	all, err := w.Messages.Callables(r.ctx, r.actor(), r.Params("id"), clipped(words(r.Query("q")), 100))
	if err != nil {
		return err
	}
	v := casesCallablesIndexView{Said: r.locale(w).T(message("comments.found", "Count", len(all)))}
	for i := range all {
		c := &all[i]
		v.Rows = append(v.Rows, callableRow{c.ID, c.Name(), c.Title, c.Handle(all), avatarFor(c.ID, c.FirstName, c.LastName, c.PictureID, 64)})
	}
	return w.render(r, fiber.StatusOK, "cases/callables/_list", v)
}
