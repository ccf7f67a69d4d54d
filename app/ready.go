package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// readyTimeout is longer than what the slowest part is given to answer.
const readyTimeout = 15 * time.Second

type readyCommand struct {
	URL string `arg:"" optional:"" default:"http://127.0.0.1:9090/readyz" help:"The address that tells, on CHANCERY_OPS_LISTEN."`
}

// Run asks a server whether it is ready. The image has no other program that could: this is what its health check and the chart's test call.
func (c *readyCommand) Run(o *outside) error {
	ctx, cancel := context.WithTimeout(context.Background(), readyTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(res.Body, 4096))
	if err != nil {
		return err
	}
	said := strings.TrimSpace(string(text))
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready (%d): %s", res.StatusCode, said)
	}
	fmt.Fprintln(o.out, said)
	return nil
}
