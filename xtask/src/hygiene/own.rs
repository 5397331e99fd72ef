//! Rules that somebody wrote: every comparison of every field as a rule of its own, and rules of several conditions with
//! filters, held against the plain count.

use super::{
    ask::{Condition, Filter, Scope},
    fields::{FIELDS, Field},
    judge::Judge,
    server::Server,
    site::millis,
    then::Then,
};
use crate::draw::Draw;
use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

/// Rules that an integration can have at one time.
const AT_ONE_TIME: usize = 50;

/// Rules of several conditions.
const COMBINED: usize = 40;

/// Rules of which the last days are counted too.
const OVER_TIME: usize = 6;

/// Days that they are counted over.
const DAYS: usize = 90;

/// A rule: an issue misses it when all conditions hold and all filters let it through.
#[derive(Debug)]
struct Rule {
    conditions: Vec<Condition>,
    only: Vec<Filter>,
}

impl Rule {
    fn body(&self, name: &str) -> Value {
        let conditions: Vec<Value> = self.conditions.iter().map(Condition::json).collect();
        let only: Vec<Value> = self.only.iter().map(Filter::json).collect();
        json!({ "name": name, "conditions": conditions, "only": only })
    }

    fn is_missed(&self, then: &Then<'_>) -> bool {
        self.conditions.iter().all(|condition| then.holds(condition))
            && self.only.iter().all(|filter| then.passes(filter))
    }
}

/// Asks about all of them; says how many there were.
pub(super) async fn ask(judge: &Judge, server: &mut Server, (now, draw): (i64, &mut Draw)) -> Result<usize> {
    let single = FIELDS.iter().flat_map(|field| field.conditions(&judge.site, now, draw));
    let mut rules: Vec<Rule> =
        single.map(|condition| Rule { conditions: vec![condition], only: Vec::new() }).collect();
    for _ in 0..COMBINED {
        rules.push(combined(judge, now, draw).context("no field")?);
    }
    for some in rules.chunks(AT_ONE_TIME) {
        let ids = written(server, some).await?;
        let report = server.get("report", &vec![("basis", "all".to_owned())]).await?;
        agrees(judge, &report, (&ids, some), (now_of(&report, "as_of")?, None))?;
        for id in ids {
            server.delete(&format!("rules/{id}")).await?;
        }
    }
    let asked = rules.len();
    let some: Vec<Rule> =
        (0..OVER_TIME).map(|_| rules.swap_remove(draw.range(0, rules.len() as u64) as usize)).collect();
    let ids = written(server, &some).await?;
    let parameters = vec![("basis", "all".to_owned()), ("count", DAYS.to_string())];
    let trend = server.get("trend", &parameters).await?;
    let points = trend.get("points").and_then(Value::as_array).context("no points")?;
    ensure!(points.len() == DAYS, "{} points", points.len());
    let as_of = now_of(points.last().context("no points")?, "at")?;
    for point in points {
        agrees(judge, point, (&ids, &some), (now_of(point, "at")?, Some(as_of)))?;
    }
    for id in ids {
        server.delete(&format!("rules/{id}")).await?;
    }
    Ok(asked + some.len())
}

fn combined(judge: &Judge, now: i64, draw: &mut Draw) -> Option<Rule> {
    let field = |draw: &mut Draw| draw.pick(&FIELDS).copied();
    let one = |field: Field, draw: &mut Draw| {
        let all = field.conditions(&judge.site, now, draw);
        draw.pick(&all).cloned()
    };
    let mut conditions = Vec::new();
    for _ in 0..draw.range(2, 4) {
        conditions.push(one(field(draw)?, draw)?);
    }
    let mut only = Vec::new();
    for _ in 0..draw.range(0, 3) {
        let of = field(draw)?;
        let any = (0..draw.range(1, 3)).filter_map(|_| one(of, draw)).collect();
        only.push(Filter { any, leaves_out: draw.chance(50) });
    }
    Some(Rule { conditions, only })
}

/// Ids of rules that were written down.
async fn written(server: &mut Server, rules: &[Rule]) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    for (place, rule) in rules.iter().enumerate() {
        let body = rule.body(&format!("Rule {place}"));
        let made = server.post("rules", &body).await.with_context(|| body.to_string())?;
        ids.push(made.get("id").and_then(Value::as_str).context("a rule without an id")?.to_owned());
    }
    Ok(ids)
}

fn now_of(told: &Value, name: &str) -> Result<i64> {
    millis(told.get(name).and_then(Value::as_str).with_context(|| format!("{told} has no {name}"))?)
}

/// Whether each rule has as many misses as a plain count of all issues that were there.
fn agrees(
    judge: &Judge,
    told: &Value,
    (ids, rules): (&[String], &[Rule]),
    (at, as_of): (i64, Option<i64>),
) -> Result<()> {
    let everything = Scope { basis: Some(super::ask::Basis::All), filters: Vec::new() };
    let lines = told.get("rules").and_then(Value::as_array).context("no rules")?;
    let there: Vec<Then<'_>> = judge
        .site
        .issues
        .iter()
        .map(|issue| Then { site: &judge.site, issue, at, as_of: as_of.unwrap_or(at) })
        .filter(|then| then.is_in(&everything))
        .collect();
    for (id, rule) in ids.iter().zip(rules) {
        let line = lines.iter().find(|line| line.get("rule").and_then(Value::as_str) == Some(id));
        let line = line.with_context(|| format!("{} is not told", rule.body("it")))?;
        let told = line.get("misses").and_then(Value::as_u64).context("no misses")?;
        let counted = there.iter().filter(|then| rule.is_missed(then)).count() as u64;
        ensure!(told == counted, "{} at {at}: told {told}, counted {counted}", rule.body("it"));
    }
    Ok(())
}
