-- What is kept about hygiene. The crate `metrics` knows what documents hold; names are unique by their key, in small letters.

-- Rules that people wrote, each of one integration.
CREATE TABLE hygiene_rule (
    id {id} NOT NULL PRIMARY KEY,
    integration_no BIGINT NOT NULL,
    name TEXT NOT NULL,
    name_key {id} NOT NULL,
    document TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    UNIQUE (integration_no, name_key)
);

-- How things are counted in a workspace; under no name, what holds where nothing else does.
CREATE TABLE hygiene_settings (
    workspace_id {id} NOT NULL PRIMARY KEY,
    document TEXT NOT NULL,
    revision BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);

-- Reports that people keep, of a workspace; under no name, of the installation.
CREATE TABLE hygiene_report (
    id {id} NOT NULL PRIMARY KEY,
    workspace_id {id} NOT NULL,
    name TEXT NOT NULL,
    name_key {id} NOT NULL,
    document TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    UNIQUE (workspace_id, name_key)
);
