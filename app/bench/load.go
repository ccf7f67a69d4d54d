package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
)

// connections is how many keep-alive connections drive a server at once.
const connections = 16

// seat is one reader: who they are, and what they have done so far. Each connection has its own, so that no two
// requests of one person ever race.
type seat struct {
	number  int
	cookie  string
	csrf    string
	visitor string // cookie and token of a browser without a session, for the sign-in page
	gate    string
	bio     string // as it is stored
	turn    int
	cases   []string // which it asks for in turn, and the secrets of its programs (talk.go)
	tokens  []string
}

// driver holds the connections to one server.
type driver struct {
	address string
	lines   []*line
}

// line is one connection.
type line struct {
	net.Conn
	in   *bufio.Reader
	out  bytes.Buffer
	read int64
	res  fasthttp.Response
}

func dial(address string) (*driver, error) {
	d := &driver{address: address}
	for range connections {
		l, err := dialLine(address)
		if err != nil {
			d.close()
			return nil, err
		}
		d.lines = append(d.lines, l)
	}
	return d, nil
}

func dialLine(address string) (*line, error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	l := &line{Conn: c}
	l.in = bufio.NewReaderSize(counted{l}, 64<<10)
	return l, nil
}

func (d *driver) close() {
	for _, l := range d.lines {
		_ = l.Close()
	}
}

// counted counts what arrives, heads included.
type counted struct{ l *line }

func (c counted) Read(p []byte) (int, error) {
	n, err := c.l.Conn.Read(p)
	c.l.read += int64(n)
	return n, err
}

// exchange sends what was written to l.out and reads the answer into l.res.
func (l *line) exchange() error {
	if err := l.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return err
	}
	if _, err := l.Write(l.out.Bytes()); err != nil {
		return err
	}
	return l.res.Read(l.in)
}

// load is what one slice of driving came to.
type load struct {
	requests int
	took     time.Duration
	waits    []time.Duration // of each request
	bytes    int64
}

// run drives requests over all connections for the length of a slice, or until each has made as many as most says
// (0: no bound), and waits for all answers. write puts a seat's next request into the buffer.
func (d *driver) run(ctx context.Context, seats []*seat, slice time.Duration, most int, want int, write func(*bytes.Buffer, *seat)) (load, error) {
	var (
		wg    sync.WaitGroup
		parts = make([]load, len(d.lines))
		errs  = make([]error, len(d.lines))
		began = time.Now()
		until = began.Add(slice)
	)
	for i, l := range d.lines {
		wg.Go(func() {
			part, s := &parts[i], seats[i]
			before := l.read
			for now := began; now.Before(until) && (most == 0 || part.requests < most) && ctx.Err() == nil; {
				l.out.Reset()
				write(&l.out, s)
				sent := time.Now()
				if errs[i] = l.exchange(); errs[i] != nil {
					return
				}
				if got := l.res.StatusCode(); got != want {
					errs[i] = fmt.Errorf("answered %d instead of %d: %.300s", got, want, l.res.Body())
					return
				}
				now = time.Now()
				part.waits = append(part.waits, now.Sub(sent))
				part.requests++
				s.turn++
			}
			part.bytes = l.read - before
		})
	}
	wg.Wait()
	all := load{took: time.Since(began)}
	for i, p := range parts {
		if errs[i] != nil {
			return all, errs[i]
		}
		all.requests += p.requests
		all.bytes += p.bytes
		all.waits = append(all.waits, p.waits...)
	}
	return all, ctx.Err()
}

// percentile of waits, which it sorts.
func percentile(waits []time.Duration, p float64) time.Duration {
	if len(waits) == 0 {
		return 0
	}
	slices.Sort(waits)
	return waits[min(int(p*float64(len(waits))), len(waits)-1)]
}

// median of figures, which it sorts.
func median(figures []float64) float64 {
	if len(figures) == 0 {
		return 0
	}
	slices.Sort(figures)
	n := len(figures)
	return (figures[(n-1)/2] + figures[n/2]) / 2
}
