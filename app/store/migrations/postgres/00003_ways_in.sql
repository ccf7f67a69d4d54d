-- +goose Up

-- Ways in: texts with PINs, second factors, passkeys, known devices, and signing in by steps.

-- The practice's wish (ASVS 6.3.3): who must have a second factor, since when, and after how many days of grace.
ALTER TABLE organization ADD COLUMN second_factor text NOT NULL DEFAULT 'off' CHECK (second_factor IN ('off', 'administrators', 'everyone'));
ALTER TABLE organization ADD COLUMN second_factor_since timestamptz;
ALTER TABLE organization ADD COLUMN second_factor_days integer NOT NULL DEFAULT 14 CHECK (second_factor_days BETWEEN 0 AND 90);

-- A number signs in only once its owner has shown that it is theirs (S3-13). Of two people who are not inactive one has it.
ALTER TABLE users ADD COLUMN cell_verified_at timestamptz;
CREATE UNIQUE INDEX users_verified_cell ON users (cell) WHERE cell_verified_at IS NOT NULL AND status <> 'INACTIVE';
-- +goose StatementBegin
CREATE FUNCTION changed_cell_is_unverified() RETURNS trigger AS $$
BEGIN
    NEW.cell_verified_at = NULL;
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;
-- +goose StatementEnd
CREATE TRIGGER users_cell_changed BEFORE UPDATE OF cell ON users
    FOR EACH ROW WHEN (NEW.cell <> OLD.cell AND NEW.cell_verified_at IS NOT DISTINCT FROM OLD.cell_verified_at) EXECUTE FUNCTION changed_cell_is_unverified();

-- Who comes back after having left shows anew that the number is theirs: numbers get other owners.
CREATE TRIGGER users_deactivated_cell BEFORE UPDATE OF status ON users
    FOR EACH ROW WHEN (NEW.status = 'INACTIVE' AND NEW.cell_verified_at IS NOT NULL) EXECUTE FUNCTION changed_cell_is_unverified();

-- The way by which a session was begun is its method; the second factor that was asked for beside it stands here.
ALTER TABLE sessions ADD COLUMN factor text NOT NULL DEFAULT '' CHECK (factor IN ('', 'totp', 'recovery', 'passkey'));
-- What the last proof in a session was: 'factor' where a second factor or a passkey was part of it. Whoever has one changes their
-- factors by nothing less.
ALTER TABLE sessions ADD COLUMN proven_by text NOT NULL DEFAULT '' CHECK (proven_by IN ('', 'factor'));

-- A sign-in whose first proof was good and whose second is awaited (purpose sign-in). It is no session: nothing but the second
-- step takes it. The browser holds its secret, of which the hash stands here. The other purposes are challenges that a passkey
-- has answered, by their hash, so that no answer counts twice; those that nobody answered stand nowhere.
CREATE TABLE signin_steps (
    id         text NOT NULL PRIMARY KEY,
    token_hash text NOT NULL,
    user_id    text REFERENCES users (id),
    method     text NOT NULL CHECK (method IN ('password', 'link', 'pin', 'passkey')),
    purpose    text NOT NULL CHECK (purpose IN ('sign-in', 'passkey', 'enrol', 'proof')),
    tries      integer NOT NULL DEFAULT 0,
    epoch      bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE UNIQUE INDEX signin_steps_token ON signin_steps (token_hash);
CREATE INDEX signin_steps_expiry ON signin_steps (expires_at);

-- PINs, sent by text: to sign in, to show that a number is one's own, or to prove who one is in a session. A row is written
-- for a number that nobody has, too, so that limits and time are alike (B-22); it names the number by a keyed hash only. The
-- PIN is made when it is sent and stands here as a keyed hash. It counts in the browser that asked for it alone (ASVS 6.6.2).
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
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz
);
-- Of those who ask for one number from one network at the same time one gets through: a slot is half a minute.
CREATE UNIQUE INDEX pins_slot ON pins (number_key, network, slot);
CREATE INDEX pins_browser ON pins (browser_hash);
CREATE INDEX pins_number ON pins (number_key, created_at);
CREATE INDEX pins_user ON pins (user_id, created_at);
CREATE INDEX pins_network ON pins (network, created_at);
CREATE INDEX pins_created ON pins (created_at);

-- Texts on their way: what mails are for mail. The number leaves the row once the text was sent or given up.
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
    created_at   timestamptz NOT NULL,
    next_at      timestamptz NOT NULL,
    not_after    timestamptz NOT NULL,
    finished_at  timestamptz
);
CREATE UNIQUE INDEX texts_send_key ON texts (send_key);
CREATE INDEX texts_due ON texts (next_at) WHERE state = 'waiting';
CREATE INDEX texts_created ON texts (created_at);
CREATE INDEX texts_user ON texts (user_id, created_at);
CREATE INDEX texts_finished ON texts (finished_at) WHERE finished_at IS NOT NULL;

-- Second factors: authenticator apps (the secret enciphered with the practice's key) and passkeys (the public key). used_step is
-- the last time step whose code was taken, so that none is taken twice (ASVS 6.5.1).
CREATE TABLE factors (
    id            text NOT NULL PRIMARY KEY,
    user_id       text NOT NULL REFERENCES users (id),
    kind          text NOT NULL CHECK (kind IN ('totp', 'passkey')),
    name          text NOT NULL,
    secret        text NOT NULL DEFAULT '',
    credential_id text NOT NULL DEFAULT '',
    credential    text NOT NULL DEFAULT '',
    used_step     bigint NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL,
    confirmed_at  timestamptz,
    last_used_at  timestamptz
);
CREATE INDEX factors_user ON factors (user_id, kind);
CREATE UNIQUE INDEX factors_credential ON factors (credential_id) WHERE credential_id <> '';
CREATE UNIQUE INDEX factors_one_app ON factors (user_id) WHERE kind = 'totp' AND confirmed_at IS NOT NULL;

CREATE TABLE recovery_codes (
    id         text NOT NULL PRIMARY KEY,
    user_id    text NOT NULL REFERENCES users (id),
    code_hash  text NOT NULL,
    created_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE UNIQUE INDEX recovery_codes_code ON recovery_codes (user_id, code_hash);

-- Browsers in which a person was signed in before, by the hash of a cookie of their own: a new one is told to the person (B-6).
CREATE TABLE devices (
    id           text NOT NULL PRIMARY KEY,
    user_id      text NOT NULL REFERENCES users (id),
    device_hash  text NOT NULL,
    browser      text NOT NULL,
    created_at   timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX devices_user ON devices (user_id, device_hash);
CREATE INDEX devices_seen ON devices (last_seen_at);
-- Sessions of before browsers were known have announced = false: the browsers that they began in are not told as new (devices.go).
ALTER TABLE sessions ADD COLUMN announced boolean NOT NULL DEFAULT false;

-- Somebody has said that it was not them (B-6): until a new password is chosen, only a recovery link opens the account. The
-- link by which they say so takes back what was added to the account since the event that its mail tells of.
ALTER TABLE credentials ADD COLUMN disowned_at timestamptz;
ALTER TABLE links ADD COLUMN since timestamptz;
