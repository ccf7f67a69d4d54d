package casesync

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"chancery/app/cases"
)

// object is what the case system says of something, and what of it has landed.
type object struct {
	Kind       Kind
	ExternalID string
	Said       string // JSON
	Hash       string
	Landed     string // JSON; "" where nothing has
	LandedHash string
	ObjectID   string
}

// brokenField is where a row that cannot be read says why, among what is said.
const brokenField = "!"

// twice says that one list says different things of one object.
const twice = "twice"

// objectOf is a row as it is written down; ok is false for one that does not name what it is of.
func objectOf(kind Kind, row Row) (o object, ok bool) {
	said := map[string]string{}
	for _, f := range kind.Fields() {
		if v, is := row.Said[f]; is {
			said[f] = strings.TrimSpace(v)
		}
	}
	id := said["id"]
	if kind == Members {
		if said["case"] == "" || said["member"] == "" {
			return o, false
		}
		id = said["case"] + "\n" + strings.ToLower(said["member"])
	}
	if id == "" || utf8.RuneCountInString(id) > idMost || !utf8.ValidString(id) || strings.ContainsRune(id, 0) {
		return o, false
	}
	if row.Broken != "" {
		said = map[string]string{brokenField: row.Broken}
	}
	for f, v := range said {
		if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
			said = map[string]string{brokenField: f}
			break
		}
	}
	if yes, ok := boolOf(said["private"]); ok && yes != nil {
		said["private"] = strconv.FormatBool(*yes)
	}
	o = object{Kind: kind, ExternalID: id}
	o.say(said)
	return o, true
}

// idMost is as long as a name that another system gives may be, a member's being two.
const idMost = 460

// say sets what is said. A map is written in the order of its keys, so that the same is always the same text.
func (o *object) say(said map[string]string) {
	b, _ := json.Marshal(said) // of a map of texts: cannot fail
	o.Said = string(b)
	sum := sha256.Sum256(b)
	o.Hash = base64.RawURLEncoding.EncodeToString(sum[:18])
}

// fields reads what was written down.
func fields(text string) map[string]string {
	said := map[string]string{}
	if text != "" {
		_ = json.Unmarshal([]byte(text), &said) // ours; what is not is as if nothing were said
	}
	return said
}

// merge is a three-way merge: what of what is said is to be taken over, and what was changed on both sides. base is what was said when the object last
// landed (nil: never; then the case system is believed), ours is how it is here.
func merge(said, base, ours map[string]string) (take map[string]string, clash []string) {
	take = map[string]string{}
	for _, f := range mergeable() {
		theirs, isSaid := said[f]
		mine, isOurs := ours[f]
		if !isSaid || !isOurs || plain(f, theirs) == plain(f, mine) {
			continue
		}
		before, known := base[f]
		switch {
		case !known || plain(f, before) == plain(f, mine):
			take[f] = theirs
		case plain(f, before) != plain(f, theirs):
			clash = append(clash, f)
		}
	}
	return take, clash
}

// mergeable are the fields of clients and cases that can differ, in the order in which people read them.
func mergeable() []string {
	return []string{"name", "email", "phone", "language", "number", "title", "client", "owner", "status", "stage", "department", "private"}
}

// plain is a value as it is compared: as the verbs that store it have it.
func plain(field, v string) string {
	switch v = strings.Join(strings.Fields(v), " "); field {
	case "owner", "department", "status", "private", "language":
		return strings.ToLower(v)
	}
	return v
}

// statusOf reads a case's status; said is false where nothing is.
func statusOf(said map[string]string) (status cases.Status, ok bool) {
	switch v := strings.ToLower(said["status"]); v {
	case "":
		return "", true
	case "open", "closed":
		return cases.Status(v), true
	}
	return "", false
}

// openedOf reads when a case was opened.
func openedOf(said map[string]string) (at time.Time, ok bool) {
	v := said["opened"]
	if v == "" {
		return time.Time{}, true
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, v); err == nil && at.Year() >= 1900 && at.Year() < 2200 {
			return at.UTC().Truncate(time.Microsecond), true
		}
	}
	return time.Time{}, false
}

// boolOf reads a yes or no; nil where nothing is said.
func boolOf(v string) (yes *bool, ok bool) {
	t, f := true, false
	switch strings.ToLower(v) {
	case "":
		return nil, true
	case "true", "yes", "1":
		return &t, true
	case "false", "no", "0":
		return &f, true
	}
	return nil, false
}

// with is a map with one value changed.
func with(m map[string]string, key, value string) map[string]string {
	m = maps.Clone(m)
	m[key] = value
	return m
}
