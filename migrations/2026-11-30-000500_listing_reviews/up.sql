-- What producers are working on, what they hand in, and what officers say of it.

-- A table of its own and no column of listings: working on a draft must not touch what buyers are shown.
CREATE TABLE listing_drafts (
    product_id TEXT NOT NULL,
    -- JSON by field: what each is to be; null clears it.
    changes TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT listing_drafts_pk PRIMARY KEY (product_id),
    CONSTRAINT listing_drafts_product FOREIGN KEY (product_id) REFERENCES products (id)
);

CREATE TABLE listing_submissions (
    id TEXT NOT NULL,
    product_id TEXT NOT NULL,
    -- Counts the submissions of the listing, from 1 on.
    number BIGINT NOT NULL,
    -- JSON by field: what it was when it was handed in, and what it is to be.
    changes TEXT NOT NULL,
    note TEXT,
    state TEXT NOT NULL,
    submitted_at BIGINT NOT NULL,
    user_id TEXT,
    client_id TEXT,
    -- When it ended: by a decision, or taken back.
    ended_at BIGINT,
    decided_by TEXT,
    -- JSON by field: what the officer says of it, in both languages; and the same of the whole.
    remarks TEXT,
    remark TEXT,
    -- The version that came of it.
    version BIGINT,
    CONSTRAINT listing_submissions_pk PRIMARY KEY (id),
    CONSTRAINT listing_submissions_number UNIQUE (product_id, number),
    CONSTRAINT listing_submissions_product FOREIGN KEY (product_id) REFERENCES products (id),
    CONSTRAINT listing_submissions_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT listing_submissions_client FOREIGN KEY (client_id) REFERENCES clients (id),
    CONSTRAINT listing_submissions_officer FOREIGN KEY (decided_by) REFERENCES users (id),
    CONSTRAINT listing_submissions_state CHECK (state IN ('waiting', 'approved', 'refused', 'asked', 'taken_back')),
    CONSTRAINT listing_submissions_ended CHECK ((state = 'waiting') = (ended_at IS NULL)),
    CONSTRAINT listing_submissions_decided CHECK ((state IN ('approved', 'refused', 'asked')) = (decided_by IS NOT NULL))
);
-- One waits at a time.
CREATE UNIQUE INDEX listing_submissions_one_waits ON listing_submissions (product_id) WHERE state = 'waiting';
CREATE INDEX listing_submissions_by_state ON listing_submissions (state, id);
CREATE INDEX listing_submissions_by_user ON listing_submissions (user_id);
CREATE INDEX listing_submissions_by_client ON listing_submissions (client_id);
CREATE INDEX listing_submissions_by_officer ON listing_submissions (decided_by);
