-- The system's own state, as /system shows it.

-- +goose Up

-- What the loops of the replica that holds the lease fail at. It writes a row when something of it has changed, and at most every quarter of a minute.
CREATE TABLE loops (
    name           text NOT NULL PRIMARY KEY,
    holder         text NOT NULL,
    failing        bigint NOT NULL DEFAULT 0,
    failing_since  timestamp,
    failures       bigint NOT NULL DEFAULT 0,
    last_failure   text NOT NULL DEFAULT '',
    last_failed_at timestamp,
    started_at     timestamp NOT NULL,
    updated_at     timestamp NOT NULL
);
