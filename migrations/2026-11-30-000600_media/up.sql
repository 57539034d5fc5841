-- Pictures: what was made of them lies in the object store, named by its hash; the rows say whose it is.

CREATE TABLE images (
    id TEXT NOT NULL,
    organisation_id TEXT NOT NULL,
    -- Of the bytes that were sent, which are not kept: the same picture again is the same image.
    source_sha256 TEXT NOT NULL,
    -- Of the largest rendition.
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    user_id TEXT,
    client_id TEXT,
    created_at BIGINT NOT NULL,
    -- When a listing first named it. One that no listing has named is forgotten after a while.
    used_at BIGINT,
    CONSTRAINT images_pk PRIMARY KEY (id),
    CONSTRAINT images_source UNIQUE (organisation_id, source_sha256),
    CONSTRAINT images_organisation FOREIGN KEY (organisation_id) REFERENCES organisations (id),
    CONSTRAINT images_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT images_client FOREIGN KEY (client_id) REFERENCES clients (id),
    CONSTRAINT images_size CHECK (width > 0 AND height > 0)
);
CREATE INDEX images_by_user ON images (user_id);
CREATE INDEX images_by_client ON images (client_id);
CREATE INDEX images_unused ON images (created_at) WHERE used_at IS NULL;

CREATE TABLE image_renditions (
    image_id TEXT NOT NULL,
    size TEXT NOT NULL,
    media_type TEXT NOT NULL,
    -- Of its bytes; several images may have the same.
    sha256 TEXT NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    CONSTRAINT image_renditions_pk PRIMARY KEY (image_id, size, media_type),
    CONSTRAINT image_renditions_image FOREIGN KEY (image_id) REFERENCES images (id),
    CONSTRAINT image_renditions_sizes CHECK (size IN ('full', 'card', 'thumb')),
    CONSTRAINT image_renditions_types CHECK (media_type IN ('image/webp', 'image/jpeg')),
    CONSTRAINT image_renditions_measures CHECK (width > 0 AND height > 0 AND bytes > 0)
);
CREATE INDEX image_renditions_by_hash ON image_renditions (sha256);

-- A picture that comes in parts.
CREATE TABLE uploads (
    id TEXT NOT NULL,
    organisation_id TEXT NOT NULL,
    user_id TEXT,
    client_id TEXT,
    size BIGINT NOT NULL,
    -- What its sender says it is.
    sha256 TEXT,
    received BIGINT NOT NULL,
    -- What was made of it, once all of it is there.
    image_id TEXT,
    created_at BIGINT NOT NULL,
    CONSTRAINT uploads_pk PRIMARY KEY (id),
    CONSTRAINT uploads_organisation FOREIGN KEY (organisation_id) REFERENCES organisations (id),
    CONSTRAINT uploads_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT uploads_client FOREIGN KEY (client_id) REFERENCES clients (id),
    CONSTRAINT uploads_image FOREIGN KEY (image_id) REFERENCES images (id),
    CONSTRAINT uploads_size CHECK (size > 0 AND received >= 0 AND received <= size)
);
CREATE INDEX uploads_by_user ON uploads (user_id);
CREATE INDEX uploads_by_client ON uploads (client_id);
CREATE INDEX uploads_by_image ON uploads (image_id);
CREATE INDEX uploads_by_age ON uploads (created_at);

CREATE TABLE upload_parts (
    upload_id TEXT NOT NULL,
    from_byte BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    -- Its name in the object store.
    object TEXT NOT NULL,
    CONSTRAINT upload_parts_pk PRIMARY KEY (upload_id, from_byte),
    CONSTRAINT upload_parts_upload FOREIGN KEY (upload_id) REFERENCES uploads (id),
    CONSTRAINT upload_parts_bytes CHECK (from_byte >= 0 AND bytes > 0)
);
