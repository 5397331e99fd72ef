-- Issues in quarantine are not tried in every run: how many runs have passed one by since it was tried last, and the `updated`
-- that the site showed of it then, where it is known.

ALTER TABLE quarantine ADD COLUMN passed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE quarantine ADD COLUMN updated_at BIGINT;
