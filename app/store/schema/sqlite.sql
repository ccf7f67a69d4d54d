-- Made by go test ./app/store -run Schema -update; to be read, never to be run.

CREATE TABLE addresses (
    address     text NOT NULL PRIMARY KEY CHECK (address = lower(address)),
    user_id     text NOT NULL REFERENCES users (id),
    created_at  timestamp NOT NULL,
    released_at timestamp
);
CREATE INDEX addresses_user ON addresses (user_id);

CREATE TABLE audit (
    id          text NOT NULL PRIMARY KEY,
    at          timestamp NOT NULL,
    actor_id    text NOT NULL,
    actor_name  text NOT NULL,
    action      text NOT NULL,
    object_kind text NOT NULL,
    object_id   text NOT NULL,
    changes     text NOT NULL DEFAULT '[]',
    network     text NOT NULL DEFAULT '',
    request_id  text NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX audit_actor ON audit (actor_id, at);
CREATE INDEX audit_object ON audit (object_kind, object_id, at);
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit rows are never changed or deleted');
END;
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'audit rows are never changed or deleted');
END;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit rows are never changed or deleted');
END;

CREATE TABLE credentials (
    user_id             text NOT NULL PRIMARY KEY REFERENCES users (id),
    password_hash       text NOT NULL DEFAULT '',
    password_changed_at timestamp,
    password_expires_at timestamp,
    must_change         boolean NOT NULL DEFAULT false,
    failures            integer NOT NULL DEFAULT 0,
    failures_since      timestamp,
    locked_until        timestamp,
    updated_at          timestamp NOT NULL
);

CREATE TABLE departments (
    id         text NOT NULL PRIMARY KEY,
    name       text NOT NULL,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
);
CREATE UNIQUE INDEX departments_name ON departments (lower(name));
CREATE TRIGGER departments_new_version_delete AFTER DELETE ON departments BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
CREATE TRIGGER departments_new_version_insert AFTER INSERT ON departments BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
CREATE TRIGGER departments_new_version_update AFTER UPDATE ON departments BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;

CREATE TABLE leases (
    name       text NOT NULL PRIMARY KEY,
    holder     text NOT NULL,
    term       bigint NOT NULL,
    expires_at timestamp NOT NULL
);

CREATE TABLE links (
    id         text NOT NULL PRIMARY KEY,
    token_hash text NOT NULL,
    user_id    text NOT NULL REFERENCES users (id),
    purpose    text NOT NULL CHECK (purpose IN ('welcome', 'reset', 'verify', 'disown')),
    created_at timestamp NOT NULL,
    expires_at timestamp NOT NULL,
    used_at    timestamp
);
CREATE INDEX links_expiry ON links (expires_at);
CREATE UNIQUE INDEX links_token ON links (token_hash);
CREATE INDEX links_user ON links (user_id, purpose);

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
    next_try_at  timestamp NOT NULL,
    not_after    timestamp NOT NULL,
    answer       text NOT NULL DEFAULT '',
    generation   bigint NOT NULL DEFAULT 1,
    observed     bigint NOT NULL DEFAULT 0,
    conditions   text NOT NULL DEFAULT '[]',
    created_at   timestamp NOT NULL,
    delivered_at timestamp
);
CREATE INDEX mails_due ON mails (next_try_at) WHERE state IN ('waiting', 'sending');
CREATE UNIQUE INDEX mails_send_key ON mails (send_key);
CREATE INDEX mails_user ON mails (user_id, created_at);

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
    created_at       timestamp NOT NULL,
    updated_at       timestamp NOT NULL
);
CREATE TRIGGER organization_new_version_delete AFTER DELETE ON organization BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
CREATE TRIGGER organization_new_version_insert AFTER INSERT ON organization BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
CREATE TRIGGER organization_new_version_update AFTER UPDATE ON organization BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;

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
    created_at timestamp NOT NULL,
    retired_at timestamp
);
CREATE UNIQUE INDEX pictures_one_current ON pictures (owner_kind, owner_id) WHERE state = 'current';
CREATE INDEX pictures_owner ON pictures (owner_kind, owner_id, created_at);
CREATE INDEX pictures_state ON pictures (state, created_at);

CREATE TABLE practice_version (
    id      text NOT NULL PRIMARY KEY CHECK (id = 'practice'),
    version text NOT NULL
);

CREATE TABLE profile_permissions (
    profile_id text NOT NULL REFERENCES profiles (id),
    permission text NOT NULL,
    PRIMARY KEY (profile_id, permission)
);
CREATE TRIGGER profile_permissions_new_version_delete AFTER DELETE ON profile_permissions BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
CREATE TRIGGER profile_permissions_new_version_insert AFTER INSERT ON profile_permissions BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
CREATE TRIGGER profile_permissions_new_version_update AFTER UPDATE ON profile_permissions BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;

CREATE TABLE profiles (
    id         text NOT NULL PRIMARY KEY,
    name       text NOT NULL,
    summary    text NOT NULL DEFAULT '',
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
);
CREATE UNIQUE INDEX profiles_name ON profiles (lower(name));
CREATE TRIGGER profiles_new_version_delete AFTER DELETE ON profiles BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
CREATE TRIGGER profiles_new_version_insert AFTER INSERT ON profiles BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
CREATE TRIGGER profiles_new_version_update AFTER UPDATE ON profiles BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;

CREATE TABLE role_permissions (
    role_id    text NOT NULL REFERENCES roles (id),
    permission text NOT NULL,
    PRIMARY KEY (role_id, permission)
);
CREATE TRIGGER role_permissions_new_version_delete AFTER DELETE ON role_permissions BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
CREATE TRIGGER role_permissions_new_version_insert AFTER INSERT ON role_permissions BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
CREATE TRIGGER role_permissions_new_version_update AFTER UPDATE ON role_permissions BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;

CREATE TABLE roles (
    id         text NOT NULL PRIMARY KEY,
    name       text NOT NULL,
    summary    text NOT NULL DEFAULT '',
    parent_id  text REFERENCES roles (id),
    super      boolean NOT NULL DEFAULT false,
    position   integer NOT NULL DEFAULT 0,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
);
CREATE UNIQUE INDEX roles_name ON roles (lower(name));
CREATE TRIGGER roles_new_version_delete AFTER DELETE ON roles BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
CREATE TRIGGER roles_new_version_insert AFTER INSERT ON roles BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
CREATE TRIGGER roles_new_version_update AFTER UPDATE ON roles BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;

CREATE TABLE runs (
    id          text NOT NULL PRIMARY KEY,
    job         text NOT NULL,
    due_at      timestamp NOT NULL,
    state       text NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed')),
    tries       integer NOT NULL DEFAULT 0,
    next_try_at timestamp NOT NULL,
    done        bigint NOT NULL DEFAULT 0,
    total       bigint NOT NULL DEFAULT 0,
    result      text NOT NULL DEFAULT '',
    generation  bigint NOT NULL DEFAULT 1,
    observed    bigint NOT NULL DEFAULT 0,
    conditions  text NOT NULL DEFAULT '[]',
    created_at  timestamp NOT NULL,
    started_at  timestamp,
    finished_at timestamp
);
CREATE INDEX runs_due ON runs (next_try_at) WHERE state IN ('waiting', 'running');
CREATE UNIQUE INDEX runs_once ON runs (job, due_at);

CREATE TABLE sessions (
    id           text NOT NULL PRIMARY KEY,
    token_hash   text NOT NULL,
    user_id      text NOT NULL REFERENCES users (id),
    method       text NOT NULL CHECK (method IN ('password', 'link', 'pin', 'passkey', 'token')),
    network      text NOT NULL,
    user_agent   text NOT NULL,
    device_hash  text NOT NULL DEFAULT '',
    created_at   timestamp NOT NULL,
    proven_at    timestamp NOT NULL,
    last_seen_at timestamp NOT NULL,
    expires_at   timestamp NOT NULL,
    ended_at     timestamp,
    ended_why    text NOT NULL DEFAULT ''
);
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;
CREATE UNIQUE INDEX sessions_token ON sessions (token_hash);
CREATE INDEX sessions_user ON sessions (user_id, ended_at);

CREATE TABLE signin_attempts (
    id         text NOT NULL PRIMARY KEY,
    user_id    text REFERENCES users (id),
    subject    text NOT NULL,
    network    text NOT NULL,
    user_agent text NOT NULL,
    method     text NOT NULL,
    outcome    text NOT NULL CHECK (outcome IN ('success', 'failure')),
    reason     text NOT NULL DEFAULT '',
    at         timestamp NOT NULL
);
CREATE INDEX signin_attempts_at ON signin_attempts (at);
CREATE INDEX signin_attempts_network ON signin_attempts (network, at) WHERE outcome = 'failure';
CREATE INDEX signin_attempts_user ON signin_attempts (user_id, at);

CREATE TABLE user_profiles (
    user_id    text NOT NULL REFERENCES users (id),
    profile_id text NOT NULL REFERENCES profiles (id),
    created_at timestamp NOT NULL,
    PRIMARY KEY (user_id, profile_id)
);
CREATE INDEX user_profiles_profile ON user_profiles (profile_id);

CREATE TABLE users (
    id                text NOT NULL PRIMARY KEY,
    email             text NOT NULL CHECK (email = lower(email)),
    email_verified_at timestamp,
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
    last_sign_in_at   timestamp,
    generation        bigint NOT NULL DEFAULT 1,
    observed          bigint NOT NULL DEFAULT 0,
    conditions        text NOT NULL DEFAULT '[]',
    created_at        timestamp NOT NULL,
    updated_at        timestamp NOT NULL
);
CREATE INDEX users_department ON users (department_id);
CREATE UNIQUE INDEX users_email ON users (email);
CREATE INDEX users_role ON users (role_id);
CREATE INDEX users_sort_name ON users (sort_name, id);
CREATE TRIGGER users_deactivated AFTER UPDATE ON users WHEN NEW.status = 'INACTIVE'
BEGIN
    UPDATE sessions SET ended_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), ended_why = 'deactivated' WHERE user_id = NEW.id AND ended_at IS NULL;
END;
