//! The audit log: who did what, with filters, and as a file.

use super::{
    super::{
        format,
        shell::{Shell, rendered},
        spreadsheet::lines,
    },
    Tab, frame,
};
use crate::{
    api::audit::AuditQuery,
    app::App,
    audit::who,
    auth::{
        policy::{self, Action},
        principal::Caller,
    },
    http::{Problem, body::query, extract::Params, paging::Window},
};
use askama::Template;
use axum::{
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
};
use futures::stream;
use serde_json::json;
use weir_model::AuditEvent;
use weir_store::StoreError;

/// Lines that are read from the store at a time.
const AT_A_TIME: u32 = 1_000;

/// First parts of what is done, to choose from.
const ACTIONS: &[(&str, &str)] = &[
    ("session", "Signing in and out"),
    ("user", "People"),
    ("member", "Members"),
    ("workspace", "Workspaces"),
    ("key", "API keys"),
    ("integration", "Integrations"),
    ("field", "Custom fields"),
    ("run", "Runs"),
    ("hygiene_rule", "Rules of hygiene"),
    ("hygiene_settings", "Settings of hygiene"),
    ("hygiene_report", "Reports of hygiene"),
    ("nudge", "Nudges"),
    ("notification", "Notifications"),
    ("master_key", "Master key"),
    ("backup", "Backups"),
];

/// What came of it, to choose from.
const OUTCOMES: &[(&str, &str)] = &[("done", "Done"), ("refused", "Refused"), ("failed", "Failed")];

#[derive(Template)]
#[template(path = "settings/audit.html")]
struct AuditPage {
    shell: Shell,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    next: Option<String>,
    actions: Vec<(&'static str, &'static str, bool)>,
    outcomes: Vec<(&'static str, &'static str, bool)>,
    actor: String,
    since: String,
    until: String,
    is_filtered: bool,
    csv: String,
    jsonl: String,
}

/// A line.
struct Row {
    at: String,
    at_exact: String,
    actor: String,
    kind: &'static str,
    action: String,
    subject: String,
    outcome: &'static str,
    is_refused: bool,
    address: String,
    detail: String,
}

impl From<AuditEvent> for Row {
    fn from(event: AuditEvent) -> Self {
        let said = event.detail.iter().filter(|(_, value)| !value.is_empty());
        let detail = said.map(|(name, value)| format!("{name}: {value}"));
        let (actor, kind) = who(&event.actor_kind, &event.actor);
        Self {
            at: format::moment(event.at),
            at_exact: event.at.rfc3339(),
            kind,
            outcome: match event.outcome.as_str() {
                "done" => "Done",
                "refused" => "Refused",
                _ => "Failed",
            },
            is_refused: event.outcome != "done",
            detail: format::inert(&detail.collect::<Vec<_>>().join(", ")),
            actor,
            action: event.action,
            subject: format::inert(&event.subject),
            address: event.address,
        }
    }
}

/// `GET /settings/audit`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Params(asked): Params<AuditQuery>,
) -> Result<Response, Problem> {
    let window = Window::new(asked.limit.or(Some(50)), asked.after.as_deref())?;
    let filter = asked.filter()?;
    let reach = policy::reach(&caller.principal, Action::ReadAudit);
    let found = app.store.audit_events(&reach, &filter, window.after_as()?, window.wanted()).await?;
    let found = window.page(found, |(no, _)| no.to_string(), |(_, event)| Row::from(event));
    let pairs = asked.pairs();
    let with = |more: Option<&str>| {
        let mut all = pairs.clone();
        all.extend(more.map(|after| ("after", after)));
        query(&all)
    };
    let choices = |all: &[(&'static str, &'static str)], chosen: Option<&str>| {
        all.iter().map(|(word, name)| (*word, *name, chosen == Some(*word))).collect()
    };
    let (shell, tabs) = frame(&app, &caller, "Audit log", "/settings/audit");
    rendered(&AuditPage {
        next: found.next.as_deref().map(|next| format!("/settings/audit?{}", with(Some(next)))),
        csv: format!("/settings/audit/log.csv?{}", with(None)),
        jsonl: format!("/settings/audit/log.jsonl?{}", with(None)),
        is_filtered: !pairs.is_empty(),
        actions: choices(ACTIONS, asked.action.as_deref()),
        outcomes: choices(OUTCOMES, asked.outcome.as_deref()),
        actor: asked.actor.clone().unwrap_or_default(),
        since: asked.since.clone().unwrap_or_default(),
        until: asked.until.clone().unwrap_or_default(),
        rows: found.items,
        shell,
        tabs,
    })
}

/// `GET /settings/audit/log.jsonl`: one JSON object a line.
pub(in crate::pages) async fn jsonl(
    State(app): State<App>,
    caller: Caller,
    Params(asked): Params<AuditQuery>,
) -> Result<Response, Problem> {
    let line = |event: &AuditEvent| {
        let detail: serde_json::Map<_, _> =
            event.detail.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let line = json!({
            "at": event.at.rfc3339(),
            "actor_kind": event.actor_kind,
            "actor_id": event.actor_id,
            "actor": event.actor,
            "action": event.action,
            "subject": event.subject,
            "workspace": event.workspace.map(|id| id.to_string()),
            "outcome": event.outcome,
            "address": event.address,
            "request_id": event.request_id,
            "detail": detail,
        });
        Ok(format!("{line}\n"))
    };
    file(app, &caller, &asked, ("jsonl", "application/jsonl"), None, line)
}

/// `GET /settings/audit/log.csv`: with a header; text that a spreadsheet would take for a formula has an apostrophe before it.
pub(in crate::pages) async fn csv(
    State(app): State<App>,
    caller: Caller,
    Params(asked): Params<AuditQuery>,
) -> Result<Response, Problem> {
    let head = "at,actor_kind,actor,action,subject,workspace,outcome,address,request_id,detail\n";
    let line = |event: &AuditEvent| {
        let detail = event.detail.iter().map(|(name, value)| format!("{name}={value}"));
        let fields = [
            event.at.rfc3339(),
            event.actor_kind.clone(),
            event.actor.clone(),
            event.action.clone(),
            event.subject.clone(),
            event.workspace.map(|id| id.to_string()).unwrap_or_default(),
            event.outcome.clone(),
            event.address.clone(),
            event.request_id.clone(),
            detail.collect::<Vec<_>>().join("; "),
        ];
        lines([fields.into()])
    };
    file(app, &caller, &asked, ("csv", "text/csv; charset=utf-8"), Some(head), line)
}

/// Every line that the filter takes, streamed: there may be many.
fn file(
    app: App,
    caller: &Caller,
    asked: &AuditQuery,
    (ending, kind): (&str, &'static str),
    head: Option<&'static str>,
    line: fn(&AuditEvent) -> Result<String, StoreError>,
) -> Result<Response, Problem> {
    let filter = asked.filter()?;
    let reach = policy::reach(&caller.principal, Action::ReadAudit);
    let name = format!("attachment; filename=\"audit.{ending}\"");
    let pages = stream::try_unfold((Some(None), head), move |(state, head): (Option<Option<i64>>, _)| {
        let (app, reach, filter) = (app.clone(), reach.clone(), filter.clone());
        async move {
            let Some(after) = state else { return Ok(None) };
            let found = app.store.audit_events(&reach, &filter, after, AT_A_TIME).await?;
            let next = match found.last() {
                Some((last, _)) if found.len() == AT_A_TIME as usize => Some(Some(*last)),
                _ => None,
            };
            let mut text = head.unwrap_or_default().to_owned();
            for (_, event) in &found {
                text.push_str(&line(event)?);
            }
            Ok::<_, StoreError>(Some((text, (next, None))))
        }
    });
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, Body::from_stream(pages)).into_response())
}
