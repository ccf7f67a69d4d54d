package signin

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// keyFor derives a key for one use from the practice's own, so that what is made with one can never be taken for another
// (RFC 5869).
func (s *Signin) keyFor(use string) []byte {
	key, err := hkdf.Key(sha256.New, s.opt.Key, nil, "chancery "+use, 32)
	if err != nil {
		panic(err) // only for lengths that no hash can give
	}
	return key
}

// keyed is a keyed hash of texts for one use. None but the last may hold a zero byte.
func (s *Signin) keyed(use string, parts ...string) []byte {
	m := hmac.New(sha256.New, s.keyFor(use))
	m.Write([]byte(strings.Join(parts, "\x00")))
	return m.Sum(nil)
}

// mac is keyed in hexadecimal, as it is stored.
func (s *Signin) mac(use string, parts ...string) string {
	return hex.EncodeToString(s.keyed(use, parts...))
}

// sealed begins what seal has made, with the way it was made.
const sealed = "v1."

// seal enciphers a secret that has to be read again, by AES-256-GCM under a key of its own. It opens only for the object
// that it was made for, so that no row's secret can be put into another's.
func (s *Signin) seal(object, secret string) (string, error) {
	gcm, err := s.cipher()
	if err != nil {
		return "", err
	}
	nonce := make([]byte, gcm.NonceSize())
	_, _ = rand.Read(nonce) // never fails, by its contract
	return sealed + base64.RawStdEncoding.EncodeToString(gcm.Seal(nonce, nonce, []byte(secret), []byte(object))), nil
}

func (s *Signin) unseal(object, text string) (string, error) {
	gcm, err := s.cipher()
	if err != nil {
		return "", err
	}
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimPrefix(text, sealed))
	if err != nil || !strings.HasPrefix(text, sealed) || len(raw) < gcm.NonceSize() {
		return "", errors.New("sealed secret is damaged")
	}
	secret, err := gcm.Open(nil, raw[:gcm.NonceSize()], raw[gcm.NonceSize():], []byte(object))
	if err != nil {
		return "", errors.New("sealed secret does not open: was it made under another CHANCERY_SECRET_KEY?")
	}
	return string(secret), nil
}

func (s *Signin) cipher() (cipher.AEAD, error) {
	block, err := aes.NewCipher(s.keyFor("factor secrets"))
	if err != nil {
		return nil, fmt.Errorf("cipher: %w", err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("cipher: %w", err)
	}
	return gcm, nil
}
