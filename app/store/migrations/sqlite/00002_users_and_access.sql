-- +goose Up

-- What administrators may set of the practice. NULL leaves a time to the operator's setting. allow_ says which ways to
-- give someone a new password are offered (C-14); lock_all makes a lock hold for every way in (C-15). Accounts unused
-- for dormant_days are shown, and with dormant_action also warned or deactivated (B-18); 0 days: none are dormant.
ALTER TABLE organization ADD COLUMN address text NOT NULL DEFAULT '';
ALTER TABLE organization ADD COLUMN idle_minutes integer CHECK (idle_minutes BETWEEN 5 AND 10080);
ALTER TABLE organization ADD COLUMN lifetime_hours integer CHECK (lifetime_hours BETWEEN 1 AND 2160);
ALTER TABLE organization ADD COLUMN lock_tries integer NOT NULL DEFAULT 10 CHECK (lock_tries BETWEEN 3 AND 50);
ALTER TABLE organization ADD COLUMN lock_minutes integer NOT NULL DEFAULT 15 CHECK (lock_minutes BETWEEN 1 AND 1440);
ALTER TABLE organization ADD COLUMN lock_all boolean NOT NULL DEFAULT false;
ALTER TABLE organization ADD COLUMN invitation_days integer NOT NULL DEFAULT 7 CHECK (invitation_days BETWEEN 1 AND 30);
ALTER TABLE organization ADD COLUMN allow_mailed_password boolean NOT NULL DEFAULT true;
ALTER TABLE organization ADD COLUMN allow_typed_password boolean NOT NULL DEFAULT true;
ALTER TABLE organization ADD COLUMN dormant_days integer NOT NULL DEFAULT 90 CHECK (dormant_days BETWEEN 0 AND 1000);
ALTER TABLE organization ADD COLUMN dormant_action text NOT NULL DEFAULT 'show' CHECK (dormant_action IN ('show', 'warn', 'deactivate'));

ALTER TABLE departments ADD COLUMN generation bigint NOT NULL DEFAULT 1;
ALTER TABLE roles ADD COLUMN generation bigint NOT NULL DEFAULT 1;
ALTER TABLE profiles ADD COLUMN generation bigint NOT NULL DEFAULT 1;

-- A profile may hang on a role (V-2): everyone of the role has it.
CREATE TABLE role_profiles (
    role_id    text NOT NULL REFERENCES roles (id),
    profile_id text NOT NULL REFERENCES profiles (id),
    PRIMARY KEY (role_id, profile_id)
);
CREATE INDEX role_profiles_profile ON role_profiles (profile_id);

-- The permissions whose part the base roles have been given: each once, by the first program that knows it (access's
-- Seed), so that what the practice changes after stays. A practice from before this migration knows those of its time.
CREATE TABLE permissions (
    name text NOT NULL PRIMARY KEY
);
INSERT INTO permissions (name) VALUES
    ('users.view'), ('users.create'), ('users.edit'), ('users.deactivate'), ('roles.view'), ('roles.edit'),
    ('departments.edit'), ('organization.edit'), ('system.view'), ('cases.view'), ('cases.view-all'), ('cases.create'),
    ('cases.edit'), ('cases.reassign'), ('messages.view'), ('messages.send'), ('appointments.view'), ('appointments.edit'),
    ('invoices.view'), ('invoices.edit'), ('payments.view'), ('payments.record');
DELETE FROM permissions WHERE NOT EXISTS (SELECT 1 FROM roles);

-- The job titles there are (C-11). users.title holds the name; a title that is renamed is renamed there too.
CREATE TABLE titles (
    id         text NOT NULL PRIMARY KEY,
    name       text NOT NULL,
    generation bigint NOT NULL DEFAULT 1,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
);
CREATE UNIQUE INDEX titles_name ON titles (lower(name));
-- The titles people have are the first of the list; of two that differ in case alone one is taken.
INSERT INTO titles (id, name, created_at, updated_at)
    SELECT lower(hex(randomblob(16))), min(title), strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), strftime('%Y-%m-%dT%H:%M:%f000Z', 'now') FROM users WHERE title <> '' GROUP BY lower(title);
UPDATE users SET title = (SELECT name FROM titles WHERE lower(name) = lower(users.title))
    WHERE title <> '' AND title <> (SELECT name FROM titles WHERE lower(name) = lower(users.title));

-- A credential counts only while its epoch is its user's (B-2): to raise that ends them all at once, whichever way.
ALTER TABLE users ADD COLUMN epoch bigint NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN left_at timestamp;
ALTER TABLE sessions ADD COLUMN epoch bigint NOT NULL DEFAULT 0;
ALTER TABLE links ADD COLUMN epoch bigint NOT NULL DEFAULT 0;
-- The address that a link proves ("" for links that prove none), and who had it sent.
ALTER TABLE links ADD COLUMN address text NOT NULL DEFAULT '';
ALTER TABLE links ADD COLUMN created_by text NOT NULL DEFAULT '';

-- The address that a change waits for is kept for it until then, and for nobody else; once it counts, held_until is NULL
-- and the address stays reserved for ever (S1-28, C-4).
ALTER TABLE addresses ADD COLUMN held_until timestamp;
CREATE INDEX addresses_held ON addresses (held_until) WHERE held_until IS NOT NULL;

-- What people tell clients of themselves (C-10), beside the bio that coworkers read.
ALTER TABLE users ADD COLUMN client_bio text NOT NULL DEFAULT '';

-- What the list of users is ordered and filtered by. Each order is an index with all that the list is filtered by, so that
-- whoever is left out is passed over without being read.
DROP INDEX users_sort_name;
DROP INDEX users_role;
DROP INDEX users_department;
CREATE INDEX users_sort_name ON users (sort_name, id, status, role_id, department_id);
CREATE INDEX users_address ON users (email, id, status, role_id, department_id);
CREATE INDEX users_last_sign_in ON users (COALESCE(last_sign_in_at, ''), id, status, role_id, department_id);
CREATE INDEX users_created ON users (created_at, id, status, role_id, department_id);
CREATE INDEX users_role ON users (role_id, sort_name, id, status, department_id);
CREATE INDEX users_department ON users (department_id, sort_name, id, status, role_id);
CREATE INDEX users_status ON users (status, sort_name, id, role_id, department_id);
CREATE INDEX users_title ON users (title, sort_name, id, status, role_id, department_id);
CREATE INDEX credentials_locked ON credentials (locked_until) WHERE locked_until IS NOT NULL;
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_action ON audit (action, at);

-- Clients, their cases, and who works on them besides the owner.
CREATE TABLE clients (
    id         text NOT NULL PRIMARY KEY,
    name       text NOT NULL,
    email      text NOT NULL DEFAULT '',
    phone      text NOT NULL DEFAULT '',
    language   text NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'es', 'fr')),
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
);
CREATE TABLE cases (
    id            text NOT NULL PRIMARY KEY,
    number        text NOT NULL,
    title         text NOT NULL,
    client_id     text NOT NULL REFERENCES clients (id),
    stage         text NOT NULL DEFAULT '',
    status        text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'closed')),
    private       boolean NOT NULL DEFAULT false,
    owner_id      text REFERENCES users (id),
    department_id text REFERENCES departments (id),
    opened_at     timestamp NOT NULL,
    closed_at     timestamp,
    generation    bigint NOT NULL DEFAULT 1,
    created_at    timestamp NOT NULL,
    updated_at    timestamp NOT NULL,
    CONSTRAINT cases_open_owner CHECK (status = 'closed' OR owner_id IS NOT NULL)
);
CREATE UNIQUE INDEX cases_number ON cases (lower(number));
CREATE INDEX cases_owner ON cases (owner_id, status, number);
CREATE INDEX cases_client ON cases (client_id);
CREATE TABLE case_members (
    case_id    text NOT NULL REFERENCES cases (id),
    user_id    text NOT NULL REFERENCES users (id),
    created_at timestamp NOT NULL,
    PRIMARY KEY (case_id, user_id)
);
CREATE INDEX case_members_user ON case_members (user_id);

-- A person's leaving: when, who takes over what, how far it is, and the receipt (B-1). At most one is open.
CREATE TABLE departures (
    id             text NOT NULL PRIMARY KEY,
    user_id        text NOT NULL REFERENCES users (id),
    state          text NOT NULL CHECK (state IN ('planned', 'working', 'blocked', 'done', 'cancelled')),
    due_at         timestamp NOT NULL,
    reason         text NOT NULL DEFAULT '',
    plan           text NOT NULL DEFAULT '{}',
    receipt        text NOT NULL DEFAULT '{}',
    done           bigint NOT NULL DEFAULT 0,
    total          bigint NOT NULL DEFAULT 0,
    requested_by   text NOT NULL,
    requested_name text NOT NULL,
    generation     bigint NOT NULL DEFAULT 1,
    observed       bigint NOT NULL DEFAULT 0,
    conditions     text NOT NULL DEFAULT '[]',
    created_at     timestamp NOT NULL,
    started_at     timestamp,
    finished_at    timestamp
);
CREATE UNIQUE INDEX departures_one_open ON departures (user_id) WHERE state IN ('planned', 'working', 'blocked');
CREATE INDEX departures_user ON departures (user_id, created_at);
CREATE INDEX departures_due ON departures (due_at) WHERE state IN ('planned', 'working', 'blocked');

-- Long work that a person asked for is a run too, due at once: its input, who asked, and what became of each row.
ALTER TABLE runs ADD COLUMN requested_by text NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN requested_name text NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN input text NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN requested_from text NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN failed bigint NOT NULL DEFAULT 0;
CREATE INDEX runs_requested ON runs (requested_by, created_at) WHERE requested_by <> '';
CREATE TABLE run_items (
    run_id    text NOT NULL REFERENCES runs (id),
    place     integer NOT NULL,
    object_id text NOT NULL DEFAULT '',
    label     text NOT NULL DEFAULT '',
    state     text NOT NULL CHECK (state IN ('waiting', 'done', 'same', 'refused')),
    message   text NOT NULL DEFAULT '',
    input     text NOT NULL DEFAULT '',
    PRIMARY KEY (run_id, place)
);
CREATE INDEX run_items_state ON run_items (run_id, state, place);
-- What waits for a yes: an uploaded file, between being shown what would come of it and being asked for. Kept an hour.
CREATE TABLE drafts (
    id           text NOT NULL PRIMARY KEY,
    kind         text NOT NULL,
    content      text NOT NULL,
    requested_by text NOT NULL,
    created_at   timestamp NOT NULL
);
CREATE INDEX drafts_created ON drafts (created_at);

CREATE TRIGGER role_profiles_new_version_insert AFTER INSERT ON role_profiles BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
CREATE TRIGGER role_profiles_new_version_update AFTER UPDATE ON role_profiles BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
CREATE TRIGGER role_profiles_new_version_delete AFTER DELETE ON role_profiles BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
-- What must never break, whichever way a row is written: SQL by hand included.
-- +goose StatementBegin
CREATE TRIGGER users_last_super_admin BEFORE UPDATE OF status, role_id ON users
WHEN OLD.status = 'ACTIVE' AND (SELECT super FROM roles WHERE id = OLD.role_id)
    AND NOT (NEW.status = 'ACTIVE' AND (SELECT super FROM roles WHERE id = NEW.role_id))
    AND NOT EXISTS (SELECT 1 FROM users u JOIN roles r ON r.id = u.role_id WHERE r.super AND u.status = 'ACTIVE' AND u.id <> OLD.id)
BEGIN
    SELECT RAISE(ABORT, 'users_last_super_admin');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER users_no_delete BEFORE DELETE ON users
BEGIN
    SELECT RAISE(ABORT, 'users_no_delete');
END;
-- +goose StatementEnd
-- OR REPLACE deletes the row in its way without asking the delete trigger, whichever of its keys that is.
-- +goose StatementBegin
CREATE TRIGGER users_no_replace BEFORE INSERT ON users
BEGIN
    SELECT RAISE(ABORT, 'users_no_delete') WHERE EXISTS (SELECT 1 FROM users WHERE id = NEW.id OR rowid = NEW.rowid);
    SELECT RAISE(ABORT, 'users_email') WHERE EXISTS (SELECT 1 FROM users WHERE email = NEW.email);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER users_no_replace_by_update BEFORE UPDATE OF id, email ON users
BEGIN
    SELECT RAISE(ABORT, 'users_no_delete') WHERE NEW.id <> OLD.id;
    SELECT RAISE(ABORT, 'users_email') WHERE EXISTS (SELECT 1 FROM users WHERE email = NEW.email AND id <> OLD.id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER addresses_stay BEFORE DELETE ON addresses WHEN OLD.held_until IS NULL
BEGIN
    SELECT RAISE(ABORT, 'addresses_stay');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER addresses_stay_with_whom BEFORE UPDATE OF address, user_id, held_until ON addresses
WHEN NEW.address <> OLD.address OR OLD.held_until IS NULL AND (NEW.user_id <> OLD.user_id OR NEW.held_until IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'addresses_stay');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER addresses_no_replace BEFORE INSERT ON addresses
WHEN EXISTS (SELECT 1 FROM addresses WHERE address = NEW.address OR rowid = NEW.rowid)
BEGIN
    SELECT RAISE(ABORT, 'addresses_pkey');
END;
-- +goose StatementEnd
-- Base roles stay, and so does any that people or other roles build on, also where foreign keys are not enforced.
-- +goose StatementBegin
CREATE TRIGGER roles_stay BEFORE DELETE ON roles
BEGIN
    SELECT RAISE(ABORT, 'roles_stay') WHERE OLD.super OR OLD.id IN ('super-admin', 'administrator', 'manager', 'consultant', 'paralegal', 'accountant', 'support', 'viewer');
    SELECT RAISE(ABORT, 'users_role_id_fkey') WHERE EXISTS (SELECT 1 FROM users WHERE role_id = OLD.id);
    SELECT RAISE(ABORT, 'roles_parent_id_fkey') WHERE EXISTS (SELECT 1 FROM roles WHERE parent_id = OLD.id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER roles_no_replace BEFORE INSERT ON roles
BEGIN
    SELECT RAISE(ABORT, 'roles_stay') WHERE EXISTS (SELECT 1 FROM roles WHERE id = NEW.id OR rowid = NEW.rowid);
    SELECT RAISE(ABORT, 'roles_name') WHERE EXISTS (SELECT 1 FROM roles WHERE lower(name) = lower(NEW.name));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER roles_no_replace_by_update BEFORE UPDATE OF id, name ON roles
BEGIN
    SELECT RAISE(ABORT, 'roles_stay') WHERE NEW.id <> OLD.id;
    SELECT RAISE(ABORT, 'roles_name') WHERE EXISTS (SELECT 1 FROM roles WHERE lower(name) = lower(NEW.name) AND id <> OLD.id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER roles_super_stays BEFORE UPDATE OF super ON roles WHEN NEW.super <> OLD.super
BEGIN
    SELECT RAISE(ABORT, 'roles_super_stays');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER users_deactivated_epoch AFTER UPDATE OF status ON users WHEN NEW.status = 'INACTIVE' AND OLD.status <> 'INACTIVE'
BEGIN
    UPDATE users SET epoch = epoch + 1 WHERE id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER users_deactivated_owner BEFORE UPDATE OF status ON users
WHEN NEW.status = 'INACTIVE' AND EXISTS (SELECT 1 FROM cases WHERE owner_id = NEW.id AND status = 'open')
BEGIN
    SELECT RAISE(ABORT, 'cases_open_owner');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_inserted_owner BEFORE INSERT ON cases
WHEN NEW.status = 'open' AND NOT EXISTS (SELECT 1 FROM users WHERE id = NEW.owner_id AND status <> 'INACTIVE')
BEGIN
    SELECT RAISE(ABORT, 'cases_open_owner');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_updated_owner BEFORE UPDATE OF owner_id, status ON cases
WHEN NEW.status = 'open' AND NOT EXISTS (SELECT 1 FROM users WHERE id = NEW.owner_id AND status <> 'INACTIVE')
BEGIN
    SELECT RAISE(ABORT, 'cases_open_owner');
END;
-- +goose StatementEnd

-- Search by any part of a word, from three letters on, and by the two that a word begins with: the text begins with a space,
-- as each of its words does. It stands in a table of its own, since VACUUM may give users new rowids, which the index holds.
CREATE TABLE user_words (
    n       integer NOT NULL PRIMARY KEY,
    user_id text NOT NULL REFERENCES users (id),
    search  text NOT NULL
);
CREATE UNIQUE INDEX user_words_user ON user_words (user_id);
CREATE VIRTUAL TABLE users_search USING fts5 (search, content = 'user_words', content_rowid = 'n', tokenize = 'trigram case_sensitive 1');
INSERT INTO user_words (user_id, search) SELECT id, ' ' || search FROM users;
INSERT INTO users_search (rowid, search) SELECT n, search FROM user_words;
-- +goose StatementBegin
CREATE TRIGGER users_words_insert AFTER INSERT ON users
BEGIN
    INSERT INTO user_words (user_id, search) VALUES (NEW.id, ' ' || NEW.search);
    INSERT INTO users_search (rowid, search) SELECT n, search FROM user_words WHERE user_id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER users_words_update AFTER UPDATE OF search ON users WHEN NEW.search <> OLD.search
BEGIN
    INSERT INTO users_search (users_search, rowid, search) SELECT 'delete', n, search FROM user_words WHERE user_id = NEW.id;
    UPDATE user_words SET search = ' ' || NEW.search WHERE user_id = NEW.id;
    INSERT INTO users_search (rowid, search) SELECT n, search FROM user_words WHERE user_id = NEW.id;
END;
-- +goose StatementEnd
