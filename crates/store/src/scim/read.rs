//! Looking for them.

use crate::{
    Store, StoreError,
    integrations::parse_id,
    value::{Row, values},
};
use weir_model::{Millis, ScimDirectory, ScimId, ScimKind, ScimMember, ScimMembership, ScimResource};

const RESOURCE: &str = "SELECT r.no, r.id, r.name, r.external_id, r.active, r.document, r.created_at, r.modified_at, r.revision \
    FROM scim_resource r";

/// What is looked for by an index.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ScimSought {
    /// The one with this id.
    Id(ScimId),
    /// Those with this name, as it is compared.
    Name(String),
    /// Those that the identity provider calls so.
    ExternalId(String),
    /// Groups that have this one as a member.
    Member(String),
    /// So many, behind so many others, in the order in which they were added.
    Page {
        /// How many are passed over.
        offset: u32,
        /// At most this many.
        limit: u32,
    },
    /// So many behind this number.
    Behind(i64, u32),
    /// Those with these numbers.
    Numbers(Vec<i64>),
}

impl Store {
    /// Those that are looked for, with the number that each was given, in the order in which they were added.
    pub async fn scim_resources(
        &self,
        directory: ScimDirectory,
        kind: ScimKind,
        sought: &ScimSought,
    ) -> Result<Vec<(i64, ScimResource)>, StoreError> {
        let (condition, value) = match sought {
            ScimSought::Id(id) => (" AND r.id = $3 ORDER BY r.no".to_owned(), Some(id.to_string())),
            ScimSought::Name(name) => (" AND r.name = $3 ORDER BY r.no".to_owned(), Some(name.clone())),
            ScimSought::ExternalId(id) => {
                (" AND r.external_id = $3 ORDER BY r.no".to_owned(), Some(id.clone()))
            }
            ScimSought::Member(id) => {
                let within = "SELECT m.group_no FROM scim_member m WHERE m.member = $3";
                (format!(" AND r.no IN ({within}) ORDER BY r.no"), Some(id.clone()))
            }
            ScimSought::Page { offset, limit } => {
                (format!(" ORDER BY r.no LIMIT {limit} OFFSET {offset}"), None)
            }
            ScimSought::Behind(no, limit) => (format!(" AND r.no > {no} ORDER BY r.no LIMIT {limit}"), None),
            ScimSought::Numbers(all) if all.is_empty() => return Ok(vec![]),
            ScimSought::Numbers(all) => {
                let all: Vec<String> = all.iter().map(i64::to_string).collect();
                (format!(" AND r.no IN ({}) ORDER BY r.no", all.join(", ")), None)
            }
        };
        let query = format!("{RESOURCE} WHERE r.directory = $1 AND r.kind = $2{condition}");
        let (directory_text, kind_text) = (directory.as_text(), kind.as_str());
        let rows = match value {
            Some(value) => self.all(query, values![directory_text, kind_text, value]).await?,
            None => self.all(query, values![directory_text, kind_text]).await?,
        };
        rows.iter().map(|row| Ok((row.int(0)?, resource(row, directory, kind)?))).collect()
    }

    /// How many there are.
    pub async fn scim_count(&self, directory: ScimDirectory, kind: ScimKind) -> Result<u64, StoreError> {
        const QUERY: &str = "SELECT count(*) FROM scim_resource WHERE directory = $1 AND kind = $2";
        let row = self.db.first(QUERY, values![directory.as_text(), kind.as_str()]).await?;
        row.map_or(Ok(0), |row| row.count(0))
    }

    /// The members of groups, by the number of the group and in the order in which they were added.
    pub async fn scim_members(&self, groups: &[i64]) -> Result<Vec<(i64, ScimMember)>, StoreError> {
        if groups.is_empty() {
            return Ok(vec![]);
        }
        let numbers: Vec<String> = groups.iter().map(i64::to_string).collect();
        let query = format!(
            "SELECT m.group_no, m.member, m.said, r.kind FROM scim_member m JOIN scim_resource g ON g.no = m.group_no \
             LEFT JOIN scim_resource r ON r.id = m.member AND r.directory = g.directory \
             WHERE m.group_no IN ({}) ORDER BY m.group_no, m.place",
            numbers.join(", ")
        );
        let rows = self.all(query, &[]).await?;
        rows.iter().map(|row| Ok((row.int(0)?, member(row)?))).collect()
    }

    /// The groups that these are in, by the number of the group.
    pub async fn scim_memberships(
        &self,
        directory: ScimDirectory,
        members: &[ScimId],
    ) -> Result<Vec<ScimMembership>, StoreError> {
        if members.is_empty() {
            return Ok(vec![]);
        }
        let ids: Vec<String> = members.iter().map(|id| format!("'{id}'")).collect();
        let query = format!(
            "SELECT m.member, g.id, g.document FROM scim_member m JOIN scim_resource g ON g.no = m.group_no \
             WHERE g.directory = $1 AND m.member IN ({}) ORDER BY g.no",
            ids.join(", ")
        );
        let rows = self.all(query, values![directory.as_text()]).await?;
        let membership = |row: &Row| {
            Ok(ScimMembership {
                member: row.text(0)?.to_owned(),
                group: parse_id(row.text(1)?)?,
                document: row.text(2)?.to_owned(),
            })
        };
        rows.iter().map(membership).collect()
    }
}

fn resource(row: &Row, directory: ScimDirectory, kind: ScimKind) -> Result<ScimResource, StoreError> {
    Ok(ScimResource {
        id: parse_id(row.text(1)?)?,
        directory,
        kind,
        name: row.text(2)?.to_owned(),
        external_id: row.maybe_text(3)?.map(str::to_owned),
        active: row.maybe_flag(4)?,
        document: row.text(5)?.to_owned(),
        created_at: Millis(row.int(6)?),
        modified_at: Millis(row.int(7)?),
        revision: row.int(8)?,
    })
}

fn member(row: &Row) -> Result<ScimMember, StoreError> {
    Ok(ScimMember {
        id: row.text(1)?.to_owned(),
        said: row.maybe_text(2)?.map(str::to_owned),
        kind: row.maybe_text(3)?.and_then(ScimKind::named),
    })
}
