package delivery

import (
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

// envelope says from whom and to whom, and asks whether the content may come.
func (c *connection) envelope(ctx context.Context, mail composed) error {
	if offered, _ := c.client.Extension("SMTPUTF8"); mail.utf8 && !offered {
		return &Refused{Stage: StageRecipient, Code: 553, Enhanced: "5.6.7", Permanent: true,
			Err: errors.New("the server does not take addresses beyond ASCII")}
	}
	c.client.SkipSMTPUTF8(!mail.utf8)

	defer c.interruptible(ctx)()
	steps := []struct {
		stage Stage
		do    func() error
	}{
		{StageSender, func() error { return c.client.Mail("<" + mail.from + ">") }},
		{StageRecipient, func() error { return c.client.Rcpt("<" + mail.to + ">") }},
	}
	for _, step := range steps {
		if err := c.within(ctx, c.opts.Command); err != nil {
			return refusal(ctx, step.stage, err)
		}
		if err := step.do(); err != nil {
			return refusal(ctx, step.stage, err)
		}
	}
	return nil
}

// content sends the mail itself and waits for the server to take charge of it. A context that ends meanwhile shortens
// the wait to Options.Answer: what is on its way cannot be called back, and hanging up before the answer would only
// make a duplicate.
func (c *connection) content(ctx context.Context, content []byte) (string, error) {
	stop := c.interruptible(ctx)
	if err := c.within(ctx, c.opts.Command); err != nil {
		stop()
		return "", refusal(ctx, StageContent, err)
	}
	w, err := c.client.Data()
	stop()
	if err != nil {
		return "", refusal(ctx, StageContent, err)
	}
	if err := c.raw.SetDeadline(time.Now().Add(c.opts.Data)); err != nil {
		return "", refusal(ctx, StageContent, err)
	}
	defer context.AfterFunc(ctx, func() { c.raw.SetDeadline(time.Now().Add(c.opts.Answer)) })()
	if _, err := w.Write(content); err != nil {
		return "", refusal(ctx, StageContent, err)
	}
	if err := w.Close(); err != nil {
		r := refusal(ctx, StageContent, err)
		r.Uncertain = !isReply(err)
		return "", r
	}
	answer := "250"
	if closer, ok := w.(*smtp.DataCloser); ok {
		answer += " " + closer.ServerResponse()
	}
	return clean(answer), nil
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
