package web

// meEmailVerificationsCreate sends a person a link by which they prove their own address (S2-36).
func (w *Web) meEmailVerificationsCreate(r *request) error {
	err := w.Signin.VerifyOwn(r.ctx, r.cur, r.from)
	if err == nil {
		return r.goTo("/me?saved=verification")
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	v := w.meShowView(r, nil)
	v.Account.Unsent = p.summary.Refused
	return w.render(r, p.status, "me/show", v)
}
