DROP TABLE listing_submissions;
DROP TABLE listing_drafts;
