DROP TABLE listing_changes;
DROP TABLE listing_change_sets;
