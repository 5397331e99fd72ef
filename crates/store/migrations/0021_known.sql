-- How often something changed that is known of a site besides its issues.

ALTER TABLE integration ADD COLUMN known_changes BIGINT NOT NULL DEFAULT 0;

-- Fields of which not every issue has what the site has: left out when the issues were read, or taken away since. JSON; nothing where
-- that is not known.

ALTER TABLE integration ADD COLUMN unread_fields TEXT;
