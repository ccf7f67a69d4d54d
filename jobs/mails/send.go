package mails

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"runtime"
	"runtime/debug"

	"chancery/app/delivery"
	"chancery/app/post"
	"chancery/app/signin"
)

// try writes a letter and hands it over, within what is left of its hold.
func (r *Reconciler) try(ctx context.Context, e errand) (answer string, err error) {
	defer r.recovered(&err)
	ctx, cancel := context.WithTimeout(ctx, r.Hold*3/4-r.Now().Sub(e.now))
	defer cancel()
	m, err := r.message(ctx, e)
	if err != nil {
		return "", err
	}
	return r.Sender.Send(ctx, m)
}

// message is the letter, written out.
func (r *Reconciler) message(ctx context.Context, e errand) (delivery.Message, error) {
	data, err := r.data(ctx, e)
	if err != nil {
		return delivery.Message{}, err
	}
	m := e.mail
	subject, text, html, err := r.Letters.Mail(m.Language, m.Zone, string(m.Kind), data)
	if err != nil {
		return delivery.Message{}, err
	}
	message := delivery.Message{
		ID: m.ID, Date: m.Date(), // the same at each try, so that a duplicate can be told
		From: r.From.Address, FromName: r.From.Name, To: m.Recipient, Subject: subject, Text: text, HTML: html,
		Headers: map[string]string{"Auto-Submitted": "auto-generated"}, // RFC 3834: nobody's absence answers it
	}
	if e.letter.Unsubscribe != "" { // RFC 8058: by one click, without signing in
		message.Headers["List-Unsubscribe"] = "<" + r.page(e.letter.Unsubscribe) + ">"
		message.Headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
	}
	for _, f := range e.letter.Files {
		message.Attachments = append(message.Attachments, delivery.Attachment{Name: f.Name, ContentType: f.ContentType, Data: f.Data})
	}
	if message.FromName == "" {
		message.FromName = e.org.Name
	}
	if e.user != nil {
		message.ToName = e.user.Name()
	}
	return message, nil
}

// page is the address of a page by its path, which may have a query and a fragment.
func (r *Reconciler) page(path string) string {
	p, err := url.Parse(path)
	if err != nil {
		return r.Base.String()
	}
	u := r.Base.JoinPath(p.EscapedPath())
	u.RawQuery, u.Fragment = p.RawQuery, p.Fragment
	return u.String()
}

// data is what the letter's template gets: what was stored with the mail, what its author says now, who and where, and the
// secrets of its kind.
func (r *Reconciler) data(ctx context.Context, e errand) (map[string]any, error) {
	data := map[string]any{}
	if err := json.Unmarshal([]byte(e.mail.Data), &data); err != nil {
		return nil, fmt.Errorf("mail data: %w", err)
	}
	maps.Copy(data, e.letter.Data)
	data["UnsubscribeURL"] = ""
	if e.letter.Unsubscribe != "" {
		data["UnsubscribeURL"] = r.page(e.letter.Unsubscribe)
	}
	data["Organization"] = e.org.Name
	data["SignInURL"] = r.signIn
	data["SecurityURL"] = r.security
	if path, ok := data["Path"].(string); ok { // of the page that the letter is about
		data["URL"] = r.page(path)
	}
	data["HandedOver"] = e.mail.Kind == post.Welcome && data["First"] == string(signin.FirstTyped)
	if e.user != nil {
		data["Name"], data["Email"] = e.user.Name(), e.user.Email
	}
	secret, err := r.Signin.Enclose(ctx, e.mail)
	if err != nil {
		return nil, err
	}
	if secret.Path != nil {
		data["Link"] = r.Base.JoinPath(secret.Path...).String()
	}
	if !secret.Expires.IsZero() {
		data["Expires"], data["Password"] = secret.Expires, secret.Password
	}
	return data, nil
}

// recovered, deferred, turns a panic into an error, so that one broken mail does not stop the others. What was panicked with may
// hold any data, so only its type is told, and its text when it comes from the Go runtime.
func (r *Reconciler) recovered(err *error) {
	p := recover()
	if p == nil {
		return
	}
	what := fmt.Sprintf("%T", p)
	var own runtime.Error
	if e, ok := p.(error); ok && errors.As(e, &own) {
		what = own.Error()
	}
	*err = fmt.Errorf("panic: %s", what)
	r.Log.Error("a mail panicked", "panic", what, "stack", string(debug.Stack()))
}
