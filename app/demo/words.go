package demo

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
)

//go:embed texts
var texts embed.FS

// turn is one thing said: by the client, or to them.
type turn struct {
	in   bool
	text string
}

// exchange is a short talk with a client that belongs together, and where it may stand.
type exchange struct {
	where, of string // "opening", "closing", "waiting" or ""; of whom or of what matter
	turns     []turn
}

// words are what is said in one language (texts/en.txt says how they are written).
type words struct {
	exchanges []exchange
	lists     map[string][]string
}

// languages of the demo practice.
func languages() []string { return []string{"en", "fr", "es"} }

func readWords() (map[string]*words, error) {
	all := map[string]*words{}
	for _, language := range languages() {
		file, err := texts.ReadFile("texts/" + language + ".txt")
		if err != nil {
			return nil, err
		}
		if all[language], err = parse(string(file)); err != nil {
			return nil, fmt.Errorf("texts/%s.txt:%w", language, err)
		}
	}
	return all, nil
}

func parse(file string) (*words, error) {
	w, list := &words{lists: map[string][]string{}}, ""
	for i, line := range strings.Split(file, "\n") {
		said, text, _ := strings.Cut(line, " ")
		switch {
		case line == "" || said == "#":
		case said == "==":
			e := exchange{of: text}
			if where, of, two := strings.Cut(text, " "); two {
				e.where, e.of = where, of
			}
			w.exchanges, list = append(w.exchanges, e), ""
		case said == "--":
			list = text
		case list != "":
			w.lists[list] = append(w.lists[list], line)
		case (said == ">" || said == "<") && len(w.exchanges) > 0:
			e := &w.exchanges[len(w.exchanges)-1]
			e.turns = append(e.turns, turn{said == ">", text})
		default:
			return nil, fmt.Errorf("%d: neither said nor in a list: %q", i+1, line)
		}
	}
	return w, nil
}

// exchange are those of a place and a matter.
func (w *words) exchange(where string, of ...string) (found []exchange) {
	for _, e := range w.exchanges {
		for _, o := range of {
			if e.where == where && e.of == o {
				found = append(found, e)
			}
		}
	}
	return found
}

// list is a list with what its matter adds to it.
func (w *words) list(name, matter string) []string {
	return append(w.lists[name][:len(w.lists[name]):len(w.lists[name])], w.lists[name+" "+matter]...)
}

// meeting is "Title | Place | minutes".
func meeting(line string) (title, place string, minutes int, err error) {
	parts := strings.Split(line, " | ")
	if len(parts) != 3 {
		return "", "", 0, fmt.Errorf("%q is no meeting", line)
	}
	minutes, err = strconv.Atoi(parts[2])
	return parts[0], parts[1], minutes, err
}
