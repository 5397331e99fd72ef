//! The issues behind a number: as they are, as they were at the end of a day, or those that came to it and left it since a day.

use super::{
    Question, Recent, blocked, known, name_of,
    scan::{Planned, all_columns_of, columns_of, plan, planned, scan},
    unfit,
};
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc};
use weir_metrics::{
    Day, Field,
    columns::CHUNK,
    hygiene::{Basis, Explained, Filter, Missed, Plan, RuleId, Scope, explain, members},
};
use weir_model::{HygieneFault, HygieneWords as Words, Integration, Message, Millis, PlainDate};
use weir_store::{Store, StoreError};

/// As of when issues are counted, and since when those are looked for that came or left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct When {
    at: Millis,
    since: Option<Millis>,
    /// When it is asked: what has no history is taken as it is then.
    now: Millis,
}

impl When {
    /// Those that are there now.
    pub fn now(now: Millis) -> Self {
        Self { at: now, since: None, now }
    }

    /// As of the end of a day in the zone of an integration, which of today is now; and since the end of another one, where only what
    /// came and left is asked for. Both are written as 2026-03-04; an empty one is none.
    ///
    /// # Errors
    /// `hygiene.day`, `hygiene.day_ahead`, `hygiene.day_order`.
    pub fn of(
        integration: &Integration,
        (at, since): (Option<&str>, Option<&str>),
        now: Millis,
    ) -> Result<Self, Message> {
        let zone = known::zone(integration);
        let [at, since] = [at, since].map(|day| day.filter(|day| !day.is_empty()));
        let end = |text: &str| -> Result<Millis, Message> {
            let bad = || Message::from(HygieneFault::DayForm { text: weir_model::clean(text, 40) });
            let day = PlainDate::parse(text).and_then(|_| Day::parse(text)).ok_or_else(bad)?;
            let today = Day::of(now, &zone).ok_or_else(bad)?;
            if day > today {
                return Err(HygieneFault::DayAhead { day: day.to_string() }.into());
            }
            let next = Day(day.0 + 1).begin(&zone).ok_or_else(bad)?;
            Ok(Millis(next.0 - 1).min(now))
        };
        let when = Self { at: at.map_or(Ok(now), end)?, since: since.map(end).transpose()?, now };
        match when.since.zip(since) {
            Some((begun, since)) if begun >= when.at => {
                Err(HygieneFault::DayOrder { since: since.to_owned(), at: at.unwrap_or("today").to_owned() }
                    .into())
            }
            _ => Ok(when),
        }
    }

    /// Whether only what came and left is asked for.
    pub fn is_change(&self) -> bool {
        self.since.is_some()
    }

    /// What is so today counts as today, as in a trend that ends now.
    fn instants(&self, at: Millis) -> Vec<Millis> {
        if at < self.now { vec![at, self.now] } else { vec![self.now] }
    }

    /// What is done at the later instant, where that alone takes an issue out of scope and it is asked what left.
    async fn done(
        &self,
        store: &Store,
        integration: &Integration,
        question: &Question,
    ) -> Result<Option<Plan>, StoreError> {
        if !self.is_change() || !leaves_done_ones_out(&question.scope) {
            return Ok(None);
        }
        let filters = vec![Filter::one_of(Field::StatusCategory, ["done"])];
        let scope = Scope { basis: Some(Basis::All), filters };
        let question = Question { rules: vec![], scope, by: None, ..question.clone() };
        Ok(Some(plan(store, integration, &question, self.instants(self.at)).await?))
    }

    async fn plans(
        &self,
        store: &Store,
        integration: &Integration,
        question: &Question,
    ) -> Result<Plans, StoreError> {
        let Planned { plan: at, basis } =
            planned(store, integration, question, self.instants(self.at)).await?;
        let since = match self.since {
            Some(since) => Some(Arc::new(plan(store, integration, question, self.instants(since)).await?)),
            None => None,
        };
        // Of today it is told by the instant of a count.
        let day = Some(self.at).filter(|at| *at < self.now);
        Ok(Plans { at: Arc::new(at), since, basis: format!("{basis} {day:?} {:?}", self.since) })
    }
}

/// The same question at its two instants.
struct Plans {
    at: Arc<Plan>,
    since: Option<Arc<Plan>>,
    /// All that its counts depend on but for the present instant.
    basis: String,
}

/// Which way an issue went between two days.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It counts, and did not before.
    New,
    /// It counted before, and does not any more.
    Gone,
}

impl Change {
    /// What programs read.
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Gone => "gone",
        }
    }
}

/// Why an issue does not count any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Left {
    /// It is done, and only what is not done is asked about.
    Done,
    /// It is in scope no more for another reason.
    OutOfScope,
    /// It is in scope, and misses the rule no more.
    NoMiss,
}

impl Left {
    /// What programs read.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::OutOfScope => "out_of_scope",
            Self::NoMiss => "no_miss",
        }
    }

    /// The same in words.
    pub fn said(self) -> String {
        match self {
            Self::Done => Words::LeftDone {},
            Self::OutOfScope => Words::LeftScope {},
            Self::NoMiss => Words::LeftNoMiss {},
        }
        .to_string()
    }
}

/// An issue behind a number.
#[derive(Clone, PartialEq, Debug)]
pub struct Behind {
    /// Its number.
    pub no: i64,
    /// The rules that it misses; of one that is gone, those that it missed before.
    pub missed: Vec<Missed>,
    /// Which way it went, where that is asked for.
    pub change: Option<Change>,
    /// Of one that is gone, why.
    pub left: Option<Left>,
}

/// How many issues are behind a number.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Total {
    /// All that are listed.
    pub listed: u64,
    /// Those of them that came.
    pub new: u64,
    /// Those of them that left.
    pub gone: u64,
}

/// How many issues are behind a number of a report: those that miss a rule, or all in scope; or how many came and left.
pub async fn total(
    store: &Store,
    recent: &Recent,
    integration: &Integration,
    (question, missing): (&Question, Option<&RuleId>),
    when: When,
) -> Result<Total, StoreError> {
    let mut question = question.clone();
    question.rules.retain(|rule| Some(&rule.id) == missing);
    let Plans { at, since, basis } = when.plans(store, integration, &question).await?;
    let basis = format!("{basis} {missing:?}");
    let missing = missing.cloned();
    // Of the two, the earlier one reads every column that the later one does.
    let first = since.clone().unwrap_or_else(|| Arc::clone(&at));
    let is_change = since.is_some();
    let count = move |plan: &Plan, chunk: &weir_metrics::columns::Chunk| {
        let now = members(&at, chunk, missing.as_ref())?;
        if !is_change {
            return Ok(Total { listed: now.len() as u64, ..Total::default() });
        }
        let marked = changed(&now, &members(plan, chunk, missing.as_ref())?);
        let of = |wanted| marked.values().filter(|change| **change == Some(wanted)).count() as u64;
        Ok(Total { listed: marked.len() as u64, new: of(Change::New), gone: of(Change::Gone) })
    };
    let merge = |all: Total, some: Total| Total {
        listed: all.listed + some.listed,
        new: all.new + some.new,
        gone: all.gone + some.gone,
    };
    let counting = async {
        Ok::<_, StoreError>(scan(store, integration, &first, count, merge).await?.unwrap_or_default())
    };
    let (_, total) = recent.totals.or_count(basis, when.now, counting).await?;
    Ok(*total)
}

/// The issues behind a number of a report, each with what it misses: those that miss a rule, or all in scope, or of these those that
/// came and left; at most `limit` of those after a number, in the order in which they came.
///
/// # Errors
/// `hygiene.left_out` for a rule that looks at what is left out.
pub async fn issues(
    store: &Store,
    integration: &Integration,
    (question, missing): (&Question, Option<&RuleId>),
    (after, limit): (i64, usize),
    when: When,
) -> Result<Vec<Behind>, StoreError> {
    let rule = missing.and_then(|id| question.rules.iter().find(|rule| rule.id == *id));
    let exclusions = &integration.settings.exclusions;
    if let Some((rule, found)) =
        rule.and_then(|rule| Some((rule, blocked::blocked(rule, exclusions, &question.fields)?)))
    {
        return Err(Message::from(found.fault(name_of(rule))).into());
    }
    let Plans { at, since, .. } = when.plans(store, integration, question).await?;
    let done = when.done(store, integration, question).await?;
    let mut found = vec![];
    for chunk in store.fact_chunks(&integration.id).await? {
        if found.len() >= limit || (chunk + 1) * CHUNK <= after {
            continue;
        }
        let Some(now) = counted(store, integration, chunk, (&at, missing)).await? else { continue };
        let mut marked: BTreeMap<i64, Option<Change>> = match &since {
            None => now.into_iter().map(|no| (no, None)).collect(),
            Some(since) => {
                let before = counted(store, integration, chunk, (since, missing)).await?;
                changed(&now, &before.unwrap_or_default())
            }
        };
        marked.retain(|no, _| *no > after);
        while marked.len() > limit - found.len() {
            marked.pop_last();
        }
        if marked.is_empty() {
            continue;
        }
        let Some(whole) = all_columns_of(store, integration, chunk, &at).await? else { continue };
        let of = |is_gone: bool| -> Vec<i64> {
            let wanted = marked.iter().filter(|(_, change)| (**change == Some(Change::Gone)) == is_gone);
            wanted.map(|(no, _)| *no).collect()
        };
        let mut explained = explain(&at, &whole, &of(false)).map_err(unfit)?;
        if let Some(since) = &since {
            explained.extend(explain(since, &whole, &of(true)).map_err(unfit)?);
            explained.sort_by_key(|issue| issue.no);
        }
        let (mut in_scope, mut done_ones) = (vec![], vec![]);
        if since.is_some() && missing.is_some() {
            in_scope = counted(store, integration, chunk, (&at, None)).await?.unwrap_or_default();
        }
        if let Some(done) = &done {
            done_ones = counted(store, integration, chunk, (done, None)).await?.unwrap_or_default();
        }
        let left = |no: &i64| match (in_scope.binary_search(no), done_ones.binary_search(no)) {
            (Ok(_), _) => Left::NoMiss,
            (Err(_), Ok(_)) => Left::Done,
            (Err(_), Err(_)) => Left::OutOfScope,
        };
        found.extend(explained.into_iter().map(|Explained { no, missed }| {
            let change = marked.get(&no).copied().flatten();
            let left = (change == Some(Change::Gone)).then(|| left(&no));
            Behind { no, missed, change, left }
        }));
    }
    Ok(found)
}

/// Whether an issue that is done is not in scope for that reason alone.
fn leaves_done_ones_out(scope: &Scope) -> bool {
    match &scope.basis {
        Some(Basis::Open | Basis::InProgress | Basis::Backlog) => true,
        None => scope.filters.is_empty(),
        Some(_) => false,
    }
}

/// Numbers of the issues of a chunk that a plan counts.
async fn counted(
    store: &Store,
    integration: &Integration,
    chunk: i64,
    (plan, missing): (&Plan, Option<&RuleId>),
) -> Result<Option<Vec<i64>>, StoreError> {
    let blobs = columns_of(store, integration, &[chunk], plan).await?;
    let Some(blobs) = blobs.get(&chunk) else { return Ok(None) };
    Ok(Some(members(plan, &super::facts::decoded(blobs)?, missing).map_err(unfit)?))
}

/// What is in one of two lists in order and not in the other.
fn changed(now: &[i64], before: &[i64]) -> BTreeMap<i64, Option<Change>> {
    let is_in = |list: &[i64], no: &i64| list.binary_search(no).is_ok();
    let new = now.iter().filter(|no| !is_in(before, no)).map(|no| (*no, Some(Change::New)));
    let gone = before.iter().filter(|no| !is_in(now, no)).map(|no| (*no, Some(Change::Gone)));
    new.chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_and_what_left_is_told_apart() {
        let marked: Vec<_> = changed(&[1, 3, 5], &[2, 3, 6]).into_iter().collect();
        let (new, gone) = (Some(Change::New), Some(Change::Gone));
        assert_eq!(marked, [(1, new), (2, gone), (5, new), (6, gone)]);
    }
}
