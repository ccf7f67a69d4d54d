package web

// usersLockConfirm asks before a lock is lifted.
func (w *Web) usersLockConfirm(r *request) error {
	return w.usersAsk(r, ask{title: "users.unlock-title", question: "users.unlock-question", text: "users.unlock-text", button: "users.unlock-button", path: "/lock"})
}

// usersLockDelete unlocks an account and begins its count anew (B-8).
func (w *Web) usersLockDelete(r *request) error {
	if err := w.Signin.Unlock(r.ctx, r.actor(), r.Params("id")); err != nil {
		return err
	}
	return w.back(r, "", "unlocked")
}
