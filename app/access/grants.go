package access

import (
	"maps"
	"slices"
	"strings"
)

// grants is a set of permissions. It may hold some that this program does not know; what lists them leaves those out.
type grants map[Permission]struct{}

func grantsOf(list []Permission) grants {
	g := make(grants, len(list))
	for _, p := range list {
		g[p] = struct{}{}
	}
	return g
}

// list is what the set holds, in reading order.
func (g grants) list() []Permission {
	return slices.DeleteFunc(All(), func(p Permission) bool { _, ok := g[p]; return !ok })
}

func (g grants) texts() []string {
	var all []string
	for _, p := range g.list() {
		all = append(all, string(p))
	}
	return all
}

// String is the set as the history writes it.
func (g grants) String() string { return strings.Join(g.texts(), " ") }

func union(sets []grants) grants {
	all := grants{}
	for _, g := range sets {
		maps.Copy(all, g)
	}
	return all
}

func less(g, other grants) grants {
	left := grants{}
	for p := range g {
		if _, ok := other[p]; !ok {
			left[p] = struct{}{}
		}
	}
	return left
}
