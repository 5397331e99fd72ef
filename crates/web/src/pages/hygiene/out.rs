//! The issues behind a number, taken along: as a file for a spreadsheet, as keys, and as searches in Jira.

use crate::{
    api::hygiene::{found, issues::IssuesQuery, when},
    app::App,
    auth::principal::Caller,
    http::{
        Problem,
        body::query,
        extract::{Params, Segments},
    },
    pages::spreadsheet,
};
use axum::{extract::State, response::Response};
use std::sync::Arc;
use weir_ingest::hygiene::{self, Behind, Question, RuleId, When};
use weir_model::{Integration, Millis};
use weir_store::{IssueHead, Store, StoreError};

/// Issues that are read at a time.
pub(super) const AT_A_TIME: usize = 500;

/// Longest address that is given to a browser to open: some proxies in between take no longer ones.
pub(super) const LONGEST_ADDRESS: usize = 2_000;

/// What stands over the columns: those of a file that a command writes.
pub(super) const HEAD: &str = "key,summary,type,status,assignee,created_at,updated_at,misses,names,why,url";

/// Searches for these keys in Jira, each in an address of bounded length, with how many of the keys it has.
pub(super) fn searches(site: &str, keys: &[&str]) -> Vec<(String, usize)> {
    let address = |keys: &[&str]| {
        let jql = format!("key in ({})", keys.join(", "));
        format!("{}/issues/?{}", site.trim_end_matches('/'), query(&[("jql", &jql)]))
    };
    let mut searches = vec![];
    let mut rest = keys;
    while !rest.is_empty() {
        let fits = |some: &usize| address(&rest[..*some]).len() <= LONGEST_ADDRESS;
        // One key at least: a site with an address as long as that has nothing shorter.
        let some = (1..=rest.len()).rev().find(fits).unwrap_or(1);
        searches.push((address(&rest[..some]), some));
        rest = &rest[some..];
    }
    searches
}

/// What a file is made of.
struct Asked {
    store: Store,
    integration: Integration,
    question: Question,
    rule: Option<RuleId>,
    when: When,
}

/// `GET /integrations/{name}/hygiene/issues.csv`: all of them, whatever page is shown.
pub(in crate::pages) async fn csv(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Params(query): Params<IssuesQuery>,
) -> Result<Response, Problem> {
    let integration = found(&app, &name).await?;
    let question = query.words().question(&app, &caller, &integration).await?;
    let rule = query.rule().map(|rule| question.rule(rule)).transpose()?.map(|rule| rule.id.clone());
    let when = when(&integration, (query.at.as_deref(), query.changed_since.as_deref()), app.now())?;
    let head = if when.is_change() { format!("change,left,{HEAD}") } else { HEAD.to_owned() };
    let asked = Arc::new(Asked { store: app.store.clone(), integration, question, rule, when });
    let next = move |after: Option<i64>| {
        let asked = Arc::clone(&asked);
        async move { lines(&asked, after.unwrap_or(0)).await }
    };
    Ok(spreadsheet::file(("issues.csv", &head), next).await?)
}

/// Lines of the issues after a number, and the number to go on after, where there may be more.
async fn lines(asked: &Asked, after: i64) -> Result<(String, Option<i64>), StoreError> {
    let Asked { store, integration, question, rule, when } = asked;
    let found =
        hygiene::issues(store, integration, (question, rule.as_ref()), (after, AT_A_TIME), *when).await?;
    let numbers: Vec<i64> = found.iter().map(|issue| issue.no).collect();
    let heads = store.issue_heads(&integration.id, &numbers).await?;
    let rows = found.iter().filter_map(|issue| Some((issue, heads.get(&issue.no)?)));
    let rows = rows.map(|(issue, head)| {
        let change = issue.change.map_or("", hygiene::Change::word).to_owned();
        let left = issue.left.map_or("", hygiene::Left::word).to_owned();
        let first = if when.is_change() { vec![change, left] } else { vec![] };
        [first, cells((question, rule.as_ref()), issue, head)].concat()
    });
    let text = spreadsheet::lines(rows)?;
    let next = numbers.last().copied().filter(|_| numbers.len() == AT_A_TIME);
    Ok((text, next))
}

/// What stands in a file about an issue.
pub(super) fn cells(
    (question, rule): (&Question, Option<&RuleId>),
    issue: &Behind,
    head: &IssueHead,
) -> Vec<String> {
    let name_of = |id: &RuleId| {
        let known = question.rules.iter().find(|rule| rule.id == *id);
        known.map_or_else(|| id.to_string(), hygiene::name_of)
    };
    let misses: Vec<String> = issue.missed.iter().map(|missed| missed.rule.to_string()).collect();
    let names: Vec<String> = issue.missed.iter().map(|missed| name_of(&missed.rule)).collect();
    let wanted = issue.missed.iter().filter(|missed| rule.is_none_or(|rule| missed.rule == *rule));
    let why: Vec<String> = wanted.map(|missed| hygiene::why(missed, &question.fields)).collect();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let time = |at: Option<Millis>| at.map(Millis::rfc3339).unwrap_or_default();
    vec![
        head.key.clone(),
        text(&head.summary),
        text(&head.kind),
        text(&head.status),
        text(&head.assignee),
        time(head.created_at),
        time(head.updated_at),
        misses.join(", "),
        names.join(", "),
        why.join("; "),
        head.url.clone(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_have_every_key_once_and_addresses_of_bounded_length() {
        let keys: Vec<String> = (1..=100).map(|no| format!("LONGPROJECTKEY-{}", 100_000 + no)).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let searches = searches("https://acme.example/jira/", &keys);
        assert!(searches.len() > 1 && searches.iter().all(|(address, _)| address.len() <= LONGEST_ADDRESS));
        assert_eq!(searches.iter().map(|(_, keys)| keys).sum::<usize>(), 100);
        for key in keys {
            assert_eq!(searches.iter().filter(|(address, _)| address.contains(key)).count(), 1, "{key}");
        }
        assert_eq!(
            super::searches("https://acme.example", &["A-1", "A-2"]),
            [("https://acme.example/issues/?jql=key+in+%28A-1%2C+A-2%29".to_owned(), 2)]
        );
        assert!(super::searches("https://acme.example", &[]).is_empty());
    }
}
