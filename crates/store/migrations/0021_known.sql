-- How often something changed that is known of a site besides its issues.

ALTER TABLE integration ADD COLUMN known_changes BIGINT NOT NULL DEFAULT 0;
