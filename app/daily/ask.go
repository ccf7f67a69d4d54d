package daily

import (
	"context"
	"errors"
	"time"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/store"
)

// AskedMost is how many summaries somebody may have within the hour by asking: what a button sends must not flood a box.
const AskedMost = 5

// Ask sends somebody their summary as it is now, at once, whether they have it daily or not and whether there is anything to tell: to see what it is like, and that it
// arrives. It returns *fault.TooMany.
func (s *Summary) Ask(ctx context.Context, actor access.Actor) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		u, err := s.staff.Get(ctx, actor.ID)
		if err != nil {
			return err
		}
		err = s.post.May(ctx, u.ID, AskedMost, time.Hour, post.Summary)
		if many := (*fault.TooMany)(nil); errors.As(err, &many) {
			many.Message = fault.M("daily.too-often", "Most", AskedMost, "Count", int((many.After+time.Minute-1)/time.Minute))
		}
		if err != nil {
			return err
		}
		return s.post.Queue(ctx, post.Draft{SendKey: "summary-now/" + u.ID + "/" + store.NewID(), Kind: post.Summary, UserID: u.ID, Recipient: u.Email, Language: u.Language, Zone: u.Zone,
			Data: map[string]any{"Asked": true}, GoodFor: time.Hour})
	})
}
