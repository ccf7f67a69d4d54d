// Package signin knows the ways in and out: passwords, one-time links, PINs, passkeys, second factors, sessions, lockout, and
// what a person is shown of them. Who somebody is and what they may do is known elsewhere (staff, access), as is how a mail or
// a text gets to them (notices, jobs); no page and no cookie may move in.
//
// # One gate
//
// Every way in ends in open (gate.go). It is the only function that writes a session. It asks itself for the person's status, a
// lock that holds for everything, an account that was disowned and a second factor, notes the browser (devices.go) and writes
// the history, so that no way in can be forgotten when a rule changes (ASVS 6.3.4). There are these ways:
//
//   - e-mail and password (SignIn); a temporary password, which somebody else knows or a mail has carried, opens one
//     session, in which it has to be changed (C-14);
//   - the one-time link of an invitation (AcceptWelcome);
//   - the one-time link of a recovery, at the person's own wish (Forgot), an administrator's or the operator's, or after they
//     have said that it was not them (AcceptRecovery);
//   - a PIN sent by text to a verified cell number (SignInByPIN, pin.go), where texts are sent (Options.Texts);
//   - a passkey (SignInByPasskey), where people reach the app by a name and https (Options.Site).
//
// # Second factors (ASVS 6.3.3, 6.4.3)
//
// Whoever has an authenticator app or a passkey gives a second proof after any of these ways: the gate begins a step
// (step.go), and the step's answer (second.go) opens the session: a code (totp.go), a passkey, or a recovery code. A passkey
// whose owner the browser has asked for is both proofs in one and opens by itself (passkey.go). Limits: five answers to a step;
// ten wrong codes of a person in a quarter of an hour and fifty in a day, over all steps, then codes are not checked for a
// while. That locks neither the password nor the other answers, so nobody is kept out by a stranger who knows theirs.
//
// What changes who can sign in asks for a proof of the last ten minutes (proof.go), by any way that the person has; changing
// factors asks who has one for one. The practice may ask a factor of people (required.go).
//
// # What is secret, and where
//
// Tokens of sessions, links, steps and browsers are 256 random bits, of which the SHA-256 is stored. Whatever can be guessed
// or has to be made again hangs on the practice's key (Options.Key): a use has a key of its own, derived by HKDF (seal.go).
// PINs follow from it, and they and recovery codes are stored as keyed hashes; the challenges of passkeys are signed with one;
// the secrets of authenticator apps are enciphered. With another key passwords, passkeys, sessions and links go on, and
// authenticator apps and recovery codes are for nothing: an administrator or the operator takes them away.
//
// # Epoch (B-2)
//
// Each session, link, step and PIN carries the epoch that its person had when it was made, and counts only while that is still
// theirs: the statement that finds it compares the two, or the one that takes it. To raise the epoch (endAccess, or SQL by hand; the database does it
// when somebody turns inactive) ends all that a person has in hand, on every replica, with the next request. A new kind
// of credential has to do the same; a test (epoch_test.go) takes each kind there is. The link by which somebody says that it
// was not them (disown.go) is none: it takes, and gives nothing. Nor is the secret by which a browser is known again: who has
// it is merely not announced by mail.
//
// # Limits (ASVS 6.1.1, 6.3.1)
//
// Counted in the database, so that every replica counts the same:
//
//   - ten wrong passwords for one account within any 15 minutes lock its password route for 15 minutes (both as the practice
//     sets them, rules.go); the lock is a time, ends by itself or by an administrator (Unlock), and blocks no other way in
//     (C-15), so strangers cannot lock a person out of their links, unless the practice says that it blocks everything. A
//     success, a new password and the end of a lock begin the count anew;
//   - wrong proofs given within a session, of whatever kind, count for that session alone: five within 15 minutes end it
//     (check.go);
//   - during a lock five more tries are still checked, so that the person learns that a lock stands in the way; after
//     that the answer is the same for any password, so a lock cannot be used to go on guessing;
//   - PINs have limits of their own, which neither lock a password nor are locked by one (pin.go): five tries each; asked for
//     once in half a minute, five times an hour and ten a day for one number from one network, 30 times an hour from one
//     network for any, 500 texts a day in all. In silence, no more than six texts a day go to one person that were asked for
//     from networks in which they have never signed in, and 20 in all: strangers neither flood a phone nor use up the share
//     of its owner (B-22);
//   - a hundred failures from one network (an IPv4 address or an IPv6 /64) within 15 minutes pause that network; who asks for
//     a link to a new password counts there, too, and a person is sent three of them an hour, without a word about it.
//
// Each try is decided in a transaction that holds the person (hold), after the hashing: so of many tries at once none is
// told more than the ones counted before it leave, and what a password opens is asked of the one that is in force then.
//
// An unknown address gets the same answer, after the same work, as a known one with a wrong password (ASVS 6.3.8).
//
// # Sessions (ASVS 7.1.1, 7.1.2)
//
// A session is a row; the browser holds its token. It ends after Options.Idle without a request, after Options.Lifetime in any
// case (or as the practice has set them), when it is signed out, when the epoch is raised, and when the person turns inactive:
// all of that is asked with the one query that every request makes, whether or not any clean-up ran. Of who turns inactive the
// database ends the sessions itself (a trigger), so that none lives again with its person. A person may hold 20 sessions; the
// 21st ends the oldest. A change of the password or a further proof of who one is gives the session a new token.
//
// # Passwords
//
// argon2id with 19 MiB, two passes and one lane (OWASP's second choice), verified exactly as typed, at most 128
// characters. All cores but one hash, one password each at a time, and one stays free for the pages of those who are in. At
// the door nobody joins a queue that takes longer than two seconds: they are told at once to come back (*fault.Unavailable,
// 503 with Retry-After), before the database is asked anything; who is in, or has a link, waits in a queue of their own
// (hash.go). So no flood exhausts memory or keeps the house from working: of 200 sign-ins at once on two cores the test's
// process goes from 57 to 110 MiB at its peak, where 200 hashes side by side would hold 3,800 (go test ./app/signin -run '^$'
// -bench TwoHundred -benchtime 1x), and 200 a second for half a minute leave pages alone (make bench ARGS="-flood"); one hash
// takes 27 to 36 ms (-bench Hash). Policies are C-3's. The composition rules of "classic" are the seeds' wish and deviate from
// ASVS 6.2.5; "length" conforms. Either refuses what is guessed first, common passwords and names in their usual disguises
// (policy.go, static.IsCommonPassword).
package signin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/netip"
	"net/url"
	"runtime"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/store"
)

// Options are what the operator may choose.
type Options struct {
	Idle     time.Duration        // a session ends after so long without a request; 0 means 12 hours
	Lifetime time.Duration        // and after so long in any case; 0 means 7 days
	Key      []byte               // of the practice: what is derived from it stands above
	Common   func(pw string) bool // tells whether a password is a common one; nil means none is known
	Texts    bool                 // texts can be sent: there are PINs
	Site     *url.URL             // where people reach the app, which passkeys are bound to; nil means that there are none
	Hashers  int                  // how many passwords may be hashed at once; 0 means all cores but one
}

// Signin is the room.
type Signin struct {
	db       *store.DB
	staff    *staff.Staff
	post     *post.Post
	opt      Options
	hasher   *hasher
	practice *practices
	rp       *webauthn.WebAuthn // nil where there can be no passkeys
}

// New opens the room.
func New(db *store.DB, people *staff.Staff, mail *post.Post, opt Options) *Signin {
	if opt.Idle == 0 {
		opt.Idle = 12 * time.Hour
	}
	if opt.Lifetime == 0 {
		opt.Lifetime = 7 * 24 * time.Hour
	}
	if opt.Hashers == 0 {
		opt.Hashers = hashersFor(runtime.GOMAXPROCS(0))
	}
	if opt.Common == nil {
		opt.Common = func(string) bool { return false }
	}
	s := &Signin{db: db, staff: people, post: mail, opt: opt, hasher: newHasher(opt.Hashers), practice: newPractices(db, people), rp: newRelyingParty(opt.Site)}
	people.OnCellLost(s.cellLost)
	return s
}

// Origin is where a request comes from.
type Origin struct {
	Network   string // the client's address
	UserAgent string
	RequestID string
	Device    string // the secret by which the browser is known again (devices.go), or ""
}

// clean makes what a stranger's request says of itself fit to be stored: valid text of a bounded length. Postgres takes
// no other, and a try that cannot be written down would not be counted.
func (o Origin) clean() Origin {
	fit := func(s string, n int) string {
		if len(s) > n {
			s = s[:n] // may cut a character; what is left of it goes with the next line
		}
		return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
	}
	o.Network, o.UserAgent, o.RequestID = fit(o.Network, 64), fit(o.UserAgent, 512), fit(o.RequestID, 64)
	if len(o.Device) != 43 {
		o.Device = ""
	}
	return o
}

// limitKey is the network that limits count: an IPv4 address, or the /64 of an IPv6 one, which is what one customer
// of a provider holds.
func (o Origin) limitKey() string {
	a, err := netip.ParseAddr(o.Network)
	if err != nil {
		return o.Network
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	p, _ := a.Prefix(64)
	return p.String()
}

// newToken makes an opaque secret of 256 bits and the hash that is stored of it (ASVS 7.2.3).
func newToken() (token, hash string) {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails, by its contract
	token = base64.RawURLEncoding.EncodeToString(b)
	return token, hashToken(token)
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// subject names an address in the attempts without keeping it.
func (s *Signin) subject(email string) string { return s.mac("attempts", email)[:32] }

// credential is how a user proves who they are, as it is stored. Failures is what the last failure counted; those
// before FailuresSince count no more.
type credential struct {
	UserID            string
	PasswordHash      string
	PasswordChangedAt *time.Time
	PasswordExpiresAt *time.Time
	MustChange        bool
	Failures          int
	FailuresSince     *time.Time
	LockedUntil       *time.Time
	DisownedAt        *time.Time // they have said that it was not them, and not chosen a new password since
}

// credentialColumns are a credential's, as c, which may be missing.
const credentialColumns = `COALESCE(c.user_id, ''), COALESCE(c.password_hash, ''), c.password_changed_at, c.password_expires_at,
	COALESCE(c.must_change, false), COALESCE(c.failures, 0), c.failures_since, c.locked_until, c.disowned_at`

// scanCredential reads credentialColumns and what stands after them. No row is no error: then everything is zero.
func scanCredential(row *sql.Row, more ...any) (credential, error) {
	var c credential
	_, err := store.Found(row.Scan(append([]any{&c.UserID, &c.PasswordHash, &c.PasswordChangedAt, &c.PasswordExpiresAt,
		&c.MustChange, &c.Failures, &c.FailuresSince, &c.LockedUntil, &c.DisownedAt}, more...)...))
	return c, err
}

// credential is a person's, or zero when they have none.
func (s *Signin) credential(ctx context.Context, userID string) (credential, error) {
	c, err := scanCredential(s.db.Row(ctx, `SELECT `+credentialColumns+` FROM credentials c WHERE c.user_id = $1`, userID))
	if err != nil {
		return c, fmt.Errorf("credential: %w", err)
	}
	return c, nil
}
