package delivery

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

// connection is one conversation with a mail server, signed in. One goroutine at a time.
type connection struct {
	raw    net.Conn // below TLS; its deadlines bound everything above
	client *smtp.Client
	opts   Options
	clean  bool // nothing is left of an earlier mail: the last one was accepted
	used   time.Time
	wire   []byte // of the mail before, to be written over
}

// dial connects, changes to TLS as the target asks and signs in, all within Options.Connect. Every error is a *Refused.
func dial(ctx context.Context, t target, o Options, config *tls.Config) (*connection, error) {
	ctx, cancel := context.WithTimeout(ctx, o.Connect)
	defer cancel()
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", t.hostPort())
	if err != nil {
		return nil, refusal(ctx, StageConnect, err)
	}
	c := &connection{raw: raw, opts: o}
	defer c.interruptible(ctx)()
	if err := c.start(ctx, t, config); err != nil {
		raw.Close()
		return nil, err
	}
	if err := c.signIn(t, o.Password); err != nil {
		raw.Close()
		return nil, refusal(ctx, StageAuth, err)
	}
	return c, nil
}

func (c *connection) start(ctx context.Context, t target, config *tls.Config) error {
	conn := c.raw
	if t.tls == "tls" {
		conn = tls.Client(c.raw, config)
	}
	client, err := smtp.NewClient(conn, t.host)
	if err != nil {
		return refusal(ctx, StageConnect, err)
	}
	c.client = client
	if err := client.Hello(ownName(c.raw)); err != nil {
		return refusal(ctx, StageConnect, err)
	}
	if t.tls != "starttls" {
		return nil
	}
	if offered, _ := client.Extension("STARTTLS"); !offered {
		return &Refused{Stage: StageConnect, Err: errors.New("the server does not offer STARTTLS")}
	}
	if err := client.StartTLS(config); err != nil {
		return refusal(ctx, StageConnect, err)
	}
	return nil
}

func (c *connection) signIn(t target, password string) error {
	if t.user == "" {
		return nil
	}
	if _, encrypted := c.client.TLSConnectionState(); !encrypted {
		// parse refuses such a target already; smtp's own guard would let it pass for localhost.
		return errors.New("no TLS, so no password")
	}
	_, offered := c.client.Extension("AUTH")
	mechanisms := strings.Fields(strings.ToUpper(offered))
	switch {
	case slices.Contains(mechanisms, "PLAIN"):
		return c.client.Auth(smtp.PlainAuth("", t.user, password, t.host, false))
	case slices.Contains(mechanisms, "LOGIN"):
		return c.client.Auth(smtp.LoginAuth(t.user, password, t.host, false))
	}
	return errors.New("the server offers neither AUTH PLAIN nor AUTH LOGIN")
}

// reset asks whether the server is still there and forgets whatever an earlier mail has left.
func (c *connection) reset(ctx context.Context) error {
	defer c.interruptible(ctx)()
	if err := c.within(ctx, c.opts.Command); err != nil {
		return err
	}
	return c.client.Reset()
}

// send hands one mail over. Every error is a *Refused.
func (c *connection) send(ctx context.Context, mail composed) (string, error) {
	if err := c.envelope(ctx, mail); err != nil {
		return "", err
	}
	return c.content(ctx, mail.content)
}

// command is a line to the server, and the code of its yes.
type command struct {
	stage Stage
	line  string
	yes   int
}

// envelope says from whom and to whom, and asks whether the content may come: all at once where the server takes several
// commands together (RFC 2920), which spares two waits for each mail; the content itself waits for the answers.
func (c *connection) envelope(ctx context.Context, mail composed) error {
	var options string
	if offered, _ := c.client.Extension("8BITMIME"); offered {
		options = " BODY=8BITMIME"
	}
	if mail.utf8 {
		if offered, _ := c.client.Extension("SMTPUTF8"); !offered {
			return &Refused{Stage: StageRecipient, Code: 553, Enhanced: "5.6.7", Permanent: true,
				Err: errors.New("the server does not take addresses beyond ASCII")}
		}
		options += " SMTPUTF8"
	}
	commands := []command{
		{StageSender, "MAIL FROM:<" + mail.from + ">" + options, 250},
		{StageRecipient, "RCPT TO:<" + mail.to + ">", 25},
		{StageContent, "DATA", 354},
	}
	for _, said := range commands {
		if strings.ContainsAny(said.line, "\r\n") {
			return unfit("a line break in an address")
		}
	}
	defer c.interruptible(ctx)()
	if together, _ := c.client.Extension("PIPELINING"); together {
		return c.together(ctx, commands)
	}
	for _, one := range commands {
		if err := c.together(ctx, []command{one}); err != nil {
			return err
		}
	}
	return nil
}

// together says commands in one go and hears their answers. What it returns is the first no, and after it nothing is left to be
// heard of the others.
func (c *connection) together(ctx context.Context, commands []command) error {
	if err := c.within(ctx, c.opts.Command); err != nil {
		return refusal(ctx, commands[0].stage, err)
	}
	w := c.client.Text.W
	for _, one := range commands {
		_, _ = w.WriteString(one.line) // Flush tells
		_, _ = w.WriteString("\r\n")
	}
	if err := w.Flush(); err != nil {
		return refusal(ctx, commands[0].stage, err)
	}
	for i, one := range commands {
		if i > 0 {
			if err := c.within(ctx, c.opts.Command); err != nil {
				return refusal(ctx, one.stage, err)
			}
		}
		if _, _, err := c.client.Text.ReadResponse(one.yes); err != nil {
			if isReply(err) {
				c.hearOut(commands[i+1:])
			}
			return refusal(ctx, one.stage, err)
		}
	}
	return nil
}

// hearOut hears what the server says to commands after one that it has refused. One that wants the content all the same gets none
// (RFC 2920 §3.1). If it does not answer, the connection ends, so that no answer is taken for that to something else.
func (c *connection) hearOut(commands []command) {
	for _, one := range commands {
		_, _, err := c.client.Text.ReadResponse(one.yes)
		if err == nil && one.stage == StageContent {
			_, _ = c.client.Text.W.WriteString(".\r\n")
			if err = c.client.Text.W.Flush(); err == nil {
				_, _, err = c.client.Text.ReadResponse(0)
			}
		}
		if err != nil && !isReply(err) {
			c.raw.Close()
			return
		}
	}
}

// content sends the mail itself and waits for the server to take charge of it. A context that ends meanwhile shortens
// the wait to Options.Answer: what is on its way cannot be called back, and hanging up before the answer would only
// make a duplicate.
func (c *connection) content(ctx context.Context, content []byte) (string, error) {
	if err := c.raw.SetDeadline(time.Now().Add(c.opts.Data)); err != nil {
		return "", refusal(ctx, StageContent, err)
	}
	defer context.AfterFunc(ctx, func() { c.raw.SetDeadline(time.Now().Add(c.opts.Answer)) })()
	text := c.client.Text
	c.wire = appendDotted(c.wire[:0], content)
	_, err := text.W.Write(c.wire)
	if err == nil {
		err = text.W.Flush()
	}
	if err != nil { // then the end of the mail has not gone out either
		return "", refusal(ctx, StageContent, err)
	}
	_, answer, err := text.ReadResponse(250)
	if err != nil {
		r := refusal(ctx, StageContent, err)
		r.Uncertain = !isReply(err)
		return "", r
	}
	return clean("250 " + answer), nil
}

// appendDotted writes a mail as it goes over the wire: its lines end by CRLF, those that begin with a dot have another one, and a dot alone
// ends it (RFC 5321 §4.5.2). net/textproto's DotWriter does the same byte by byte, in ten times as long.
func appendDotted(b, content []byte) []byte {
	if len(content) == 0 {
		b = append(b, "\r\n"...)
	}
	for len(content) > 0 {
		if content[0] == '.' {
			b = append(b, '.')
		}
		end := bytes.IndexByte(content, '\n')
		if end < 0 {
			b = append(append(b, bytes.TrimSuffix(content, []byte("\r"))...), "\r\n"...)
			break
		}
		b = append(append(b, bytes.TrimSuffix(content[:end], []byte("\r"))...), "\r\n"...)
		content = content[end+1:]
	}
	return append(b, ".\r\n"...)
}

// quit says goodbye and hangs up. It does not wait long for the answer; nobody needs it.
func (c *connection) quit() {
	c.raw.SetDeadline(time.Now().Add(2 * time.Second))
	_ = c.client.Quit()
	c.raw.Close()
}

// interruptible makes the end of the context end what is being read or written. The returned function ends that.
func (c *connection) interruptible(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() { c.raw.SetDeadline(time.Unix(1, 0)) })
}

// within gives the next command a deadline of its own. It looks at the context after setting the deadline, because the
// context may have ended, and set its own, just before.
func (c *connection) within(ctx context.Context, d time.Duration) error {
	if err := c.raw.SetDeadline(time.Now().Add(d)); err != nil {
		return err
	}
	return ctx.Err()
}

// ownName is what EHLO calls us: the machine's full name, or its address where it has none (RFC 5321 §4.1.1.1).
func ownName(conn net.Conn) string {
	if name, err := os.Hostname(); err == nil && strings.Contains(name, ".") && clean(name) == name && ascii(name) {
		return name
	}
	host, _, err := net.SplitHostPort(conn.LocalAddr().String())
	if err != nil {
		return "localhost"
	}
	if ip := net.ParseIP(host); ip != nil && ip.To4() == nil {
		return "[IPv6:" + host + "]"
	}
	return "[" + host + "]"
}
