//! Rules of hygiene that people wrote for an integration.

use super::key_of;
use crate::{
    Store, StoreError,
    db::sql,
    error::taken,
    integrations::parse_id,
    value::{Row, values},
    workspaces::condition,
};
use futures::StreamExt as _;
use weir_model::{HygieneFault, HygieneRuleId, IntegrationId, KeptRule, Message, Millis, Reach};

impl Store {
    /// The rules of an integration, by name.
    pub async fn hygiene_rules(&self, integration: &IntegrationId) -> Result<Vec<KeptRule>, StoreError> {
        const QUERY: &str = "SELECT r.id, r.name, r.document, r.revision, r.created_at, r.changed_at FROM hygiene_rule r \
            JOIN integration n ON n.no = r.integration_no WHERE n.id = $1 ORDER BY r.name_key";
        self.db.fetch(QUERY, values![integration.to_string()]).await?.iter().map(read).collect()
    }

    /// The rules of all integrations within reach, by integration and name, each with the name of its integration.
    pub async fn hygiene_rules_within(&self, reach: &Reach) -> Result<Vec<(String, KeptRule)>, StoreError> {
        let query = format!(
            "SELECT r.id, r.name, r.document, r.revision, r.created_at, r.changed_at, n.name FROM hygiene_rule r \
             JOIN integration n ON n.no = r.integration_no WHERE {} ORDER BY n.name, r.name_key",
            condition(reach, "n.no")
        );
        let mut rows = self.db.stream(sql(query), &[]);
        let mut found = Vec::new();
        while let Some(row) = rows.next().await {
            let row = row?;
            found.push((row.text(6)?.to_owned(), read(&row)?));
        }
        Ok(found)
    }

    /// One of them.
    pub async fn hygiene_rule(
        &self,
        integration: &IntegrationId,
        id: &HygieneRuleId,
    ) -> Result<Option<KeptRule>, StoreError> {
        const QUERY: &str = "SELECT r.id, r.name, r.document, r.revision, r.created_at, r.changed_at FROM hygiene_rule r \
            JOIN integration n ON n.no = r.integration_no WHERE n.id = $1 AND r.id = $2";
        let row = self.db.first(QUERY, values![integration.to_string(), id.to_string()]).await?;
        row.as_ref().map(read).transpose()
    }

    /// Adds a rule to an integration that has fewer than `most`.
    ///
    /// # Errors
    /// `hygiene.name_taken`, `hygiene.rules_many`.
    pub async fn add_hygiene_rule(
        &self,
        integration: &IntegrationId,
        rule: &KeptRule,
        most: u64,
    ) -> Result<(), StoreError> {
        let no = self.no(integration).await?;
        let mut tx = self.db.begin().await?;
        let count = "SELECT count(*) FROM hygiene_rule WHERE integration_no = $1";
        let there = tx.fetch(sql(count), values![no]).await?.first().map_or(Ok(0), |row| row.int(0))?;
        if u64::try_from(there).unwrap_or(0) >= most {
            return Err(Message::from(HygieneFault::RulesMany { most }).into());
        }
        let query = "INSERT INTO hygiene_rule (id, integration_no, name, name_key, document, revision, created_at, changed_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let values = values![
            rule.id.to_string(),
            no,
            &*rule.name,
            key_of(&rule.name),
            &*rule.document,
            rule.revision,
            rule.created_at.0,
            rule.changed_at.0,
        ];
        tx.execute(sql(query), values).await.map_err(|error| or_taken(error, &rule.name))?;
        tx.commit().await
    }

    /// Makes a rule what it is to be, if it still is of the revision before.
    ///
    /// # Errors
    /// `hygiene.name_taken`, `changed.meanwhile`.
    pub async fn change_hygiene_rule(
        &self,
        integration: &IntegrationId,
        rule: &KeptRule,
    ) -> Result<(), StoreError> {
        let no = self.no(integration).await?;
        let query = "UPDATE hygiene_rule SET name = $1, name_key = $2, document = $3, revision = $4, changed_at = $5 \
            WHERE integration_no = $6 AND id = $7 AND revision = $8";
        let values = values![
            &*rule.name,
            key_of(&rule.name),
            &*rule.document,
            rule.revision,
            rule.changed_at.0,
            no,
            rule.id.to_string(),
            rule.revision - 1,
        ];
        match self.db.execute(query, values).await.map_err(|error| or_taken(error, &rule.name))? {
            0 => Err(Message::ChangedMeanwhile {}.into()),
            _ => Ok(()),
        }
    }

    /// Takes a rule away, if it still is of this revision.
    ///
    /// # Errors
    /// `changed.meanwhile`.
    pub async fn delete_hygiene_rule(
        &self,
        integration: &IntegrationId,
        (id, revision): (&HygieneRuleId, i64),
    ) -> Result<(), StoreError> {
        let no = self.no(integration).await?;
        let query = "DELETE FROM hygiene_rule WHERE integration_no = $1 AND id = $2 AND revision = $3";
        match self.db.execute(query, values![no, id.to_string(), revision]).await? {
            0 => Err(Message::ChangedMeanwhile {}.into()),
            _ => Ok(()),
        }
    }
}

fn read(row: &Row) -> Result<KeptRule, StoreError> {
    Ok(KeptRule {
        id: parse_id(row.text(0)?)?,
        name: row.text(1)?.to_owned(),
        document: row.text(2)?.to_owned(),
        revision: row.int(3)?,
        created_at: Millis(row.int(4)?),
        changed_at: Millis(row.int(5)?),
    })
}

fn or_taken(error: StoreError, name: &str) -> StoreError {
    taken(error, || HygieneFault::NameTaken { name: name.to_owned() }.into())
}
