-- People, the workspaces they work in, and the programs they let in. Passwords are Argon2id, tokens and keys SHA-256 digests:
-- nothing in here lets anybody in.

CREATE TABLE account (
    id {id} NOT NULL PRIMARY KEY,
    login {id} NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password TEXT,
    is_admin BOOLEAN NOT NULL,
    theme TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
);

CREATE TABLE workspace (
    id {id} NOT NULL PRIMARY KEY,
    name {id} NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE membership (
    account_id {id} NOT NULL,
    workspace_id {id} NOT NULL,
    role {id} NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (account_id, workspace_id, role)
) {clustered};

-- What a workspace sees. An integration may be mapped to several, or to none.
CREATE TABLE workspace_integration (
    integration_no BIGINT NOT NULL,
    workspace_id {id} NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (integration_no, workspace_id)
) {clustered};
CREATE INDEX workspace_integration_by_workspace ON workspace_integration (workspace_id);

CREATE TABLE session (
    digest {id} NOT NULL PRIMARY KEY,
    id {id} NOT NULL UNIQUE,
    account_id {id} NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL
);
CREATE INDEX session_by_account ON session (account_id);

CREATE TABLE api_key (
    id {id} NOT NULL PRIMARY KEY,
    digest {id} NOT NULL UNIQUE,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    workspace_id {id},
    created_by {id},
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    used_at BIGINT,
    revoked_at BIGINT,
    hint TEXT NOT NULL
);

-- Links that work once: the first set-up.
CREATE TABLE one_time (
    digest {id} NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE audit_event (
    no {serial},
    happened_at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    workspace_id {id},
    outcome TEXT NOT NULL,
    address TEXT NOT NULL,
    request_id TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX audit_event_by_workspace ON audit_event (workspace_id, no);

-- What was answered to a request that may be sent again. A row without a status is of a request that is under way.
CREATE TABLE answered_request (
    principal {id} NOT NULL,
    request_key {id} NOT NULL,
    fingerprint TEXT NOT NULL,
    status BIGINT,
    body TEXT,
    begun_at BIGINT NOT NULL,
    PRIMARY KEY (principal, request_key)
) {clustered};
