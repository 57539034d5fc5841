-- The funnel from the enquiry to the contract: who recorded it, what both sides did, what was offered and signed, and by when
-- an answer is due.

-- ------------------------------------------------------------------ stored files

-- Evidence and attachments. In the database, so that an agreement and its proof are one transaction, and so that every
-- instance has them.
CREATE TABLE files (
    id TEXT NOT NULL,
    -- Lower-case hexadecimal, as people compare it.
    sha256 TEXT NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    -- NULL once it was erased; what it was (its hash) stays with the agreement it proved.
    content BYTEA,
    user_id TEXT,
    client_id TEXT,
    created_at BIGINT NOT NULL,
    -- When something first referred to it. A file that nothing refers to is forgotten after a while.
    used_at BIGINT,
    CONSTRAINT files_pk PRIMARY KEY (id),
    CONSTRAINT files_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT files_client FOREIGN KEY (client_id) REFERENCES clients (id),
    CONSTRAINT files_size CHECK (size > 0)
);
CREATE INDEX files_by_user ON files (user_id);
CREATE INDEX files_by_client ON files (client_id);
CREATE INDEX files_unused ON files (created_at) WHERE used_at IS NULL;

-- ------------------------------------------------------------- the four tables, rebuilt

-- SQLite cannot change a CHECK: the rows are set aside, the tables made anew, and the rows put back.
CREATE TABLE enquiries_before AS SELECT * FROM enquiries;
CREATE TABLE leads_before AS SELECT * FROM leads;
CREATE TABLE lead_items_before AS SELECT * FROM lead_items;
CREATE TABLE lead_events_before AS SELECT * FROM lead_events;
DROP TABLE lead_events;
DROP TABLE lead_items;
DROP TABLE leads;
DROP TABLE enquiries;

CREATE TABLE enquiries (
    -- Made by the recorder's device where it was recorded offline.
    id TEXT NOT NULL,
    sender_user_id TEXT,
    sender_organisation_id TEXT,
    sender_client_id TEXT,
    -- Somebody else recorded it for the buyer, on this side of the trade.
    recorder_side TEXT,
    recorder_user_id TEXT,
    recorder_client_id TEXT,
    -- The organiser's or the producer's organisation; none: an office.
    recorder_organisation_id TEXT,
    company_name TEXT NOT NULL,
    company_tax_code TEXT,
    contact_name TEXT NOT NULL,
    contact_email TEXT,
    contact_phone TEXT,
    -- The address and the number as they are compared.
    contact_email_key TEXT,
    contact_phone_key TEXT,
    -- with_producers: the buyer agreed that every producer asked gets the contact; on_request: each has to ask.
    contact_sharing TEXT NOT NULL,
    message TEXT NOT NULL,
    language TEXT NOT NULL,
    source_channel TEXT NOT NULL,
    source_event TEXT,
    source_event_key TEXT,
    source_campaign TEXT,
    source_campaign_key TEXT,
    -- Where to (code of a unit of today) and when.
    delivery_unit TEXT,
    delivery_from TEXT,
    delivery_until TEXT,
    -- Kinds of listing documents the buyer needs, separated by spaces.
    needed_certificates TEXT NOT NULL,
    consent_version TEXT NOT NULL,
    occurred_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    contact_forgotten_at BIGINT,
    -- The buyer wants no letters about it.
    letters_stopped_at BIGINT,
    CONSTRAINT enquiries_pk PRIMARY KEY (id),
    CONSTRAINT enquiries_sender FOREIGN KEY (sender_user_id) REFERENCES users (id),
    CONSTRAINT enquiries_sender_organisation FOREIGN KEY (sender_organisation_id) REFERENCES organisations (id),
    CONSTRAINT enquiries_sender_client FOREIGN KEY (sender_client_id) REFERENCES clients (id),
    CONSTRAINT enquiries_recorder FOREIGN KEY (recorder_user_id) REFERENCES users (id),
    CONSTRAINT enquiries_recorder_client FOREIGN KEY (recorder_client_id) REFERENCES clients (id),
    CONSTRAINT enquiries_recorder_organisation FOREIGN KEY (recorder_organisation_id) REFERENCES organisations (id),
    CONSTRAINT enquiries_recorder_side CHECK (recorder_side IN ('producer', 'organiser', 'office')),
    CONSTRAINT enquiries_recorded CHECK (
        (recorder_side IS NULL AND recorder_user_id IS NULL AND recorder_client_id IS NULL AND recorder_organisation_id IS NULL)
        OR (recorder_side IS NOT NULL AND sender_user_id IS NULL AND sender_client_id IS NULL)
    ),
    -- A visitor of a stand may leave nothing but a name: that is completed later.
    CONSTRAINT enquiries_contact CHECK (contact_email IS NOT NULL OR contact_phone IS NOT NULL OR recorder_side IS NOT NULL),
    CONSTRAINT enquiries_sharing CHECK (contact_sharing IN ('with_producers', 'on_request')),
    CONSTRAINT enquiries_language CHECK (language IN ('vi', 'en')),
    CONSTRAINT enquiries_channel CHECK (source_channel IN ('website', 'api', 'fair', 'conference', 'phone', 'referral', 'other'))
);
-- Of what most rows have not there is an index of the others only: an enquiry is written in microseconds.
CREATE INDEX enquiries_by_sender ON enquiries (sender_user_id) WHERE sender_user_id IS NOT NULL;
CREATE INDEX enquiries_by_sender_organisation ON enquiries (sender_organisation_id) WHERE sender_organisation_id IS NOT NULL;
CREATE INDEX enquiries_by_sender_client ON enquiries (sender_client_id) WHERE sender_client_id IS NOT NULL;
CREATE INDEX enquiries_by_recorder ON enquiries (recorder_user_id) WHERE recorder_user_id IS NOT NULL;
CREATE INDEX enquiries_by_recorder_client ON enquiries (recorder_client_id) WHERE recorder_client_id IS NOT NULL;
CREATE INDEX enquiries_by_recorder_organisation ON enquiries (recorder_organisation_id) WHERE recorder_organisation_id IS NOT NULL;
CREATE INDEX enquiries_by_contact ON enquiries (contact_email_key) WHERE contact_email_key IS NOT NULL;
CREATE INDEX enquiries_by_phone ON enquiries (contact_phone_key) WHERE contact_phone_key IS NOT NULL;
CREATE INDEX enquiries_by_tax_code ON enquiries (company_tax_code) WHERE company_tax_code IS NOT NULL;
CREATE INDEX enquiries_by_age ON enquiries (received_at) WHERE contact_forgotten_at IS NULL;

CREATE TABLE leads (
    id TEXT NOT NULL,
    enquiry_id TEXT NOT NULL,
    producer_id TEXT NOT NULL,
    stage TEXT NOT NULL,
    stage_since BIGINT NOT NULL,
    occurred_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- The response clock: when the producer's answer is due, when it came, and what was done meanwhile.
    respond_by BIGINT NOT NULL,
    answered_at BIGINT,
    -- The producer's people have been told that it came.
    announced_at BIGINT,
    reminded_at BIGINT,
    escalated_at BIGINT,
    -- The first event of which nobody has been written to yet, though somebody should be.
    untold_since BIGINT,
    -- The buyer lets this producer have the contact; the producer asked for it; the producer has it; the office has it.
    contact_consented_at BIGINT,
    contact_asked_at BIGINT,
    contact_revealed_at BIGINT,
    contact_seen_by_office_at BIGINT,
    -- It is one with another lead of the same producer, which goes on for both.
    merged_into TEXT,
    CONSTRAINT leads_pk PRIMARY KEY (id),
    CONSTRAINT leads_once_per_producer UNIQUE (enquiry_id, producer_id),
    CONSTRAINT leads_enquiry FOREIGN KEY (enquiry_id) REFERENCES enquiries (id),
    CONSTRAINT leads_producer FOREIGN KEY (producer_id) REFERENCES organisations (id),
    CONSTRAINT leads_merged FOREIGN KEY (merged_into) REFERENCES leads (id),
    CONSTRAINT leads_not_into_itself CHECK (merged_into <> id),
    CONSTRAINT leads_revealed_with_consent CHECK (contact_revealed_at IS NULL OR contact_consented_at IS NOT NULL),
    CONSTRAINT leads_stage CHECK (stage IN ('enquiry', 'quoted', 'sample_sent', 'negotiating', 'mou_signed',
        'contract_signed', 'first_order', 'repeat', 'declined', 'lost', 'closed'))
);
CREATE INDEX leads_by_producer ON leads (producer_id, id);
CREATE INDEX leads_by_merged ON leads (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX leads_by_arrival ON leads (created_at);
CREATE INDEX leads_to_announce ON leads (id) WHERE announced_at IS NULL;
CREATE INDEX leads_to_tell ON leads (untold_since) WHERE untold_since IS NOT NULL;
CREATE INDEX leads_to_answer ON leads (respond_by) WHERE answered_at IS NULL AND escalated_at IS NULL;

CREATE TABLE lead_items (
    lead_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    product_id TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    unit TEXT NOT NULL,
    -- Đồng for one unit that the buyer hopes for.
    target_price BIGINT,
    -- What the product was certified as on the day of the enquiry.
    stars BIGINT,
    taxonomy TEXT,
    group_code TEXT,
    CONSTRAINT lead_items_pk PRIMARY KEY (lead_id, position),
    CONSTRAINT lead_items_lead FOREIGN KEY (lead_id) REFERENCES leads (id),
    CONSTRAINT lead_items_product FOREIGN KEY (product_id) REFERENCES products (id),
    CONSTRAINT lead_items_quantity CHECK (quantity > 0),
    CONSTRAINT lead_items_target_price CHECK (target_price > 0)
);
CREATE INDEX lead_items_by_product ON lead_items (product_id);

CREATE TABLE lead_events (
    -- Made by the recorder's device where it was recorded offline.
    id TEXT NOT NULL,
    lead_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    side TEXT NOT NULL,
    actor_id TEXT,
    client_id TEXT,
    from_stage TEXT,
    to_stage TEXT,
    reason TEXT,
    note TEXT,
    -- What the kind of event tells besides, as JSON.
    details TEXT,
    -- When it happened, and when it was recorded.
    occurred_at BIGINT NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT lead_events_pk PRIMARY KEY (id),
    CONSTRAINT lead_events_lead FOREIGN KEY (lead_id) REFERENCES leads (id),
    CONSTRAINT lead_events_actor FOREIGN KEY (actor_id) REFERENCES users (id),
    CONSTRAINT lead_events_client FOREIGN KEY (client_id) REFERENCES clients (id),
    CONSTRAINT lead_events_side CHECK (side IN ('buyer', 'producer', 'organiser', 'office', 'service')),
    CONSTRAINT lead_events_shape CHECK (
        (kind = 'enquiry' AND from_stage IS NULL AND to_stage = 'enquiry')
        OR (kind <> 'enquiry' AND (from_stage IS NULL) = (to_stage IS NULL))
    ),
    CONSTRAINT lead_events_words CHECK (kind NOT IN ('note', 'message') OR note IS NOT NULL)
);
CREATE INDEX lead_events_by_lead ON lead_events (lead_id, at, id);
CREATE INDEX lead_events_by_actor ON lead_events (actor_id) WHERE actor_id IS NOT NULL;
CREATE INDEX lead_events_by_client ON lead_events (client_id) WHERE client_id IS NOT NULL;

INSERT INTO enquiries (id, sender_user_id, sender_organisation_id, sender_client_id, company_name, company_tax_code,
    contact_name, contact_email, contact_phone, contact_email_key, contact_sharing, message, language, source_channel,
    source_event, source_event_key, source_campaign, source_campaign_key, needed_certificates, consent_version, occurred_at,
    received_at, contact_forgotten_at)
SELECT id, sender_user_id, sender_organisation_id, sender_client_id, company_name, company_tax_code,
    contact_name, contact_email, contact_phone, contact_email_key, 'with_producers', message, language, source_channel,
    source_event, lower(source_event), source_campaign, lower(source_campaign), '', consent_version, received_at,
    received_at, contact_forgotten_at
FROM enquiries_before;
-- The clock of what came before this release stands: its answer was due the moment it came, and nobody is reminded of it.
INSERT INTO leads (id, enquiry_id, producer_id, stage, stage_since, occurred_at, created_at, updated_at, respond_by,
    answered_at, announced_at, reminded_at, escalated_at, contact_consented_at, contact_revealed_at)
SELECT id, enquiry_id, producer_id, stage,
    coalesce((SELECT max(at) FROM lead_events_before e WHERE e.lead_id = leads_before.id AND e.to_stage IS NOT NULL), created_at),
    created_at, created_at, updated_at, created_at,
    (SELECT min(at) FROM lead_events_before e WHERE e.lead_id = leads_before.id AND e.side = 'producer' AND e.kind = 'stage'),
    created_at, created_at, created_at, created_at, created_at
FROM leads_before;
INSERT INTO lead_items (lead_id, position, product_id, quantity, unit)
SELECT lead_id, position, product_id, quantity, unit FROM lead_items_before;
INSERT INTO lead_events (id, lead_id, kind, side, actor_id, client_id, from_stage, to_stage, reason, note, occurred_at, at)
SELECT id, lead_id, kind, side, actor_id, client_id, from_stage, to_stage, reason, note, at, at FROM lead_events_before;
DROP TABLE lead_events_before;
DROP TABLE lead_items_before;
DROP TABLE leads_before;
DROP TABLE enquiries_before;

CREATE TABLE enquiry_files (
    enquiry_id TEXT NOT NULL,
    file_id TEXT NOT NULL,
    CONSTRAINT enquiry_files_pk PRIMARY KEY (enquiry_id, file_id),
    CONSTRAINT enquiry_files_enquiry FOREIGN KEY (enquiry_id) REFERENCES enquiries (id),
    CONSTRAINT enquiry_files_file FOREIGN KEY (file_id) REFERENCES files (id)
);
CREATE INDEX enquiry_files_by_file ON enquiry_files (file_id);

-- ------------------------------------------------------------- captured offline

-- What a device has handed in, so that handing it in again changes nothing. What is about an enquiry that has not arrived yet
-- waits for it here, with its content.
CREATE TABLE capture_items (
    id TEXT NOT NULL,
    -- The user or client whose device it is.
    recorder TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    enquiry_id TEXT NOT NULL,
    content TEXT,
    received_at BIGINT NOT NULL,
    done_at BIGINT,
    CONSTRAINT capture_items_pk PRIMARY KEY (id),
    CONSTRAINT capture_items_waiting CHECK ((done_at IS NULL) = (content IS NOT NULL))
);
CREATE INDEX capture_items_waiting ON capture_items (enquiry_id) WHERE done_at IS NULL;
CREATE INDEX capture_items_by_age ON capture_items (received_at);

-- ------------------------------------------------------------- quotes

-- An offer by the producer, or the buyer's counter-offer.
CREATE TABLE quotes (
    id TEXT NOT NULL,
    lead_id TEXT NOT NULL,
    -- 1, 2, … within the lead.
    number BIGINT NOT NULL,
    side TEXT NOT NULL,
    valid_until TEXT NOT NULL,
    vat_included BOOLEAN NOT NULL,
    -- From the order to the delivery.
    lead_days BIGINT,
    terms TEXT,
    created_at BIGINT NOT NULL,
    CONSTRAINT quotes_pk PRIMARY KEY (id),
    CONSTRAINT quotes_number_unique UNIQUE (lead_id, number),
    CONSTRAINT quotes_lead FOREIGN KEY (lead_id) REFERENCES leads (id),
    CONSTRAINT quotes_side CHECK (side IN ('buyer', 'producer')),
    CONSTRAINT quotes_lead_days CHECK (lead_days >= 0)
);

-- The price of one unit from a quantity on.
CREATE TABLE quote_prices (
    quote_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    product_id TEXT NOT NULL,
    unit TEXT NOT NULL,
    from_quantity BIGINT NOT NULL,
    price BIGINT NOT NULL,
    CONSTRAINT quote_prices_pk PRIMARY KEY (quote_id, position),
    CONSTRAINT quote_prices_unique UNIQUE (quote_id, product_id, unit, from_quantity),
    CONSTRAINT quote_prices_quote FOREIGN KEY (quote_id) REFERENCES quotes (id),
    CONSTRAINT quote_prices_product FOREIGN KEY (product_id) REFERENCES products (id),
    CONSTRAINT quote_prices_positive CHECK (price > 0 AND from_quantity > 0)
);
CREATE INDEX quote_prices_by_product ON quote_prices (product_id);

-- ------------------------------------------------------------- what was signed

CREATE TABLE agreements (
    id TEXT NOT NULL,
    lead_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    number TEXT,
    buyer_name TEXT NOT NULL,
    buyer_tax_code TEXT,
    producer_name TEXT NOT NULL,
    -- Đồng.
    value BIGINT NOT NULL,
    signed_on TEXT NOT NULL,
    starts_on TEXT NOT NULL,
    ends_on TEXT,
    side TEXT NOT NULL,
    recorded_by TEXT,
    recorded_by_client TEXT,
    recorded_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- It was recorded by mistake, and counts no more.
    voided_at BIGINT,
    voided_by TEXT,
    void_reason TEXT,
    CONSTRAINT agreements_pk PRIMARY KEY (id),
    CONSTRAINT agreements_lead FOREIGN KEY (lead_id) REFERENCES leads (id),
    CONSTRAINT agreements_recorder FOREIGN KEY (recorded_by) REFERENCES users (id),
    CONSTRAINT agreements_recorder_client FOREIGN KEY (recorded_by_client) REFERENCES clients (id),
    CONSTRAINT agreements_voider FOREIGN KEY (voided_by) REFERENCES users (id),
    CONSTRAINT agreements_kind CHECK (kind IN ('mou', 'principle_contract', 'contract')),
    CONSTRAINT agreements_value CHECK (value >= 0),
    CONSTRAINT agreements_side CHECK (side IN ('buyer', 'producer', 'organiser', 'office')),
    CONSTRAINT agreements_voiding CHECK ((voided_at IS NULL) = (void_reason IS NULL))
);
CREATE INDEX agreements_by_lead ON agreements (lead_id);
CREATE INDEX agreements_by_day ON agreements (signed_on);
CREATE INDEX agreements_by_recorder ON agreements (recorded_by);
CREATE INDEX agreements_by_recorder_client ON agreements (recorded_by_client);
CREATE INDEX agreements_by_voider ON agreements (voided_by);

CREATE TABLE agreement_files (
    agreement_id TEXT NOT NULL,
    file_id TEXT NOT NULL,
    CONSTRAINT agreement_files_pk PRIMARY KEY (agreement_id, file_id),
    CONSTRAINT agreement_files_agreement FOREIGN KEY (agreement_id) REFERENCES agreements (id),
    CONSTRAINT agreement_files_file FOREIGN KEY (file_id) REFERENCES files (id)
);
CREATE INDEX agreement_files_by_file ON agreement_files (file_id);

-- Whose work it is to which part; the parts of an agreement are 10,000 together.
CREATE TABLE agreement_shares (
    agreement_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    kind TEXT NOT NULL,
    -- The code of a province of today, or the name of an event or a campaign.
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    -- Hundredths of a per cent.
    share BIGINT NOT NULL,
    CONSTRAINT agreement_shares_pk PRIMARY KEY (agreement_id, position),
    CONSTRAINT agreement_shares_unique UNIQUE (agreement_id, kind, name_key),
    CONSTRAINT agreement_shares_agreement FOREIGN KEY (agreement_id) REFERENCES agreements (id),
    CONSTRAINT agreement_shares_kind CHECK (kind IN ('event', 'province', 'campaign')),
    CONSTRAINT agreement_shares_share CHECK (share BETWEEN 1 AND 10000)
);
CREATE INDEX agreement_shares_by_name ON agreement_shares (kind, name_key);

-- ------------------------------------------------------------- contacts, links, letters

-- Who got a buyer's contact, when, and why: also the budget against collecting them.
CREATE TABLE contact_reveals (
    id TEXT NOT NULL,
    lead_id TEXT NOT NULL,
    side TEXT NOT NULL,
    organisation_id TEXT,
    user_id TEXT,
    client_id TEXT,
    because TEXT,
    at BIGINT NOT NULL,
    CONSTRAINT contact_reveals_pk PRIMARY KEY (id),
    CONSTRAINT contact_reveals_lead FOREIGN KEY (lead_id) REFERENCES leads (id),
    CONSTRAINT contact_reveals_organisation FOREIGN KEY (organisation_id) REFERENCES organisations (id),
    CONSTRAINT contact_reveals_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT contact_reveals_client FOREIGN KEY (client_id) REFERENCES clients (id),
    CONSTRAINT contact_reveals_side CHECK (side IN ('producer', 'office'))
);
CREATE INDEX contact_reveals_by_lead ON contact_reveals (lead_id);
CREATE INDEX contact_reveals_by_organisation ON contact_reveals (organisation_id, at);
CREATE INDEX contact_reveals_by_user ON contact_reveals (user_id, at);
CREATE INDEX contact_reveals_by_client ON contact_reveals (client_id);

-- Links in letters: by the one a producer answers once without signing in, by the other a buyer without an account follows
-- the lead.
CREATE TABLE lead_links (
    id TEXT NOT NULL,
    lead_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    -- The member of the producer to whom it was sent; none: the buyer's contact.
    user_id TEXT,
    token_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    CONSTRAINT lead_links_pk PRIMARY KEY (id),
    CONSTRAINT lead_links_token_unique UNIQUE (token_hash),
    CONSTRAINT lead_links_lead FOREIGN KEY (lead_id) REFERENCES leads (id),
    CONSTRAINT lead_links_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT lead_links_purpose CHECK (purpose IN ('answer', 'follow')),
    CONSTRAINT lead_links_receiver CHECK ((purpose = 'answer') = (user_id IS NOT NULL))
);
CREATE INDEX lead_links_by_lead ON lead_links (lead_id);
CREATE INDEX lead_links_by_user ON lead_links (user_id);
CREATE INDEX lead_links_by_end ON lead_links (expires_at);

-- Letters that somebody has switched off; what is not here is on.
CREATE TABLE notifications_off (
    user_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    since BIGINT NOT NULL,
    CONSTRAINT notifications_off_pk PRIMARY KEY (user_id, kind),
    CONSTRAINT notifications_off_user FOREIGN KEY (user_id) REFERENCES users (id)
);

-- ------------------------------------------------------------- what a listing states

-- Smallest order and what can be made in a month, each of a unit (UN/ECE Recommendation 20).
ALTER TABLE listings ADD COLUMN min_order BIGINT
    CONSTRAINT listings_min_order CHECK (min_order > 0);
ALTER TABLE listings ADD COLUMN min_order_unit TEXT
    CONSTRAINT listings_min_order_with_unit CHECK ((min_order IS NULL) = (min_order_unit IS NULL));
ALTER TABLE listings ADD COLUMN monthly_capacity BIGINT
    CONSTRAINT listings_monthly_capacity CHECK (monthly_capacity > 0);
ALTER TABLE listings ADD COLUMN monthly_capacity_unit TEXT
    CONSTRAINT listings_monthly_capacity_with_unit CHECK ((monthly_capacity IS NULL) = (monthly_capacity_unit IS NULL));
