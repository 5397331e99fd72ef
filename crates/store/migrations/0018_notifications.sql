-- Notifications: through which channels people are told when an integration needs them. Addresses of webhooks, and what signs them,
-- are sealed.
CREATE TABLE notification_channel (
    id {id} NOT NULL PRIMARY KEY,
    name {id} NOT NULL UNIQUE,
    settings TEXT NOT NULL,
    sealed TEXT NOT NULL,
    is_off BOOLEAN NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

-- What ails an integration, from the first sight of it until it is well again.
CREATE TABLE incident (
    integration_no BIGINT NOT NULL PRIMARY KEY,
    id {id} NOT NULL,
    since BIGINT NOT NULL,
    needed BOOLEAN NOT NULL
);

-- What is told through a channel: once for each incident and what there is to say of it. What is sent together is one batch. The number of
-- the integration is 0 where it is gone, or where somebody tried the channel.
CREATE TABLE notice (
    no {serial},
    channel_id {id} NOT NULL,
    incident {id} NOT NULL,
    what {id} NOT NULL,
    integration_no BIGINT NOT NULL,
    content TEXT NOT NULL,
    at BIGINT NOT NULL,
    state TEXT NOT NULL,
    batch TEXT,
    attempts BIGINT NOT NULL,
    tried_at BIGINT,
    look_at BIGINT NOT NULL,
    said TEXT NOT NULL,
    UNIQUE (channel_id, incident, what)
);
CREATE INDEX notice_by_look ON notice (look_at);
CREATE INDEX notice_by_time ON notice (at);
CREATE INDEX notice_by_incident ON notice (incident);
