//! What happened to integrations, in the order in which it did: runs that began and ended, and what people did. It is put together
//! from what is kept anyway.

use crate::{
    Store, StoreError, audit, db::sql, integrations::parse_id, value::values, workspaces::condition,
};
use futures::StreamExt as _;
use std::collections::HashMap;
use weir_model::{AuditEvent, IntegrationId, Millis, Reach, RunId};

/// Servers whose clocks differ by less than this write deeds in the order of their numbers.
const SKEW_MS: i64 = 60_000;

/// Where something stands in the order: what happened before it comes before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Moment {
    /// When.
    pub at: Millis,
    /// Which of those of the same millisecond: deeds come first, then runs that began, then those that ended.
    pub rank: Rank,
    /// And of these.
    pub which: Which,
}

/// What kind of thing happened.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Rank {
    /// Somebody did something.
    Deed,
    /// A run began.
    Began,
    /// A run ended.
    Ended,
}

/// Which one of its kind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Which {
    /// None: everything of its instant comes after it.
    First,
    /// The line of the audit log with this number.
    Line(i64),
    /// The run of this id.
    Run(RunId),
}

impl Moment {
    /// Before everything that happened at an instant.
    pub fn before(at: Millis) -> Self {
        Self { at, rank: Rank::Deed, which: Which::First }
    }

    /// The first id of its kind that comes after this at the same instant; `None` where none of that kind does.
    fn after_of(self, rank: Rank) -> Option<Which> {
        match self.rank.cmp(&rank) {
            std::cmp::Ordering::Less => Some(Which::First),
            std::cmp::Ordering::Equal => Some(self.which),
            std::cmp::Ordering::Greater => None,
        }
    }
}

/// Something that happened to an integration.
#[derive(Clone, Debug)]
pub struct Happening {
    /// Where it stands.
    pub moment: Moment,
    /// The integration's name.
    pub integration: String,
    /// What it was.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum What {
    /// Somebody did something.
    Deed(Box<AuditEvent>),
    /// A run began, or ended with a result and, where it did not work, a code.
    Run {
        /// Its id.
        run: RunId,
        /// What began it.
        trigger: String,
        /// What came of it; nothing of one that began.
        result: Option<String>,
        /// Why.
        error_code: Option<String>,
    },
}

impl Store {
    /// What happened to integrations within reach after a moment and before an instant, oldest first: at most `limit` of it. What
    /// stands in the audit log of several workspaces is told once.
    pub async fn happenings(
        &self,
        reach: &Reach,
        after: Moment,
        until: Millis,
        limit: u32,
    ) -> Result<Vec<Happening>, StoreError> {
        let mut all = self.runs_of(reach, Rank::Began, (after, until), limit).await?;
        all.extend(self.runs_of(reach, Rank::Ended, (after, until), limit).await?);
        all.extend(self.deeds(reach, (after, until), limit).await?);
        all.sort_by_key(|one| one.moment);
        all.truncate(limit as usize);
        Ok(all)
    }

    /// Runs that began, or ended. Runs of an integration come one after the other, so that of those which began before the moment the
    /// last one alone can have ended after it.
    async fn runs_of(
        &self,
        reach: &Reach,
        rank: Rank,
        (after, until): (Moment, Millis),
        limit: u32,
    ) -> Result<Vec<Happening>, StoreError> {
        let (at, result) = match rank {
            Rank::Ended => ("r.ended_at", "r.result, r.error_code"),
            Rank::Began | Rank::Deed => ("r.started_at", "CAST(NULL AS TEXT), CAST(NULL AS TEXT)"),
        };
        let same = match after.after_of(rank) {
            Some(_) => format!("({at} = $1 AND r.id > $2)"),
            None => "$2 <> $2".to_owned(),
        };
        let query = format!(
            "SELECT {at}, r.id, n.name, r.reason, {result} FROM integration n JOIN run r ON r.integration_no = n.no \
             AND r.started_at >= coalesce((SELECT max(x.started_at) FROM run x WHERE x.integration_no = n.no \
             AND x.started_at < $1), $1) WHERE {} AND ({at} > $1 OR {same}) AND {at} < $3 ORDER BY {at}, r.id LIMIT {limit}",
            condition(reach, "n.no")
        );
        let last = match after.after_of(rank) {
            Some(Which::Run(run)) => run.to_string(),
            _ => String::new(),
        };
        let mut found = vec![];
        for row in self.all(query, values![after.at.0, last, until.0]).await? {
            let run = parse_id(row.text(1)?)?;
            found.push(Happening {
                moment: Moment { at: Millis(row.int(0)?), rank, which: Which::Run(run) },
                integration: row.text(2)?.to_owned(),
                what: What::Run {
                    run,
                    trigger: row.text(3)?.to_owned(),
                    result: row.maybe_text(4)?.map(str::to_owned),
                    error_code: row.maybe_text(5)?.map(str::to_owned),
                },
            });
        }
        Ok(found)
    }

    async fn deeds(
        &self,
        reach: &Reach,
        (after, until): (Moment, Millis),
        limit: u32,
    ) -> Result<Vec<Happening>, StoreError> {
        let names = format!("SELECT id, name FROM integration WHERE {}", condition(reach, "no"));
        let mut within: HashMap<IntegrationId, String> = HashMap::new();
        for row in self.all(names, &[]).await? {
            within.insert(parse_id(row.text(0)?)?, row.text(1)?.to_owned());
        }
        let query = format!(
            "SELECT {} FROM audit_event a WHERE a.integration_id IS NOT NULL AND a.happened_at >= $1 AND a.happened_at < $2 \
             AND a.no > coalesce((SELECT b.no FROM audit_event b WHERE b.happened_at < $3 ORDER BY b.no DESC LIMIT 1), 0) \
             AND NOT EXISTS (SELECT 1 FROM audit_event o WHERE o.integration_id = a.integration_id AND o.no < a.no \
             AND o.request_id = a.request_id AND o.action = a.action AND o.happened_at = a.happened_at) \
             ORDER BY a.happened_at, a.no",
            audit::COLUMNS
        );
        let values = values![after.at.0, until.0, after.at.0.saturating_sub(SKEW_MS)];
        let mut rows = self.db.stream(sql(query), values);
        let mut found = vec![];
        while found.len() < limit as usize
            && let Some(row) = rows.next().await
        {
            let row = row?;
            let event = audit::read(&row)?;
            let moment = Moment { at: event.at, rank: Rank::Deed, which: Which::Line(row.int(0)?) };
            let name = event.integration.and_then(|id| within.get(&id));
            if let Some(name) = name.filter(|_| moment > after) {
                let what = What::Deed(Box::new(event));
                found.push(Happening { moment, integration: name.clone(), what });
            }
        }
        Ok(found)
    }
}
