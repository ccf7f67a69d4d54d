-- Daily mails: one to each person, of each kind, for each of their days.

-- +goose Up

-- When a person is to be looked at next, for a kind of daily mail (NULL: not before something changes), and the last local day for which there was one,
-- as 2026-11-22. What a person, their wishes or the practice's become puts next_at back to long ago: then it is reckoned anew; fresh are wishes that have
-- changed since, by which nothing is made up for. That there is one mail for a day at most, is seen to by mails.send_key; last_date only spares the asking.
CREATE TABLE dailies (
    user_id   text NOT NULL REFERENCES users (id),
    kind      text NOT NULL CHECK (kind IN ('summary', 'exceptions')),
    next_at   timestamptz,
    last_date text NOT NULL DEFAULT '',
    fresh     boolean NOT NULL DEFAULT true,
    PRIMARY KEY (user_id, kind)
);
CREATE INDEX dailies_due ON dailies (kind, next_at) WHERE next_at IS NOT NULL;
INSERT INTO dailies (user_id, kind, next_at)
    SELECT u.id, k.kind, '1970-01-01T00:00:00Z' FROM users u CROSS JOIN (SELECT 'summary' AS kind UNION SELECT 'exceptions') k;

-- How late it was when somebody was last decided on: a clock that is put back is seen by it.
CREATE TABLE daily_clock (
    id text NOT NULL PRIMARY KEY CHECK (id = 'clock'),
    at timestamptz NOT NULL
);
INSERT INTO daily_clock (id, at) VALUES ('clock', '1970-01-01T00:00:00Z');

-- +goose StatementBegin
CREATE FUNCTION dailies_of_user() RETURNS trigger AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO dailies (user_id, kind, next_at) VALUES (NEW.id, 'summary', '1970-01-01T00:00:00Z'), (NEW.id, 'exceptions', '1970-01-01T00:00:00Z');
    ELSE
        UPDATE dailies SET next_at = '1970-01-01T00:00:00Z', fresh = fresh OR NEW.status <> OLD.status WHERE user_id = NEW.id;
    END IF;
    RETURN NULL;
END;
$$ LANGUAGE plpgsql;
-- +goose StatementEnd
CREATE TRIGGER users_have_dailies AFTER INSERT ON users
    FOR EACH ROW EXECUTE FUNCTION dailies_of_user();
CREATE TRIGGER users_change_dailies AFTER UPDATE OF zone, status ON users
    FOR EACH ROW WHEN (NEW.zone <> OLD.zone OR NEW.status <> OLD.status) EXECUTE FUNCTION dailies_of_user();
-- +goose StatementBegin
CREATE FUNCTION preferences_change_dailies() RETURNS trigger AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        UPDATE dailies SET next_at = '1970-01-01T00:00:00Z', fresh = true WHERE user_id = OLD.user_id;
    ELSE
        UPDATE dailies SET next_at = '1970-01-01T00:00:00Z', fresh = true WHERE user_id = NEW.user_id;
    END IF;
    RETURN NULL;
END;
$$ LANGUAGE plpgsql;
-- +goose StatementEnd
CREATE TRIGGER preferences_change_dailies AFTER INSERT OR UPDATE OR DELETE ON preferences
    FOR EACH ROW EXECUTE FUNCTION preferences_change_dailies();
-- +goose StatementBegin
CREATE FUNCTION policy_changes_dailies() RETURNS trigger AS $$
BEGIN
    UPDATE dailies SET next_at = '1970-01-01T00:00:00Z', fresh = true;
    RETURN NULL;
END;
$$ LANGUAGE plpgsql;
-- +goose StatementEnd
CREATE TRIGGER policy_changes_dailies AFTER UPDATE OF summary, summary_locked, exceptions, exceptions_locked, minute, days ON notice_policy
    FOR EACH ROW WHEN ((NEW.summary, NEW.summary_locked, NEW.exceptions, NEW.exceptions_locked, NEW.minute, NEW.days)
        IS DISTINCT FROM (OLD.summary, OLD.summary_locked, OLD.exceptions, OLD.exceptions_locked, OLD.minute, OLD.days))
    EXECUTE FUNCTION policy_changes_dailies();

-- The newest of a client's messages in a case, however much the practice has written since.
CREATE INDEX messages_inbound ON messages (case_id, inbound) WHERE direction = 'in';
