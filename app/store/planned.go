package store

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
)

// Planned is In, for a query whose best plan depends on its values, as that of a search does: of a statement that it knows,
// Postgres sooner or later makes one plan for all values, and takes a pattern that it has not seen for a rare one. Of a word
// that a hundred thousand rows have it then reads the whole index: 240 ms, where the first thousand rows take 2.
func (db *DB) Planned(ctx context.Context) *gorm.DB {
	g := db.In(ctx)
	if db.dialect == Postgres {
		g.Statement.ConnPool = planned{g.Statement.ConnPool}
	}
	return g
}

// planned asks by statements that Postgres does not keep; what types they have is kept here.
type planned struct{ gorm.ConnPool }

func (p planned) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return p.ConnPool.QueryContext(ctx, query, append([]any{pgx.QueryExecModeCacheDescribe}, args...)...)
}
