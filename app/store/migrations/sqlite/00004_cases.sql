-- Cases, messages and the API: the work that people's accounts are for.

-- +goose Up

-- What is said with a client is counted on the case, so that nobody has to count messages: how many there are, how many
-- of them are the client's, and when the last one came.
ALTER TABLE clients ADD COLUMN external_id text;
ALTER TABLE clients ADD COLUMN sort_name text NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN search text NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN generation bigint NOT NULL DEFAULT 1;
ALTER TABLE clients ADD COLUMN created_by text NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN external_id text;
-- What lists of cases are ordered by and searched through, folded by the program: words is the title and then the number;
-- client_name and owner_name are what clients and users are ordered by; search is words, the client's and the owner's name.
ALTER TABLE cases ADD COLUMN words text NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN client_name text NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN owner_name text NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN search text NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN messages bigint NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN inbound bigint NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN last_message_at timestamp;
CREATE UNIQUE INDEX clients_external ON clients (external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX cases_external ON cases (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX clients_name ON clients (sort_name, id);

-- An index for each order of the list; it holds what lists are filtered by.
CREATE INDEX cases_by_number ON cases (number, id, status, owner_id, department_id, private);
CREATE INDEX cases_by_title ON cases (words, id, status, owner_id, department_id);
CREATE INDEX cases_by_client ON cases (client_name, id, status, owner_id, department_id);
CREATE INDEX cases_by_owner ON cases (owner_name, id, status, department_id);
CREATE INDEX cases_opened ON cases (opened_at, id, status, owner_id, department_id);
CREATE INDEX cases_talked ON cases (COALESCE(last_message_at, ''), id, status, owner_id, department_id);
CREATE INDEX cases_status ON cases (status, number, id, owner_id, department_id);
CREATE INDEX cases_stage ON cases (stage, number, id, status, owner_id, department_id);
CREATE INDEX cases_department ON cases (department_id, number, id, status, owner_id);

-- The stages a case goes through, in their order. cases.stage holds the name; a stage that is renamed is renamed there too.
CREATE TABLE stages (
    id         text NOT NULL PRIMARY KEY,
    name       text NOT NULL,
    position   bigint NOT NULL,
    generation bigint NOT NULL DEFAULT 1,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
);
CREATE UNIQUE INDEX stages_name ON stages (lower(name));
INSERT INTO stages (id, name, position, created_at, updated_at)
    SELECT lower(hex(randomblob(16))), min(stage), row_number() OVER (ORDER BY min(created_at)), min(created_at), min(created_at) FROM cases WHERE stage <> '' GROUP BY lower(stage);

-- Who a case is somebody's business (S3-25): its owner and its members, each once, whichever way owner and members are
-- written. How far they have read what the client wrote: the client's messages are numbered within a case, and read_inbound
-- is the last one seen; unread is what came since. And whether they are told of what happens (V-4).
CREATE TABLE associations (
    case_id      text NOT NULL REFERENCES cases (id),
    user_id      text NOT NULL REFERENCES users (id),
    read_inbound bigint NOT NULL DEFAULT 0,
    unread       bigint NOT NULL DEFAULT 0,
    bell         boolean NOT NULL DEFAULT true,
    created_at   timestamp NOT NULL,
    PRIMARY KEY (case_id, user_id)
);
CREATE INDEX associations_user ON associations (user_id, case_id);
CREATE INDEX associations_unread ON associations (user_id, case_id, unread) WHERE unread > 0;
ALTER TABLE users ADD COLUMN bell_default boolean NOT NULL DEFAULT true;
DELETE FROM case_members WHERE EXISTS (SELECT 1 FROM cases k WHERE k.id = case_members.case_id AND k.owner_id = case_members.user_id);
INSERT INTO associations (case_id, user_id, created_at)
    SELECT k.id, k.owner_id, k.created_at FROM cases k WHERE k.owner_id IS NOT NULL
    UNION SELECT m.case_id, m.user_id, m.created_at FROM case_members m JOIN cases k ON k.id = m.case_id WHERE m.user_id <> COALESCE(k.owner_id, '');

-- +goose StatementBegin
CREATE TRIGGER cases_associated_insert AFTER INSERT ON cases WHEN NEW.owner_id IS NOT NULL
BEGIN
    INSERT INTO associations (case_id, user_id, read_inbound, bell, created_at)
        SELECT NEW.id, u.id, NEW.inbound, u.bell_default, NEW.updated_at FROM users u WHERE u.id = NEW.owner_id
        ON CONFLICT (case_id, user_id) DO NOTHING;
END;
-- +goose StatementEnd
-- What the owner before has not read, whoever takes over has not read either. A member who becomes the owner is a member
-- no more: nobody is both.
-- +goose StatementBegin
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
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER members_associated AFTER INSERT ON case_members
BEGIN
    INSERT INTO associations (case_id, user_id, read_inbound, bell, created_at)
        SELECT k.id, u.id, k.inbound, u.bell_default, NEW.created_at FROM cases k, users u WHERE k.id = NEW.case_id AND u.id = NEW.user_id
        ON CONFLICT (case_id, user_id) DO NOTHING;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER members_dissociated AFTER DELETE ON case_members
BEGIN
    DELETE FROM associations WHERE case_id = OLD.case_id AND user_id = OLD.user_id
        AND NOT EXISTS (SELECT 1 FROM cases WHERE id = OLD.case_id AND owner_id = OLD.user_id);
END;
-- +goose StatementEnd

-- An owner who is called otherwise is found in the cases by the new name.
-- +goose StatementBegin
CREATE TRIGGER users_named_on_cases AFTER UPDATE OF sort_name ON users WHEN NEW.sort_name <> OLD.sort_name
BEGIN
    UPDATE cases SET owner_name = NEW.sort_name, search = words || ' ' || (SELECT l.search FROM clients l WHERE l.id = cases.client_id) || ' ' || NEW.sort_name WHERE owner_id = NEW.id;
END;
-- +goose StatementEnd

-- What is said between a client and the practice. number counts within the case; inbound is how many of the client's there
-- are up to this one. Messages are never changed and never deleted.
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
CREATE UNIQUE INDEX messages_number ON messages (case_id, number);
CREATE UNIQUE INDEX messages_external ON messages (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX messages_created ON messages (created_at);

-- What the team says among itself. A comment that was taken back stays, without its words.
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
CREATE TABLE comment_mentions (
    comment_id text NOT NULL REFERENCES comments (id),
    user_id    text NOT NULL REFERENCES users (id),
    PRIMARY KEY (comment_id, user_id)
);

-- What people are told of within the app: somebody called them, gave them a case, and so on. object_id is what it is about.
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
CREATE UNIQUE INDEX bulletins_send_key ON bulletins (send_key);
CREATE INDEX bulletins_user ON bulletins (user_id, created_at, id);
CREATE INDEX bulletins_created ON bulletins (created_at);
CREATE INDEX bulletins_unread ON bulletins (user_id, id) WHERE read_at IS NULL;

-- How likely a client is to recommend the practice, from 0 to 10, and why.
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

-- Appointments are instants, with the zone in which they were agreed on; deadlines are days, YYYY-MM-DD.
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
CREATE INDEX appointments_owner ON appointments (owner_id, starts_at, id);
CREATE INDEX appointments_case ON appointments (case_id, starts_at, id);
CREATE UNIQUE INDEX appointments_external ON appointments (external_id) WHERE external_id IS NOT NULL;
CREATE TABLE appointment_people (
    appointment_id text NOT NULL REFERENCES appointments (id),
    user_id        text NOT NULL REFERENCES users (id),
    PRIMARY KEY (appointment_id, user_id)
);
CREATE INDEX appointment_people_user ON appointment_people (user_id);
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
CREATE UNIQUE INDEX deadlines_external ON deadlines (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX deadlines_case ON deadlines (case_id, due_on, id);
CREATE INDEX deadlines_open ON deadlines (due_on, case_id) WHERE done_at IS NULL;

-- Money is whole minor units of its currency. paid is the sum of the payments that were not taken back, and never more
-- than the amount.
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
CREATE UNIQUE INDEX invoices_number ON invoices (lower(number));
CREATE INDEX invoices_case ON invoices (case_id, issued_on, id);
CREATE UNIQUE INDEX invoices_external ON invoices (external_id) WHERE external_id IS NOT NULL;
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
CREATE INDEX payments_invoice ON payments (invoice_id, received_on, id);
CREATE UNIQUE INDEX payments_external ON payments (external_id) WHERE external_id IS NOT NULL;

-- The card that clients see (B-10): at this address, once it is published (NULL: private), and with an e-mail address of its own (S3-7).
ALTER TABLE users ADD COLUMN client_email text NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN card_slug text;
ALTER TABLE users ADD COLUMN card_published_at timestamp;
CREATE UNIQUE INDEX users_card_slug ON users (card_slug) WHERE card_slug IS NOT NULL;

-- What other systems sign in with: only its hash is kept, and it counts while its person's epoch is the one it was made
-- in (B-2). scopes are permission names by spaces.
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
-- What was done with a token says by its name which.
ALTER TABLE audit ADD COLUMN token text NOT NULL DEFAULT '';
-- What was answered to a request that may be sent again (Idempotency-Key).
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

-- Search by any part of a word, as that of users, but without the places of the parts: they are candidates, whose words are
-- looked through. The search columns are folded by the program, which also fills in those of before.
CREATE TABLE case_words (
    n       integer NOT NULL PRIMARY KEY,
    case_id text NOT NULL REFERENCES cases (id),
    search  text NOT NULL
);
CREATE UNIQUE INDEX case_words_case ON case_words (case_id);
CREATE VIRTUAL TABLE cases_search USING fts5 (search, content = 'case_words', content_rowid = 'n', detail = none, tokenize = 'trigram case_sensitive 1');
INSERT INTO case_words (case_id, search) SELECT id, ' ' || search FROM cases;
INSERT INTO cases_search (rowid, search) SELECT n, search FROM case_words;
-- +goose StatementBegin
CREATE TRIGGER cases_words_insert AFTER INSERT ON cases
BEGIN
    INSERT INTO case_words (case_id, search) VALUES (NEW.id, ' ' || NEW.search);
    INSERT INTO cases_search (rowid, search) SELECT n, search FROM case_words WHERE case_id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_words_update AFTER UPDATE OF search ON cases WHEN NEW.search <> OLD.search
BEGIN
    INSERT INTO cases_search (cases_search, rowid, search) SELECT 'delete', n, search FROM case_words WHERE case_id = NEW.id;
    UPDATE case_words SET search = ' ' || NEW.search WHERE case_id = NEW.id;
    INSERT INTO cases_search (rowid, search) SELECT n, search FROM case_words WHERE case_id = NEW.id;
END;
-- +goose StatementEnd
CREATE TABLE client_words (
    n       integer NOT NULL PRIMARY KEY,
    client_id text NOT NULL REFERENCES clients (id),
    search  text NOT NULL
);
CREATE UNIQUE INDEX client_words_client ON client_words (client_id);
CREATE VIRTUAL TABLE clients_search USING fts5 (search, content = 'client_words', content_rowid = 'n', detail = none, tokenize = 'trigram case_sensitive 1');
INSERT INTO client_words (client_id, search) SELECT id, ' ' || search FROM clients;
INSERT INTO clients_search (rowid, search) SELECT n, search FROM client_words;
-- +goose StatementBegin
CREATE TRIGGER clients_words_insert AFTER INSERT ON clients
BEGIN
    INSERT INTO client_words (client_id, search) VALUES (NEW.id, ' ' || NEW.search);
    INSERT INTO clients_search (rowid, search) SELECT n, search FROM client_words WHERE client_id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER clients_words_update AFTER UPDATE OF search ON clients WHEN NEW.search <> OLD.search
BEGIN
    INSERT INTO clients_search (clients_search, rowid, search) SELECT 'delete', n, search FROM client_words WHERE client_id = NEW.id;
    UPDATE client_words SET search = ' ' || NEW.search WHERE client_id = NEW.id;
    INSERT INTO clients_search (rowid, search) SELECT n, search FROM client_words WHERE client_id = NEW.id;
END;
-- +goose StatementEnd
