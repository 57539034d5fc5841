DROP INDEX certifications_by_shown;
ALTER TABLE idempotency_keys DROP COLUMN catalogue_seq;
DROP TABLE product_successions;
DROP TABLE listing_documents;
DROP TABLE listings;
DROP TABLE catalogue_changes;
DROP TABLE catalogue_clock;
