-- Papers: what listing_documents held, certificates an officer has seen, and what producers hand in beside them, with the file,
-- to whom it is shown, by which links, and who has opened it. And what retailers answer about a product.

ALTER TABLE listing_documents ADD COLUMN issued_on TEXT;
-- Handed in by the producer's side; else recorded by an officer.
ALTER TABLE listing_documents ADD COLUMN claimed BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE listing_documents ADD COLUMN state TEXT NOT NULL DEFAULT 'checked'
    CONSTRAINT listing_documents_state CHECK (state IN ('claimed', 'checked', 'refused'));
ALTER TABLE listing_documents ADD COLUMN disclosure TEXT NOT NULL DEFAULT 'public'
    CONSTRAINT listing_documents_disclosure CHECK (disclosure IN ('public', 'on_request', 'officer'));
ALTER TABLE listing_documents ADD COLUMN file_id TEXT
    CONSTRAINT listing_documents_file REFERENCES files (id);
ALTER TABLE listing_documents ADD COLUMN client_id TEXT
    CONSTRAINT listing_documents_client REFERENCES clients (id);
-- JSON, in both languages: why it was refused.
ALTER TABLE listing_documents ADD COLUMN refusal TEXT;
-- When an officer decided; NULL: at once, when the officer recorded it.
ALTER TABLE listing_documents ADD COLUMN checked_at BIGINT;
ALTER TABLE listing_documents ADD COLUMN checked_by TEXT
    CONSTRAINT listing_documents_checker REFERENCES users (id);
-- Of the steps before its last day the last one of which the owners were told, in days before it: 60, 30, 7, and -1.
ALTER TABLE listing_documents ADD COLUMN reminded BIGINT;
CREATE INDEX listing_documents_by_file ON listing_documents (file_id);
CREATE INDEX listing_documents_by_client ON listing_documents (client_id);
CREATE INDEX listing_documents_by_checker ON listing_documents (checked_by);

-- Links by which a producer lets somebody read a paper.
CREATE TABLE listing_document_shares (
    id TEXT NOT NULL,
    document_id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    -- For whom or what, in the producer's words.
    purpose TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    most_openings BIGINT,
    openings BIGINT NOT NULL,
    revoked_at BIGINT,
    user_id TEXT,
    client_id TEXT,
    CONSTRAINT listing_document_shares_pk PRIMARY KEY (id),
    CONSTRAINT listing_document_shares_token UNIQUE (token_hash),
    CONSTRAINT listing_document_shares_document FOREIGN KEY (document_id) REFERENCES listing_documents (id),
    CONSTRAINT listing_document_shares_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT listing_document_shares_client FOREIGN KEY (client_id) REFERENCES clients (id),
    CONSTRAINT listing_document_shares_most CHECK (most_openings > 0),
    CONSTRAINT listing_document_shares_openings CHECK (openings >= 0)
);
CREATE INDEX listing_document_shares_by_document ON listing_document_shares (document_id, made_at);
CREATE INDEX listing_document_shares_by_user ON listing_document_shares (user_id);
CREATE INDEX listing_document_shares_by_client ON listing_document_shares (client_id);
CREATE INDEX listing_document_shares_by_end ON listing_document_shares (expires_at);

-- Who outside the producer has opened a paper.
CREATE TABLE listing_document_accesses (
    id TEXT NOT NULL,
    document_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    via TEXT NOT NULL,
    share_id TEXT,
    user_id TEXT,
    client_id TEXT,
    CONSTRAINT listing_document_accesses_pk PRIMARY KEY (id),
    CONSTRAINT listing_document_accesses_document FOREIGN KEY (document_id) REFERENCES listing_documents (id),
    CONSTRAINT listing_document_accesses_share FOREIGN KEY (share_id) REFERENCES listing_document_shares (id),
    CONSTRAINT listing_document_accesses_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT listing_document_accesses_client FOREIGN KEY (client_id) REFERENCES clients (id),
    CONSTRAINT listing_document_accesses_via CHECK (via IN ('public', 'share', 'office'))
);
CREATE INDEX listing_document_accesses_by_document ON listing_document_accesses (document_id, at, id);
CREATE INDEX listing_document_accesses_by_share ON listing_document_accesses (share_id);
CREATE INDEX listing_document_accesses_by_user ON listing_document_accesses (user_id);
CREATE INDEX listing_document_accesses_by_client ON listing_document_accesses (client_id);
CREATE INDEX listing_document_accesses_by_time ON listing_document_accesses (at);

-- What a retailer says of a product; the highest number is the present answer.
CREATE TABLE listing_answers (
    product_id TEXT NOT NULL,
    organisation_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    words TEXT,
    listed_since TEXT,
    profile TEXT,
    answered_at BIGINT NOT NULL,
    user_id TEXT,
    client_id TEXT,
    CONSTRAINT listing_answers_pk PRIMARY KEY (product_id, organisation_id, number),
    CONSTRAINT listing_answers_product FOREIGN KEY (product_id) REFERENCES products (id),
    CONSTRAINT listing_answers_organisation FOREIGN KEY (organisation_id) REFERENCES organisations (id),
    CONSTRAINT listing_answers_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT listing_answers_client FOREIGN KEY (client_id) REFERENCES clients (id),
    CONSTRAINT listing_answers_number CHECK (number > 0),
    CONSTRAINT listing_answers_state CHECK (state IN ('in_review', 'accepted', 'rejected', 'listed')),
    CONSTRAINT listing_answers_reason CHECK ((state = 'rejected') = (reason IS NOT NULL)),
    CONSTRAINT listing_answers_since CHECK ((state = 'listed') = (listed_since IS NOT NULL))
);
CREATE INDEX listing_answers_by_organisation ON listing_answers (organisation_id);
CREATE INDEX listing_answers_by_user ON listing_answers (user_id);
CREATE INDEX listing_answers_by_client ON listing_answers (client_id);
