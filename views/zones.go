package views

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"html/template"
	"io"
	"sort"
	"strings"
	"sync"
	"time"

	"chancery/app/zone"
)

// Zone is a time zone as it is offered in one language.
type Zone struct {
	ID      string // "America/Toronto": what is stored
	City    string // "Toronto"
	Country string // "Canada"; empty for UTC
	Offset  string // "UTC−05:00", with summer time when it is in force
	Region  string // "America", for grouping
	Label   string // "Toronto, Canada (UTC−05:00)": what is shown and searched
}

// zoneLists keeps the list of each language until a clock somewhere is put forward or back.
type zoneLists struct {
	mu    sync.Mutex
	lists map[string]zoneList
}

type zoneList struct {
	from, until time.Time
	zones       []Zone
	byID        map[string]Zone
	options     template.HTML
	search      []byte // of ZoneSearchGzip
}

// Zones lists the zones that can be chosen, by country and city as the language sorts them, UTC last. The offsets are
// those in force at now. The list is shared: the caller must not change it.
func (s *Set) Zones(lang string, now time.Time) []Zone { return s.zoneList(lang, now).zones }

// Zone returns one of Zones; an alias is found under its canonical name. ok is false for a name that is no zone.
func (s *Set) Zone(lang, id string, now time.Time) (z Zone, ok bool) {
	if canonical, known := zone.Canonical(id); known {
		id = canonical
	}
	z, ok = s.zoneList(lang, now).byID[id]
	return z, ok
}

// ZoneOptions is Zones as the options of a select, rendered once per list by shared/_zone-options: four hundred of
// them would cost a page more than all the rest. None is selected; the page puts the chosen Zone before them.
func (s *Set) ZoneOptions(lang string, now time.Time) template.HTML {
	return s.zoneList(lang, now).options
}

// ZoneSearch is Zones with each zone's other names, for the script that searches among them: links of the database, cities
// after which no zone is named, the city in the other languages. A line is "ID\tLabel" or "ID\tLabel\tother names"; as
// markup it would be a third larger.
func (s *Set) ZoneSearch(lang string, now time.Time) string {
	return searched(s.Zones(lang, now))
}

// ZoneSearchGzip is ZoneSearch as gzip makes it with most work, kept: who asks takes it so.
func (s *Set) ZoneSearchGzip(lang string, now time.Time) []byte {
	return s.zoneList(lang, now).search
}

func (s *Set) zoneList(lang string, now time.Time) zoneList {
	lang = s.in(lang).lang
	s.zones.mu.Lock()
	defer s.zones.mu.Unlock()
	if l, ok := s.zones.lists[lang]; ok && !now.Before(l.from) && (l.until.IsZero() || now.Before(l.until)) {
		return l
	}
	l := listZones(lang, now)
	l.options, l.search = s.zoneOptions(lang, l.zones), packed(searched(l.zones))
	if s.zones.lists == nil {
		s.zones.lists = make(map[string]zoneList)
	}
	s.zones.lists[lang] = l
	return l
}

func (s *Set) zoneOptions(lang string, zones []Zone) template.HTML {
	var b strings.Builder
	if err := s.Render(&b, lang, "shared/_zone-options", false, zones); err != nil {
		return "" // the binary's own templates are broken; the tests say so
	}
	return template.HTML(b.String())
}

// packed cannot fail: it writes to memory, at a level that there is.
func packed(text string) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.Bytes()
}

// searched writes the zones with those of their other names that say more than what is seen and stored.
func searched(zones []Zone) string {
	known, more := places(), moreNames()
	var list strings.Builder
	for _, z := range zones {
		has := make(map[string]bool)
		note := func(text string) (fresh bool) {
			for _, word := range strings.FieldsFunc(sortKey(text), func(c rune) bool { return strings.ContainsRune(" ,/_()’'", c) }) {
				fresh = fresh || !has[word]
				has[word] = true
			}
			return fresh
		}
		note(z.ID + " " + z.Label)
		var words []string
		for _, name := range append([]string{known[z.ID]["en"], known[z.ID]["es"], known[z.ID]["fr"]}, more[z.ID]...) {
			if note(name) {
				words = append(words, name)
			}
		}
		list.WriteString(z.ID + "\t" + z.Label)
		if len(words) > 0 {
			list.WriteString("\t" + strings.Join(words, " "))
		}
		list.WriteByte('\n')
	}
	return list.String()
}

// ZoneName is the city of a zone in that language, for "09:03 in Toronto"; the id itself for an unknown one.
func ZoneName(lang, id string) string {
	known := places()
	for _, z := range zone.All() {
		if z.ID == id {
			return known.city(lang, id)
		}
	}
	return id
}

func listZones(lang string, now time.Time) zoneList {
	known, l := places(), zoneList{from: now, byID: make(map[string]Zone)}
	keys := make(map[string]string)
	for _, z := range zone.All() {
		loc, err := zone.Load(z.ID)
		if err != nil {
			continue // a host's zone files lack it: it cannot be chosen there
		}
		at := now.In(loc)
		if _, end := at.ZoneBounds(); !end.IsZero() && (l.until.IsZero() || end.Before(l.until)) {
			l.until = end
		}
		region, _, _ := strings.Cut(z.ID, "/")
		v := Zone{ID: z.ID, City: known.city(lang, z.ID), Country: known.name(lang, z.Country), Offset: offset(at), Region: region}
		v.Label = v.City
		if v.Country != "" && v.Country != v.City {
			v.Label += ", " + v.Country
		}
		v.Label += " (" + v.Offset + ")"
		keys[z.ID] = sortKey(v.Country) + "\x00" + sortKey(v.City)
		if v.Country == "" {
			keys[z.ID] = "\uffff"
		}
		l.zones = append(l.zones, v)
		l.byID[v.ID] = v
	}
	sort.SliceStable(l.zones, func(i, j int) bool { return keys[l.zones[i].ID] < keys[l.zones[j].ID] })
	return l
}

// offset writes how far a clock is from UTC, with the minus sign that lines up with the plus.
func offset(t time.Time) string {
	_, seconds := t.Zone()
	sign := "+"
	if seconds < 0 {
		sign, seconds = "−", -seconds
	}
	return fmt.Sprintf("UTC%s%02d:%02d", sign, seconds/3600, seconds/60%60)
}

// sortKey writes a name without accents, which Spanish and French ignore in order except between equals.
func sortKey(s string) string { return plainLetters.Replace(strings.ToLower(s)) }

var plainLetters = strings.NewReplacer("á", "a", "à", "a", "â", "a", "ä", "a", "ã", "a", "å", "a", "é", "e", "è", "e", "ê", "e", "ë", "e",
	"í", "i", "î", "i", "ï", "i", "ì", "i", "ó", "o", "ô", "o", "ö", "o", "õ", "o", "ú", "u", "û", "u", "ü", "u", "ù", "u", "ç", "c", "ñ", "n", "ÿ", "y", "’", "'")

// atlas is zones.tsv: by zone or country code, the name in each language.
type atlas map[string]map[string]string

var places = sync.OnceValue(func() atlas {
	a := make(atlas)
	text, err := files.ReadFile("zones.tsv")
	if err != nil {
		panic(err) // embedded above
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if f := strings.Split(lines.Text(), "\t"); len(f) == 4 {
			a[f[0]] = map[string]string{"en": f[1], "es": f[2], "fr": f[3]}
		}
	}
	return a
})

// moreNames is zones_names.tsv: by zone, what people also type for it.
var moreNames = sync.OnceValue(func() map[string][]string {
	text, err := files.ReadFile("zones_names.tsv")
	if err != nil {
		panic(err) // embedded above
	}
	names := make(map[string][]string)
	for line := range strings.Lines(string(text)) {
		if id, list, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t"); ok && !strings.HasPrefix(line, "#") {
			names[id] = strings.Split(list, ", ")
		}
	}
	return names
})

func (a atlas) name(lang, code string) string { return a[code][lang] }

func (a atlas) city(lang, id string) string {
	if name := a[id][lang]; name != "" {
		return name
	}
	return strings.ReplaceAll(id[strings.LastIndexByte(id, '/')+1:], "_", " ")
}
