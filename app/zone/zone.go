// Package zone knows the time zones that a person can choose (S0-18): the names of the IANA database, one per place,
// and the other names by which a browser, an old record or a manifest may call them.
//
// The zone rules travel in the binary (time/tzdata), because the image has none and a host's may be old. Only the
// standard library comes in here. How a zone is shown to people is a matter of views.
//
// Decisions:
//   - A stored zone is always a canonical name. Load and Canonical also take the aliases ("America/Montreal",
//     "Asia/Calcutta", which browsers still report), so that such a name is a known zone and not an error.
//   - "Local" and "" are refused though the standard library would load them: they mean the server's zone.
//   - Etc/GMT+5 and its like are refused: their sign is the wrong way round for people, and they know no summer.
package zone

import (
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // rules in the binary, used where the host has none
)

// ErrUnknown says that no zone has that name.
var ErrUnknown = errors.New("unknown time zone")

// Zone is one that can be chosen.
type Zone struct {
	ID      string // "America/Toronto"
	Country string // ISO 3166 code, "CA"; empty for UTC
}

//go:embed zones.txt
var table string

// known is the table, read once.
var known = sync.OnceValue(func() (k struct {
	zones   []Zone
	aliases map[string]string
	ids     map[string]func() (*time.Location, error)
}) {
	k.aliases = make(map[string]string)
	k.ids = make(map[string]func() (*time.Location, error))
	for line := range strings.Lines(table) {
		switch f := strings.Fields(line); {
		case len(f) == 0 || f[0] == "#":
		case len(f) == 3 && f[1] == "=":
			k.aliases[f[0]] = f[2]
		case len(f) == 2:
			k.zones = append(k.zones, Zone{ID: f[0], Country: strings.Trim(f[1], "-")})
			k.ids[f[0]] = sync.OnceValues(func() (*time.Location, error) { return time.LoadLocation(f[0]) })
		}
	}
	return k
})

// All lists the zones that can be chosen, sorted by name, UTC last. The caller must not change it.
func All() []Zone { return known().zones }

// Canonical is the name under which a zone is stored, or false when there is no such zone.
func Canonical(id string) (string, bool) {
	k := known()
	if to, ok := k.aliases[id]; ok {
		id = to
	}
	_, ok := k.ids[id]
	return id, ok
}

// Load returns the rules of a zone, each read once. The location carries the canonical name. The error is ErrUnknown
// for a name that is neither a zone nor an alias of one.
func Load(id string) (*time.Location, error) {
	name, ok := Canonical(id)
	if !ok {
		return nil, fmt.Errorf("%w %q", ErrUnknown, id)
	}
	return known().ids[name]()
}

// Place is Load for what is only shown or reckoned: UTC where a name is not known, so that one odd record keeps nobody from a page or a mail.
func Place(id string) *time.Location {
	if at, err := Load(id); err == nil {
		return at
	}
	return time.UTC
}
