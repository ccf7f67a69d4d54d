package store

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// The change feed: what a transaction says has changed reaches every replica's loops and open pages after the commit.
//
// A key names an object, "mail/0192…", and never says what happened to it: whoever hears it looks. On Postgres the
// key travels by NOTIFY inside the transaction; on SQLite there is one process, and an in-process hub. A notification
// that is lost does no harm, since loops also ask the database what is due.

const channel = "chancery_changes"

// Changed notes that the object behind key has changed. Inside a transaction it goes out after the commit, and not at
// all after a rollback; the same key goes out once.
func (db *DB) Changed(ctx context.Context, key string) error {
	if t, ok := ctx.Value(txKey{}).(*tx); ok {
		if !slices.Contains(t.changed, key) {
			t.changed = append(t.changed, key)
		}
		return nil
	}
	t := &tx{changed: []string{key}}
	if err := db.announceInside(ctx, t); err != nil {
		return err
	}
	db.announceAfter(t)
	return nil
}

// Listen calls fn for every key with the prefix, on any replica's change, until cancel is called. fn must not
// block, nor call Listen or cancel. An empty key means that keys may have been missed: look for yourself.
func (db *DB) Listen(prefix string, fn func(key string)) (cancel func()) {
	return db.hub.add(prefix, fn)
}

func (db *DB) announceInside(ctx context.Context, t *tx) error {
	if db.dialect != Postgres || len(t.changed) == 0 {
		return nil
	}
	if _, err := db.Exec(ctx, "SELECT pg_notify($1, key) FROM unnest($2::text[]) key", channel, t.changed); err != nil {
		return fmt.Errorf("announce changes: %w", err)
	}
	return nil
}

func (db *DB) announceAfter(t *tx) {
	if db.dialect == Postgres {
		return // comes back through listen, as it does for every other replica
	}
	for _, key := range t.changed {
		db.hub.tell(key)
	}
}

// listen holds a connection of its own that waits for NOTIFY, and takes a new one when it breaks.
func (db *DB) listen(ctx context.Context) {
	defer close(db.done)
	if db.dialect != Postgres {
		<-ctx.Done()
		return
	}
	for wait := time.Second; ctx.Err() == nil; wait = min(2*wait, 30*time.Second) {
		began := time.Now()
		if err := db.listenOnce(ctx); err != nil && ctx.Err() == nil {
			slog.Warn("change feed interrupted; loops go on by asking the database", "error", err.Error())
		}
		if time.Since(began) > time.Minute {
			wait = time.Second
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

func (db *DB) listenOnce(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, db.dsn)
	if err != nil {
		return err
	}
	defer func() {
		bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(bye)
	}()
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return err
	}
	db.hub.tell("") // whatever was missed meanwhile: an empty key tells every listener to look for itself
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		db.hub.tell(n.Payload)
	}
}

// hub hands keys to the listeners of this process. An empty key means "look for yourself" and reaches all of them.
type hub struct {
	mu   sync.RWMutex
	next int
	subs map[int]subscription
}

type subscription struct {
	prefix string
	fn     func(key string)
}

func (h *hub) add(prefix string, fn func(string)) func() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.subs == nil {
		h.subs = map[int]subscription{}
	}
	id := h.next
	h.next++
	h.subs[id] = subscription{prefix, fn}
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.subs, id)
	}
}

func (h *hub) tell(key string) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, s := range h.subs {
		if key == "" || strings.HasPrefix(key, s.prefix) {
			s.fn(key)
		}
	}
}
