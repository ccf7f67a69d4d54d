package main

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// cold is what a browser with an empty cache loads for its first page.
type cold struct {
	path  string
	parts []part
}

type part struct {
	name  string
	bytes int64
}

func (c cold) total() (sum int64) {
	for _, p := range c.parts {
		sum += p.bytes
	}
	return sum
}

var (
	references = regexp.MustCompile(`(?:href|src)="(/static/[^"#]+)`)
	redirectTo = regexp.MustCompile(`(?i)\nlocation: ([^\r\n]+)`)
)

// firstPage loads a page with everything its markup names (style, script, preloaded font, icons, pictures), compressed
// as a browser accepts it, and counts what comes over the wire, heads included. What the script loads later when it is
// needed, as the cropper, does not come with the first page; nor does the font of letters that no page of the practice
// has shown yet.
func firstPage(host, path string, s *seat) (cold, error) {
	l, err := dialLine(host)
	if err != nil {
		return cold{}, err
	}
	defer l.Close()
	load := func(path string) error {
		l.out.Reset()
		get(false)(&l.out, s, host, path)
		return l.exchange()
	}
	c := cold{path: path}
	note := func(name string, from int64) { c.parts = append(c.parts, part{name, l.read - from}) }
	at := l.read
	if err := load(path); err != nil {
		return c, err
	}
	for l.res.StatusCode() == 303 {
		note(path+" → ", at)
		to := redirectTo.FindStringSubmatch(l.res.Header.String())
		if to == nil {
			return c, fmt.Errorf("%s leads nowhere", path)
		}
		at = l.read
		if path = to[1]; !strings.HasPrefix(path, "/") {
			_, path, _ = strings.Cut(path, host)
		}
		if err := load(path); err != nil {
			return c, err
		}
	}
	note(path, at)
	seen := map[string]bool{}
	for _, m := range references.FindAllSubmatch(bytes.Clone(l.res.Body()), -1) {
		name := string(m[1])
		if seen[name] {
			continue
		}
		seen[name] = true
		at := l.read
		if err := load(name); err != nil {
			return c, err
		}
		if l.res.StatusCode() != 200 {
			return c, fmt.Errorf("%s: %d", name, l.res.StatusCode())
		}
		note(name[strings.LastIndexByte(name, '/')+1:], at)
	}
	return c, nil
}

// fragmentSizes is what each of the fragments takes over the wire, compressed where the server does, heads included.
func fragmentSizes(host string, s *seat) ([]part, error) {
	l, err := dialLine(host)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	var all []part
	for _, path := range fragments {
		from := l.read
		l.out.Reset()
		get(true)(&l.out, s, host, path)
		if err := l.exchange(); err != nil {
			return nil, err
		}
		if l.res.StatusCode() != 200 {
			return nil, fmt.Errorf("%s: %d", path, l.res.StatusCode())
		}
		all = append(all, part{path, l.read - from})
	}
	return all, nil
}
