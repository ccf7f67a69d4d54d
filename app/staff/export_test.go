package staff

import (
	"context"

	"chancery/app/listing"
)

// Plan is how the database answers a list.
func (s *Staff) Plan(ctx context.Context, q Query) (listing.Answer, error) {
	return listing.Explain(ctx, s.db, table, s.asked(q), columns)
}
