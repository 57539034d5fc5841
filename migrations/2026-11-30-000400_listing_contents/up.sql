-- What a listing says beyond price and season, and every state it has been in.

-- JSON by field; NULL: written before there was more to say than the columns hold, which stay true beside it.
ALTER TABLE listings ADD COLUMN content TEXT;
-- Counts the contents; the row of that number in listing_versions is the present one.
ALTER TABLE listings ADD COLUMN version BIGINT NOT NULL DEFAULT 0;

CREATE TABLE listing_versions (
    product_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    -- JSON by field.
    content TEXT NOT NULL,
    -- JSON list of the fields in which it is unlike the one before.
    fields TEXT NOT NULL,
    cause TEXT NOT NULL,
    -- What the cause names: a submission, a set of changes, a version.
    cause_ref TEXT,
    made_at BIGINT NOT NULL,
    user_id TEXT,
    client_id TEXT,
    CONSTRAINT listing_versions_pk PRIMARY KEY (product_id, version),
    CONSTRAINT listing_versions_product FOREIGN KEY (product_id) REFERENCES products (id),
    CONSTRAINT listing_versions_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT listing_versions_client FOREIGN KEY (client_id) REFERENCES clients (id),
    CONSTRAINT listing_versions_number CHECK (version > 0),
    CONSTRAINT listing_versions_cause CHECK (cause IN ('edited', 'reviewed', 'restored', 'imported', 'undone'))
);
CREATE INDEX listing_versions_by_user ON listing_versions (user_id);
CREATE INDEX listing_versions_by_client ON listing_versions (client_id);
