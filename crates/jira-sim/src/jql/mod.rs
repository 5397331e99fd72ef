//! A JQL evaluator for what ingesters ask: text to syntax (`parse`), syntax to a predicate for one caller (`compile`),
//! and the predicate over issues (`run`). Refuses what Jira refuses: syntax errors, unknown fields and values (an
//! invisible project is an unknown value), dates with seconds, and, where asked, queries without a restriction.

mod compile;
pub(crate) mod parse;
mod run;
mod structure;

use thiserror::Error;

use crate::render::View;
use parse::Query;

pub(crate) use structure::structure;

/// Why a query is refused; the text is what the site says.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub(crate) struct Refusal(pub(crate) String);

impl Refusal {
    pub(crate) fn new(text: impl Into<String>) -> Refusal {
        Refusal(text.into())
    }
}

/// The issues a query finds, as positions in the world, in the query's order. Searches look into the index; issues to
/// be reconciled (ascending positions) are looked at as they are.
pub(crate) fn search(view: &View<'_>, text: &str, reconcile: &[u32]) -> Result<Vec<u32>, Refusal> {
    let query = parse::query(text)?;
    if !view.world.spec.flavor.is_dc() {
        bounded(&query)?;
    }
    let mut names = Names::refused();
    let predicate = compile::compile(view, &query, &mut names)?;
    let order = compile::order(view, &query)?;
    Ok(run::run(view, &predicate, &order, reconcile))
}

/// As `search`, but names and values that are not there find nothing instead of being refused, and are told beside the
/// issues. Values of a list that are there still count.
pub(crate) fn search_leniently(view: &View<'_>, text: &str) -> Result<(Vec<u32>, Vec<String>), Refusal> {
    let query = parse::query(text)?;
    let mut names = Names::told();
    let predicate = compile::compile(view, &query, &mut names)?;
    let order = compile::order(view, &query)?;
    Ok((run::run(view, &predicate, &order, &[]), names.warnings))
}

/// What becomes of names and values that are not there.
#[derive(Debug)]
struct Names {
    strict: bool,
    warnings: Vec<String>,
}

impl Names {
    fn refused() -> Names {
        Names { strict: true, warnings: Vec::new() }
    }

    fn told() -> Names {
        Names { strict: false, warnings: Vec::new() }
    }

    /// Refuses, or only remembers to tell.
    fn unknown(&mut self, refusal: Refusal) -> Result<(), Refusal> {
        if self.strict {
            return Err(refusal);
        }
        self.warnings.push(refusal.0);
        Ok(())
    }
}

/// Checks a query without running it.
pub(crate) fn check(view: &View<'_>, query: &Query) -> Result<(), Refusal> {
    compile::compile(view, query, &mut Names::refused())?;
    compile::order(view, query)?;
    Ok(())
}

fn bounded(query: &Query) -> Result<(), Refusal> {
    match query.clause {
        Some(_) => Ok(()),
        None => Err(Refusal::new(
            "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fragments::Fragments;
    use crate::world::{World, WorldSpec};

    fn with(email: &str, check: impl Fn(&World, &dyn Fn(&str) -> Result<Vec<u32>, Refusal>)) {
        let world = World::generate(WorldSpec::sized(600));
        let fragments = Fragments::new(&world, "http://sim");
        let account = world.account(email).unwrap();
        let now = world.spec.base_ms;
        let view = View { world: &world, fragments: &fragments, account, now, indexed_at: now };
        check(&world, &|text| search(&view, text, &[]));
    }

    #[test]
    fn a_split_by_id_loses_and_doubles_nothing() {
        with("admin@sim.example", |world, find| {
            let middle = world.issues[300].id;
            let all = find("id > 0 ORDER BY id ASC").unwrap();
            let low = find(&format!("id < {middle} order by id")).unwrap();
            let high = find(&format!("id >= {middle} order by id")).unwrap();
            assert_eq!(all.len(), 600);
            assert_eq!([low, high].concat(), all);
        });
    }

    #[test]
    fn negation_leaves_out_the_empty_ones() {
        with("admin@sim.example", |_, find| {
            let all = find("id > 0").unwrap().len();
            let high = find("priority = High").unwrap().len();
            let other = find("priority not in (High)").unwrap().len();
            let none = find("priority is EMPTY").unwrap().len();
            assert!(high > 0 && none > 0);
            assert_eq!(high + other + none, all);
            assert_eq!(find("NOT priority = High").unwrap().len(), all - high);
        });
    }

    #[test]
    fn literal_dates_are_read_in_the_callers_zone_to_the_minute() {
        with("reader@sim.example", |world, find| {
            let issue = &world.issues[100];
            let zone = &world.account("reader@sim.example").unwrap().zone;
            let minute = issue.created - issue.created.rem_euclid(60_000);
            let literal = crate::time::stamp(minute, zone)[..16].replace('T', " ");
            let by_literal = find(&format!("created >= \"{literal}\" ORDER BY created")).unwrap();
            let by_epoch = find(&format!("created >= {minute} ORDER BY created")).unwrap();
            assert_eq!(by_literal, by_epoch);
            assert_eq!(by_literal.first(), Some(&100));
        });
    }

    #[test]
    fn what_jira_refuses_is_refused() {
        with("partial@sim.example", |_, find| {
            let said = |text: &str| find(text).unwrap_err().0;
            assert!(said("ORDER BY id").contains("Unbounded"));
            assert_eq!(
                said("project = BEACON"),
                "The value 'BEACON' does not exist for the field 'project'."
            );
            assert_eq!(
                said("project in (APOLLO, NOWHERE)"),
                "The value 'NOWHERE' does not exist for the field 'project'."
            );
            assert!(said("wibble = 1").contains("Field 'wibble' does not exist"));
            assert!(said("updated >= \"2026-01-01 10:00:30\"").contains("2026-01-01 10:00:30"));
            assert!(said("project = ").contains("character"));
            assert!(said("project = APOLLO AND").contains("Error in the JQL Query"));
            assert!(said("project = APOLLO ORDER BY a,b,c,d,e,f,g,h").contains('7'));
            assert!(find("project = apollo").is_ok());
        });
    }

    #[test]
    fn sprints_people_and_parents_can_be_asked_for() {
        with("admin@sim.example", |world, find| {
            assert!(!find("sprint in openSprints()").unwrap().is_empty());
            assert!(!find("project = APOLLO AND (labels in (backend, ops) OR component = API) AND statusCategory != Done").unwrap().is_empty());
            assert!(find("assignee = currentUser() OR reporter = currentUser()").is_ok());
            let epic = world.issues.iter().position(|issue| issue.parent.is_some()).unwrap();
            let parent = world.key(world.issues[epic].parent.unwrap());
            assert!(find(&format!("parent = {parent}")).unwrap().contains(&(epic as u32)));
            let keys = find(&format!("issuekey in ({parent})")).unwrap();
            assert_eq!(keys.len(), 1);
            assert!(
                !find("updated >= -400d AND updated <= now() AND resolution is not EMPTY")
                    .unwrap()
                    .is_empty()
            );
        });
    }
}
