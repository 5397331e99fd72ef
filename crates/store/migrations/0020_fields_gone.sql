-- Since when the site lists a field no more; nothing of one that it lists.

ALTER TABLE field ADD COLUMN gone_at BIGINT;

-- How often rows were taken out of the counts, or put back into them, by something else than a run.

ALTER TABLE integration ADD COLUMN recounts BIGINT NOT NULL DEFAULT 0;
