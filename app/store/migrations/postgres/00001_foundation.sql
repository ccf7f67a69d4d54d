-- +goose Up

-- The practice itself: one row, since one deployment serves one practice (C-18).
CREATE TABLE organization (
    id               text NOT NULL PRIMARY KEY CHECK (id = 'organization'),
    name             text NOT NULL,
    tagline          text NOT NULL DEFAULT '',
    language         text NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'es', 'fr')),
    zone             text NOT NULL DEFAULT 'UTC',
    password_policy  text NOT NULL DEFAULT 'classic' CHECK (password_policy IN ('classic', 'length')),
    single_names     boolean NOT NULL DEFAULT false,
    contact          text NOT NULL DEFAULT '',
    picture_id       text,
    generation       bigint NOT NULL DEFAULT 1,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL
);

CREATE TABLE departments (
    id         text NOT NULL PRIMARY KEY,
    name       text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX departments_name ON departments (lower(name));

CREATE TABLE roles (
    id         text NOT NULL PRIMARY KEY,
    name       text NOT NULL,
    summary    text NOT NULL DEFAULT '',
    parent_id  text REFERENCES roles (id),
    super      boolean NOT NULL DEFAULT false,
    position   integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX roles_name ON roles (lower(name));

CREATE TABLE role_permissions (
    role_id    text NOT NULL REFERENCES roles (id),
    permission text NOT NULL,
    PRIMARY KEY (role_id, permission)
);

CREATE TABLE profiles (
    id         text NOT NULL PRIMARY KEY,
    name       text NOT NULL,
    summary    text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX profiles_name ON profiles (lower(name));

CREATE TABLE profile_permissions (
    profile_id text NOT NULL REFERENCES profiles (id),
    permission text NOT NULL,
    PRIMARY KEY (profile_id, permission)
);

-- The room left in each page lets a change of columns without an index stay in it and touch no index (here and in sessions).
CREATE TABLE users (
    id                text NOT NULL PRIMARY KEY,
    email             text NOT NULL CHECK (email = lower(email)),
    email_verified_at timestamptz,
    first_name        text NOT NULL,
    last_name         text NOT NULL,
    display_name      text NOT NULL DEFAULT '',
    sort_name         text NOT NULL,
    search            text NOT NULL,
    title             text NOT NULL DEFAULT '',
    cell              text NOT NULL DEFAULT '',
    cell_hidden       boolean NOT NULL DEFAULT false,
    office            text NOT NULL DEFAULT '',
    address           text NOT NULL DEFAULT '',
    bio               text NOT NULL DEFAULT '',
    language          text NOT NULL CHECK (language IN ('en', 'es', 'fr')),
    zone              text NOT NULL,
    theme             text NOT NULL DEFAULT '' CHECK (theme IN ('', 'light', 'dark')),
    status            text NOT NULL CHECK (status IN ('PENDING', 'ACTIVE', 'INACTIVE')),
    role_id           text NOT NULL REFERENCES roles (id),
    department_id     text REFERENCES departments (id),
    picture_id        text,
    last_sign_in_at   timestamptz,
    generation        bigint NOT NULL DEFAULT 1,
    observed          bigint NOT NULL DEFAULT 0,
    conditions        text NOT NULL DEFAULT '[]',
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL
) WITH (fillfactor = 85);
CREATE UNIQUE INDEX users_email ON users (email);
CREATE INDEX users_sort_name ON users (sort_name, id);
CREATE INDEX users_role ON users (role_id);
CREATE INDEX users_department ON users (department_id);

-- Every address that was ever a sign-in name, reserved for ever (S1-28, C-4).
CREATE TABLE addresses (
    address     text NOT NULL PRIMARY KEY CHECK (address = lower(address)),
    user_id     text NOT NULL REFERENCES users (id),
    created_at  timestamptz NOT NULL,
    released_at timestamptz
);
CREATE INDEX addresses_user ON addresses (user_id);

CREATE TABLE user_profiles (
    user_id    text NOT NULL REFERENCES users (id),
    profile_id text NOT NULL REFERENCES profiles (id),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, profile_id)
);
CREATE INDEX user_profiles_profile ON user_profiles (profile_id);

-- How a user proves who they are. Apart from users, so that no list or page can carry a hash by accident. failures is
-- what the last failure counted; those before failures_since count no more.
CREATE TABLE credentials (
    user_id             text NOT NULL PRIMARY KEY REFERENCES users (id),
    password_hash       text NOT NULL DEFAULT '',
    password_changed_at timestamptz,
    password_expires_at timestamptz,
    must_change         boolean NOT NULL DEFAULT false,
    failures            integer NOT NULL DEFAULT 0,
    failures_since      timestamptz,
    locked_until        timestamptz,
    updated_at          timestamptz NOT NULL
);

CREATE TABLE sessions (
    id           text NOT NULL PRIMARY KEY,
    token_hash   text NOT NULL,
    user_id      text NOT NULL REFERENCES users (id),
    method       text NOT NULL CHECK (method IN ('password', 'link', 'pin', 'passkey', 'token')),
    network      text NOT NULL,
    user_agent   text NOT NULL,
    device_hash  text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL,
    proven_at    timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    ended_why    text NOT NULL DEFAULT ''
) WITH (fillfactor = 85);
CREATE UNIQUE INDEX sessions_token ON sessions (token_hash);
CREATE INDEX sessions_user ON sessions (user_id, ended_at);
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;

-- Whoever becomes inactive is signed out for good, whichever way their status was changed: should they become active
-- again, no old session lives again (S1-12, ASVS 7.4.2). The time is the database's own.
-- +goose StatementBegin
CREATE FUNCTION deactivation_ends_sessions() RETURNS trigger AS $$
BEGIN
    UPDATE sessions SET ended_at = now(), ended_why = 'deactivated' WHERE user_id = NEW.id AND ended_at IS NULL;
    RETURN NULL;
END;
$$ LANGUAGE plpgsql;
-- +goose StatementEnd
CREATE TRIGGER users_deactivated AFTER UPDATE ON users
    FOR EACH ROW WHEN (NEW.status = 'INACTIVE') EXECUTE FUNCTION deactivation_ends_sessions();

-- One-time links, by the hash of their secret (ASVS 6.4.3).
CREATE TABLE links (
    id         text NOT NULL PRIMARY KEY,
    token_hash text NOT NULL,
    user_id    text NOT NULL REFERENCES users (id),
    purpose    text NOT NULL CHECK (purpose IN ('welcome', 'reset', 'verify', 'disown')),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE UNIQUE INDEX links_token ON links (token_hash);
CREATE INDEX links_user ON links (user_id, purpose);
CREATE INDEX links_expiry ON links (expires_at);

-- Every try to sign in: the person's history, and what limits count. An address nobody has is kept as a keyed hash.
CREATE TABLE signin_attempts (
    id         text NOT NULL PRIMARY KEY,
    user_id    text REFERENCES users (id),
    subject    text NOT NULL,
    network    text NOT NULL,
    user_agent text NOT NULL,
    method     text NOT NULL,
    outcome    text NOT NULL CHECK (outcome IN ('success', 'failure')),
    reason     text NOT NULL DEFAULT '',
    at         timestamptz NOT NULL
);
CREATE INDEX signin_attempts_user ON signin_attempts (user_id, at);
CREATE INDEX signin_attempts_network ON signin_attempts (network, at) WHERE outcome = 'failure';
CREATE INDEX signin_attempts_at ON signin_attempts (at);

-- Who did what to whom. Rows are never updated or deleted (ASVS 16.4.2).
CREATE TABLE audit (
    id          text NOT NULL PRIMARY KEY,
    at          timestamptz NOT NULL,
    actor_id    text NOT NULL,
    actor_name  text NOT NULL,
    action      text NOT NULL,
    object_kind text NOT NULL,
    object_id   text NOT NULL,
    changes     text NOT NULL DEFAULT '[]',
    network     text NOT NULL DEFAULT '',
    request_id  text NOT NULL DEFAULT ''
);
CREATE INDEX audit_object ON audit (object_kind, object_id, at);
CREATE INDEX audit_actor ON audit (actor_id, at);
-- +goose StatementBegin
CREATE FUNCTION audit_is_append_only() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION 'audit rows are never changed or deleted';
END;
$$ LANGUAGE plpgsql;
-- +goose StatementEnd
CREATE TRIGGER audit_no_update BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

-- Uploaded pictures; their sizes are objects in blob storage under the id.
CREATE TABLE pictures (
    id         text NOT NULL PRIMARY KEY,
    owner_kind text NOT NULL CHECK (owner_kind IN ('user', 'organization')),
    owner_id   text NOT NULL,
    state      text NOT NULL CHECK (state IN ('uploading', 'current', 'retired')),
    width      integer NOT NULL,
    height     integer NOT NULL,
    generation bigint NOT NULL DEFAULT 1,
    observed   bigint NOT NULL DEFAULT 0,
    conditions text NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL,
    retired_at timestamptz
);
CREATE UNIQUE INDEX pictures_one_current ON pictures (owner_kind, owner_id) WHERE state = 'current';
CREATE INDEX pictures_state ON pictures (state, created_at);
CREATE INDEX pictures_owner ON pictures (owner_kind, owner_id, created_at);

-- Mails to be sent and how far each is: at most one per send key.
CREATE TABLE mails (
    id           text NOT NULL PRIMARY KEY,
    send_key     text NOT NULL,
    kind         text NOT NULL,
    user_id      text REFERENCES users (id),
    recipient    text NOT NULL,
    language     text NOT NULL,
    zone         text NOT NULL,
    data         text NOT NULL DEFAULT '{}',
    state        text NOT NULL CHECK (state IN ('waiting', 'sending', 'delivered', 'failed', 'stopped')),
    tries        integer NOT NULL DEFAULT 0,
    next_try_at  timestamptz NOT NULL,
    not_after    timestamptz NOT NULL,
    answer       text NOT NULL DEFAULT '',
    generation   bigint NOT NULL DEFAULT 1,
    observed     bigint NOT NULL DEFAULT 0,
    conditions   text NOT NULL DEFAULT '[]',
    created_at   timestamptz NOT NULL,
    delivered_at timestamptz
);
CREATE UNIQUE INDEX mails_send_key ON mails (send_key);
CREATE INDEX mails_due ON mails (next_try_at) WHERE state IN ('waiting', 'sending');
CREATE INDEX mails_user ON mails (user_id, created_at);

-- Scheduled work: the unique row makes one run of many replicas' clocks.
CREATE TABLE runs (
    id          text NOT NULL PRIMARY KEY,
    job         text NOT NULL,
    due_at      timestamptz NOT NULL,
    state       text NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed')),
    tries       integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL,
    done        bigint NOT NULL DEFAULT 0,
    total       bigint NOT NULL DEFAULT 0,
    result      text NOT NULL DEFAULT '',
    generation  bigint NOT NULL DEFAULT 1,
    observed    bigint NOT NULL DEFAULT 0,
    conditions  text NOT NULL DEFAULT '[]',
    created_at  timestamptz NOT NULL,
    started_at  timestamptz,
    finished_at timestamptz
);
CREATE UNIQUE INDEX runs_once ON runs (job, due_at);
CREATE INDEX runs_due ON runs (next_try_at) WHERE state IN ('waiting', 'running');

CREATE TABLE leases (
    name       text NOT NULL PRIMARY KEY,
    holder     text NOT NULL,
    term       bigint NOT NULL,
    expires_at timestamptz NOT NULL
);

-- Which state of the practice this is: what changes rarely and every request needs (its name, departments, roles, profiles,
-- and what these grant). Whoever keeps that in memory keeps this mark with it and compares it with every request. Every
-- change makes a new one, statement by statement, by whatever road it comes; a mark is never used twice, so that no roll-back and no restored
-- backup can pass for a state that was read before.
CREATE TABLE practice_version (
    id      text NOT NULL PRIMARY KEY CHECK (id = 'practice'),
    version text NOT NULL
);
INSERT INTO practice_version (id, version) VALUES ('practice', gen_random_uuid()::text);
-- +goose StatementBegin
CREATE FUNCTION practice_new_version() RETURNS trigger AS $$
BEGIN
    UPDATE practice_version SET version = gen_random_uuid()::text;
    RETURN NULL;
END;
$$ LANGUAGE plpgsql;
-- +goose StatementEnd
CREATE TRIGGER organization_new_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON organization
    FOR EACH STATEMENT EXECUTE FUNCTION practice_new_version();
CREATE TRIGGER departments_new_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON departments
    FOR EACH STATEMENT EXECUTE FUNCTION practice_new_version();
CREATE TRIGGER roles_new_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON roles
    FOR EACH STATEMENT EXECUTE FUNCTION practice_new_version();
CREATE TRIGGER role_permissions_new_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON role_permissions
    FOR EACH STATEMENT EXECUTE FUNCTION practice_new_version();
CREATE TRIGGER profiles_new_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON profiles
    FOR EACH STATEMENT EXECUTE FUNCTION practice_new_version();
CREATE TRIGGER profile_permissions_new_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON profile_permissions
    FOR EACH STATEMENT EXECUTE FUNCTION practice_new_version();
