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

func TestMailGoesOverSTARTTLSAndSignsIn(t *testing.T) {
	for _, config := range []smtptest.Config{
		{}, {TLS: "tls"}, {LoginOnly: true}, {NoAuth: true}, {TLS: "none"},
	} {
		server := smtptest.Start(t, config)
		answer, err := open(t, server).Send(t.Context(), letter("one"))
		if err != nil {
			t.Fatalf("%+v: %v", config, err)
		}
		if !strings.HasPrefix(answer, "250 2.") {
			t.Errorf("%+v: answer is %q", config, answer)
		}
		got := server.Messages()
		if len(got) != 1 || got[0].From != "office@practice.example" || got[0].To != "mina@practice.example" {
			t.Errorf("%+v: accepted %+v", config, got)
		}
		wantSignIns := 1
		if config.NoAuth || config.TLS == "none" {
			wantSignIns = 0
		}
		if server.SignIns() != wantSignIns {
			t.Errorf("%+v: signed in %d times", config, server.SignIns())
		}
	}
}

func TestOneConnectionAndOneSignInServeManyMails(t *testing.T) {
	server := smtptest.Start(t)
	sender := open(t, server)
	for _, id := range []string{"one", "two", "three"} {
		if _, err := sender.Send(t.Context(), letter(id)); err != nil {
			t.Fatal(err)
		}
	}
	if len(server.Messages()) != 3 || server.Connections() != 1 || server.SignIns() != 1 {
		t.Errorf("%d mails over %d connections with %d sign-ins", len(server.Messages()), server.Connections(), server.SignIns())
	}
}

func TestStaleConnectionIsReplacedWithoutTheMailNoticing(t *testing.T) {
	server := smtptest.Start(t)
	sender := open(t, server)
	if _, err := sender.Send(t.Context(), letter("one")); err != nil {
		t.Fatal(err)
	}
	server.HangUp()
	if _, err := sender.Send(t.Context(), letter("two")); err != nil {
		t.Fatalf("after the server hung up: %v", err)
	}
	// A server that ends a session after so many mails says 421 at the next one.
	server.Refuse(smtptest.Sender, 1, 421, "4.7.0", "Too many mails on this connection")
	if _, err := sender.Send(t.Context(), letter("three")); err != nil {
		t.Fatalf("after 421: %v", err)
	}
	if len(server.Messages()) != 3 || server.Connections() != 3 {
		t.Errorf("%d mails over %d connections", len(server.Messages()), server.Connections())
	}
}

func TestReadyAsksTheServerAndNotItsMemory(t *testing.T) {
	server := smtptest.Start(t)
	sender := open(t, server)
	for range 2 {
		if err := sender.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if server.Connections() != 1 {
		t.Errorf("%d connections", server.Connections())
	}
	server.HangUp()
	if err := sender.Ready(t.Context()); err != nil || server.Connections() != 2 {
		t.Errorf("after the server hung up: %v, %d connections", err, server.Connections())
	}
	server.HangUp()
	server.Hang(smtptest.Connect, true)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := sender.Ready(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with a server that hangs: %v", err)
	}
}

func TestIdleConnectionIsGivenBack(t *testing.T) {
	server := smtptest.Start(t)
	sender := openWith(t, server, delivery.Options{Idle: 20 * time.Millisecond})
	if err := sender.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for server.Open() > 0 {
		if time.Now().After(deadline) {
			t.Fatal("the connection is still open")
		}
		time.Sleep(5 * time.Millisecond)
	}
	if _, err := sender.Send(t.Context(), letter("one")); err != nil {
		t.Fatal(err)
	}
}

func TestClosedSenderSendsNothing(t *testing.T) {
	server := smtptest.Start(t)
	sender := open(t, server)
	if err := errors.Join(sender.Ready(t.Context()), sender.Close(), sender.Close()); err != nil {
		t.Fatal(err)
	}
	if r := refused(t, sender, letter("one")); r.Permanent {
		t.Errorf("got %+v", *r)
	}
	if len(server.Messages()) != 0 {
		t.Error("a mail went out")
	}
}

func TestAddressBeyondASCIINeedsAServerThatTakesIt(t *testing.T) {
	m := letter("one")
	m.To = "zoë@bücher.example"
	server := smtptest.Start(t)
	if _, err := open(t, server).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if got := server.Messages()[0]; got.To != "zoë@xn--bcher-kva.example" || !got.UTF8 {
		t.Errorf("accepted %+v", got)
	}

	old := smtptest.Start(t, smtptest.Config{NoUTF8: true})
	if r := refused(t, open(t, old), m); !r.Permanent || r.Enhanced != "5.6.7" {
		t.Errorf("got %+v", *r)
	}
	m.To = "zoe@bücher.example" // only the domain is beyond ASCII, and that has an ASCII form
	if _, err := open(t, old).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if got := old.Messages()[0].To; got != "zoe@xn--bcher-kva.example" {
		t.Errorf("accepted for %s", got)
	}
}

func open(t *testing.T, server *smtptest.Server) delivery.Sender {
	return openWith(t, server, delivery.Options{})
}

func openWith(t *testing.T, server *smtptest.Server, o delivery.Options) delivery.Sender {
	t.Helper()
	o.Password, o.Roots = smtptest.Password, server.Roots()
	sender, err := delivery.Open(server.URL(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sender.Close() })
	return sender
}

// As many mails go at once as there are connections, and one that hangs holds one only; in quiet times one connection does it all.
func TestMailsGoOverSeveralConnections(t *testing.T) {
	server := smtptest.Start(t)
	sender, err := delivery.Open(server.URL(), delivery.Options{Password: smtptest.Password, Roots: server.Roots(), Connections: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	for _, id := range []string{"a", "b", "c"} { // one after the other
		if _, err := sender.Send(t.Context(), letter(id)); err != nil {
			t.Fatal(err)
		}
	}
	if n := server.Connections(); n != 1 {
		t.Errorf("%d connections for one mail at a time", n)
	}
	release, held := make(chan struct{}), make(chan struct{}, 3)
	server.OnAccept(func(smtptest.Message) { held <- struct{}{}; <-release })
	sent := make(chan error, 4)
	for _, id := range []string{"d", "e", "f", "g"} {
		go func() { _, err := sender.Send(t.Context(), letter(id)); sent <- err }()
	}
	for range 3 {
		<-held
	}
	if n := server.Open(); n != 3 {
		t.Errorf("%d connections for four mails at a time", n)
	}
	close(release)
	for range 4 {
		if err := <-sent; err != nil {
			t.Error(err)
		}
	}
	<-held
	if n := len(server.Messages()); n != 7 {
		t.Errorf("%d mails", n)
	}
	if err := sender.Close(); err != nil {
		t.Error(err)
	}
}
