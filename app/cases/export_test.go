package cases

import (
	"context"

	"chancery/app/access"
	"chancery/app/listing"
)

// Plan is how the database answers a list.
func (c *Cases) Plan(ctx context.Context, actor access.Actor, q Query) (listing.Answer, error) {
	asked, err := c.asked(ctx, actor, q)
	if err != nil {
		return listing.Answer{}, err
	}
	return listing.Explain(ctx, c.db, table, asked, columns(actor))
}
