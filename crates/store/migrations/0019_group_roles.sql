-- Roles that an identity provider's groups give, apart from those that people give: a sign-in at the provider writes them anew.

CREATE TABLE group_role (
    account_id {id} NOT NULL,
    workspace_id {id} NOT NULL,
    role {id} NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (account_id, workspace_id, role)
) {clustered};
