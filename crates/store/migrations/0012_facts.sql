-- What reports read: of each chunk of issues one blob for each column. The crate `metrics` knows what they hold; they are made
-- out of the other tables and can be made anew from them at any time.
CREATE TABLE fact_column (
    integration_no BIGINT NOT NULL,
    name {id} NOT NULL,
    chunk_no BIGINT NOT NULL,
    data {bytes} NOT NULL,
    PRIMARY KEY (integration_no, name, chunk_no)
);

-- Issues that changed since their facts were made. The number of changes tells whether one came meanwhile.
CREATE TABLE fact_outdated (
    integration_no BIGINT NOT NULL,
    issue_no BIGINT NOT NULL,
    changes BIGINT NOT NULL,
    PRIMARY KEY (integration_no, issue_no)
) {clustered};

-- How far facts have been made: of issues up to a number, in a format.
CREATE TABLE fact_state (
    integration_no BIGINT NOT NULL PRIMARY KEY,
    basis TEXT NOT NULL,
    made_to BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    made_at BIGINT NOT NULL
);
