package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

// Two thousand open pages of fifty people, each with its stream of events (S3-25); every fourth shows the conversation of a
// case, and the others that case. Messages come in by the API, and every page of their case's owner is told. The pages are read in
// this process, and the memory that is weighed is the server's alone.

const (
	livePeople = 50
	liveEach   = 40 // streams of one person, as many as there may be
	livePages  = livePeople * liveEach
	liveTold   = 200 // messages that come in
	liveTarget = 250 * time.Millisecond
)

// live is what they cost and how soon they were told.
type live struct {
	load          string  // of the machine at the start
	bytes         float64 // over the wire until a page knows how things stand, each
	before, after memory
	cpu           figure // of a message, its pages told
	waits         []time.Duration
}

// openPages measures on a stage that is open.
func (s *stage) openPages(ctx context.Context) (*live, error) {
	progress(s.name + ": people open their pages")
	readers, err := takeSome(s.product.address, livePeople)
	if err != nil {
		return nil, err
	}
	if err := s.practice.settle(ctx, readers[connections:]); err != nil {
		return nil, err
	}
	for i, seat := range s.seats { // these have theirs
		readers[i].cases, readers[i].tokens = seat.cases, seat.tokens
	}
	// What checking fifty passwords took is not to be weighed with the pages: they come to a server that has just started.
	if err := s.product.stop(); err != nil {
		return nil, err
	}
	if s.product, err = s.practice.serve(ctx, s.program); err != nil {
		return nil, err
	}
	v := &live{load: machineLoad()}
	if v.before, err = s.product.idle(ctx); err != nil {
		return nil, err
	}
	told := make(chan time.Time, livePages)
	lost := make(chan error, livePages)
	var open []net.Conn
	defer func() {
		for _, c := range open {
			_ = c.Close()
		}
	}()
	for _, reader := range readers {
		for i := range liveEach {
			c, n, err := openPage(s.product.address, reader, i%4 == 0, told, lost)
			if err != nil {
				return nil, err
			}
			open, v.bytes = append(open, c), v.bytes+float64(n)/livePages
		}
	}
	progress(s.name + ": messages come in")
	if v.after, err = s.product.idle(ctx); err != nil {
		return nil, err
	}
	api, err := dialLine(s.product.address)
	if err != nil {
		return nil, err
	}
	defer api.Close()
	for round := -5; round < liveTold; round++ { // the first warm
		reader := readers[(round+livePeople)%livePeople]
		_, f, err := s.cost(s.product, func() (load, error) {
			return load{requests: 1}, v.tell(s.product.address, api, reader, told, lost, round >= 0)
		})
		if err != nil {
			return nil, err
		}
		if round >= 0 {
			v.cpu.server, v.cpu.database = v.cpu.server+f.server/liveTold, v.cpu.database+f.database/liveTold
		}
	}
	return v, ctx.Err()
}

// openPage opens one stream, waits until it has told how things stand, and then notes each moment when it tells that there is more to
// read. n is how many bytes came until then.
func openPage(address string, reader *seat, talk bool, told chan<- time.Time, lost chan<- error) (conn net.Conn, n int, err error) {
	if conn, err = net.Dial("tcp", address); err != nil {
		return nil, 0, err
	}
	path := "/events?case=" + reader.cases[0]
	if talk {
		path += fmt.Sprint("&after=", caseMessages)
	}
	var b bytes.Buffer
	head(&b, reader, "GET", address, path, true)
	b.WriteString("\r\n")
	if _, err := conn.Write(b.Bytes()); err != nil {
		return conn, 0, err
	}
	_ = conn.SetReadDeadline(time.Now().Add(30 * time.Second))
	in := &seen{Reader: bufio.NewReaderSize(conn, 512)}
	if err := in.skipTo(`#bulletins-unread`); err != nil {
		return conn, in.n, fmt.Errorf("a page's stream: %w after %q", err, in.begin)
	}
	_ = conn.SetReadDeadline(time.Time{})
	n = in.n
	go func() {
		for {
			if err := in.skipTo(`#unread`); err != nil {
				if !errors.Is(err, net.ErrClosed) {
					lost <- err
				}
				return
			}
			told <- time.Now()
		}
	}()
	return conn, n, nil
}

// tell hands a message in and waits until all pages of the case's owner have heard of it.
func (v *live) tell(address string, api *line, reader *seat, told <-chan time.Time, lost <-chan error, counts bool) error {
	api.out.Reset()
	receive(&api.out, reader, address, "/api/v1/cases/"+reader.cases[0]+"/messages")
	reader.turn++
	began := time.Now()
	if err := api.exchange(); err != nil {
		return err
	}
	if got := api.res.StatusCode(); got != fiber.StatusCreated {
		return fmt.Errorf("answered %d: %.300s", got, api.res.Body())
	}
	patience := time.NewTimer(30 * time.Second)
	defer patience.Stop()
	for i := range liveEach {
		select {
		case at := <-told:
			if counts {
				v.waits = append(v.waits, at.Sub(began))
			}
		case err := <-lost:
			return fmt.Errorf("a page lost its stream: %w", err)
		case <-patience.C:
			return fmt.Errorf("%d of %d pages were told within 30 s", i, liveEach)
		}
	}
	return nil
}

// seen reads a stream and counts.
type seen struct {
	*bufio.Reader
	n     int
	begin []byte // its first words, to name in an error
}

// skipTo reads until a text has come, whose first letter stands in it once.
func (s *seen) skipTo(text string) error {
	for at := 0; at < len(text); {
		c, err := s.ReadByte()
		if err != nil {
			return err
		}
		if s.n++; len(s.begin) < 200 {
			s.begin = append(s.begin, c)
		}
		switch {
		case c == text[at]:
			at++
		case c == text[0]:
			at = 1
		default:
			at = 0
		}
	}
	return nil
}

func printLive(to io.Writer, name string, v *live) {
	if v == nil {
		return
	}
	fmt.Fprintf(to, "\n%s: %d open pages of %d people, machine’s load %s at the start\n\n", name, livePages, livePeople, v.load)
	grown := func(a, b int64) string { return fmt.Sprintf("%.1f kB", float64(b-a)/1000/livePages) }
	for _, line := range [][2]string{
		{"over the wire until a page knows how things stand", fmt.Sprintf("%.0f bytes", v.bytes)},
		{"resident a page", grown(v.before.all, v.after.all) + ", its own " + grown(v.before.own, v.after.own) + fmt.Sprintf(" (%s to %s)", mib(v.before.all), mib(v.after.all))},
		{"from the API's request to a page", fmt.Sprintf("p50 %s ms, p99 %s ms, the longest %s ms, of %d", milli(percentile(v.waits, .5)), milli(percentile(v.waits, .99)), milli(percentile(v.waits, 1)), len(v.waits))},
		{fmt.Sprintf("CPU of a message with its %d pages told", liveEach), strings.TrimSuffix(fmt.Sprintf("server %s µs, database %s µs", micro(v.cpu.server), micro(v.cpu.database)), ", database  µs")},
	} {
		fmt.Fprintf(to, "  %s: %s\n", line[0], line[1])
	}
}
