-- Workbooks of listings that were taken, each as one set of changes, with what it did to every listing: enough to undo it.

CREATE TABLE listing_change_sets (
    id TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    user_id TEXT,
    client_id TEXT,
    -- Made by virtue of an office rather than for a producer.
    by_office BOOLEAN NOT NULL,
    listings BIGINT NOT NULL,
    fields BIGINT NOT NULL,
    -- Of the fields, those that stand in drafts.
    drafted BIGINT NOT NULL,
    reversed_at BIGINT,
    reversed_user_id TEXT,
    reversed_client_id TEXT,
    CONSTRAINT listing_change_sets_pk PRIMARY KEY (id),
    CONSTRAINT listing_change_sets_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT listing_change_sets_client FOREIGN KEY (client_id) REFERENCES clients (id),
    CONSTRAINT listing_change_sets_reversed_user FOREIGN KEY (reversed_user_id) REFERENCES users (id),
    CONSTRAINT listing_change_sets_reversed_client FOREIGN KEY (reversed_client_id) REFERENCES clients (id),
    CONSTRAINT listing_change_sets_maker CHECK ((user_id IS NULL) <> (client_id IS NULL)),
    CONSTRAINT listing_change_sets_counts CHECK (listings > 0 AND fields >= listings AND drafted >= 0 AND drafted <= fields)
);
CREATE INDEX listing_change_sets_by_user ON listing_change_sets (user_id);
CREATE INDEX listing_change_sets_by_client ON listing_change_sets (client_id);

CREATE TABLE listing_changes (
    set_id TEXT NOT NULL,
    product_id TEXT NOT NULL,
    -- The version it made; NULL: all of it stands in the draft.
    version BIGINT,
    -- When what buyers saw before, and see since, was made known; NULL before: nothing had been said.
    updated_before BIGINT,
    updated_after BIGINT,
    -- JSON list: field, before, after, outcome.
    fields TEXT NOT NULL,
    CONSTRAINT listing_changes_pk PRIMARY KEY (set_id, product_id),
    CONSTRAINT listing_changes_set FOREIGN KEY (set_id) REFERENCES listing_change_sets (id),
    CONSTRAINT listing_changes_product FOREIGN KEY (product_id) REFERENCES products (id)
);
CREATE INDEX listing_changes_by_product ON listing_changes (product_id, set_id);
