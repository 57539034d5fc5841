DROP TABLE data_requests;
DROP TABLE consents;
DROP TABLE mails;
DROP TABLE audit_entries;
DROP TABLE audit_clock;
DROP INDEX lead_events_by_client;
ALTER TABLE lead_events DROP COLUMN client_id;
DROP INDEX enquiries_by_age;
DROP INDEX enquiries_by_contact;
ALTER TABLE enquiries DROP COLUMN contact_forgotten_at;
ALTER TABLE enquiries DROP COLUMN contact_email_key;
DROP INDEX enquiries_by_sender_client;
DROP INDEX enquiries_by_sender_organisation;
ALTER TABLE enquiries DROP COLUMN sender_client_id;
ALTER TABLE enquiries DROP COLUMN sender_organisation_id;
DROP TABLE revoked_tokens;
DROP TABLE client_secrets;
DROP TABLE clients;
DROP TABLE delegations;
DROP TABLE invitations;
DROP TABLE organisation_claims;
DROP TABLE organisation_verifications;
DROP INDEX organisations_tax_code_verified;
DROP INDEX organisations_by_successor;
DROP INDEX organisations_by_standing;
DROP INDEX organisations_by_tax_code;
ALTER TABLE organisations DROP COLUMN successor_id;
ALTER TABLE organisations DROP COLUMN standing;
ALTER TABLE organisations DROP COLUMN address;
ALTER TABLE organisations DROP COLUMN tax_code;
DROP TABLE signing_keys;
DROP TABLE throttles;
DROP TABLE recovery_codes;
DROP TABLE second_factors;
DROP TABLE refresh_tokens;
DROP TABLE sessions;
CREATE TABLE sessions (
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    end_reason TEXT,
    CONSTRAINT sessions_pk PRIMARY KEY (id),
    CONSTRAINT sessions_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT sessions_end CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
    CONSTRAINT sessions_end_reason CHECK (end_reason IN ('signed_out', 'refresh_reused', 'password_reset'))
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE TABLE refresh_tokens (
    token_hash TEXT NOT NULL,
    session_id TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    used_at BIGINT,
    CONSTRAINT refresh_tokens_pk PRIMARY KEY (token_hash),
    CONSTRAINT refresh_tokens_session FOREIGN KEY (session_id) REFERENCES sessions (id)
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);
DROP TABLE mail_tokens;
DROP TABLE registrations;
DROP INDEX users_by_office;
ALTER TABLE users DROP COLUMN erased_at;
ALTER TABLE users DROP COLUMN password_changed_at;
