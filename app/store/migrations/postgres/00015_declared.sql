-- What manifests declare, and which fields are theirs (B-3).

-- +goose Up

-- One object that one source has declared. What it is here (object_id) has one owner: then fields, by spaces, are what the manifest states
-- of it and nobody else changes. A row is written when something about it changes, and not when it is merely seen again. ended:
-- the manifest went and its person was deactivated for that; one that comes back takes them up again.
CREATE TABLE declared (
    id         text NOT NULL PRIMARY KEY,
    source     text NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('organization', 'department', 'profile', 'role', 'user')),
    name       text NOT NULL,
    object_id  text,
    fields     text NOT NULL DEFAULT '',
    digest     text NOT NULL,
    state      text NOT NULL CHECK (state IN ('applied', 'refused', 'paused', 'leaving', 'released')),
    reasons    text NOT NULL DEFAULT '',
    paused_by  text NOT NULL DEFAULT '',
    seeded_at  timestamptz,
    ended      boolean NOT NULL DEFAULT false,
    drift      text NOT NULL DEFAULT '',
    drifted_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX declared_name ON declared (source, kind, name);
CREATE UNIQUE INDEX declared_object ON declared (kind, object_id) WHERE state <> 'released';

-- A source whose set cannot be read, and why: nothing of it is applied meanwhile. Or one from which more people (leaving, of whole) have gone than may leave
-- unasked: nothing that has gone is removed meanwhile. Written when either changes.
CREATE TABLE declared_sources (
    source   text NOT NULL PRIMARY KEY,
    problems text NOT NULL DEFAULT '',
    leaving  integer NOT NULL DEFAULT 0,
    whole    integer NOT NULL DEFAULT 0,
    since    timestamptz NOT NULL
);
