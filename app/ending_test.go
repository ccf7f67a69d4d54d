package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/apptest/smtptest"
	"chancery/app/store/storetest"
)

// What is under way is answered, what is idle is hung up on, and nothing new is taken.
func TestToldToEndItAnswersWhatIsUnderWayAndEnds(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, database string) {
		c := start(t, quick(database, nil))
		address := strings.TrimPrefix(c.url, "http://")
		dial := func() net.Conn {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conn.Close() })
			if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
				t.Fatal(err)
			}
			return conn
		}
		idle := dial()
		fmt.Fprintf(idle, "GET /sign-in HTTP/1.1\r\nHost: %s\r\n\r\n", address)
		if status := answered(t, idle); status != 200 {
			t.Fatalf("the sign-in page: %d", status)
		}
		form := "email=jon%40firm.example&password=x"
		busy := dial()
		fmt.Fprintf(busy, "POST /sign-in HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
			address, len(form), form[:5])
		got, err := http.Get(c.url + "/sign-in") // answered after the server has begun to read busy's request
		if err != nil {
			t.Fatal(err)
		}
		_ = got.Body.Close()

		if err := c.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		c.until("it says that it ends", func() bool { return c.log.Has("finishing what is under way") })
		until(t, "nothing new is taken", func() bool {
			conn, err := net.Dial("tcp", address)
			if err == nil {
				_ = conn.Close()
			}
			return err != nil
		})
		if _, err := io.WriteString(busy, form[5:]); err != nil {
			t.Fatal(err)
		}
		if status := answered(t, busy); status >= 500 {
			t.Errorf("the request under way: %d", status)
		}
		began := time.Now()
		if code := c.wait(); code != 0 {
			t.Errorf("exit code %d", code)
		}
		if took := time.Since(began); took > finishWithin/2 {
			t.Errorf("it took %s to end after the last answer", took)
		}
		if c.log.Has("panic") || c.log.Has("level=ERROR") {
			t.Error("it did not end cleanly")
		}
	})
}

func TestToldToEndTwiceItEndsAtOnce(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n") // under way for ever
	c.until("the request is under way", func() bool {
		response, err := http.Get(c.url + "/sign-in")
		if err == nil {
			_ = response.Body.Close()
		}
		return err == nil
	})
	if err := c.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	c.until("it says that it ends", func() bool { return c.log.Has("finishing what is under way") })
	began := time.Now()
	c.term()
	if took := time.Since(began); took > finishWithin/2 {
		t.Errorf("it took %s", took)
	}
}

// At any moment of its start; nothing hangs, and it is no failure.
func TestToldToEndWhileItStartsItEnds(t *testing.T) {
	t.Parallel()
	for i := range 12 {
		c := begin(t, nil, "--demo")
		select {
		case <-time.After(time.Duration(i) * 30 * time.Millisecond): // from before main to after the first page
		case <-c.Gone():
		}
		_ = c.Signal(syscall.SIGTERM)
		c.wait()
		status := c.State().Sys().(syscall.WaitStatus)
		if !(status.Exited() && status.ExitStatus() == 0 || status.Signaled() && status.Signal() == syscall.SIGTERM) {
			t.Errorf("after %d ms: %s\n%s", i*30, c.State(), c.log)
		}
	}
}

// The moment between having its address and serving on it is too short to be hit from outside.
func TestToldToEndBeforeItServesItEnds(t *testing.T) {
	for range 100 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		ended := make(chan error, 1)
		go func() {
			ended <- together(ctx, fiber.New(fiber.Config{DisableStartupMessage: true}), listener, func(context.Context) error { return nil }, 0, slog.New(slog.DiscardHandler))
		}()
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
		case <-time.After(patience):
			t.Fatal("it does not end")
		}
	}
}

// What of the two fails first is told, and ends the other.
func TestWhenTheJobsFailThePagesEndWithTheirError(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("the jobs are broken")
	err = together(t.Context(), fiber.New(fiber.Config{DisableStartupMessage: true}), listener, func(context.Context) error { return broken }, time.Hour, slog.New(slog.DiscardHandler))
	if !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

// A mail server that hangs in the middle of a mail must not keep the program from ending in time.
func TestToldToEndItDoesNotWaitForAMailServerThatHangs(t *testing.T) {
	t.Parallel()
	practices(t, func(t *testing.T, p *practice) {
		invited := p.invite("Jon")
		p.server.Hang(smtptest.Content, true)
		s := p.settings()
		s["MAIL_TIMEOUT"] = "5m"
		c := start(t, s)
		c.until("the mail is on its way", func() bool { return p.state(invited) == "sending" && p.server.SignIns() > 0 })
		began := time.Now()
		if code := c.term(); code != 0 {
			t.Errorf("exit code %d", code)
		}
		if took := time.Since(began); took > finishWithin {
			t.Errorf("it took %s", took)
		}
		p.server.Hang(smtptest.Content, false)
		s["MAIL_TIMEOUT"] = "2s"
		p.expect(invited, "waiting") // not lost, and not held for five minutes
	})
}

// answered reads the whole answer to a request on a connection.
func answered(t *testing.T, conn net.Conn) (status int) {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("not answered: %v", err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Fatalf("not answered: %v", err)
	}
	return response.StatusCode
}
