-- A project that the site does not show any more: since when, and when a person said that this is meant.

ALTER TABLE project ADD COLUMN lost_at BIGINT;
ALTER TABLE project ADD COLUMN loss_accepted_at BIGINT;

-- How far the run has come that holds the lease, as JSON.

ALTER TABLE lease ADD COLUMN progress TEXT;
