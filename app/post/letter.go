package post

import "context"

// Letter is what a mail says, made at the moment of sending: what is there to say may have changed since it was written down, and what is secret is
// nowhere at rest.
type Letter struct {
	Data        map[string]any // for the template of the mail's kind, besides what was stored with it
	Unsubscribe string         // path of the page that turns such mails off by one click (RFC 8058); "" for those that nobody can turn off
	Files       []File
	Nothing     bool  // there is nothing to say any more: the mail is withdrawn
	Err         error // why it could not be made; it is tried again
}

// File goes along with a mail.
type File struct {
	Name        string
	ContentType string
	Data        []byte
}

// Author says what mails of some kinds are about, many at once: as many letters as there are mails, in their order. An error is for all of them.
type Author interface {
	Letters(ctx context.Context, mails []Mail) ([]Letter, error)
}
