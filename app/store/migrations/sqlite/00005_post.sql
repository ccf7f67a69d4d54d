-- The post: what is urgent goes before what may wait.

-- +goose Up

-- 0: somebody waits for it (links, PINs, security); 1: what happens in cases; 2: what comes daily.
ALTER TABLE mails ADD COLUMN rank smallint NOT NULL DEFAULT 0;
DROP INDEX mails_due;
CREATE INDEX mails_due ON mails (rank, next_try_at, id) WHERE state IN ('waiting', 'sending');
