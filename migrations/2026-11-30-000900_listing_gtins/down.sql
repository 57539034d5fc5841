DROP INDEX products_by_gtin;
DROP TABLE listing_gtins;
