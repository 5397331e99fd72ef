-- The life of an integration in the server: set-ups that were begun, checks that were run, and deletions with a time to think.

-- A set-up that somebody has begun. The document holds what was typed but the credential, which is sealed beside it.
CREATE TABLE draft (
    id {id} NOT NULL PRIMARY KEY,
    account_id {id} NOT NULL,
    document TEXT NOT NULL,
    sealed TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX draft_by_account ON draft (account_id);

-- The checks that were run last, with who wanted them.
CREATE TABLE checked (
    integration_no BIGINT NOT NULL PRIMARY KEY,
    checked_at BIGINT NOT NULL,
    checked_by TEXT NOT NULL,
    document TEXT NOT NULL
);

-- Deletions that wait for their time.
CREATE TABLE deletion (
    integration_no BIGINT NOT NULL PRIMARY KEY,
    asked_at BIGINT NOT NULL,
    asked_by TEXT NOT NULL,
    due_at BIGINT NOT NULL
);

-- What is left of integrations that were deleted: that they were, and how much went.
CREATE TABLE deleted_integration (
    no {serial},
    integration_id {id} NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    site_url TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    asked_by TEXT NOT NULL,
    deleted_at BIGINT NOT NULL,
    removed TEXT NOT NULL
);

-- Whose admins may read of it.
CREATE TABLE deleted_from (
    deleted_no BIGINT NOT NULL,
    workspace_id {id} NOT NULL,
    PRIMARY KEY (deleted_no, workspace_id)
) {clustered};

-- The integration that a line of the audit log is about keeps its id when its name changes.
ALTER TABLE audit_event ADD COLUMN integration_id TEXT;
CREATE INDEX audit_event_by_integration ON audit_event (integration_id, no);
