ALTER TABLE listings DROP COLUMN monthly_capacity_unit;
ALTER TABLE listings DROP COLUMN monthly_capacity;
ALTER TABLE listings DROP COLUMN min_order_unit;
ALTER TABLE listings DROP COLUMN min_order;
DROP TABLE notifications_off;
DROP TABLE lead_links;
DROP TABLE contact_reveals;
DROP TABLE agreement_shares;
DROP TABLE agreement_files;
DROP TABLE agreements;
DROP TABLE quote_prices;
DROP TABLE quotes;
DROP TABLE capture_items;
DROP TABLE enquiry_files;
CREATE TABLE enquiries_after AS SELECT * FROM enquiries;
CREATE TABLE leads_after AS SELECT * FROM leads;
CREATE TABLE lead_items_after AS SELECT * FROM lead_items;
CREATE TABLE lead_events_after AS SELECT * FROM lead_events;
DROP TABLE lead_events;
DROP TABLE lead_items;
DROP TABLE leads;
DROP TABLE enquiries;
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
ALTER TABLE enquiries ADD COLUMN sender_organisation_id TEXT
    CONSTRAINT enquiries_sender_organisation REFERENCES organisations (id);
ALTER TABLE enquiries ADD COLUMN sender_client_id TEXT
    CONSTRAINT enquiries_sender_client REFERENCES clients (id);
CREATE INDEX enquiries_by_sender_organisation ON enquiries (sender_organisation_id);
CREATE INDEX enquiries_by_sender_client ON enquiries (sender_client_id);
ALTER TABLE enquiries ADD COLUMN contact_email_key TEXT;
CREATE INDEX enquiries_by_contact ON enquiries (contact_email_key);
ALTER TABLE enquiries ADD COLUMN contact_forgotten_at BIGINT;
CREATE INDEX enquiries_by_age ON enquiries (received_at) WHERE contact_forgotten_at IS NULL;
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
ALTER TABLE lead_events ADD COLUMN client_id TEXT
    CONSTRAINT lead_events_client REFERENCES clients (id);
CREATE INDEX lead_events_by_client ON lead_events (client_id);
-- What the earlier form has no place for is not carried back: enquiries without a way to answer, and events of other kinds.
INSERT INTO enquiries (id, sender_user_id, company_name, company_tax_code, contact_name, contact_email, contact_phone,
    message, language, source_channel, source_event, source_campaign, consent_version, received_at, sender_organisation_id,
    sender_client_id, contact_email_key, contact_forgotten_at)
SELECT id, sender_user_id, company_name, company_tax_code, contact_name, contact_email, contact_phone,
    message, language, source_channel, source_event, source_campaign, consent_version, received_at, sender_organisation_id,
    sender_client_id, contact_email_key, contact_forgotten_at
FROM enquiries_after WHERE contact_email IS NOT NULL OR contact_phone IS NOT NULL;
INSERT INTO leads (id, enquiry_id, producer_id, stage, created_at, updated_at)
SELECT id, enquiry_id, producer_id, stage, created_at, updated_at
FROM leads_after WHERE enquiry_id IN (SELECT id FROM enquiries);
INSERT INTO lead_items (lead_id, position, product_id, quantity, unit)
SELECT lead_id, position, product_id, quantity, unit FROM lead_items_after WHERE lead_id IN (SELECT id FROM leads);
INSERT INTO lead_events (id, lead_id, kind, side, actor_id, from_stage, to_stage, reason, note, at, client_id)
SELECT id, lead_id, CASE WHEN kind IN ('enquiry', 'note') THEN kind ELSE 'stage' END, side, actor_id, from_stage, to_stage,
    reason, note, at, client_id
FROM lead_events_after
WHERE lead_id IN (SELECT id FROM leads) AND side IN ('buyer', 'producer') AND (kind IN ('enquiry', 'note') OR to_stage IS NOT NULL);
DROP TABLE lead_events_after;
DROP TABLE lead_items_after;
DROP TABLE leads_after;
DROP TABLE enquiries_after;
DROP TABLE files;
