-- Tables. Every key begins with the integration's number, so that its rows stay together.
-- Words in braces are filled in by `dialect.rs`; instants are milliseconds since 1970, JSON is text.

CREATE TABLE integration (
    no {serial},
    id {id} NOT NULL UNIQUE,
    name {id} NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    settings TEXT NOT NULL,
    sealed TEXT NOT NULL,
    paused BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    last_issue_no BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE lease (
    integration_no BIGINT NOT NULL PRIMARY KEY,
    token TEXT NOT NULL,
    pid BIGINT NOT NULL,
    host TEXT NOT NULL,
    fence BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE checkpoint (
    integration_no BIGINT NOT NULL,
    partition {id} NOT NULL,
    position TEXT NOT NULL,
    run_id TEXT NOT NULL,
    stored_at BIGINT NOT NULL,
    PRIMARY KEY (integration_no, partition)
) {clustered};

CREATE TABLE run (
    id {id} NOT NULL PRIMARY KEY,
    integration_no BIGINT NOT NULL,
    reason TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    result TEXT,
    attempt BIGINT NOT NULL,
    requests BIGINT NOT NULL,
    waited_ms BIGINT NOT NULL,
    error_code TEXT
);
CREATE INDEX run_by_integration ON run (integration_no, started_at);

CREATE TABLE run_count (
    integration_no BIGINT NOT NULL,
    run_id {id} NOT NULL,
    kind {id} NOT NULL,
    read BIGINT NOT NULL,
    written BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    skipped BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    removed BIGINT NOT NULL,
    PRIMARY KEY (integration_no, run_id, kind)
) {clustered};

CREATE TABLE run_event (
    no {serial},
    integration_no BIGINT NOT NULL,
    run_id {id} NOT NULL,
    happened_at BIGINT NOT NULL,
    level TEXT NOT NULL,
    code TEXT NOT NULL,
    what TEXT,
    subject TEXT NOT NULL,
    message TEXT NOT NULL
);
CREATE INDEX run_event_by_run ON run_event (integration_no, run_id, no);

CREATE TABLE certificate (
    integration_no BIGINT NOT NULL,
    run_id {id} NOT NULL,
    project_key {id} NOT NULL,
    listed_at BIGINT NOT NULL,
    theirs BIGINT NOT NULL,
    ours BIGINT NOT NULL,
    missing TEXT NOT NULL,
    extra TEXT NOT NULL,
    verdict TEXT NOT NULL,
    PRIMARY KEY (integration_no, run_id, project_key)
) {clustered};

CREATE TABLE project_walk (
    integration_no BIGINT NOT NULL,
    project_key {id} NOT NULL,
    walked_at BIGINT NOT NULL,
    PRIMARY KEY (integration_no, project_key)
) {clustered};

-- Issues are numbered as they arrive, and everything below them is kept by that number: a batch then fills the pages
-- at the end of each table, where ids of several projects, read one after the other, would touch pages all over it.
CREATE TABLE issue (
    integration_no BIGINT NOT NULL,
    no BIGINT NOT NULL,
    id {id} NOT NULL,
    key {id} NOT NULL,
    project_key {id} NOT NULL,
    type TEXT,
    is_subtask BOOLEAN NOT NULL,
    status TEXT,
    status_category TEXT,
    priority TEXT,
    resolution TEXT,
    summary TEXT,
    description_words BIGINT,
    assignee_id TEXT,
    reporter_id TEXT,
    creator_id TEXT,
    parent_key TEXT,
    epic_key TEXT,
    story_points DOUBLE PRECISION,
    labels TEXT NOT NULL,
    components TEXT NOT NULL,
    fix_versions TEXT NOT NULL,
    affects_versions TEXT NOT NULL,
    due_date TEXT,
    created_at BIGINT,
    updated_at BIGINT,
    resolved_at BIGINT,
    status_changed_at BIGINT,
    security_level TEXT,
    url TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'live',
    state_since BIGINT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    PRIMARY KEY (integration_no, no)
);
CREATE UNIQUE INDEX issue_by_id ON issue (integration_no, id);
CREATE INDEX issue_by_project ON issue (integration_no, project_key, id);

-- The heavy texts stand apart, so that reports read narrow rows.
CREATE TABLE issue_text (
    integration_no BIGINT NOT NULL,
    issue_no BIGINT NOT NULL,
    description_text TEXT,
    fields TEXT NOT NULL,
    PRIMARY KEY (integration_no, issue_no)
);

CREATE TABLE issue_key (
    integration_no BIGINT NOT NULL,
    issue_no BIGINT NOT NULL,
    key {id} NOT NULL,
    since BIGINT,
    PRIMARY KEY (integration_no, issue_no, key)
) {clustered};

CREATE TABLE issue_change (
    integration_no BIGINT NOT NULL,
    issue_no BIGINT NOT NULL,
    history_id {id} NOT NULL,
    item_index BIGINT NOT NULL,
    field TEXT NOT NULL,
    field_id TEXT,
    from_id TEXT,
    from_text TEXT,
    to_id TEXT,
    to_text TEXT,
    author_id TEXT,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (integration_no, issue_no, history_id, item_index)
);

CREATE TABLE issue_comment (
    integration_no BIGINT NOT NULL,
    issue_no BIGINT NOT NULL,
    id {id} NOT NULL,
    author_id TEXT,
    body_text TEXT,
    visibility TEXT,
    is_public BOOLEAN NOT NULL,
    created_at BIGINT,
    updated_at BIGINT,
    PRIMARY KEY (integration_no, issue_no, id)
);

CREATE TABLE issue_worklog (
    integration_no BIGINT NOT NULL,
    issue_no BIGINT NOT NULL,
    id {id} NOT NULL,
    author_id TEXT,
    started_at BIGINT,
    seconds BIGINT,
    comment_text TEXT,
    created_at BIGINT,
    updated_at BIGINT,
    PRIMARY KEY (integration_no, issue_no, id)
);

CREATE TABLE issue_link (
    integration_no BIGINT NOT NULL,
    issue_no BIGINT NOT NULL,
    id {id} NOT NULL,
    type TEXT,
    direction TEXT NOT NULL,
    other_key TEXT NOT NULL,
    PRIMARY KEY (integration_no, issue_no, id)
) {clustered};

CREATE TABLE issue_sprint (
    integration_no BIGINT NOT NULL,
    issue_no BIGINT NOT NULL,
    sprint_id {id} NOT NULL,
    PRIMARY KEY (integration_no, issue_no, sprint_id)
) {clustered};

CREATE TABLE issue_case (
    integration_no BIGINT NOT NULL,
    issue_no BIGINT NOT NULL,
    case_id {id} NOT NULL,
    raw TEXT NOT NULL,
    PRIMARY KEY (integration_no, issue_no, case_id)
) {clustered};

CREATE TABLE person (
    integration_no BIGINT NOT NULL,
    id {id} NOT NULL,
    name TEXT,
    email TEXT,
    kind TEXT NOT NULL,
    active BOOLEAN,
    PRIMARY KEY (integration_no, id)
) {clustered};

CREATE TABLE project (
    integration_no BIGINT NOT NULL,
    id {id} NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT,
    style TEXT,
    category TEXT,
    lead_id TEXT,
    state TEXT NOT NULL,
    onboarded_at BIGINT NOT NULL,
    url TEXT NOT NULL,
    PRIMARY KEY (integration_no, id)
) {clustered};

CREATE TABLE board (
    integration_no BIGINT NOT NULL,
    id {id} NOT NULL,
    name TEXT NOT NULL,
    type TEXT,
    project_key TEXT,
    PRIMARY KEY (integration_no, id)
) {clustered};

CREATE TABLE sprint (
    integration_no BIGINT NOT NULL,
    id {id} NOT NULL,
    board_id TEXT,
    name TEXT NOT NULL,
    state TEXT,
    goal TEXT,
    start_at BIGINT,
    end_at BIGINT,
    completed_at BIGINT,
    PRIMARY KEY (integration_no, id)
) {clustered};

CREATE TABLE version (
    integration_no BIGINT NOT NULL,
    id {id} NOT NULL,
    name TEXT NOT NULL,
    project_key TEXT NOT NULL,
    description TEXT,
    released BOOLEAN NOT NULL,
    archived BOOLEAN NOT NULL,
    start_date TEXT,
    release_date TEXT,
    PRIMARY KEY (integration_no, id)
) {clustered};
CREATE INDEX version_by_project ON version (integration_no, project_key);

CREATE TABLE component (
    integration_no BIGINT NOT NULL,
    id {id} NOT NULL,
    name TEXT NOT NULL,
    project_key TEXT NOT NULL,
    description TEXT,
    lead_id TEXT,
    PRIMARY KEY (integration_no, id)
) {clustered};
CREATE INDEX component_by_project ON component (integration_no, project_key);

CREATE TABLE status (
    integration_no BIGINT NOT NULL,
    id {id} NOT NULL,
    name TEXT NOT NULL,
    category TEXT,
    scope_project_id TEXT,
    PRIMARY KEY (integration_no, id)
) {clustered};

CREATE TABLE issue_type (
    integration_no BIGINT NOT NULL,
    id {id} NOT NULL,
    name TEXT NOT NULL,
    subtask BOOLEAN NOT NULL,
    hierarchy_level BIGINT,
    scope_project_id TEXT,
    PRIMARY KEY (integration_no, id)
) {clustered};

CREATE TABLE priority (
    integration_no BIGINT NOT NULL,
    id {id} NOT NULL,
    name TEXT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (integration_no, id)
) {clustered};

CREATE TABLE resolution (
    integration_no BIGINT NOT NULL,
    id {id} NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    PRIMARY KEY (integration_no, id)
) {clustered};

CREATE TABLE field (
    integration_no BIGINT NOT NULL,
    id {id} NOT NULL,
    name TEXT NOT NULL,
    custom BOOLEAN NOT NULL,
    schema_type TEXT,
    schema_custom TEXT,
    PRIMARY KEY (integration_no, id)
) {clustered};
