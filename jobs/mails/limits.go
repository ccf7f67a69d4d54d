package mails

import (
	"time"

	"chancery/app/post"
)

const (
	// receiverMost is how many mails that nobody waits for go to one receiver within receiverWithin. Rooms gather what
	// happens in cases into few mails by themselves; this is the net below, for a fault of theirs and for the hour after an
	// outage: more than one a minute is noise to a person and looks like spam to a provider.
	receiverMost   = 10
	receiverWithin = 10 * time.Minute
)

// pace bounds how many mails go to the server: PerMinute in the long run, a tenth of that at once.
type pace struct {
	perMinute float64 // 0: no limit
	tokens    float64
	at        time.Time
}

func newPace(perMinute int, now time.Time) pace {
	p := pace{perMinute: float64(perMinute), at: now}
	p.tokens = p.most()
	return p
}

func (p *pace) most() float64 { return max(p.perMinute/10, 1) }

// left is how many may go now.
func (p *pace) left(now time.Time) int {
	if p.perMinute == 0 {
		return batchMost
	}
	if d := now.Sub(p.at); d > 0 {
		p.tokens = min(p.tokens+d.Minutes()*p.perMinute, p.most())
	}
	p.at = now
	return int(p.tokens + 1e-6)
}

// went counts one that goes.
func (p *pace) went() { p.tokens-- }

// next is when some more may go: what a second brings, so that not each one is a batch of its own.
func (p *pace) next(now time.Time) time.Time {
	some := max(p.perMinute/60, 1)
	if float64(p.left(now)) >= some {
		return now
	}
	return now.Add(time.Duration((some-p.tokens)/p.perMinute*float64(time.Minute)) + time.Millisecond)
}

// putOff tells until when a mail waits because its receiver was sent enough, or is about to be by those before it; the zero
// time: it may go.
func putOff(m *post.Mail, sent post.Sent, before int, now time.Time) time.Time {
	if m.Rank == post.Urgent || sent.Count+before < receiverMost {
		return time.Time{}
	}
	if sent.First == nil {
		return now.Add(receiverWithin)
	}
	return sent.First.Add(receiverWithin)
}
