DROP TABLE listing_answers;
DROP TABLE listing_document_accesses;
DROP TABLE listing_document_shares;
-- What no officer has checked the release before would show as a certificate. SQLite does not drop columns that refer to
-- other tables, hence a new table.
CREATE TABLE listing_documents_before AS
    SELECT id, product_id, kind, number, issuer, valid_until, recorded_at, recorded_by FROM listing_documents
    WHERE state = 'checked' AND kind IN ('food_safety', 'vietgap', 'globalgap', 'organic', 'haccp', 'iso_22000', 'fssc_22000',
        'gmp', 'halal', 'brcgs', 'fair_trade', 'geographical_indication');
DROP TABLE listing_documents;
CREATE TABLE listing_documents (
    id TEXT NOT NULL,
    product_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    number TEXT NOT NULL,
    issuer TEXT NOT NULL,
    valid_until TEXT,
    recorded_at BIGINT NOT NULL,
    recorded_by TEXT,
    CONSTRAINT listing_documents_pk PRIMARY KEY (id),
    CONSTRAINT listing_documents_unique UNIQUE (product_id, kind, number),
    CONSTRAINT listing_documents_product FOREIGN KEY (product_id) REFERENCES products (id),
    CONSTRAINT listing_documents_recorder FOREIGN KEY (recorded_by) REFERENCES users (id)
);
INSERT INTO listing_documents SELECT * FROM listing_documents_before;
DROP TABLE listing_documents_before;
CREATE INDEX listing_documents_by_term ON listing_documents (valid_until);
CREATE INDEX listing_documents_by_recorder ON listing_documents (recorded_by);
