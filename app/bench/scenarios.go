package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"net/url"
	"strconv"
)

// scenario is one thing that people do, with the floor that it is held against.
type scenario struct {
	name     string
	path     string
	status   int
	fragment bool
	most     int // requests of one connection in a slice; 0: as many as there is time for
	floor    string
	target   float64 // times the floor's CPU; 0: printed, but no target
	write    func(b *bytes.Buffer, s *seat, host, path string)
}

// The floors, as paths of floor.go. %d is how many letters it answers.
const (
	floorRead    = "/f0/%d"
	floorSave    = "/f0/%d/save"
	floorBare    = "/f0/%d/bare"
	floorHash    = "/argon2"
	floorMessage = "/f0/%d/message/CASE"
)

const cookieName = "chancery-session"

func scenarios() ([]scenario, error) {
	picture, err := portrait()
	if err != nil {
		return nil, err
	}
	page, fragment := get(false), get(true)
	return append([]scenario{
		{name: "GET /me", path: "/me", status: 200, floor: floorRead, target: 3, write: page},
		{name: "GET /me, fragment", path: "/me", status: 200, fragment: true, floor: floorRead, target: 2, write: fragment},
		{name: "GET /me/fields/bio, fragment", path: "/me/fields/bio", status: 200, fragment: true, floor: floorRead, target: 2, write: fragment},
		{name: "save /me/fields/bio", path: "/me/fields/bio", status: 200, fragment: true, floor: floorSave, target: 2, write: save},
		{name: "  over one bare update", path: "/me/fields/bio", status: 200, fragment: true, floor: floorBare, write: save},
		{name: "GET /users (10,000)", path: "/users", status: 200, floor: floorRead, write: page},
		{name: "GET /search, fragment (10,000 people)", path: "/search/suggestions?q=tremblay", status: 200, fragment: true, floor: floorRead, write: fragment},
		{name: "sign-in", path: "/sign-in", status: 303, floor: floorHash, target: 1.1, write: signIn},
		// A person may send thirty pictures an hour, hence the bound.
		{name: "picture upload", path: "/me/picture", status: 200, fragment: true, most: 3, write: func(b *bytes.Buffer, s *seat, host, path string) {
			upload(b, s, host, path, picture)
		}},
	}, working()...), nil
}

// fragments are what pages ask for by a swap besides the scenarios; only their size is of interest.
var fragments = []string{
	"/users", "/users?q=person", "/colleagues", "/zones", "/me/fields/first-name", "/me/fields/cell/edit", "/me/fields/address/edit", "/me/fields/bio/edit",
	"/me/picture/delete", "/me/sign-ins", "/me/preferences", "/search?q=tremblay", "/search/suggestions?q=tremblay",
}

// fragmentLimit is what a fragment may take over the wire, in bytes.
const fragmentLimit = 10_000

// head writes what a browser sends with every request.
func head(b *bytes.Buffer, s *seat, method, host, path string, fragment bool) {
	b.WriteString(method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36\r\n" +
		"Accept: text/html\r\nAccept-Encoding: gzip, deflate, br\r\nAccept-Language: en-CA,en;q=0.9\r\nSec-Fetch-Site: same-origin\r\n")
	if s.cookie != "" {
		b.WriteString("Cookie: " + cookieName + "=" + s.cookie + "\r\n")
	}
	if fragment {
		b.WriteString("HX-Request: true\r\nHX-Current-URL: http://" + host + "/me\r\nX-Page-Lang: en\r\nX-Page-Zone: America/Toronto\r\nX-CSRF-Token: " + s.csrf + "\r\n")
	}
}

func body(b *bytes.Buffer, kind, text string) {
	b.WriteString("Content-Type: " + kind + "\r\nContent-Length: " + strconv.Itoa(len(text)) + "\r\n\r\n" + text)
}

const formKind = "application/x-www-form-urlencoded"

func get(fragment bool) func(*bytes.Buffer, *seat, string, string) {
	return func(b *bytes.Buffer, s *seat, host, path string) {
		head(b, s, "GET", host, path, fragment)
		b.WriteString("\r\n")
	}
}

// save sends the form of one field as its page does, with a text that is new each time.
func save(b *bytes.Buffer, s *seat, host, path string) {
	next := bio(s.turn + 1)
	head(b, s, "POST", host, path, true)
	body(b, formKind, url.Values{"_csrf": {s.csrf}, "_method": {"PATCH"}, "was_bio": {s.bio}, "bio": {next}}.Encode())
	s.bio = next
}

// signIn signs another person in each time: a person holds twenty sessions at most.
func signIn(b *bytes.Buffer, s *seat, host, path string) {
	signInAs(b, s, host, path, address(people/2+(s.turn*connections+s.number)%(people/2)))
}

func signInAs(b *bytes.Buffer, s *seat, host, path, email string) {
	head(b, &seat{}, "POST", host, path, false)
	b.WriteString("Cookie: chancery-visitor=" + s.visitor + "\r\n")
	body(b, formKind, url.Values{"_csrf": {s.gate}, "email": {email}, "password": {password}}.Encode())
}

func upload(b *bytes.Buffer, s *seat, host, path string, picture []byte) {
	const boundary = "----chancery-bench"
	head(b, s, "POST", host, path, true)
	text := "--" + boundary + "\r\nContent-Disposition: form-data; name=\"_csrf\"\r\n\r\n" + s.csrf +
		"\r\n--" + boundary + "\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"me.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n" + string(picture) +
		"\r\n--" + boundary + "--\r\n"
	body(b, "multipart/form-data; boundary="+boundary, text)
}

// portrait is a picture as the cropper sends it: a square of 1024 pixels, with some structure to code.
func portrait() ([]byte, error) {
	m := image.NewRGBA(image.Rect(0, 0, 1024, 1024))
	for y := range 1024 {
		for x := range 1024 {
			grain := uint8((x*7919 + y*104729) >> 3 & 15)
			m.SetRGBA(x, y, color.RGBA{uint8(x/5) + grain, uint8(y/5) + grain, uint8((x^y)/8) + grain, 255})
		}
	}
	var b bytes.Buffer
	err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 90})
	if err != nil {
		return nil, fmt.Errorf("portrait: %w", err)
	}
	return b.Bytes(), nil
}
