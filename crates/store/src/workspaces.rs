//! Workspaces, and which integrations each of them sees: the boundary of what its members may know.

use crate::{
    Store, StoreError,
    db::sql,
    error::taken,
    integrations::{self, parse_id},
    scim,
    value::{Row, values},
};
use futures::StreamExt as _;
use weir_model::{Integration, IntegrationId, Message, Millis, Reach, ScimDirectory, Workspace, WorkspaceId};

impl Store {
    /// Adds a workspace.
    ///
    /// # Errors
    /// `workspace.taken`.
    pub async fn add_workspace(&self, workspace: &Workspace) -> Result<(), StoreError> {
        let query = "INSERT INTO workspace (id, name, created_at) VALUES ($1, $2, $3)";
        let done = self
            .db
            .execute(query, values![workspace.id.to_string(), &*workspace.name, workspace.created_at.0])
            .await;
        done.map(|_| ()).map_err(|error| or_taken(error, &workspace.name))
    }

    /// Workspaces by name, as far as they are within reach.
    pub async fn workspaces(&self, reach: &Reach) -> Result<Vec<Workspace>, StoreError> {
        const QUERY: &str = "SELECT id, name, created_at FROM workspace ORDER BY name";
        let all = self.db.fetch(QUERY, &[]).await?.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(match reach {
            Reach::Everything => all,
            Reach::Workspaces(ids) => all.into_iter().filter(|one| ids.contains(&one.id)).collect(),
        })
    }

    /// One workspace.
    pub async fn workspace(&self, workspace: &WorkspaceId) -> Result<Option<Workspace>, StoreError> {
        const QUERY: &str = "SELECT id, name, created_at FROM workspace WHERE id = $1";
        self.db.first(QUERY, values![workspace.to_string()]).await?.as_ref().map(read).transpose()
    }

    /// Gives a workspace another name, if it still has the one that was seen.
    ///
    /// # Errors
    /// `workspace.taken`, `changed.meanwhile`.
    pub async fn rename_workspace(
        &self,
        workspace: &WorkspaceId,
        seen: &str,
        name: &str,
    ) -> Result<(), StoreError> {
        let query = "UPDATE workspace SET name = $1 WHERE id = $2 AND name = $3";
        let changed = self.db.execute(query, values![name, workspace.to_string(), seen]).await;
        match changed.map_err(|error| or_taken(error, name))? {
            0 => Err(Message::ChangedMeanwhile {}.into()),
            _ => Ok(()),
        }
    }

    /// Deletes a workspace: its members lose their roles in it, its keys are revoked, its settings and reports of hygiene go and the
    /// people that an identity provider pushed to it; its integrations stay.
    pub async fn delete_workspace(&self, workspace: &WorkspaceId) -> Result<(), StoreError> {
        let id = workspace.to_string();
        let mut tx = self.db.begin().await?;
        for table in
            ["membership", "group_role", "workspace_integration", "hygiene_settings", "hygiene_report"]
        {
            let query = format!("DELETE FROM {table} WHERE workspace_id = $1");
            tx.execute(sql(query), values![id.clone()]).await?;
        }
        tx.execute(
            sql("UPDATE api_key SET revoked_at = $1 WHERE workspace_id = $2 AND revoked_at IS NULL"),
            values![self.now(), id.clone()],
        )
        .await?;
        scim::forget_directory(&mut tx, ScimDirectory(Some(*workspace))).await?;
        tx.execute(sql("DELETE FROM workspace WHERE id = $1"), values![id]).await?;
        tx.commit().await
    }

    /// Maps an integration to a workspace, or takes it out.
    ///
    /// # Errors
    /// `integration.unknown`.
    pub async fn map_integration(
        &self,
        integration: &IntegrationId,
        workspace: &WorkspaceId,
        mapped: bool,
    ) -> Result<(), StoreError> {
        let (no, workspace) = (self.no(integration).await?, workspace.to_string());
        let query = match mapped {
            true => {
                "INSERT INTO workspace_integration (integration_no, workspace_id, since) VALUES ($1, $2, $3) \
                 ON CONFLICT DO NOTHING"
            }
            false => {
                "DELETE FROM workspace_integration WHERE integration_no = $1 AND workspace_id = $2 AND since <= $3"
            }
        };
        self.db.execute(query, values![no, workspace, self.now()]).await.map(|_| ())
    }

    /// The workspaces that see an integration; none of an integration that is not there.
    pub async fn workspaces_of(&self, integration: &IntegrationId) -> Result<Vec<WorkspaceId>, StoreError> {
        const QUERY: &str = "SELECT m.workspace_id FROM workspace_integration m \
            JOIN integration i ON i.no = m.integration_no WHERE i.id = $1 ORDER BY m.workspace_id";
        let rows = self.db.fetch(QUERY, values![integration.to_string()]).await?;
        rows.iter().map(|row| parse_id(row.text(0)?)).collect()
    }

    /// Integrations within reach by name: at most `limit` of those after the name `after`.
    pub async fn integrations_within(
        &self,
        reach: &Reach,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Integration>, StoreError> {
        self.integrations_where(reach, after, limit, |_| true).await
    }

    /// The same of those that are `taken`. No more are held than are given.
    pub async fn integrations_where(
        &self,
        reach: &Reach,
        after: Option<&str>,
        limit: u32,
        taken: impl Fn(&Integration) -> bool,
    ) -> Result<Vec<Integration>, StoreError> {
        let query = format!(
            "SELECT id, name, kind, settings, created_at FROM integration \
             WHERE name > $1 AND {} ORDER BY name",
            condition(reach, "no")
        );
        let mut rows = self.db.stream(sql(query), values![after.unwrap_or_default()]);
        let mut found = Vec::new();
        while found.len() < limit as usize
            && let Some(row) = rows.next().await
        {
            let one = integrations::read(&row?)?;
            if taken(&one) {
                found.push(one);
            }
        }
        Ok(found)
    }
}

/// That the integration whose number stands in `column` is within reach.
pub(crate) fn condition(reach: &Reach, column: &str) -> String {
    match reach {
        Reach::Everything => "1 = 1".to_owned(),
        Reach::Workspaces(ids) if ids.is_empty() => "1 = 0".to_owned(),
        Reach::Workspaces(ids) => {
            let ids: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
            format!(
                "{column} IN (SELECT integration_no FROM workspace_integration WHERE workspace_id IN ({}))",
                ids.join(", ")
            )
        }
    }
}

fn read(row: &Row) -> Result<Workspace, StoreError> {
    Ok(Workspace {
        id: parse_id(row.text(0)?)?,
        name: row.text(1)?.to_owned(),
        created_at: Millis(row.int(2)?),
    })
}

fn or_taken(error: StoreError, name: &str) -> StoreError {
    taken(error, || Message::WorkspaceTaken { name: name.to_owned() })
}
