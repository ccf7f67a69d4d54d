-- Appointments in people's own calendars outside (S3-16, S3-17, B-9).

-- +goose Up

-- A person's leave to write in a calendar of theirs. What is wanted: that it is on, or ends (clears: with what was written). What is: health and why,
-- since when, how often in a row it failed and when it is tried again. sealed is the grant, enciphered; term counts the grants, so that what was
-- found out with one is not written beside the next. generation is bumped by whatever may change what is to stand there.
CREATE TABLE calendar_connections (
    id         text NOT NULL PRIMARY KEY,
    user_id    text NOT NULL REFERENCES users (id),
    kind       text NOT NULL CHECK (kind IN ('google', 'microsoft', 'caldav')),
    state      text NOT NULL CHECK (state IN ('on', 'ending')),
    clears     boolean NOT NULL DEFAULT false,
    account    text NOT NULL DEFAULT '',
    server     text NOT NULL DEFAULT '',
    sealed     text NOT NULL DEFAULT '',
    term       bigint NOT NULL DEFAULT 1,
    place      text NOT NULL DEFAULT '',
    at_cursor  text NOT NULL DEFAULT '',
    health     text NOT NULL CHECK (health IN ('starting', 'connected', 'failing', 'reconnect')),
    reason     text NOT NULL DEFAULT '',
    since      timestamptz NOT NULL,
    told_at    timestamptz,
    tries      integer NOT NULL DEFAULT 0,
    next_at    timestamptz,
    generation bigint NOT NULL DEFAULT 1,
    observed   bigint NOT NULL DEFAULT 0,
    standing   bigint NOT NULL DEFAULT 0,
    synced_at  timestamptz,
    ended_at   timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX calendar_connections_one ON calendar_connections (user_id, kind) WHERE state = 'on';
CREATE INDEX calendar_connections_user ON calendar_connections (user_id);

-- What stands in a calendar outside, as far as is known: which event (uid), what the keeper calls it, its version there, and the mark of what was written.
CREATE TABLE calendar_events (
    connection_id text NOT NULL REFERENCES calendar_connections (id) ON DELETE CASCADE,
    uid           text NOT NULL,
    ref           text NOT NULL,
    version       text NOT NULL,
    mark          text NOT NULL,
    PRIMARY KEY (connection_id, uid)
);

-- Who has begun to connect a calendar: the id is a hash of what has to come back from the keeper, and sealed is the other half of the proof that it
-- was asked for in this session (RFC 7636). Tries with a password stand here, too, to be counted.
CREATE TABLE calendar_attempts (
    id         text NOT NULL PRIMARY KEY,
    user_id    text NOT NULL REFERENCES users (id),
    session_id text NOT NULL DEFAULT '',
    kind       text NOT NULL CHECK (kind IN ('google', 'microsoft', 'caldav')),
    sealed     text NOT NULL DEFAULT '',
    expires_at timestamptz NOT NULL
);
CREATE INDEX calendar_attempts_user ON calendar_attempts (user_id, kind);
CREATE INDEX calendar_attempts_expires ON calendar_attempts (expires_at);
