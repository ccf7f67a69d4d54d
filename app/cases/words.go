package cases

import (
	"context"
	"fmt"

	"chancery/app/listing"
)

// What cases are ordered by and searched through. It is folded here, once, and only put together in SQL: words, the
// client's search and the owner's name, in this order, with a space between them (searchSQL, and search in Go, which must
// say the same; so must the trigger users_named_on_cases in the migrations).

// words are a case's own: its title, by which lists are ordered, and its number, also as digits, since a search for one
// that is written in digits and signs alone looks for those (listing.Terms).
func (k *Case) words() string {
	words := listing.Fold(k.Title + " " + k.Number)
	if d := listing.Digits(k.Number); d != "" && d != k.Number {
		words += " " + d
	}
	return words
}

func search(words, client, owner string) string { return words + " " + client + " " + owner }

// searchSQL is the search column of a case, from what is stored.
const searchSQL = `words || ' ' || (SELECT l.search FROM clients l WHERE l.id = cases.client_id) || ' ' || owner_name`

// words are a client's.
func (l *Client) words() string {
	return listing.Fold(l.Name+" "+l.Email) + " " + listing.Digits(l.Phone)
}

// fillBatch is how many rows Fill writes in one transaction.
const fillBatch = 500

// Fill makes what cases and clients are searched by, where it has not been made: those of before there were such columns.
// It returns how many it made. Several replicas may do so at once.
func (c *Cases) Fill(ctx context.Context) (made int, err error) {
	for _, fill := range []func(context.Context) (int, error){c.fillClients, c.fillCases} {
		for {
			n := 0
			err := c.db.Tx(ctx, func(ctx context.Context) (err error) { n, err = fill(ctx); return err })
			if err != nil {
				return made, fmt.Errorf("fill search columns: %w", err)
			}
			if made += n; n < fillBatch {
				break
			}
		}
	}
	return made, nil
}

func (c *Cases) fillClients(ctx context.Context) (int, error) {
	var clients []Client
	err := c.db.In(ctx).Raw(`SELECT id, name, email, phone FROM clients WHERE search = '' ORDER BY id LIMIT ?`+c.db.ForUpdate(), fillBatch).Scan(&clients).Error
	for i := 0; err == nil && i < len(clients); i++ {
		l := &clients[i]
		_, err = c.db.Exec(ctx, `UPDATE clients SET sort_name = $1, search = $2 WHERE id = $3`, listing.Fold(l.Name), l.words(), l.ID)
	}
	return len(clients), err
}

func (c *Cases) fillCases(ctx context.Context) (int, error) {
	var cases []Case
	err := c.db.In(ctx).Raw(`SELECT id, number, title FROM cases WHERE search = '' ORDER BY id LIMIT ?`+c.db.ForUpdate(), fillBatch).Scan(&cases).Error
	for i := 0; err == nil && i < len(cases); i++ {
		k := &cases[i]
		_, err = c.db.Exec(ctx, `UPDATE cases SET words = $1, client_name = (SELECT l.sort_name FROM clients l WHERE l.id = cases.client_id),
			owner_name = COALESCE((SELECT u.sort_name FROM users u WHERE u.id = cases.owner_id), ''),
			search = $1 || ' ' || (SELECT l.search FROM clients l WHERE l.id = cases.client_id) || ' ' || COALESCE((SELECT u.sort_name FROM users u WHERE u.id = cases.owner_id), '')
			WHERE id = $2`, k.words(), k.ID)
	}
	return len(cases), err
}
