package search_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/listing"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// paper is a case on paper, with what it is found by.
type paper struct {
	cases.NewCase
	id      string
	text    string
	members []string
}

// Issue 5, S0-32, ASVS 8.2.2: whatever is asked, and whoever asks, a search finds what one finds who reads every paper of the
// practice through, in the same order, and counts it.
func TestASearchFindsWhatOneFindsWhoReadsEverything(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		f, chance := open(t, db), rand.New(rand.NewPCG(7, uint64(len(t.Name()))))
		words := []string{"Ana", "Aneta", "Núñez", "Nunes", "Kowalczyk", "Ağaoğlu", "Tremblay", "permit", "permits", "Réunification", "of", "o’", "zz", "zzz", "zzzz", "k", "20", "2026", "26-0", "x_y", "50%", `"q"`, "日本語", "naïve"}
		word := func() string { return words[chance.IntN(len(words))] }
		var people []*staff.User
		for i := range 8 {
			people = append(people, f.hire(fmt.Sprintf("%s%c", []string{"Ana", "Ívan", "Kofi", "Bao"}[i%4], 'a'+i), []string{"Núñez", "Okafor", "Permit"}[i%3]))
		}
		clients := map[string]*cases.Client{}
		var all []cases.Client
		for i := range 40 {
			l := cases.Client{ID: fmt.Sprintf("client-%02d", i), Name: word() + ", " + word(), Email: fmt.Sprintf("%c%d@client.example", 'a'+i%5, i), Phone: fmt.Sprintf("+1 416 555 %04d", chance.IntN(10_000))}
			all = append(all, l)
			clients[l.ID] = &l
		}
		var papers []*paper
		var files []cases.NewCase
		for i := range 150 {
			owner := people[chance.IntN(len(people)-1)] // the last one owns none
			n := cases.NewCase{Number: fmt.Sprintf("2026-%04d", i*37), Title: word() + " " + word(), ClientID: fmt.Sprintf("client-%02d", chance.IntN(36)), OwnerID: owner.ID, Private: chance.IntN(3) == 0,
				OpenedAt: db.Now().Add(-time.Duration(chance.IntN(60)) * time.Hour)}
			if chance.IntN(3) == 0 {
				n.Status = cases.Closed
			}
			l := clients[n.ClientID]
			papers = append(papers, &paper{NewCase: n, members: []string{owner.ID}, text: " " + listing.Fold(n.Title+" "+n.Number) + " " + listing.Digits(n.Number) + clientText(l) + " " + listing.Fold(owner.LastName+" "+owner.FirstName)})
			files = append(files, n)
		}
		f.must(f.cases.Seed(t.Context(), all, files))
		for _, p := range papers {
			f.must(db.In(t.Context()).Raw(`SELECT id FROM cases WHERE number = ?`, p.Number).Scan(&p.id).Error)
			if member := people[chance.IntN(len(people))].ID; chance.IntN(3) == 0 && member != p.OwnerID && p.Status != cases.Closed {
				f.must(f.cases.AddMember(t.Context(), system, p.id, member))
				p.members = append(p.members, member)
			}
		}
		readers := []access.Actor{system, reader("nobody", access.CasesView, access.CasesViewAll), reader("nobody", access.CasesView), reader(people[1].ID, access.CasesView, access.CasesViewAll)}
		for _, u := range []*staff.User{people[0], people[4], people[7]} {
			readers = append(readers, reader(u.ID, access.CasesView))
		}
		asked := 0
		for range 400 {
			question := ask(chance, word, papers)
			actor := readers[chance.IntN(len(readers))]
			const most = 7
			found, err := f.search.Find(t.Context(), actor, question, most)
			f.must(err)
			sees := func(p *paper) bool {
				return actor.Rights.Super() || slices.Contains(p.members, actor.ID) || actor.Rights.Can(access.CasesViewAll) && !p.Private
			}
			var wantCases []string
			seen, has, open := map[string]bool{}, map[string]bool{}, map[string]int64{}
			byAge := slices.Clone(papers)
			slices.SortFunc(byAge, func(a, b *paper) int { return cmp.Or(b.OpenedAt.Compare(a.OpenedAt), strings.Compare(b.id, a.id)) })
			for _, p := range byAge {
				has[p.ClientID] = true
				if !sees(p) {
					continue
				}
				if seen[p.ClientID] = true; p.Status != cases.Closed {
					open[p.ClientID]++
				}
				if holds(question, p.text, listing.Fold(clients[p.ClientID].Name)) {
					wantCases = append(wantCases, p.Number)
				}
			}
			var some []*cases.Client
			for _, l := range clients {
				visible := seen[l.ID] || !has[l.ID] && actor.Rights.Can(access.CasesViewAll) || actor.Rights.Super()
				if visible && holds(question, clientText(l), listing.Fold(l.Name)) {
					some = append(some, l)
				}
			}
			slices.SortFunc(some, func(a, b *cases.Client) int {
				return cmp.Or(strings.Compare(listing.Fold(a.Name), listing.Fold(b.Name)), strings.Compare(a.ID, b.ID))
			})
			var wantClients, gotCases, gotClients []string
			for _, l := range some {
				wantClients = append(wantClients, fmt.Sprint(l.Name, open[l.ID]))
			}
			for _, k := range found.Cases.Rows {
				gotCases = append(gotCases, k.Number)
			}
			for _, l := range found.Clients.Rows {
				gotClients = append(gotClients, fmt.Sprint(l.Name, l.Open))
			}
			if int(found.Cases.Total) != len(wantCases) || !slices.Equal(gotCases, wantCases[:min(most, len(wantCases))]) || found.Cases.Later != (len(wantCases) > most) {
				t.Errorf("%q by %s finds %d cases, %v; want %d, %v", question, actor.ID, found.Cases.Total, gotCases, len(wantCases), wantCases)
			}
			if int(found.Clients.Total) != len(wantClients) || !slices.Equal(gotClients, wantClients[:min(most, len(wantClients))]) {
				t.Errorf("%q by %s finds %d clients, %v; want %d, %v", question, actor.ID, found.Clients.Total, gotClients, len(wantClients), wantClients)
			}
			if len(wantCases)+len(wantClients) > 0 {
				asked++
			}
			if t.Failed() {
				return
			}
		}
		if asked < 150 {
			t.Errorf("%d questions found anything", asked)
		}
	})
}

// ask is a question of up to three words, or parts of them, some of which one and the same paper has.
func ask(chance *rand.Rand, word func() string, papers []*paper) string {
	var terms []string
	p := papers[chance.IntN(len(papers))]
	for range 1 + chance.IntN(3) {
		from := word()
		if chance.IntN(4) > 0 {
			have := strings.Fields(p.text)
			from = have[chance.IntN(len(have))]
		}
		letters := []rune(from)
		begin := 0
		if chance.IntN(2) == 0 {
			begin = chance.IntN(len(letters))
		}
		terms = append(terms, string(letters[begin:begin+1+chance.IntN(len(letters)-begin)]))
	}
	return strings.Join(terms, " ")
}

func clientText(l *cases.Client) string {
	return " " + listing.Fold(l.Name+" "+l.Email) + " " + listing.Digits(l.Phone)
}

// holds tells whether a text has all words of a question, as listing says it: from three letters on anywhere, shorter ones
// where words begin; and of letters alone the first begins the name.
func holds(question, text, name string) bool {
	short := true
	terms := listing.Terms(question)
	for _, term := range terms {
		n := utf8.RuneCountInString(term)
		if short = short && n == 1; n < 3 {
			term = " " + term
		}
		if !strings.Contains(text, term) {
			return false
		}
	}
	return len(terms) > 0 && (!short || strings.HasPrefix(name, terms[0]))
}
