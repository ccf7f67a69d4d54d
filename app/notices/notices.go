// Package notices knows who is told what, and where: behind the bell at the top of every page (bulletins.go), and by mail of what happens in
// somebody's cases, as they and the practice want it (preferences.go, policy.go).
//
// How a mail gets to its server is post's; what happens, is told by the rooms in which it does (cases.Teller, messages.Teller, agenda.Teller), within
// their transaction. Nobody is ever told of a case that is not theirs (S3-23): that is asked when the mail is written, and again when it is sent.
//
// # From an event to a letter
//
// events.go says who is told of an event and in whose place, gather.go writes it into the mail to them that still waits, letters.go weighs each event once
// more when that mail is sent, and letter.go says it. What a mail tells is stored as ids alone: no word of a client lies in the outbox, and what the letter says is
// what is so when it goes. Daily mails are app/daily's, which asks here for switches, times and the link that turns them off.
//
// # One mail for many events
//
// S3-21 wants a mail for each message. Three within a quarter of an hour go one by one, the rest together (eventMailsMost); what waits for the end of quiet hours, or
// for a mail server, goes together. An event stands in one mail to a person, whatever happens to that mail: a property test plays random histories of membership,
// bells, switches, absences, addresses and outages, and looks for what went to somebody whom it did not concern, went twice, or was lost.
//
// # What it costs
//
// A message that nobody wants a mail of costs two queries more (who is associated, and who of them is away): 0.5–0.9 ms in all on SQLite and 1.6–2.9 on
// Postgres; with mails to three people 1.1–1.8 and 2.7–6.9; the letters of 100 mails of a dozen events each are made at 380–750 mails/s on
// SQLite and 650–1,240 on Postgres. On two cores that were busy with other work: go test ./app/notices -run '^$' -bench Telling
//
// The one row of the policy is joined by its key, and not crossed: Postgres, which has never counted so small a table, takes it for five hundred rows, and
// compiles a query that it thinks large enough; that took 1.1 s of 1.2.
package notices

import (
	"net/url"

	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/store"
)

// Options is what the room needs to know of the house.
type Options struct {
	Key  []byte   // the practice's: links that turn mails off are made with it (unsubscribe.go)
	Site *url.URL // where people reach the app: links in mails begin with it
}

// Notices is the room.
type Notices struct {
	db    *store.DB
	post  *post.Post
	staff *staff.Staff
	key   []byte
	site  *url.URL
}

// New opens the room.
func New(db *store.DB, p *post.Post, people *staff.Staff, o Options) *Notices {
	if o.Site == nil {
		o.Site = &url.URL{}
	}
	return &Notices{db: db, post: p, staff: people, key: o.Key, site: o.Site}
}
