-- People and groups that identity providers push, each within the directory of a workspace or, with nothing there, of the whole
-- server. A name is compared as it is folded; no two users of a directory have the same one.
CREATE TABLE scim_resource (
    no {serial},
    id {id} NOT NULL,
    directory {id} NOT NULL,
    kind TEXT NOT NULL,
    name {id} NOT NULL,
    user_name {id},
    external_id {id},
    active BIGINT,
    document TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    revision BIGINT NOT NULL
);
CREATE UNIQUE INDEX scim_resource_by_id ON scim_resource (id);
CREATE UNIQUE INDEX scim_resource_by_user_name ON scim_resource (directory, user_name);
CREATE INDEX scim_resource_by_name ON scim_resource (directory, kind, name);
CREATE INDEX scim_resource_by_external_id ON scim_resource (directory, kind, external_id);
CREATE INDEX scim_resource_in_order ON scim_resource (directory, kind, no);

-- Who is in a group, by the id that the identity provider names, whether there is somebody with it or not.
CREATE TABLE scim_member (
    group_no BIGINT NOT NULL,
    member {id} NOT NULL,
    place BIGINT NOT NULL,
    said TEXT,
    PRIMARY KEY (group_no, member)
);
CREATE INDEX scim_member_by_member ON scim_member (member);
