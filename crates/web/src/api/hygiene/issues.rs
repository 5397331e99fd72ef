//! The issues behind a number.

use super::{found, when};
use crate::{
    app::App,
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Params, Segments},
        paging::{Page, Window},
        words::day_or_empty,
    },
};
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use weir_ingest::hygiene::{self, Behind, Change, Left};
use weir_model::Millis;
use weir_store::IssueHead;

super::question!(
    /// Which page of which issues.
    IssuesQuery {
        /// Those that miss this rule, by its id or name; without it all in scope.
        #[param(pattern = "^[^\\x00]*$")]
        rule: String,
        /// As it was at the end of this day, in the time zone of the integration; without it as it is now. What stands of each
        /// issue besides what it misses is as it is now.
        #[param(schema_with = day_or_empty)]
        at: String,
        /// Only those that came to the number or left it since the end of this day.
        #[param(schema_with = day_or_empty)]
        changed_since: String,
        /// At most this many.
        #[param(minimum = 1, maximum = 100)]
        limit: u32,
        /// `next` of the page before.
        #[param(pattern = "^([0-9a-f]{2})+$")]
        after: String,
    }
);

impl IssuesQuery {
    /// The rule that is asked for; nothing where its parameter is empty.
    pub(crate) fn rule(&self) -> Option<&str> {
        self.rule.as_deref().filter(|rule| !rule.is_empty())
    }
}

/// An issue behind a number.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HygieneRow {
    id: String,
    key: String,
    /// Nothing where summaries are excluded.
    summary: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    status: Option<String>,
    assignee: Option<String>,
    created_at: Option<String>,
    updated_at: Option<String>,
    url: String,
    /// What it misses; of one that is gone, what it missed before.
    misses: Vec<Miss>,
    /// Which way it went, where that is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    change: Option<ChangeWord>,
    /// Of one that is gone, why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    left: Option<LeftWord>,
}

/// Why an issue does not count any more.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum LeftWord {
    /// It is done, and only what is not done is asked about.
    Done,
    /// It is in scope no more for another reason.
    OutOfScope,
    /// It is in scope, and misses the rule no more.
    NoMiss,
}

/// Which way an issue went.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ChangeWord {
    /// It counts, and did not before.
    New,
    /// It counted before, and does not any more.
    Gone,
}

/// A rule that an issue misses.
#[derive(Debug, Serialize, ToSchema)]
struct Miss {
    rule: String,
    /// Why, as a sentence.
    why: String,
}

impl HygieneRow {
    pub(super) fn new(issue: &Behind, head: &IssueHead, fields: &hygiene::KnownFields) -> Self {
        let miss = |missed: &weir_ingest::hygiene::Missed| Miss {
            rule: missed.rule.to_string(),
            why: hygiene::why(missed, fields),
        };
        Self {
            id: head.id.clone(),
            key: head.key.clone(),
            summary: head.summary.clone(),
            kind: head.kind.clone(),
            status: head.status.clone(),
            assignee: head.assignee.clone(),
            created_at: head.created_at.map(Millis::rfc3339),
            updated_at: head.updated_at.map(Millis::rfc3339),
            url: head.url.clone(),
            misses: issue.missed.iter().map(miss).collect(),
            change: issue.change.map(|change| match change {
                Change::New => ChangeWord::New,
                Change::Gone => ChangeWord::Gone,
            }),
            left: issue.left.map(|left| match left {
                Left::Done => LeftWord::Done,
                Left::OutOfScope => LeftWord::OutOfScope,
                Left::NoMiss => LeftWord::NoMiss,
            }),
        }
    }
}

/// The issues behind a number
#[utoipa::path(get, path = "/api/v1/integrations/{name}/hygiene/issues", tag = "hygiene",
    params(("name" = String, Path, description = "Its name"), IssuesQuery),
    responses((status = 200, description = "A page, in the order in which they came", body = Page<HygieneRow>)))]
pub(in crate::api) async fn list_hygiene_issues(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Params(query): Params<IssuesQuery>,
) -> Result<Page<HygieneRow>, Problem> {
    let window = Window::new(query.limit, query.after.as_deref())?;
    let after: i64 = window.after_as()?.unwrap_or(0);
    let integration = found(&app, &name).await?;
    let question = query.words().question(&app, &caller, &integration).await?;
    let rule = query.rule().map(|rule| question.rule(rule)).transpose()?.map(|rule| &rule.id);
    let when = when(&integration, (query.at.as_deref(), query.changed_since.as_deref()), app.now())?;
    let wanted = (after, window.wanted() as usize);
    let found = hygiene::issues(&app.store, &integration, (&question, rule), wanted, when).await?;
    let numbers: Vec<i64> = found.iter().map(|issue| issue.no).collect();
    let heads = app.store.issue_heads(&integration.id, &numbers).await?;
    let rows: Vec<_> =
        found.iter().filter_map(|issue| Some((issue.no, issue, heads.get(&issue.no)?))).collect();
    Ok(window.page(
        rows,
        |(no, ..)| no.to_string(),
        |(_, issue, head)| HygieneRow::new(issue, head, &question.fields),
    ))
}
