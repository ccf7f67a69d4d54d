package staff

import (
	"fmt"
	"testing"
)

// TestWithoutAPictureTheInitialsAreShown proves S0-9.
func TestWithoutAPictureTheInitialsAreShown(t *testing.T) {
	for _, test := range []struct{ first, last, want string }{
		{"Mina", "Okafor", "MO"},
		{"María", "de la Cruz", "MC"},
		{"María", "De la Cruz", "MD"},
		{"Ludwig", "van Beethoven", "LB"},
		{"Jeanne", "d’Arc", "JA"},
		{"Jeanne", "d'Arc", "JA"},
		{"Sean", "O'Neil", "SO"},
		{"Zoë", "Álvarez", "ZÁ"},
		{"élodie", "ñíguez", "ÉÑ"},
		{"ana", "de la cruz", "AD"}, // no word is larger than another
		{"Jean-Luc", "Picard-Smith", "JP"},
		{"José Luis", "García Márquez", "JG"},
		{"E\u0301mile", "Zola", "ÉZ"}, // decomposed: letter and accent apart
		{"n\u0303ata", "x\u0301a", "ÑX\u0301"},
		{"Z" + "\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307", "A", "Z\u0300\u0301\u0302\u0303A"},
		{"Suharto", "", "S"},
		{"", "Suharto", "S"},
		{"伟", "王", "王"},
		{"美咲", "山田", "山"},
		{"민준", "김", "김"},
		{"伟", "", "伟"},
		{"Wei", "王", "王"},
		{"伟", "Wang", "伟W"},
		{"Мария", "Иванова", "МИ"},
		{"محمد", "علي", "مع"},
		{"आर्या", "शर्मा", "आश"},
		{"किरण", "बसु", "किब"},
		{"ǆemal", "Ž", "ǅŽ"}, // a digraph becomes a title, not two capitals
		{"  (Bob)  ", " “Jr.” ", "BJ"},
		{"3rd", "Floor", "3F"},
		{"🙂 Ada", "Lovelace", "AL"},
		{"🙂", "🙃", "?"},
		{"", "", "?"},
		{"\xff\xfe", "Ok", "O"},
	} {
		if got := Initials(test.first, test.last); got != test.want {
			t.Errorf("%q %q: %q, want %q", test.first, test.last, got, test.want)
		}
	}
}

func TestAColourStaysAndAllAreUsed(t *testing.T) {
	// Written down once: whoever changes the hash changes the colour of everybody.
	for id, want := range map[string]int{
		"": 2, "01920000-0000-7000-8000-000000000001": 2, "01920000-0000-7000-8000-000000000002": 5,
	} {
		if got := Hue(id); got != want {
			t.Errorf("%q: %d, want %d", id, got, want)
		}
	}
	seen := map[int]int{}
	const people = 6000
	for i := range people {
		seen[Hue(fmt.Sprintf("01920000-0000-7000-8000-%012x", i))]++
	}
	for hue := 1; hue <= hues; hue++ {
		if seen[hue] < people/hues/2 {
			t.Errorf("colour %d is had by %d of %d", hue, seen[hue], people)
		}
	}
	if len(seen) != hues {
		t.Errorf("colours: %v", seen)
	}
}
