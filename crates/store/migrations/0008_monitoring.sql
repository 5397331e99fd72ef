-- What monitoring counts. Of an issue that changed here there is one row for each day (UTC, days since 1970), with its last
-- change of that day; so is of an issue that was first stored after the first import. first_seen_at is the issue's own.

CREATE TABLE issue_ingest (
    integration_no BIGINT NOT NULL,
    day BIGINT NOT NULL,
    issue_no BIGINT NOT NULL,
    project_key TEXT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    written_at BIGINT NOT NULL,
    updated_at BIGINT,
    PRIMARY KEY (integration_no, day, issue_no)
) {clustered};

CREATE INDEX issue_by_first_seen ON issue (integration_no, first_seen_at, no);
CREATE INDEX issue_away ON issue (integration_no, state) WHERE state <> 'live';

-- Times in which the schedule passes an integration by, also those that are over.
CREATE TABLE paused_time (
    integration_no BIGINT NOT NULL,
    since BIGINT NOT NULL,
    until BIGINT,
    PRIMARY KEY (integration_no, since)
) {clustered};

INSERT INTO paused_time (integration_no, since)
SELECT i.no, coalesce((SELECT max(r.ended_at) FROM run r WHERE r.integration_no = i.no), i.created_at)
FROM integration i WHERE i.paused;

-- Since when a run asked for changes; 0 where it read everything.
ALTER TABLE run ADD COLUMN scanned_from BIGINT;
