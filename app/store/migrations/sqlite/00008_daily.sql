-- Daily mails: one to each person, of each kind, for each of their days.

-- +goose Up

-- When a person is to be looked at next, for a kind of daily mail (NULL: not before something changes), and the last local day for which there was one,
-- as 2026-11-22. What a person, their wishes or the practice's become puts next_at back to long ago: then it is reckoned anew; fresh are wishes that have
-- changed since, by which nothing is made up for. That there is one mail for a day at most, is seen to by mails.send_key; last_date only spares the asking.
CREATE TABLE dailies (
    user_id   text NOT NULL REFERENCES users (id),
    kind      text NOT NULL CHECK (kind IN ('summary', 'exceptions')),
    next_at   timestamp,
    last_date text NOT NULL DEFAULT '',
    fresh     boolean NOT NULL DEFAULT true,
    PRIMARY KEY (user_id, kind)
);
CREATE INDEX dailies_due ON dailies (kind, next_at) WHERE next_at IS NOT NULL;
INSERT INTO dailies (user_id, kind, next_at)
    SELECT u.id, k.kind, '1970-01-01T00:00:00.000000Z' FROM users u CROSS JOIN (SELECT 'summary' AS kind UNION SELECT 'exceptions') k;

-- How late it was when somebody was last decided on: a clock that is put back is seen by it.
CREATE TABLE daily_clock (
    id text NOT NULL PRIMARY KEY CHECK (id = 'clock'),
    at timestamp NOT NULL
);
INSERT INTO daily_clock (id, at) VALUES ('clock', '1970-01-01T00:00:00.000000Z');

-- +goose StatementBegin
CREATE TRIGGER users_have_dailies AFTER INSERT ON users
BEGIN
    INSERT INTO dailies (user_id, kind, next_at) VALUES (NEW.id, 'summary', '1970-01-01T00:00:00.000000Z'), (NEW.id, 'exceptions', '1970-01-01T00:00:00.000000Z');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER users_change_dailies AFTER UPDATE OF zone, status ON users WHEN NEW.zone <> OLD.zone OR NEW.status <> OLD.status
BEGIN
    UPDATE dailies SET next_at = '1970-01-01T00:00:00.000000Z', fresh = fresh OR NEW.status <> OLD.status WHERE user_id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER preferences_begin_dailies AFTER INSERT ON preferences
BEGIN
    UPDATE dailies SET next_at = '1970-01-01T00:00:00.000000Z', fresh = true WHERE user_id = NEW.user_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER preferences_change_dailies AFTER UPDATE ON preferences
BEGIN
    UPDATE dailies SET next_at = '1970-01-01T00:00:00.000000Z', fresh = true WHERE user_id = NEW.user_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER preferences_end_dailies AFTER DELETE ON preferences
BEGIN
    UPDATE dailies SET next_at = '1970-01-01T00:00:00.000000Z', fresh = true WHERE user_id = OLD.user_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER policy_changes_dailies AFTER UPDATE OF summary, summary_locked, exceptions, exceptions_locked, minute, days ON notice_policy
    WHEN (NEW.summary, NEW.summary_locked, NEW.exceptions, NEW.exceptions_locked, NEW.minute, NEW.days)
        IS NOT (OLD.summary, OLD.summary_locked, OLD.exceptions, OLD.exceptions_locked, OLD.minute, OLD.days)
BEGIN
    UPDATE dailies SET next_at = '1970-01-01T00:00:00.000000Z', fresh = true;
END;
-- +goose StatementEnd

-- The newest of a client's messages in a case, however much the practice has written since.
CREATE INDEX messages_inbound ON messages (case_id, inbound) WHERE direction = 'in';
