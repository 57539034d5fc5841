-- Which numbers of GS1 the packs of a listing carry: who else uses one is found without reading all listings.

CREATE TABLE listing_gtins (
    product_id TEXT NOT NULL,
    -- With zeros in front, 14 digits: so GTINs of all lengths are compared.
    gtin TEXT NOT NULL,
    CONSTRAINT listing_gtins_pk PRIMARY KEY (product_id, gtin),
    CONSTRAINT listing_gtins_product FOREIGN KEY (product_id) REFERENCES products (id)
);
CREATE INDEX listing_gtins_by_gtin ON listing_gtins (gtin);
CREATE INDEX products_by_gtin ON products (gtin);
