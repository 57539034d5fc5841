DROP TABLE upload_parts;
DROP TABLE uploads;
DROP TABLE image_renditions;
DROP TABLE images;
