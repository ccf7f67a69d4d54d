// Package frozen makes a database fail every statement that writes to it, so that a run which is to find nothing to do can be seen to write nothing.
package frozen

import (
	"context"
	"fmt"

	"chancery/app/store"
)

// Tables has every table refuse INSERT, UPDATE and DELETE, for good: the database is one of a test. Whoever relies on it shows once that a write does
// fail; else a table that was forgotten here would go unseen.
func Tables(ctx context.Context, db *store.DB) error {
	tables, each := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND sql NOT LIKE 'CREATE VIRTUAL%'`, []string{"INSERT", "UPDATE", "DELETE"}
	trigger := `CREATE TRIGGER "frozen_%[1]s_%[2]s" BEFORE %[1]s ON "%[2]s" BEGIN SELECT RAISE(ABORT, 'a table was written to'); END`
	if db.Dialect() == store.Postgres {
		tables, each = `SELECT tablename FROM pg_tables WHERE schemaname = current_schema()`, []string{"INSERT OR UPDATE OR DELETE"}
		trigger = `CREATE TRIGGER frozen BEFORE %s ON "%s" FOR EACH STATEMENT EXECUTE FUNCTION frozen()`
		if _, err := db.Exec(ctx, `CREATE FUNCTION frozen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a table was written to'; END $$`); err != nil {
			return fmt.Errorf("freeze: %w", err)
		}
	}
	var names []string
	if err := db.In(ctx).Raw(tables).Scan(&names).Error; err != nil {
		return fmt.Errorf("freeze: %w", err)
	}
	for _, name := range names {
		for _, verb := range each {
			if _, err := db.Exec(ctx, fmt.Sprintf(trigger, verb, name)); err != nil {
				return fmt.Errorf("freeze %s: %w", name, err)
			}
		}
	}
	return nil
}
