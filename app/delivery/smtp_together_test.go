package delivery_test

import (
	"bufio"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/delivery"
)

// scripted is a server that answers as it is told, and notes what it hears: lines that came in one packet are one note, and the content with
// what it follows.
func scripted(t *testing.T, extensions string, answers map[string]string) (address string, heard func() []string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var notes []string
	over := make(chan struct{})
	go func() {
		defer close(over)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			notes = append(notes, converse(c, extensions, answers)...)
			c.Close()
		}
	}()
	return "smtp://" + l.Addr().String() + "?tls=none", func() []string { l.Close(); <-over; return notes }
}

func converse(c net.Conn, extensions string, answers map[string]string) (notes []string) {
	c.SetDeadline(time.Now().Add(10 * time.Second))
	r := bufio.NewReader(c)
	say := func(line string) { _, _ = c.Write([]byte(line + "\r\n")) }
	say("220 here")
	content := false
	for alone := true; ; alone = r.Buffered() == 0 {
		line, err := r.ReadString('\n')
		if err != nil {
			return notes
		}
		line = strings.TrimRight(line, "\r\n")
		if content && line != "." {
			continue
		}
		verb, _, _ := strings.Cut(line, ":")
		if content {
			verb, content = ".", false
		}
		if alone {
			notes = append(notes, verb)
		} else {
			notes[len(notes)-1] += ", " + verb
		}
		switch answer := answers[verb]; {
		case strings.HasPrefix(verb, "EHLO"):
			say("250-here" + extensions + "\r\n250 8BITMIME")
		case answer == "hang up":
			return notes
		case answer == "silence":
		case answer != "":
			content = strings.HasPrefix(answer, "354")
			say(answer)
		case verb == "DATA":
			content = true
			say("354 go on")
		default:
			say("250 yes")
		}
	}
}

func TestCommandsGoTogetherOnlyWhereTheServerTakesThem(t *testing.T) {
	for extensions, want := range map[string][]string{
		"\r\n250-PIPELINING": {"MAIL FROM, RCPT TO, DATA, .", "MAIL FROM, RCPT TO, DATA, ."},
		"":                   {"MAIL FROM", "RCPT TO", "DATA, .", "MAIL FROM", "RCPT TO", "DATA, ."},
	} {
		address, heard := scripted(t, extensions, nil)
		sender := openAt(t, address)
		for range 2 {
			if _, err := sender.Send(t.Context(), letter("one")); err != nil {
				t.Error(err)
			}
		}
		sender.Close()
		if got := slices.DeleteFunc(heard(), func(s string) bool { return strings.HasPrefix(s, "EHLO") || s == "QUIT" }); !slices.Equal(got, want) {
			t.Errorf("heard %q, want %q", got, want)
		}
	}
}

// RFC 2920 §3.1: who has refused the receiver may want the content nevertheless; what is said then is of no mail, and the next mail
// hears its own answers.
func TestARefusalAmongSeveralCommandsIsHeardOut(t *testing.T) {
	for _, c := range []struct {
		answers map[string]string
		stage   delivery.Stage
		code    int
		next    bool // the same connection takes the mail after it
	}{
		{map[string]string{"RCPT TO": "550 5.1.1 nobody", "DATA": "503 no"}, delivery.StageRecipient, 550, true},
		{map[string]string{"RCPT TO": "550 5.1.1 nobody", "DATA": "354 all the same", ".": "554 nobody"}, delivery.StageRecipient, 550, true},
		{map[string]string{"RCPT TO": "550 5.1.1 nobody", "DATA": "354 all the same", ".": "250 lost"}, delivery.StageRecipient, 550, true},
		{map[string]string{"MAIL FROM": "451 later", "RCPT TO": "503 no", "DATA": "503 no"}, delivery.StageSender, 451, true},
		{map[string]string{"DATA": "451 later"}, delivery.StageContent, 451, true},
		{map[string]string{"RCPT TO": "421 closing", "DATA": "hang up"}, delivery.StageRecipient, 421, false},
		{map[string]string{"RCPT TO": "550 5.1.1 nobody", "DATA": "silence"}, delivery.StageRecipient, 550, false},
	} {
		address, heard := scripted(t, "\r\n250-PIPELINING", c.answers)
		sender := openAt(t, address)
		for range 2 {
			_, err := sender.Send(t.Context(), letter("one"))
			var r *delivery.Refused
			if !errors.As(err, &r) || r.Stage != c.stage || r.Code != c.code || r.Uncertain {
				t.Errorf("%v: %v", c.answers, err)
			}
		}
		sender.Close()
		notes := heard()
		greetings := 0
		for _, n := range notes {
			if strings.HasPrefix(n, "EHLO") {
				greetings++
			}
		}
		if (greetings == 1) != c.next {
			t.Errorf("%v: %d connections: %q", c.answers, greetings, notes)
		}
	}
}

func openAt(t *testing.T, address string) delivery.Sender {
	t.Helper()
	sender, err := delivery.Open(address, delivery.Options{Command: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sender.Close() })
	return sender
}
