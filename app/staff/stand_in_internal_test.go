package staff

import "testing"

// B-5: a chain of covers ends with the first who is here; a circle, one who has left, or one without a cover end it with nobody.
func TestACoverWhoIsAwayIsStoodInForByTheirOwn(t *testing.T) {
	for _, c := range []struct {
		name string
		away rota
		left string
		want string
	}{
		{"the cover is here", rota{"ada": "ben"}, "", "ben"},
		{"nobody was asked", rota{"ada": ""}, "", ""},
		{"the cover is away too", rota{"ada": "ben", "ben": "cleo"}, "", "cleo"},
		{"and theirs, too", rota{"ada": "ben", "ben": "cleo", "cleo": "dev"}, "", "dev"},
		{"and asked nobody", rota{"ada": "ben", "ben": ""}, "", ""},
		{"two stand in for each other", rota{"ada": "ben", "ben": "ada"}, "", ""},
		{"a circle further on", rota{"ada": "ben", "ben": "cleo", "cleo": "ben"}, "", ""},
		{"the cover has left", rota{"ada": "ben"}, "ben", ""},
		{"the cover's cover has left", rota{"ada": "ben", "ben": "cleo"}, "cleo", ""},
	} {
		if got := c.away.standIn("ada", func(id string) bool { return id != c.left }); got != c.want {
			t.Errorf("%s: %q stands in, not %q", c.name, got, c.want)
		}
	}
}
