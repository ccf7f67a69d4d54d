-- The nightly sync with the practice's case system, and what it could not take (B-7).

-- +goose Up

-- One look at the case system. slot is 'open' while it is under way, so that there is one at a time. The place is how far reading is: which kind
-- of object, which part of it, and the cursor that the source gave for it.
CREATE TABLE sync_runs (
    id             text NOT NULL PRIMARY KEY,
    state          text NOT NULL CHECK (state IN ('waiting', 'reading', 'landing', 'closing', 'asking', 'done', 'failed')),
    slot           text CHECK (slot = 'open'),
    at_kind        text NOT NULL DEFAULT '',
    at_part        integer NOT NULL DEFAULT 0,
    at_cursor      text NOT NULL DEFAULT '',
    absent         text NOT NULL DEFAULT '',
    unreadable     bigint NOT NULL DEFAULT 0,
    reason         text NOT NULL DEFAULT '',
    detail         text NOT NULL DEFAULT '',
    tries          integer NOT NULL DEFAULT 0,
    next_at        timestamp NOT NULL,
    requested_by   text NOT NULL,
    requested_name text NOT NULL,
    read           bigint NOT NULL DEFAULT 0,
    to_land        bigint NOT NULL DEFAULT 0,
    created        bigint NOT NULL DEFAULT 0,
    changed        bigint NOT NULL DEFAULT 0,
    unchanged      bigint NOT NULL DEFAULT 0,
    failed         bigint NOT NULL DEFAULT 0,
    to_close       bigint NOT NULL DEFAULT 0,
    closed         bigint NOT NULL DEFAULT 0,
    created_at     timestamp NOT NULL,
    started_at     timestamp,
    finished_at    timestamp
);
CREATE UNIQUE INDEX sync_runs_slot ON sync_runs (slot) WHERE slot IS NOT NULL;

-- The parts that the case system gave, and what it calls the state of each (ETag): one that has not changed is not sent again. run_id is the
-- last run in which the part was so.
CREATE TABLE sync_parts (
    kind   text NOT NULL,
    number integer NOT NULL,
    cursor text NOT NULL,
    etag   text NOT NULL,
    next   text NOT NULL,
    run_id text NOT NULL,
    PRIMARY KEY (kind, number)
);

-- What the case system says of each object (said, and its hash), in which part and run it said so last, and what of it has landed here. What is
-- said and has not landed is to be done.
CREATE TABLE sync_objects (
    kind        text NOT NULL CHECK (kind IN ('client', 'case', 'member')),
    external_id text NOT NULL,
    said        text NOT NULL,
    hash        text NOT NULL,
    part        integer NOT NULL,
    run_id      text NOT NULL,
    landed      text NOT NULL DEFAULT '',
    landed_hash text NOT NULL DEFAULT '',
    object_id   text NOT NULL DEFAULT '',
    gone_at     timestamp,
    PRIMARY KEY (kind, external_id)
);
CREATE INDEX sync_objects_part ON sync_objects (kind, part);
CREATE INDEX sync_objects_to_do ON sync_objects (kind, external_id) WHERE hash <> landed_hash;

-- What did not land, and why: one row as long as that is so. hash is of what was said; ignored_hash of what somebody has said to leave.
CREATE TABLE sync_exceptions (
    id              text NOT NULL PRIMARY KEY,
    kind            text NOT NULL,
    external_id     text NOT NULL,
    case_id         text REFERENCES cases (id),
    named_id        text REFERENCES users (id),
    number          text NOT NULL DEFAULT '',
    title           text NOT NULL DEFAULT '',
    private         boolean NOT NULL DEFAULT false,
    reason          text NOT NULL,
    value           text NOT NULL DEFAULT '',
    hash            text NOT NULL,
    night           text NOT NULL,
    nights          integer NOT NULL DEFAULT 1,
    run_id          text NOT NULL,
    first_failed_at timestamp NOT NULL,
    last_failed_at  timestamp NOT NULL,
    ignored_hash    text NOT NULL DEFAULT '',
    ignored_at      timestamp,
    ignored_by      text REFERENCES users (id),
    note            text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX sync_exceptions_object ON sync_exceptions (kind, external_id);
CREATE INDEX sync_exceptions_reason ON sync_exceptions (reason, id);
CREATE INDEX sync_exceptions_case ON sync_exceptions (case_id);
CREATE INDEX sync_exceptions_named ON sync_exceptions (named_id);

-- Whom cases came to in a run, to be told once at its end of how many: by case, so that those that land at once wait for no row of one another.
CREATE TABLE sync_arrivals (
    run_id      text NOT NULL,
    external_id text NOT NULL,
    user_id     text NOT NULL REFERENCES users (id),
    PRIMARY KEY (run_id, external_id, user_id)
);
