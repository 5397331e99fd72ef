//! Adding, changing and removing them.

use crate::{
    Store, StoreError,
    db::{Tx, sql},
    error::taken,
    value::{Value, values},
};
use weir_model::{Message, ScimDirectory, ScimId, ScimKind, ScimMember, ScimResource};

/// Most resources of one kind in one directory.
const MOST: u64 = 1_000_000;

/// Members that one statement adds.
const AT_ONCE: usize = 200;

/// What came of a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScimWritten {
    /// It was made.
    Done,
    /// Another user has the name.
    Taken,
    /// The resource is not as it was seen, or not there.
    Changed,
    /// There are too many.
    Full,
}

impl Store {
    /// Adds one, with its members.
    pub async fn add_scim(
        &self,
        resource: &ScimResource,
        members: &[ScimMember],
    ) -> Result<ScimWritten, StoreError> {
        if self.scim_count(resource.directory, resource.kind).await? >= MOST {
            return Ok(ScimWritten::Full);
        }
        let mut tx = self.db.begin().await?;
        let query = "INSERT INTO scim_resource (id, directory, kind, name, user_name, external_id, active, document, created_at, \
            modified_at, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING no";
        let values = values![
            resource.id.to_string(),
            resource.directory.as_text(),
            resource.kind.as_str(),
            &*resource.name,
            user_name(resource),
            resource.external_id.as_deref(),
            resource.active.map(i64::from),
            &*resource.document,
            resource.created_at.0,
            resource.modified_at.0,
            resource.revision,
        ];
        let rows = match tx.fetch(sql(query), values).await {
            Ok(rows) => rows,
            Err(error) => return or_taken(error, &resource.name),
        };
        let no =
            rows.first().map_or_else(|| Err(StoreError::bug("A row has no number")), |row| row.int(0))?;
        add_members(&mut tx, no, members).await?;
        tx.commit().await?;
        Ok(ScimWritten::Done)
    }

    /// Changes one whose revision was seen; with other members where they are given.
    pub async fn replace_scim(
        &self,
        resource: &ScimResource,
        seen: i64,
        members: Option<&[ScimMember]>,
    ) -> Result<ScimWritten, StoreError> {
        let mut tx = self.db.begin().await?;
        let query = "UPDATE scim_resource SET name = $1, user_name = $2, external_id = $3, active = $4, document = $5, \
            modified_at = $6, revision = $7 WHERE id = $8 AND directory = $9 AND kind = $10 AND revision = $11 RETURNING no";
        let values = values![
            &*resource.name,
            user_name(resource),
            resource.external_id.as_deref(),
            resource.active.map(i64::from),
            &*resource.document,
            resource.modified_at.0,
            resource.revision,
            resource.id.to_string(),
            resource.directory.as_text(),
            resource.kind.as_str(),
            seen,
        ];
        let rows = match tx.fetch(sql(query), values).await {
            Ok(rows) => rows,
            Err(error) => return or_taken(error, &resource.name),
        };
        let Some(row) = rows.first() else { return Ok(ScimWritten::Changed) };
        if let Some(members) = members {
            change_members(&mut tx, row.int(0)?, members).await?;
        }
        tx.commit().await?;
        Ok(ScimWritten::Done)
    }

    /// Removes one whose revision was seen. The groups that it was in are changed by that.
    pub async fn remove_scim(
        &self,
        directory: ScimDirectory,
        kind: ScimKind,
        id: &ScimId,
        seen: i64,
    ) -> Result<ScimWritten, StoreError> {
        let mut tx = self.db.begin().await?;
        let query = "DELETE FROM scim_resource WHERE id = $1 AND directory = $2 AND kind = $3 AND revision = $4 RETURNING no";
        let values = values![id.to_string(), directory.as_text(), kind.as_str(), seen];
        let rows = tx.fetch(sql(query), values).await?;
        let Some(row) = rows.first() else { return Ok(ScimWritten::Changed) };
        tx.execute(sql("DELETE FROM scim_member WHERE group_no = $1"), values![row.int(0)?]).await?;
        let within = "(SELECT no FROM scim_resource WHERE directory = $1)";
        tx.execute(
            sql("UPDATE scim_resource SET revision = revision + 1, modified_at = $2 WHERE directory = $1 AND no IN \
                 (SELECT group_no FROM scim_member WHERE member = $3)"),
            values![directory.as_text(), self.now(), id.to_string()],
        )
        .await?;
        tx.execute(
            sql(format!("DELETE FROM scim_member WHERE member = $2 AND group_no IN {within}")),
            values![directory.as_text(), id.to_string()],
        )
        .await?;
        tx.commit().await?;
        Ok(ScimWritten::Done)
    }
}

/// Takes away what a directory holds, for good.
pub(crate) async fn forget_directory(tx: &mut Tx, directory: ScimDirectory) -> Result<(), StoreError> {
    let directory = directory.as_text();
    let members =
        "DELETE FROM scim_member WHERE group_no IN (SELECT no FROM scim_resource WHERE directory = $1)";
    tx.execute(sql(members), values![directory.clone()]).await?;
    tx.execute(sql("DELETE FROM scim_resource WHERE directory = $1"), values![directory]).await.map(drop)
}

/// Makes the members of a group these: who stays, stays as it is, unless something else is said of it.
async fn change_members(tx: &mut Tx, group: i64, members: &[ScimMember]) -> Result<(), StoreError> {
    let rows = tx
        .fetch(sql("SELECT member, said, place FROM scim_member WHERE group_no = $1"), values![group])
        .await?;
    let mut there = std::collections::HashMap::new();
    let mut last = 0;
    for row in &rows {
        there.insert(row.text(0)?.to_owned(), row.maybe_text(1)?.map(str::to_owned));
        last = last.max(row.int(2)?);
    }
    let mut others = vec![];
    for member in members {
        if there.remove(&member.id).is_none_or(|said| said != member.said) {
            others.push(member.clone());
        }
    }
    let gone: Vec<String> = there.into_keys().collect();
    for gone in gone.chunks(AT_ONCE) {
        let mut values: Vec<Value> = vec![group.into()];
        values.extend(gone.iter().map(|id| Value::from(&**id)));
        let places: Vec<String> = (2..=gone.len() + 1).map(|n| format!("${n}")).collect();
        let query =
            format!("DELETE FROM scim_member WHERE group_no = $1 AND member IN ({})", places.join(", "));
        tx.execute(sql(query), &values).await?;
    }
    add_behind(tx, group, &others, last).await
}

async fn add_members(tx: &mut Tx, group: i64, members: &[ScimMember]) -> Result<(), StoreError> {
    add_behind(tx, group, members, 0).await
}

/// Adds members behind those that have a place up to this one; who is there already keeps the place.
async fn add_behind(tx: &mut Tx, group: i64, members: &[ScimMember], last: i64) -> Result<(), StoreError> {
    let mut place = last;
    for members in members.chunks(AT_ONCE) {
        let mut values: Vec<Value> = vec![];
        let mut rows = vec![];
        for member in members {
            place += 1;
            let n = values.len();
            rows.push(format!("(${}, ${}, ${}, ${})", n + 1, n + 2, n + 3, n + 4));
            values.extend([group.into(), (&*member.id).into(), place.into(), member.said.as_deref().into()]);
        }
        let query = format!(
            "INSERT INTO scim_member (group_no, member, place, said) VALUES {} \
             ON CONFLICT (group_no, member) DO UPDATE SET said = excluded.said",
            rows.join(", ")
        );
        tx.execute(sql(query), &values).await?;
    }
    Ok(())
}

/// Only the names of users are unique.
fn user_name(resource: &ScimResource) -> Option<&str> {
    (resource.kind == ScimKind::User).then_some(&*resource.name)
}

fn or_taken(error: StoreError, name: &str) -> Result<ScimWritten, StoreError> {
    let error = taken(error, || Message::NameTaken { name: name.to_owned() });
    match error.message() {
        Message::NameTaken { .. } => Ok(ScimWritten::Taken),
        _ => Err(error),
    }
}
