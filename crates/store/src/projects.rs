//! How projects stand at the site: shown in some state, or not shown any more.
//!
//! One that the site does not show is `hidden` with all that is known of it, until the site shows it again. Whether that is
//! meant, only a person can say.

use crate::{
    Lease, Store, StoreError,
    db::{Tx, sql},
    leases,
    value::{Row, values},
};
use std::collections::HashMap;
use weir_model::{IntegrationId, ProjectState, ShownProjects};

/// A project that the site does not show any more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LostProject {
    /// Its key.
    pub key: String,
    /// Whether issues of it were ever brought in.
    pub has_issues: bool,
}

/// Projects that are named in a status at most; the others are counted.
const NAMED: i64 = 1_000;

impl Store {
    /// Notes what the site's lists say of its projects, and what a second look at some of them told, by key.
    ///
    /// # Errors
    /// `run.busy` without the lease.
    pub async fn note_projects(
        &self,
        lease: &Lease,
        shown: &ShownProjects,
        looked_at: &[(String, ProjectState)],
    ) -> Result<(), StoreError> {
        let (no, now) = (self.no(lease.integration()).await?, self.now());
        let mut tx = self.db.begin().await?;
        leases::check(&mut tx, lease).await?;
        note_shown(&mut tx, no, shown, now).await?;
        let known = known(&mut tx, no).await?;
        for (key, state) in looked_at {
            for one in known.iter().filter(|one| one.key == *key) {
                one.becomes(&mut tx, no, *state, now).await?;
            }
        }
        tx.commit().await
    }

    /// Notes that a person said of every project that is not shown now that this is meant.
    ///
    /// # Errors
    /// `run.busy` without the lease.
    pub async fn accept_lost_projects(&self, lease: &Lease) -> Result<u64, StoreError> {
        let (no, now) = (self.no(lease.integration()).await?, self.now());
        let mut tx = self.db.begin().await?;
        leases::check(&mut tx, lease).await?;
        let accept = "UPDATE project SET loss_accepted_at = $1 \
            WHERE integration_no = $2 AND state = 'hidden' AND loss_accepted_at IS NULL";
        let accepted = tx.execute(sql(accept), values![now, no]).await?;
        tx.commit().await?;
        Ok(accepted)
    }

    /// Projects that the site does not show any more, and of which nobody has said that this is meant.
    pub async fn lost_projects(&self, integration: &IntegrationId) -> Result<Vec<LostProject>, StoreError> {
        const LOST: &str = "SELECT p.key, EXISTS (SELECT 1 FROM issue i WHERE i.integration_no = p.integration_no \
            AND i.project_key = p.key) FROM project p WHERE p.integration_no = $1 AND p.state = 'hidden' \
            AND p.loss_accepted_at IS NULL ORDER BY p.key LIMIT $2";
        let rows = self.db.fetch(LOST, values![self.no(integration).await?, NAMED]).await?;
        let lost = |row: &Row| Ok(LostProject { key: row.text(0)?.to_owned(), has_issues: row.flag(1)? });
        rows.iter().map(lost).collect()
    }
}

/// A project as it is kept.
struct Known {
    id: String,
    key: String,
    state: String,
}

impl Known {
    async fn becomes(&self, tx: &mut Tx, no: i64, state: ProjectState, now: i64) -> Result<(), StoreError> {
        if self.state == state.as_str() {
            return Ok(());
        }
        let lost_at = (state == ProjectState::Hidden).then_some(now);
        let change = "UPDATE project SET state = $1, lost_at = $2, loss_accepted_at = NULL \
            WHERE integration_no = $3 AND id = $4";
        tx.execute(sql(change), values![state.as_str(), lost_at, no, &*self.id]).await.map(drop)
    }
}

/// Notes what the site's lists say.
pub(crate) async fn note_shown(
    tx: &mut Tx,
    no: i64,
    shown: &ShownProjects,
    now: i64,
) -> Result<(), StoreError> {
    let states: HashMap<&str, ProjectState> =
        shown.states.iter().map(|(id, state)| (id.as_str(), *state)).collect();
    for project in known(tx, no).await? {
        match states.get(project.id.as_str()) {
            Some(state) => project.becomes(tx, no, *state, now).await?,
            None if shown.is_complete => project.becomes(tx, no, ProjectState::Hidden, now).await?,
            None => {}
        }
    }
    // A row that was written as shown a moment ago has forgotten nothing of its loss yet.
    let found_again = "UPDATE project SET lost_at = NULL, loss_accepted_at = NULL \
        WHERE integration_no = $1 AND state <> 'hidden' AND lost_at IS NOT NULL";
    tx.execute(sql(found_again), values![no]).await.map(drop)
}

async fn known(tx: &mut Tx, no: i64) -> Result<Vec<Known>, StoreError> {
    const KNOWN: &str = "SELECT id, key, state FROM project WHERE integration_no = $1 ORDER BY id";
    let rows = tx.fetch(sql(KNOWN), values![no]).await?;
    let known = |row: &Row| {
        Ok(Known {
            id: row.text(0)?.to_owned(),
            key: row.text(1)?.to_owned(),
            state: row.text(2)?.to_owned(),
        })
    };
    rows.iter().map(known).collect()
}
