package store_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"chancery/app/store"
	"chancery/app/store/storetest"
)

var update = flag.Bool("update", false, "write the schema files anew")

// The schema as people read it: what all migrations together have made, one file a dialect. After a new migration:
// go test ./app/store -run Schema -update
func TestTheSchemaFilesAreWhatTheMigrationsMake(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
		var b strings.Builder
		fmt.Fprintf(&b, "-- Made by go test ./app/store -run Schema -update; to be read, never to be run.\n")
		dump := dumpPostgres
		if db.Dialect() == store.SQLite {
			dump = dumpSQLite
		}
		dump(t, db, &b)
		path := filepath.Join("schema", string(db.Dialect())+".sql")
		if *update {
			if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := b.String(); got != string(want) {
			t.Errorf("%s is not what the migrations make (line %d); run with -update and read the difference", path, firstDifference(got, string(want)))
		}
	})
}

// ownWay is what each dialect has its own way for: a search for parts of words is an FTS5 table with its text beside it,
// or an index of trigrams, and a time before all others is each one's own.
var ownWay = regexp.MustCompile(`\b((user|case|client)_words|(users|cases|clients)_search|users_last_sign_in|cases_talked)`)

// Both dialects have the same tables, columns, nullability, defaults and indexes: what a room's SQL meets on one it
// meets on the other.
func TestBothDialectsHaveOneSchema(t *testing.T) {
	lite := storetest.Open(t, storetest.SQLite(t), nil)
	pg := storetest.Open(t, storetest.Postgres(t), nil)
	a, b := append(columnsSQLite(t, lite), indexesSQLite(t, lite)...), append(columnsPostgres(t, pg), indexesPostgres(t, pg)...)
	if len(a) < 100 {
		t.Fatalf("only %d lines of schema seen", len(a))
	}
	for _, line := range a {
		if !slices.Contains(b, line) && !ownWay.MatchString(line) {
			t.Errorf("only sqlite:   %s", line)
		}
	}
	for _, line := range b {
		if !slices.Contains(a, line) && !ownWay.MatchString(line) {
			t.Errorf("only postgres: %s", line)
		}
	}
}

func TestMigrationsArePairedByName(t *testing.T) {
	names := func(dialect string) (names []string) {
		entries, err := os.ReadDir(filepath.Join("migrations", dialect))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names
	}
	if a, b := names("sqlite"), names("postgres"); !slices.Equal(a, b) || len(a) == 0 {
		t.Errorf("sqlite %q, postgres %q", a, b)
	}
}

func dumpSQLite(t *testing.T, db *store.DB, b *strings.Builder) {
	for _, sql := range texts(t, db, `SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND tbl_name NOT IN ('goose_db_version', 'sqlite_sequence')
		ORDER BY tbl_name, CASE type WHEN 'table' THEN 1 WHEN 'index' THEN 2 ELSE 3 END, name`) {
		if strings.HasPrefix(sql, "CREATE TABLE") {
			b.WriteString("\n")
		}
		fmt.Fprintf(b, "%s;\n", sql)
	}
}

func dumpPostgres(t *testing.T, db *store.DB, b *strings.Builder) {
	for _, table := range texts(t, db, `SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'goose_db_version' ORDER BY 1`) {
		parts := texts(t, db, `SELECT '    ' || attname || ' ' || format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END
			|| COALESCE(' DEFAULT ' || pg_get_expr(adbin, adrelid), '')
			FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
			WHERE attrelid = ?::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`, table)
		parts = append(parts, texts(t, db, `SELECT '    CONSTRAINT ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
			WHERE conrelid = ?::regclass AND contype IN ('p', 'f', 'c', 'u') ORDER BY conname`, table)...)
		fmt.Fprintf(b, "\nCREATE TABLE %s (\n%s\n);\n", table, strings.Join(parts, ",\n"))
		for _, sql := range texts(t, db, `SELECT indexdef FROM pg_indexes WHERE tablename = ? AND indexname NOT IN
			(SELECT conname FROM pg_constraint WHERE contype = 'p') ORDER BY indexname`, table) {
			fmt.Fprintf(b, "%s;\n", sql)
		}
		for _, sql := range texts(t, db, `SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = ?::regclass AND NOT tgisinternal ORDER BY tgname`, table) {
			fmt.Fprintf(b, "%s;\n", sql)
		}
	}
	for _, sql := range texts(t, db, `SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY proname`) {
		fmt.Fprintf(b, "\n%s;\n", strings.TrimSpace(sql))
	}
}

const goose = "goose_db_version"

func columnsSQLite(t *testing.T, db *store.DB) []string {
	return texts(t, db, `SELECT m.name || '.' || c.name || ' ' || c.cid || ' ' || lower(c.type) || CASE c."notnull" WHEN 1 THEN ' NOT NULL' ELSE '' END
		|| COALESCE(' DEFAULT ' || c.dflt_value, '')
		FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT IN ('`+goose+`', 'sqlite_sequence')`)
}

func columnsPostgres(t *testing.T, db *store.DB) []string {
	lines := texts(t, db, `SELECT table_name || '.' || column_name || ' ' || (ordinal_position - 1) || ' ' || data_type
		|| CASE is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END || COALESCE(' DEFAULT ' || column_default, '')
		FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '`+goose+`'`)
	for i, l := range lines {
		lines[i] = strings.NewReplacer("timestamp with time zone", "timestamp", "::text", "").Replace(l)
	}
	return lines
}

var spaces = regexp.MustCompile(`\s+`)

func indexesSQLite(t *testing.T, db *store.DB) []string {
	lines := texts(t, db, `SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL`)
	for i, l := range lines {
		lines[i] = partial(spaces.ReplaceAllString(l, " "))
	}
	return lines
}

func indexesPostgres(t *testing.T, db *store.DB) []string {
	lines := texts(t, db, `SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT IN (SELECT conname FROM pg_constraint WHERE contype = 'p')`)
	for i, l := range lines {
		lines[i] = partial(strings.NewReplacer("ON public.", "ON ", "USING btree ", "").Replace(l))
	}
	return lines
}

// partial keeps of an index's condition that there is one: Postgres writes it in words of its own.
func partial(index string) string {
	if head, _, ok := strings.Cut(index, " WHERE "); ok {
		return head + " WHERE …"
	}
	return index
}

func texts(t *testing.T, db *store.DB, sql string, args ...any) (list []string) {
	t.Helper()
	if err := db.In(t.Context()).Raw(sql, args...).Scan(&list).Error; err != nil {
		t.Fatal(err)
	}
	return list
}

func firstDifference(a, b string) int {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range x {
		if i >= len(y) || x[i] != y[i] {
			return i + 1
		}
	}
	return len(x)
}
