-- The public views: names and columns are a contract. They are made anew after every migration.
-- {time:x} shows milliseconds as an instant, {date:x} a text as a calendar date.

CREATE VIEW issues AS
SELECT n.name AS integration, i.id, i.key, i.project_key, i.type, i.is_subtask, i.status, i.status_category,
       i.priority, i.resolution, i.summary, t.description_text, i.description_words, i.assignee_id, i.reporter_id,
       i.creator_id, i.parent_key, i.epic_key, i.story_points, i.labels, i.components, i.fix_versions,
       i.affects_versions, {date:i.due_date} AS due_date, {time:i.created_at} AS created_at,
       {time:i.updated_at} AS updated_at, {time:i.resolved_at} AS resolved_at,
       {time:i.status_changed_at} AS status_changed_at, i.security_level, t.fields, i.state,
       {time:i.state_since} AS state_since, {time:i.first_seen_at} AS first_seen_at,
       CASE WHEN i.state = 'live' AND w.walked_at > i.last_seen_at THEN {time:w.walked_at}
            ELSE {time:i.last_seen_at} END AS last_seen_at,
       i.url
FROM integration n
JOIN issue i ON i.integration_no = n.no
JOIN issue_text t ON t.integration_no = i.integration_no AND t.issue_no = i.no
LEFT JOIN project_walk w ON w.integration_no = i.integration_no AND w.project_key = i.project_key;

CREATE VIEW issue_keys AS
SELECT n.name AS integration, i.id AS issue_id, r.key, {time:r.since} AS since
FROM integration n
JOIN issue i ON i.integration_no = n.no
JOIN issue_key r ON r.integration_no = i.integration_no AND r.issue_no = i.no;

CREATE VIEW issue_changes AS
SELECT n.name AS integration, i.id AS issue_id, r.history_id, r.item_index, r.field, r.field_id, r.from_id, r.from_text,
       r.to_id, r.to_text, r.author_id, {time:r.changed_at} AS changed_at
FROM integration n
JOIN issue i ON i.integration_no = n.no
JOIN issue_change r ON r.integration_no = i.integration_no AND r.issue_no = i.no;

CREATE VIEW issue_comments AS
SELECT n.name AS integration, i.id AS issue_id, r.id, r.author_id, r.body_text, r.visibility, r.is_public,
       {time:r.created_at} AS created_at, {time:r.updated_at} AS updated_at
FROM integration n
JOIN issue i ON i.integration_no = n.no
JOIN issue_comment r ON r.integration_no = i.integration_no AND r.issue_no = i.no;

CREATE VIEW issue_worklogs AS
SELECT n.name AS integration, i.id AS issue_id, r.id, r.author_id, {time:r.started_at} AS started_at, r.seconds,
       r.comment_text, {time:r.created_at} AS created_at, {time:r.updated_at} AS updated_at
FROM integration n
JOIN issue i ON i.integration_no = n.no
JOIN issue_worklog r ON r.integration_no = i.integration_no AND r.issue_no = i.no;

CREATE VIEW issue_links AS
SELECT n.name AS integration, i.id AS issue_id, r.id, r.type, r.direction, r.other_key
FROM integration n
JOIN issue i ON i.integration_no = n.no
JOIN issue_link r ON r.integration_no = i.integration_no AND r.issue_no = i.no;

CREATE VIEW issue_sprints AS
SELECT n.name AS integration, i.id AS issue_id, r.sprint_id
FROM integration n
JOIN issue i ON i.integration_no = n.no
JOIN issue_sprint r ON r.integration_no = i.integration_no AND r.issue_no = i.no;

CREATE VIEW issue_cases AS
SELECT n.name AS integration, i.id AS issue_id, r.case_id, r.raw
FROM integration n
JOIN issue i ON i.integration_no = n.no
JOIN issue_case r ON r.integration_no = i.integration_no AND r.issue_no = i.no;

CREATE VIEW issue_states AS
SELECT n.name AS integration, i.id AS issue_id, r.state, r.reason, {time:r.since} AS since
FROM integration n
JOIN issue i ON i.integration_no = n.no
JOIN issue_state r ON r.integration_no = i.integration_no AND r.issue_no = i.no;

CREATE VIEW projects AS
SELECT n.name AS integration, r.id, r.key, r.name, r.type, r.style, r.category, r.lead_id, r.state,
       {time:r.onboarded_at} AS onboarded_at, r.url
FROM integration n JOIN project r ON r.integration_no = n.no;

CREATE VIEW boards AS
SELECT n.name AS integration, r.id, r.name, r.type, r.project_key
FROM integration n JOIN board r ON r.integration_no = n.no;

CREATE VIEW sprints AS
SELECT n.name AS integration, r.id, r.board_id, r.name, r.state, r.goal, {time:r.start_at} AS start_at,
       {time:r.end_at} AS end_at, {time:r.completed_at} AS completed_at
FROM integration n JOIN sprint r ON r.integration_no = n.no;

CREATE VIEW versions AS
SELECT n.name AS integration, r.id, r.name, r.project_key, r.description, r.released, r.archived,
       {date:r.start_date} AS start_date, {date:r.release_date} AS release_date
FROM integration n JOIN version r ON r.integration_no = n.no;

CREATE VIEW components AS
SELECT n.name AS integration, r.id, r.name, r.project_key, r.description, r.lead_id
FROM integration n JOIN component r ON r.integration_no = n.no;

CREATE VIEW statuses AS
SELECT n.name AS integration, r.id, r.name, r.category, r.scope_project_id
FROM integration n JOIN status r ON r.integration_no = n.no;

CREATE VIEW issue_types AS
SELECT n.name AS integration, r.id, r.name, r.subtask, r.hierarchy_level, r.scope_project_id
FROM integration n JOIN issue_type r ON r.integration_no = n.no;

CREATE VIEW priorities AS
SELECT n.name AS integration, r.id, r.name, r.position
FROM integration n JOIN priority r ON r.integration_no = n.no;

CREATE VIEW resolutions AS
SELECT n.name AS integration, r.id, r.name, r.description
FROM integration n JOIN resolution r ON r.integration_no = n.no;

CREATE VIEW fields AS
SELECT n.name AS integration, r.id, r.name, r.custom, r.schema_type, r.schema_custom
FROM integration n JOIN field r ON r.integration_no = n.no;

CREATE VIEW people AS
SELECT n.name AS integration, r.id, r.name, r.email, r.kind, r.active
FROM integration n JOIN person r ON r.integration_no = n.no;

CREATE VIEW runs AS
SELECT r.id, n.name AS integration, r.reason AS "trigger", {time:r.started_at} AS started_at,
       {time:r.ended_at} AS ended_at, r.result, r.attempt, r.requests, r.waited_ms,
       CAST(coalesce(c.read, 0) AS BIGINT) AS read, CAST(coalesce(c.written, 0) AS BIGINT) AS written,
       CAST(coalesce(c.unchanged, 0) AS BIGINT) AS unchanged, CAST(coalesce(c.skipped, 0) AS BIGINT) AS skipped,
       CAST(coalesce(c.failed, 0) AS BIGINT) AS failed, r.error_code
FROM integration n
JOIN run r ON r.integration_no = n.no
LEFT JOIN (SELECT integration_no, run_id, sum(read) AS read, sum(written) AS written, sum(unchanged) AS unchanged,
                  sum(skipped) AS skipped, sum(failed) AS failed
           FROM run_count GROUP BY integration_no, run_id) c
       ON c.integration_no = r.integration_no AND c.run_id = r.id;

CREATE VIEW quarantined_issues AS
SELECT n.name AS integration, r.issue_id, r.code, r.detail, r.attempts, {time:r.first_at} AS first_at,
       {time:r.last_at} AS last_at, r.run_id, r.raw_bytes
FROM integration n JOIN quarantine r ON r.integration_no = n.no;

CREATE VIEW certificates AS
SELECT n.name AS integration, r.run_id, {time:r.listed_at} AS at, r.project_key, r.theirs, r.ours, r.missing,
       r.extra, r.verdict
FROM integration n JOIN certificate r ON r.integration_no = n.no;
