package post

import (
	"context"
	"fmt"

	"chancery/app/fault"
	"chancery/app/store"
)

// Find is the mail of a send key, or fault.ErrNotFound.
func (p *Post) Find(ctx context.Context, sendKey string) (*Mail, error) {
	var m Mail
	ok, err := store.Found(p.db.In(ctx).Where("send_key = ?", sendKey).Take(&m).Error)
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	if !ok {
		return nil, fault.ErrNotFound
	}
	return &m, nil
}
