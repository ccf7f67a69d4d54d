package staff

import (
	"fmt"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

// The short way to write a North American number writes what the library writes.
func TestNorthAmericanNumbersAreGroupedAsTheLibraryGroupsThem(t *testing.T) {
	for area := range 1000 {
		for _, rest := range []string{"0000000", "2000000", "5550118", "9999999"} {
			number := fmt.Sprintf("+1%03d%s", area, rest)
			parsed, err := phonenumbers.Parse(number, "")
			if err != nil {
				continue
			}
			want := phonenumbers.Format(parsed, phonenumbers.INTERNATIONAL)
			if got, ext := PhoneParts(number + ";ext=7"); got != want || ext != "7" {
				t.Errorf("%s reads %q %q, want %q", number, got, ext, want)
			}
		}
	}
}
