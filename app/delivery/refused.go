package delivery

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"regexp"
	"strings"
)

// Stage is how far a mail came.
type Stage string

// The stages, in their order.
const (
	StageMessage   Stage = "message"   // the mail itself cannot be sent: an address that is none, a broken header
	StageConnect   Stage = "connect"   // reaching the server, TLS, greeting
	StageAuth      Stage = "auth"      // signing in to it
	StageSender    Stage = "sender"    // MAIL FROM
	StageRecipient Stage = "recipient" // RCPT TO
	StageContent   Stage = "content"   // DATA and the mail itself; also writing the file
	StageText      Stage = "text"      // a text to a phone, which has one stage only
)

// Refused says that a mail was not handed over, or that it is not known whether it was.
type Refused struct {
	Stage Stage
	// Code is the server's reply code (RFC 5321 §4.2), 0 when it did not answer.
	Code int
	// Enhanced is the enhanced status code (RFC 3463), such as "5.1.1"; often empty.
	Enhanced string
	// Answer is what the server said, on one line. It may name the receiver: show it to those who may see the mail,
	// never log it. Empty when there was no answer.
	Answer string
	// Permanent says that this mail will be refused again: the mail or its receiver is at fault. A server that does not
	// let us in, or that is not there, is never permanent; the mails wait until it is put right.
	Permanent bool
	// Uncertain says that the whole content was sent and the answer did not come: the mail may have arrived.
	Uncertain bool
	// Err is the cause when the server did not answer: a network error, the context's, a file system's.
	Err error
}

// Error names the stage and the codes but neither the answer nor any address, so that it may be logged.
func (r *Refused) Error() string {
	var b strings.Builder
	what := "mail"
	if r.Stage == StageText {
		what = "text"
	}
	fmt.Fprintf(&b, "%s refused at %s", what, r.Stage)
	if r.Code != 0 {
		fmt.Fprintf(&b, ": %d", r.Code)
		if r.Enhanced != "" {
			b.WriteString(" " + r.Enhanced)
		}
	}
	if r.Err != nil {
		fmt.Fprintf(&b, ": %v", r.Err)
	}
	switch {
	case r.Permanent:
		b.WriteString(" (permanent)")
	case r.Uncertain:
		b.WriteString(" (may have arrived)")
	}
	return b.String()
}

func (r *Refused) Unwrap() error { return r.Err }

// unfit refuses a mail that no server could take.
func unfit(format string, args ...any) *Refused {
	return &Refused{Stage: StageMessage, Permanent: true, Err: fmt.Errorf(format, args...)}
}

// refusal turns an error of the conversation at a stage into a Refused.
func refusal(ctx context.Context, stage Stage, err error) *Refused {
	var already *Refused
	if errors.As(err, &already) {
		return already
	}
	var reply *textproto.Error
	if errors.As(err, &reply) {
		return &Refused{
			Stage:     stage,
			Code:      reply.Code,
			Enhanced:  enhanced(reply.Msg),
			Answer:    clean(reply.Msg),
			Permanent: permanent(stage, reply.Code),
		}
	}
	if ctx.Err() != nil {
		// The deadline that the context's end has set says "i/o timeout"; the reason is the context's.
		err = context.Cause(ctx)
	}
	return &Refused{Stage: stage, Err: err}
}

// permanent tells whether a reply speaks of this mail for good. RFC 5321 §4.2.1 makes every 5yz permanent, but up to
// MAIL a server speaks of us, not of the mail, and so do 530, 534, 535 and 538 (RFC 4954 §6) whenever they come: a
// wrong password, or a sender's address that the server does not let us use, must not cost a single mail.
func permanent(stage Stage, code int) bool {
	if code < 500 || code > 599 || stage == StageConnect || stage == StageAuth || stage == StageSender {
		return false
	}
	switch code {
	case 530, 534, 535, 538:
		return false
	}
	return true
}

func enhanced(answer string) string {
	return regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}\b`).FindString(answer)
}

// Unserved says that nothing was said of this mail at all: the server is not there, does not let us in, or does not take our
// sender's address, which is the same for every mail. Any other mail would fare no better.
func (r *Refused) Unserved() bool {
	switch r.Code {
	case 530, 534, 535, 538:
		return true
	}
	return r.Stage == StageConnect || r.Stage == StageAuth || r.Stage == StageSender
}

// Overloaded says that the server speaks of itself and not of this mail, though it came far enough to be to blame: it is closing
// (421, RFC 5321 §3.8), or its system is out of order (4.3.x, RFC 3463 §3.4).
func (r *Refused) Overloaded() bool {
	return r.Code == 421 || strings.HasPrefix(r.Enhanced, "4.3.")
}

// DeadAddress says that the receiver's address is refused for good: there is no such mailbox or domain, or none any more (RFC
// 3463 §3.2, §3.3). What speaks of the content, of a policy (5.7.x) or of a full mailbox (5.2.2) does not. A server that gives no
// enhanced code means it by 550, 551 and 553 (RFC 5321 §4.2.3).
func (r *Refused) DeadAddress() bool {
	if r.Stage != StageRecipient || !r.Permanent || r.Err != nil {
		return false
	}
	switch r.Enhanced {
	case "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1":
		return true
	case "":
		return r.Code == 550 || r.Code == 551 || r.Code == 553
	}
	return false
}
