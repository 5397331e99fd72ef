//! Which workspaces see which integrations, of many at once.

use crate::{Store, StoreError, db::sql, integrations::parse_id, value::values, workspaces::condition};
use futures::StreamExt as _;
use std::collections::BTreeMap;
use weir_model::{IntegrationId, Reach, WorkspaceId};

/// An integration and the workspaces that see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mapping {
    /// The integration.
    pub integration: IntegrationId,
    /// Its name.
    pub name: String,
    /// By id.
    pub workspaces: Vec<WorkspaceId>,
}

/// Which integrations are looked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MappingFilter<'a> {
    /// Part of the name, in capitals or not; empty for every one.
    pub search: &'a str,
    /// Those alone that no workspace sees.
    pub unmapped: bool,
}

/// That no workspace sees the integration.
const UNMAPPED: &str =
    "NOT EXISTS (SELECT 1 FROM workspace_integration m WHERE m.integration_no = integration.no)";

impl Store {
    /// What integrations within reach are mapped to, by name: at most `limit` of those after the name `after`.
    pub async fn mappings(
        &self,
        reach: &Reach,
        filter: MappingFilter<'_>,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Mapping>, StoreError> {
        let query = format!(
            "SELECT no, id, name FROM integration WHERE name > $1 AND {} AND {} ORDER BY name",
            condition(reach, "no"),
            if filter.unmapped { UNMAPPED } else { "1 = 1" },
        );
        let wanted = filter.search.trim().to_lowercase();
        let mut found: Vec<(i64, Mapping)> = vec![];
        let mut rows = self.db.stream(sql(query), values![after.unwrap_or_default()]);
        while found.len() < limit as usize
            && let Some(row) = rows.next().await
        {
            let row = row?;
            let name = row.text(2)?;
            if name.to_lowercase().contains(&wanted) {
                let integration = parse_id(row.text(1)?)?;
                found.push((row.int(0)?, Mapping { integration, name: name.to_owned(), workspaces: vec![] }));
            }
        }
        drop(rows);
        let nos: Vec<String> = found.iter().map(|(no, _)| no.to_string()).collect();
        let mut seen: BTreeMap<i64, Vec<WorkspaceId>> = BTreeMap::new();
        if !nos.is_empty() {
            let query = format!(
                "SELECT integration_no, workspace_id FROM workspace_integration WHERE integration_no IN ({}) \
                 ORDER BY workspace_id",
                nos.join(", ")
            );
            for row in self.all(query, &[]).await? {
                seen.entry(row.int(0)?).or_default().push(parse_id(row.text(1)?)?);
            }
        }
        let with =
            |(no, one): (i64, Mapping)| Mapping { workspaces: seen.remove(&no).unwrap_or_default(), ..one };
        Ok(found.into_iter().map(with).collect())
    }

    /// How many integrations are within reach.
    pub async fn count_integrations(&self, reach: &Reach) -> Result<u64, StoreError> {
        let query = format!("SELECT count(*) FROM integration WHERE {}", condition(reach, "no"));
        self.all(query, &[]).await?.first().map_or(Ok(0), |row| row.count(0))
    }

    /// How many integrations no workspace sees.
    pub async fn count_unmapped(&self) -> Result<u64, StoreError> {
        let query = format!("SELECT count(*) FROM integration WHERE {UNMAPPED}");
        self.all(query, &[]).await?.first().map_or(Ok(0), |row| row.count(0))
    }

    /// Maps integrations to workspaces, each to each, or takes them out, all at once or not at all.
    pub async fn map_several(
        &self,
        integrations: &[IntegrationId],
        workspaces: &[WorkspaceId],
        mapped: bool,
    ) -> Result<(), StoreError> {
        if integrations.is_empty() {
            return Ok(());
        }
        let ids: Vec<String> = integrations.iter().map(|id| format!("'{id}'")).collect();
        let these = format!("(SELECT i.no FROM integration i WHERE i.id IN ({}))", ids.join(", "));
        let query = match mapped {
            true => format!(
                "INSERT INTO workspace_integration (integration_no, workspace_id, since) \
                 SELECT n.no, $1, $2 FROM integration n WHERE n.no IN {these} ON CONFLICT DO NOTHING"
            ),
            false => format!(
                "DELETE FROM workspace_integration WHERE workspace_id = $1 AND since <= $2 AND integration_no IN {these}"
            ),
        };
        let now = self.now();
        let mut tx = self.db.begin().await?;
        for workspace in workspaces {
            tx.execute(sql(query.clone()), values![workspace.to_string(), now]).await?;
        }
        tx.commit().await
    }
}
