package mails

import (
	"context"
	"encoding/json"
	"fmt"

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
	data, err := r.data(ctx, w)
	if err != nil {
		return "", err
	}
	m := w.mail
	subject, text, html, err := r.Letters.Mail(m.Language, m.Zone, string(m.Kind), data)
	if err != nil {
		return "", err
	}
	message := delivery.Message{
		ID: m.ID, Date: m.CreatedAt, // the same at each try, so that a duplicate can be told
		From: r.From.Address, FromName: r.From.Name, To: m.Recipient, Subject: subject, Text: text, HTML: html,
		Headers: map[string]string{"Auto-Submitted": "auto-generated"}, // RFC 3834: nobody's absence answers it
	}
	if message.FromName == "" {
		message.FromName = w.org.Name
	}
	if w.user != nil {
		message.ToName = w.user.Name()
	}
	return r.Sender.Send(ctx, message)
}

// data is what the letter's template gets: what was stored with the mail, who and where, and the secrets of its kind.
func (r *Reconciler) data(ctx context.Context, w world) (map[string]any, error) {
	data := map[string]any{}
	if err := json.Unmarshal([]byte(w.mail.Data), &data); err != nil {
		return nil, fmt.Errorf("mail data: %w", err)
	}
	data["Organization"] = w.org.Name
	data["SignInURL"] = r.Base.JoinPath("sign-in").String()
	data["SecurityURL"] = r.Base.JoinPath("me", "security").String()
	if path, ok := data["Path"].(string); ok { // of the page that the letter is about
		data["URL"] = r.Base.JoinPath(path).String()
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
