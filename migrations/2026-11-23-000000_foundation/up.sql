-- One text for SQLite and PostgreSQL: TEXT, BIGINT and BOOLEAN only, every constraint named.
-- Ids are UUIDv7 in TEXT, instants BIGINT microseconds since 1970 UTC, days TEXT 'YYYY-MM-DD' (local days of Asia/Ho_Chi_Minh).

-- ---------------------------------------------------------------- reference

CREATE TABLE reference_versions (
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    loaded_at BIGINT NOT NULL,
    CONSTRAINT reference_versions_pk PRIMARY KEY (name)
);

-- A code alone names nothing: most communes of 1 July 2025 re-use a code of one they absorbed.
CREATE TABLE admin_units (
    code TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    level TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    parent_code TEXT,
    CONSTRAINT admin_units_pk PRIMARY KEY (code, valid_from),
    CONSTRAINT admin_units_level CHECK (level IN ('province', 'district', 'commune'))
);

CREATE TABLE admin_unit_successors (
    old_code TEXT NOT NULL,
    old_valid_from TEXT NOT NULL,
    new_code TEXT NOT NULL,
    new_valid_from TEXT NOT NULL,
    extent TEXT NOT NULL,
    CONSTRAINT admin_unit_successors_pk PRIMARY KEY (old_code, old_valid_from, new_code, new_valid_from),
    CONSTRAINT admin_unit_successors_old FOREIGN KEY (old_code, old_valid_from) REFERENCES admin_units (code, valid_from),
    CONSTRAINT admin_unit_successors_new FOREIGN KEY (new_code, new_valid_from) REFERENCES admin_units (code, valid_from),
    CONSTRAINT admin_unit_successors_extent CHECK (extent IN ('whole', 'part'))
);
CREATE INDEX admin_unit_successors_by_new ON admin_unit_successors (new_code, new_valid_from);

CREATE TABLE product_groups (
    taxonomy TEXT NOT NULL,
    code TEXT NOT NULL,
    position BIGINT NOT NULL,
    name_vi TEXT NOT NULL,
    name_en TEXT NOT NULL,
    CONSTRAINT product_groups_pk PRIMARY KEY (taxonomy, code),
    CONSTRAINT product_groups_taxonomy CHECK (taxonomy IN ('2019', '2023', '2026'))
);

CREATE TABLE criteria_sets (
    taxonomy TEXT NOT NULL,
    set_no BIGINT NOT NULL,
    group_code TEXT NOT NULL,
    subgroup_vi TEXT NOT NULL,
    subgroup_en TEXT NOT NULL,
    name_vi TEXT NOT NULL,
    name_en TEXT NOT NULL,
    agencies TEXT NOT NULL,
    criteria TEXT,
    CONSTRAINT criteria_sets_pk PRIMARY KEY (taxonomy, set_no),
    CONSTRAINT criteria_sets_group FOREIGN KEY (taxonomy, group_code) REFERENCES product_groups (taxonomy, code)
);

-- ------------------------------------------------- organisations and products

-- A place is five codes: the unit of today (province, commune) and the one until 30 June 2025 (former_*).
CREATE TABLE organisations (
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    entity_type TEXT,
    -- Of a household business the legal name is a natural person's: never public.
    legal_name TEXT,
    public_name TEXT,
    name_key TEXT NOT NULL,
    province TEXT,
    commune TEXT,
    former_province TEXT,
    former_district TEXT,
    former_commune TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT organisations_pk PRIMARY KEY (id),
    CONSTRAINT organisations_kind CHECK (kind IN ('producer', 'buyer', 'organiser', 'office')),
    CONSTRAINT organisations_entity_type CHECK (entity_type IN ('company', 'cooperative', 'cooperative_group', 'facility', 'household'))
);
CREATE INDEX organisations_by_name ON organisations (name_key, province);

CREATE TABLE products (
    id TEXT NOT NULL,
    producer_id TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    sort_key TEXT NOT NULL,
    search_text TEXT NOT NULL,
    code TEXT NOT NULL,
    gtin TEXT,
    province TEXT,
    commune TEXT,
    former_province TEXT,
    former_district TEXT,
    former_commune TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT products_pk PRIMARY KEY (id),
    CONSTRAINT products_code_unique UNIQUE (code),
    CONSTRAINT products_name_unique UNIQUE (producer_id, name_key),
    CONSTRAINT products_producer FOREIGN KEY (producer_id) REFERENCES organisations (id)
);
CREATE INDEX products_by_province ON products (province);
CREATE INDEX products_by_name ON products (name_key);
-- Lists in this order stop when the page is full.
CREATE INDEX products_by_sort_key ON products (sort_key, id);

-- --------------------------------------------------------------------- ledger

-- A decision's number restarts every year at every issuer: the key is all three.
CREATE TABLE decisions (
    id TEXT NOT NULL,
    issuer TEXT NOT NULL,
    issuer_key TEXT NOT NULL,
    number TEXT NOT NULL,
    decided_on TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    CONSTRAINT decisions_pk PRIMARY KEY (id),
    CONSTRAINT decisions_unique UNIQUE (issuer_key, number, decided_on)
);

CREATE TABLE certifications (
    id TEXT NOT NULL,
    product_id TEXT NOT NULL,
    decision_id TEXT NOT NULL,
    decided_on TEXT NOT NULL,
    stars BIGINT NOT NULL,
    -- Hundredths of a point: councils print averages such as 65,8.
    score BIGINT,
    criteria_version TEXT NOT NULL,
    taxonomy TEXT NOT NULL,
    group_code TEXT,
    set_no BIGINT,
    valid_until TEXT NOT NULL,
    -- Last local day on which the product may be shown: derived from the ledger by certification::model
    -- whenever an entry is added, so that lists can be filtered by date in SQL. NULL: never in force.
    shown_until TEXT,
    source_url TEXT,
    recorded_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT certifications_pk PRIMARY KEY (id),
    CONSTRAINT certifications_unique UNIQUE (product_id, decision_id),
    CONSTRAINT certifications_product FOREIGN KEY (product_id) REFERENCES products (id),
    CONSTRAINT certifications_decision FOREIGN KEY (decision_id) REFERENCES decisions (id),
    CONSTRAINT certifications_group FOREIGN KEY (taxonomy, group_code) REFERENCES product_groups (taxonomy, code),
    CONSTRAINT certifications_set FOREIGN KEY (taxonomy, set_no) REFERENCES criteria_sets (taxonomy, set_no),
    CONSTRAINT certifications_stars CHECK (stars BETWEEN 3 AND 5),
    CONSTRAINT certifications_criteria CHECK (criteria_version IN ('2019', '2023', '2026'))
);
CREATE INDEX certifications_by_decision ON certifications (decision_id);
CREATE INDEX certifications_by_term ON certifications (valid_until, id);
CREATE INDEX certifications_by_decided ON certifications (decided_on, product_id);

CREATE TABLE certification_events (
    id TEXT NOT NULL,
    certification_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    effective_on TEXT NOT NULL,
    -- extended: last day of the extension
    until TEXT,
    -- revoked: ground (a) to (f) of Article 8, Decision 26/2026/QĐ-TTg
    ground TEXT,
    decision_id TEXT,
    recorded_at BIGINT NOT NULL,
    recorded_by TEXT,
    CONSTRAINT certification_events_pk PRIMARY KEY (id),
    CONSTRAINT certification_events_certification FOREIGN KEY (certification_id) REFERENCES certifications (id),
    CONSTRAINT certification_events_decision FOREIGN KEY (decision_id) REFERENCES decisions (id),
    CONSTRAINT certification_events_shape CHECK (
        (kind = 'extended' AND until IS NOT NULL AND ground IS NULL)
        OR (kind = 'revoked' AND until IS NULL AND ground IS NOT NULL AND decision_id IS NOT NULL)
    )
);
CREATE INDEX certification_events_by_certification ON certification_events (certification_id);
CREATE INDEX certification_events_by_decision ON certification_events (decision_id);

-- Rows of a list whose stars, decision or date nobody has seen: kept, never public.
CREATE TABLE certification_claims (
    id TEXT NOT NULL,
    product_id TEXT NOT NULL,
    stars BIGINT,
    score BIGINT,
    issuer TEXT NOT NULL,
    number TEXT NOT NULL,
    decided_on TEXT NOT NULL,
    group_code TEXT,
    source_url TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT certification_claims_pk PRIMARY KEY (id),
    CONSTRAINT certification_claims_unique UNIQUE (product_id, number, decided_on, source_url),
    CONSTRAINT certification_claims_product FOREIGN KEY (product_id) REFERENCES products (id)
);

-- ------------------------------------------------------------------- accounts

CREATE TABLE users (
    id TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    display_name TEXT,
    language TEXT NOT NULL,
    role TEXT NOT NULL,
    -- Officers see one province of today; what was merged into it is theirs too.
    province TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT users_pk PRIMARY KEY (id),
    CONSTRAINT users_email_unique UNIQUE (email_key),
    CONSTRAINT users_language CHECK (language IN ('vi', 'en')),
    CONSTRAINT users_role CHECK (role IN ('member', 'officer', 'admin')),
    CONSTRAINT users_officer_province CHECK ((role = 'officer') = (province IS NOT NULL))
);

CREATE TABLE memberships (
    user_id TEXT NOT NULL,
    organisation_id TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT memberships_pk PRIMARY KEY (user_id, organisation_id),
    CONSTRAINT memberships_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT memberships_organisation FOREIGN KEY (organisation_id) REFERENCES organisations (id),
    CONSTRAINT memberships_role CHECK (role IN ('owner', 'editor', 'viewer'))
);
CREATE INDEX memberships_by_organisation ON memberships (organisation_id);

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

-- Only the SHA-256 of a refresh token is kept. used_at: rotated; seen again, its whole session ends.
CREATE TABLE refresh_tokens (
    token_hash TEXT NOT NULL,
    session_id TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    used_at BIGINT,
    CONSTRAINT refresh_tokens_pk PRIMARY KEY (token_hash),
    CONSTRAINT refresh_tokens_session FOREIGN KEY (session_id) REFERENCES sessions (id)
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

-- ---------------------------------------------------------------------- leads

-- What a buyer sent at once; it becomes one lead for each producer concerned.
CREATE TABLE enquiries (
    id TEXT NOT NULL,
    sender_user_id TEXT,
    company_name TEXT NOT NULL,
    company_tax_code TEXT,
    contact_name TEXT NOT NULL,
    contact_email TEXT,
    contact_phone TEXT,
    message TEXT NOT NULL,
    language TEXT NOT NULL,
    source_channel TEXT NOT NULL,
    source_event TEXT,
    source_campaign TEXT,
    consent_version TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    CONSTRAINT enquiries_pk PRIMARY KEY (id),
    CONSTRAINT enquiries_sender FOREIGN KEY (sender_user_id) REFERENCES users (id),
    CONSTRAINT enquiries_contact CHECK (contact_email IS NOT NULL OR contact_phone IS NOT NULL),
    CONSTRAINT enquiries_language CHECK (language IN ('vi', 'en')),
    CONSTRAINT enquiries_channel CHECK (source_channel IN ('website', 'api', 'fair', 'conference', 'phone', 'referral', 'other'))
);
CREATE INDEX enquiries_by_sender ON enquiries (sender_user_id);

CREATE TABLE leads (
    id TEXT NOT NULL,
    enquiry_id TEXT NOT NULL,
    producer_id TEXT NOT NULL,
    stage TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT leads_pk PRIMARY KEY (id),
    CONSTRAINT leads_once_per_producer UNIQUE (enquiry_id, producer_id),
    CONSTRAINT leads_enquiry FOREIGN KEY (enquiry_id) REFERENCES enquiries (id),
    CONSTRAINT leads_producer FOREIGN KEY (producer_id) REFERENCES organisations (id),
    CONSTRAINT leads_stage CHECK (stage IN ('enquiry', 'quoted', 'sample_sent', 'negotiating', 'mou_signed',
        'contract_signed', 'first_order', 'repeat', 'declined', 'lost', 'closed'))
);
CREATE INDEX leads_by_producer ON leads (producer_id, id);

CREATE TABLE lead_items (
    lead_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    product_id TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    unit TEXT NOT NULL,
    CONSTRAINT lead_items_pk PRIMARY KEY (lead_id, position),
    CONSTRAINT lead_items_lead FOREIGN KEY (lead_id) REFERENCES leads (id),
    CONSTRAINT lead_items_product FOREIGN KEY (product_id) REFERENCES products (id),
    CONSTRAINT lead_items_quantity CHECK (quantity > 0)
);
CREATE INDEX lead_items_by_product ON lead_items (product_id);

CREATE TABLE lead_events (
    id TEXT NOT NULL,
    lead_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    side TEXT NOT NULL,
    actor_id TEXT,
    from_stage TEXT,
    to_stage TEXT,
    reason TEXT,
    note TEXT,
    at BIGINT NOT NULL,
    CONSTRAINT lead_events_pk PRIMARY KEY (id),
    CONSTRAINT lead_events_lead FOREIGN KEY (lead_id) REFERENCES leads (id),
    CONSTRAINT lead_events_actor FOREIGN KEY (actor_id) REFERENCES users (id),
    CONSTRAINT lead_events_side CHECK (side IN ('buyer', 'producer')),
    CONSTRAINT lead_events_shape CHECK (
        (kind = 'enquiry' AND from_stage IS NULL AND to_stage = 'enquiry')
        OR (kind = 'note' AND from_stage IS NULL AND to_stage IS NULL AND note IS NOT NULL)
        OR (kind = 'stage' AND from_stage IS NOT NULL AND to_stage IS NOT NULL)
    )
);
CREATE INDEX lead_events_by_lead ON lead_events (lead_id, at, id);
CREATE INDEX lead_events_by_actor ON lead_events (actor_id);

-- ------------------------------------------------------------------ plumbing

-- The answer to a request that carried an Idempotency-Key, written in the transaction of its effect.
CREATE TABLE idempotency_keys (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status BIGINT NOT NULL,
    location TEXT,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT idempotency_keys_pk PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
