DROP TABLE listing_versions;
ALTER TABLE listings DROP COLUMN version;
ALTER TABLE listings DROP COLUMN content;
