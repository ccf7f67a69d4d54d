package staff

import (
	"context"
	"fmt"
	"strings"
	"time"

	"chancery/app/access"
)

// Row is a user as a list shows them.
type Row struct {
	ID           string
	Email        string
	FirstName    string
	LastName     string
	DisplayName  string
	Title        string
	Status       Status
	LockedUntil  *time.Time
	RoleID       string
	RoleName     string
	Department   string
	PictureID    *string
	LastSignInAt *time.Time
}

// Name is what the list calls the person.
func (r *Row) Name() string { return DisplayName(r.FirstName, r.LastName, r.DisplayName) }

// Query says which users a list wants.
type Query struct {
	Search string // words, all of which must occur in name, e-mail, title or a phone number that may be seen
	Page   int    // from 1
	Size   int
}

// List is one page of the users by last name, and how many there are in all. It needs users.view (S1-1).
func (s *Staff) List(ctx context.Context, actor access.Actor, q Query) (rows []Row, total int64, err error) {
	if err := actor.Must(access.UsersView); err != nil {
		return nil, 0, err
	}
	where, args := matching(q.Search)
	if err := s.db.In(ctx).Raw(`SELECT count(*) FROM users u WHERE 1 = 1`+where, args...).Scan(&total).Error; err != nil {
		return nil, 0, fmt.Errorf("count users: %w", err)
	}
	// The page is cut from the index first and joined afterwards, so that 10,000 users cost as much as fifty.
	err = s.db.In(ctx).Raw(`SELECT u.id, u.email, u.first_name, u.last_name, u.display_name, u.title, u.status, u.role_id,
			u.picture_id, u.last_sign_in_at, c.locked_until, r.name AS role_name, COALESCE(d.name, '') AS department
		FROM (SELECT u.* FROM users u WHERE 1 = 1`+where+` ORDER BY sort_name, id LIMIT ? OFFSET ?) u
		JOIN roles r ON r.id = u.role_id
		LEFT JOIN departments d ON d.id = u.department_id
		LEFT JOIN credentials c ON c.user_id = u.id
		ORDER BY u.sort_name, u.id`, append(args, q.Size, (max(q.Page, 1)-1)*q.Size)...).Scan(&rows).Error
	if err != nil {
		return nil, 0, fmt.Errorf("list users: %w", err)
	}
	return rows, total, nil
}

// matching is the condition that a user u is found by a search, and what it is asked with.
func matching(search string) (where string, args []any) {
	for _, w := range terms(search) {
		where += ` AND u.search LIKE ? ESCAPE '!'`
		args = append(args, "%"+strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(w)+"%")
	}
	return where, args
}

// termsMax is how many terms of a search count; more make no search better and each is one more comparison a row.
const termsMax = 8

// terms is what has to occur in a user's search column. Neighbouring words that can only be a phone number, however it
// is grouped, are one term of digits; all other words are terms as they are.
func terms(search string) []string {
	var terms, number []string
	for _, w := range strings.Fields(Fold(search)) {
		if strings.Trim(w, numberSigns) == "" {
			number = append(number, w)
			continue
		}
		terms = append(append(terms, numberTerms(number)...), w)
		number = nil
	}
	terms = append(terms, numberTerms(number)...)
	return terms[:min(len(terms), termsMax)]
}

// numberSigns are what people write phone numbers with. The last two are hyphens that mail programs and pages put.
const numberSigns = "0123456789+-()./\u2010\u2013"

// numberTerms joins words to a number's digits; of fewer than three digits they stay words. The zeros that are dialled
// in front of a whole number, here or abroad, are left out, for they are not stored.
func numberTerms(written []string) []string {
	d := digits(strings.Join(written, ""))
	if len(d) < 3 {
		return written
	}
	if dialled := strings.TrimLeft(d, "0"); len(d) >= 7 && dialled != "" {
		d = dialled
	}
	return []string{d}
}
