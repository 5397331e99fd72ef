-- Since when the site lists a field no more; nothing of one that it lists.

ALTER TABLE field ADD COLUMN gone_at BIGINT;
