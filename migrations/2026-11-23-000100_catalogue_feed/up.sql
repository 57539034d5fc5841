-- What the catalogue in memory, and every retailer, follows; and the first facts that a listing adds to a certificate.

-- One row. Its update is the last statement of a transaction that changes the catalogue: the row's lock is held to the
-- commit, so numbers appear in the order of the commits, and a rollback leaves no gap.
CREATE TABLE catalogue_clock (
    id BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    -- Changes up to this one are no longer kept: who has seen less must load everything anew.
    floor BIGINT NOT NULL,
    -- The local day up to which changes by the calendar (a term that ended) have been announced.
    day TEXT NOT NULL,
    -- Version of the documents' form and of the reference data in them.
    form TEXT NOT NULL,
    CONSTRAINT catalogue_clock_pk PRIMARY KEY (id),
    CONSTRAINT catalogue_clock_one_row CHECK (id = 1)
);
INSERT INTO catalogue_clock (id, last_seq, floor, day, form) VALUES (1, 0, 0, '1970-01-01', '');

-- No foreign key to the product, which is never deleted: its check would wait for whoever writes the product, who waits for
-- the clock.
CREATE TABLE catalogue_changes (
    seq BIGINT NOT NULL,
    product_id TEXT NOT NULL,
    -- NULL: the product is in the catalogue, perhaps with another document. Else why it is not.
    gone TEXT,
    at BIGINT NOT NULL,
    CONSTRAINT catalogue_changes_pk PRIMARY KEY (seq),
    CONSTRAINT catalogue_changes_gone CHECK (gone IN ('expired', 'revoked', 'withdrawn', 'superseded', 'merged_into'))
);

-- What the producer says beside the certificate. A product without a row is shown with what the ledger holds.
CREATE TABLE listings (
    product_id TEXT NOT NULL,
    status TEXT NOT NULL,
    -- Lowest wholesale price in đồng, for one of price_unit (UN/ECE Recommendation 20).
    price_from BIGINT,
    price_unit TEXT,
    -- Bit 0 is January; 0 says nothing of the season.
    season BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT listings_pk PRIMARY KEY (product_id),
    CONSTRAINT listings_product FOREIGN KEY (product_id) REFERENCES products (id),
    CONSTRAINT listings_status CHECK (status IN ('published', 'withdrawn')),
    CONSTRAINT listings_price CHECK (price_from > 0),
    CONSTRAINT listings_price_unit CHECK ((price_from IS NULL) = (price_unit IS NULL)),
    CONSTRAINT listings_season CHECK (season BETWEEN 0 AND 4095)
);

-- Quality certificates an officer has seen. They count while they are valid.
CREATE TABLE listing_documents (
    id TEXT NOT NULL,
    product_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    number TEXT NOT NULL,
    issuer TEXT NOT NULL,
    -- Last day; NULL: without a term.
    valid_until TEXT,
    recorded_at BIGINT NOT NULL,
    recorded_by TEXT,
    CONSTRAINT listing_documents_pk PRIMARY KEY (id),
    CONSTRAINT listing_documents_unique UNIQUE (product_id, kind, number),
    CONSTRAINT listing_documents_product FOREIGN KEY (product_id) REFERENCES products (id),
    CONSTRAINT listing_documents_recorder FOREIGN KEY (recorded_by) REFERENCES users (id)
);
CREATE INDEX listing_documents_by_term ON listing_documents (valid_until);
CREATE INDEX listing_documents_by_recorder ON listing_documents (recorded_by);

-- A product that another has taken the place of: recorded twice (merged_into), or renewed under another name (superseded).
CREATE TABLE product_successions (
    product_id TEXT NOT NULL,
    successor_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    recorded_by TEXT,
    CONSTRAINT product_successions_pk PRIMARY KEY (product_id),
    CONSTRAINT product_successions_product FOREIGN KEY (product_id) REFERENCES products (id),
    CONSTRAINT product_successions_successor FOREIGN KEY (successor_id) REFERENCES products (id),
    CONSTRAINT product_successions_recorder FOREIGN KEY (recorded_by) REFERENCES users (id),
    CONSTRAINT product_successions_kind CHECK (kind IN ('merged_into', 'superseded')),
    CONSTRAINT product_successions_other CHECK (successor_id <> product_id)
);
CREATE INDEX product_successions_by_successor ON product_successions (successor_id);

-- The change a stored answer told of, so that a replay tells it too.
ALTER TABLE idempotency_keys ADD COLUMN catalogue_seq BIGINT;
-- The end of the day looks for these.
CREATE INDEX certifications_by_shown ON certifications (shown_until);

-- Search and the order of names are memory's now.
DROP INDEX products_by_sort_key;
ALTER TABLE products DROP COLUMN sort_key;
ALTER TABLE products DROP COLUMN search_text;
