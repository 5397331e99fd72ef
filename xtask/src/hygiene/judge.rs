//! Numbers that were answered, held against those of a count that asks of each issue and each instant anew.

use super::{
    ask::{RULES, Scope},
    server::{Parameters, Server},
    site::{Issue, Site, millis},
    then::Then,
};
use anyhow::{Context as _, Result, ensure};
use jiff::{Span, Timestamp, civil::Date};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Days of a trend.
const DAYS: usize = 90;

/// Issues on a page of those behind a number.
const PAGE: usize = 100;

/// How much two ways to add up points may differ.
const TOLERANCE: f64 = 1e-6;

/// Issues in scope, and how many of them miss each rule.
type Counts = (u64, [u64; RULES.len()]);

/// A count over a site.
#[derive(Debug)]
pub(super) struct Judge {
    pub(super) site: Site,
    /// For each instant of the past, the rules that each issue misses then, as bits. Rules do not look at the question.
    missed: HashMap<i64, Vec<u8>>,
}

impl Judge {
    pub(super) fn new(site: Site) -> Self {
        Self { site, missed: HashMap::new() }
    }

    fn then<'a>(&'a self, issue: &'a Issue, at: i64, as_of: i64) -> Then<'a> {
        Then { site: &self.site, issue, at, as_of }
    }

    fn counts(&mut self, scope: &Scope, at: i64, as_of: i64) -> Counts {
        let missed = match self.missed.remove(&at) {
            Some(missed) => missed,
            None => self.site.issues.iter().map(|issue| bits(&self.then(issue, at, as_of))).collect(),
        };
        let mut counts = (0, [0; RULES.len()]);
        for (issue, missed) in self.site.issues.iter().zip(&missed) {
            if self.then(issue, at, as_of).is_in(scope) {
                counts.0 += 1;
                for (place, count) in counts.1.iter_mut().enumerate() {
                    *count += u64::from(missed >> place & 1);
                }
            }
        }
        if at < as_of {
            self.missed.insert(at, missed);
        }
        counts
    }

    /// A report of now.
    pub(super) async fn report(&mut self, server: &mut Server, scope: &Scope) -> Result<()> {
        let parameters = scope.parameters().context("a filter that cannot be said")?;
        let report = server.get("report", &parameters).await?;
        self.told(&report, scope).with_context(|| format!("report {parameters:?}"))
    }

    /// The same, told by whomever.
    pub(super) fn told(&mut self, report: &Value, scope: &Scope) -> Result<()> {
        let at = millis(word(report, "as_of")?)?;
        self.agrees(report, scope, at, at)?;
        adds_up(report)
    }

    fn agrees(&mut self, told: &Value, scope: &Scope, at: i64, as_of: i64) -> Result<()> {
        let (told, counted) = (told_counts(told)?, self.counts(scope, at, as_of));
        ensure!(
            told == counted,
            "at {}: told {told:?}, counted {counted:?}",
            Timestamp::from_millisecond(at)?
        );
        Ok(())
    }

    /// The ends of the last 90 days, and now.
    pub(super) async fn trend(&mut self, server: &mut Server, scope: &Scope) -> Result<()> {
        let mut parameters = scope.parameters().context("a filter that cannot be said")?;
        parameters.push(("count", DAYS.to_string()));
        let trend = server.get("trend", &parameters).await?;
        let points = trend.get("points").and_then(Value::as_array).context("no points")?;
        ensure!(points.len() == DAYS, "{} points", points.len());
        let as_of = millis(word(points.last().context("no points")?, "at")?)?;
        let mut day: Date = self.site.day(as_of)?;
        for (ago, point) in points.iter().rev().enumerate() {
            ensure!(word(point, "day")? == day.to_string(), "{point} is not of {day}");
            let end = if ago == 0 { as_of } else { self.site.begin(day.tomorrow()?)? - 1 };
            ensure!(millis(word(point, "at")?)? == end, "{point} is not the end of {day}");
            self.agrees(point, scope, end, as_of).with_context(|| format!("trend {parameters:?}"))?;
            adds_up(point)?;
            day = day.yesterday()?;
        }
        Ok(())
    }

    /// The issues behind a number: exactly those, each with everything that it misses.
    pub(super) async fn issues(&self, server: &mut Server, scope: &Scope, rule: Option<&str>) -> Result<()> {
        let mut parameters = scope.parameters().context("a filter that cannot be said")?;
        parameters.extend(rule.map(|rule| ("rule", rule.to_owned())));
        parameters.push(("limit", PAGE.to_string()));
        let begun = super::site::now();
        let listed = rows(server, &parameters).await?;
        let ended = super::site::now();
        // Nobody tells at which instant each page was looked up: what is so at both ends has to be told so.
        let [first, last] = [begun, ended].map(|at| self.behind(scope, rule, at, at));
        let sure = first.iter().filter(|(key, misses)| last.get(*key) == Some(misses));
        for (key, misses) in sure {
            let told = listed.get(key).with_context(|| format!("{parameters:?}: {key} is not listed"))?;
            ensure!(told == misses, "{parameters:?}: {key} misses {misses:?}, told {told:?}");
        }
        let surplus = listed.keys().find(|key| !first.contains_key(*key) && !last.contains_key(*key));
        ensure!(surplus.is_none(), "{parameters:?}: {surplus:?} is listed");
        Ok(())
    }

    /// The issues behind a number at the end of a day, and those that came to it and left it since the end of an earlier one.
    pub(super) async fn issues_then(
        &self,
        server: &mut Server,
        (scope, rule): (&Scope, Option<&str>),
        (ago, before): (i64, i64),
    ) -> Result<()> {
        let mut parameters = scope.parameters().context("a filter that cannot be said")?;
        parameters.extend(rule.map(|rule| ("rule", rule.to_owned())));
        parameters.push(("limit", PAGE.to_string()));
        let now = super::site::now();
        let day = |ago: i64| anyhow::Ok(self.site.day(now)?.checked_sub(Span::new().try_days(ago)?)?);
        let (at, since) = (day(ago)?, day(ago + before)?);
        let at_end =
            |day: Date| anyhow::Ok(self.behind(scope, rule, self.site.begin(day.tomorrow()?)? - 1, now));
        let (then, earlier) = (at_end(at)?, at_end(since)?);
        parameters.push(("at", at.to_string()));
        let listed = rows(server, &parameters).await?;
        ensure!(listed == then, "{parameters:?}: told {listed:?}, counted {then:?}");
        parameters.push(("changed_since", since.to_string()));
        let listed = rows(server, &parameters).await?;
        let is_new = |(key, _): &(&String, _)| !earlier.contains_key(*key);
        let is_gone = |(key, _): &(&String, _)| !then.contains_key(*key);
        let changed = then.iter().filter(is_new).chain(earlier.iter().filter(is_gone));
        let changed: BTreeMap<_, _> = changed.map(|(key, misses)| (key.clone(), misses.clone())).collect();
        ensure!(listed == changed, "{parameters:?}: told {listed:?}, counted {changed:?}");
        Ok(())
    }

    fn behind(
        &self,
        scope: &Scope,
        rule: Option<&str>,
        at: i64,
        as_of: i64,
    ) -> BTreeMap<String, BTreeSet<String>> {
        let mut all = BTreeMap::new();
        for issue in &self.site.issues {
            let then = self.then(issue, at, as_of);
            let missed = bits(&then);
            let has = |wanted: &str| {
                RULES.iter().position(|rule| *rule == wanted).is_some_and(|at| missed >> at & 1 == 1)
            };
            if then.is_in(scope) && rule.is_none_or(has) {
                let key = super::site::text(&issue.row, "key").unwrap_or_default();
                all.insert(key, RULES.into_iter().filter(|rule| has(rule)).map(str::to_owned).collect());
            }
        }
        all
    }
}

fn bits(then: &Then<'_>) -> u8 {
    RULES.iter().enumerate().fold(0, |bits, (place, rule)| bits | u8::from(then.misses(rule)) << place)
}

/// Keys with the rules that they miss, from all pages.
async fn rows(server: &mut Server, parameters: &Parameters) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut all = BTreeMap::new();
    let mut after: Option<String> = None;
    loop {
        let mut parameters = parameters.clone();
        parameters.extend(after.take().map(|after| ("after", after)));
        let page = server.get("issues", &parameters).await?;
        for row in page.get("items").and_then(Value::as_array).context("a page without items")? {
            let misses = row.get("misses").and_then(Value::as_array).into_iter().flatten();
            let mut named = BTreeSet::new();
            for miss in misses {
                ensure!(!word(miss, "why")?.is_empty(), "{row} does not say why");
                named.insert(word(miss, "rule")?.to_owned());
            }
            let key = word(row, "key")?.to_owned();
            ensure!(all.insert(key, named).is_none(), "{row} is listed twice");
        }
        match page.get("next").and_then(Value::as_str) {
            Some(next) => after = Some(next.to_owned()),
            None => return Ok(all),
        }
    }
}

fn word<'a>(told: &'a Value, name: &str) -> Result<&'a str> {
    told.get(name).and_then(Value::as_str).with_context(|| format!("{told} has no {name}"))
}

fn number(told: &Value, name: &str) -> Result<u64> {
    told.get(name).and_then(Value::as_u64).with_context(|| format!("{told} has no {name}"))
}

fn told_counts(told: &Value) -> Result<Counts> {
    let lines = told.get("rules").and_then(Value::as_array).context("no rules")?;
    let mut misses = [0; RULES.len()];
    for (rule, count) in RULES.iter().zip(&mut misses) {
        let line = lines.iter().find(|line| line.get("rule").and_then(Value::as_str) == Some(rule));
        *count = number(line.with_context(|| format!("{rule} is not told"))?, "misses")?;
    }
    Ok((number(told, "in_scope")?, misses))
}

/// The score is what the rules leave of 100, each by its share and weight; without issues there is none.
fn adds_up(told: &Value) -> Result<()> {
    let in_scope = number(told, "in_scope")?;
    let score = told.get("score").and_then(Value::as_f64);
    if in_scope == 0 {
        ensure!(score.is_none(), "a score over no issues: {told}");
        return Ok(());
    }
    let mut lost = 0.0;
    for line in told.get("rules").and_then(Value::as_array).into_iter().flatten() {
        let weight = line.get("weight").and_then(Value::as_f64).context("a rule without a weight")?;
        lost += weight * number(line, "misses")? as f64 / in_scope as f64;
    }
    let score = score.with_context(|| format!("no score over {in_scope} issues"))?;
    ensure!((score - (100.0 - lost)).abs() < TOLERANCE, "a score of {score}, and {lost} points are lost");
    Ok(())
}
