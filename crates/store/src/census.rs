//! What a census needs: the ids we hold, when projects were walked, and the certificates.

use crate::{
    Lease, Store, StoreError,
    bulk::{Bulk, Merge::Take, Record, Table},
    children::{for_keys, keep_last},
    db::sql,
    leases,
    value::{Bind, values},
};
use std::collections::{BTreeMap, BTreeSet};
use weir_model::{Certificate, IntegrationId, IssueId, Kind, Millis, RunId};

const PAGE: usize = 5_000;

const CERTIFICATE: Table = Table {
    name: "certificate",
    key: &["run_id", "project_key"],
    columns: &[
        ("listed_at", Take),
        ("theirs", Take),
        ("ours", Take),
        ("missing", Take),
        ("extra", Take),
        ("verdict", Take),
    ],
    only_if: None,
};

const WALK: Table =
    Table { name: "project_walk", key: &["project_key"], columns: &[("walked_at", Take)], only_if: None };

impl Store {
    /// Visits id and key of every live issue of a project, ordered by id.
    pub async fn live_ids(
        &self,
        integration: &IntegrationId,
        project_key: &str,
        mut visit: impl FnMut(&str, &str) + Send,
    ) -> Result<(), StoreError> {
        let no = self.no(integration).await?;
        let mut after = String::new();
        loop {
            let rows = self
                .db
                .fetch(
                    "SELECT id, key FROM issue WHERE integration_no = $1 AND project_key = $2 \
                     AND id > $3 AND state = 'live' ORDER BY id LIMIT 5000",
                    values![no, project_key, &*after],
                )
                .await?;
            for row in &rows {
                visit(row.text(0)?, row.text(1)?);
            }
            match rows.last() {
                Some(last) if rows.len() == PAGE => last.text(0)?.clone_into(&mut after),
                _ => return Ok(()),
            }
        }
    }

    /// Live issues that show one of these keys: as the other end of a link, as their parent or as their epic.
    pub async fn issues_showing(
        &self,
        integration: &IntegrationId,
        keys: &[String],
    ) -> Result<Vec<IssueId>, StoreError> {
        const QUERIES: [&str; 2] = [
            "SELECT id FROM issue WHERE integration_no = $1 AND state = 'live' \
             AND (parent_key IN ({keys}) OR epic_key IN ({keys}))",
            "SELECT i.id FROM issue_link l JOIN issue i ON i.integration_no = l.integration_no AND i.no = l.issue_no \
             WHERE l.integration_no = $1 AND i.state = 'live' AND l.other_key IN ({keys})",
        ];
        let no = self.no(integration).await?;
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let mut tx = self.db.begin().await?;
        let mut ids = BTreeSet::new();
        for query in QUERIES {
            for row in for_keys(&mut tx, query, no, &keys).await? {
                ids.insert(row.text(0)?.to_owned());
            }
        }
        Ok(ids.iter().map(|id| IssueId::from(id.as_str())).collect())
    }

    /// Live issues that show, by a link, as their parent or as their epic, a key that no issue has of which we know that it is
    /// there: each with such a key. What it stands for is gone, or was never read.
    pub async fn issues_showing_nobody(
        &self,
        integration: &IntegrationId,
    ) -> Result<Vec<(IssueId, String)>, StoreError> {
        let no = self.no(integration).await?;
        let mut tx = self.db.begin().await?;
        let query = format!(
            "SELECT DISTINCT shown.id, shown.key FROM ( \
               SELECT i.id AS id, l.other_key AS key FROM issue_link l \
               JOIN issue i ON i.integration_no = l.integration_no AND i.no = l.issue_no \
               WHERE l.integration_no = $1 AND i.state = 'live' \
               UNION ALL SELECT id, parent_key FROM issue \
               WHERE integration_no = $1 AND state = 'live' AND parent_key IS NOT NULL \
               UNION ALL SELECT id, epic_key FROM issue \
               WHERE integration_no = $1 AND state = 'live' AND epic_key IS NOT NULL \
             ) shown LEFT JOIN ( \
               SELECT DISTINCT k.key AS key FROM issue_key k \
               JOIN issue j ON j.integration_no = k.integration_no AND j.no = k.issue_no \
               WHERE k.integration_no = $1 AND j.state IN ('live', 'out_of_scope', 'removed') \
             ) held ON held.key = shown.key{} WHERE held.key IS NULL",
            tx.dialect().by_bytes()
        );
        let rows = tx.fetch(sql(query), values![no]).await?;
        tx.commit().await?;
        rows.iter().map(|row| Ok((IssueId::from(row.text(0)?), row.text(1)?.to_owned()))).collect()
    }

    /// Issues out of the scope that live ones show, by a link, as their parent or as their epic: each with its key.
    pub async fn shown_out_of_scope(
        &self,
        integration: &IntegrationId,
    ) -> Result<Vec<(IssueId, String)>, StoreError> {
        const QUERY: &str = "SELECT j.id, j.key FROM issue j WHERE j.integration_no = $1 AND j.state = 'out_of_scope' \
            AND j.key IN ( \
              SELECT l.other_key FROM issue_link l \
              JOIN issue i ON i.integration_no = l.integration_no AND i.no = l.issue_no \
              WHERE l.integration_no = $1 AND i.state = 'live' \
              UNION ALL SELECT parent_key FROM issue \
              WHERE integration_no = $1 AND state = 'live' AND parent_key IS NOT NULL \
              UNION ALL SELECT epic_key FROM issue \
              WHERE integration_no = $1 AND state = 'live' AND epic_key IS NOT NULL) ORDER BY j.id";
        let rows = self.db.fetch(QUERY, values![self.no(integration).await?]).await?;
        rows.iter().map(|row| Ok((IssueId::from(row.text(0)?), row.text(1)?.to_owned()))).collect()
    }

    /// Keys of the projects that live issues are in.
    pub async fn project_keys(&self, integration: &IntegrationId) -> Result<Vec<String>, StoreError> {
        let rows = self
            .db
            .fetch(
                "SELECT DISTINCT project_key FROM issue WHERE integration_no = $1 AND state = 'live' ORDER BY project_key",
                values![self.no(integration).await?],
            )
            .await?;
        rows.iter().map(|row| row.text(0).map(str::to_owned)).collect()
    }

    /// When everything was compared last: by a census that came to its end, or by the first run that did. One that seems to
    /// lie in the future was dated by a clock that was wrong, and does not count.
    pub async fn last_census(&self, integration: &IntegrationId) -> Result<Option<Millis>, StoreError> {
        const COMPARED: &str = "SELECT max(started_at) FROM run WHERE integration_no = $1 \
            AND reason IN ('verify', 'census') AND result IN ('success', 'partial') AND started_at <= $2";
        const FIRST: &str = "SELECT min(ended_at) FROM run WHERE integration_no = $1 \
            AND reason NOT IN ('verify', 'census') AND result IN ('success', 'partial') AND ended_at <= $2";
        let no = self.no(integration).await?;
        for query in [COMPARED, FIRST] {
            let row = self.db.first(query, values![no, self.now()]).await?;
            if let Some(at) = row.map(|row| row.maybe_int(0)).transpose()?.flatten() {
                return Ok(Some(Millis(at)));
            }
        }
        Ok(None)
    }

    /// How many rows of each kind an integration has; of issues, the live ones.
    pub async fn counts(&self, integration: &IntegrationId) -> Result<BTreeMap<Kind, u64>, StoreError> {
        let no = self.no(integration).await?;
        let mut counts = BTreeMap::new();
        for kind in Kind::ALL {
            let row = self.db.first(count_query(kind), values![no]).await?;
            counts.insert(kind, row.map_or(Ok(0), |row| row.count(0))?);
        }
        Ok(counts)
    }

    /// Notes that every project that the site shows, and that was read from end to end before, was looked through for changes.
    ///
    /// # Errors
    /// `run.busy` without the lease.
    pub async fn mark_looked_through(&self, lease: &Lease, at: Millis) -> Result<(), StoreError> {
        let no = self.no(lease.integration()).await?;
        let mut tx = self.db.begin().await?;
        leases::check(&mut tx, lease).await?;
        let mark = "UPDATE project_walk SET looked_through_at = $1 WHERE integration_no = $2 AND project_key IN \
            (SELECT p.key FROM project p WHERE p.integration_no = $2 AND p.state = 'live')";
        tx.execute(sql(mark), values![at.0, no]).await?;
        tx.commit().await
    }

    /// Notes that every issue of these projects was seen at `at`.
    ///
    /// # Errors
    /// `run.busy` without the lease.
    pub async fn mark_walked(
        &self,
        lease: &Lease,
        project_keys: &[String],
        at: Millis,
    ) -> Result<(), StoreError> {
        let no = self.no(lease.integration()).await?;
        let keys = keep_last(project_keys.iter().collect(), |key| key.as_str());
        let rows: Vec<WalkRow> = keys.into_iter().map(|key| WalkRow(key, at)).collect();
        let mut tx = self.db.begin().await?;
        leases::check(&mut tx, lease).await?;
        Bulk::new(no).upsert(&mut tx, &WALK, &rows).await?;
        tx.commit().await
    }

    /// Keeps the certificates of a run.
    ///
    /// # Errors
    /// `run.busy` without the lease.
    pub async fn certify(
        &self,
        lease: &Lease,
        run: &RunId,
        certificates: &[Certificate],
    ) -> Result<(), StoreError> {
        let no = self.no(lease.integration()).await?;
        let rows =
            keep_last(certificates.iter().collect(), |certificate: &&Certificate| &*certificate.project_key)
                .into_iter()
                .map(|certificate| CertificateRow::of(run, certificate))
                .collect::<Result<Vec<_>, _>>()?;
        let mut tx = self.db.begin().await?;
        leases::check(&mut tx, lease).await?;
        Bulk::new(no).upsert(&mut tx, &CERTIFICATE, &rows).await?;
        tx.commit().await
    }
}

struct WalkRow<'a>(&'a str, Millis);

impl Record for WalkRow<'_> {
    fn bind(&self, to: &mut impl Bind) {
        to.text(self.0);
        to.int(self.1.0);
    }
}

struct CertificateRow<'a> {
    run: String,
    certificate: &'a Certificate,
    missing: String,
    extra: String,
}

impl<'a> CertificateRow<'a> {
    fn of(run: &RunId, certificate: &'a Certificate) -> Result<Self, StoreError> {
        let list = |names: &Vec<String>| {
            serde_json::to_string(names)
                .map_err(|error| StoreError::bug(format!("A list has no JSON: {error}")))
        };
        Ok(Self {
            run: run.to_string(),
            certificate,
            missing: list(&certificate.missing)?,
            extra: list(&certificate.extra)?,
        })
    }
}

impl Record for CertificateRow<'_> {
    fn bind(&self, to: &mut impl Bind) {
        to.text(self.run.as_str());
        to.text(self.certificate.project_key.as_str());
        to.int(self.certificate.at.0);
        to.int(self.certificate.theirs);
        to.int(self.certificate.ours);
        to.text(self.missing.as_str());
        to.text(self.extra.as_str());
        to.text(self.certificate.verdict.as_str());
    }
}

fn count_query(kind: Kind) -> &'static str {
    macro_rules! count {
        ($table:literal) => {
            concat!("SELECT count(*) FROM ", $table, " WHERE integration_no = $1")
        };
    }
    match kind {
        Kind::Issues => "SELECT count(*) FROM issue WHERE integration_no = $1 AND state = 'live'",
        Kind::IssueKeys => count!("issue_key"),
        Kind::IssueChanges => count!("issue_change"),
        Kind::IssueComments => count!("issue_comment"),
        Kind::IssueWorklogs => count!("issue_worklog"),
        Kind::IssueLinks => count!("issue_link"),
        Kind::IssueSprints => count!("issue_sprint"),
        Kind::IssueCases => count!("issue_case"),
        Kind::Projects => count!("project"),
        Kind::Boards => count!("board"),
        Kind::Sprints => count!("sprint"),
        Kind::Versions => count!("version"),
        Kind::Components => count!("component"),
        Kind::Statuses => count!("status"),
        Kind::IssueTypes => count!("issue_type"),
        Kind::Priorities => count!("priority"),
        Kind::Resolutions => count!("resolution"),
        Kind::Fields => count!("field"),
        Kind::People => count!("person"),
    }
}
