-- Invitations, identities at a provider, and what people chose for themselves.

ALTER TABLE account ADD COLUMN timezone TEXT;

-- Whom a link invites; and what is to be gone on with when somebody comes back from a provider.
ALTER TABLE one_time ADD COLUMN account_id {id};
ALTER TABLE one_time ADD COLUMN detail TEXT;

-- Whether a session began at a provider, and what that calls its own.
ALTER TABLE session ADD COLUMN of_provider BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE session ADD COLUMN provider_sid TEXT;

-- The workspace that somebody looks at; nothing for all of theirs.
ALTER TABLE session ADD COLUMN workspace_id {id};

CREATE TABLE identity (
    issuer {id} NOT NULL,
    subject {id} NOT NULL,
    account_id {id} NOT NULL,
    linked_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
) {clustered};
CREATE INDEX identity_by_account ON identity (account_id);
