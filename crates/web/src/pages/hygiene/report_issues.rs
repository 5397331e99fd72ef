//! The issues behind a number of a kept report, of all its integrations one after the other.

use super::issues::{Which, reasons};
use crate::{
    api::hygiene::{
        report_issues::{Found, ReportIssuesQuery, heads},
        reports::found,
    },
    app::App,
    auth::principal::Caller,
    http::{
        Problem,
        body::query,
        extract::{Params, Segments},
    },
    pages::{
        format::{inert, number, segment},
        shell::{Shell, rendered},
    },
};
use askama::Template;
use axum::{extract::State, response::Response};
use weir_ingest::hygiene::{self, RuleId};

#[derive(Template)]
#[template(path = "hygiene_report_issues.html")]
struct ReportIssuesPage {
    shell: Shell,
    back: String,
    report: String,
    title: String,
    total: String,
    /// The same number for each integration, where it can be searched in Jira: address, name, how many.
    parts: Vec<(String, String, String)>,
    rows: Vec<Row>,
    next: Option<String>,
    is_further: bool,
    csv: String,
}

/// An issue.
struct Row {
    key: String,
    url: String,
    integration: String,
    /// Nothing where it is left out by configuration.
    summary: Option<String>,
    kind: String,
    status: String,
    assignee: String,
    /// Names of rules, and why it misses them.
    misses: Vec<(String, String)>,
}

impl Row {
    fn new(found: &Found<'_>, rule: Option<&RuleId>) -> Self {
        let Found { integration, question, issue, head } = found;
        let name_of = |id: &RuleId| {
            let known = question.rules.iter().find(|rule| rule.id == *id);
            known.map_or_else(|| id.to_string(), hygiene::name_of)
        };
        let text = |text: &Option<String>| text.as_deref().map(inert).unwrap_or_default();
        Self {
            key: inert(&head.key),
            url: head.url.clone(),
            integration: inert(&integration.name),
            summary: head.summary.as_deref().map(inert),
            kind: text(&head.kind),
            status: text(&head.status),
            assignee: text(&head.assignee),
            misses: reasons((&issue.missed, &question.fields), name_of, |id| {
                rule.is_none_or(|rule| rule == id)
            }),
        }
    }
}

/// Where the issues of a report are that miss a rule; without one, all in scope.
pub(super) fn path(report: &str, rule: Option<&str>) -> String {
    let rule = rule.map(|rule| format!("?{}", query(&[("rule", rule)]))).unwrap_or_default();
    format!("{report}/issues{rule}")
}

/// `GET /hygiene/reports/{id}/issues`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    Params(asked): Params<ReportIssuesQuery>,
) -> Result<Response, Problem> {
    let saved = found(&app, &id).await?;
    let (window, issues) = asked.ask(&app, &id).await?;
    let rule = issues.rule.as_ref();
    let id_of_rule = rule.map(|rule| rule.id.to_string());
    let here = super::reports::path(&saved);
    let words = super::reports::words(&saved);
    let part = |part: &hygiene::ReportPart| {
        let home = format!("/integrations/{}/hygiene", segment(&part.integration.name));
        let path = Which { rule: id_of_rule.as_deref(), ..Which::default() }.path(&home, &words);
        (path, inert(&part.integration.name), number(part.total))
    };
    let found = heads(&app, &issues).await?;
    let page = window.page(found, Found::position, |found| Row::new(&found, rule.map(|rule| &rule.id)));
    let next = page.next.as_deref().map(|next| {
        let mut pairs: Vec<(&str, &str)> = id_of_rule.as_deref().map(|id| ("rule", id)).into_iter().collect();
        pairs.push(("after", next));
        format!("{here}/issues?{}", query(&pairs))
    });
    rendered(&ReportIssuesPage {
        shell: Shell::new(&app, Some(&caller), &saved.name, "/hygiene/reports"),
        back: here.clone(),
        csv: match &id_of_rule {
            Some(id) => format!("{here}/issues.csv?{}", query(&[("rule", id)])),
            None => format!("{here}/issues.csv"),
        },
        report: inert(&saved.name),
        title: rule.map_or_else(
            || "Issues in scope".to_owned(),
            |rule| format!("Issues counted as “{}”", inert(&hygiene::name_of(rule))),
        ),
        total: number(issues.total()),
        parts: issues.parts.iter().filter(|part| part.total > 0).map(part).collect(),
        rows: page.items,
        next,
        is_further: asked.after.is_some(),
    })
}
