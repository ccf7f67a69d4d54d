-- The private calendar addresses by which people's own programs read their appointments (S3-16).

-- +goose Up

-- One per person. Whoever has the address reads it, so only its hash is kept. It counts while its epoch is the person's (B-2).
CREATE TABLE calendar_feeds (
    user_id    text NOT NULL PRIMARY KEY REFERENCES users (id),
    token_hash text NOT NULL,
    detail     text NOT NULL CHECK (detail IN ('full', 'busy')),
    epoch      bigint NOT NULL,
    created_at timestamptz NOT NULL,
    read_at    timestamptz
);
CREATE UNIQUE INDEX calendar_feeds_token ON calendar_feeds (token_hash);
