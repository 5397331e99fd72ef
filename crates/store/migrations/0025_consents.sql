-- Consent that somebody was asked for at Atlassian, until it is used: what is secret of it is sealed, the app's secret first,
-- and the tokens once there are any.
CREATE TABLE consent (
    id {id} NOT NULL PRIMARY KEY,
    account_id {id} NOT NULL,
    state TEXT NOT NULL,
    document TEXT NOT NULL,
    sealed TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Who renews the token of an integration or of a consent just now, until when at the latest; and the sealed value that Atlassian
-- did not renew, which is not sent again.
CREATE TABLE renewal (
    home {id} NOT NULL PRIMARY KEY,
    token TEXT NOT NULL,
    pid BIGINT NOT NULL,
    host TEXT NOT NULL,
    until BIGINT NOT NULL,
    refused TEXT
);

-- What sites told last of quotas.
CREATE TABLE quota (
    integration_no BIGINT NOT NULL PRIMARY KEY,
    total BIGINT NOT NULL,
    remaining BIGINT NOT NULL,
    resets_at BIGINT NOT NULL
);
