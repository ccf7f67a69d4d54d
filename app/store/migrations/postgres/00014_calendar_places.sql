-- Where the calendars are that people have disconnected and left standing (S3-16, B-9).

-- +goose Up

-- One per person and account. Not every keeper lets us look for a calendar that we have made, so whoever connects the same account again finds what
-- stands there by this, and nothing stands there twice. It goes when it is used, or when the person leaves.
CREATE TABLE calendar_places (
    user_id text NOT NULL REFERENCES users (id),
    kind    text NOT NULL CHECK (kind IN ('google', 'microsoft', 'caldav')),
    account text NOT NULL,
    server  text NOT NULL,
    place   text NOT NULL,
    kept_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, kind, account, server)
);
