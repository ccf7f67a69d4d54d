package messages_test

import (
	"fmt"
	"testing"

	"chancery/app/access"
	"chancery/app/messages"
	"chancery/app/store"
)

// Issue 5: a client's message costs as many statements for ten people as for one, notices and what open pages are told among
// them.
func TestAMessageToManyTakesNoMoreStatements(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana := f.person("Ana", "Lima", "ana")
		k := f.Open(ana)
		took := func() int64 {
			ctx, count := store.WithCount(f.Ctx)
			_, err := f.messages.Receive(ctx, system, messages.Received{CaseID: k, Body: "Did the letter come?"})
			f.Must(err)
			return count.N()
		}
		alone := took()
		var people []access.Actor
		for i := range 9 {
			p := f.person("Ben", "Okafor", fmt.Sprint("ben", i))
			people = append(people, p)
			f.Must(f.Cases.AddMember(f.Ctx, system, k, p.ID))
		}
		if together := took(); together != alone {
			t.Errorf("%d statements for ten people, %d for one", together, alone)
		}
		t.Log(alone, "statements")
		if f.unread(people[8]).Messages != 1 || f.unread(ana).Messages != 2 {
			t.Error("somebody was not told")
		}
	})
}
