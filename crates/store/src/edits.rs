//! Editing an integration: its settings, what has to be forgotten and what has left the scope, in one transaction. A crash
//! leaves the old or the new.

use crate::{
    Lease, Store, StoreError, checkpoints,
    crash::crash_point,
    db::sql,
    forget,
    integrations::{document, or_taken, unchanged},
    leases, states, unread,
    value::values,
};
use std::collections::BTreeSet;
use weir_model::{Integration, Message};

/// What an edit did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edited {
    /// Projects that are no longer in scope, each with the number of issues that were live.
    pub left: Vec<(String, u64)>,
    /// Whether what was deleted has left the file.
    pub compaction: Compaction,
}

/// What became of the places where deleted rows stood.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Compaction {
    /// Nothing had to be done.
    NotNeeded,
    /// They are free of it.
    Done,
    /// The file could not be written anew: unused parts of it may hold traces.
    Failed(Box<Message>),
}

impl Store {
    /// Makes an integration that was `before` what it is `after`. What is excluded from now on is deleted; issues of projects
    /// that are not in scope any more leave it; checkpoints whose names begin with one of `obsolete` are forgotten. What
    /// has not been read afterwards is `not_read`, as it is written where it is left out.
    ///
    /// # Errors
    /// `run.busy` without the lease, `integration.changed` when it is not as it was `before`, `name.taken`. Nothing is
    /// changed then.
    pub async fn edit_integration(
        &self,
        lease: &Lease,
        before: &Integration,
        after: &Integration,
        obsolete: &[&str],
        not_read: &BTreeSet<String>,
    ) -> Result<Edited, StoreError> {
        let excluded = after.settings.exclusions.beyond(&before.settings.exclusions);
        let dialect = self.db.dialect();
        if !excluded.is_empty() {
            self.db.outside(dialect.before_forgetting()).await?;
        }
        let no = self.no(&before.id).await?;
        let mut tx = self.db.begin().await?;
        leases::check(&mut tx, lease).await?;
        unchanged(&mut tx, no, before).await?;
        tx.execute(
            sql("UPDATE integration SET name = $1, settings = $2 WHERE no = $3"),
            values![&*after.name, document(&after.settings)?, no],
        )
        .await
        .map_err(|error| or_taken(error, &after.name))?;
        for prefix in obsolete {
            checkpoints::clear(&mut tx, no, prefix).await?;
        }
        let left = match before.settings.scope == after.settings.scope {
            true => vec![],
            false => states::leave_projects(&mut tx, no, &after.settings.scope, self.now()).await?,
        };
        let case_field = after.settings.cases.as_ref().map(|cases| cases.field.as_str());
        forget::excluded(&mut tx, no, &excluded, case_field).await?;
        unread::write(&mut tx, no, not_read).await?;
        crash_point("edit.before_commit");
        tx.commit().await?;
        crash_point("edit.after_commit");

        let compaction = if excluded.is_empty() {
            Compaction::NotNeeded
        } else {
            match self.db.leave_no_trace().await {
                Ok(()) => Compaction::Done,
                Err(error) => Compaction::Failed(Box::new(error.message().clone())),
            }
        };
        Ok(Edited { left, compaction })
    }
}
