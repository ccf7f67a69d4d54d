package static

import "strings"

// negotiate chooses among brotli, gzip and plain by an Accept-Encoding header (RFC 9110 §12.5.3): the highest q wins,
// ours decides between equals, "*" stands for what is not named. An empty header, one we cannot read, or one that
// allows nothing we have gets the plain bytes: a stylesheet in an unloved encoding serves the reader better than a 406.
func negotiate(header string, brotli, gzip bool) string {
	const unset = -1
	br, gz, plain, rest := unset, unset, unset, unset
	for header != "" {
		var item string
		item, header, _ = strings.Cut(header, ",")
		coding, params, _ := strings.Cut(item, ";")
		q := quality(params)
		switch coding = trim(coding); {
		case strings.EqualFold(coding, "br"):
			br = q
		case strings.EqualFold(coding, "gzip"), strings.EqualFold(coding, "x-gzip"):
			gz = q
		case strings.EqualFold(coding, "identity"):
			plain = q
		case coding == "*":
			rest = q
		}
	}
	for _, q := range []*int{&br, &gz} {
		if *q == unset {
			*q = max(rest, 0)
		}
	}
	if plain == unset { // always acceptable, unless "*;q=0"; the least liked of all (one thousandth)
		plain = 1
		if rest == 0 {
			plain = 0
		}
	}
	best, q := "", plain
	if gzip && gz > 0 && gz >= q {
		best, q = "gzip", gz
	}
	if brotli && br > 0 && br >= q {
		best = "br"
	}
	return best
}

// quality reads ";q=0.8" as 800, in thousandths. No q is 1000; a malformed one is 0, which at worst sends plain bytes.
func quality(params string) int {
	for params != "" {
		var param string
		param, params, _ = strings.Cut(params, ";")
		name, value, _ := strings.Cut(param, "=")
		if strings.EqualFold(trim(name), "q") {
			return thousandths(trim(value))
		}
	}
	return 1000
}

// thousandths reads a qvalue: 0, 1, or up to three decimals.
func thousandths(s string) int {
	if s == "" || len(s) > 5 || (s[0] != '0' && s[0] != '1') || (len(s) > 1 && s[1] != '.') {
		return 0
	}
	q := int(s[0]-'0') * 1000
	for i, unit := 2, 100; i < len(s); i, unit = i+1, unit/10 {
		if s[i] < '0' || s[i] > '9' {
			return 0
		}
		q += int(s[i]-'0') * unit
	}
	return min(q, 1000)
}

func trim(s string) string { return strings.Trim(s, " \t") }
