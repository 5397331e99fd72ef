-- In how many live issues of each project a field is filled in, and the first and last of them. Counted from the issues, and
-- made anew from them when somebody asks after a run.
CREATE TABLE field_use (
    integration_no BIGINT NOT NULL,
    field_id {id} NOT NULL,
    project_key {id} NOT NULL,
    issues BIGINT NOT NULL,
    first_issue_no BIGINT NOT NULL,
    last_issue_no BIGINT NOT NULL,
    PRIMARY KEY (integration_no, field_id, project_key)
) {clustered};

-- When fields were counted last, and over how many issues.
CREATE TABLE field_count (
    integration_no BIGINT NOT NULL PRIMARY KEY,
    counted_at BIGINT NOT NULL,
    issues BIGINT NOT NULL
);

-- What people say that custom fields are: as what values are read, what they stand for, and the type that the site gave the field
-- when they last said so.
CREATE TABLE field_mapping (
    integration_no BIGINT NOT NULL,
    field_id {id} NOT NULL,
    holds TEXT NOT NULL,
    role TEXT,
    seen_type TEXT,
    seen_source TEXT,
    mapped_at BIGINT NOT NULL,
    PRIMARY KEY (integration_no, field_id)
);
