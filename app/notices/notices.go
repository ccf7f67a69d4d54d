// Package notices knows who is told what, and where: behind the bell at the top of every page (bulletins.go), and by mail of what happens in
// somebody's cases, as they and the practice want it (preferences.go).
//
// How a mail gets to its server is post's; what happens, is told by the rooms in which it does (cases.Teller, messages.Teller, agenda.Teller), within
// their transaction. Nobody is ever told of a case that is not theirs (S3-23): that is asked when the mail is written, and again when it is sent.
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
