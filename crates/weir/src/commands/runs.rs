//! `weir runs …`: past runs, their counts and logs.

use super::quarantine;
use crate::{
    cli::{RunList, Runs},
    context::Context,
    failure::Failure,
    output::{Rows, clean},
};
use serde_json::{Map, Value, json};
use weir_model::{Counts, Message, ProjectCounts, Reach, Run, Tally};
use weir_store::Store;

const COLUMNS: &[&str] = &[
    "id",
    "integration",
    "trigger",
    "asked_by",
    "started_at",
    "result",
    "read",
    "written",
    "unchanged",
    "skipped",
    "failed",
    "requests",
    "error_code",
];

pub(super) async fn run(context: &Context<'_>, command: Runs) -> Result<(), Failure> {
    context.output.format()?;
    match command {
        Runs::List(flags) => list(context, &flags).await,
        Runs::Show { run } => show(context, run.as_deref()).await,
        Runs::Logs { run } => logs(context, run.as_deref()).await,
        Runs::Cancel { run } => cancel(context, &run).await,
    }
}

async fn list(context: &Context<'_>, flags: &RunList) -> Result<(), Failure> {
    let mut rows = Rows::new(COLUMNS, "No runs yet. Start one with: weir sync");
    if let Some(store) = context.existing_store().await? {
        let only = only(context, &store).await?;
        let of = (flags.result.as_deref(), flags.trigger.as_deref());
        for run in store.runs_within(&Reach::Everything, only.as_ref(), of, None, flags.limit).await? {
            rows.push(described(&run));
        }
    }
    context.output.rows(&rows)
}

async fn show(context: &Context<'_>, id: Option<&str>) -> Result<(), Failure> {
    let store = context.used_store().await?;
    let run = found(context, &store, id).await?;
    let tally = store.run_counts(&run.id).await?;
    let projects = by_project(&store, &run, &tally).await?;
    let integration = context.named(&store, Some(&run.integration)).await?;
    let quarantine = store.quarantine(&integration.id, Some(&run.id)).await?;
    if !context.output.for_people() {
        let mut facts = described(&run);
        let kinds: Map<String, Value> =
            tally.iter().map(|(kind, counts)| (kind.as_str().to_owned(), json!(counts))).collect();
        facts["kinds"] = Value::Object(kinds);
        facts["projects"] = Value::Array(projects);
        facts["quarantined"] = quarantine.iter().map(quarantine::described).collect();
        return context.output.json(&facts);
    }
    if let Value::Object(facts) = described(&run) {
        let mut rows = Rows::new(&["what", "value"], "");
        for (name, value) in facts {
            rows.push(json!({ "what": name.replace('_', " "), "value": value }));
        }
        context.output.rows(&rows)?;
    }
    context.output.line("")?;
    let mut rows =
        Rows::new(&["kind", "read", "written", "unchanged", "skipped", "failed"], "Nothing was read.");
    for (kind, counts) in tally.iter() {
        let mut row = json!(counts);
        row["kind"] = json!(kind.as_str());
        rows.push(row);
    }
    context.output.rows(&rows)?;
    if !projects.is_empty() {
        context.output.line("")?;
        let mut rows = Rows::new(&["issues_of", "read", "written", "unchanged", "skipped", "failed"], "");
        for mut project in projects {
            project["issues_of"] = match project["key"].take() {
                Value::Null => json!("project not known"),
                key => key,
            };
            rows.push(project);
        }
        context.output.rows(&rows)?;
    }
    if quarantine.is_empty() {
        return Ok(());
    }
    context.output.line("")?;
    context.output.rows(&quarantine::rows(&quarantine))
}

/// What it did with the issues of each project.
async fn by_project(store: &Store, run: &Run, tally: &Tally) -> Result<Vec<Value>, Failure> {
    let found = store.run_projects(&run.id).await?;
    let rest = ProjectCounts::rest(&found, tally);
    let line = |key: Option<&str>, counts: &Counts| {
        let Counts { read, written, unchanged, skipped, failed, .. } = counts;
        json!({
            "key": key, "read": read, "written": written, "unchanged": unchanged, "skipped": skipped, "failed": failed,
        })
    };
    let lines = found.iter().map(|one| line(Some(&one.key), &one.counts));
    Ok(lines.chain(rest.iter().map(|counts| line(None, counts))).collect())
}

async fn logs(context: &Context<'_>, id: Option<&str>) -> Result<(), Failure> {
    let store = context.used_store().await?;
    let run = found(context, &store, id).await?;
    let mut rows = Rows::new(&["at", "level", "code", "what", "subject", "message"], "This run left no log.");
    for event in store.run_events(&run.id).await? {
        rows.push(json!({
            "run": run.id.to_string(),
            "at": event.at.rfc3339(),
            "level": event.level.as_str(),
            "code": event.code,
            "what": event.what.map(weir_model::Kind::as_str),
            "subject": event.subject,
            "message": event.message,
        }));
    }
    context.output.rows(&rows)
}

async fn cancel(context: &Context<'_>, id: &str) -> Result<(), Failure> {
    let store = context.used_store().await?;
    let run = found(context, &store, Some(id)).await?;
    if !store.request_cancel(&run.id, &context.user()).await? {
        return Err(Message::RunNotRunning { id: run.id.to_string() }.into());
    }
    match context.output.for_people() {
        true => context.output.line("It is asked to end. See what came of it with: weir runs show"),
        false => context.output.json(&json!({ "id": run.id.to_string(), "cancel": "requested" })),
    }
}

/// The integration that `--integration` names.
async fn only(context: &Context<'_>, store: &Store) -> Result<Option<weir_model::IntegrationId>, Failure> {
    match context.global.integration.as_deref() {
        Some(name) => Ok(Some(context.named(store, Some(name)).await?.id)),
        None => Ok(None),
    }
}

async fn found(context: &Context<'_>, store: &Store, id: Option<&str>) -> Result<Run, Failure> {
    let unknown = |id: &str| Failure::from(Message::RunUnknown { id: clean(id, 60) });
    match id {
        Some(text) => {
            let id = text.parse().map_err(|_| unknown(text))?;
            store.run(&id).await?.ok_or_else(|| unknown(text))
        }
        None => {
            let newest = store.runs(only(context, store).await?.as_ref(), 1).await?;
            newest.into_iter().next().ok_or_else(|| unknown("yet"))
        }
    }
}

fn described(run: &Run) -> Value {
    json!({
        "id": run.id.to_string(),
        "integration": run.integration,
        "trigger": run.trigger,
        "asked_by": run.asked_by.as_ref().map(|by| &by.name),
        "started_at": run.started_at.rfc3339(),
        "ended_at": run.ended_at.map(weir_model::Millis::rfc3339),
        "result": run.result,
        "attempt": run.attempt,
        "requests": run.requests,
        "waited_ms": run.waited_ms,
        "read": run.read,
        "written": run.written,
        "unchanged": run.unchanged,
        "skipped": run.skipped,
        "failed": run.failed,
        "error_code": run.error_code,
    })
}
