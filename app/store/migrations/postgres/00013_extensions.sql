-- Browser extensions that people have paired with their account.

-- +goose Up

-- One extension in one browser. It begins as a one-time code that its person carries over (code_hash), and is paired when
-- that is redeemed: then the code is gone and token_hash stands. It counts while its epoch is the person's (B-2).
CREATE TABLE pairings (
    id           text NOT NULL PRIMARY KEY,
    user_id      text NOT NULL REFERENCES users (id),
    code_hash    text,
    token_hash   text,
    epoch        bigint NOT NULL,
    network      text NOT NULL DEFAULT '',
    user_agent   text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    ended_why    text NOT NULL DEFAULT '',
    CHECK ((code_hash IS NULL) <> (token_hash IS NULL))
);
CREATE UNIQUE INDEX pairings_code ON pairings (code_hash) WHERE code_hash IS NOT NULL;
CREATE UNIQUE INDEX pairings_token ON pairings (token_hash) WHERE token_hash IS NOT NULL;
CREATE INDEX pairings_user ON pairings (user_id) WHERE ended_at IS NULL;
CREATE INDEX pairings_expires ON pairings (expires_at);
