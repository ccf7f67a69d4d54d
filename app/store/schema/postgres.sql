-- Made by go test ./app/store -run Schema -update; to be read, never to be run.

CREATE TABLE absences (
    id text NOT NULL,
    user_id text NOT NULL,
    cover_id text,
    first_day text NOT NULL,
    last_day text NOT NULL,
    begins_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    note text NOT NULL DEFAULT ''::text,
    created_by text NOT NULL,
    generation bigint NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT absences_cover CHECK ((cover_id <> user_id)),
    CONSTRAINT absences_cover_id_fkey FOREIGN KEY (cover_id) REFERENCES users(id),
    CONSTRAINT absences_end CHECK ((ends_at > begins_at)),
    CONSTRAINT absences_pkey PRIMARY KEY (id),
    CONSTRAINT absences_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX absences_cover ON public.absences USING btree (cover_id, begins_at) WHERE (cover_id IS NOT NULL);
CREATE INDEX absences_user ON public.absences USING btree (user_id, begins_at);

CREATE TABLE addresses (
    address text NOT NULL,
    user_id text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    released_at timestamp with time zone,
    held_until timestamp with time zone,
    CONSTRAINT addresses_address_check CHECK ((address = lower(address))),
    CONSTRAINT addresses_pkey PRIMARY KEY (address),
    CONSTRAINT addresses_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX addresses_held ON public.addresses USING btree (held_until) WHERE (held_until IS NOT NULL);
CREATE INDEX addresses_user ON public.addresses USING btree (user_id);
CREATE TRIGGER addresses_stay BEFORE DELETE ON public.addresses FOR EACH ROW WHEN ((old.held_until IS NULL)) EXECUTE FUNCTION addresses_are_kept();
CREATE TRIGGER addresses_stay_all BEFORE TRUNCATE ON public.addresses FOR EACH STATEMENT EXECUTE FUNCTION addresses_are_kept();
CREATE TRIGGER addresses_stay_with_whom BEFORE UPDATE OF address, user_id, held_until ON public.addresses FOR EACH ROW WHEN (((new.address <> old.address) OR ((old.held_until IS NULL) AND ((new.user_id <> old.user_id) OR (new.held_until IS NOT NULL))))) EXECUTE FUNCTION addresses_are_kept();

CREATE TABLE appointment_people (
    appointment_id text NOT NULL,
    user_id text NOT NULL,
    CONSTRAINT appointment_people_appointment_id_fkey FOREIGN KEY (appointment_id) REFERENCES appointments(id),
    CONSTRAINT appointment_people_pkey PRIMARY KEY (appointment_id, user_id),
    CONSTRAINT appointment_people_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX appointment_people_user ON public.appointment_people USING btree (user_id);

CREATE TABLE appointments (
    id text NOT NULL,
    case_id text,
    owner_id text NOT NULL,
    title text NOT NULL,
    place text NOT NULL DEFAULT ''::text,
    notes text NOT NULL DEFAULT ''::text,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    zone text NOT NULL,
    status text NOT NULL DEFAULT 'planned'::text,
    external_id text,
    created_by text NOT NULL,
    generation bigint NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT appointments_case_id_fkey FOREIGN KEY (case_id) REFERENCES cases(id),
    CONSTRAINT appointments_end CHECK ((ends_at > starts_at)),
    CONSTRAINT appointments_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(id),
    CONSTRAINT appointments_pkey PRIMARY KEY (id),
    CONSTRAINT appointments_status_check CHECK ((status = ANY (ARRAY['planned'::text, 'cancelled'::text])))
);
CREATE INDEX appointments_case ON public.appointments USING btree (case_id, starts_at, id);
CREATE UNIQUE INDEX appointments_external ON public.appointments USING btree (external_id) WHERE (external_id IS NOT NULL);
CREATE INDEX appointments_owner ON public.appointments USING btree (owner_id, starts_at, id);

CREATE TABLE associations (
    case_id text NOT NULL,
    user_id text NOT NULL,
    read_inbound bigint NOT NULL DEFAULT 0,
    unread bigint NOT NULL DEFAULT 0,
    bell boolean NOT NULL DEFAULT true,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT associations_case_id_fkey FOREIGN KEY (case_id) REFERENCES cases(id),
    CONSTRAINT associations_pkey PRIMARY KEY (case_id, user_id),
    CONSTRAINT associations_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX associations_unread ON public.associations USING btree (user_id, case_id, unread) WHERE (unread > 0);
CREATE INDEX associations_user ON public.associations USING btree (user_id, case_id);

CREATE TABLE audit (
    id text NOT NULL,
    at timestamp with time zone NOT NULL,
    actor_id text NOT NULL,
    actor_name text NOT NULL,
    action text NOT NULL,
    object_kind text NOT NULL,
    object_id text NOT NULL,
    changes text NOT NULL DEFAULT '[]'::text,
    network text NOT NULL DEFAULT ''::text,
    request_id text NOT NULL DEFAULT ''::text,
    token text NOT NULL DEFAULT ''::text,
    CONSTRAINT audit_pkey PRIMARY KEY (id)
);
CREATE INDEX audit_action ON public.audit USING btree (action, at);
CREATE INDEX audit_actor ON public.audit USING btree (actor_id, at);
CREATE INDEX audit_at ON public.audit USING btree (at);
CREATE INDEX audit_object ON public.audit USING btree (object_kind, object_id, at);
CREATE TRIGGER audit_no_update BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

CREATE TABLE bulletins (
    id text NOT NULL,
    user_id text NOT NULL,
    kind text NOT NULL,
    send_key text NOT NULL,
    case_id text,
    object_id text NOT NULL DEFAULT ''::text,
    actor_id text,
    count bigint NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL,
    read_at timestamp with time zone,
    CONSTRAINT bulletins_case_id_fkey FOREIGN KEY (case_id) REFERENCES cases(id),
    CONSTRAINT bulletins_pkey PRIMARY KEY (id),
    CONSTRAINT bulletins_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX bulletins_created ON public.bulletins USING btree (created_at);
CREATE UNIQUE INDEX bulletins_send_key ON public.bulletins USING btree (send_key);
CREATE INDEX bulletins_unread ON public.bulletins USING btree (user_id, id) WHERE (read_at IS NULL);
CREATE INDEX bulletins_user ON public.bulletins USING btree (user_id, created_at, id);

CREATE TABLE calendar_attempts (
    id text NOT NULL,
    user_id text NOT NULL,
    session_id text NOT NULL DEFAULT ''::text,
    kind text NOT NULL,
    sealed text NOT NULL DEFAULT ''::text,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT calendar_attempts_kind_check CHECK ((kind = ANY (ARRAY['google'::text, 'microsoft'::text, 'caldav'::text]))),
    CONSTRAINT calendar_attempts_pkey PRIMARY KEY (id),
    CONSTRAINT calendar_attempts_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX calendar_attempts_expires ON public.calendar_attempts USING btree (expires_at);
CREATE INDEX calendar_attempts_user ON public.calendar_attempts USING btree (user_id, kind);

CREATE TABLE calendar_connections (
    id text NOT NULL,
    user_id text NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    clears boolean NOT NULL DEFAULT false,
    account text NOT NULL DEFAULT ''::text,
    server text NOT NULL DEFAULT ''::text,
    sealed text NOT NULL DEFAULT ''::text,
    term bigint NOT NULL DEFAULT 1,
    place text NOT NULL DEFAULT ''::text,
    at_cursor text NOT NULL DEFAULT ''::text,
    health text NOT NULL,
    reason text NOT NULL DEFAULT ''::text,
    since timestamp with time zone NOT NULL,
    told_at timestamp with time zone,
    tries integer NOT NULL DEFAULT 0,
    next_at timestamp with time zone,
    generation bigint NOT NULL DEFAULT 1,
    observed bigint NOT NULL DEFAULT 0,
    standing bigint NOT NULL DEFAULT 0,
    synced_at timestamp with time zone,
    ended_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT calendar_connections_health_check CHECK ((health = ANY (ARRAY['starting'::text, 'connected'::text, 'failing'::text, 'reconnect'::text]))),
    CONSTRAINT calendar_connections_kind_check CHECK ((kind = ANY (ARRAY['google'::text, 'microsoft'::text, 'caldav'::text]))),
    CONSTRAINT calendar_connections_pkey PRIMARY KEY (id),
    CONSTRAINT calendar_connections_state_check CHECK ((state = ANY (ARRAY['on'::text, 'ending'::text]))),
    CONSTRAINT calendar_connections_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE UNIQUE INDEX calendar_connections_one ON public.calendar_connections USING btree (user_id, kind) WHERE (state = 'on'::text);
CREATE INDEX calendar_connections_user ON public.calendar_connections USING btree (user_id);

CREATE TABLE calendar_events (
    connection_id text NOT NULL,
    uid text NOT NULL,
    ref text NOT NULL,
    version text NOT NULL,
    mark text NOT NULL,
    CONSTRAINT calendar_events_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES calendar_connections(id) ON DELETE CASCADE,
    CONSTRAINT calendar_events_pkey PRIMARY KEY (connection_id, uid)
);

CREATE TABLE calendar_feeds (
    user_id text NOT NULL,
    token_hash text NOT NULL,
    detail text NOT NULL,
    epoch bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    read_at timestamp with time zone,
    CONSTRAINT calendar_feeds_detail_check CHECK ((detail = ANY (ARRAY['full'::text, 'busy'::text]))),
    CONSTRAINT calendar_feeds_pkey PRIMARY KEY (user_id),
    CONSTRAINT calendar_feeds_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE UNIQUE INDEX calendar_feeds_token ON public.calendar_feeds USING btree (token_hash);

CREATE TABLE calendar_places (
    user_id text NOT NULL,
    kind text NOT NULL,
    account text NOT NULL,
    server text NOT NULL,
    place text NOT NULL,
    kept_at timestamp with time zone NOT NULL,
    CONSTRAINT calendar_places_kind_check CHECK ((kind = ANY (ARRAY['google'::text, 'microsoft'::text, 'caldav'::text]))),
    CONSTRAINT calendar_places_pkey PRIMARY KEY (user_id, kind, account, server),
    CONSTRAINT calendar_places_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);

CREATE TABLE case_members (
    case_id text NOT NULL,
    user_id text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT case_members_case_id_fkey FOREIGN KEY (case_id) REFERENCES cases(id),
    CONSTRAINT case_members_pkey PRIMARY KEY (case_id, user_id),
    CONSTRAINT case_members_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX case_members_user ON public.case_members USING btree (user_id);
CREATE TRIGGER members_associated AFTER INSERT ON public.case_members FOR EACH ROW EXECUTE FUNCTION case_has_member();
CREATE TRIGGER members_dissociated AFTER DELETE ON public.case_members FOR EACH ROW EXECUTE FUNCTION case_loses_member();

CREATE TABLE cases (
    id text NOT NULL,
    number text NOT NULL,
    title text NOT NULL,
    client_id text NOT NULL,
    stage text NOT NULL DEFAULT ''::text,
    status text NOT NULL DEFAULT 'open'::text,
    private boolean NOT NULL DEFAULT false,
    owner_id text,
    department_id text,
    opened_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    generation bigint NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    external_id text,
    words text NOT NULL DEFAULT ''::text,
    client_name text NOT NULL DEFAULT ''::text,
    owner_name text NOT NULL DEFAULT ''::text,
    search text NOT NULL DEFAULT ''::text,
    messages bigint NOT NULL DEFAULT 0,
    inbound bigint NOT NULL DEFAULT 0,
    last_message_at timestamp with time zone,
    CONSTRAINT cases_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients(id),
    CONSTRAINT cases_department_id_fkey FOREIGN KEY (department_id) REFERENCES departments(id),
    CONSTRAINT cases_open_owner CHECK (((status = 'closed'::text) OR (owner_id IS NOT NULL))),
    CONSTRAINT cases_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(id),
    CONSTRAINT cases_pkey PRIMARY KEY (id),
    CONSTRAINT cases_status_check CHECK ((status = ANY (ARRAY['open'::text, 'closed'::text])))
);
CREATE INDEX cases_by_client ON public.cases USING btree (client_name, id, status, owner_id, department_id);
CREATE INDEX cases_by_number ON public.cases USING btree (number, id, status, owner_id, department_id, private);
CREATE INDEX cases_by_owner ON public.cases USING btree (owner_name, id, status, department_id);
CREATE INDEX cases_by_title ON public.cases USING btree (words, id, status, owner_id, department_id);
CREATE INDEX cases_client ON public.cases USING btree (client_id);
CREATE INDEX cases_department ON public.cases USING btree (department_id, number, id, status, owner_id);
CREATE UNIQUE INDEX cases_external ON public.cases USING btree (external_id) WHERE (external_id IS NOT NULL);
CREATE UNIQUE INDEX cases_number ON public.cases USING btree (lower(number));
CREATE INDEX cases_opened ON public.cases USING btree (opened_at, id, status, owner_id, department_id);
CREATE INDEX cases_owner ON public.cases USING btree (owner_id, status, number);
CREATE INDEX cases_search ON public.cases USING gin (search gin_trgm_ops);
CREATE INDEX cases_stage ON public.cases USING btree (stage, number, id, status, owner_id, department_id);
CREATE INDEX cases_status ON public.cases USING btree (status, number, id, owner_id, department_id);
CREATE INDEX cases_talked ON public.cases USING btree (COALESCE(last_message_at, '-infinity'::timestamp with time zone), id, status, owner_id, department_id);
CREATE TRIGGER cases_associated AFTER INSERT OR UPDATE OF owner_id ON public.cases FOR EACH ROW EXECUTE FUNCTION case_has_owner();
CREATE TRIGGER cases_owner_active BEFORE INSERT OR UPDATE OF owner_id, status ON public.cases FOR EACH ROW EXECUTE FUNCTION open_cases_have_owners();

CREATE TABLE clients (
    id text NOT NULL,
    name text NOT NULL,
    email text NOT NULL DEFAULT ''::text,
    phone text NOT NULL DEFAULT ''::text,
    language text NOT NULL DEFAULT 'en'::text,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    external_id text,
    sort_name text NOT NULL DEFAULT ''::text,
    search text NOT NULL DEFAULT ''::text,
    generation bigint NOT NULL DEFAULT 1,
    created_by text NOT NULL DEFAULT ''::text,
    CONSTRAINT clients_language_check CHECK ((language = ANY (ARRAY['en'::text, 'es'::text, 'fr'::text]))),
    CONSTRAINT clients_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX clients_external ON public.clients USING btree (external_id) WHERE (external_id IS NOT NULL);
CREATE INDEX clients_name ON public.clients USING btree (sort_name, id);
CREATE INDEX clients_search ON public.clients USING gin (search gin_trgm_ops);

CREATE TABLE comment_mentions (
    comment_id text NOT NULL,
    user_id text NOT NULL,
    CONSTRAINT comment_mentions_comment_id_fkey FOREIGN KEY (comment_id) REFERENCES comments(id),
    CONSTRAINT comment_mentions_pkey PRIMARY KEY (comment_id, user_id),
    CONSTRAINT comment_mentions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);

CREATE TABLE comments (
    id text NOT NULL,
    case_id text NOT NULL,
    author_id text NOT NULL,
    body text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    edited_at timestamp with time zone,
    withdrawn_at timestamp with time zone,
    CONSTRAINT comments_author_id_fkey FOREIGN KEY (author_id) REFERENCES users(id),
    CONSTRAINT comments_case_id_fkey FOREIGN KEY (case_id) REFERENCES cases(id),
    CONSTRAINT comments_pkey PRIMARY KEY (id)
);
CREATE INDEX comments_case ON public.comments USING btree (case_id, created_at, id);

CREATE TABLE credentials (
    user_id text NOT NULL,
    password_hash text NOT NULL DEFAULT ''::text,
    password_changed_at timestamp with time zone,
    password_expires_at timestamp with time zone,
    must_change boolean NOT NULL DEFAULT false,
    failures integer NOT NULL DEFAULT 0,
    failures_since timestamp with time zone,
    locked_until timestamp with time zone,
    updated_at timestamp with time zone NOT NULL,
    disowned_at timestamp with time zone,
    CONSTRAINT credentials_pkey PRIMARY KEY (user_id),
    CONSTRAINT credentials_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX credentials_locked ON public.credentials USING btree (locked_until) WHERE (locked_until IS NOT NULL);

CREATE TABLE dailies (
    user_id text NOT NULL,
    kind text NOT NULL,
    next_at timestamp with time zone,
    last_date text NOT NULL DEFAULT ''::text,
    fresh boolean NOT NULL DEFAULT true,
    CONSTRAINT dailies_kind_check CHECK ((kind = ANY (ARRAY['summary'::text, 'exceptions'::text]))),
    CONSTRAINT dailies_pkey PRIMARY KEY (user_id, kind),
    CONSTRAINT dailies_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX dailies_due ON public.dailies USING btree (kind, next_at) WHERE (next_at IS NOT NULL);

CREATE TABLE daily_clock (
    id text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT daily_clock_id_check CHECK ((id = 'clock'::text)),
    CONSTRAINT daily_clock_pkey PRIMARY KEY (id)
);

CREATE TABLE deadlines (
    id text NOT NULL,
    case_id text NOT NULL,
    title text NOT NULL,
    due_on text NOT NULL,
    done_at timestamp with time zone,
    done_by text,
    external_id text,
    created_by text NOT NULL,
    generation bigint NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT deadlines_case_id_fkey FOREIGN KEY (case_id) REFERENCES cases(id),
    CONSTRAINT deadlines_pkey PRIMARY KEY (id)
);
CREATE INDEX deadlines_case ON public.deadlines USING btree (case_id, due_on, id);
CREATE UNIQUE INDEX deadlines_external ON public.deadlines USING btree (external_id) WHERE (external_id IS NOT NULL);
CREATE INDEX deadlines_open ON public.deadlines USING btree (due_on, case_id) WHERE (done_at IS NULL);

CREATE TABLE declared (
    id text NOT NULL,
    source text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    object_id text,
    fields text NOT NULL DEFAULT ''::text,
    digest text NOT NULL,
    state text NOT NULL,
    reasons text NOT NULL DEFAULT ''::text,
    paused_by text NOT NULL DEFAULT ''::text,
    seeded_at timestamp with time zone,
    ended boolean NOT NULL DEFAULT false,
    drift text NOT NULL DEFAULT ''::text,
    drifted_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    meant_id text NOT NULL DEFAULT ''::text,
    ended_at timestamp with time zone,
    CONSTRAINT declared_kind_check CHECK ((kind = ANY (ARRAY['organization'::text, 'department'::text, 'profile'::text, 'role'::text, 'user'::text]))),
    CONSTRAINT declared_pkey PRIMARY KEY (id),
    CONSTRAINT declared_state_check CHECK ((state = ANY (ARRAY['applied'::text, 'refused'::text, 'paused'::text, 'leaving'::text, 'released'::text])))
);
CREATE UNIQUE INDEX declared_name ON public.declared USING btree (source, kind, name);
CREATE UNIQUE INDEX declared_object ON public.declared USING btree (kind, object_id) WHERE (state <> 'released'::text);

CREATE TABLE declared_sources (
    source text NOT NULL,
    problems text NOT NULL DEFAULT ''::text,
    leaving integer NOT NULL DEFAULT 0,
    whole integer NOT NULL DEFAULT 0,
    since timestamp with time zone NOT NULL,
    CONSTRAINT declared_sources_pkey PRIMARY KEY (source)
);

CREATE TABLE departments (
    id text NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    generation bigint NOT NULL DEFAULT 1,
    CONSTRAINT departments_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX departments_name ON public.departments USING btree (lower(name));
CREATE TRIGGER departments_new_version AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.departments FOR EACH STATEMENT EXECUTE FUNCTION practice_new_version();

CREATE TABLE departures (
    id text NOT NULL,
    user_id text NOT NULL,
    state text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    reason text NOT NULL DEFAULT ''::text,
    plan text NOT NULL DEFAULT '{}'::text,
    receipt text NOT NULL DEFAULT '{}'::text,
    done bigint NOT NULL DEFAULT 0,
    total bigint NOT NULL DEFAULT 0,
    requested_by text NOT NULL,
    requested_name text NOT NULL,
    generation bigint NOT NULL DEFAULT 1,
    observed bigint NOT NULL DEFAULT 0,
    conditions text NOT NULL DEFAULT '[]'::text,
    created_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    CONSTRAINT departures_pkey PRIMARY KEY (id),
    CONSTRAINT departures_state_check CHECK ((state = ANY (ARRAY['planned'::text, 'working'::text, 'blocked'::text, 'done'::text, 'cancelled'::text]))),
    CONSTRAINT departures_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX departures_due ON public.departures USING btree (due_at) WHERE (state = ANY (ARRAY['planned'::text, 'working'::text, 'blocked'::text]));
CREATE UNIQUE INDEX departures_one_open ON public.departures USING btree (user_id) WHERE (state = ANY (ARRAY['planned'::text, 'working'::text, 'blocked'::text]));
CREATE INDEX departures_user ON public.departures USING btree (user_id, created_at);

CREATE TABLE devices (
    id text NOT NULL,
    user_id text NOT NULL,
    device_hash text NOT NULL,
    browser text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    CONSTRAINT devices_pkey PRIMARY KEY (id),
    CONSTRAINT devices_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX devices_seen ON public.devices USING btree (last_seen_at);
CREATE UNIQUE INDEX devices_user ON public.devices USING btree (user_id, device_hash);

CREATE TABLE drafts (
    id text NOT NULL,
    kind text NOT NULL,
    content text NOT NULL,
    requested_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT drafts_pkey PRIMARY KEY (id)
);
CREATE INDEX drafts_created ON public.drafts USING btree (created_at);

CREATE TABLE factors (
    id text NOT NULL,
    user_id text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    secret text NOT NULL DEFAULT ''::text,
    credential_id text NOT NULL DEFAULT ''::text,
    credential text NOT NULL DEFAULT ''::text,
    used_step bigint NOT NULL DEFAULT 0,
    created_at timestamp with time zone NOT NULL,
    confirmed_at timestamp with time zone,
    last_used_at timestamp with time zone,
    CONSTRAINT factors_kind_check CHECK ((kind = ANY (ARRAY['totp'::text, 'passkey'::text]))),
    CONSTRAINT factors_pkey PRIMARY KEY (id),
    CONSTRAINT factors_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE UNIQUE INDEX factors_credential ON public.factors USING btree (credential_id) WHERE (credential_id <> ''::text);
CREATE UNIQUE INDEX factors_one_app ON public.factors USING btree (user_id) WHERE ((kind = 'totp'::text) AND (confirmed_at IS NOT NULL));
CREATE INDEX factors_user ON public.factors USING btree (user_id, kind);

CREATE TABLE invoices (
    id text NOT NULL,
    case_id text NOT NULL,
    number text NOT NULL,
    title text NOT NULL DEFAULT ''::text,
    currency text NOT NULL,
    amount bigint NOT NULL,
    paid bigint NOT NULL DEFAULT 0,
    status text NOT NULL DEFAULT 'open'::text,
    issued_on text NOT NULL,
    due_on text NOT NULL,
    external_id text,
    created_by text NOT NULL,
    generation bigint NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT invoices_amount_check CHECK ((amount > 0)),
    CONSTRAINT invoices_case_id_fkey FOREIGN KEY (case_id) REFERENCES cases(id),
    CONSTRAINT invoices_paid CHECK (((paid >= 0) AND (paid <= amount))),
    CONSTRAINT invoices_pkey PRIMARY KEY (id),
    CONSTRAINT invoices_status_check CHECK ((status = ANY (ARRAY['open'::text, 'void'::text])))
);
CREATE INDEX invoices_case ON public.invoices USING btree (case_id, issued_on, id);
CREATE UNIQUE INDEX invoices_external ON public.invoices USING btree (external_id) WHERE (external_id IS NOT NULL);
CREATE UNIQUE INDEX invoices_number ON public.invoices USING btree (lower(number));

CREATE TABLE leases (
    name text NOT NULL,
    holder text NOT NULL,
    term bigint NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT leases_pkey PRIMARY KEY (name)
);

CREATE TABLE links (
    id text NOT NULL,
    token_hash text NOT NULL,
    user_id text NOT NULL,
    purpose text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    epoch bigint NOT NULL DEFAULT 0,
    address text NOT NULL DEFAULT ''::text,
    created_by text NOT NULL DEFAULT ''::text,
    since timestamp with time zone,
    CONSTRAINT links_pkey PRIMARY KEY (id),
    CONSTRAINT links_purpose_check CHECK ((purpose = ANY (ARRAY['welcome'::text, 'reset'::text, 'verify'::text, 'disown'::text]))),
    CONSTRAINT links_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX links_expiry ON public.links USING btree (expires_at);
CREATE UNIQUE INDEX links_token ON public.links USING btree (token_hash);
CREATE INDEX links_user ON public.links USING btree (user_id, purpose);

CREATE TABLE loops (
    name text NOT NULL,
    holder text NOT NULL,
    failing bigint NOT NULL DEFAULT 0,
    failing_since timestamp with time zone,
    failures bigint NOT NULL DEFAULT 0,
    last_failure text NOT NULL DEFAULT ''::text,
    last_failed_at timestamp with time zone,
    started_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT loops_pkey PRIMARY KEY (name)
);

CREATE TABLE mail_gathering (
    user_id text NOT NULL,
    mail_id text,
    CONSTRAINT mail_gathering_mail_id_fkey FOREIGN KEY (mail_id) REFERENCES mails(id) ON DELETE SET NULL,
    CONSTRAINT mail_gathering_pkey PRIMARY KEY (user_id),
    CONSTRAINT mail_gathering_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX mail_gathering_mail ON public.mail_gathering USING btree (mail_id);

CREATE TABLE mail_items (
    user_id text NOT NULL,
    kind text NOT NULL,
    object_id text NOT NULL,
    mail_id text NOT NULL,
    case_id text NOT NULL,
    actor_id text,
    for_id text,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT mail_items_case_id_fkey FOREIGN KEY (case_id) REFERENCES cases(id),
    CONSTRAINT mail_items_for_id_fkey FOREIGN KEY (for_id) REFERENCES users(id),
    CONSTRAINT mail_items_kind_check CHECK ((kind = ANY (ARRAY['message'::text, 'score'::text, 'mention'::text]))),
    CONSTRAINT mail_items_mail_id_fkey FOREIGN KEY (mail_id) REFERENCES mails(id) ON DELETE CASCADE,
    CONSTRAINT mail_items_pkey PRIMARY KEY (user_id, kind, object_id),
    CONSTRAINT mail_items_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX mail_items_mail ON public.mail_items USING btree (mail_id);

CREATE TABLE mail_outage (
    id text NOT NULL,
    since timestamp with time zone NOT NULL,
    reason text NOT NULL,
    answer text NOT NULL,
    tries bigint NOT NULL,
    next_at timestamp with time zone NOT NULL,
    CONSTRAINT mail_outage_id_check CHECK ((id = 'outage'::text)),
    CONSTRAINT mail_outage_pkey PRIMARY KEY (id)
);

CREATE TABLE mails (
    id text NOT NULL,
    send_key text NOT NULL,
    kind text NOT NULL,
    user_id text,
    recipient text NOT NULL,
    language text NOT NULL,
    zone text NOT NULL,
    data text NOT NULL DEFAULT '{}'::text,
    state text NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    next_try_at timestamp with time zone NOT NULL,
    not_after timestamp with time zone NOT NULL,
    answer text NOT NULL DEFAULT ''::text,
    generation bigint NOT NULL DEFAULT 1,
    observed bigint NOT NULL DEFAULT 0,
    conditions text NOT NULL DEFAULT '[]'::text,
    created_at timestamp with time zone NOT NULL,
    delivered_at timestamp with time zone,
    rank smallint NOT NULL DEFAULT 0,
    takes bigint NOT NULL DEFAULT 0,
    paused_at timestamp with time zone,
    dated_at timestamp with time zone,
    CONSTRAINT mails_pkey PRIMARY KEY (id),
    CONSTRAINT mails_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'sending'::text, 'delivered'::text, 'failed'::text, 'stopped'::text]))),
    CONSTRAINT mails_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX mails_due ON public.mails USING btree (rank, next_try_at, id) WHERE ((state = ANY (ARRAY['waiting'::text, 'sending'::text])) AND (paused_at IS NULL));
CREATE INDEX mails_kind ON public.mails USING btree (kind, created_at, id);
CREATE INDEX mails_ledger ON public.mails USING btree (created_at, id);
CREATE INDEX mails_open ON public.mails USING btree (state, created_at, id) WHERE (state <> 'delivered'::text);
CREATE INDEX mails_receiver ON public.mails USING btree (recipient, delivered_at);
CREATE UNIQUE INDEX mails_send_key ON public.mails USING btree (send_key);
CREATE INDEX mails_user ON public.mails USING btree (user_id, created_at);

CREATE TABLE messages (
    id text NOT NULL,
    case_id text NOT NULL,
    number bigint NOT NULL,
    inbound bigint NOT NULL,
    direction text NOT NULL,
    author_id text,
    body text NOT NULL,
    external_id text,
    sent_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT messages_author CHECK (((direction = 'in'::text) = (author_id IS NULL))),
    CONSTRAINT messages_author_id_fkey FOREIGN KEY (author_id) REFERENCES users(id),
    CONSTRAINT messages_case_id_fkey FOREIGN KEY (case_id) REFERENCES cases(id),
    CONSTRAINT messages_direction_check CHECK ((direction = ANY (ARRAY['in'::text, 'out'::text]))),
    CONSTRAINT messages_pkey PRIMARY KEY (id)
);
CREATE INDEX messages_created ON public.messages USING btree (created_at);
CREATE UNIQUE INDEX messages_external ON public.messages USING btree (external_id) WHERE (external_id IS NOT NULL);
CREATE INDEX messages_inbound ON public.messages USING btree (case_id, inbound) WHERE (direction = 'in'::text);
CREATE UNIQUE INDEX messages_number ON public.messages USING btree (case_id, number);

CREATE TABLE notice_policy (
    id text NOT NULL,
    message_mails boolean NOT NULL DEFAULT false,
    message_mails_locked boolean NOT NULL DEFAULT false,
    score_mails boolean NOT NULL DEFAULT true,
    score_mails_locked boolean NOT NULL DEFAULT false,
    mention_mails boolean NOT NULL DEFAULT true,
    mention_mails_locked boolean NOT NULL DEFAULT false,
    summary boolean NOT NULL DEFAULT true,
    summary_locked boolean NOT NULL DEFAULT false,
    exceptions boolean NOT NULL DEFAULT false,
    exceptions_locked boolean NOT NULL DEFAULT false,
    minute integer NOT NULL DEFAULT 480,
    days text NOT NULL DEFAULT '12345'::text,
    quiet boolean NOT NULL DEFAULT false,
    quiet_from integer NOT NULL DEFAULT 1200,
    quiet_to integer NOT NULL DEFAULT 420,
    privacy text NOT NULL DEFAULT 'full'::text,
    generation bigint NOT NULL DEFAULT 1,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT notice_policy_days_check CHECK (((length(days) >= 1) AND (length(days) <= 7))),
    CONSTRAINT notice_policy_id_check CHECK ((id = 'policy'::text)),
    CONSTRAINT notice_policy_minute_check CHECK (((minute >= 0) AND (minute <= 1439))),
    CONSTRAINT notice_policy_pkey PRIMARY KEY (id),
    CONSTRAINT notice_policy_privacy_check CHECK ((privacy = ANY (ARRAY['full'::text, 'subject'::text, 'count'::text]))),
    CONSTRAINT notice_policy_quiet_from_check CHECK (((quiet_from >= 0) AND (quiet_from <= 1439))),
    CONSTRAINT notice_policy_quiet_to_check CHECK (((quiet_to >= 0) AND (quiet_to <= 1439)))
);
CREATE TRIGGER policy_changes_dailies AFTER UPDATE OF summary, summary_locked, exceptions, exceptions_locked, minute, days ON public.notice_policy FOR EACH ROW WHEN (((((((new.summary IS DISTINCT FROM old.summary) OR (new.summary_locked IS DISTINCT FROM old.summary_locked)) OR (new.exceptions IS DISTINCT FROM old.exceptions)) OR (new.exceptions_locked IS DISTINCT FROM old.exceptions_locked)) OR (new.minute IS DISTINCT FROM old.minute)) OR (new.days IS DISTINCT FROM old.days))) EXECUTE FUNCTION policy_changes_dailies();

CREATE TABLE organization (
    id text NOT NULL,
    name text NOT NULL,
    tagline text NOT NULL DEFAULT ''::text,
    language text NOT NULL DEFAULT 'en'::text,
    zone text NOT NULL DEFAULT 'UTC'::text,
    password_policy text NOT NULL DEFAULT 'classic'::text,
    single_names boolean NOT NULL DEFAULT false,
    contact text NOT NULL DEFAULT ''::text,
    picture_id text,
    generation bigint NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    address text NOT NULL DEFAULT ''::text,
    idle_minutes integer,
    lifetime_hours integer,
    lock_tries integer NOT NULL DEFAULT 10,
    lock_minutes integer NOT NULL DEFAULT 15,
    lock_all boolean NOT NULL DEFAULT false,
    invitation_days integer NOT NULL DEFAULT 7,
    allow_mailed_password boolean NOT NULL DEFAULT true,
    allow_typed_password boolean NOT NULL DEFAULT true,
    dormant_days integer NOT NULL DEFAULT 90,
    dormant_action text NOT NULL DEFAULT 'show'::text,
    second_factor text NOT NULL DEFAULT 'off'::text,
    second_factor_since timestamp with time zone,
    second_factor_days integer NOT NULL DEFAULT 14,
    CONSTRAINT organization_dormant_action_check CHECK ((dormant_action = ANY (ARRAY['show'::text, 'warn'::text, 'deactivate'::text]))),
    CONSTRAINT organization_dormant_days_check CHECK (((dormant_days >= 0) AND (dormant_days <= 1000))),
    CONSTRAINT organization_id_check CHECK ((id = 'organization'::text)),
    CONSTRAINT organization_idle_minutes_check CHECK (((idle_minutes >= 5) AND (idle_minutes <= 10080))),
    CONSTRAINT organization_invitation_days_check CHECK (((invitation_days >= 1) AND (invitation_days <= 30))),
    CONSTRAINT organization_language_check CHECK ((language = ANY (ARRAY['en'::text, 'es'::text, 'fr'::text]))),
    CONSTRAINT organization_lifetime_hours_check CHECK (((lifetime_hours >= 1) AND (lifetime_hours <= 2160))),
    CONSTRAINT organization_lock_minutes_check CHECK (((lock_minutes >= 1) AND (lock_minutes <= 1440))),
    CONSTRAINT organization_lock_tries_check CHECK (((lock_tries >= 3) AND (lock_tries <= 50))),
    CONSTRAINT organization_password_policy_check CHECK ((password_policy = ANY (ARRAY['classic'::text, 'length'::text]))),
    CONSTRAINT organization_pkey PRIMARY KEY (id),
    CONSTRAINT organization_second_factor_check CHECK ((second_factor = ANY (ARRAY['off'::text, 'administrators'::text, 'everyone'::text]))),
    CONSTRAINT organization_second_factor_days_check CHECK (((second_factor_days >= 0) AND (second_factor_days <= 90)))
);
CREATE TRIGGER organization_new_version AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.organization FOR EACH STATEMENT EXECUTE FUNCTION practice_new_version();

CREATE TABLE pairings (
    id text NOT NULL,
    user_id text NOT NULL,
    code_hash text,
    token_hash text,
    epoch bigint NOT NULL,
    network text NOT NULL DEFAULT ''::text,
    user_agent text NOT NULL DEFAULT ''::text,
    created_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    ended_why text NOT NULL DEFAULT ''::text,
    CONSTRAINT pairings_check CHECK (((code_hash IS NULL) <> (token_hash IS NULL))),
    CONSTRAINT pairings_pkey PRIMARY KEY (id),
    CONSTRAINT pairings_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE UNIQUE INDEX pairings_code ON public.pairings USING btree (code_hash) WHERE (code_hash IS NOT NULL);
CREATE INDEX pairings_expires ON public.pairings USING btree (expires_at);
CREATE UNIQUE INDEX pairings_token ON public.pairings USING btree (token_hash) WHERE (token_hash IS NOT NULL);
CREATE INDEX pairings_user ON public.pairings USING btree (user_id) WHERE (ended_at IS NULL);

CREATE TABLE paused_addresses (
    address text NOT NULL,
    since timestamp with time zone NOT NULL,
    answer text NOT NULL,
    mail_id text NOT NULL,
    CONSTRAINT paused_addresses_pkey PRIMARY KEY (address)
);

CREATE TABLE payments (
    id text NOT NULL,
    invoice_id text NOT NULL,
    amount bigint NOT NULL,
    method text NOT NULL,
    received_on text NOT NULL,
    note text NOT NULL DEFAULT ''::text,
    external_id text,
    recorded_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    reversed_at timestamp with time zone,
    reversed_by text,
    CONSTRAINT payments_amount_check CHECK ((amount > 0)),
    CONSTRAINT payments_invoice_id_fkey FOREIGN KEY (invoice_id) REFERENCES invoices(id),
    CONSTRAINT payments_method_check CHECK ((method = ANY (ARRAY['transfer'::text, 'card'::text, 'cheque'::text, 'cash'::text, 'other'::text]))),
    CONSTRAINT payments_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX payments_external ON public.payments USING btree (external_id) WHERE (external_id IS NOT NULL);
CREATE INDEX payments_invoice ON public.payments USING btree (invoice_id, received_on, id);

CREATE TABLE permissions (
    name text NOT NULL,
    CONSTRAINT permissions_pkey PRIMARY KEY (name)
);

CREATE TABLE pictures (
    id text NOT NULL,
    owner_kind text NOT NULL,
    owner_id text NOT NULL,
    state text NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    generation bigint NOT NULL DEFAULT 1,
    observed bigint NOT NULL DEFAULT 0,
    conditions text NOT NULL DEFAULT '[]'::text,
    created_at timestamp with time zone NOT NULL,
    retired_at timestamp with time zone,
    CONSTRAINT pictures_owner_kind_check CHECK ((owner_kind = ANY (ARRAY['user'::text, 'organization'::text]))),
    CONSTRAINT pictures_pkey PRIMARY KEY (id),
    CONSTRAINT pictures_state_check CHECK ((state = ANY (ARRAY['uploading'::text, 'current'::text, 'retired'::text])))
);
CREATE UNIQUE INDEX pictures_one_current ON public.pictures USING btree (owner_kind, owner_id) WHERE (state = 'current'::text);
CREATE INDEX pictures_owner ON public.pictures USING btree (owner_kind, owner_id, created_at);
CREATE INDEX pictures_state ON public.pictures USING btree (state, created_at);

CREATE TABLE pins (
    id text NOT NULL,
    user_id text,
    purpose text NOT NULL,
    number_key text NOT NULL,
    browser_hash text NOT NULL,
    pin_hash text NOT NULL DEFAULT ''::text,
    network text NOT NULL,
    slot bigint NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    epoch bigint NOT NULL DEFAULT 0,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT pins_pkey PRIMARY KEY (id),
    CONSTRAINT pins_purpose_check CHECK ((purpose = ANY (ARRAY['sign-in'::text, 'verify'::text, 'proof'::text]))),
    CONSTRAINT pins_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX pins_browser ON public.pins USING btree (browser_hash);
CREATE INDEX pins_created ON public.pins USING btree (created_at);
CREATE INDEX pins_network ON public.pins USING btree (network, created_at);
CREATE INDEX pins_number ON public.pins USING btree (number_key, created_at);
CREATE UNIQUE INDEX pins_slot ON public.pins USING btree (number_key, network, slot);
CREATE INDEX pins_user ON public.pins USING btree (user_id, created_at);

CREATE TABLE practice_version (
    id text NOT NULL,
    version text NOT NULL,
    CONSTRAINT practice_version_id_check CHECK ((id = 'practice'::text)),
    CONSTRAINT practice_version_pkey PRIMARY KEY (id)
);

CREATE TABLE preferences (
    user_id text NOT NULL,
    message_mails boolean,
    score_mails boolean,
    mention_mails boolean,
    summary boolean,
    exceptions boolean,
    minute integer,
    days text,
    quiet boolean,
    quiet_from integer,
    quiet_to integer,
    generation bigint NOT NULL DEFAULT 1,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT preferences_days_check CHECK (((length(days) >= 1) AND (length(days) <= 7))),
    CONSTRAINT preferences_minute_check CHECK (((minute >= 0) AND (minute <= 1439))),
    CONSTRAINT preferences_pkey PRIMARY KEY (user_id),
    CONSTRAINT preferences_quiet_from_check CHECK (((quiet_from >= 0) AND (quiet_from <= 1439))),
    CONSTRAINT preferences_quiet_to_check CHECK (((quiet_to >= 0) AND (quiet_to <= 1439))),
    CONSTRAINT preferences_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE TRIGGER preferences_change_dailies AFTER INSERT OR DELETE OR UPDATE ON public.preferences FOR EACH ROW EXECUTE FUNCTION preferences_change_dailies();

CREATE TABLE profile_permissions (
    profile_id text NOT NULL,
    permission text NOT NULL,
    CONSTRAINT profile_permissions_pkey PRIMARY KEY (profile_id, permission),
    CONSTRAINT profile_permissions_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES profiles(id)
);
CREATE TRIGGER profile_permissions_new_version AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.profile_permissions FOR EACH STATEMENT EXECUTE FUNCTION practice_new_version();

CREATE TABLE profiles (
    id text NOT NULL,
    name text NOT NULL,
    summary text NOT NULL DEFAULT ''::text,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    generation bigint NOT NULL DEFAULT 1,
    CONSTRAINT profiles_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX profiles_name ON public.profiles USING btree (lower(name));
CREATE TRIGGER profiles_new_version AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.profiles FOR EACH STATEMENT EXECUTE FUNCTION practice_new_version();

CREATE TABLE recovery_codes (
    id text NOT NULL,
    user_id text NOT NULL,
    code_hash text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT recovery_codes_pkey PRIMARY KEY (id),
    CONSTRAINT recovery_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE UNIQUE INDEX recovery_codes_code ON public.recovery_codes USING btree (user_id, code_hash);

CREATE TABLE replies (
    token_id text NOT NULL,
    key text NOT NULL,
    request_hash text NOT NULL,
    status bigint NOT NULL DEFAULT 0,
    body text NOT NULL DEFAULT ''::text,
    etag text NOT NULL DEFAULT ''::text,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT replies_pkey PRIMARY KEY (token_id, key),
    CONSTRAINT replies_token_id_fkey FOREIGN KEY (token_id) REFERENCES tokens(id)
);
CREATE INDEX replies_created ON public.replies USING btree (created_at);

CREATE TABLE role_permissions (
    role_id text NOT NULL,
    permission text NOT NULL,
    CONSTRAINT role_permissions_pkey PRIMARY KEY (role_id, permission),
    CONSTRAINT role_permissions_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles(id)
);
CREATE TRIGGER role_permissions_new_version AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.role_permissions FOR EACH STATEMENT EXECUTE FUNCTION practice_new_version();

CREATE TABLE role_profiles (
    role_id text NOT NULL,
    profile_id text NOT NULL,
    CONSTRAINT role_profiles_pkey PRIMARY KEY (role_id, profile_id),
    CONSTRAINT role_profiles_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES profiles(id),
    CONSTRAINT role_profiles_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles(id)
);
CREATE INDEX role_profiles_profile ON public.role_profiles USING btree (profile_id);
CREATE TRIGGER role_profiles_new_version AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.role_profiles FOR EACH STATEMENT EXECUTE FUNCTION practice_new_version();

CREATE TABLE roles (
    id text NOT NULL,
    name text NOT NULL,
    summary text NOT NULL DEFAULT ''::text,
    parent_id text,
    super boolean NOT NULL DEFAULT false,
    position integer NOT NULL DEFAULT 0,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    generation bigint NOT NULL DEFAULT 1,
    CONSTRAINT roles_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES roles(id),
    CONSTRAINT roles_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX roles_name ON public.roles USING btree (lower(name));
CREATE TRIGGER roles_id_stays BEFORE UPDATE OF id ON public.roles FOR EACH ROW WHEN ((new.id <> old.id)) EXECUTE FUNCTION ids_stay();
CREATE TRIGGER roles_new_version AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.roles FOR EACH STATEMENT EXECUTE FUNCTION practice_new_version();
CREATE TRIGGER roles_stay BEFORE DELETE ON public.roles FOR EACH ROW WHEN ((old.super OR (old.id = ANY (ARRAY['super-admin'::text, 'administrator'::text, 'manager'::text, 'consultant'::text, 'paralegal'::text, 'accountant'::text, 'support'::text, 'viewer'::text])))) EXECUTE FUNCTION base_roles_stay();
CREATE TRIGGER roles_stay_all BEFORE TRUNCATE ON public.roles FOR EACH STATEMENT EXECUTE FUNCTION base_roles_stay();
CREATE TRIGGER roles_super_stays BEFORE UPDATE OF super ON public.roles FOR EACH ROW WHEN ((new.super <> old.super)) EXECUTE FUNCTION super_stays();

CREATE TABLE run_items (
    run_id text NOT NULL,
    place integer NOT NULL,
    object_id text NOT NULL DEFAULT ''::text,
    label text NOT NULL DEFAULT ''::text,
    state text NOT NULL,
    message text NOT NULL DEFAULT ''::text,
    input text NOT NULL DEFAULT ''::text,
    CONSTRAINT run_items_pkey PRIMARY KEY (run_id, place),
    CONSTRAINT run_items_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(id),
    CONSTRAINT run_items_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'done'::text, 'same'::text, 'refused'::text])))
);
CREATE INDEX run_items_state ON public.run_items USING btree (run_id, state, place);

CREATE TABLE runs (
    id text NOT NULL,
    job text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    state text NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    next_try_at timestamp with time zone NOT NULL,
    done bigint NOT NULL DEFAULT 0,
    total bigint NOT NULL DEFAULT 0,
    result text NOT NULL DEFAULT ''::text,
    generation bigint NOT NULL DEFAULT 1,
    observed bigint NOT NULL DEFAULT 0,
    conditions text NOT NULL DEFAULT '[]'::text,
    created_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    requested_by text NOT NULL DEFAULT ''::text,
    requested_name text NOT NULL DEFAULT ''::text,
    input text NOT NULL DEFAULT ''::text,
    requested_from text NOT NULL DEFAULT ''::text,
    failed bigint NOT NULL DEFAULT 0,
    CONSTRAINT runs_pkey PRIMARY KEY (id),
    CONSTRAINT runs_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'running'::text, 'done'::text, 'failed'::text])))
);
CREATE INDEX runs_due ON public.runs USING btree (next_try_at) WHERE (state = ANY (ARRAY['waiting'::text, 'running'::text]));
CREATE UNIQUE INDEX runs_once ON public.runs USING btree (job, due_at);
CREATE INDEX runs_requested ON public.runs USING btree (requested_by, created_at) WHERE (requested_by <> ''::text);

CREATE TABLE scores (
    id text NOT NULL,
    case_id text NOT NULL,
    score bigint NOT NULL,
    comment text NOT NULL DEFAULT ''::text,
    external_id text,
    answered_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT scores_case_id_fkey FOREIGN KEY (case_id) REFERENCES cases(id),
    CONSTRAINT scores_pkey PRIMARY KEY (id),
    CONSTRAINT scores_score_check CHECK (((score >= 0) AND (score <= 10)))
);
CREATE INDEX scores_case ON public.scores USING btree (case_id, answered_at, id);
CREATE UNIQUE INDEX scores_external ON public.scores USING btree (external_id) WHERE (external_id IS NOT NULL);

CREATE TABLE sessions (
    id text NOT NULL,
    token_hash text NOT NULL,
    user_id text NOT NULL,
    method text NOT NULL,
    network text NOT NULL,
    user_agent text NOT NULL,
    device_hash text NOT NULL DEFAULT ''::text,
    created_at timestamp with time zone NOT NULL,
    proven_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    ended_why text NOT NULL DEFAULT ''::text,
    epoch bigint NOT NULL DEFAULT 0,
    factor text NOT NULL DEFAULT ''::text,
    proven_by text NOT NULL DEFAULT ''::text,
    announced boolean NOT NULL DEFAULT false,
    CONSTRAINT sessions_factor_check CHECK ((factor = ANY (ARRAY[''::text, 'totp'::text, 'recovery'::text, 'passkey'::text]))),
    CONSTRAINT sessions_method_check CHECK ((method = ANY (ARRAY['password'::text, 'link'::text, 'pin'::text, 'passkey'::text, 'token'::text]))),
    CONSTRAINT sessions_pkey PRIMARY KEY (id),
    CONSTRAINT sessions_proven_by_check CHECK ((proven_by = ANY (ARRAY[''::text, 'factor'::text]))),
    CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX sessions_ended ON public.sessions USING btree (ended_at) WHERE (ended_at IS NOT NULL);
CREATE UNIQUE INDEX sessions_token ON public.sessions USING btree (token_hash);
CREATE INDEX sessions_user ON public.sessions USING btree (user_id, ended_at);

CREATE TABLE signin_attempts (
    id text NOT NULL,
    user_id text,
    subject text NOT NULL,
    network text NOT NULL,
    user_agent text NOT NULL,
    method text NOT NULL,
    outcome text NOT NULL,
    reason text NOT NULL DEFAULT ''::text,
    at timestamp with time zone NOT NULL,
    CONSTRAINT signin_attempts_outcome_check CHECK ((outcome = ANY (ARRAY['success'::text, 'failure'::text]))),
    CONSTRAINT signin_attempts_pkey PRIMARY KEY (id),
    CONSTRAINT signin_attempts_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX signin_attempts_at ON public.signin_attempts USING btree (at);
CREATE INDEX signin_attempts_network ON public.signin_attempts USING btree (network, at) WHERE (outcome = 'failure'::text);
CREATE INDEX signin_attempts_user ON public.signin_attempts USING btree (user_id, at);

CREATE TABLE signin_steps (
    id text NOT NULL,
    token_hash text NOT NULL,
    user_id text,
    method text NOT NULL,
    purpose text NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    epoch bigint NOT NULL DEFAULT 0,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT signin_steps_method_check CHECK ((method = ANY (ARRAY['password'::text, 'link'::text, 'pin'::text, 'passkey'::text]))),
    CONSTRAINT signin_steps_pkey PRIMARY KEY (id),
    CONSTRAINT signin_steps_purpose_check CHECK ((purpose = ANY (ARRAY['sign-in'::text, 'passkey'::text, 'enrol'::text, 'proof'::text]))),
    CONSTRAINT signin_steps_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX signin_steps_expiry ON public.signin_steps USING btree (expires_at);
CREATE UNIQUE INDEX signin_steps_token ON public.signin_steps USING btree (token_hash);

CREATE TABLE stages (
    id text NOT NULL,
    name text NOT NULL,
    position bigint NOT NULL,
    generation bigint NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT stages_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX stages_name ON public.stages USING btree (lower(name));

CREATE TABLE sync_arrivals (
    run_id text NOT NULL,
    external_id text NOT NULL,
    user_id text NOT NULL,
    CONSTRAINT sync_arrivals_pkey PRIMARY KEY (run_id, external_id, user_id),
    CONSTRAINT sync_arrivals_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);

CREATE TABLE sync_exceptions (
    id text NOT NULL,
    kind text NOT NULL,
    external_id text NOT NULL,
    case_id text,
    named_id text,
    number text NOT NULL DEFAULT ''::text,
    title text NOT NULL DEFAULT ''::text,
    private boolean NOT NULL DEFAULT false,
    reason text NOT NULL,
    value text NOT NULL DEFAULT ''::text,
    hash text NOT NULL,
    night text NOT NULL,
    nights integer NOT NULL DEFAULT 1,
    run_id text NOT NULL,
    first_failed_at timestamp with time zone NOT NULL,
    last_failed_at timestamp with time zone NOT NULL,
    ignored_hash text NOT NULL DEFAULT ''::text,
    ignored_at timestamp with time zone,
    ignored_by text,
    note text NOT NULL DEFAULT ''::text,
    CONSTRAINT sync_exceptions_case_id_fkey FOREIGN KEY (case_id) REFERENCES cases(id),
    CONSTRAINT sync_exceptions_ignored_by_fkey FOREIGN KEY (ignored_by) REFERENCES users(id),
    CONSTRAINT sync_exceptions_named_id_fkey FOREIGN KEY (named_id) REFERENCES users(id),
    CONSTRAINT sync_exceptions_pkey PRIMARY KEY (id)
);
CREATE INDEX sync_exceptions_case ON public.sync_exceptions USING btree (case_id);
CREATE INDEX sync_exceptions_named ON public.sync_exceptions USING btree (named_id);
CREATE UNIQUE INDEX sync_exceptions_object ON public.sync_exceptions USING btree (kind, external_id);
CREATE INDEX sync_exceptions_reason ON public.sync_exceptions USING btree (reason, id);

CREATE TABLE sync_objects (
    kind text NOT NULL,
    external_id text NOT NULL,
    said text NOT NULL,
    hash text NOT NULL,
    part integer NOT NULL,
    run_id text NOT NULL,
    landed text NOT NULL DEFAULT ''::text,
    landed_hash text NOT NULL DEFAULT ''::text,
    object_id text NOT NULL DEFAULT ''::text,
    gone_at timestamp with time zone,
    CONSTRAINT sync_objects_kind_check CHECK ((kind = ANY (ARRAY['client'::text, 'case'::text, 'member'::text]))),
    CONSTRAINT sync_objects_pkey PRIMARY KEY (kind, external_id)
);
CREATE INDEX sync_objects_part ON public.sync_objects USING btree (kind, part);
CREATE INDEX sync_objects_to_do ON public.sync_objects USING btree (kind, external_id) WHERE (hash <> landed_hash);

CREATE TABLE sync_parts (
    kind text NOT NULL,
    number integer NOT NULL,
    cursor text NOT NULL,
    etag text NOT NULL,
    next text NOT NULL,
    run_id text NOT NULL,
    CONSTRAINT sync_parts_pkey PRIMARY KEY (kind, number)
);

CREATE TABLE sync_runs (
    id text NOT NULL,
    state text NOT NULL,
    slot text,
    at_kind text NOT NULL DEFAULT ''::text,
    at_part integer NOT NULL DEFAULT 0,
    at_cursor text NOT NULL DEFAULT ''::text,
    absent text NOT NULL DEFAULT ''::text,
    unreadable bigint NOT NULL DEFAULT 0,
    reason text NOT NULL DEFAULT ''::text,
    detail text NOT NULL DEFAULT ''::text,
    tries integer NOT NULL DEFAULT 0,
    next_at timestamp with time zone NOT NULL,
    requested_by text NOT NULL,
    requested_name text NOT NULL,
    read bigint NOT NULL DEFAULT 0,
    to_land bigint NOT NULL DEFAULT 0,
    created bigint NOT NULL DEFAULT 0,
    changed bigint NOT NULL DEFAULT 0,
    unchanged bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    to_close bigint NOT NULL DEFAULT 0,
    closed bigint NOT NULL DEFAULT 0,
    created_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    CONSTRAINT sync_runs_pkey PRIMARY KEY (id),
    CONSTRAINT sync_runs_slot_check CHECK ((slot = 'open'::text)),
    CONSTRAINT sync_runs_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'reading'::text, 'landing'::text, 'closing'::text, 'asking'::text, 'done'::text, 'failed'::text])))
);
CREATE UNIQUE INDEX sync_runs_slot ON public.sync_runs USING btree (slot) WHERE (slot IS NOT NULL);

CREATE TABLE texts (
    id text NOT NULL,
    send_key text NOT NULL,
    kind text NOT NULL,
    user_id text NOT NULL,
    object_id text NOT NULL DEFAULT ''::text,
    number text NOT NULL,
    language text NOT NULL,
    state text NOT NULL,
    reason text NOT NULL DEFAULT ''::text,
    provider_id text NOT NULL DEFAULT ''::text,
    tries integer NOT NULL DEFAULT 0,
    created_at timestamp with time zone NOT NULL,
    next_at timestamp with time zone NOT NULL,
    not_after timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT texts_pkey PRIMARY KEY (id),
    CONSTRAINT texts_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'sent'::text, 'given-up'::text]))),
    CONSTRAINT texts_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX texts_created ON public.texts USING btree (created_at);
CREATE INDEX texts_due ON public.texts USING btree (next_at) WHERE (state = 'waiting'::text);
CREATE INDEX texts_finished ON public.texts USING btree (finished_at) WHERE (finished_at IS NOT NULL);
CREATE UNIQUE INDEX texts_send_key ON public.texts USING btree (send_key);
CREATE INDEX texts_user ON public.texts USING btree (user_id, created_at);

CREATE TABLE titles (
    id text NOT NULL,
    name text NOT NULL,
    generation bigint NOT NULL DEFAULT 1,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT titles_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX titles_name ON public.titles USING btree (lower(name));

CREATE TABLE tokens (
    id text NOT NULL,
    token_hash text NOT NULL,
    user_id text NOT NULL,
    name text NOT NULL,
    hint text NOT NULL,
    scopes text NOT NULL,
    epoch bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    last_network text NOT NULL DEFAULT ''::text,
    revoked_at timestamp with time zone,
    revoked_by text NOT NULL DEFAULT ''::text,
    CONSTRAINT tokens_pkey PRIMARY KEY (id),
    CONSTRAINT tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE UNIQUE INDEX tokens_hash ON public.tokens USING btree (token_hash);
CREATE INDEX tokens_user ON public.tokens USING btree (user_id, created_at);

CREATE TABLE user_profiles (
    user_id text NOT NULL,
    profile_id text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT user_profiles_pkey PRIMARY KEY (user_id, profile_id),
    CONSTRAINT user_profiles_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES profiles(id),
    CONSTRAINT user_profiles_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX user_profiles_profile ON public.user_profiles USING btree (profile_id);

CREATE TABLE users (
    id text NOT NULL,
    email text NOT NULL,
    email_verified_at timestamp with time zone,
    first_name text NOT NULL,
    last_name text NOT NULL,
    display_name text NOT NULL DEFAULT ''::text,
    sort_name text NOT NULL,
    search text NOT NULL,
    title text NOT NULL DEFAULT ''::text,
    cell text NOT NULL DEFAULT ''::text,
    cell_hidden boolean NOT NULL DEFAULT false,
    office text NOT NULL DEFAULT ''::text,
    address text NOT NULL DEFAULT ''::text,
    bio text NOT NULL DEFAULT ''::text,
    language text NOT NULL,
    zone text NOT NULL,
    theme text NOT NULL DEFAULT ''::text,
    status text NOT NULL,
    role_id text NOT NULL,
    department_id text,
    picture_id text,
    last_sign_in_at timestamp with time zone,
    generation bigint NOT NULL DEFAULT 1,
    observed bigint NOT NULL DEFAULT 0,
    conditions text NOT NULL DEFAULT '[]'::text,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    epoch bigint NOT NULL DEFAULT 0,
    left_at timestamp with time zone,
    client_bio text NOT NULL DEFAULT ''::text,
    cell_verified_at timestamp with time zone,
    bell_default boolean NOT NULL DEFAULT true,
    client_email text NOT NULL DEFAULT ''::text,
    card_slug text,
    card_published_at timestamp with time zone,
    CONSTRAINT users_department_id_fkey FOREIGN KEY (department_id) REFERENCES departments(id),
    CONSTRAINT users_email_check CHECK ((email = lower(email))),
    CONSTRAINT users_language_check CHECK ((language = ANY (ARRAY['en'::text, 'es'::text, 'fr'::text]))),
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles(id),
    CONSTRAINT users_status_check CHECK ((status = ANY (ARRAY['PENDING'::text, 'ACTIVE'::text, 'INACTIVE'::text]))),
    CONSTRAINT users_theme_check CHECK ((theme = ANY (ARRAY[''::text, 'light'::text, 'dark'::text])))
);
CREATE INDEX users_address ON public.users USING btree (email, id, status, role_id, department_id);
CREATE UNIQUE INDEX users_card_slug ON public.users USING btree (card_slug) WHERE (card_slug IS NOT NULL);
CREATE INDEX users_created ON public.users USING btree (created_at, id, status, role_id, department_id);
CREATE INDEX users_department ON public.users USING btree (department_id, sort_name, id, status, role_id);
CREATE UNIQUE INDEX users_email ON public.users USING btree (email);
CREATE INDEX users_last_sign_in ON public.users USING btree (COALESCE(last_sign_in_at, '-infinity'::timestamp with time zone), id, status, role_id, department_id);
CREATE INDEX users_role ON public.users USING btree (role_id, sort_name, id, status, department_id);
CREATE INDEX users_search ON public.users USING gin (search gin_trgm_ops);
CREATE INDEX users_sort_name ON public.users USING btree (sort_name, id, status, role_id, department_id);
CREATE INDEX users_status ON public.users USING btree (status, sort_name, id, role_id, department_id);
CREATE INDEX users_title ON public.users USING btree (title, sort_name, id, status, role_id, department_id);
CREATE UNIQUE INDEX users_verified_cell ON public.users USING btree (cell) WHERE ((cell_verified_at IS NOT NULL) AND (status <> 'INACTIVE'::text));
CREATE TRIGGER users_cell_changed BEFORE UPDATE OF cell ON public.users FOR EACH ROW WHEN (((new.cell <> old.cell) AND (NOT (new.cell_verified_at IS DISTINCT FROM old.cell_verified_at)))) EXECUTE FUNCTION changed_cell_is_unverified();
CREATE TRIGGER users_change_dailies AFTER UPDATE OF zone, status ON public.users FOR EACH ROW WHEN (((new.zone <> old.zone) OR (new.status <> old.status))) EXECUTE FUNCTION dailies_of_user();
CREATE TRIGGER users_deactivated AFTER UPDATE ON public.users FOR EACH ROW WHEN ((new.status = 'INACTIVE'::text)) EXECUTE FUNCTION deactivation_ends_sessions();
CREATE TRIGGER users_deactivated_cell BEFORE UPDATE OF status ON public.users FOR EACH ROW WHEN (((new.status = 'INACTIVE'::text) AND (new.cell_verified_at IS NOT NULL))) EXECUTE FUNCTION changed_cell_is_unverified();
CREATE TRIGGER users_deactivated_epoch BEFORE UPDATE OF status ON public.users FOR EACH ROW WHEN (((new.status = 'INACTIVE'::text) AND (old.status <> 'INACTIVE'::text))) EXECUTE FUNCTION deactivation_raises_epoch();
CREATE TRIGGER users_deactivated_owner AFTER UPDATE OF status ON public.users FOR EACH ROW WHEN ((new.status = 'INACTIVE'::text)) EXECUTE FUNCTION leavers_own_no_open_case();
CREATE TRIGGER users_have_dailies AFTER INSERT ON public.users FOR EACH ROW EXECUTE FUNCTION dailies_of_user();
CREATE TRIGGER users_id_stays BEFORE UPDATE OF id ON public.users FOR EACH ROW WHEN ((new.id <> old.id)) EXECUTE FUNCTION ids_stay();
CREATE TRIGGER users_last_super_admin BEFORE UPDATE OF status, role_id ON public.users FOR EACH ROW EXECUTE FUNCTION keep_a_super_admin();
CREATE TRIGGER users_named_on_cases AFTER UPDATE OF sort_name ON public.users FOR EACH ROW WHEN ((new.sort_name <> old.sort_name)) EXECUTE FUNCTION owner_renamed();
CREATE TRIGGER users_no_delete BEFORE DELETE OR TRUNCATE ON public.users FOR EACH STATEMENT EXECUTE FUNCTION users_are_kept();

CREATE OR REPLACE FUNCTION public.addresses_are_kept()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    RAISE EXCEPTION 'addresses stay reserved' USING ERRCODE = '23514', CONSTRAINT = 'addresses_stay';
END;
$function$;

CREATE OR REPLACE FUNCTION public.audit_is_append_only()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    RAISE EXCEPTION 'audit rows are never changed or deleted';
END;
$function$;

CREATE OR REPLACE FUNCTION public.base_roles_stay()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    RAISE EXCEPTION 'base roles stay' USING ERRCODE = '23514', CONSTRAINT = 'roles_stay';
END;
$function$;

CREATE OR REPLACE FUNCTION public.case_has_member()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    INSERT INTO associations (case_id, user_id, read_inbound, bell, created_at)
        SELECT k.id, u.id, k.inbound, u.bell_default, NEW.created_at FROM cases k, users u WHERE k.id = NEW.case_id AND u.id = NEW.user_id
        ON CONFLICT (case_id, user_id) DO NOTHING;
    RETURN NULL;
END;
$function$;

CREATE OR REPLACE FUNCTION public.case_has_owner()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    taken bigint := NEW.inbound;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.owner_id IS NOT DISTINCT FROM NEW.owner_id THEN
        RETURN NULL;
    END IF;
    -- What the owner before has not read, whoever takes over has not read either.
    IF TG_OP = 'UPDATE' AND OLD.owner_id IS NOT NULL THEN
        SELECT read_inbound INTO taken FROM associations WHERE case_id = NEW.id AND user_id = OLD.owner_id;
        taken := COALESCE(taken, NEW.inbound);
        DELETE FROM associations WHERE case_id = NEW.id AND user_id = OLD.owner_id
            AND NOT EXISTS (SELECT 1 FROM case_members WHERE case_id = NEW.id AND user_id = OLD.owner_id);
    END IF;
    IF NEW.owner_id IS NOT NULL THEN
        INSERT INTO associations (case_id, user_id, read_inbound, unread, bell, created_at)
            SELECT NEW.id, u.id, taken, NEW.inbound - taken, u.bell_default, NEW.updated_at FROM users u WHERE u.id = NEW.owner_id
            ON CONFLICT (case_id, user_id) DO NOTHING;
        DELETE FROM case_members WHERE case_id = NEW.id AND user_id = NEW.owner_id; -- nobody is both
    END IF;
    RETURN NULL;
END;
$function$;

CREATE OR REPLACE FUNCTION public.case_loses_member()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    DELETE FROM associations WHERE case_id = OLD.case_id AND user_id = OLD.user_id
        AND NOT EXISTS (SELECT 1 FROM cases WHERE id = OLD.case_id AND owner_id = OLD.user_id);
    RETURN NULL;
END;
$function$;

CREATE OR REPLACE FUNCTION public.changed_cell_is_unverified()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    NEW.cell_verified_at = NULL;
    RETURN NEW;
END;
$function$;

CREATE OR REPLACE FUNCTION public.dailies_of_user()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO dailies (user_id, kind, next_at) VALUES (NEW.id, 'summary', '1970-01-01T00:00:00Z'), (NEW.id, 'exceptions', '1970-01-01T00:00:00Z');
    ELSE
        UPDATE dailies SET next_at = '1970-01-01T00:00:00Z', fresh = fresh OR NEW.status <> OLD.status WHERE user_id = NEW.id;
    END IF;
    RETURN NULL;
END;
$function$;

CREATE OR REPLACE FUNCTION public.deactivation_ends_sessions()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    UPDATE sessions SET ended_at = now(), ended_why = 'deactivated' WHERE user_id = NEW.id AND ended_at IS NULL;
    RETURN NULL;
END;
$function$;

CREATE OR REPLACE FUNCTION public.deactivation_raises_epoch()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    NEW.epoch := OLD.epoch + 1;
    RETURN NEW;
END;
$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_query_trgm(text, internal, smallint, internal, internal, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gin_extract_query_trgm$function$;

CREATE OR REPLACE FUNCTION public.gin_extract_value_trgm(text, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gin_extract_value_trgm$function$;

CREATE OR REPLACE FUNCTION public.gin_trgm_consistent(internal, smallint, text, integer, internal, internal, internal, internal)
 RETURNS boolean
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gin_trgm_consistent$function$;

CREATE OR REPLACE FUNCTION public.gin_trgm_triconsistent(internal, smallint, text, integer, internal, internal, internal)
 RETURNS "char"
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gin_trgm_triconsistent$function$;

CREATE OR REPLACE FUNCTION public.gtrgm_compress(internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gtrgm_compress$function$;

CREATE OR REPLACE FUNCTION public.gtrgm_consistent(internal, text, smallint, oid, internal)
 RETURNS boolean
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gtrgm_consistent$function$;

CREATE OR REPLACE FUNCTION public.gtrgm_decompress(internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gtrgm_decompress$function$;

CREATE OR REPLACE FUNCTION public.gtrgm_distance(internal, text, smallint, oid, internal)
 RETURNS double precision
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gtrgm_distance$function$;

CREATE OR REPLACE FUNCTION public.gtrgm_in(cstring)
 RETURNS gtrgm
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gtrgm_in$function$;

CREATE OR REPLACE FUNCTION public.gtrgm_options(internal)
 RETURNS void
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE
AS '$libdir/pg_trgm', $function$gtrgm_options$function$;

CREATE OR REPLACE FUNCTION public.gtrgm_out(gtrgm)
 RETURNS cstring
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gtrgm_out$function$;

CREATE OR REPLACE FUNCTION public.gtrgm_penalty(internal, internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gtrgm_penalty$function$;

CREATE OR REPLACE FUNCTION public.gtrgm_picksplit(internal, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gtrgm_picksplit$function$;

CREATE OR REPLACE FUNCTION public.gtrgm_same(gtrgm, gtrgm, internal)
 RETURNS internal
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gtrgm_same$function$;

CREATE OR REPLACE FUNCTION public.gtrgm_union(internal, internal)
 RETURNS gtrgm
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$gtrgm_union$function$;

CREATE OR REPLACE FUNCTION public.ids_stay()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    RAISE EXCEPTION 'the id of a row of % never changes', TG_TABLE_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME;
END;
$function$;

CREATE OR REPLACE FUNCTION public.keep_a_super_admin()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION public.leavers_own_no_open_case()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF EXISTS (SELECT 1 FROM cases WHERE owner_id = NEW.id AND status = 'open') THEN
        RAISE EXCEPTION 'an open case would be without an active owner' USING ERRCODE = '23514', CONSTRAINT = 'cases_open_owner';
    END IF;
    RETURN NULL;
END;
$function$;

CREATE OR REPLACE FUNCTION public.open_cases_have_owners()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF NEW.status = 'open' THEN
        PERFORM 1 FROM users WHERE id = NEW.owner_id AND status <> 'INACTIVE' FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'an open case needs an active owner' USING ERRCODE = '23514', CONSTRAINT = 'cases_open_owner';
        END IF;
    END IF;
    RETURN NEW;
END;
$function$;

CREATE OR REPLACE FUNCTION public.owner_renamed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    UPDATE cases SET owner_name = NEW.sort_name, search = words || ' ' || (SELECT l.search FROM clients l WHERE l.id = cases.client_id) || ' ' || NEW.sort_name WHERE owner_id = NEW.id;
    RETURN NULL;
END;
$function$;

CREATE OR REPLACE FUNCTION public.policy_changes_dailies()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    UPDATE dailies SET next_at = '1970-01-01T00:00:00Z', fresh = true;
    RETURN NULL;
END;
$function$;

CREATE OR REPLACE FUNCTION public.practice_new_version()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    UPDATE practice_version SET version = gen_random_uuid()::text;
    RETURN NULL;
END;
$function$;

CREATE OR REPLACE FUNCTION public.preferences_change_dailies()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF TG_OP = 'DELETE' THEN
        UPDATE dailies SET next_at = '1970-01-01T00:00:00Z', fresh = true WHERE user_id = OLD.user_id;
    ELSE
        UPDATE dailies SET next_at = '1970-01-01T00:00:00Z', fresh = true WHERE user_id = NEW.user_id;
    END IF;
    RETURN NULL;
END;
$function$;

CREATE OR REPLACE FUNCTION public.set_limit(real)
 RETURNS real
 LANGUAGE c
 STRICT
AS '$libdir/pg_trgm', $function$set_limit$function$;

CREATE OR REPLACE FUNCTION public.show_limit()
 RETURNS real
 LANGUAGE c
 STABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$show_limit$function$;

CREATE OR REPLACE FUNCTION public.show_trgm(text)
 RETURNS text[]
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$show_trgm$function$;

CREATE OR REPLACE FUNCTION public.similarity(text, text)
 RETURNS real
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$similarity$function$;

CREATE OR REPLACE FUNCTION public.similarity_dist(text, text)
 RETURNS real
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$similarity_dist$function$;

CREATE OR REPLACE FUNCTION public.similarity_op(text, text)
 RETURNS boolean
 LANGUAGE c
 STABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$similarity_op$function$;

CREATE OR REPLACE FUNCTION public.strict_word_similarity(text, text)
 RETURNS real
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$strict_word_similarity$function$;

CREATE OR REPLACE FUNCTION public.strict_word_similarity_commutator_op(text, text)
 RETURNS boolean
 LANGUAGE c
 STABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$strict_word_similarity_commutator_op$function$;

CREATE OR REPLACE FUNCTION public.strict_word_similarity_dist_commutator_op(text, text)
 RETURNS real
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$strict_word_similarity_dist_commutator_op$function$;

CREATE OR REPLACE FUNCTION public.strict_word_similarity_dist_op(text, text)
 RETURNS real
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$strict_word_similarity_dist_op$function$;

CREATE OR REPLACE FUNCTION public.strict_word_similarity_op(text, text)
 RETURNS boolean
 LANGUAGE c
 STABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$strict_word_similarity_op$function$;

CREATE OR REPLACE FUNCTION public.super_stays()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    RAISE EXCEPTION 'which role is super never changes' USING ERRCODE = '23514', CONSTRAINT = 'roles_super_stays';
END;
$function$;

CREATE OR REPLACE FUNCTION public.users_are_kept()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    RAISE EXCEPTION 'users are never deleted' USING ERRCODE = '23514', CONSTRAINT = 'users_no_delete';
END;
$function$;

CREATE OR REPLACE FUNCTION public.word_similarity(text, text)
 RETURNS real
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$word_similarity$function$;

CREATE OR REPLACE FUNCTION public.word_similarity_commutator_op(text, text)
 RETURNS boolean
 LANGUAGE c
 STABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$word_similarity_commutator_op$function$;

CREATE OR REPLACE FUNCTION public.word_similarity_dist_commutator_op(text, text)
 RETURNS real
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$word_similarity_dist_commutator_op$function$;

CREATE OR REPLACE FUNCTION public.word_similarity_dist_op(text, text)
 RETURNS real
 LANGUAGE c
 IMMUTABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$word_similarity_dist_op$function$;

CREATE OR REPLACE FUNCTION public.word_similarity_op(text, text)
 RETURNS boolean
 LANGUAGE c
 STABLE PARALLEL SAFE STRICT
AS '$libdir/pg_trgm', $function$word_similarity_op$function$;
