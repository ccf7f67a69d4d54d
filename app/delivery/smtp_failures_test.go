package delivery_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"chancery/app/apptest/smtptest"
	"chancery/app/delivery"
)

func TestRefusalsAreToldApart(t *testing.T) {
	cases := []struct {
		name     string
		stage    smtptest.Stage
		code     int
		enhanced string
		want     delivery.Refused
	}{
		{"no such receiver", smtptest.Recipient, 550, "5.1.1",
			delivery.Refused{Stage: delivery.StageRecipient, Code: 550, Enhanced: "5.1.1", Permanent: true}},
		{"greylisted", smtptest.Recipient, 451, "4.7.1",
			delivery.Refused{Stage: delivery.StageRecipient, Code: 451, Enhanced: "4.7.1"}},
		{"content refused", smtptest.Content, 554, "5.7.1",
			delivery.Refused{Stage: delivery.StageContent, Code: 554, Enhanced: "5.7.1", Permanent: true}},
		{"disk full over there", smtptest.Content, 452, "4.3.1",
			delivery.Refused{Stage: delivery.StageContent, Code: 452, Enhanced: "4.3.1"}},
		// Our address is at fault, and then every mail's.
		{"sender not allowed", smtptest.Sender, 553, "5.7.1",
			delivery.Refused{Stage: delivery.StageSender, Code: 553, Enhanced: "5.7.1"}},
		// Our password is at fault, not the mail: it must wait, however 5xx the code (RFC 4954 §6).
		{"sign-in asked for", smtptest.Sender, 530, "5.7.0",
			delivery.Refused{Stage: delivery.StageSender, Code: 530, Enhanced: "5.7.0"}},
	}
	server := smtptest.Start(t)
	sender := open(t, server)
	for _, c := range cases {
		server.Refuse(c.stage, 1, c.code, c.enhanced, "no: <mina@practice.example>")
		got := refused(t, sender, letter("refused"))
		if !strings.Contains(got.Answer, "<mina@practice.example>") {
			t.Errorf("%s: answer is %q", c.name, got.Answer)
		}
		if strings.Contains(got.Error(), "mina") {
			t.Errorf("%s: an address would be logged: %v", c.name, got)
		}
		if c.want.Answer = got.Answer; *got != c.want {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, *got, c.want)
		}
		if _, err := sender.Send(t.Context(), letter("next")); err != nil {
			t.Errorf("%s: the mail after it: %v", c.name, err)
		}
	}
	if server.Connections() != 1 {
		t.Errorf("a refusal cost the connection: %d connections", server.Connections())
	}
}

// B-23: what speaks of the address for good, of the server, and of neither.
func TestWhoseFaultARefusalIs(t *testing.T) {
	for _, c := range []struct {
		stage                      smtptest.Stage
		code                       int
		enhanced                   string
		unserved, overloaded, dead bool
	}{
		{smtptest.Sender, 451, "4.7.1", true, false, false},
		{smtptest.Sender, 553, "5.7.1", true, false, false},
		{smtptest.Recipient, 530, "5.7.0", true, false, false},
		{smtptest.Recipient, 421, "4.3.2", false, true, false},
		{smtptest.Recipient, 451, "4.7.1", false, false, false},
		{smtptest.Recipient, 550, "5.1.1", false, false, true},
		{smtptest.Recipient, 550, "5.2.1", false, false, true},
		{smtptest.Recipient, 552, "5.2.2", false, false, false},
		{smtptest.Recipient, 550, "5.7.1", false, false, false},
		{smtptest.Recipient, 554, "5.7.1", false, false, false},
		{smtptest.Content, 452, "4.3.1", false, true, false},
		{smtptest.Content, 550, "5.1.1", false, false, false},
	} {
		server := smtptest.Start(t)
		server.Refuse(c.stage, 1, c.code, c.enhanced, "no")
		r := refused(t, open(t, server), letter("one"))
		if r.Unserved() != c.unserved || r.Overloaded() != c.overloaded || r.DeadAddress() != c.dead {
			t.Errorf("%d %s at %s: of the server %t, out of order %t, of the address %t", c.code, c.enhanced, c.stage, r.Unserved(), r.Overloaded(), r.DeadAddress())
		}
	}
	for _, r := range []delivery.Refused{{Stage: delivery.StageRecipient, Code: 550, Permanent: true}, {Stage: delivery.StageRecipient, Code: 553, Permanent: true}} {
		if !r.DeadAddress() {
			t.Errorf("%d without more says nothing of the address", r.Code)
		}
	}
}

func TestLostAnswerIsTemporaryAndMarkedUncertain(t *testing.T) {
	server := smtptest.Start(t)
	server.DropAnswer(1)
	sender := open(t, server)
	if r := refused(t, sender, letter("twice")); !r.Uncertain || r.Permanent || r.Code != 0 {
		t.Errorf("got %+v", *r)
	}
	if _, err := sender.Send(t.Context(), letter("twice")); err != nil {
		t.Fatal(err)
	}
	got := server.Messages()
	if len(got) != 2 || header(t, got[0].Data, "Message-ID") != header(t, got[1].Data, "Message-ID") {
		t.Errorf("the duplicate cannot be recognised: %d mails", len(got))
	}
}

func TestLosingTheConnectionBeforeTheContentIsNotUncertain(t *testing.T) {
	server := smtptest.Start(t)
	server.Refuse(smtptest.Recipient, -1, 421, "4.3.2", "Shutting down")
	if r := refused(t, open(t, server), letter("one")); r.Uncertain || r.Permanent || r.Code != 421 {
		t.Errorf("got %+v", *r)
	}
}

func TestWrongPasswordCostsNoMail(t *testing.T) {
	server := smtptest.Start(t)
	sender, err := delivery.Open(server.URL(), delivery.Options{Password: "wrong", Roots: server.Roots()})
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	r := refused(t, sender, letter("one"))
	if r.Stage != delivery.StageAuth || r.Code != 535 || r.Permanent {
		t.Errorf("got %+v", *r)
	}
	if strings.Contains(r.Error(), "wrong") {
		t.Errorf("the password is in the error: %v", r)
	}
}

func TestServerWithoutSTARTTLSGetsNeitherPasswordNorMail(t *testing.T) {
	server := smtptest.Start(t, smtptest.Config{NoSTARTTLS: true})
	if r := refused(t, open(t, server), letter("one")); r.Stage != delivery.StageConnect || r.Permanent {
		t.Errorf("got %+v", *r)
	}
	if server.SignIns() != 0 || len(server.Messages()) != 0 {
		t.Error("something went out in the clear")
	}
}

func TestUnknownAuthorityIsRefused(t *testing.T) {
	for _, mode := range []string{"starttls", "tls"} {
		server := smtptest.Start(t, smtptest.Config{TLS: mode})
		sender, err := delivery.Open(server.URL(), delivery.Options{Password: smtptest.Password})
		if err != nil {
			t.Fatal(err)
		}
		defer sender.Close()
		if r := refused(t, sender, letter("one")); r.Stage != delivery.StageConnect || r.Permanent {
			t.Errorf("%s: got %+v", mode, *r)
		}
	}
}

func TestServerThatHangsIsGivenUpAtEveryStage(t *testing.T) {
	for stage, want := range map[smtptest.Stage]delivery.Refused{
		smtptest.Connect:   {Stage: delivery.StageConnect},
		smtptest.Sender:    {Stage: delivery.StageSender},
		smtptest.Recipient: {Stage: delivery.StageRecipient},
		smtptest.Content:   {Stage: delivery.StageContent, Uncertain: true},
	} {
		t.Run(string(stage), func(t *testing.T) {
			t.Parallel()
			server := smtptest.Start(t)
			long, short := time.Minute, 2*time.Second // short bounds only what hangs: no stage before it is given up on a slow machine
			timeouts := delivery.Options{Connect: long, Command: long, Data: long}
			switch stage {
			case smtptest.Connect:
				timeouts.Connect = short
			case smtptest.Content:
				timeouts.Data = short
			default:
				timeouts.Command = short
			}
			sender := openWith(t, server, timeouts)
			if stage != smtptest.Connect {
				if err := sender.Ready(t.Context()); err != nil { // so that Connect's bound is not the one that counts
					t.Fatal(err)
				}
			}
			server.Hang(stage, true)
			r := refused(t, sender, letter("one"))
			if r.Stage != want.Stage || r.Uncertain != want.Uncertain || r.Permanent {
				t.Errorf("got %+v", *r)
			}
			server.Hang(stage, false)
			if _, err := sender.Send(t.Context(), letter("two")); err != nil {
				t.Errorf("once it works again: %v", err)
			}
		})
	}
}

func TestCancelledSendEndsAtOnceUnlessTheContentIsOnItsWay(t *testing.T) {
	server := smtptest.Start(t)
	sender := open(t, server) // with the long default timeouts
	ctx, cancel := context.WithCancel(t.Context())

	server.Hang(smtptest.Recipient, true)
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := sender.Send(ctx, letter("one")); !errors.Is(err, context.Canceled) {
		t.Errorf("while waiting for RCPT: %v", err)
	}
	server.Hang(smtptest.Recipient, false)

	// The context ends after the server has kept the mail and before it says so: the answer still counts.
	ctx, cancel = context.WithCancel(t.Context())
	server.OnAccept(func(smtptest.Message) { cancel() })
	if _, err := sender.Send(ctx, letter("two")); err != nil {
		t.Errorf("the answer was thrown away: %v", err)
	}
	if len(server.Messages()) != 1 {
		t.Errorf("%d mails", len(server.Messages()))
	}
}

func refused(t *testing.T, sender delivery.Sender, m delivery.Message) *delivery.Refused {
	t.Helper()
	_, err := sender.Send(t.Context(), m)
	var r *delivery.Refused
	if !errors.As(err, &r) {
		t.Fatalf("not refused: %v", err)
	}
	return r
}
