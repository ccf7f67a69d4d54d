-- Of a declared object that is refused, whom it means; and when somebody was deactivated because their manifest had gone (B-3).

-- +goose Up

-- meant_id is what a refused object means here, or meant before it went, as far as that is known: it owns nothing of it. ended_at is when ended became
-- true; rows from before this step have updated_at for it.
ALTER TABLE declared ADD COLUMN meant_id text NOT NULL DEFAULT '';
ALTER TABLE declared ADD COLUMN ended_at timestamp;
