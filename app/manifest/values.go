package manifest

import (
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// check holds a text against its field's tag.
func (d *decoder) check(n *yaml.Node, path string, tag reflect.StructTag, value string) {
	if most, _ := strconv.Atoi(tag.Get("max")); most > 0 && utf8.RuneCountInString(value) > most {
		d.wrong(n, path, "has %d characters; at most %d are allowed", utf8.RuneCountInString(value), most)
	}
	if enum := tag.Get("enum"); enum != "" && !slices.Contains(strings.Split(enum, ","), value) {
		d.wrong(n, path, "must be one of %s", strings.ReplaceAll(enum, ",", ", "))
	}
	if p := tag.Get("pattern"); p != "" && !pattern(p).MatchString(value) {
		d.wrong(n, path, "does not have the right form")
	}
	if tag.Get("required") == "true" && strings.TrimSpace(value) == "" || tag.Get("refs") != "" && tag.Get("empty") == "" && value == "" {
		d.wrong(n, path, "must not be empty")
	}
}

func (d *decoder) bounds(n *yaml.Node, path string, tag reflect.StructTag, value int) {
	least, _ := strconv.Atoi(tag.Get("min"))
	most, _ := strconv.Atoi(tag.Get("most"))
	if value < least || value > most {
		d.wrong(n, path, "must be between %d and %d", least, most)
	}
}

var patterns sync.Map // by their text

func pattern(text string) *regexp.Regexp {
	if p, ok := patterns.Load(text); ok {
		return p.(*regexp.Regexp)
	}
	p := regexp.MustCompile(text)
	patterns.Store(text, p)
	return p
}
