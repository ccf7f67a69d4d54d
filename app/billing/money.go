package billing

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// currencies are those that an invoice may be in, with the digits of their minor unit (ISO 4217) and the signs that people write
// with them, the longest first.
var currencies = []struct {
	code   string
	digits int
	signs  string
}{
	{"CAD", 2, "CA$ C$ $"}, {"USD", 2, "US$ $"}, {"EUR", 2, "€"}, {"GBP", 2, "£"}, {"MXN", 2, "MX$ $"}, {"AUD", 2, "AU$ A$ $"}, {"NZD", 2, "NZ$ $"},
	{"CHF", 2, "FR. FR"}, {"BRL", 2, "R$"}, {"COP", 2, "COL$ $"}, {"INR", 2, "₹"}, {"PHP", 2, "₱"},
	{"JPY", 0, "¥ 円"}, {"CLP", 0, "CLP$ $"}, {"KRW", 0, "₩"}, {"TND", 3, ""}, {"KWD", 3, ""},
}

// Currencies are the codes of those that an invoice may be in; the usual ones first.
func Currencies() []string {
	all := make([]string, len(currencies))
	for i, c := range currencies {
		all[i] = c.code
	}
	return all
}

// Digits is how many digits the minor unit of a currency has, and whether an invoice may be in it.
func Digits(code string) (digits int, ok bool) {
	for _, c := range currencies {
		if c.code == code {
			return c.digits, true
		}
	}
	return 0, false
}

var (
	// ErrAmount says that a text is no amount of a currency.
	ErrAmount = errors.New("not an amount")
	// ErrCents says that a text has a minor unit, of a currency without one.
	ErrCents = errors.New("the currency has no minor unit")
	// ErrUnclear says that a text may be a thousand and more, or one and a fraction.
	ErrUnclear = errors.New("an amount of two meanings")
)

// Parse reads an amount as people write it in any of the product's languages: with a comma or a point before the minor unit, with
// points, commas, apostrophes or spaces between thousands, and with the currency's sign or code. decimal is the reader's own sign
// before the minor unit: "1,250" is a thousand and more to who writes points there, and to others ErrUnclear, since no currency of
// two digits has three. A wrong guess would be an amount a thousand times too large.
func Parse(text, currency, decimal string) (int64, error) {
	digits, ok := Digits(currency)
	if !ok {
		return 0, ErrAmount
	}
	text = bare(text, currency)
	if at := strings.LastIndexAny(text, ".,"); at >= 0 && len(text)-at-1 == 3 && strings.Count(text, ".")+strings.Count(text, ",") == 1 {
		switch own := text[at:at+1] == decimal; {
		case own && digits != 3:
			return 0, ErrUnclear
		case !own: // between thousands
			text = text[:at] + text[at+1:]
		}
	}
	if after := len(text) - strings.LastIndexAny(text, ".,") - 1; digits == 0 && after != 3 && after != len(text) {
		return 0, ErrCents
	}
	return parse(text, digits)
}

// bare is the text of an amount without spaces, apostrophes, and the sign or code of its currency.
func bare(text, currency string) string {
	text = strings.ToUpper(strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\u00a0', '\u202f', '\t', '\'', '’':
			return -1
		}
		return r
	}, text))
	for _, c := range currencies {
		if c.code != currency {
			continue
		}
		for _, sign := range append([]string{c.code}, strings.Fields(c.signs)...) {
			if rest, ok := strings.CutPrefix(text, sign); ok {
				return rest
			}
			if rest, ok := strings.CutSuffix(text, sign); ok {
				return rest
			}
		}
	}
	return text
}

func parse(text string, digits int) (int64, error) {
	whole, minor := text, ""
	if at := strings.LastIndexAny(text, ".,"); at >= 0 {
		// The last sign is before the minor unit where as many digits follow as that has, or one less.
		if after := len(text) - at - 1; after > 0 && after <= digits && (after != 3 || strings.Count(text, text[at:at+1]) == 1) {
			whole, minor = text[:at], text[at+1:]
		}
	}
	groups := strings.FieldsFunc(whole, func(r rune) bool { return r == '.' || r == ',' })
	if joined := strings.Join(groups, ""); len(joined)+len(groups)-1 != len(whole) || joined == "" {
		return 0, ErrAmount
	}
	for i, g := range groups {
		if i > 0 && len(g) != 3 || len(groups) > 1 && (len(g) > 3) {
			return 0, ErrAmount
		}
	}
	n, err := strconv.ParseInt(strings.Join(groups, "")+minor+strings.Repeat("0", digits-len(minor)), 10, 64)
	if err != nil || n < 0 || n > amountMost || strings.ContainsAny(text, "+-") {
		return 0, ErrAmount
	}
	return n, nil
}

// Plain is an amount with a point before its minor unit and nothing else, as it is typed into a field: "1250.00".
func Plain(n int64, currency string) string {
	digits, _ := Digits(currency)
	if digits == 0 {
		return strconv.FormatInt(n, 10)
	}
	unit := int64(1)
	for range digits {
		unit *= 10
	}
	return fmt.Sprintf("%d.%0*d", n/unit, digits, n%unit)
}

// sum is an amount as the audit has it.
func sum(n int64, currency string) string { return Plain(n, currency) + " " + currency }
