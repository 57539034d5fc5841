-- Who gets in, for whom they act, and what is remembered of it.

-- ------------------------------------------------------------------ accounts

ALTER TABLE users ADD COLUMN password_changed_at BIGINT NOT NULL DEFAULT 0;
-- Erased on request: what identified the person is gone, and only facts of the ledger still refer to the row.
ALTER TABLE users ADD COLUMN erased_at BIGINT;
CREATE INDEX users_by_office ON users (role, province);

-- Somebody who has asked for an account and has not yet shown that the address is theirs. Becomes a user, or runs out. An
-- address may have several, each with a letter and a password of its own: any of them may be a stranger's.
CREATE TABLE registrations (
    id TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    display_name TEXT,
    language TEXT NOT NULL,
    -- The organisation to be, as JSON.
    organisation TEXT NOT NULL,
    terms_version TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT registrations_pk PRIMARY KEY (id),
    CONSTRAINT registrations_token_unique UNIQUE (token_hash),
    CONSTRAINT registrations_language CHECK (language IN ('vi', 'en'))
);
CREATE INDEX registrations_by_end ON registrations (expires_at);
CREATE INDEX registrations_by_address ON registrations (email_key, created_at);

-- Tokens that went out by mail, each good once. Only hashes are kept.
CREATE TABLE mail_tokens (
    token_hash TEXT NOT NULL,
    purpose TEXT NOT NULL,
    user_id TEXT NOT NULL,
    -- email_change: the new address.
    email TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    CONSTRAINT mail_tokens_pk PRIMARY KEY (token_hash),
    CONSTRAINT mail_tokens_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT mail_tokens_purpose CHECK (purpose IN ('password_reset', 'email_change')),
    CONSTRAINT mail_tokens_email CHECK ((purpose = 'email_change') = (email IS NOT NULL))
);
CREATE INDEX mail_tokens_by_user ON mail_tokens (user_id);
CREATE INDEX mail_tokens_by_end ON mail_tokens (expires_at);

-- Sessions get the places they were seen from, and more reasons to end.
CREATE TABLE sessions_before AS SELECT id, user_id, created_at, expires_at, ended_at, end_reason FROM sessions;
CREATE TABLE refresh_tokens_before AS SELECT token_hash, session_id, issued_at, used_at FROM refresh_tokens;
DROP TABLE refresh_tokens;
DROP TABLE sessions;

CREATE TABLE sessions (
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- When and from where its tokens were last renewed.
    seen_at BIGINT NOT NULL,
    address TEXT,
    user_agent TEXT,
    -- When the second factor was shown; NULL: by password alone.
    second_factor_at BIGINT,
    ended_at BIGINT,
    end_reason TEXT,
    CONSTRAINT sessions_pk PRIMARY KEY (id),
    CONSTRAINT sessions_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT sessions_end CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
    CONSTRAINT sessions_end_reason CHECK (end_reason IN ('signed_out', 'ended_by_owner', 'refresh_reused', 'password_reset',
        'password_changed', 'second_factor_changed', 'office_changed', 'erased'))
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE refresh_tokens (
    token_hash TEXT NOT NULL,
    session_id TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    used_at BIGINT,
    CONSTRAINT refresh_tokens_pk PRIMARY KEY (token_hash),
    CONSTRAINT refresh_tokens_session FOREIGN KEY (session_id) REFERENCES sessions (id)
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

INSERT INTO sessions (id, user_id, created_at, expires_at, seen_at, ended_at, end_reason)
    SELECT id, user_id, created_at, expires_at, created_at, ended_at, end_reason FROM sessions_before;
INSERT INTO refresh_tokens (token_hash, session_id, issued_at, used_at)
    SELECT token_hash, session_id, issued_at, used_at FROM refresh_tokens_before;
DROP TABLE refresh_tokens_before;
DROP TABLE sessions_before;

-- Time-based one-time passwords (RFC 6238). last_step: a code is good once.
CREATE TABLE second_factors (
    user_id TEXT NOT NULL,
    -- The one that counts; NULL until the first has been confirmed.
    secret TEXT,
    confirmed_at BIGINT,
    last_step BIGINT NOT NULL,
    -- Handed out and not confirmed yet: takes the other's place when a code of it comes.
    pending_secret TEXT,
    pending_at BIGINT,
    CONSTRAINT second_factors_pk PRIMARY KEY (user_id),
    CONSTRAINT second_factors_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT second_factors_confirmed CHECK ((secret IS NULL) = (confirmed_at IS NULL)),
    CONSTRAINT second_factors_pending CHECK ((pending_secret IS NULL) = (pending_at IS NULL))
);

CREATE TABLE recovery_codes (
    code_hash TEXT NOT NULL,
    user_id TEXT NOT NULL,
    used_at BIGINT,
    CONSTRAINT recovery_codes_pk PRIMARY KEY (code_hash),
    CONSTRAINT recovery_codes_user FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX recovery_codes_by_user ON recovery_codes (user_id);

-- Failed attempts, each behind a growing delay; keys are hashes where they would name a person.
CREATE TABLE throttles (
    key TEXT NOT NULL,
    failures BIGINT NOT NULL,
    last_failed_at BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL,
    CONSTRAINT throttles_pk PRIMARY KEY (key)
);
CREATE INDEX throttles_by_age ON throttles (last_failed_at);

-- The public halves of the keys that sign access tokens, of all instances.
CREATE TABLE signing_keys (
    kid TEXT NOT NULL,
    public_key TEXT NOT NULL,
    published_at BIGINT NOT NULL,
    -- An instance that is alive says so every hour; a key that nobody has spoken for is forgotten.
    seen_at BIGINT NOT NULL,
    retired_at BIGINT,
    CONSTRAINT signing_keys_pk PRIMARY KEY (kid)
);

-- ------------------------------------------------------------- organisations

-- A household's may be a personal identity number: never public.
ALTER TABLE organisations ADD COLUMN tax_code TEXT;
ALTER TABLE organisations ADD COLUMN address TEXT;
ALTER TABLE organisations ADD COLUMN standing TEXT NOT NULL DEFAULT 'unverified'
    CONSTRAINT organisations_standing CHECK (standing IN ('unverified', 'verified', 'refused', 'suspended'));
-- Another one has taken its place: it was registered although the ledger had it already.
ALTER TABLE organisations ADD COLUMN successor_id TEXT
    CONSTRAINT organisations_successor REFERENCES organisations (id);
CREATE INDEX organisations_by_tax_code ON organisations (tax_code);
CREATE INDEX organisations_by_standing ON organisations (province, standing);
CREATE INDEX organisations_by_successor ON organisations (successor_id);
-- Anybody may write down a tax code; verified, it is one party's.
CREATE UNIQUE INDEX organisations_tax_code_verified ON organisations (tax_code) WHERE standing = 'verified';

CREATE TABLE organisation_verifications (
    id TEXT NOT NULL,
    organisation_id TEXT NOT NULL,
    decision TEXT NOT NULL,
    reason TEXT,
    decided_by TEXT NOT NULL,
    decided_at BIGINT NOT NULL,
    CONSTRAINT organisation_verifications_pk PRIMARY KEY (id),
    CONSTRAINT organisation_verifications_organisation FOREIGN KEY (organisation_id) REFERENCES organisations (id),
    CONSTRAINT organisation_verifications_decider FOREIGN KEY (decided_by) REFERENCES users (id),
    CONSTRAINT organisation_verifications_decision CHECK (decision IN ('verified', 'refused', 'suspended', 'reinstated')),
    CONSTRAINT organisation_verifications_reason CHECK (decision IN ('verified', 'reinstated') OR reason IS NOT NULL)
);
CREATE INDEX organisation_verifications_by_organisation ON organisation_verifications (organisation_id, id);
CREATE INDEX organisation_verifications_by_decider ON organisation_verifications (decided_by);

-- "That producer of the ledger is us."
CREATE TABLE organisation_claims (
    id TEXT NOT NULL,
    organisation_id TEXT NOT NULL,
    target_id TEXT NOT NULL,
    note TEXT,
    claimed_by TEXT NOT NULL,
    claimed_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    decided_by TEXT,
    decided_at BIGINT,
    CONSTRAINT organisation_claims_pk PRIMARY KEY (id),
    CONSTRAINT organisation_claims_organisation FOREIGN KEY (organisation_id) REFERENCES organisations (id),
    CONSTRAINT organisation_claims_target FOREIGN KEY (target_id) REFERENCES organisations (id),
    CONSTRAINT organisation_claims_claimer FOREIGN KEY (claimed_by) REFERENCES users (id),
    CONSTRAINT organisation_claims_decider FOREIGN KEY (decided_by) REFERENCES users (id),
    CONSTRAINT organisation_claims_state CHECK (state IN ('open', 'approved', 'refused', 'withdrawn')),
    CONSTRAINT organisation_claims_decision CHECK ((state IN ('open', 'withdrawn')) = (decided_by IS NULL)),
    CONSTRAINT organisation_claims_other CHECK (target_id <> organisation_id)
);
CREATE INDEX organisation_claims_by_organisation ON organisation_claims (organisation_id);
CREATE INDEX organisation_claims_by_target ON organisation_claims (target_id);
CREATE INDEX organisation_claims_by_claimer ON organisation_claims (claimed_by);
CREATE INDEX organisation_claims_by_decider ON organisation_claims (decided_by);
CREATE UNIQUE INDEX organisation_claims_one_open ON organisation_claims (organisation_id, target_id) WHERE state = 'open';

-- To an organisation, or to an office.
CREATE TABLE invitations (
    id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    organisation_id TEXT,
    member_role TEXT,
    office TEXT,
    province TEXT,
    invited_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    accepted_at BIGINT,
    accepted_by TEXT,
    withdrawn_at BIGINT,
    CONSTRAINT invitations_pk PRIMARY KEY (id),
    CONSTRAINT invitations_token_unique UNIQUE (token_hash),
    CONSTRAINT invitations_organisation FOREIGN KEY (organisation_id) REFERENCES organisations (id),
    CONSTRAINT invitations_inviter FOREIGN KEY (invited_by) REFERENCES users (id),
    CONSTRAINT invitations_accepter FOREIGN KEY (accepted_by) REFERENCES users (id),
    CONSTRAINT invitations_member_role CHECK (member_role IN ('owner', 'editor', 'viewer')),
    CONSTRAINT invitations_office CHECK (office IN ('officer', 'admin')),
    CONSTRAINT invitations_to CHECK (
        (organisation_id IS NOT NULL AND member_role IS NOT NULL AND office IS NULL AND province IS NULL)
        OR (organisation_id IS NULL AND member_role IS NULL AND office = 'officer' AND province IS NOT NULL)
        OR (organisation_id IS NULL AND member_role IS NULL AND office = 'admin' AND province IS NULL)
    ),
    CONSTRAINT invitations_acceptance CHECK ((accepted_at IS NULL) = (accepted_by IS NULL))
);
CREATE INDEX invitations_by_organisation ON invitations (organisation_id);
CREATE INDEX invitations_by_email ON invitations (email_key);
CREATE INDEX invitations_by_inviter ON invitations (invited_by);
CREATE INDEX invitations_by_accepter ON invitations (accepted_by);

-- Somebody outside acts for an organisation that has agreed, until a day.
CREATE TABLE delegations (
    id TEXT NOT NULL,
    organisation_id TEXT NOT NULL,
    delegate_id TEXT NOT NULL,
    role TEXT NOT NULL,
    purpose TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    requested_at BIGINT NOT NULL,
    -- Without it, a request that no owner has agreed to.
    granted_by TEXT,
    granted_at BIGINT,
    ends_at BIGINT NOT NULL,
    ended_at BIGINT,
    ended_by TEXT,
    CONSTRAINT delegations_pk PRIMARY KEY (id),
    CONSTRAINT delegations_organisation FOREIGN KEY (organisation_id) REFERENCES organisations (id),
    CONSTRAINT delegations_delegate FOREIGN KEY (delegate_id) REFERENCES users (id),
    CONSTRAINT delegations_requester FOREIGN KEY (requested_by) REFERENCES users (id),
    CONSTRAINT delegations_granter FOREIGN KEY (granted_by) REFERENCES users (id),
    CONSTRAINT delegations_ender FOREIGN KEY (ended_by) REFERENCES users (id),
    CONSTRAINT delegations_role CHECK (role IN ('editor', 'viewer')),
    CONSTRAINT delegations_grant CHECK ((granted_by IS NULL) = (granted_at IS NULL))
);
CREATE INDEX delegations_by_organisation ON delegations (organisation_id);
CREATE INDEX delegations_by_delegate ON delegations (delegate_id);
CREATE INDEX delegations_by_requester ON delegations (requested_by);
CREATE INDEX delegations_by_granter ON delegations (granted_by);
CREATE INDEX delegations_by_ender ON delegations (ended_by);

-- ------------------------------------------------------------ machine clients

CREATE TABLE clients (
    id TEXT NOT NULL,
    organisation_id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- Separated by spaces, as OAuth writes them.
    scopes TEXT NOT NULL,
    -- Networks it may come from (CIDR), separated by spaces; none: any.
    addresses TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    last_used_at BIGINT,
    -- Tokens issued before are no longer good: its scopes were narrowed or it was stopped for a while.
    tokens_since BIGINT NOT NULL,
    revoked_at BIGINT,
    CONSTRAINT clients_pk PRIMARY KEY (id),
    CONSTRAINT clients_organisation FOREIGN KEY (organisation_id) REFERENCES organisations (id),
    CONSTRAINT clients_creator FOREIGN KEY (created_by) REFERENCES users (id)
);
CREATE INDEX clients_by_organisation ON clients (organisation_id);
CREATE INDEX clients_by_creator ON clients (created_by);

CREATE TABLE client_secrets (
    id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    -- Its last characters, by which people tell one from the other.
    ending TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at BIGINT,
    CONSTRAINT client_secrets_pk PRIMARY KEY (id),
    CONSTRAINT client_secrets_client FOREIGN KEY (client_id) REFERENCES clients (id)
);
CREATE INDEX client_secrets_by_client ON client_secrets (client_id);

-- Access tokens of clients that were revoked before their time (RFC 7009), until that time.
CREATE TABLE revoked_tokens (
    jti TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT revoked_tokens_pk PRIMARY KEY (jti)
);
CREATE INDEX revoked_tokens_by_end ON revoked_tokens (expires_at);

-- What a client did.
ALTER TABLE enquiries ADD COLUMN sender_organisation_id TEXT
    CONSTRAINT enquiries_sender_organisation REFERENCES organisations (id);
ALTER TABLE enquiries ADD COLUMN sender_client_id TEXT
    CONSTRAINT enquiries_sender_client REFERENCES clients (id);
CREATE INDEX enquiries_by_sender_organisation ON enquiries (sender_organisation_id);
CREATE INDEX enquiries_by_sender_client ON enquiries (sender_client_id);
ALTER TABLE lead_events ADD COLUMN client_id TEXT
    CONSTRAINT lead_events_client REFERENCES clients (id);
CREATE INDEX lead_events_by_client ON lead_events (client_id);

-- By which all that one address has sent is found, however it was typed. (What was kept before is in ASCII.)
ALTER TABLE enquiries ADD COLUMN contact_email_key TEXT;
UPDATE enquiries SET contact_email_key = lower(contact_email);
CREATE INDEX enquiries_by_contact ON enquiries (contact_email_key);
-- When who the contact is was forgotten: the names and the message in the row are none any more.
ALTER TABLE enquiries ADD COLUMN contact_forgotten_at BIGINT;
CREATE INDEX enquiries_by_age ON enquiries (received_at) WHERE contact_forgotten_at IS NULL;

-- ----------------------------------------------------------------- audit log

-- One row, as the catalogue's clock: its lock puts the entries in the order of the commits.
CREATE TABLE audit_clock (
    id BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    last_hash TEXT NOT NULL,
    CONSTRAINT audit_clock_pk PRIMARY KEY (id),
    CONSTRAINT audit_clock_one_row CHECK (id = 1)
);
INSERT INTO audit_clock (id, last_seq, last_hash) VALUES (1, 0, '');

-- No foreign keys: an entry outlives what it is about, and its check would wait for whoever waits for the clock.
CREATE TABLE audit_entries (
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT,
    -- The organisation that had agreed to be acted for.
    behalf_id TEXT,
    action TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id TEXT,
    -- Whom it concerns: who may read it.
    organisation_id TEXT,
    province TEXT,
    request_id TEXT,
    details TEXT NOT NULL,
    -- From where. Hashed with a nonce, so that it can be forgotten and the chain still holds.
    origin TEXT,
    origin_hash TEXT,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    CONSTRAINT audit_entries_pk PRIMARY KEY (seq),
    CONSTRAINT audit_entries_actor CHECK (actor_kind IN ('user', 'client', 'operator', 'service', 'nobody')),
    CONSTRAINT audit_entries_actor_id CHECK ((actor_kind IN ('user', 'client')) = (actor_id IS NOT NULL))
);
CREATE INDEX audit_entries_by_organisation ON audit_entries (organisation_id, seq);
CREATE INDEX audit_entries_by_province ON audit_entries (province, seq);
CREATE INDEX audit_entries_by_actor ON audit_entries (actor_id, seq);
CREATE INDEX audit_entries_by_subject ON audit_entries (subject_id, seq);
CREATE INDEX audit_entries_with_origin ON audit_entries (at) WHERE origin IS NOT NULL;

-- ---------------------------------------------------------------------- mail

-- Written in the transaction that has something to say; sent afterwards, again and again until it is taken.
CREATE TABLE mails (
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    -- Lower case, NFC.
    recipient_key TEXT NOT NULL,
    user_id TEXT,
    language TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- NULL once it has been sent: it may hold a token.
    body TEXT,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    last_error TEXT,
    sent_at BIGINT,
    failed_at BIGINT,
    CONSTRAINT mails_pk PRIMARY KEY (id),
    CONSTRAINT mails_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT mails_language CHECK (language IN ('vi', 'en'))
);
CREATE INDEX mails_by_due ON mails (due_at) WHERE sent_at IS NULL AND failed_at IS NULL;
CREATE INDEX mails_by_user ON mails (user_id);
CREATE INDEX mails_by_recipient ON mails (recipient_key);
CREATE INDEX mails_by_age ON mails (created_at);

-- ------------------------------------------------------------- personal data

CREATE TABLE consents (
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    text_version TEXT NOT NULL,
    channel TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    withdrawn_at BIGINT,
    CONSTRAINT consents_pk PRIMARY KEY (id),
    CONSTRAINT consents_user FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX consents_by_user ON consents (user_id);

-- What people ask about their data (Law 91/2025/QH15), with the law's due dates.
CREATE TABLE data_requests (
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    user_id TEXT,
    -- How to reach who asks; forgotten with the request.
    email TEXT,
    email_key TEXT,
    message TEXT,
    language TEXT NOT NULL,
    state TEXT NOT NULL,
    token_hash TEXT,
    received_at BIGINT NOT NULL,
    answer_due TEXT NOT NULL,
    complete_due TEXT NOT NULL,
    extended BOOLEAN NOT NULL,
    extension_reason TEXT,
    answered_at BIGINT,
    completed_at BIGINT,
    handled_by TEXT,
    answer TEXT,
    CONSTRAINT data_requests_pk PRIMARY KEY (id),
    CONSTRAINT data_requests_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT data_requests_handler FOREIGN KEY (handled_by) REFERENCES users (id),
    CONSTRAINT data_requests_language CHECK (language IN ('vi', 'en')),
    CONSTRAINT data_requests_state CHECK (state IN ('unconfirmed', 'received', 'answered', 'completed', 'refused')),
    CONSTRAINT data_requests_kind CHECK (kind IN ('access', 'rectification', 'erasure', 'restriction', 'objection', 'consent_withdrawal'))
);
CREATE INDEX data_requests_by_state ON data_requests (state, complete_due);
CREATE INDEX data_requests_by_user ON data_requests (user_id);
CREATE INDEX data_requests_by_email ON data_requests (email_key);
CREATE INDEX data_requests_by_handler ON data_requests (handled_by);
CREATE INDEX data_requests_by_token ON data_requests (token_hash);
