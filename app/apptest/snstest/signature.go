package snstest

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"chancery/app/amazon"
)

var authorization = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$`)

// skewMost is how far the clocks of a client and of Amazon may be apart.
const skewMost = 5 * time.Minute

// verify checks a request's signature, version 4: it is of our key and its secret, of this region and service, made now, and
// covers the method, the path, the body, and the headers that have to be covered.
func verify(r *http.Request, body []byte, key amazon.Credentials, now time.Time) *refusal {
	no := func(code, message string) *refusal { return &refusal{http.StatusForbidden, code, message} }
	m := authorization.FindStringSubmatch(r.Header.Get("Authorization"))
	if m == nil {
		return no("MissingAuthenticationToken", "Request is missing Authentication Token")
	}
	id, day, region, service, signed, signature := m[1], m[2], m[3], m[4], strings.Split(m[5], ";"), m[6]
	if subtle.ConstantTimeCompare([]byte(id), []byte(key.AccessKeyID)) != 1 {
		return no("InvalidClientTokenId", "The security token included in the request is invalid.")
	}
	date := r.Header.Get("X-Amz-Date")
	at, err := time.Parse("20060102T150405Z", date)
	switch {
	case err != nil || !strings.HasPrefix(date, day):
		return no("IncompleteSignature", "Date must be in ISO-8601 'basic format', and of the credential's day.")
	case region != Region || service != "sns":
		return no("SignatureDoesNotMatch", "Credential should be scoped to a valid region and service.")
	case now.Sub(at).Abs() > skewMost:
		return no("SignatureDoesNotMatch", "Signature expired or not yet current.")
	case !slices.IsSorted(signed), !slices.Contains(signed, "host"), !slices.Contains(signed, "x-amz-date"):
		return no("SignatureDoesNotMatch", "'Host' and 'X-Amz-Date' must be signed headers, in order.")
	}
	for name := range r.Header {
		if name := strings.ToLower(name); strings.HasPrefix(name, "x-amz-") && !slices.Contains(signed, name) {
			return no("SignatureDoesNotMatch", "The header "+name+" is not signed.")
		}
	}
	scope := day + "/" + region + "/" + service + "/aws4_request"
	text := "AWS4-HMAC-SHA256\n" + date + "\n" + scope + "\n" + sum([]byte(canonical(r, signed, body)))
	secret := []byte("AWS4" + key.SecretAccessKey)
	for _, part := range []string{day, region, service, "aws4_request", text} {
		secret = mac(secret, part)
	}
	if !hmac.Equal([]byte(hex.EncodeToString(secret)), []byte(signature)) {
		return no("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.")
	}
	return nil
}

// canonical is the request as it is signed.
func canonical(r *http.Request, signed []string, body []byte) string {
	var b strings.Builder
	b.WriteString(r.Method + "\n" + r.URL.EscapedPath() + "\n" + r.URL.RawQuery + "\n")
	for _, name := range signed {
		value := strings.Join(r.Header.Values(name), ",")
		switch name {
		case "host":
			value = r.Host
		case "content-length":
			value = r.Header.Get("Content-Length")
		}
		b.WriteString(name + ":" + strings.Join(strings.Fields(value), " ") + "\n")
	}
	b.WriteString("\n" + strings.Join(signed, ";") + "\n" + sum(body))
	return b.String()
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}
