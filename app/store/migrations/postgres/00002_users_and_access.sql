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
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX titles_name ON titles (lower(name));
-- The titles people have are the first of the list; of two that differ in case alone one is taken.
INSERT INTO titles (id, name, created_at, updated_at)
    SELECT gen_random_uuid()::text, min(title), now(), now() FROM users WHERE title <> '' GROUP BY lower(title);
UPDATE users SET title = (SELECT name FROM titles WHERE lower(name) = lower(users.title))
    WHERE title <> '' AND title <> (SELECT name FROM titles WHERE lower(name) = lower(users.title));

-- A credential counts only while its epoch is its user's (B-2): to raise that ends them all at once, whichever way.
ALTER TABLE users ADD COLUMN epoch bigint NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN left_at timestamptz;
ALTER TABLE sessions ADD COLUMN epoch bigint NOT NULL DEFAULT 0;
ALTER TABLE links ADD COLUMN epoch bigint NOT NULL DEFAULT 0;
-- The address that a link proves ("" for links that prove none), and who had it sent.
ALTER TABLE links ADD COLUMN address text NOT NULL DEFAULT '';
ALTER TABLE links ADD COLUMN created_by text NOT NULL DEFAULT '';

-- The address that a change waits for is kept for it until then, and for nobody else; once it counts, held_until is NULL
-- and the address stays reserved for ever (S1-28, C-4).
ALTER TABLE addresses ADD COLUMN held_until timestamptz;
CREATE INDEX addresses_held ON addresses (held_until) WHERE held_until IS NOT NULL;

-- What people tell clients of themselves (C-10), beside the bio that coworkers read.
ALTER TABLE users ADD COLUMN client_bio text NOT NULL DEFAULT '';

-- What the list of users is ordered and filtered by. Each order is an index with all that the list is filtered by, so that
-- whoever is left out is passed over without being read.
-- Folded names have an order of their own, the same in both databases, whatever the server's language is.
ALTER TABLE users ALTER COLUMN sort_name TYPE text COLLATE "C";
DROP INDEX users_sort_name;
DROP INDEX users_role;
DROP INDEX users_department;
CREATE INDEX users_sort_name ON users (sort_name, id, status, role_id, department_id);
CREATE INDEX users_address ON users (email, id, status, role_id, department_id);
CREATE INDEX users_last_sign_in ON users (COALESCE(last_sign_in_at, '-infinity'), id, status, role_id, department_id);
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
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
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
    opened_at     timestamptz NOT NULL,
    closed_at     timestamptz,
    generation    bigint NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    CONSTRAINT cases_open_owner CHECK (status = 'closed' OR owner_id IS NOT NULL)
);
CREATE UNIQUE INDEX cases_number ON cases (lower(number));
CREATE INDEX cases_owner ON cases (owner_id, status, number);
CREATE INDEX cases_client ON cases (client_id);
CREATE TABLE case_members (
    case_id    text NOT NULL REFERENCES cases (id),
    user_id    text NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (case_id, user_id)
);
CREATE INDEX case_members_user ON case_members (user_id);

-- A person's leaving: when, who takes over what, how far it is, and the receipt (B-1). At most one is open.
CREATE TABLE departures (
    id             text NOT NULL PRIMARY KEY,
    user_id        text NOT NULL REFERENCES users (id),
    state          text NOT NULL CHECK (state IN ('planned', 'working', 'blocked', 'done', 'cancelled')),
    due_at         timestamptz NOT NULL,
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
    created_at     timestamptz NOT NULL,
    started_at     timestamptz,
    finished_at    timestamptz
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
    created_at   timestamptz NOT NULL
);
CREATE INDEX drafts_created ON drafts (created_at);

CREATE TRIGGER role_profiles_new_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON role_profiles
    FOR EACH STATEMENT EXECUTE FUNCTION practice_new_version();
-- What must never break, whichever way a row is written: SQL by hand included. A function that looks at other rows
-- locks them first, so that of two at once the second sees what the first has done.
-- +goose StatementBegin
CREATE FUNCTION keep_a_super_admin() RETURNS trigger AS $$
BEGIN
    IF OLD.status = 'ACTIVE' AND (SELECT super FROM roles WHERE id = OLD.role_id)
        AND NOT (NEW.status = 'ACTIVE' AND (SELECT super FROM roles WHERE id = NEW.role_id)) THEN
        -- Written, not only locked: a transaction that reads an older state (REPEATABLE READ) then fails instead of
        -- finding someone who is none any more.
        UPDATE roles SET super = super WHERE super;
        IF NOT EXISTS (SELECT 1 FROM users u JOIN roles r ON r.id = u.role_id WHERE r.super AND u.status = 'ACTIVE' AND u.id <> OLD.id) THEN
            RAISE EXCEPTION 'the last active Super Admin stays' USING ERRCODE = '23514', CONSTRAINT = 'users_last_super_admin';
        END IF;
    END IF;
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;
-- +goose StatementEnd
CREATE TRIGGER users_last_super_admin BEFORE UPDATE OF status, role_id ON users
    FOR EACH ROW EXECUTE FUNCTION keep_a_super_admin();
-- +goose StatementBegin
CREATE FUNCTION users_are_kept() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION 'users are never deleted' USING ERRCODE = '23514', CONSTRAINT = 'users_no_delete';
END;
$$ LANGUAGE plpgsql;
-- +goose StatementEnd
CREATE TRIGGER users_no_delete BEFORE DELETE OR TRUNCATE ON users FOR EACH STATEMENT EXECUTE FUNCTION users_are_kept();
-- +goose StatementBegin
CREATE FUNCTION ids_stay() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION 'the id of a row of % never changes', TG_TABLE_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME;
END;
$$ LANGUAGE plpgsql;
-- +goose StatementEnd
CREATE TRIGGER users_id_stays BEFORE UPDATE OF id ON users FOR EACH ROW WHEN (NEW.id <> OLD.id) EXECUTE FUNCTION ids_stay();
CREATE TRIGGER roles_id_stays BEFORE UPDATE OF id ON roles FOR EACH ROW WHEN (NEW.id <> OLD.id) EXECUTE FUNCTION ids_stay();
-- +goose StatementBegin
CREATE FUNCTION addresses_are_kept() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION 'addresses stay reserved' USING ERRCODE = '23514', CONSTRAINT = 'addresses_stay';
END;
$$ LANGUAGE plpgsql;
-- +goose StatementEnd
CREATE TRIGGER addresses_stay BEFORE DELETE ON addresses
    FOR EACH ROW WHEN (OLD.held_until IS NULL) EXECUTE FUNCTION addresses_are_kept();
CREATE TRIGGER addresses_stay_with_whom BEFORE UPDATE OF address, user_id, held_until ON addresses
    FOR EACH ROW WHEN (NEW.address <> OLD.address OR OLD.held_until IS NULL AND (NEW.user_id <> OLD.user_id OR NEW.held_until IS NOT NULL))
    EXECUTE FUNCTION addresses_are_kept();
CREATE TRIGGER addresses_stay_all BEFORE TRUNCATE ON addresses FOR EACH STATEMENT EXECUTE FUNCTION addresses_are_kept();
-- Base roles stay; any that people or other roles build on stays by its foreign keys.
-- +goose StatementBegin
CREATE FUNCTION base_roles_stay() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION 'base roles stay' USING ERRCODE = '23514', CONSTRAINT = 'roles_stay';
END;
$$ LANGUAGE plpgsql;
-- +goose StatementEnd
CREATE TRIGGER roles_stay BEFORE DELETE ON roles
    FOR EACH ROW WHEN (OLD.super OR OLD.id IN ('super-admin', 'administrator', 'manager', 'consultant', 'paralegal', 'accountant', 'support', 'viewer')) EXECUTE FUNCTION base_roles_stay();
CREATE TRIGGER roles_stay_all BEFORE TRUNCATE ON roles FOR EACH STATEMENT EXECUTE FUNCTION base_roles_stay();
-- +goose StatementBegin
CREATE FUNCTION super_stays() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION 'which role is super never changes' USING ERRCODE = '23514', CONSTRAINT = 'roles_super_stays';
END;
$$ LANGUAGE plpgsql;
-- +goose StatementEnd
CREATE TRIGGER roles_super_stays BEFORE UPDATE OF super ON roles
    FOR EACH ROW WHEN (NEW.super <> OLD.super) EXECUTE FUNCTION super_stays();
-- +goose StatementBegin
CREATE FUNCTION deactivation_raises_epoch() RETURNS trigger AS $$
BEGIN
    NEW.epoch := OLD.epoch + 1;
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;
-- +goose StatementEnd
CREATE TRIGGER users_deactivated_epoch BEFORE UPDATE OF status ON users
    FOR EACH ROW WHEN (NEW.status = 'INACTIVE' AND OLD.status <> 'INACTIVE') EXECUTE FUNCTION deactivation_raises_epoch();
-- +goose StatementBegin
CREATE FUNCTION leavers_own_no_open_case() RETURNS trigger AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM cases WHERE owner_id = NEW.id AND status = 'open') THEN
        RAISE EXCEPTION 'an open case would be without an active owner' USING ERRCODE = '23514', CONSTRAINT = 'cases_open_owner';
    END IF;
    RETURN NULL;
END;
$$ LANGUAGE plpgsql;
-- +goose StatementEnd
CREATE TRIGGER users_deactivated_owner AFTER UPDATE OF status ON users
    FOR EACH ROW WHEN (NEW.status = 'INACTIVE') EXECUTE FUNCTION leavers_own_no_open_case();
-- +goose StatementBegin
CREATE FUNCTION open_cases_have_owners() RETURNS trigger AS $$
BEGIN
    IF NEW.status = 'open' THEN
        PERFORM 1 FROM users WHERE id = NEW.owner_id AND status <> 'INACTIVE' FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'an open case needs an active owner' USING ERRCODE = '23514', CONSTRAINT = 'cases_open_owner';
        END IF;
    END IF;
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;
-- +goose StatementEnd
CREATE TRIGGER cases_owner_active BEFORE INSERT OR UPDATE OF owner_id, status ON cases
    FOR EACH ROW EXECUTE FUNCTION open_cases_have_owners();

-- Search by any part of a word, from three letters on.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX users_search ON users USING gin (search gin_trgm_ops);
