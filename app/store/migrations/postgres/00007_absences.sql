-- Absence with cover (B-5).

-- +goose Up

-- From the first to the last day in the zone that the person had when it was written down; begins_at and ends_at are the same as instants. One that
-- was called off, or ended before its time, has ended_at.
CREATE TABLE absences (
    id         text NOT NULL PRIMARY KEY,
    user_id    text NOT NULL REFERENCES users (id),
    cover_id   text REFERENCES users (id),
    first_day  text NOT NULL,
    last_day   text NOT NULL,
    begins_at  timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    note       text NOT NULL DEFAULT '',
    created_by text NOT NULL,
    generation bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    ended_at   timestamptz,
    CONSTRAINT absences_end CHECK (ends_at > begins_at),
    CONSTRAINT absences_cover CHECK (cover_id <> user_id)
);
CREATE INDEX absences_user ON absences (user_id, begins_at);
CREATE INDEX absences_cover ON absences (cover_id, begins_at) WHERE cover_id IS NOT NULL;
