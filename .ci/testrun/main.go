// Testrun is what `make test` calls: it starts the servers that many packages share, runs `go test -json` with the
// arguments it is given, prints a line for each package and everything that a failed test said, and ends with one line
// alone: "N passed, N failed, N skipped". It exits 1 when anything failed, be it a build.
//
//	go run ./.ci/testrun -summary FILE -- -race ./app/staff ./app/store -- ./app/web
//
// Further runs of `go test` follow after another "--", one after the other; after a "++" others, at the same time as those before it, and
// behind them where a core is wanted by both. All of them are run, and counted together.
//
// The summary also goes into FILE, for the one who wants it below whatever make has to say afterwards.
//
// Counted are the tests at the ends: a test that only holds subtests is not a test more, unless it fails by itself. A
// package that fails without a failed test (a panic outside of any, a build, a timeout) counts as one failure.
//
// It stands outside app/ because it is a tool of the workshop, and in the main module because it shares the Postgres
// starter with the tests. `./...` does not reach folders with a dot: name ./.ci/testrun beside it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"chancery/app/apptest/pgtest"
)

func main() {
	summary := flag.String("summary", "", "also write the summary line to this file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	total, err := run(ctx, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "testrun:", err)
		total.Failed = max(total.Failed, 1)
	}
	line := total.String()
	if *summary != "" {
		if err := writeSummary(*summary, line); err != nil {
			fmt.Fprintln(os.Stderr, "testrun:", err)
			total.Failed = max(total.Failed, 1)
		}
	}
	fmt.Println(line)
	if total.Failed > 0 {
		os.Exit(1)
	}
}

// run returns the count so far together with an error, so that a stopped run still has its summary.
func run(ctx context.Context, args []string) (total count, err error) {
	postgres, err := startPostgres()
	if err != nil {
		return total, err
	}
	if postgres != nil {
		defer func() { err = errors.Join(err, postgres.Stop()) }()
	}
	var lanes sync.WaitGroup
	var mu sync.Mutex
	for i, lane := range split(args, "++") {
		lanes.Go(func() {
			for _, part := range split(lane, "--") {
				one, partErr := goTest(ctx, part, i > 0)
				mu.Lock()
				total.add(one)
				err = errors.Join(err, partErr)
				mu.Unlock()
			}
		})
	}
	lanes.Wait()
	return total, err
}

// split are the arguments before, between and after a sign.
func split(args []string, sign string) (all [][]string) {
	for {
		i := slices.Index(args, sign)
		if i < 0 {
			return append(all, args)
		}
		all, args = append(all, args[:i]), args[i+1:]
	}
}

// startPostgres starts one cluster for all packages, unless the environment names one or none is installed; each test
// then says itself whether it skips or fails.
func startPostgres() (*pgtest.Cluster, error) {
	if os.Getenv("CHANCERY_TEST_POSTGRES") != "" {
		return nil, nil
	}
	cluster, err := pgtest.Start(pgtest.Options{})
	if errors.Is(err, pgtest.ErrNotInstalled) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return cluster, os.Setenv("CHANCERY_TEST_POSTGRES", sameEachRun(cluster.URL()))
}

func goTest(ctx context.Context, args []string, behind bool) (count, error) {
	command := append([]string{"go", "test", "-json"}, args...)
	if behind {
		command = append([]string{"nice", "-n", "5"}, command...)
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stderr = os.Stderr
	if slices.Contains(args, "-race") {
		cmd.Env = append(os.Environ(), "CGO_ENABLED=1") // it is written in C; without it, what build and vet have compiled is taken
	}
	// A process group of its own: whoever stops this program stops the test binaries too, and waits for them.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = 20 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return count{}, fmt.Errorf("go test: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return count{}, fmt.Errorf("go test: %w", err)
	}
	r := newReport(os.Stdout)
	readErr := r.read(out)
	err = cmd.Wait()
	r.end()
	switch {
	case ctx.Err() != nil:
		return r.total, errors.New("stopped before the end")
	case readErr != nil:
		return r.total, fmt.Errorf("read what go test says: %w", readErr)
	case err != nil && r.total.Failed == 0:
		return r.total, fmt.Errorf("go test: %w", err)
	}
	return r.total, nil
}

func writeSummary(file, line string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("summary: %w", err)
	}
	if err := os.WriteFile(file, []byte(line+"\n"), 0o644); err != nil {
		return fmt.Errorf("summary: %w", err)
	}
	return nil
}
