package cases

import (
	"context"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
)

// Shown is a case as its page shows it.
type Shown struct {
	Case
	Client     Client
	Owner      *Person // nil only when closed
	Department string
	Members    []Member     // by last name
	Mine       *Association // the reader's, or nil

	// What comes next; nil and "" for nothing, and without appointments.view.
	Appointment      *time.Time
	AppointmentTitle string
	Deadline         string // YYYY-MM-DD; one that is over and not done comes first
	DeadlineTitle    string
}

// Association is what a case is to somebody.
type Association struct {
	Bell   bool
	Unread int64
}

type shownRow struct {
	Case
	Department       string
	ClientShown      string
	ClientEmail      string
	ClientPhone      string
	ClientLanguage   string
	ClientGeneration int64
	OwnerFirst       string
	OwnerLast        string
	OwnerShown       string
	OwnerTitle       string
	OwnerPicture     *string
	OwnerStatus      staff.Status
	Bell             *bool
	Unread           int64
	Appointment      *time.Time
	AppointmentTitle string
	Deadline         string
	DeadlineTitle    string
}

// Show is a case that the actor sees, with everybody who works on it and what comes next, in two statements. It returns
// fault.ErrNotFound.
func (c *Cases) Show(ctx context.Context, actor access.Actor, id string) (*Shown, error) {
	where, args, err := Seen(actor)
	if err != nil {
		return nil, err
	}
	next, more := `NULL AS appointment, '' AS appointment_title, '' AS deadline, '' AS deadline_title`, []any{}
	if actor.Rights.Can(access.AppointmentsView) {
		now := c.db.Now()
		const first = ` FROM appointments p WHERE p.case_id = k.id AND p.status = 'planned' AND p.starts_at >= ? ORDER BY p.starts_at, p.id LIMIT 1`
		const due = ` FROM deadlines n WHERE n.case_id = k.id AND n.done_at IS NULL ORDER BY n.due_on, n.id LIMIT 1`
		next = `(SELECT p.starts_at` + first + `) AS appointment, COALESCE((SELECT p.title` + first + `), '') AS appointment_title,
			COALESCE((SELECT n.due_on` + due + `), '') AS deadline, COALESCE((SELECT n.title` + due + `), '') AS deadline_title`
		more = []any{now, now}
	}
	var r shownRow
	ok, err := store.One(c.db.In(ctx).Raw(`SELECT k.id, k.number, k.title, k.client_id, k.stage, k.status, k.private, k.owner_id, k.department_id, k.opened_at, k.closed_at,
			k.external_id, k.messages, k.inbound, k.last_message_at, k.generation, k.created_at, k.updated_at, COALESCE(d.name, '') AS department,
			l.name AS client_shown, l.email AS client_email, l.phone AS client_phone, l.language AS client_language, l.generation AS client_generation,
			COALESCE(u.first_name, '') AS owner_first, COALESCE(u.last_name, '') AS owner_last, COALESCE(u.display_name, '') AS owner_shown, COALESCE(u.title, '') AS owner_title,
			u.picture_id AS owner_picture, COALESCE(u.status, '') AS owner_status, b.bell, COALESCE(b.unread, 0) AS unread, `+next+`
		FROM cases k JOIN clients l ON l.id = k.client_id LEFT JOIN users u ON u.id = k.owner_id LEFT JOIN departments d ON d.id = k.department_id
		LEFT JOIN associations b ON b.case_id = k.id AND b.user_id = ? WHERE k.id = ? AND `+where, append(append(more, actor.ID, id), args...)...), &r)
	if err != nil {
		return nil, fmt.Errorf("case: %w", err)
	}
	if !ok {
		return nil, fault.ErrNotFound
	}
	s := r.shown()
	if err := c.db.In(ctx).Raw(caseMembersSQL, id).Scan(&s.Members).Error; err != nil {
		return nil, fmt.Errorf("members: %w", err)
	}
	return s, nil
}

func (r *shownRow) shown() *Shown {
	s := &Shown{Case: r.Case, Department: r.Department, Appointment: r.Appointment, AppointmentTitle: r.AppointmentTitle, Deadline: r.Deadline, DeadlineTitle: r.DeadlineTitle,
		Client: Client{ID: r.ClientID, Name: r.ClientShown, Email: r.ClientEmail, Phone: r.ClientPhone, Language: r.ClientLanguage, Generation: r.ClientGeneration}}
	if r.OwnerID != nil {
		s.Owner = &Person{ID: *r.OwnerID, FirstName: r.OwnerFirst, LastName: r.OwnerLast, DisplayName: r.OwnerShown, Title: r.OwnerTitle, PictureID: r.OwnerPicture, Status: r.OwnerStatus}
	}
	if r.Bell != nil {
		s.Mine = &Association{Bell: *r.Bell, Unread: r.Unread}
	}
	return s
}

// History is what was done to a case that the actor sees, newest first, those before a line ("": the newest), and whether
// there are older ones (S1-14). Whoever sees a case may read it, without what their other permissions keep from them
// (access.History); the practice's whole history needs audit.view (staff).
func (c *Cases) History(ctx context.Context, actor access.Actor, id, before string, limit int) (lines []audit.Line, more bool, err error) {
	if err := c.MustSee(ctx, actor, id); err != nil {
		return nil, false, err
	}
	return access.History(ctx, c.db, actor, audit.Query{Kind: "case", Object: id, Before: before, Limit: limit})
}
