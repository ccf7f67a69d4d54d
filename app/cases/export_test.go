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

// ClientsPlan is how the database answers a search for clients.
func (c *Cases) ClientsPlan(ctx context.Context, actor access.Actor, search string, most int) (listing.Answer, error) {
	q, columns, err := c.clientsAsked(actor, search, most)
	if err != nil {
		return listing.Answer{}, err
	}
	return listing.Explain(ctx, c.db, clientTable, q, columns)
}
