package signin

// Derive is the function that hashes.
type Derive = func(password, salt []byte, passes, memory uint32, lanes uint8, length uint32) []byte

// WrapDerive puts a test's own function round the one that hashes.
func (s *Signin) WrapDerive(wrap func(Derive) Derive) { s.hasher.derive = wrap(s.hasher.derive) }

// The room's limits.
const (
	Tries        = tries
	TriesLocked  = triesLocked
	TriesNetwork = triesNetwork
	SessionsMax  = sessionsMax
)
