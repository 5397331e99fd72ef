-- When a project that was read from end to end was last looked through for changes.

ALTER TABLE project_walk ADD COLUMN looked_through_at BIGINT;
