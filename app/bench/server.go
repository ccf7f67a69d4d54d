package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// server is a child process that answers requests.
type server struct {
	cmd     *exec.Cmd
	address string
	log     string        // path
	started time.Duration // from its start to its first 200
	process
}

// serve starts the built program on a practice, as an operator would, and waits for its first 200.
func (p practice) serve(ctx context.Context, program string) (*server, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(p.dir, "server.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(program, "serve")
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(os.Environ(), "CHANCERY_URL=http://"+address, "CHANCERY_LISTEN="+address, "CHANCERY_OPS_LISTEN=off",
		"CHANCERY_DATABASE="+p.database, "CHANCERY_BLOBS=dir:"+filepath.Join(p.dir, "blobs"),
		"CHANCERY_MAIL=dir:"+filepath.Join(p.dir, "outbox"), "CHANCERY_SECRET_KEY="+p.key)
	began := time.Now()
	s, err := start(cmd)
	if err != nil {
		return nil, err
	}
	s.address, s.log = address, log.Name()
	if err := s.await(ctx); err != nil {
		return nil, errors.Join(err, s.complaints(), s.stop())
	}
	s.started = time.Since(began)
	return s, nil
}

// floor starts this program once more, as the server that does the least (floor.go).
func (p practice) floor(cookie string) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, "floor")
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), "BENCH_DATABASE="+p.database, "BENCH_KEY="+p.key, "BENCH_COOKIE="+cookie)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s, err := start(cmd)
	if err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("floor did not start: %w", err), s.stop())
	}
	s.address = strings.TrimSpace(line)
	return s, nil
}

// start starts a child in a process group of its own: Ctrl-C reaches the bench alone, which ends its children by pid.
func start(cmd *exec.Cmd) (*server, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &server{cmd: cmd, process: process(cmd.Process.Pid)}, nil
}

func (s *server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for ctx.Err() == nil {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+"/sign-in", nil)
		if err != nil {
			return err
		}
		if res, err := client.Do(req); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
			return fmt.Errorf("first page: %s", res.Status)
		}
		time.Sleep(time.Millisecond)
	}
	return errors.New("server did not answer")
}

// idle is what the server holds when it has started, has shown its first page, and nobody does anything: the most that
// was seen in some seconds, since its own jobs begin then too.
func (s *server) idle(ctx context.Context) (most memory, err error) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for range 30 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return most, ctx.Err()
		}
		m, err := s.memory()
		if err != nil {
			return most, err
		}
		if m.all > most.all {
			most = m
		}
	}
	return most, nil
}

// complaints are the last lines of a server's log that say that something is wrong.
func (s *server) complaints() error {
	text, err := os.ReadFile(s.log)
	if err != nil {
		return err
	}
	var bad []string
	for line := range strings.Lines(string(text)) {
		if !strings.Contains(line, "level=INFO") {
			bad = append(bad, line)
		}
	}
	return fmt.Errorf("the server says:\n%s", strings.Join(bad[max(0, len(bad)-5):], ""))
}

// stop asks a child to end, and makes it end when it does not.
func (s *server) stop() error {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	stubborn := time.AfterFunc(10*time.Second, func() { _ = s.cmd.Process.Kill() })
	defer stubborn.Stop()
	var exit *exec.ExitError
	if err := s.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		return err
	}
	return nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
