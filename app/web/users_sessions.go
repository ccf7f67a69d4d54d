package web

// usersSessionsConfirm asks before a person is signed out everywhere.
func (w *Web) usersSessionsConfirm(r *request) error {
	return w.usersConfirm(r, "users/sessions/delete", "users.sessions-title", "users.sessions-question")
}

// usersSessionsDelete signs a person out on every device (S1-22); each is out at its next request. An administrator who
// does it to themselves is sent to the door by that same rule.
func (w *Web) usersSessionsDelete(r *request) error {
	if _, err := w.Signin.SignOutEverywhere(r.ctx, r.actor(), r.Params("id")); err != nil {
		return err
	}
	return r.goTo("/users/" + r.Params("id") + "?notice=sessions")
}
