package cases

import (
	"context"
	"fmt"

	"chancery/app/fault"
	"chancery/app/store"
)

// Seed writes clients and cases in bulk, for the demo practice and for tests, whose past is made up: no audit tells of
// it. Owners must be working here all the same. Stages that there are not yet are added to the end.
func (c *Cases) Seed(ctx context.Context, clients []Client, cases []NewCase) error {
	now := c.db.Now()
	known := map[string]*Client{}
	for i := range clients {
		l := &clients[i]
		l.CreatedAt, l.UpdatedAt, l.Generation = now, now, 1
		if l.Language == "" {
			l.Language = "en"
		}
		l.index()
		known[l.ID] = l
	}
	rows := make([]*Case, len(cases))
	for i, n := range cases {
		k, err := c.made(n)
		if err != nil {
			return err
		}
		rows[i] = k
	}
	return c.db.Tx(ctx, func(ctx context.Context) error {
		if len(clients) > 0 {
			if err := c.db.In(ctx).CreateInBatches(clients, 1000).Error; err != nil {
				return fmt.Errorf("seed clients: %w", err)
			}
		}
		if len(rows) == 0 {
			return nil
		}
		if err := c.seedNames(ctx, rows, known); err != nil {
			return err
		}
		if err := c.db.In(ctx).CreateInBatches(rows, 1000).Error; err != nil {
			return refusal(err, "seed cases")
		}
		return c.seedMembers(ctx, rows, cases)
	})
}

func (c *Cases) seedMembers(ctx context.Context, rows []*Case, cases []NewCase) error {
	var all []map[string]any
	for i, n := range cases {
		for _, id := range n.Members {
			if id == n.OwnerID {
				continue
			}
			all = append(all, map[string]any{"case_id": rows[i].ID, "user_id": id, "created_at": rows[i].OpenedAt})
		}
	}
	if len(all) == 0 {
		return nil
	}
	if err := c.db.In(ctx).Table("case_members").CreateInBatches(all, 1000).Error; err != nil {
		return fmt.Errorf("seed members: %w", err)
	}
	return nil
}

// SeedScores writes what clients have answered, in bulk, as Seed writes cases.
func (c *Cases) SeedScores(ctx context.Context, scores []Score) error {
	bad := &fault.Invalid{}
	for i := range scores {
		s := &scores[i]
		s.ID, s.CreatedAt = store.NewID(), s.AnsweredAt
		s.check(bad)
	}
	if err := bad.Err(); err != nil || len(scores) == 0 {
		return err
	}
	if err := c.db.In(ctx).CreateInBatches(scores, 1000).Error; err != nil {
		return fmt.Errorf("seed scores: %w", err)
	}
	return nil
}

// seedNames looks up what the rows of Seed are ordered by, and adds their stages.
func (c *Cases) seedNames(ctx context.Context, rows []*Case, clients map[string]*Client) error {
	owners := map[string]string{}
	for _, k := range rows {
		client, owner := clients[k.ClientID], value(k.OwnerID)
		if client == nil {
			client = &Client{}
			if _, err := store.One(c.db.In(ctx).Raw(`SELECT id, sort_name, search FROM clients WHERE id = ?`, k.ClientID), client); err != nil {
				return fmt.Errorf("client of a case: %w", err)
			}
			clients[k.ClientID] = client
		}
		if _, ok := owners[owner]; !ok {
			var name string
			if _, err := store.One(c.db.In(ctx).Raw(`SELECT sort_name FROM users WHERE id = ?`, owner), &name); err != nil {
				return fmt.Errorf("owner of a case: %w", err)
			}
			owners[owner] = name
		}
		k.named(client, owners[owner])
	}
	return c.seedStages(ctx, rows)
}

// seedStages adds the stages of cases that there are not yet.
func (c *Cases) seedStages(ctx context.Context, rows []*Case) error {
	all, err := c.Stages(ctx)
	if err != nil {
		return err
	}
	have, next := map[string]bool{"": true}, int64(1)
	for _, s := range all {
		have[s.Name], next = true, s.Position+1
	}
	for _, k := range rows {
		if have[k.Stage] {
			continue
		}
		now := c.db.Now()
		if err := c.db.In(ctx).Create(&Stage{ID: store.NewID(), Name: k.Stage, Position: next, Generation: 1, CreatedAt: now, UpdatedAt: now}).Error; err != nil {
			return fmt.Errorf("seed stage: %w", err)
		}
		have[k.Stage] = true
		next++
	}
	return nil
}
