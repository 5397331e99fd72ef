//! Counts at one instant.

use super::{
    bind::Bound,
    context::Known,
    evaluate::InScope,
    matcher::{Seen, see},
    plan::Plan,
    spans::hold_first,
};
use crate::{
    Day,
    columns::{Chunk, ChunkError},
};
use foldhash::fast::RandomState;
use std::{borrow::Cow, collections::HashMap, sync::Arc};
use weir_model::Millis;

/// How many issues are in scope, and how many of them miss each rule, in the order of [`Plan::rules`].
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Tally {
    /// Issues in scope.
    pub in_scope: u64,
    /// Misses of each rule.
    pub misses: Vec<u64>,
}

/// A rule that says the same of every issue in scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Warning {
    /// Every issue misses it.
    AlwaysMatches,
    /// None does.
    NeverMatches,
}

impl Tally {
    pub(super) fn of(rules: usize) -> Self {
        Self { in_scope: 0, misses: vec![0; rules] }
    }

    /// Adds the counts of other issues, by the same plan.
    pub fn merge(&mut self, other: &Self) {
        self.in_scope += other.in_scope;
        self.misses.resize(self.misses.len().max(other.misses.len()), 0);
        self.misses.iter_mut().zip(&other.misses).for_each(|(sum, more)| *sum += more);
    }

    /// Whether a rule tells issues apart; `None` where it does, or where nothing is in scope.
    pub fn warning(&self, rule: usize) -> Option<Warning> {
        match *self.misses.get(rule)? {
            _ if self.in_scope == 0 => None,
            0 => Some(Warning::NeverMatches),
            misses if misses == self.in_scope => Some(Warning::AlwaysMatches),
            _ => None,
        }
    }
}

/// Counts of all issues, and of each group.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Counts {
    /// Of all.
    pub total: Tally,
    /// Of each value of the field by which they are grouped, as it is written; of those without a value under `None`. Of lists, an
    /// issue counts for each entry, so that groups may add up to more than the total. See [`Self::together`].
    pub groups: HashMap<Option<Arc<str>>, Tally, RandomState>,
}

impl Counts {
    /// Adds the counts of other chunks, by the same plan.
    pub fn merge(&mut self, other: Self) {
        self.total.merge(&other.total);
        if self.groups.is_empty() {
            self.groups = other.groups;
            return;
        }
        for (group, tally) in other.groups {
            self.groups.entry(group).or_default().merge(&tally);
        }
    }

    /// The groups with those together that differ in the case of their letters alone, as most issues have it; of persons, which
    /// filters tell apart by exact ids, as they are.
    pub fn together(&self, plan: &Plan) -> Vec<(Option<Arc<str>>, Tally)> {
        let mut all: Vec<(&Option<Arc<str>>, &Tally)> = self.groups.iter().collect();
        all.sort_by(|(name, tally), (other_name, other)| {
            other.in_scope.cmp(&tally.in_scope).then_with(|| name.cmp(other_name))
        });
        let mut places: HashMap<Option<String>, usize, RandomState> = HashMap::default();
        let mut groups: Vec<(Option<Arc<str>>, Tally)> = vec![];
        for (name, tally) in all {
            let key = name.as_deref().map(|name| if plan.folds { folded(name) } else { name.to_owned() });
            let place = *places.entry(key).or_insert(groups.len());
            match groups.get_mut(place) {
                Some((_, group)) => group.merge(tally),
                None => groups.push((name.clone(), tally.clone())),
            }
        }
        groups
    }
}

/// A text as it is compared: in any case of letters.
fn folded(text: &str) -> String {
    text.to_lowercase()
}

/// The counts of a chunk, at the first instant of the plan.
///
/// # Errors
/// When the chunk lacks a column that the plan reads.
pub fn count(plan: &Plan, chunk: &Chunk) -> Result<Counts, ChunkError> {
    let bound = Bound::new(plan, chunk)?;
    let scope = bound.in_scope();
    let mut groups = Groups::new(plan, chunk, &scope)?;
    let mut total = Tally::of(plan.rules().len());
    for place in 0..scope.len() {
        if hold_first(scope.get(place).1) {
            total.in_scope += 1;
            groups.add(place, 0);
        }
    }
    for (rule, count) in total.misses.iter_mut().enumerate() {
        bound.misses(rule, &scope, |place, spans| {
            if hold_first(spans) {
                *count += 1;
                groups.add(place, rule + 1);
            }
        });
    }
    Ok(Counts { total, groups: groups.finish() })
}

/// The groups that each of these issues is in at the first instant of the plan, in their order: none of an issue without a
/// value, of one that is not in the chunk, and where nobody asked for groups. Of lists, an issue is in one for each entry.
///
/// # Errors
/// When the chunk lacks the column of the field.
pub fn groups(plan: &Plan, chunk: &Chunk, numbers: &[i64]) -> Result<Vec<Vec<Arc<str>>>, ChunkError> {
    let Some((field, facet)) = &plan.group else { return Ok(vec![vec![]; numbers.len()]) };
    let values = chunk.values(field)?;
    let first = plan.samples.first();
    let of = |number: &i64| {
        let mut names: Vec<Arc<str>> = vec![];
        let Ok(row) = chunk.numbers().binary_search(number) else { return names };
        let (at, before) = values.steps(row);
        let step = at.partition_point(|at| *at <= first);
        let place = before.get(step).copied().unwrap_or_else(|| values.now(row));
        let seen = see(field, *facet, values.distinct.get(place), &plan.known);
        names.extend(each_name(seen, plan).into_iter().filter_map(|name| name.as_deref().map(Arc::from)));
        names
    };
    Ok(numbers.iter().map(of).collect())
}

/// Counts of the groups of a chunk; none where nobody asked for groups.
#[derive(Debug, Default)]
struct Groups<'a> {
    names: HashMap<Option<Cow<'a, str>>, u32, RandomState>,
    /// Of each group how many issues are in scope, and how many of them miss each rule.
    counts: Vec<u64>,
    of_each: usize,
    /// For each issue in scope where its groups end.
    ends: Vec<u32>,
    of_issues: Vec<u32>,
}

impl<'a> Groups<'a> {
    fn new(plan: &'a Plan, chunk: &'a Chunk, scope: &InScope) -> Result<Self, ChunkError> {
        let Some((field, facet)) = &plan.group else { return Ok(Self::default()) };
        let values = chunk.values(field)?;
        let mut groups = Self::default();
        groups.names.reserve(values.distinct.len());
        // For each distinct value where its groups end.
        let (mut ends, mut of_values) = (Vec::with_capacity(values.distinct.len()), Vec::new());
        for value in values.distinct.iter() {
            for name in each_name(see(field, *facet, value, &plan.known), plan) {
                let next = groups.names.len() as u32;
                of_values.push(*groups.names.entry(name).or_insert(next));
            }
            ends.push(of_values.len());
        }
        groups.of_each = plan.rules().len() + 1;
        groups.counts = vec![0; groups.of_each * groups.names.len()];
        let first = plan.samples.first();
        for place in 0..scope.len() {
            let row = scope.get(place).0;
            let (at, before) = values.steps(row);
            let step = at.partition_point(|at| *at <= first);
            let value = before.get(step).copied().unwrap_or_else(|| values.now(row));
            let value = value as usize;
            let begin = value.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
            groups.of_issues.extend(&of_values[begin..ends.get(value).copied().unwrap_or(begin)]);
            groups.ends.push(groups.of_issues.len() as u32);
        }
        Ok(groups)
    }

    /// Counts an issue in scope in each of its groups.
    fn add(&mut self, place: usize, what: usize) {
        let Some(end) = self.ends.get(place) else { return };
        let begin = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        for group in &self.of_issues[begin as usize..*end as usize] {
            self.counts[*group as usize * self.of_each + what] += 1;
        }
    }

    fn finish(self) -> HashMap<Option<Arc<str>>, Tally, RandomState> {
        let tally = |group: u32| match &self.counts[group as usize * self.of_each..][..self.of_each] {
            [in_scope, misses @ ..] if *in_scope > 0 => {
                Some(Tally { in_scope: *in_scope, misses: misses.to_vec() })
            }
            _ => None,
        };
        let named = |(name, group): (&Option<Cow<'_, str>>, &u32)| {
            Some((name.as_deref().map(Arc::from), tally(*group)?))
        };
        self.names.iter().filter_map(named).collect()
    }
}

/// The groups of a value, each once. What filters take for no value is none.
fn each_name<'a>(seen: Seen<'a>, plan: &Plan) -> Vec<Option<Cow<'a, str>>> {
    let owned = |text: String| vec![Some(Cow::Owned(text))];
    match seen {
        Seen::Nothing => vec![None],
        Seen::Text(text) if text.trim().is_empty() => vec![None],
        Seen::Text(text) => vec![Some(text.into())],
        Seen::Number(number) => owned(number.to_string()),
        Seen::Day(day) => owned(day.to_string()),
        Seen::Instant(at) => vec![day_of(at, &plan.known)],
        Seen::Flag(flag) => owned(flag.to_string()),
        Seen::List(entries) if entries.len() == 0 => vec![None],
        Seen::List(entries) => {
            let mut names: Vec<Option<Cow<'a, str>>> = Vec::with_capacity(entries.len());
            let is_same =
                |one: &str, other: &str| one == other || (plan.folds && folded(one) == folded(other));
            for entry in entries.iter() {
                if !names.iter().flatten().any(|name| is_same(name, entry)) {
                    names.push(Some(entry.into()));
                }
            }
            names
        }
    }
}

fn day_of<'a>(at: Millis, known: &Known) -> Option<Cow<'a, str>> {
    Some(Day::of(at, &known.zone)?.to_string().into())
}
