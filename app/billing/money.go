package billing

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// currencies are those that an invoice may be in, with the digits of their minor unit (ISO 4217).
var currencies = []struct {
	code   string
	digits int
}{
	{"CAD", 2}, {"USD", 2}, {"EUR", 2}, {"GBP", 2}, {"MXN", 2}, {"AUD", 2}, {"NZD", 2}, {"CHF", 2}, {"BRL", 2}, {"COP", 2}, {"INR", 2}, {"PHP", 2},
	{"JPY", 0}, {"CLP", 0}, {"KRW", 0}, {"TND", 3}, {"KWD", 3},
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

// ErrAmount says that a text is no amount of a currency.
var ErrAmount = errors.New("not an amount")

// Parse reads an amount as people write it in any of the product's languages: with a comma or a point before the minor unit, with
// points, commas, apostrophes or spaces between thousands. "1,250" and "1.250" are a thousand and more, since no currency of two
// digits has three.
func Parse(text, currency string) (int64, error) {
	digits, ok := Digits(currency)
	if !ok {
		return 0, ErrAmount
	}
	text = strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\u00a0', '\u202f', '\'', '’':
			return -1
		}
		return r
	}, strings.TrimSpace(text))
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
