-- Notices: who wants to be told what, and what the practice says about it.

-- +goose Up

-- What is NULL is as the practice has it. Minutes are of the local day; days are ISO weekdays, such as 12345.
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
    updated_at    timestamptz NOT NULL
);

-- What holds where somebody has said nothing, and (locked) whatever they say; and how much a mail tells (B-14).
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
    updated_at           timestamptz NOT NULL
);
INSERT INTO notice_policy (id, updated_at) VALUES ('policy', CURRENT_TIMESTAMP);

-- What a mail of events tells of, each once to a person (S3-21, S3-22); what it says of it is read when it is sent, so nothing of a client stands here.
-- for_id is who is away, and for whom the receiver stands in (B-5).
CREATE TABLE mail_items (
    user_id    text NOT NULL REFERENCES users (id),
    kind       text NOT NULL CHECK (kind IN ('message', 'score', 'mention')),
    object_id  text NOT NULL,
    mail_id    text NOT NULL REFERENCES mails (id) ON DELETE CASCADE,
    case_id    text NOT NULL REFERENCES cases (id),
    actor_id   text,
    for_id     text REFERENCES users (id),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, kind, object_id)
);
CREATE INDEX mail_items_mail ON mail_items (mail_id);

-- The mail to a person that events are gathered in, as long as it waits and was never tried. The row is also what two events wait for one another at.
CREATE TABLE mail_gathering (
    user_id text NOT NULL PRIMARY KEY REFERENCES users (id),
    mail_id text REFERENCES mails (id) ON DELETE SET NULL
);
CREATE INDEX mail_gathering_mail ON mail_gathering (mail_id);
