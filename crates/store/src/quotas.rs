//! What sites told last of quotas.

use crate::{Store, StoreError, value::values};
use weir_model::{IntegrationId, Millis, Quota};

impl Store {
    /// Keeps what a site told of a quota in the place of what it told before.
    pub async fn keep_quota(&self, integration: &IntegrationId, quota: &Quota) -> Result<(), StoreError> {
        let query = "INSERT INTO quota (integration_no, total, remaining, resets_at) VALUES ($1, $2, $3, $4) \
            ON CONFLICT (integration_no) DO UPDATE SET total = excluded.total, remaining = excluded.remaining, \
            resets_at = excluded.resets_at";
        let no = self.no(integration).await?;
        self.db.execute(query, values![no, quota.limit, quota.left, quota.resets_at.0]).await.map(drop)
    }

    /// What a site told last of a quota; `None` where it told of none.
    pub async fn quota(&self, integration: &IntegrationId) -> Result<Option<Quota>, StoreError> {
        const QUERY: &str = "SELECT total, remaining, resets_at FROM quota WHERE integration_no = $1";
        let row = self.db.first(QUERY, values![self.no(integration).await?]).await?;
        row.map(|row| Ok(Quota { limit: row.count(0)?, left: row.count(1)?, resets_at: Millis(row.int(2)?) }))
            .transpose()
    }

    /// Forgets it: the way in is another one, which it does not hold for.
    pub async fn forget_quota(&self, integration: &IntegrationId) -> Result<(), StoreError> {
        let no = self.no(integration).await?;
        self.db.execute("DELETE FROM quota WHERE integration_no = $1", values![no]).await.map(drop)
    }
}
