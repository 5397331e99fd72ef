//! Answers agree with the oracle, and keep their laws.

use crate::{
    oracle::{Is, Oracle},
    questions::{instants, rules, scope},
    random::Random,
    site::{Site, chunks},
};
use proptest::prelude::*;
use std::{collections::BTreeMap, sync::Arc};
use weir_metrics::{
    Field,
    columns::{Chunk, chunk_of, encode},
    facts::{IssueFacts, Timeline},
    hygiene::{
        Basis, BuiltIn, Check, Counts, CustomRule, Filter, Mode, Operand, Operator, Plan, Reason, Rule,
        RuleId, Scope, Series, Tally, Weights, count, count_over_time, explain, groups, members, newest,
    },
};
use weir_model::{Millis, State};

fn counted(plan: &Plan, chunks: &[Chunk]) -> Counts {
    let mut all = Counts::default();
    chunks.iter().for_each(|chunk| all.merge(count(plan, chunk).unwrap()));
    all.total.misses.resize(plan.rules().len(), 0);
    all
}

fn over_time(plan: &Plan, chunks: &[Chunk]) -> Series {
    let mut all = Series::new(plan);
    chunks.iter().for_each(|chunk| all.merge(&count_over_time(plan, chunk).unwrap()));
    all
}

fn told(site: &Site, rules: &[Rule], scope: &Scope, at: Millis) -> Tally {
    let mut tally = Tally { in_scope: 0, misses: vec![0; rules.len()] };
    for oracle in site.issues.iter().map(|raw| Oracle::new(site, raw, at)) {
        if oracle.is_in_scope(scope) {
            tally.in_scope += 1;
            for (count, rule) in tally.misses.iter_mut().zip(rules) {
                *count += u64::from(oracle.misses(rule));
            }
        }
    }
    tally
}

/// A site, rules, a scope and instants.
fn question(seed: u64, issues: usize) -> (Site, Vec<Rule>, Scope, Vec<Millis>) {
    let site = Site::new(seed, issues);
    let random = &mut Random::new(!seed);
    let (rules, scope) = (rules(random, &site), scope(random, &site));
    let instants = instants(random, &site);
    (site, rules, scope, instants)
}

/// Fewer cases than usual: each is a site. `PROPTEST_CASES` asks for more. A failure names its seed, which is all of a case.
fn config() -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig { cases: asked.unwrap_or(40), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_trend_is_what_each_instant_says_anew(seed: u64) {
        let (site, rules, scope, instants) = question(seed, 40);
        let plan = Plan::new(&rules, &scope, &site.context, instants).unwrap();
        for (at, tally) in over_time(&plan, &site.chunks()).points() {
            prop_assert_eq!(tally, told(&site, &rules, &scope, at), "at {} with {:?} and {:#?}", at, scope, rules);
        }
    }

    #[test]
    fn a_rule_that_is_written_is_read_again_as_the_same(seed: u64) {
        let (site, rules, scope, _) = question(seed, 4);
        for rule in &rules {
            let Check::Custom(custom) = &rule.check else { continue };
            let text = custom.to_string();
            let read = CustomRule::read(&custom.name, &text, &site.context.types);
            prop_assert_eq!(read.as_ref(), Ok(custom), "{}", text);
        }
        for filter in &scope.filters {
            let text = filter.to_string();
            let read = Filter::read(&text, &site.context.types);
            prop_assert_eq!(read.as_ref(), Ok(filter), "{}", text);
        }
    }

    #[test]
    fn the_newest_are_those_of_the_number_that_were_created_last(seed: u64) {
        let (site, rules, scope, _) = question(seed, 40);
        let plan = Plan::new(&rules, &scope, &site.context, vec![site.as_of]).unwrap();
        let created: BTreeMap<i64, Millis> =
            site.issues.iter().filter_map(|raw| Some((raw.no, raw.issue.created_at?))).collect();
        for chunk in &site.chunks() {
            for rule in plan.rules() {
                let numbers = members(&plan, chunk, Some(rule)).unwrap();
                let dated = numbers.into_iter().filter_map(|no| Some((*created.get(&no)?, no)));
                let mut all: Vec<(Millis, i64)> = dated.collect();
                all.sort();
                all.reverse();
                all.truncate(3);
                prop_assert_eq!(newest(&plan, chunk, rule, 3).unwrap(), all);
            }
        }
    }

    #[test]
    fn a_report_is_the_trend_at_its_instant(seed: u64) {
        let (site, rules, scope, _) = question(seed, 40);
        let plan = Plan::new(&rules, &scope, &site.context, vec![site.as_of]).unwrap();
        let chunks = site.chunks();
        let counts = counted(&plan, &chunks);
        prop_assert_eq!(&counts.total, &told(&site, &rules, &scope, site.as_of));
        prop_assert_eq!(over_time(&plan, &chunks).points(), [(site.as_of, counts.total)]);
    }

    #[test]
    fn the_columns_that_a_plan_names_are_enough(seed: u64) {
        let (site, rules, scope, instants) = question(seed, 30);
        let plan = Plan::new(&rules, &scope, &site.context, instants.clone()).unwrap();
        let now = Plan::new(&rules, &scope, &site.context, vec![Millis(site.as_of.0 * 2)]).unwrap();
        for facts in site.facts().chunk_by(|a, b| chunk_of(a.no) == chunk_of(b.no)) {
            let columns = encode(facts);
            let all = Chunk::decode(columns.iter().map(|(column, blob)| (column.clone(), &**blob))).unwrap();
            for plan in [&plan, &now] {
                let named = plan.columns(all.latest());
                let some = columns.iter().filter(|(column, _)| named.contains(column));
                let some = Chunk::decode(some.map(|(column, blob)| (column.clone(), &**blob))).unwrap();
                prop_assert_eq!(count(plan, &some), count(plan, &all));
                prop_assert_eq!(count_over_time(plan, &some), count_over_time(plan, &all));
            }
        }
    }

    #[test]
    fn the_groups_of_an_issue_are_those_that_it_is_counted_in(seed: u64) {
        let (site, rules, scope, instants) = question(seed, 30);
        for field in [Field::Assignee, Field::Components, Field::Priority, Field::StatusCategory] {
            let plan = Plan::new(&rules, &scope, &site.context, instants.clone()).unwrap().by(field).unwrap();
            for chunk in site.chunks() {
                let numbers = members(&plan, &chunk, None).unwrap();
                let mut found: BTreeMap<String, u64> = BTreeMap::new();
                for name in groups(&plan, &chunk, &numbers).unwrap().into_iter().flatten() {
                    *found.entry(name.to_string()).or_default() += 1;
                }
                let counted = count(&plan, &chunk).unwrap().groups;
                let counted = counted.into_iter().filter_map(|(name, tally)| Some((name?.to_string(), tally.in_scope)));
                prop_assert_eq!(found, counted.collect::<BTreeMap<_, _>>());
            }
        }
    }

    #[test]
    fn rows_are_as_many_as_the_number_and_say_why(seed: u64) {
        let (site, rules, scope, instants) = question(seed, 30);
        let at = instants[0];
        let plan = Plan::new(&rules, &scope, &site.context, instants).unwrap();
        let tally = told(&site, &rules, &scope, at);
        let chunks = site.chunks();
        let rows = |rule: Option<&RuleId>| -> Vec<i64> {
            chunks.iter().flat_map(|chunk| members(&plan, chunk, rule).unwrap()).collect()
        };
        let in_scope = rows(None);
        prop_assert_eq!(in_scope.len() as u64, tally.in_scope);
        let explained: Vec<_> =
            chunks.iter().flat_map(|chunk| explain(&plan, chunk, &in_scope).unwrap()).collect();
        for (rule, misses) in rules.iter().zip(&tally.misses) {
            let of_rule = rows(Some(&rule.id));
            prop_assert_eq!(of_rule.len() as u64, *misses);
            let mut with_reason = Vec::new();
            for issue in &explained {
                let missed = issue.missed.iter().find(|missed| missed.rule == rule.id);
                if let Some(missed) = missed {
                    with_reason.push(issue.no);
                    prop_assert!(!missed.reasons.is_empty());
                    for reason in &missed.reasons {
                        if let Reason::Late { came: Some(came), deadline: Some(deadline), .. } = reason {
                            prop_assert!(*came <= at && (came > deadline || rule.id == RuleId::from("missed_resolution_time")));
                        }
                    }
                }
            }
            prop_assert_eq!(of_rule, with_reason);
        }
    }

    #[test]
    fn groups_are_the_reports_of_their_issues(seed: u64) {
        let (site, rules, scope, instants) = question(seed, 30);
        let at = instants[0];
        let fields =
            [Field::Project, Field::Assignee, Field::Components, Field::StatusCategory, Field::Type, Field::Priority];
        for field in fields {
            let plan = Plan::new(&rules, &scope, &site.context, instants.clone()).unwrap().by(field.clone()).unwrap();
            let mut expected: BTreeMap<Option<Arc<str>>, Tally> = BTreeMap::new();
            for oracle in site.issues.iter().map(|raw| Oracle::new(&site, raw, at)) {
                if !oracle.is_in_scope(&scope) {
                    continue;
                }
                let folded = |text: String| match field {
                    Field::Assignee => text,
                    _ => text.to_lowercase(),
                };
                let mut names: Vec<Option<Arc<str>>> = match oracle.value(&field) {
                    Is::Nothing => vec![None],
                    Is::Text(text) if text.trim().is_empty() => vec![None],
                    Is::Text(text) => vec![Some(folded(text).into())],
                    Is::Number(number) => vec![Some(number.to_string().into())],
                    Is::List(entries) if entries.is_empty() => vec![None],
                    Is::List(entries) => entries.into_iter().map(|entry| Some(folded(entry).into())).collect(),
                    other => panic!("{other:?}"),
                };
                names.sort();
                names.dedup();
                for name in names {
                    let misses = rules.iter().map(|rule| u64::from(oracle.misses(rule))).collect();
                    expected.entry(name).or_default().merge(&Tally { in_scope: 1, misses });
                }
            }
            let told = counted(&plan, &site.chunks()).together(&plan);
            let known = told.len();
            let in_small_letters = |name: Arc<str>| match field {
                Field::Assignee => name,
                _ => Arc::from(name.to_lowercase()),
            };
            let groups: BTreeMap<_, _> =
                told.into_iter().map(|(name, tally)| (name.map(in_small_letters), tally)).collect();
            prop_assert_eq!(groups.len(), known, "one group twice by {}", field);
            prop_assert_eq!(groups, expected, "by {}", field);
        }
    }

    #[test]
    fn a_group_is_what_a_filter_on_its_value_finds(seed: u64) {
        let (site, rules, mut scope, instants) = question(seed, 30);
        if scope.basis.is_none() && scope.filters.is_empty() {
            scope.basis = Some(Basis::Open);
        }
        let fields = [Field::Priority, Field::Components, Field::Assignee, Field::Resolved, Field::DueDate, Field::Summary];
        for field in fields {
            let plan = |scope: &Scope| Plan::new(&rules, scope, &site.context, instants.clone()).unwrap();
            let by = plan(&scope).by(field.clone()).unwrap();
            for (name, tally) in counted(&by, &site.chunks()).together(&by) {
                let any = match &name {
                    None => Operator::Missing,
                    Some(name) => Operator::Equals(Operand::Text(name.to_string())),
                };
                let mut narrower = scope.clone();
                narrower.filters.push(Filter { field: field.clone(), mode: Mode::Include, any: vec![any] });
                prop_assert_eq!(counted(&plan(&narrower), &site.chunks()).total, tally, "{}={:?}", field, name);
            }
        }
    }

    #[test]
    fn neither_chunks_nor_their_order_make_a_difference(seed: u64) {
        let (site, rules, scope, instants) = question(seed, 30);
        let plan = Plan::new(&rules, &scope, &site.context, instants).unwrap().by(Field::Priority).unwrap();
        let together = site.chunks();
        let mut apart: Vec<Chunk> =
            site.facts().iter().flat_map(|facts| chunks(std::slice::from_ref(facts))).collect();
        apart.reverse();
        prop_assert_eq!(counted(&plan, &together), counted(&plan, &apart));
        prop_assert_eq!(over_time(&plan, &together), over_time(&plan, &apart));
        let half = apart.len() / 2;
        let mut left = counted(&plan, &apart[..half]);
        left.merge(counted(&plan, &apart[half..]));
        prop_assert_eq!(left, counted(&plan, &apart));
    }

    #[test]
    fn scores_keep_their_bounds_and_know_no_order(seed: u64) {
        let (site, mut rules, scope, instants) = question(seed, 20);
        let random = &mut Random::new(seed ^ 7);
        let mut points: Vec<f64> = rules.iter().map(|_| random.below(4) as f64).collect();
        let rest = 100.0 - points.iter().skip(1).sum::<f64>();
        points[0] = rest;
        let weights = Weights::new(rules.iter().map(|rule| rule.id.clone()).zip(points)).unwrap();
        let score = |rules: &[Rule]| {
            let plan = Plan::new(rules, &scope, &site.context, instants.clone()).unwrap();
            let counts = counted(&plan, &site.chunks());
            (weights.score(plan.rules(), &counts.total).unwrap().score, counts.total.in_scope)
        };
        let (first, in_scope) = score(&rules);
        prop_assert_eq!(first.is_none(), in_scope == 0);
        prop_assert!(first.is_none_or(|score| (0.0..=100.0).contains(&score)));
        rules.reverse();
        prop_assert_eq!(score(&rules).0, first);
    }

    #[test]
    fn rules_scopes_and_weights_are_read_as_they_are_written(seed: u64) {
        let (_, rules, scope, _) = question(seed, 1);
        let json = serde_json::to_string(&rules).unwrap();
        prop_assert_eq!(serde_json::from_str::<Vec<Rule>>(&json).unwrap(), rules, "{}", json);
        let json = serde_json::to_string(&scope).unwrap();
        prop_assert_eq!(serde_json::from_str::<Scope>(&json).unwrap(), scope, "{}", json);
    }
}

/// An issue that misses none of the built-in rules at `at`.
fn clean(no: i64, at: Millis) -> IssueFacts {
    let value = |value| Timeline { now: Some(value), steps: Vec::new() };
    let mut fields: BTreeMap<Field, Timeline> =
        Field::standard().filter(Field::is_kept).map(|field| (field, Timeline::default())).collect();
    fields.insert(Field::Description, value(weir_metrics::Value::Number(99.0)));
    fields.insert(Field::DueDate, value(weir_metrics::Value::Day(weir_metrics::Day(0))));
    fields.insert(Field::Assignee, value(weir_metrics::Value::text("ann")));
    fields.insert(Field::Components, value(weir_metrics::Value::list(["api"])));
    IssueFacts {
        no,
        state: State::Live,
        created: Some(at),
        updated: Some(at),
        touched: vec![at],
        comments: Vec::new(),
        first_status_change: None,
        first_comment: None,
        first_assignment: None,
        fields,
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_clean_issue_never_lowers_the_score(seed: u64) {
        let site = Site::new(seed, 20);
        let rules = BuiltIn::ALL.map(BuiltIn::by_default);
        let plan = Plan::new(&rules, &Scope::default(), &site.context, vec![site.as_of]).unwrap();
        let score = |facts: &[IssueFacts]| {
            let counts = counted(&plan, &chunks(facts));
            Weights::default().score(plan.rules(), &counts.total).unwrap().score
        };
        let mut facts = site.facts();
        let before = score(&facts);
        facts.push(clean(facts.last().unwrap().no + 1, site.as_of));
        let after = score(&facts).unwrap();
        prop_assert!(before.is_none_or(|before| before <= after), "{:?} and then {}", before, after);
    }
}

#[test]
fn chunks_may_be_counted_side_by_side() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Plan>();
    is_shared::<Chunk>();
    is_shared::<Counts>();
    is_shared::<Series>();
}

#[test]
fn a_rule_that_says_the_same_of_every_issue_is_warned_of() {
    let site = Site::new(1, 50);
    let rule = |id: &str, operator: weir_metrics::hygiene::Operator| Rule {
        id: RuleId::from(id),
        check: Check::Custom(CustomRule {
            name: id.into(),
            conditions: vec![weir_metrics::hygiene::Condition { field: Field::AgeDays, operator }],
            only: Vec::new(),
        }),
    };
    use weir_metrics::hygiene::Warning;
    let rules = [
        rule("never", Operator::GreaterThan(Operand::Number(9_000.0))),
        rule("sometimes", Operator::GreaterThan(Operand::Number(30.0))),
    ];
    let scope = Scope { basis: Some(weir_metrics::hygiene::Basis::All), filters: Vec::new() };
    let plan = Plan::new(&rules, &scope, &site.context, vec![site.as_of]).unwrap();
    let tally = counted(&plan, &site.chunks()).total;
    assert_eq!([tally.warning(0), tally.warning(1)], [Some(Warning::NeverMatches), None]);
    assert_eq!(Tally { in_scope: 2, misses: vec![2] }.warning(0), Some(Warning::AlwaysMatches));
    assert_eq!(Tally { in_scope: 0, misses: vec![0] }.warning(0), None);
}
