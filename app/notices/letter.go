package notices

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"chancery/app/post"
	"chancery/app/staff"
)

// What the letter of events says, by the practice's level of privacy (B-14): with client, case and words; with client and case; or how many there are.

const (
	letterItems = 25  // in a letter; of the others it says how many
	letterWords = 600 // characters of what somebody has said
)

// saying is what an item says.
type saying struct {
	Text  string
	Who   string // who has written a comment
	Score int64
	At    time.Time
}

// read gets what items say, and finds those that say nothing more: what was read since, answered, or taken back.
func (n *Notices) read(ctx context.Context, items []item) error {
	of := map[eventKind]map[string][]*item{}
	for i := range items {
		it := &items[i]
		if of[it.Kind] == nil {
			of[it.Kind] = map[string][]*item{}
		}
		of[it.Kind][it.ObjectID] = append(of[it.Kind][it.ObjectID], it)
	}
	if err := n.readMessages(ctx, of[eventMessage]); err != nil {
		return err
	}
	if err := n.readScores(ctx, of[eventScore]); err != nil {
		return err
	}
	return n.readComments(ctx, of[eventMention])
}

func (n *Notices) readMessages(ctx context.Context, items map[string][]*item) error {
	if len(items) == 0 {
		return nil
	}
	var rows []struct {
		ID       string
		Body     string
		Inbound  int64
		SentAt   time.Time
		Answered bool
	}
	err := n.db.In(ctx).Raw(`SELECT m.id, m.body, m.inbound, m.sent_at,
			EXISTS (SELECT 1 FROM messages r WHERE r.case_id = m.case_id AND r.number > m.number AND r.direction = 'out') AS answered
		FROM messages m WHERE m.id IN ?`, keys(items)).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("messages of mails: %w", err)
	}
	for _, m := range rows {
		for _, it := range items[m.ID] {
			// Who stands in has no mark of their own in the case: what was answered needs them no more.
			it.says = m.Inbound > it.ReadInbound && (it.Instead == "" || !m.Answered)
			it.what = saying{Text: m.Body, At: m.SentAt}
		}
	}
	return nil
}

func (n *Notices) readScores(ctx context.Context, items map[string][]*item) error {
	if len(items) == 0 {
		return nil
	}
	var rows []struct {
		ID         string
		Score      int64
		Comment    string
		AnsweredAt time.Time
	}
	if err := n.db.In(ctx).Raw(`SELECT id, score, comment, answered_at FROM scores WHERE id IN ?`, keys(items)).Scan(&rows).Error; err != nil {
		return fmt.Errorf("scores of mails: %w", err)
	}
	for _, s := range rows {
		for _, it := range items[s.ID] {
			it.says, it.what = !it.Seen, saying{Text: s.Comment, Score: s.Score, At: s.AnsweredAt}
		}
	}
	return nil
}

func (n *Notices) readComments(ctx context.Context, items map[string][]*item) error {
	if len(items) == 0 {
		return nil
	}
	var rows []struct {
		ID, Body, FirstName, LastName, DisplayName, Called string
		CreatedAt                                          time.Time
	}
	err := n.db.In(ctx).Raw(`SELECT c.id, c.body, c.created_at, u.first_name, u.last_name, u.display_name, m.user_id AS called
		FROM comments c JOIN comment_mentions m ON m.comment_id = c.id JOIN users u ON u.id = c.author_id WHERE c.id IN ? AND c.withdrawn_at IS NULL`, keys(items)).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("comments of mails: %w", err)
	}
	var bodies []string
	for _, r := range rows {
		bodies = append(bodies, r.Body)
	}
	names, err := n.names(ctx, bodies)
	if err != nil {
		return err
	}
	for _, c := range rows {
		for _, it := range items[c.ID] {
			if it.associate() == c.Called {
				it.says = !it.Seen
				it.what = saying{Text: named(c.Body, names), Who: staff.DisplayName(c.FirstName, c.LastName, c.DisplayName), At: c.CreatedAt}
			}
		}
	}
	return nil
}

// mention is somebody who is called in the stored words of a comment.
var mention = regexp.MustCompile(`@\{([0-9a-f-]{36})\}`)

// names are the people whom comments call, by their ids, as they are called now.
func (n *Notices) names(ctx context.Context, bodies []string) (map[string]string, error) {
	ids := map[string]bool{}
	for _, b := range bodies {
		for _, found := range mention.FindAllStringSubmatch(b, -1) {
			ids[found[1]] = true
		}
	}
	names := map[string]string{}
	if len(ids) == 0 {
		return names, nil
	}
	var rows []struct{ ID, FirstName, LastName, DisplayName string }
	if err := n.db.In(ctx).Raw(`SELECT id, first_name, last_name, display_name FROM users WHERE id IN ?`, keys(ids)).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("whom comments call: %w", err)
	}
	for _, r := range rows {
		names[r.ID] = staff.DisplayName(r.FirstName, r.LastName, r.DisplayName)
	}
	return names, nil
}

func named(body string, names map[string]string) string {
	return mention.ReplaceAllStringFunc(body, func(s string) string { return "@" + names[s[2:len(s)-1]] })
}

// letter is what a mail says of its items, of which there is at least one, the oldest first.
func (n *Notices) letter(items []*item, privacy Privacy) post.Letter {
	count := map[eventKind]int{}
	files := map[string]bool{}
	for _, it := range items {
		count[it.Kind]++
		files[it.CaseID] = true
	}
	first := items[0]
	single := len(items) == 1
	shows := privacy != PrivacyCount
	data := map[string]any{
		"Messages": count[eventMessage], "Scores": count[eventScore], "Mentions": count[eventMention], "Total": len(items), "Cases": len(files),
		"OneMessage": single && first.Kind == eventMessage, "OneScore": single && first.Kind == eventScore, "OneMention": single && first.Kind == eventMention,
		"Shows": shows, "Client": "", "Number": "", "Who": "", "Groups": []map[string]any{}, "More": max(0, len(items)-letterItems),
		"URL": n.url("messages"), "PreferencesURL": n.url("me", "notifications"), "UnsubscribeURL": "",
	}
	if count[eventMessage] == 0 {
		data["URL"] = n.url("bulletins")
	}
	if shows {
		data["Groups"] = n.groups(items[:min(len(items), letterItems)], privacy)
		if len(files) == 1 {
			data["Client"], data["Number"], data["URL"] = first.Client, first.Number, n.link(first)
		}
		if data["OneMention"] == true {
			data["Who"] = first.what.Who
		}
	}
	var switches []string
	for kind, name := range map[eventKind]string{eventMessage: MessageMails, eventScore: ScoreMails, eventMention: MentionMails} {
		if count[kind] > 0 {
			switches = append(switches, name)
		}
	}
	off := n.UnsubscribePath(first.owner(), switches...)
	if off != "" {
		data["UnsubscribeURL"] = n.url(off)
	}
	return post.Letter{Data: data, Unsubscribe: off}
}

// owner are the preferences of the reader.
func (r *reader) owner() Preferences {
	p := r.Preferences
	p.UserID = r.UserID
	return p
}

// groups are the items by their cases, each in the order in which they came.
func (n *Notices) groups(items []*item, privacy Privacy) []map[string]any {
	var order []string
	of := map[string][]*item{}
	for _, it := range items {
		if of[it.CaseID] == nil {
			order = append(order, it.CaseID)
		}
		of[it.CaseID] = append(of[it.CaseID], it)
	}
	groups := make([]map[string]any, 0, len(order))
	for _, id := range order {
		first := of[id][0]
		g := map[string]any{"Client": first.Client, "Number": first.Number, "Title": first.Title, "URL": n.link(first), "For": ""}
		if i := slices.IndexFunc(of[id], func(it *item) bool { return it.Instead != "" }); i >= 0 {
			it := of[id][i]
			g["For"] = staff.DisplayName(it.ForFirst, it.ForLast, it.ForDisplay)
		}
		var lines []map[string]any
		for _, it := range of[id] {
			line := map[string]any{"Message": it.Kind == eventMessage, "ScoreGiven": it.Kind == eventScore, "Mention": it.Kind == eventMention,
				"At": it.what.At, "Who": it.what.Who, "Score": int(it.what.Score), "Text": "", "Full": privacy == PrivacyFull}
			if privacy == PrivacyFull {
				line["Text"] = short(it.what.Text, letterWords)
			}
			lines = append(lines, line)
		}
		g["Lines"] = lines
		groups = append(groups, g)
	}
	return groups
}

// link is the page of a case on which an item stands.
func (n *Notices) link(it *item) string {
	switch it.Kind {
	case eventScore:
		return n.url("cases", it.CaseID, "scores")
	case eventMention:
		return n.url("cases", it.CaseID, "comments") + "#comment-" + it.ObjectID
	}
	return n.url("cases", it.CaseID, "messages")
}

func (n *Notices) url(path ...string) string { return n.site.JoinPath(path...).String() }

// short is a text of at most so many characters, cut between two words where it can be.
func short(text string, most int) string {
	text = strings.TrimSpace(text)
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	cut := string([]rune(text)[:most])
	if at := strings.LastIndexFunc(cut, func(r rune) bool { return r == ' ' || r == '\n' }); at > len(cut)/2 {
		cut = cut[:at]
	}
	return strings.TrimRight(cut, " \n,;:.") + "…"
}
