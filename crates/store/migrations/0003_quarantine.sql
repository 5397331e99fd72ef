-- Issues that could not be read: why, how often it was tried, and their sealed bodies. A row goes once its issue was read, or
-- once a run has found that there is nothing to read any more.

CREATE TABLE quarantine (
    integration_no BIGINT NOT NULL,
    issue_id {id} NOT NULL,
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    run_id TEXT NOT NULL,
    raw_sealed TEXT,
    raw_bytes BIGINT,
    PRIMARY KEY (integration_no, issue_id)
) {clustered};
