-- Made by go test ./app/store -run Schema -update; to be read, never to be run.

CREATE TABLE addresses (
    address text NOT NULL,
    user_id text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    released_at timestamp with time zone,
    CONSTRAINT addresses_address_check CHECK ((address = lower(address))),
    CONSTRAINT addresses_pkey PRIMARY KEY (address),
    CONSTRAINT addresses_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX addresses_user ON public.addresses USING btree (user_id);

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
    CONSTRAINT audit_pkey PRIMARY KEY (id)
);
CREATE INDEX audit_actor ON public.audit USING btree (actor_id, at);
CREATE INDEX audit_object ON public.audit USING btree (object_kind, object_id, at);
CREATE TRIGGER audit_no_update BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

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
    CONSTRAINT credentials_pkey PRIMARY KEY (user_id),
    CONSTRAINT credentials_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);

CREATE TABLE departments (
    id text NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT departments_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX departments_name ON public.departments USING btree (lower(name));
CREATE TRIGGER departments_new_version AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.departments FOR EACH STATEMENT EXECUTE FUNCTION practice_new_version();

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
    CONSTRAINT links_pkey PRIMARY KEY (id),
    CONSTRAINT links_purpose_check CHECK ((purpose = ANY (ARRAY['welcome'::text, 'reset'::text, 'verify'::text, 'disown'::text]))),
    CONSTRAINT links_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX links_expiry ON public.links USING btree (expires_at);
CREATE UNIQUE INDEX links_token ON public.links USING btree (token_hash);
CREATE INDEX links_user ON public.links USING btree (user_id, purpose);

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
    CONSTRAINT mails_pkey PRIMARY KEY (id),
    CONSTRAINT mails_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'sending'::text, 'delivered'::text, 'failed'::text, 'stopped'::text]))),
    CONSTRAINT mails_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX mails_due ON public.mails USING btree (next_try_at) WHERE (state = ANY (ARRAY['waiting'::text, 'sending'::text]));
CREATE UNIQUE INDEX mails_send_key ON public.mails USING btree (send_key);
CREATE INDEX mails_user ON public.mails USING btree (user_id, created_at);

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
    CONSTRAINT organization_id_check CHECK ((id = 'organization'::text)),
    CONSTRAINT organization_language_check CHECK ((language = ANY (ARRAY['en'::text, 'es'::text, 'fr'::text]))),
    CONSTRAINT organization_password_policy_check CHECK ((password_policy = ANY (ARRAY['classic'::text, 'length'::text]))),
    CONSTRAINT organization_pkey PRIMARY KEY (id)
);
CREATE TRIGGER organization_new_version AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.organization FOR EACH STATEMENT EXECUTE FUNCTION practice_new_version();

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

CREATE TABLE practice_version (
    id text NOT NULL,
    version text NOT NULL,
    CONSTRAINT practice_version_id_check CHECK ((id = 'practice'::text)),
    CONSTRAINT practice_version_pkey PRIMARY KEY (id)
);

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
    CONSTRAINT profiles_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX profiles_name ON public.profiles USING btree (lower(name));
CREATE TRIGGER profiles_new_version AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.profiles FOR EACH STATEMENT EXECUTE FUNCTION practice_new_version();

CREATE TABLE role_permissions (
    role_id text NOT NULL,
    permission text NOT NULL,
    CONSTRAINT role_permissions_pkey PRIMARY KEY (role_id, permission),
    CONSTRAINT role_permissions_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles(id)
);
CREATE TRIGGER role_permissions_new_version AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.role_permissions FOR EACH STATEMENT EXECUTE FUNCTION practice_new_version();

CREATE TABLE roles (
    id text NOT NULL,
    name text NOT NULL,
    summary text NOT NULL DEFAULT ''::text,
    parent_id text,
    super boolean NOT NULL DEFAULT false,
    position integer NOT NULL DEFAULT 0,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT roles_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES roles(id),
    CONSTRAINT roles_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX roles_name ON public.roles USING btree (lower(name));
CREATE TRIGGER roles_new_version AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.roles FOR EACH STATEMENT EXECUTE FUNCTION practice_new_version();

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
    CONSTRAINT runs_pkey PRIMARY KEY (id),
    CONSTRAINT runs_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'running'::text, 'done'::text, 'failed'::text])))
);
CREATE INDEX runs_due ON public.runs USING btree (next_try_at) WHERE (state = ANY (ARRAY['waiting'::text, 'running'::text]));
CREATE UNIQUE INDEX runs_once ON public.runs USING btree (job, due_at);

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
    CONSTRAINT sessions_method_check CHECK ((method = ANY (ARRAY['password'::text, 'link'::text, 'pin'::text, 'passkey'::text, 'token'::text]))),
    CONSTRAINT sessions_pkey PRIMARY KEY (id),
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
    CONSTRAINT users_department_id_fkey FOREIGN KEY (department_id) REFERENCES departments(id),
    CONSTRAINT users_email_check CHECK ((email = lower(email))),
    CONSTRAINT users_language_check CHECK ((language = ANY (ARRAY['en'::text, 'es'::text, 'fr'::text]))),
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_role_id_fkey FOREIGN KEY (role_id) REFERENCES roles(id),
    CONSTRAINT users_status_check CHECK ((status = ANY (ARRAY['PENDING'::text, 'ACTIVE'::text, 'INACTIVE'::text]))),
    CONSTRAINT users_theme_check CHECK ((theme = ANY (ARRAY[''::text, 'light'::text, 'dark'::text])))
);
CREATE INDEX users_department ON public.users USING btree (department_id);
CREATE UNIQUE INDEX users_email ON public.users USING btree (email);
CREATE INDEX users_role ON public.users USING btree (role_id);
CREATE INDEX users_sort_name ON public.users USING btree (sort_name, id);
CREATE TRIGGER users_deactivated AFTER UPDATE ON public.users FOR EACH ROW WHEN ((new.status = 'INACTIVE'::text)) EXECUTE FUNCTION deactivation_ends_sessions();

CREATE OR REPLACE FUNCTION public.audit_is_append_only()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    RAISE EXCEPTION 'audit rows are never changed or deleted';
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

CREATE OR REPLACE FUNCTION public.practice_new_version()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    UPDATE practice_version SET version = gen_random_uuid()::text;
    RETURN NULL;
END;
$function$;
