-- Nudges: who is told of issues that newly miss a rule, how and how often. What signs links and webhooks is sealed.
CREATE TABLE nudge (
    id {id} NOT NULL PRIMARY KEY,
    integration_no BIGINT NOT NULL,
    name {id} NOT NULL,
    settings TEXT NOT NULL,
    sealed TEXT NOT NULL,
    paused BOOLEAN NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    covered_until BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    look_at BIGINT NOT NULL,
    last TEXT,
    UNIQUE (integration_no, name)
);
CREATE INDEX nudge_by_look ON nudge (look_at);

-- One message for a recipient in a period at most: whoever sends it has put its row here before.
CREATE TABLE nudge_sent (
    nudge_id {id} NOT NULL,
    recipient {id} NOT NULL,
    period BIGINT NOT NULL,
    integration_no BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    at BIGINT NOT NULL,
    issues BIGINT NOT NULL,
    said TEXT NOT NULL,
    PRIMARY KEY (nudge_id, recipient, period)
) {clustered};

-- Who wants no more of a nudge.
CREATE TABLE nudge_optout (
    nudge_id {id} NOT NULL,
    recipient {id} NOT NULL,
    integration_no BIGINT NOT NULL,
    at BIGINT NOT NULL,
    said_by TEXT NOT NULL,
    PRIMARY KEY (nudge_id, recipient)
) {clustered};
