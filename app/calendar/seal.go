package calendar

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"chancery/app/outside"
)

// Grants are sealed by AES-256-GCM, under a key that is derived for this use alone (RFC 5869) and named in what it sealed. The text opens only
// for the row that it was made for. To rotate the key is to put a new one before the former: whatever is sealed anew is sealed with it, the loop seals the
// rest anew, and the former can go when no row names it (Stale).

// errSealed says that a sealed text does not open: the key that made it is gone, or the text is another row's.
var errSealed = errors.New("calendar: a sealed grant does not open: was it made under a key that is gone?")

// seals are the keys, the current one first.
type seals []seal

type seal struct {
	id   string
	aead cipher.AEAD
}

func newSeals(keys [][]byte) (all seals) {
	for _, k := range keys {
		all = append(all, newSeal(k))
	}
	return all
}

// newSeal panics for lengths that no hash and no cipher can have, which these are not.
func newSeal(key []byte) seal {
	secret, err := hkdf.Key(sha256.New, key, nil, "chancery calendar grants", 32)
	if err != nil {
		panic(err)
	}
	name, err := hkdf.Key(sha256.New, key, nil, "chancery calendar grants, name of the key", 4)
	if err != nil {
		panic(err)
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return seal{hex.EncodeToString(name), aead}
}

// current begins what is sealed with the current key.
func (s seals) current() string { return "v1." + s[0].id + "." }

// close seals a text for an object.
func (s seals) close(object, text string) string {
	nonce := make([]byte, s[0].aead.NonceSize())
	_, _ = rand.Read(nonce) // never fails, by its contract
	return s.current() + base64.RawStdEncoding.EncodeToString(s[0].aead.Seal(nonce, nonce, []byte(text), []byte(object)))
}

// open is the text that was sealed for an object, or errSealed.
func (s seals) open(object, sealed string) (string, error) {
	version, rest, _ := strings.Cut(sealed, ".")
	id, body, _ := strings.Cut(rest, ".")
	raw, err := base64.RawStdEncoding.DecodeString(body)
	if err != nil || version != "v1" {
		return "", errSealed
	}
	for _, one := range s {
		if one.id != id || len(raw) < one.aead.NonceSize() {
			continue
		}
		text, err := one.aead.Open(nil, raw[:one.aead.NonceSize()], raw[one.aead.NonceSize():], []byte(object))
		if err != nil {
			return "", errSealed
		}
		return string(text), nil
	}
	return "", errSealed
}

// object names a row as what a text is sealed for.
func (r *connection) object() string { return "calendar connection " + r.ID }

func (c *Calendars) closeGrant(r *connection, g outside.Grant) (string, error) {
	b, err := json.Marshal(g)
	if err != nil {
		return "", fmt.Errorf("seal a grant: %w", err)
	}
	return c.seals.close(r.object(), string(b)), nil
}

func (c *Calendars) openGrant(r *connection) (g outside.Grant, err error) {
	text, err := c.seals.open(r.object(), r.Sealed)
	if err != nil {
		return g, err
	}
	if json.Unmarshal([]byte(text), &g) != nil {
		return g, errSealed
	}
	return g, nil
}
