//! Roles that an identity provider's groups give. They stand apart from those that people give, so that neither takes the other away.

use crate::{Store, StoreError, accounts::read_membership, db::sql, value::values};
use weir_model::{AccountId, Membership, Role, WorkspaceId};

impl Store {
    /// Who has which role in a workspace by their groups.
    pub async fn group_members(&self, workspace: &WorkspaceId) -> Result<Vec<Membership>, StoreError> {
        const QUERY: &str = "SELECT account_id, workspace_id, role FROM group_role WHERE workspace_id = $1 \
            ORDER BY account_id, role";
        self.db.fetch(QUERY, values![workspace.to_string()]).await?.iter().map(read_membership).collect()
    }

    /// Gives an account exactly these roles by its groups, in every workspace. What it had by them before, by workspace and role.
    pub async fn set_group_roles(
        &self,
        account: &AccountId,
        roles: &[(WorkspaceId, Role)],
    ) -> Result<Vec<(WorkspaceId, Role)>, StoreError> {
        let account = account.to_string();
        let mut tx = self.db.begin().await?;
        let query = "SELECT account_id, workspace_id, role FROM group_role WHERE account_id = $1 \
             ORDER BY workspace_id, role";
        let before: Vec<(WorkspaceId, Role)> = tx
            .fetch(sql(query), values![account.clone()])
            .await?
            .iter()
            .map(|row| read_membership(row).map(|one| (one.workspace, one.role)))
            .collect::<Result<_, _>>()?;
        for (workspace, role) in before.iter().filter(|one| !roles.contains(one)) {
            let query = "DELETE FROM group_role WHERE account_id = $1 AND workspace_id = $2 AND role = $3";
            let of = values![account.clone(), workspace.to_string(), role.as_str()];
            tx.execute(sql(query), of).await?;
        }
        for (workspace, role) in roles.iter().filter(|one| !before.contains(one)) {
            let query = "INSERT INTO group_role (account_id, workspace_id, role, since) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT DO NOTHING";
            let of = values![account.clone(), workspace.to_string(), role.as_str(), self.now()];
            tx.execute(sql(query), of).await?;
        }
        tx.commit().await?;
        Ok(before)
    }
}
