package signin_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

// authenticator is a passkey in a few lines: one ES256 key that says of itself what WebAuthn level 2 asks for (§6.1, §6.5).
type authenticator struct {
	t      *testing.T
	origin string
	id     []byte
	user   string // the handle that it was made for
	key    *ecdsa.PrivateKey
	count  uint32
	silent bool // it does not ask for its owner
}

func newAuthenticator(t *testing.T, origin string) *authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id)
	return &authenticator{t: t, origin: origin, id: id, key: key}
}

// asked are the parts of WebAuthn's options that it looks at.
type asked struct {
	Challenge string `json:"challenge"`
	RPID      string `json:"rpId"`
	RP        struct {
		ID string `json:"id"`
	} `json:"rp"`
	User struct {
		ID string `json:"id"`
	} `json:"user"`
	AllowCredentials []struct {
		ID string `json:"id"`
	} `json:"allowCredentials"`
	UserVerification string `json:"userVerification"`
}

func (a *authenticator) read(options json.RawMessage) (o asked) {
	a.t.Helper()
	if err := json.Unmarshal(options, &o); err != nil {
		a.t.Fatalf("%s: %v", options, err)
	}
	return o
}

var b64 = base64.RawURLEncoding.EncodeToString

func (a *authenticator) client(kind, challenge string) []byte {
	b, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.origin, "crossOrigin": false})
	if err != nil {
		a.t.Fatal(err)
	}
	return b
}

// data is the authenticator data: whose site, the flags, the counter.
func (a *authenticator) data(rpID string, more byte) []byte {
	a.count++
	hash := sha256.Sum256([]byte(rpID))
	flags := byte(0x01) | more
	if !a.silent {
		flags |= 0x04
	}
	return binary.BigEndian.AppendUint32(append(hash[:], flags), a.count)
}

// create makes the key known, as navigator.credentials.create does.
func (a *authenticator) create(options json.RawMessage) string {
	a.t.Helper()
	o := a.read(options)
	a.user = o.User.ID
	client := a.client("webauthn.create", o.Challenge)
	public, err := a.key.PublicKey.ECDH()
	if err != nil {
		a.t.Fatal(err)
	}
	point := public.Bytes()
	cose, err := cbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
	if err != nil {
		a.t.Fatal(err)
	}
	data := a.data(o.RP.ID, 0x40)
	data = append(data, make([]byte, 16)...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.id)))
	data = append(append(data, a.id...), cose...)
	object, err := cbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data})
	if err != nil {
		a.t.Fatal(err)
	}
	return a.answer(map[string]any{"clientDataJSON": b64(client), "attestationObject": b64(object)})
}

// get answers a challenge, as navigator.credentials.get does.
func (a *authenticator) get(options json.RawMessage) string {
	a.t.Helper()
	o := a.read(options)
	client, data := a.client("webauthn.get", o.Challenge), a.data(o.RPID, 0)
	hash := sha256.Sum256(client)
	signed := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, signed[:])
	if err != nil {
		a.t.Fatal(err)
	}
	return a.answer(map[string]any{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature), "userHandle": a.user})
}

func (a *authenticator) answer(response map[string]any) string {
	b, err := json.Marshal(map[string]any{"id": b64(a.id), "rawId": b64(a.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}})
	if err != nil {
		a.t.Fatal(err)
	}
	return string(b)
}
