package signin_test

import (
	"testing"
	"time"

	"chancery/app/signin"
	"chancery/app/staff"
)

// S1-12, ASVS 7.4.2: the database itself ends the sessions, so that it holds for a status that no verb of ours wrote.
func TestSessionsOfSomeoneDeactivatedStayDeadWhenTheyAreActiveAgain(t *testing.T) {
	for name, to := range map[string]func(f *firm, status string){
		"by SQL":    func(f *firm, status string) { f.exec(`UPDATE users SET status = ? WHERE id = ?`, status, f.noor.ID) },
		"by a verb": func(f *firm, status string) { f.must(f.people.SeedStatus(f.ctx, f.noor.ID, staff.Status(status), nil)) },
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, f *firm) {
				signedOut, one, two := f.signIn(), f.signIn(), f.signIn()
				f.must(f.ways.SignOut(f.ctx, f.current(signedOut), here))
				before := time.Now().Truncate(time.Millisecond) // of the database's own clock, which writes no finer on SQLite
				to(f, "INACTIVE")
				to(f, "ACTIVE")
				f.gone(one, "deactivated and set active again")
				f.gone(two, "deactivated and set active again")
				var sessions []signin.Session
				f.must(f.db.In(f.ctx).Where("user_id = ?", f.noor.ID).Order("created_at, id").Find(&sessions).Error)
				for i, s := range sessions {
					if why := []string{"signed-out", "deactivated", "deactivated"}[i]; s.EndedAt == nil || s.EndedWhy != why {
						t.Errorf("session %d ended %v, %q; want %q", i, s.EndedAt, s.EndedWhy, why)
					} else if i > 0 && (s.EndedAt.Before(before) || s.EndedAt.After(time.Now().Add(time.Millisecond))) {
						t.Errorf("session %d ended at %v, not now", i, s.EndedAt)
					}
				}
				f.current(f.signIn()) // with the password, as anybody
			})
		})
	}
}

// Any other change of a person leaves their sessions alone.
func TestOnlyDeactivationEndsSessions(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token := f.signIn()
		f.exec(`UPDATE users SET status = 'PENDING', title = 'Partner' WHERE id = ?`, f.noor.ID)
		f.exec(`UPDATE users SET status = 'INACTIVE' WHERE id = ?`, f.lucia.ID)
		f.current(token)
	})
}
