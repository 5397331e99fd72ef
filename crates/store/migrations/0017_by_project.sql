-- What a run did with the issues of each project; an issue whose project is not known counts under an empty key.

CREATE TABLE run_project (
    integration_no BIGINT NOT NULL,
    run_id {id} NOT NULL,
    project_key {id} NOT NULL,
    read BIGINT NOT NULL,
    written BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    skipped BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    PRIMARY KEY (integration_no, run_id, project_key)
) {clustered};

-- When the first issue of a project was stored.

ALTER TABLE project ADD COLUMN taken_at BIGINT;

UPDATE project SET taken_at = (SELECT min(i.first_seen_at) FROM issue i
WHERE i.integration_no = project.integration_no AND i.project_key = project.key);
