-- Every change of an issue's state, with its reason. An issue is live from when it was first seen; what came before this
-- table was is known only as it stands.

CREATE TABLE issue_state (
    no {serial},
    integration_no BIGINT NOT NULL,
    issue_no BIGINT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    since BIGINT NOT NULL
);
CREATE INDEX issue_state_by_issue ON issue_state (integration_no, issue_no, no);

INSERT INTO issue_state (integration_no, issue_no, state, reason, since)
SELECT integration_no, no, state, 'earlier', state_since FROM issue WHERE state <> 'live';
