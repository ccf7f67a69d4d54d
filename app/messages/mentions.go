package messages

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/listing"
	"chancery/app/staff"
)

// Somebody is called by @ and their name as it is shown, or by what stands before the @ of their address where two have one
// name: that works as well typed by hand as chosen from the list that script offers. Only who sees the case can be called;
// of anybody else the text stays as it was typed.

// mention is a called person in a body.
var mention = regexp.MustCompile(`@\{([0-9a-f-]{36})\}`)

// called are the people whom a body calls.
func called(body string) (ids []string) {
	for _, found := range mention.FindAllStringSubmatch(body, -1) {
		if !slices.Contains(ids, found[1]) {
			ids = append(ids, found[1])
		}
	}
	return ids
}

// Callable is somebody who can be called in a comment.
type Callable struct {
	ID          string
	FirstName   string
	LastName    string
	DisplayName string
	Email       string
	Title       string
	PictureID   *string
}

// Name is what others call the person.
func (c *Callable) Name() string { return staff.DisplayName(c.FirstName, c.LastName, c.DisplayName) }

// Handle is what stands after the @ to call them: the name, or where another of these has it too, what their address begins with.
func (c *Callable) Handle(all []Callable) string {
	for i := range all {
		if all[i].ID != c.ID && listing.Fold(all[i].Name()) == listing.Fold(c.Name()) {
			mailbox, _, _ := strings.Cut(c.Email, "@")
			return mailbox
		}
	}
	return c.Name()
}

// callableMost is how many people are offered, and how many of a name are looked at.
const callableMost = 20

// Callables are people who can be called in comments of a case and whose name or address has a word that begins so: those who
// are associated with it first. It needs the case.
func (m *Messages) Callables(ctx context.Context, actor access.Actor, caseID, begins string) ([]Callable, error) {
	if err := m.cases.MustSee(ctx, actor, caseID); err != nil {
		return nil, err
	}
	var private bool
	if err := m.db.Row(ctx, `SELECT private FROM cases WHERE id = $1`, caseID).Scan(&private); err != nil {
		return nil, fmt.Errorf("case: %w", err)
	}
	return m.callables(ctx, caseID, private, begins)
}

// callables reads those who see a case. Super Admins see each; they are called where they are associated with it.
func (m *Messages) callables(ctx context.Context, caseID string, private bool, begins string) (all []Callable, err error) {
	may, with := access.Holds(access.CasesView)
	sees, args := may+` AND a.user_id IS NOT NULL`, append([]any{caseID}, with...)
	if !private {
		all, with := access.Holds(access.CasesViewAll)
		sees, args = may+` AND (a.user_id IS NOT NULL OR `+all+`)`, append(args, with...)
	}
	for _, w := range strings.Fields(listing.Fold(begins)) {
		like := strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(w)
		sees, args = sees+` AND (u.search LIKE ? ESCAPE '!' OR u.search LIKE ? ESCAPE '!')`, append(args, like+"%", "% "+like+"%")
	}
	err = m.db.In(ctx).Raw(`SELECT u.id, u.first_name, u.last_name, u.display_name, u.email, u.title, u.picture_id
		FROM users u LEFT JOIN associations a ON a.case_id = ? AND a.user_id = u.id
		WHERE u.status = 'ACTIVE' AND `+sees+` ORDER BY a.user_id IS NULL, u.sort_name, u.id LIMIT ?`, append(args, callableMost)...).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("who can be called: %w", err)
	}
	return all, nil
}

// naming puts ids in place of the names that follow an @, as far as somebody has them. The longest name wins, so that
// "@Ana Maria" is not Ana. Of several people of one name it is the one who was called before an edit.
func (m *Messages) naming(ctx context.Context, k *cases.Held, body string, was ...string) (string, error) {
	body = mention.ReplaceAllString(body, "@ $1") // nobody types that, and nobody is called by it
	var out strings.Builder
	for {
		at := strings.IndexByte(body, '@')
		if at < 0 {
			out.WriteString(body)
			return out.String(), nil
		}
		before, rest := body[:at], body[at+1:]
		out.WriteString(before)
		last, _ := utf8.DecodeLastRuneInString(before)
		first := firstWord(rest)
		if first == "" || before != "" && (unicode.IsLetter(last) || unicode.IsDigit(last)) { // an address
			out.WriteByte('@')
			body = rest
			continue
		}
		people, err := m.callables(ctx, k.ID, k.Private, first)
		if err != nil {
			return "", err
		}
		id, length := longest(people, rest, was)
		if id == "" {
			out.WriteByte('@')
			body = rest
			continue
		}
		out.WriteString("@{" + id + "}")
		body = rest[length:]
	}
}

// longest is the person whose handle a text begins with, and its length in bytes; "" when it is nobody's, or several people's.
func longest(people []Callable, text string, before []string) (id string, length int) {
	several := false
	for i := range people {
		mailbox, _, _ := strings.Cut(people[i].Email, "@")
		for _, handle := range []string{people[i].Name(), mailbox} {
			n := beginsWith(text, handle)
			switch {
			case n == 0 || n < length:
			case n > length:
				id, length, several = people[i].ID, n, false
			case id == people[i].ID || slices.Contains(before, id):
			case slices.Contains(before, people[i].ID):
				id, several = people[i].ID, false
			default:
				several = true
			}
		}
	}
	if several {
		return "", 0
	}
	return id, length
}

// beginsWith is how many bytes of a text are a name, however it is accented or capitalized, and 0 where it does not begin with
// that name and then end a word.
func beginsWith(text, name string) int {
	want := listing.Fold(name)
	if want == "" {
		return 0
	}
	for end := 0; end < len(text) && end <= 4*len(name)+8; {
		_, size := utf8.DecodeRuneInString(text[end:])
		end += size
		switch got := listing.Fold(text[:end]); {
		case got == want:
			next, _ := utf8.DecodeRuneInString(text[end:])
			if unicode.IsMark(next) {
				continue
			}
			if unicode.IsLetter(next) || unicode.IsDigit(next) {
				return 0
			}
			return end
		case len(got) > len(want):
			return 0
		}
	}
	return 0
}

// firstWord is what a text begins with, up to what is no part of a name.
func firstWord(text string) string {
	end := strings.IndexFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune("'’-._", r)
	})
	if end < 0 {
		end = len(text)
	}
	return strings.TrimRight(text[:end], ".-_'’")
}

// call writes down whom a comment calls and tells those whom it had not called before, but nobody of their own words.
func (m *Messages) call(ctx context.Context, c *Comment, before []string) error {
	if _, err := m.db.Exec(ctx, `DELETE FROM comment_mentions WHERE comment_id = $1`, c.ID); err != nil {
		return fmt.Errorf("call people: %w", err)
	}
	var tell []string
	for _, id := range called(c.Body) {
		if _, err := m.db.Exec(ctx, `INSERT INTO comment_mentions (comment_id, user_id) VALUES ($1, $2)`, c.ID, id); err != nil {
			return fmt.Errorf("call people: %w", err)
		}
		if id != c.AuthorID && !slices.Contains(before, id) {
			tell = append(tell, id)
		}
	}
	if len(tell) == 0 || m.teller == nil {
		return nil
	}
	return m.teller.Called(ctx, c, tell)
}
