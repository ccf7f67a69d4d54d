// Package delivery hands a finished mail to the outside: to a mail server by SMTP, or as an .eml file to a directory; and
// a finished text to a phone: to Amazon SNS, or as a .txt file to a directory (texts.go).
//
// It knows nothing of the practice. Who is told what, in which language, and how often it is tried again is decided
// elsewhere (notices, jobs/mails); a [Message] that comes in here is complete. No database, no templates, no retries
// and no queue may move in.
//
// What a caller may rely on:
//
//   - A mail is handed over at most once per call of Send. When the connection was stale, it is dialled again, but only
//     as long as not one byte of the content has been sent.
//   - SMTP itself cannot tell "lost before the server kept it" from "kept, and the answer was lost" (RFC 5321
//     §4.5.3.2.6, §6.1). Such an end is marked [Refused.Uncertain]; sending again may make a duplicate, not sending
//     may lose the mail. Every mail has a stable Message-ID, by which mail programs and servers recognise a duplicate.
//     Because of that window, a cancelled context does not interrupt the wait for the last answer at once.
//   - A directory has no such window: the file's name follows from the mail's date and id, so a second delivery of the
//     same mail replaces the first.
//   - Nothing that comes in as data can add a header, a receiver or a second command (ASVS 1.2.1, 1.3.11): addresses
//     are one plain address each, ids and header names are of a fixed alphabet, and line breaks and other control
//     characters in names, subjects and header values become spaces.
//   - Passwords are sent over TLS only, and no address, subject, body or answer of a server is ever logged from here;
//     the text of a [Refused] names none of them.
//
// Messages with files are composed by go-mail's Msg, those without by hand (write.go); go-mail's smtp package greets, turns to TLS, signs in and
// takes leave. The envelope and the content are said by hand over its Text connection: several commands at once where the server takes them
// (RFC 2920), and no byte looked at twice. Not by go-mail's Client, because it has one timeout for everything, takes no context once
// connected, and reports a delivered mail as failed when the RSET after it fails.
package delivery

import (
	"context"
	"crypto/x509"
	"fmt"
	"time"
)

// Message is one mail to one receiver.
type Message struct {
	// ID is the part of the Message-ID before the @: letters, digits, and . _ - only, 1 to 120 of them. The same mail
	// has the same ID each time it is tried.
	ID string
	// Date is the mail's own time (when it was asked for), the same each time it is tried. Not zero.
	Date time.Time

	From, FromName string // a plain address, and the name shown beside it (may be empty)
	To, ToName     string

	Subject string
	Text    string // required: the mail for those who see no HTML
	HTML    string // may be empty

	// Headers are further headers, such as Auto-Submitted or List-Unsubscribe. Those which Message has a field for are
	// refused, and so are MIME's.
	Headers map[string]string

	Attachments []Attachment
	Inline      []Attachment // shown inside the HTML, which names them as cid:<ContentID>
}

// Attachment is a file that goes along. ContentID is used for Inline only.
type Attachment struct {
	Name        string
	ContentType string // application/octet-stream when empty
	ContentID   string
	Data        []byte
}

// Sender hands mails over. All methods may be called from several goroutines; as many mails go out at once as there are
// connections (Options), the others wait.
type Sender interface {
	// Send hands one mail over and returns what the other side answered, on one line. The answer may name the
	// receiver: it belongs to the mail's own row, never in a log. Every error is a *Refused.
	Send(ctx context.Context, m Message) (answer string, err error)
	// Ready tells whether a mail could be handed over now: connects and signs in, or writes to the directory.
	Ready(ctx context.Context) error
	// Close ends the connection politely. A later Send is refused for the time being.
	Close() error
}

// Options are the things that do not belong into a URL. The zero value is usable.
type Options struct {
	// Password for the user named in the URL.
	Password string
	// Roots are the authorities whose certificates are accepted; nil means the system's.
	Roots *x509.CertPool

	// Connect bounds everything until the server takes commands: name, connection, TLS and sign-in. Default 30 s.
	Connect time.Duration
	// Command bounds one command and its answer. Default 1 min.
	Command time.Duration
	// Data bounds sending the content and waiting for its answer. Default 3 min: giving up early makes duplicates (RFC
	// 5321 §4.5.3.2.6 wants 10), waiting long holds up the mails behind; servers for submission answer in seconds.
	Data time.Duration
	// Answer is how long a cancelled Send still waits for the answer to content already on its way. Default 10 s.
	Answer time.Duration
	// Idle is how long a connection is kept without a mail. Default 1 min.
	Idle time.Duration
	// Connections is how many there are to a mail server at most. Default 1.
	Connections int
}

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&o.Connect, 30 * time.Second},
		{&o.Command, time.Minute},
		{&o.Data, 3 * time.Minute},
		{&o.Answer, 10 * time.Second},
		{&o.Idle, time.Minute},
	} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	o.Connections = max(o.Connections, 1)
	return o
}

// Open makes the Sender that address names; see [Check] for its shapes. A directory is created when missing; a mail
// server is not contacted before the first mail, so that a server that is down does not keep the application down.
func Open(address string, o Options) (Sender, error) {
	target, err := parse(address)
	if err != nil {
		return nil, err
	}
	if target.directory != "" {
		return openDirectory(target.directory)
	}
	if target.user != "" && o.Password == "" {
		return nil, fmt.Errorf("mail: a user is given but no password")
	}
	return openPool(target, o.withDefaults()), nil
}
