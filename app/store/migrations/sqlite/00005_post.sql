-- The post: what is urgent goes before what may wait.

-- +goose Up

-- 0: somebody waits for it (links, PINs, security); 1: what happens in cases; 2: what comes daily.
ALTER TABLE mails ADD COLUMN rank smallint NOT NULL DEFAULT 0;

-- How often it was taken up to be sent: tells a try from the one that has overtaken it. Tries count only what speaks of the mail; a server that is
-- not there costs none.
ALTER TABLE mails ADD COLUMN takes bigint NOT NULL DEFAULT 0;
-- Since when it waits for its receiver's address to be put right (B-23); NULL: it does not.
ALTER TABLE mails ADD COLUMN paused_at timestamp;
-- When it was first tried, which is the date that it bears; NULL: it was not yet. One that has waited for quiet hours, or gathered what happened, is so not
-- hours old in its reader's list; and each further try bears the same.
ALTER TABLE mails ADD COLUMN dated_at timestamp;

DROP INDEX mails_due;
CREATE INDEX mails_due ON mails (rank, next_try_at, id) WHERE state IN ('waiting', 'sending') AND paused_at IS NULL;
CREATE INDEX mails_receiver ON mails (recipient, delivered_at);
-- The ledger: everything, newest first; by kind; and what is not out, which is little.
CREATE INDEX mails_ledger ON mails (created_at, id);
CREATE INDEX mails_kind ON mails (kind, created_at, id);
CREATE INDEX mails_open ON mails (state, created_at, id) WHERE state <> 'delivered';

-- Addresses that a server has refused for good; mails to them wait until somebody puts that right.
CREATE TABLE paused_addresses (
    address text NOT NULL PRIMARY KEY,
    since   timestamp NOT NULL,
    answer  text NOT NULL,
    mail_id text NOT NULL
);

-- The mail server takes nothing: one row while that is so. What waits meanwhile is not touched; one mail at a time tries whether it is over.
CREATE TABLE mail_outage (
    id       text NOT NULL PRIMARY KEY CHECK (id = 'outage'),
    since    timestamp NOT NULL,
    reason   text NOT NULL,
    answer   text NOT NULL,
    tries    bigint NOT NULL,
    next_at  timestamp NOT NULL
);
