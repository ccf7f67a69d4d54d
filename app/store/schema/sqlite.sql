-- Made by go test ./app/store -run Schema -update; to be read, never to be run.

CREATE TABLE absences (
    id         text NOT NULL PRIMARY KEY,
    user_id    text NOT NULL REFERENCES users (id),
    cover_id   text REFERENCES users (id),
    first_day  text NOT NULL,
    last_day   text NOT NULL,
    begins_at  timestamp NOT NULL,
    ends_at    timestamp NOT NULL,
    note       text NOT NULL DEFAULT '',
    created_by text NOT NULL,
    generation bigint NOT NULL DEFAULT 1,
    created_at timestamp NOT NULL,
    ended_at   timestamp,
    CONSTRAINT absences_end CHECK (ends_at > begins_at),
    CONSTRAINT absences_cover CHECK (cover_id <> user_id)
);
CREATE INDEX absences_cover ON absences (cover_id, begins_at) WHERE cover_id IS NOT NULL;
CREATE INDEX absences_user ON absences (user_id, begins_at);

CREATE TABLE addresses (
    address     text NOT NULL PRIMARY KEY CHECK (address = lower(address)),
    user_id     text NOT NULL REFERENCES users (id),
    created_at  timestamp NOT NULL,
    released_at timestamp
, held_until timestamp);
CREATE INDEX addresses_held ON addresses (held_until) WHERE held_until IS NOT NULL;
CREATE INDEX addresses_user ON addresses (user_id);
CREATE TRIGGER addresses_no_replace BEFORE INSERT ON addresses
WHEN EXISTS (SELECT 1 FROM addresses WHERE address = NEW.address OR rowid = NEW.rowid)
BEGIN
    SELECT RAISE(ABORT, 'addresses_pkey');
END;
CREATE TRIGGER addresses_stay BEFORE DELETE ON addresses WHEN OLD.held_until IS NULL
BEGIN
    SELECT RAISE(ABORT, 'addresses_stay');
END;
CREATE TRIGGER addresses_stay_with_whom BEFORE UPDATE OF address, user_id, held_until ON addresses
WHEN NEW.address <> OLD.address OR OLD.held_until IS NULL AND (NEW.user_id <> OLD.user_id OR NEW.held_until IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'addresses_stay');
END;

CREATE TABLE appointment_people (
    appointment_id text NOT NULL REFERENCES appointments (id),
    user_id        text NOT NULL REFERENCES users (id),
    PRIMARY KEY (appointment_id, user_id)
);
CREATE INDEX appointment_people_user ON appointment_people (user_id);

CREATE TABLE appointments (
    id          text NOT NULL PRIMARY KEY,
    case_id     text REFERENCES cases (id),
    owner_id    text NOT NULL REFERENCES users (id),
    title       text NOT NULL,
    place       text NOT NULL DEFAULT '',
    notes       text NOT NULL DEFAULT '',
    starts_at   timestamp NOT NULL,
    ends_at     timestamp NOT NULL,
    zone        text NOT NULL,
    status      text NOT NULL DEFAULT 'planned' CHECK (status IN ('planned', 'cancelled')),
    external_id text,
    created_by  text NOT NULL,
    generation  bigint NOT NULL DEFAULT 1,
    created_at  timestamp NOT NULL,
    updated_at  timestamp NOT NULL,
    CONSTRAINT appointments_end CHECK (ends_at > starts_at)
);
CREATE INDEX appointments_case ON appointments (case_id, starts_at, id);
CREATE UNIQUE INDEX appointments_external ON appointments (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX appointments_owner ON appointments (owner_id, starts_at, id);

CREATE TABLE associations (
    case_id      text NOT NULL REFERENCES cases (id),
    user_id      text NOT NULL REFERENCES users (id),
    read_inbound bigint NOT NULL DEFAULT 0,
    unread       bigint NOT NULL DEFAULT 0,
    bell         boolean NOT NULL DEFAULT true,
    created_at   timestamp NOT NULL,
    PRIMARY KEY (case_id, user_id)
);
CREATE INDEX associations_unread ON associations (user_id, case_id, unread) WHERE unread > 0;
CREATE INDEX associations_user ON associations (user_id, case_id);

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
, token text NOT NULL DEFAULT '') WITHOUT ROWID;
CREATE INDEX audit_action ON audit (action, at);
CREATE INDEX audit_actor ON audit (actor_id, at);
CREATE INDEX audit_at ON audit (at);
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

CREATE TABLE bulletins (
    id         text NOT NULL PRIMARY KEY,
    user_id    text NOT NULL REFERENCES users (id),
    kind       text NOT NULL,
    send_key   text NOT NULL,
    case_id    text REFERENCES cases (id),
    object_id  text NOT NULL DEFAULT '',
    actor_id   text,
    count      bigint NOT NULL DEFAULT 1,
    created_at timestamp NOT NULL,
    read_at    timestamp
);
CREATE INDEX bulletins_created ON bulletins (created_at);
CREATE UNIQUE INDEX bulletins_send_key ON bulletins (send_key);
CREATE INDEX bulletins_unread ON bulletins (user_id, id) WHERE read_at IS NULL;
CREATE INDEX bulletins_user ON bulletins (user_id, created_at, id);

CREATE TABLE calendar_attempts (
    id         text NOT NULL PRIMARY KEY,
    user_id    text NOT NULL REFERENCES users (id),
    session_id text NOT NULL DEFAULT '',
    kind       text NOT NULL CHECK (kind IN ('google', 'microsoft', 'caldav')),
    sealed     text NOT NULL DEFAULT '',
    expires_at timestamp NOT NULL
);
CREATE INDEX calendar_attempts_expires ON calendar_attempts (expires_at);
CREATE INDEX calendar_attempts_user ON calendar_attempts (user_id, kind);

CREATE TABLE calendar_connections (
    id         text NOT NULL PRIMARY KEY,
    user_id    text NOT NULL REFERENCES users (id),
    kind       text NOT NULL CHECK (kind IN ('google', 'microsoft', 'caldav')),
    state      text NOT NULL CHECK (state IN ('on', 'ending')),
    clears     boolean NOT NULL DEFAULT false,
    account    text NOT NULL DEFAULT '',
    server     text NOT NULL DEFAULT '',
    sealed     text NOT NULL DEFAULT '',
    term       bigint NOT NULL DEFAULT 1,
    place      text NOT NULL DEFAULT '',
    at_cursor  text NOT NULL DEFAULT '',
    health     text NOT NULL CHECK (health IN ('starting', 'connected', 'failing', 'reconnect')),
    reason     text NOT NULL DEFAULT '',
    since      timestamp NOT NULL,
    told_at    timestamp,
    tries      integer NOT NULL DEFAULT 0,
    next_at    timestamp,
    generation bigint NOT NULL DEFAULT 1,
    observed   bigint NOT NULL DEFAULT 0,
    standing   bigint NOT NULL DEFAULT 0,
    synced_at  timestamp,
    ended_at   timestamp,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
);
CREATE UNIQUE INDEX calendar_connections_one ON calendar_connections (user_id, kind) WHERE state = 'on';
CREATE INDEX calendar_connections_user ON calendar_connections (user_id);

CREATE TABLE calendar_events (
    connection_id text NOT NULL REFERENCES calendar_connections (id) ON DELETE CASCADE,
    uid           text NOT NULL,
    ref           text NOT NULL,
    version       text NOT NULL,
    mark          text NOT NULL,
    PRIMARY KEY (connection_id, uid)
);

CREATE TABLE calendar_feeds (
    user_id    text NOT NULL PRIMARY KEY REFERENCES users (id),
    token_hash text NOT NULL,
    detail     text NOT NULL CHECK (detail IN ('full', 'busy')),
    epoch      bigint NOT NULL,
    created_at timestamp NOT NULL,
    read_at    timestamp
);
CREATE UNIQUE INDEX calendar_feeds_token ON calendar_feeds (token_hash);

CREATE TABLE calendar_places (
    user_id text NOT NULL REFERENCES users (id),
    kind    text NOT NULL CHECK (kind IN ('google', 'microsoft', 'caldav')),
    account text NOT NULL,
    server  text NOT NULL,
    place   text NOT NULL,
    kept_at timestamp NOT NULL,
    PRIMARY KEY (user_id, kind, account, server)
);

CREATE TABLE case_members (
    case_id    text NOT NULL REFERENCES cases (id),
    user_id    text NOT NULL REFERENCES users (id),
    created_at timestamp NOT NULL,
    PRIMARY KEY (case_id, user_id)
);
CREATE INDEX case_members_user ON case_members (user_id);
CREATE TRIGGER members_associated AFTER INSERT ON case_members
BEGIN
    INSERT INTO associations (case_id, user_id, read_inbound, bell, created_at)
        SELECT k.id, u.id, k.inbound, u.bell_default, NEW.created_at FROM cases k, users u WHERE k.id = NEW.case_id AND u.id = NEW.user_id
        ON CONFLICT (case_id, user_id) DO NOTHING;
END;
CREATE TRIGGER members_dissociated AFTER DELETE ON case_members
BEGIN
    DELETE FROM associations WHERE case_id = OLD.case_id AND user_id = OLD.user_id
        AND NOT EXISTS (SELECT 1 FROM cases WHERE id = OLD.case_id AND owner_id = OLD.user_id);
END;

CREATE TABLE case_words (
    n       integer NOT NULL PRIMARY KEY,
    case_id text NOT NULL REFERENCES cases (id),
    search  text NOT NULL
);
CREATE UNIQUE INDEX case_words_case ON case_words (case_id);

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
    updated_at    timestamp NOT NULL, external_id text, words text NOT NULL DEFAULT '', client_name text NOT NULL DEFAULT '', owner_name text NOT NULL DEFAULT '', search text NOT NULL DEFAULT '', messages bigint NOT NULL DEFAULT 0, inbound bigint NOT NULL DEFAULT 0, last_message_at timestamp,
    CONSTRAINT cases_open_owner CHECK (status = 'closed' OR owner_id IS NOT NULL)
);
CREATE INDEX cases_by_client ON cases (client_name, id, status, owner_id, department_id);
CREATE INDEX cases_by_number ON cases (number, id, status, owner_id, department_id, private);
CREATE INDEX cases_by_owner ON cases (owner_name, id, status, department_id);
CREATE INDEX cases_by_title ON cases (words, id, status, owner_id, department_id);
CREATE INDEX cases_client ON cases (client_id);
CREATE INDEX cases_department ON cases (department_id, number, id, status, owner_id);
CREATE UNIQUE INDEX cases_external ON cases (external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX cases_number ON cases (lower(number));
CREATE INDEX cases_opened ON cases (opened_at, id, status, owner_id, department_id);
CREATE INDEX cases_owner ON cases (owner_id, status, number);
CREATE INDEX cases_stage ON cases (stage, number, id, status, owner_id, department_id);
CREATE INDEX cases_status ON cases (status, number, id, owner_id, department_id);
CREATE INDEX cases_talked ON cases (COALESCE(last_message_at, ''), id, status, owner_id, department_id);
CREATE TRIGGER cases_associated_insert AFTER INSERT ON cases WHEN NEW.owner_id IS NOT NULL
BEGIN
    INSERT INTO associations (case_id, user_id, read_inbound, bell, created_at)
        SELECT NEW.id, u.id, NEW.inbound, u.bell_default, NEW.updated_at FROM users u WHERE u.id = NEW.owner_id
        ON CONFLICT (case_id, user_id) DO NOTHING;
END;
CREATE TRIGGER cases_associated_update AFTER UPDATE OF owner_id ON cases WHEN OLD.owner_id IS NOT NEW.owner_id
BEGIN
    INSERT INTO associations (case_id, user_id, read_inbound, unread, bell, created_at)
        SELECT NEW.id, u.id, COALESCE(a.read_inbound, NEW.inbound), COALESCE(a.unread, 0), u.bell_default, NEW.updated_at
        FROM users u LEFT JOIN associations a ON a.case_id = NEW.id AND a.user_id = OLD.owner_id WHERE u.id = NEW.owner_id
        ON CONFLICT (case_id, user_id) DO NOTHING;
    DELETE FROM associations WHERE case_id = NEW.id AND user_id = OLD.owner_id
        AND NOT EXISTS (SELECT 1 FROM case_members WHERE case_id = NEW.id AND user_id = OLD.owner_id);
    DELETE FROM case_members WHERE case_id = NEW.id AND user_id = NEW.owner_id;
END;
CREATE TRIGGER cases_inserted_owner BEFORE INSERT ON cases
WHEN NEW.status = 'open' AND NOT EXISTS (SELECT 1 FROM users WHERE id = NEW.owner_id AND status <> 'INACTIVE')
BEGIN
    SELECT RAISE(ABORT, 'cases_open_owner');
END;
CREATE TRIGGER cases_updated_owner BEFORE UPDATE OF owner_id, status ON cases
WHEN NEW.status = 'open' AND NOT EXISTS (SELECT 1 FROM users WHERE id = NEW.owner_id AND status <> 'INACTIVE')
BEGIN
    SELECT RAISE(ABORT, 'cases_open_owner');
END;
CREATE TRIGGER cases_words_insert AFTER INSERT ON cases
BEGIN
    INSERT INTO case_words (case_id, search) VALUES (NEW.id, ' ' || NEW.search);
    INSERT INTO cases_search (rowid, search) SELECT n, search FROM case_words WHERE case_id = NEW.id;
END;
CREATE TRIGGER cases_words_update AFTER UPDATE OF search ON cases WHEN NEW.search <> OLD.search
BEGIN
    INSERT INTO cases_search (cases_search, rowid, search) SELECT 'delete', n, search FROM case_words WHERE case_id = NEW.id;
    UPDATE case_words SET search = ' ' || NEW.search WHERE case_id = NEW.id;
    INSERT INTO cases_search (rowid, search) SELECT n, search FROM case_words WHERE case_id = NEW.id;
END;
CREATE VIRTUAL TABLE cases_search USING fts5 (search, content = 'case_words', content_rowid = 'n', detail = none, tokenize = 'trigram case_sensitive 1');

CREATE TABLE 'cases_search_config'(k PRIMARY KEY, v) WITHOUT ROWID;

CREATE TABLE 'cases_search_data'(id INTEGER PRIMARY KEY, block BLOB);

CREATE TABLE 'cases_search_docsize'(id INTEGER PRIMARY KEY, sz BLOB);

CREATE TABLE 'cases_search_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;

CREATE TABLE client_words (
    n       integer NOT NULL PRIMARY KEY,
    client_id text NOT NULL REFERENCES clients (id),
    search  text NOT NULL
);
CREATE UNIQUE INDEX client_words_client ON client_words (client_id);

CREATE TABLE clients (
    id         text NOT NULL PRIMARY KEY,
    name       text NOT NULL,
    email      text NOT NULL DEFAULT '',
    phone      text NOT NULL DEFAULT '',
    language   text NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'es', 'fr')),
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
, external_id text, sort_name text NOT NULL DEFAULT '', search text NOT NULL DEFAULT '', generation bigint NOT NULL DEFAULT 1, created_by text NOT NULL DEFAULT '');
CREATE UNIQUE INDEX clients_external ON clients (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX clients_name ON clients (sort_name, id);
CREATE TRIGGER clients_words_insert AFTER INSERT ON clients
BEGIN
    INSERT INTO client_words (client_id, search) VALUES (NEW.id, ' ' || NEW.search);
    INSERT INTO clients_search (rowid, search) SELECT n, search FROM client_words WHERE client_id = NEW.id;
END;
CREATE TRIGGER clients_words_update AFTER UPDATE OF search ON clients WHEN NEW.search <> OLD.search
BEGIN
    INSERT INTO clients_search (clients_search, rowid, search) SELECT 'delete', n, search FROM client_words WHERE client_id = NEW.id;
    UPDATE client_words SET search = ' ' || NEW.search WHERE client_id = NEW.id;
    INSERT INTO clients_search (rowid, search) SELECT n, search FROM client_words WHERE client_id = NEW.id;
END;
CREATE VIRTUAL TABLE clients_search USING fts5 (search, content = 'client_words', content_rowid = 'n', detail = none, tokenize = 'trigram case_sensitive 1');

CREATE TABLE 'clients_search_config'(k PRIMARY KEY, v) WITHOUT ROWID;

CREATE TABLE 'clients_search_data'(id INTEGER PRIMARY KEY, block BLOB);

CREATE TABLE 'clients_search_docsize'(id INTEGER PRIMARY KEY, sz BLOB);

CREATE TABLE 'clients_search_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;

CREATE TABLE comment_mentions (
    comment_id text NOT NULL REFERENCES comments (id),
    user_id    text NOT NULL REFERENCES users (id),
    PRIMARY KEY (comment_id, user_id)
);

CREATE TABLE comments (
    id           text NOT NULL PRIMARY KEY,
    case_id      text NOT NULL REFERENCES cases (id),
    author_id    text NOT NULL REFERENCES users (id),
    body         text NOT NULL,
    created_at   timestamp NOT NULL,
    edited_at    timestamp,
    withdrawn_at timestamp
);
CREATE INDEX comments_case ON comments (case_id, created_at, id);

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
, disowned_at timestamp);
CREATE INDEX credentials_locked ON credentials (locked_until) WHERE locked_until IS NOT NULL;

CREATE TABLE dailies (
    user_id   text NOT NULL REFERENCES users (id),
    kind      text NOT NULL CHECK (kind IN ('summary', 'exceptions')),
    next_at   timestamp,
    last_date text NOT NULL DEFAULT '',
    fresh     boolean NOT NULL DEFAULT true,
    PRIMARY KEY (user_id, kind)
);
CREATE INDEX dailies_due ON dailies (kind, next_at) WHERE next_at IS NOT NULL;

CREATE TABLE daily_clock (
    id text NOT NULL PRIMARY KEY CHECK (id = 'clock'),
    at timestamp NOT NULL
);

CREATE TABLE deadlines (
    id          text NOT NULL PRIMARY KEY,
    case_id     text NOT NULL REFERENCES cases (id),
    title       text NOT NULL,
    due_on      text NOT NULL,
    done_at     timestamp,
    done_by     text,
    external_id text,
    created_by  text NOT NULL,
    generation  bigint NOT NULL DEFAULT 1,
    created_at  timestamp NOT NULL,
    updated_at  timestamp NOT NULL
);
CREATE INDEX deadlines_case ON deadlines (case_id, due_on, id);
CREATE UNIQUE INDEX deadlines_external ON deadlines (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX deadlines_open ON deadlines (due_on, case_id) WHERE done_at IS NULL;

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
    seeded_at  timestamp,
    ended      boolean NOT NULL DEFAULT false,
    drift      text NOT NULL DEFAULT '',
    drifted_at timestamp,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
, meant_id text NOT NULL DEFAULT '', ended_at timestamp);
CREATE UNIQUE INDEX declared_name ON declared (source, kind, name);
CREATE UNIQUE INDEX declared_object ON declared (kind, object_id) WHERE state <> 'released';

CREATE TABLE declared_sources (
    source   text NOT NULL PRIMARY KEY,
    problems text NOT NULL DEFAULT '',
    leaving  integer NOT NULL DEFAULT 0,
    whole    integer NOT NULL DEFAULT 0,
    since    timestamp NOT NULL
);

CREATE TABLE departments (
    id         text NOT NULL PRIMARY KEY,
    name       text NOT NULL,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
, generation bigint NOT NULL DEFAULT 1);
CREATE UNIQUE INDEX departments_name ON departments (lower(name));
CREATE TRIGGER departments_new_version_delete AFTER DELETE ON departments BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
CREATE TRIGGER departments_new_version_insert AFTER INSERT ON departments BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
CREATE TRIGGER departments_new_version_update AFTER UPDATE ON departments BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;

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
CREATE INDEX departures_due ON departures (due_at) WHERE state IN ('planned', 'working', 'blocked');
CREATE UNIQUE INDEX departures_one_open ON departures (user_id) WHERE state IN ('planned', 'working', 'blocked');
CREATE INDEX departures_user ON departures (user_id, created_at);

CREATE TABLE devices (
    id           text NOT NULL PRIMARY KEY,
    user_id      text NOT NULL REFERENCES users (id),
    device_hash  text NOT NULL,
    browser      text NOT NULL,
    created_at   timestamp NOT NULL,
    last_seen_at timestamp NOT NULL
);
CREATE INDEX devices_seen ON devices (last_seen_at);
CREATE UNIQUE INDEX devices_user ON devices (user_id, device_hash);

CREATE TABLE drafts (
    id           text NOT NULL PRIMARY KEY,
    kind         text NOT NULL,
    content      text NOT NULL,
    requested_by text NOT NULL,
    created_at   timestamp NOT NULL
);
CREATE INDEX drafts_created ON drafts (created_at);

CREATE TABLE factors (
    id            text NOT NULL PRIMARY KEY,
    user_id       text NOT NULL REFERENCES users (id),
    kind          text NOT NULL CHECK (kind IN ('totp', 'passkey')),
    name          text NOT NULL,
    secret        text NOT NULL DEFAULT '',
    credential_id text NOT NULL DEFAULT '',
    credential    text NOT NULL DEFAULT '',
    used_step     bigint NOT NULL DEFAULT 0,
    created_at    timestamp NOT NULL,
    confirmed_at  timestamp,
    last_used_at  timestamp
);
CREATE UNIQUE INDEX factors_credential ON factors (credential_id) WHERE credential_id <> '';
CREATE UNIQUE INDEX factors_one_app ON factors (user_id) WHERE kind = 'totp' AND confirmed_at IS NOT NULL;
CREATE INDEX factors_user ON factors (user_id, kind);

CREATE TABLE invoices (
    id          text NOT NULL PRIMARY KEY,
    case_id     text NOT NULL REFERENCES cases (id),
    number      text NOT NULL,
    title       text NOT NULL DEFAULT '',
    currency    text NOT NULL,
    amount      bigint NOT NULL CHECK (amount > 0),
    paid        bigint NOT NULL DEFAULT 0,
    status      text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'void')),
    issued_on   text NOT NULL,
    due_on      text NOT NULL,
    external_id text,
    created_by  text NOT NULL,
    generation  bigint NOT NULL DEFAULT 1,
    created_at  timestamp NOT NULL,
    updated_at  timestamp NOT NULL,
    CONSTRAINT invoices_paid CHECK (paid >= 0 AND paid <= amount)
);
CREATE INDEX invoices_case ON invoices (case_id, issued_on, id);
CREATE UNIQUE INDEX invoices_external ON invoices (external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX invoices_number ON invoices (lower(number));

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
, epoch bigint NOT NULL DEFAULT 0, address text NOT NULL DEFAULT '', created_by text NOT NULL DEFAULT '', since timestamp);
CREATE INDEX links_expiry ON links (expires_at);
CREATE UNIQUE INDEX links_token ON links (token_hash);
CREATE INDEX links_user ON links (user_id, purpose);

CREATE TABLE loops (
    name           text NOT NULL PRIMARY KEY,
    holder         text NOT NULL,
    failing        bigint NOT NULL DEFAULT 0,
    failing_since  timestamp,
    failures       bigint NOT NULL DEFAULT 0,
    last_failure   text NOT NULL DEFAULT '',
    last_failed_at timestamp,
    started_at     timestamp NOT NULL,
    updated_at     timestamp NOT NULL
);

CREATE TABLE mail_gathering (
    user_id text NOT NULL PRIMARY KEY REFERENCES users (id),
    mail_id text REFERENCES mails (id) ON DELETE SET NULL
);
CREATE INDEX mail_gathering_mail ON mail_gathering (mail_id);

CREATE TABLE mail_items (
    user_id    text NOT NULL REFERENCES users (id),
    kind       text NOT NULL CHECK (kind IN ('message', 'score', 'mention')),
    object_id  text NOT NULL,
    mail_id    text NOT NULL REFERENCES mails (id) ON DELETE CASCADE,
    case_id    text NOT NULL REFERENCES cases (id),
    actor_id   text,
    for_id     text REFERENCES users (id),
    created_at timestamp NOT NULL,
    PRIMARY KEY (user_id, kind, object_id)
);
CREATE INDEX mail_items_mail ON mail_items (mail_id);

CREATE TABLE mail_outage (
    id       text NOT NULL PRIMARY KEY CHECK (id = 'outage'),
    since    timestamp NOT NULL,
    reason   text NOT NULL,
    answer   text NOT NULL,
    tries    bigint NOT NULL,
    next_at  timestamp NOT NULL
);

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
, rank smallint NOT NULL DEFAULT 0, takes bigint NOT NULL DEFAULT 0, paused_at timestamp, dated_at timestamp);
CREATE INDEX mails_due ON mails (rank, next_try_at, id) WHERE state IN ('waiting', 'sending') AND paused_at IS NULL;
CREATE INDEX mails_kind ON mails (kind, created_at, id);
CREATE INDEX mails_ledger ON mails (created_at, id);
CREATE INDEX mails_open ON mails (state, created_at, id) WHERE state <> 'delivered';
CREATE INDEX mails_receiver ON mails (recipient, delivered_at);
CREATE UNIQUE INDEX mails_send_key ON mails (send_key);
CREATE INDEX mails_user ON mails (user_id, created_at);

CREATE TABLE messages (
    id          text NOT NULL PRIMARY KEY,
    case_id     text NOT NULL REFERENCES cases (id),
    number      bigint NOT NULL,
    inbound     bigint NOT NULL,
    direction   text NOT NULL CHECK (direction IN ('in', 'out')),
    author_id   text REFERENCES users (id),
    body        text NOT NULL,
    external_id text,
    sent_at     timestamp NOT NULL,
    created_at  timestamp NOT NULL,
    CONSTRAINT messages_author CHECK ((direction = 'in') = (author_id IS NULL))
);
CREATE INDEX messages_created ON messages (created_at);
CREATE UNIQUE INDEX messages_external ON messages (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX messages_inbound ON messages (case_id, inbound) WHERE direction = 'in';
CREATE UNIQUE INDEX messages_number ON messages (case_id, number);

CREATE TABLE notice_policy (
    id                   text NOT NULL PRIMARY KEY CHECK (id = 'policy'),
    message_mails        boolean NOT NULL DEFAULT false,
    message_mails_locked boolean NOT NULL DEFAULT false,
    score_mails          boolean NOT NULL DEFAULT true,
    score_mails_locked   boolean NOT NULL DEFAULT false,
    mention_mails        boolean NOT NULL DEFAULT true,
    mention_mails_locked boolean NOT NULL DEFAULT false,
    summary              boolean NOT NULL DEFAULT true,
    summary_locked       boolean NOT NULL DEFAULT false,
    exceptions           boolean NOT NULL DEFAULT false,
    exceptions_locked    boolean NOT NULL DEFAULT false,
    minute               integer NOT NULL DEFAULT 480 CHECK (minute BETWEEN 0 AND 1439),
    days                 text NOT NULL DEFAULT '12345' CHECK (length(days) BETWEEN 1 AND 7),
    quiet                boolean NOT NULL DEFAULT false,
    quiet_from           integer NOT NULL DEFAULT 1200 CHECK (quiet_from BETWEEN 0 AND 1439),
    quiet_to             integer NOT NULL DEFAULT 420 CHECK (quiet_to BETWEEN 0 AND 1439),
    privacy              text NOT NULL DEFAULT 'full' CHECK (privacy IN ('full', 'subject', 'count')),
    generation           bigint NOT NULL DEFAULT 1,
    updated_at           timestamp NOT NULL
);
CREATE TRIGGER policy_changes_dailies AFTER UPDATE OF summary, summary_locked, exceptions, exceptions_locked, minute, days ON notice_policy
    WHEN (NEW.summary, NEW.summary_locked, NEW.exceptions, NEW.exceptions_locked, NEW.minute, NEW.days)
        IS NOT (OLD.summary, OLD.summary_locked, OLD.exceptions, OLD.exceptions_locked, OLD.minute, OLD.days)
BEGIN
    UPDATE dailies SET next_at = '1970-01-01T00:00:00.000000Z', fresh = true;
END;

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
, address text NOT NULL DEFAULT '', idle_minutes integer CHECK (idle_minutes BETWEEN 5 AND 10080), lifetime_hours integer CHECK (lifetime_hours BETWEEN 1 AND 2160), lock_tries integer NOT NULL DEFAULT 10 CHECK (lock_tries BETWEEN 3 AND 50), lock_minutes integer NOT NULL DEFAULT 15 CHECK (lock_minutes BETWEEN 1 AND 1440), lock_all boolean NOT NULL DEFAULT false, invitation_days integer NOT NULL DEFAULT 7 CHECK (invitation_days BETWEEN 1 AND 30), allow_mailed_password boolean NOT NULL DEFAULT true, allow_typed_password boolean NOT NULL DEFAULT true, dormant_days integer NOT NULL DEFAULT 90 CHECK (dormant_days BETWEEN 0 AND 1000), dormant_action text NOT NULL DEFAULT 'show' CHECK (dormant_action IN ('show', 'warn', 'deactivate')), second_factor text NOT NULL DEFAULT 'off' CHECK (second_factor IN ('off', 'administrators', 'everyone')), second_factor_since timestamp, second_factor_days integer NOT NULL DEFAULT 14 CHECK (second_factor_days BETWEEN 0 AND 90));
CREATE TRIGGER organization_new_version_delete AFTER DELETE ON organization BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
CREATE TRIGGER organization_new_version_insert AFTER INSERT ON organization BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
CREATE TRIGGER organization_new_version_update AFTER UPDATE ON organization BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;

CREATE TABLE pairings (
    id           text NOT NULL PRIMARY KEY,
    user_id      text NOT NULL REFERENCES users (id),
    code_hash    text,
    token_hash   text,
    epoch        bigint NOT NULL,
    network      text NOT NULL DEFAULT '',
    user_agent   text NOT NULL DEFAULT '',
    created_at   timestamp NOT NULL,
    last_seen_at timestamp NOT NULL,
    expires_at   timestamp NOT NULL,
    ended_at     timestamp,
    ended_why    text NOT NULL DEFAULT '',
    CHECK ((code_hash IS NULL) <> (token_hash IS NULL))
);
CREATE UNIQUE INDEX pairings_code ON pairings (code_hash) WHERE code_hash IS NOT NULL;
CREATE INDEX pairings_expires ON pairings (expires_at);
CREATE UNIQUE INDEX pairings_token ON pairings (token_hash) WHERE token_hash IS NOT NULL;
CREATE INDEX pairings_user ON pairings (user_id) WHERE ended_at IS NULL;

CREATE TABLE paused_addresses (
    address text NOT NULL PRIMARY KEY,
    since   timestamp NOT NULL,
    answer  text NOT NULL,
    mail_id text NOT NULL
);

CREATE TABLE payments (
    id          text NOT NULL PRIMARY KEY,
    invoice_id  text NOT NULL REFERENCES invoices (id),
    amount      bigint NOT NULL CHECK (amount > 0),
    method      text NOT NULL CHECK (method IN ('transfer', 'card', 'cheque', 'cash', 'other')),
    received_on text NOT NULL,
    note        text NOT NULL DEFAULT '',
    external_id text,
    recorded_by text NOT NULL,
    created_at  timestamp NOT NULL,
    reversed_at timestamp,
    reversed_by text
);
CREATE UNIQUE INDEX payments_external ON payments (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX payments_invoice ON payments (invoice_id, received_on, id);

CREATE TABLE permissions (
    name text NOT NULL PRIMARY KEY
);

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

CREATE TABLE pins (
    id           text NOT NULL PRIMARY KEY,
    user_id      text REFERENCES users (id),
    purpose      text NOT NULL CHECK (purpose IN ('sign-in', 'verify', 'proof')),
    number_key   text NOT NULL,
    browser_hash text NOT NULL,
    pin_hash     text NOT NULL DEFAULT '',
    network      text NOT NULL,
    slot         bigint NOT NULL,
    tries        integer NOT NULL DEFAULT 0,
    epoch        bigint NOT NULL DEFAULT 0,
    created_at   timestamp NOT NULL,
    expires_at   timestamp NOT NULL,
    used_at      timestamp
);
CREATE INDEX pins_browser ON pins (browser_hash);
CREATE INDEX pins_created ON pins (created_at);
CREATE INDEX pins_network ON pins (network, created_at);
CREATE INDEX pins_number ON pins (number_key, created_at);
CREATE UNIQUE INDEX pins_slot ON pins (number_key, network, slot);
CREATE INDEX pins_user ON pins (user_id, created_at);

CREATE TABLE practice_version (
    id      text NOT NULL PRIMARY KEY CHECK (id = 'practice'),
    version text NOT NULL
);

CREATE TABLE preferences (
    user_id       text NOT NULL PRIMARY KEY REFERENCES users (id),
    message_mails boolean,
    score_mails   boolean,
    mention_mails boolean,
    summary       boolean,
    exceptions    boolean,
    minute        integer CHECK (minute BETWEEN 0 AND 1439),
    days          text CHECK (length(days) BETWEEN 1 AND 7),
    quiet         boolean,
    quiet_from    integer CHECK (quiet_from BETWEEN 0 AND 1439),
    quiet_to      integer CHECK (quiet_to BETWEEN 0 AND 1439),
    generation    bigint NOT NULL DEFAULT 1,
    updated_at    timestamp NOT NULL
);
CREATE TRIGGER preferences_begin_dailies AFTER INSERT ON preferences
BEGIN
    UPDATE dailies SET next_at = '1970-01-01T00:00:00.000000Z', fresh = true WHERE user_id = NEW.user_id;
END;
CREATE TRIGGER preferences_change_dailies AFTER UPDATE ON preferences
BEGIN
    UPDATE dailies SET next_at = '1970-01-01T00:00:00.000000Z', fresh = true WHERE user_id = NEW.user_id;
END;
CREATE TRIGGER preferences_end_dailies AFTER DELETE ON preferences
BEGIN
    UPDATE dailies SET next_at = '1970-01-01T00:00:00.000000Z', fresh = true WHERE user_id = OLD.user_id;
END;

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
, generation bigint NOT NULL DEFAULT 1);
CREATE UNIQUE INDEX profiles_name ON profiles (lower(name));
CREATE TRIGGER profiles_new_version_delete AFTER DELETE ON profiles BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
CREATE TRIGGER profiles_new_version_insert AFTER INSERT ON profiles BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
CREATE TRIGGER profiles_new_version_update AFTER UPDATE ON profiles BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;

CREATE TABLE recovery_codes (
    id         text NOT NULL PRIMARY KEY,
    user_id    text NOT NULL REFERENCES users (id),
    code_hash  text NOT NULL,
    created_at timestamp NOT NULL,
    used_at    timestamp
);
CREATE UNIQUE INDEX recovery_codes_code ON recovery_codes (user_id, code_hash);

CREATE TABLE replies (
    token_id     text NOT NULL REFERENCES tokens (id),
    key          text NOT NULL,
    request_hash text NOT NULL,
    status       bigint NOT NULL DEFAULT 0,
    body         text NOT NULL DEFAULT '',
    etag         text NOT NULL DEFAULT '',
    created_at   timestamp NOT NULL,
    PRIMARY KEY (token_id, key)
);
CREATE INDEX replies_created ON replies (created_at);

CREATE TABLE role_permissions (
    role_id    text NOT NULL REFERENCES roles (id),
    permission text NOT NULL,
    PRIMARY KEY (role_id, permission)
);
CREATE TRIGGER role_permissions_new_version_delete AFTER DELETE ON role_permissions BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
CREATE TRIGGER role_permissions_new_version_insert AFTER INSERT ON role_permissions BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
CREATE TRIGGER role_permissions_new_version_update AFTER UPDATE ON role_permissions BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;

CREATE TABLE role_profiles (
    role_id    text NOT NULL REFERENCES roles (id),
    profile_id text NOT NULL REFERENCES profiles (id),
    PRIMARY KEY (role_id, profile_id)
);
CREATE INDEX role_profiles_profile ON role_profiles (profile_id);
CREATE TRIGGER role_profiles_new_version_delete AFTER DELETE ON role_profiles BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
CREATE TRIGGER role_profiles_new_version_insert AFTER INSERT ON role_profiles BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
CREATE TRIGGER role_profiles_new_version_update AFTER UPDATE ON role_profiles BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;

CREATE TABLE roles (
    id         text NOT NULL PRIMARY KEY,
    name       text NOT NULL,
    summary    text NOT NULL DEFAULT '',
    parent_id  text REFERENCES roles (id),
    super      boolean NOT NULL DEFAULT false,
    position   integer NOT NULL DEFAULT 0,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
, generation bigint NOT NULL DEFAULT 1);
CREATE UNIQUE INDEX roles_name ON roles (lower(name));
CREATE TRIGGER roles_new_version_delete AFTER DELETE ON roles BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
CREATE TRIGGER roles_new_version_insert AFTER INSERT ON roles BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
CREATE TRIGGER roles_new_version_update AFTER UPDATE ON roles BEGIN UPDATE practice_version SET version = hex(randomblob(16)); END;
CREATE TRIGGER roles_no_replace BEFORE INSERT ON roles
BEGIN
    SELECT RAISE(ABORT, 'roles_stay') WHERE EXISTS (SELECT 1 FROM roles WHERE id = NEW.id OR rowid = NEW.rowid);
    SELECT RAISE(ABORT, 'roles_name') WHERE EXISTS (SELECT 1 FROM roles WHERE lower(name) = lower(NEW.name));
END;
CREATE TRIGGER roles_no_replace_by_update BEFORE UPDATE OF id, name ON roles
BEGIN
    SELECT RAISE(ABORT, 'roles_stay') WHERE NEW.id <> OLD.id;
    SELECT RAISE(ABORT, 'roles_name') WHERE EXISTS (SELECT 1 FROM roles WHERE lower(name) = lower(NEW.name) AND id <> OLD.id);
END;
CREATE TRIGGER roles_stay BEFORE DELETE ON roles
BEGIN
    SELECT RAISE(ABORT, 'roles_stay') WHERE OLD.super OR OLD.id IN ('super-admin', 'administrator', 'manager', 'consultant', 'paralegal', 'accountant', 'support', 'viewer');
    SELECT RAISE(ABORT, 'users_role_id_fkey') WHERE EXISTS (SELECT 1 FROM users WHERE role_id = OLD.id);
    SELECT RAISE(ABORT, 'roles_parent_id_fkey') WHERE EXISTS (SELECT 1 FROM roles WHERE parent_id = OLD.id);
END;
CREATE TRIGGER roles_super_stays BEFORE UPDATE OF super ON roles WHEN NEW.super <> OLD.super
BEGIN
    SELECT RAISE(ABORT, 'roles_super_stays');
END;

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
, requested_by text NOT NULL DEFAULT '', requested_name text NOT NULL DEFAULT '', input text NOT NULL DEFAULT '', requested_from text NOT NULL DEFAULT '', failed bigint NOT NULL DEFAULT 0);
CREATE INDEX runs_due ON runs (next_try_at) WHERE state IN ('waiting', 'running');
CREATE UNIQUE INDEX runs_once ON runs (job, due_at);
CREATE INDEX runs_requested ON runs (requested_by, created_at) WHERE requested_by <> '';

CREATE TABLE scores (
    id          text NOT NULL PRIMARY KEY,
    case_id     text NOT NULL REFERENCES cases (id),
    score       bigint NOT NULL CHECK (score BETWEEN 0 AND 10),
    comment     text NOT NULL DEFAULT '',
    external_id text,
    answered_at timestamp NOT NULL,
    created_at  timestamp NOT NULL
);
CREATE INDEX scores_case ON scores (case_id, answered_at, id);
CREATE UNIQUE INDEX scores_external ON scores (external_id) WHERE external_id IS NOT NULL;

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
, epoch bigint NOT NULL DEFAULT 0, factor text NOT NULL DEFAULT '' CHECK (factor IN ('', 'totp', 'recovery', 'passkey')), proven_by text NOT NULL DEFAULT '' CHECK (proven_by IN ('', 'factor')), announced boolean NOT NULL DEFAULT false);
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

CREATE TABLE signin_steps (
    id         text NOT NULL PRIMARY KEY,
    token_hash text NOT NULL,
    user_id    text REFERENCES users (id),
    method     text NOT NULL CHECK (method IN ('password', 'link', 'pin', 'passkey')),
    purpose    text NOT NULL CHECK (purpose IN ('sign-in', 'passkey', 'enrol', 'proof')),
    tries      integer NOT NULL DEFAULT 0,
    epoch      bigint NOT NULL DEFAULT 0,
    created_at timestamp NOT NULL,
    expires_at timestamp NOT NULL,
    used_at    timestamp
);
CREATE INDEX signin_steps_expiry ON signin_steps (expires_at);
CREATE UNIQUE INDEX signin_steps_token ON signin_steps (token_hash);

CREATE TABLE stages (
    id         text NOT NULL PRIMARY KEY,
    name       text NOT NULL,
    position   bigint NOT NULL,
    generation bigint NOT NULL DEFAULT 1,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
);
CREATE UNIQUE INDEX stages_name ON stages (lower(name));

CREATE TABLE sync_arrivals (
    run_id      text NOT NULL,
    external_id text NOT NULL,
    user_id     text NOT NULL REFERENCES users (id),
    PRIMARY KEY (run_id, external_id, user_id)
);

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
CREATE INDEX sync_exceptions_case ON sync_exceptions (case_id);
CREATE INDEX sync_exceptions_named ON sync_exceptions (named_id);
CREATE UNIQUE INDEX sync_exceptions_object ON sync_exceptions (kind, external_id);
CREATE INDEX sync_exceptions_reason ON sync_exceptions (reason, id);

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

CREATE TABLE sync_parts (
    kind   text NOT NULL,
    number integer NOT NULL,
    cursor text NOT NULL,
    etag   text NOT NULL,
    next   text NOT NULL,
    run_id text NOT NULL,
    PRIMARY KEY (kind, number)
);

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

CREATE TABLE texts (
    id           text NOT NULL PRIMARY KEY,
    send_key     text NOT NULL,
    kind         text NOT NULL,
    user_id      text NOT NULL REFERENCES users (id),
    object_id    text NOT NULL DEFAULT '',
    number       text NOT NULL,
    language     text NOT NULL,
    state        text NOT NULL CHECK (state IN ('waiting', 'sent', 'given-up')),
    reason       text NOT NULL DEFAULT '',
    provider_id  text NOT NULL DEFAULT '',
    tries        integer NOT NULL DEFAULT 0,
    created_at   timestamp NOT NULL,
    next_at      timestamp NOT NULL,
    not_after    timestamp NOT NULL,
    finished_at  timestamp
);
CREATE INDEX texts_created ON texts (created_at);
CREATE INDEX texts_due ON texts (next_at) WHERE state = 'waiting';
CREATE INDEX texts_finished ON texts (finished_at) WHERE finished_at IS NOT NULL;
CREATE UNIQUE INDEX texts_send_key ON texts (send_key);
CREATE INDEX texts_user ON texts (user_id, created_at);

CREATE TABLE titles (
    id         text NOT NULL PRIMARY KEY,
    name       text NOT NULL,
    generation bigint NOT NULL DEFAULT 1,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
);
CREATE UNIQUE INDEX titles_name ON titles (lower(name));

CREATE TABLE tokens (
    id           text NOT NULL PRIMARY KEY,
    token_hash   text NOT NULL,
    user_id      text NOT NULL REFERENCES users (id),
    name         text NOT NULL,
    hint         text NOT NULL,
    scopes       text NOT NULL,
    epoch        bigint NOT NULL,
    created_at   timestamp NOT NULL,
    expires_at   timestamp NOT NULL,
    last_used_at timestamp,
    last_network text NOT NULL DEFAULT '',
    revoked_at   timestamp,
    revoked_by   text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX tokens_hash ON tokens (token_hash);
CREATE INDEX tokens_user ON tokens (user_id, created_at);

CREATE TABLE user_profiles (
    user_id    text NOT NULL REFERENCES users (id),
    profile_id text NOT NULL REFERENCES profiles (id),
    created_at timestamp NOT NULL,
    PRIMARY KEY (user_id, profile_id)
);
CREATE INDEX user_profiles_profile ON user_profiles (profile_id);

CREATE TABLE user_words (
    n       integer NOT NULL PRIMARY KEY,
    user_id text NOT NULL REFERENCES users (id),
    search  text NOT NULL
);
CREATE UNIQUE INDEX user_words_user ON user_words (user_id);

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
, epoch bigint NOT NULL DEFAULT 0, left_at timestamp, client_bio text NOT NULL DEFAULT '', cell_verified_at timestamp, bell_default boolean NOT NULL DEFAULT true, client_email text NOT NULL DEFAULT '', card_slug text, card_published_at timestamp);
CREATE INDEX users_address ON users (email, id, status, role_id, department_id);
CREATE UNIQUE INDEX users_card_slug ON users (card_slug) WHERE card_slug IS NOT NULL;
CREATE INDEX users_created ON users (created_at, id, status, role_id, department_id);
CREATE INDEX users_department ON users (department_id, sort_name, id, status, role_id);
CREATE UNIQUE INDEX users_email ON users (email);
CREATE INDEX users_last_sign_in ON users (COALESCE(last_sign_in_at, ''), id, status, role_id, department_id);
CREATE INDEX users_role ON users (role_id, sort_name, id, status, department_id);
CREATE INDEX users_sort_name ON users (sort_name, id, status, role_id, department_id);
CREATE INDEX users_status ON users (status, sort_name, id, role_id, department_id);
CREATE INDEX users_title ON users (title, sort_name, id, status, role_id, department_id);
CREATE UNIQUE INDEX users_verified_cell ON users (cell) WHERE cell_verified_at IS NOT NULL AND status <> 'INACTIVE';
CREATE TRIGGER users_cell_changed AFTER UPDATE OF cell ON users WHEN NEW.cell <> OLD.cell AND NEW.cell_verified_at IS OLD.cell_verified_at
BEGIN
    UPDATE users SET cell_verified_at = NULL WHERE id = NEW.id;
END;
CREATE TRIGGER users_change_dailies AFTER UPDATE OF zone, status ON users WHEN NEW.zone <> OLD.zone OR NEW.status <> OLD.status
BEGIN
    UPDATE dailies SET next_at = '1970-01-01T00:00:00.000000Z', fresh = fresh OR NEW.status <> OLD.status WHERE user_id = NEW.id;
END;
CREATE TRIGGER users_deactivated AFTER UPDATE ON users WHEN NEW.status = 'INACTIVE'
BEGIN
    UPDATE sessions SET ended_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), ended_why = 'deactivated' WHERE user_id = NEW.id AND ended_at IS NULL;
END;
CREATE TRIGGER users_deactivated_cell AFTER UPDATE OF status ON users WHEN NEW.status = 'INACTIVE' AND NEW.cell_verified_at IS NOT NULL
BEGIN
    UPDATE users SET cell_verified_at = NULL WHERE id = NEW.id;
END;
CREATE TRIGGER users_deactivated_epoch AFTER UPDATE OF status ON users WHEN NEW.status = 'INACTIVE' AND OLD.status <> 'INACTIVE'
BEGIN
    UPDATE users SET epoch = epoch + 1 WHERE id = NEW.id;
END;
CREATE TRIGGER users_deactivated_owner BEFORE UPDATE OF status ON users
WHEN NEW.status = 'INACTIVE' AND EXISTS (SELECT 1 FROM cases WHERE owner_id = NEW.id AND status = 'open')
BEGIN
    SELECT RAISE(ABORT, 'cases_open_owner');
END;
CREATE TRIGGER users_have_dailies AFTER INSERT ON users
BEGIN
    INSERT INTO dailies (user_id, kind, next_at) VALUES (NEW.id, 'summary', '1970-01-01T00:00:00.000000Z'), (NEW.id, 'exceptions', '1970-01-01T00:00:00.000000Z');
END;
CREATE TRIGGER users_last_super_admin BEFORE UPDATE OF status, role_id ON users
WHEN OLD.status = 'ACTIVE' AND (SELECT super FROM roles WHERE id = OLD.role_id)
    AND NOT (NEW.status = 'ACTIVE' AND (SELECT super FROM roles WHERE id = NEW.role_id))
    AND NOT EXISTS (SELECT 1 FROM users u JOIN roles r ON r.id = u.role_id WHERE r.super AND u.status = 'ACTIVE' AND u.id <> OLD.id)
BEGIN
    SELECT RAISE(ABORT, 'users_last_super_admin');
END;
CREATE TRIGGER users_named_on_cases AFTER UPDATE OF sort_name ON users WHEN NEW.sort_name <> OLD.sort_name
BEGIN
    UPDATE cases SET owner_name = NEW.sort_name, search = words || ' ' || (SELECT l.search FROM clients l WHERE l.id = cases.client_id) || ' ' || NEW.sort_name WHERE owner_id = NEW.id;
END;
CREATE TRIGGER users_no_delete BEFORE DELETE ON users
BEGIN
    SELECT RAISE(ABORT, 'users_no_delete');
END;
CREATE TRIGGER users_no_replace BEFORE INSERT ON users
BEGIN
    SELECT RAISE(ABORT, 'users_no_delete') WHERE EXISTS (SELECT 1 FROM users WHERE id = NEW.id OR rowid = NEW.rowid);
    SELECT RAISE(ABORT, 'users_email') WHERE EXISTS (SELECT 1 FROM users WHERE email = NEW.email);
END;
CREATE TRIGGER users_no_replace_by_update BEFORE UPDATE OF id, email ON users
BEGIN
    SELECT RAISE(ABORT, 'users_no_delete') WHERE NEW.id <> OLD.id;
    SELECT RAISE(ABORT, 'users_email') WHERE EXISTS (SELECT 1 FROM users WHERE email = NEW.email AND id <> OLD.id);
END;
CREATE TRIGGER users_words_insert AFTER INSERT ON users
BEGIN
    INSERT INTO user_words (user_id, search) VALUES (NEW.id, ' ' || NEW.search);
    INSERT INTO users_search (rowid, search) SELECT n, search FROM user_words WHERE user_id = NEW.id;
END;
CREATE TRIGGER users_words_update AFTER UPDATE OF search ON users WHEN NEW.search <> OLD.search
BEGIN
    INSERT INTO users_search (users_search, rowid, search) SELECT 'delete', n, search FROM user_words WHERE user_id = NEW.id;
    UPDATE user_words SET search = ' ' || NEW.search WHERE user_id = NEW.id;
    INSERT INTO users_search (rowid, search) SELECT n, search FROM user_words WHERE user_id = NEW.id;
END;
CREATE VIRTUAL TABLE users_search USING fts5 (search, content = 'user_words', content_rowid = 'n', tokenize = 'trigram case_sensitive 1');

CREATE TABLE 'users_search_config'(k PRIMARY KEY, v) WITHOUT ROWID;

CREATE TABLE 'users_search_data'(id INTEGER PRIMARY KEY, block BLOB);

CREATE TABLE 'users_search_docsize'(id INTEGER PRIMARY KEY, sz BLOB);

CREATE TABLE 'users_search_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;
