package main

import (
	"fmt"
	"regexp"
)

// take signs sixteen people in by the sign-in page, all of them administrators (practice.go), who may see /users.
func take(host string) ([]*seat, error) { return takeSome(host, connections) }

func takeSome(host string, n int) ([]*seat, error) {
	l, err := dialLine(host)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	seats := make([]*seat, n)
	for i := range seats {
		s := &seat{number: i, bio: bio(0)}
		if err := s.sit(l, host); err != nil {
			return nil, fmt.Errorf("sign in for the bench: %w", err)
		}
		seats[i] = s
	}
	return seats, nil
}

var (
	tokenInForm = regexp.MustCompile(`name="_csrf" value="([^"]+)"`)
	tokenInPage = regexp.MustCompile(`"X-CSRF-Token":"([^"]+)"`)
	visitorSet  = regexp.MustCompile(`chancery-visitor=([^;]+)`)
	sessionSet  = regexp.MustCompile(cookieName + `=([^;]+)`)
)

func (s *seat) sit(l *line, host string) error {
	l.out.Reset()
	get(false)(&l.out, s, host, "/sign-in")
	if err := l.exchange(); err != nil {
		return err
	}
	visitor, gate := visitorSet.FindStringSubmatch(l.res.Header.String()), tokenInForm.FindSubmatch(l.res.Body())
	if visitor == nil || gate == nil {
		return fmt.Errorf("the sign-in page has no token: %s", l.res.Header.String())
	}
	s.visitor, s.gate = visitor[1], string(gate[1])

	l.out.Reset()
	signInAs(&l.out, s, host, "/sign-in", address(20*s.number))
	if err := l.exchange(); err != nil {
		return err
	}
	session := sessionSet.FindStringSubmatch(l.res.Header.String())
	if session == nil {
		return fmt.Errorf("no session: %d %s", l.res.StatusCode(), l.res.Header.String())
	}
	s.cookie = session[1]

	l.out.Reset()
	get(false)(&l.out, s, host, "/me")
	if err := l.exchange(); err != nil {
		return err
	}
	csrf := tokenInPage.FindSubmatch(l.res.Body())
	if csrf == nil {
		return fmt.Errorf("/me has no token: %d %.300s", l.res.StatusCode(), l.res.Body())
	}
	s.csrf = string(csrf[1])
	return nil
}
