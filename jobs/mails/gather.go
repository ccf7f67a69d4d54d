package mails

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"

	"chancery/app/delivery"
	"chancery/app/post"
	"chancery/app/signin"
)

func (r *Reconciler) gather(ctx context.Context, id string) (world, error) {
	w := world{now: r.Now()}
	var err error
	if w.mail, err = r.Post.Get(ctx, id); err != nil {
		return w, err
	}
	if w.mail.UserID != nil {
		if w.user, err = r.Staff.Get(ctx, *w.mail.UserID); err != nil {
			return w, err
		}
	}
	w.org, err = r.Staff.Organization(ctx)
	return w, err
}

// send writes the letter and hands it over.
func (r *Reconciler) send(ctx context.Context, w world) (string, error) {
	m := w.mail
	written, err := r.written(ctx, m)
	if err != nil {
		return "", err
	}
	data, err := r.data(ctx, w, written)
	if err != nil {
		return "", err
	}
	subject, text, html, err := r.Letters.Mail(m.Language, m.Zone, string(m.Kind), data)
	if err != nil {
		return "", err
	}
	message := delivery.Message{
		ID: m.ID, Date: m.CreatedAt, // the same at each try, so that a duplicate can be told
		From: r.From.Address, FromName: r.From.Name, To: m.Recipient, Subject: subject, Text: text, HTML: html,
		Headers: map[string]string{"Auto-Submitted": "auto-generated"}, // RFC 3834: nobody's absence answers it
	}
	if written.Unsubscribe != "" { // RFC 8058: by one click, without signing in
		message.Headers["List-Unsubscribe"] = "<" + r.page(written.Unsubscribe) + ">"
		message.Headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
	}
	for _, f := range written.Files {
		message.Attachments = append(message.Attachments, delivery.Attachment{Name: f.Name, ContentType: f.ContentType, Data: f.Data})
	}
	if message.FromName == "" {
		message.FromName = w.org.Name
	}
	if w.user != nil {
		message.ToName = w.user.Name()
	}
	return r.Sender.Send(ctx, message)
}

// written asks the author of the mail's kind what there is to say; a kind without one says what was stored with it.
func (r *Reconciler) written(ctx context.Context, m *post.Mail) (post.Letter, error) {
	author := r.Authors[m.Kind]
	if author == nil {
		return post.Letter{}, nil
	}
	letters, err := author.Letters(ctx, []post.Mail{*m})
	switch {
	case err != nil:
		return post.Letter{}, err
	case len(letters) != 1:
		return post.Letter{}, fmt.Errorf("%s: %d letters for one mail", m.Kind, len(letters))
	case letters[0].Err != nil:
		return post.Letter{}, letters[0].Err
	case letters[0].Nothing:
		return post.Letter{}, signin.ErrWithdrawn
	}
	return letters[0], nil
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
func (r *Reconciler) data(ctx context.Context, w world, written post.Letter) (map[string]any, error) {
	data := map[string]any{}
	if err := json.Unmarshal([]byte(w.mail.Data), &data); err != nil {
		return nil, fmt.Errorf("mail data: %w", err)
	}
	maps.Copy(data, written.Data)
	data["UnsubscribeURL"] = ""
	if written.Unsubscribe != "" {
		data["UnsubscribeURL"] = r.page(written.Unsubscribe)
	}
	data["Organization"] = w.org.Name
	data["SignInURL"] = r.Base.JoinPath("sign-in").String()
	data["SecurityURL"] = r.Base.JoinPath("me", "security").String()
	if path, ok := data["Path"].(string); ok { // of the page that the letter is about
		data["URL"] = r.page(path)
	}
	data["HandedOver"] = w.mail.Kind == post.Welcome && data["First"] == string(signin.FirstTyped)
	if w.user != nil {
		data["Name"], data["Email"] = w.user.Name(), w.user.Email
	}
	secret, err := r.Signin.Enclose(ctx, w.mail)
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
