-- When integrations are to be brought up to date, and what was asked for besides. All of it is here and not in a process, so that
-- servers and workers share it, and what one of them leaves is gone on with by another.

CREATE TABLE schedule (
    integration_no BIGINT NOT NULL PRIMARY KEY,
    basis TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    served_at BIGINT,
    failures BIGINT NOT NULL,
    failure_code TEXT,
    failed_at BIGINT
);

-- Due times in a row at which nobody was there.
CREATE TABLE missed_runs (
    integration_no BIGINT NOT NULL,
    first_due_at BIGINT NOT NULL,
    last_due_at BIGINT NOT NULL,
    runs BIGINT NOT NULL,
    noticed_at BIGINT NOT NULL,
    PRIMARY KEY (integration_no, first_due_at)
) {clustered};

-- Who paused what, until when. That it is paused is a column of the integration.
CREATE TABLE pause (
    integration_no BIGINT NOT NULL PRIMARY KEY,
    paused_at BIGINT NOT NULL,
    paused_by TEXT NOT NULL,
    until_at BIGINT
);

-- What was asked for and not done yet; a row goes once its run has ended.
CREATE TABLE run_request (
    integration_no BIGINT NOT NULL,
    asked {id} NOT NULL,
    thorough BOOLEAN NOT NULL,
    asked_at BIGINT NOT NULL,
    asked_by TEXT NOT NULL,
    PRIMARY KEY (integration_no, asked)
) {clustered};

-- Runs that somebody wants to end.
CREATE TABLE run_cancel (
    run_id {id} NOT NULL PRIMARY KEY,
    integration_no BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,
    asked_by TEXT NOT NULL
);

-- The one run of an integration that is under way is found without looking at all that have ended.
CREATE INDEX run_open ON run (integration_no) WHERE ended_at IS NULL;
