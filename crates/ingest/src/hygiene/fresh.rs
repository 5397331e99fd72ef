//! Issues that newly miss a rule: they miss it at one instant and did not at an earlier one, by their history. Told apart by the
//! group that they are in at the later one.

use super::{
    Base, KnownFields, blocked, bring_up_to_date, facts::decoded, known, name_of, refusal, unfit, why,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};
use weir_metrics::{
    Field,
    columns::Chunk,
    hygiene::{Plan, Rule, RuleId, Scope, explain, groups, members},
};
use weir_model::{Integration, Message, Millis};
use weir_notify::Miss;
use weir_store::{Blobs, Store, StoreError};

/// Issues that are named of a group; the rest is counted.
pub(crate) const LISTED: usize = 20;

/// Instants at which it is looked what was missed before. Groups with yet others are looked at from the last of them before theirs.
const MOST_INSTANTS: usize = 8;

/// Between which instants.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    /// The earlier one, for groups that have none of their own.
    pub(crate) since: Millis,
    /// The earlier one of some groups.
    pub(crate) since_of: HashMap<String, Millis>,
    /// The later one.
    pub(crate) until: Millis,
}

/// An issue that newly misses rules.
#[derive(Clone, Debug)]
pub(crate) struct Newly {
    /// Its number in the store.
    pub(crate) no: i64,
    /// The rules, each with why.
    pub(crate) misses: Vec<Miss>,
}

/// Those of a group.
#[derive(Clone, Debug, Default)]
pub(crate) struct OfGroup {
    /// How many there are.
    pub(crate) issues: u64,
    /// The first of them, in the order in which they came.
    pub(crate) first: Vec<Newly>,
}

/// What is newly missing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fresh {
    /// By group.
    pub(crate) of: BTreeMap<String, OfGroup>,
    /// Issues in no group that was asked for.
    pub(crate) of_nobody: u64,
}

/// What is asked of each chunk.
#[derive(Debug)]
struct Asked {
    rules: Vec<Rule>,
    fields: KnownFields,
    now: Plan,
    before: Vec<(Millis, Plan)>,
    window: Window,
    /// The groups that are asked for, by their names in small letters; nothing for all.
    wanted: Option<BTreeMap<String, Vec<String>>>,
}

/// Issues that newly miss one of the rules that hold, by the groups of a field.
pub(crate) async fn newly_missing(
    store: &Store,
    integration: &Integration,
    base: &Base,
    (by, wanted): (&Field, Option<BTreeSet<String>>),
    window: Window,
    now: Millis,
) -> Result<Fresh, StoreError> {
    bring_up_to_date(store, integration, now).await?;
    let (_, known) = store.report_context(&integration.id).await?;
    let context = known::context(&known, &base.fields, integration);
    let types = &base.fields.types;
    let is_asked =
        |rule: &&Rule| blocked::blocked(rule, &integration.settings.exclusions, &base.fields).is_none();
    let rules: Vec<Rule> = base.rules.iter().filter(is_asked).cloned().collect();
    let refused = |error: weir_metrics::hygiene::RuleError| refusal::of_rule(&error, types);
    let plan = |at: Vec<Millis>| Plan::new(&rules, &Scope::default(), &context, at).map_err(refused);
    let mut instants: Vec<Millis> = window.since_of.values().copied().chain([window.since]).collect();
    instants.retain(|since| *since < window.until);
    instants.sort_unstable();
    instants.dedup();
    instants.truncate(MOST_INSTANTS);
    // What is active is so as of the later instant in both.
    let before = instants.into_iter().map(|since| Ok((since, plan(vec![since, window.until])?)));
    let asked = Asked {
        now: plan(vec![window.until])?.by(by.clone()).map_err(refused)?,
        before: before.collect::<Result<_, Message>>()?,
        rules: rules.clone(),
        fields: base.fields.clone(),
        window,
        wanted: wanted.map(by_small_letters),
    };
    let plans = std::iter::once(&asked.now).chain(asked.before.iter().map(|(_, plan)| plan));
    let names: BTreeSet<String> =
        plans.flat_map(|plan| plan.columns(None)).map(|column| column.to_string()).collect();
    let names: Vec<String> = names.into_iter().collect();
    let asked = Arc::new(asked);
    let mut fresh = Fresh::default();
    for chunk in store.fact_chunks(&integration.id).await? {
        let mut blobs = store.fact_columns(&integration.id, &[chunk], &names).await?;
        let Some(blobs) = blobs.remove(&chunk) else { continue };
        let (asked, so_far) = (Arc::clone(&asked), std::mem::take(&mut fresh));
        let looked = tokio::task::spawn_blocking(move || look(&asked, &blobs, so_far));
        fresh = looked.await.map_err(unfit)??;
    }
    Ok(fresh)
}

/// Values of a field in any case of letters are one group, and told to whoever asked for one of them.
fn by_small_letters(names: BTreeSet<String>) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in names {
        all.entry(name.to_lowercase()).or_default().push(name);
    }
    all
}

/// Adds what a chunk has.
fn look(asked: &Asked, blobs: &Blobs, mut fresh: Fresh) -> Result<Fresh, StoreError> {
    let chunk = decoded(blobs)?;
    let mut missed: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (place, rule) in asked.now.rules().iter().enumerate() {
        for no in members(&asked.now, &chunk, Some(rule)).map_err(unfit)? {
            missed.entry(no).or_default().push(place);
        }
    }
    let before =
        asked.before.iter().map(|(_, plan)| missed_by(plan, &chunk)).collect::<Result<Vec<_>, _>>()?;
    let numbers: Vec<i64> = missed.keys().copied().collect();
    let groups = groups(&asked.now, &chunk, &numbers).map_err(unfit)?;
    let mut named: Vec<(String, i64, Vec<usize>)> = vec![];
    for ((no, rules), groups) in missed.iter().zip(groups) {
        let newly = |since: Option<usize>| -> Vec<usize> {
            let Some(before) = since.and_then(|place| before.get(place)) else { return vec![] };
            rules.iter().copied().filter(|rule| !before[*rule].contains(no)).collect()
        };
        let wanted = |group: &Arc<str>| match &asked.wanted {
            Some(wanted) => wanted.get(&group.to_lowercase()).cloned().unwrap_or_default(),
            None => vec![group.to_string()],
        };
        let mut is_of_somebody = false;
        for group in groups.iter().flat_map(wanted) {
            is_of_somebody = true;
            let rules = newly(asked.since_of(&group));
            if rules.is_empty() {
                continue;
            }
            let of = fresh.of.entry(group.clone()).or_default();
            of.issues += 1;
            if of.issues <= LISTED as u64 {
                named.push((group, *no, rules));
            }
        }
        if !is_of_somebody && !newly(asked.place_of(asked.window.since)).is_empty() {
            fresh.of_nobody += 1;
        }
    }
    explained(asked, &chunk, named, &mut fresh)?;
    Ok(fresh)
}

/// The issues that miss each rule at the first instant of a plan.
fn missed_by(plan: &Plan, chunk: &Chunk) -> Result<Vec<HashSet<i64>>, StoreError> {
    let of = |rule: &RuleId| members(plan, chunk, Some(rule)).map(|numbers| numbers.into_iter().collect());
    plan.rules().iter().map(of).collect::<Result<_, _>>().map_err(unfit)
}

/// Adds why each of these misses its rules.
fn explained(
    asked: &Asked,
    chunk: &Chunk,
    named: Vec<(String, i64, Vec<usize>)>,
    fresh: &mut Fresh,
) -> Result<(), StoreError> {
    let numbers: Vec<i64> = named.iter().map(|(_, no, _)| *no).collect();
    let explained = explain(&asked.now, chunk, &numbers).map_err(unfit)?;
    let explained: HashMap<i64, _> = explained.into_iter().map(|one| (one.no, one.missed)).collect();
    for (group, no, rules) in named {
        let missed = explained.get(&no).map(Vec::as_slice).unwrap_or_default();
        let miss = |rule: &usize| {
            let rule = asked.rules.get(*rule)?;
            let found = missed.iter().find(|missed| missed.rule == rule.id)?;
            Some(Miss { rule: rule.id.to_string(), name: name_of(rule), why: why(found, &asked.fields) })
        };
        let misses = rules.iter().filter_map(miss).collect();
        if let Some(of) = fresh.of.get_mut(&group) {
            of.first.push(Newly { no, misses });
        }
    }
    Ok(())
}

impl Asked {
    /// Which of the earlier instants is that of a group; nothing where it has been told of everything.
    fn since_of(&self, group: &str) -> Option<usize> {
        self.place_of(self.window.since_of.get(group).copied().unwrap_or(self.window.since))
    }

    fn place_of(&self, since: Millis) -> Option<usize> {
        let instants: Vec<Millis> = self.before.iter().map(|(at, _)| *at).collect();
        place_in(&instants, since, self.window.until)
    }
}

/// The place of an instant among those that are looked at, which are in order: of one that is not among them the last before it, so
/// that nothing is lost. Nothing of one that is not before `until`.
fn place_in(instants: &[Millis], since: Millis, until: Millis) -> Option<usize> {
    if since >= until || instants.is_empty() {
        return None;
    }
    Some(instants.partition_point(|at| *at <= since).saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_was_told_at_an_instant_that_is_not_looked_at_is_told_from_the_last_before_it() {
        let place = |since| place_in(&[Millis(1), Millis(5), Millis(8)], Millis(since), Millis(10));
        assert_eq!([1, 5, 7, 8, 9].map(place), [Some(0), Some(1), Some(1), Some(2), Some(2)]);
        assert_eq!([10, 11].map(place), [None, None], "everything was told");
        assert_eq!(place_in(&[], Millis(1), Millis(10)), None);
    }
}
