//! `weir hygiene reports …`: questions that are kept under a name, and what they say now.

use super::{
    csv,
    issues::{cut, most, named as named_rule, rows, rows_of},
};
use crate::{
    cli::{ReportFlags, Reports},
    commands::{noted::noted, workspace::named},
    context::Context,
    failure::Failure,
    output::{Rows, clean},
    system::SystemEntropy,
};
use serde_json::{Value, json};
use weir_ingest::hygiene::{
    HygieneSettings, Recent, SavedQuestion, SavedReport, add_report, change_report, open_report, points,
    report_issues, saved_reports, troubles, weighable,
};
use weir_model::{HygieneFault, Message, Reach, Surface, WorkspaceId};
use weir_store::{Store, StoreError};

pub(super) async fn run(context: &Context<'_>, command: Reports) -> Result<(), Failure> {
    match command {
        Reports::List => list(context).await,
        Reports::Show { report } => show(context, &report).await,
        Reports::Open { report } => open(context, &report).await,
        Reports::Issues { report, rule, limit } => issues(context, &report, (rule.as_deref(), limit)).await,
        Reports::Add { report, workspace, what } => add(context, &report, (workspace, &what)).await,
        Reports::Edit { report, rename, what } => edit(context, &report, (rename, &what)).await,
        Reports::Remove { report } => remove(context, &report).await,
    }
}

async fn list(context: &Context<'_>) -> Result<(), Failure> {
    let mut rows =
        Rows::new(&["name", "workspace", "basis", "filters", "compare_days"], "No report is kept yet.");
    let mut told = vec![];
    if let Some(store) = context.existing_store().await? {
        let all = saved_reports(&store, &Reach::Everything).await?;
        for (saved, trouble) in all.iter().zip(troubles(&store, &all).await?) {
            let trouble = trouble.map(|message| format!("{message} {}.", message.fix(Surface::CommandLine)));
            let mut row = described(&store, saved).await?;
            if let Some(members) = row.as_object_mut() {
                members.insert("trouble".into(), json!(trouble));
            }
            rows.push(row);
            told.extend(trouble);
        }
    }
    context.output.rows(&rows)?;
    match context.output.for_people() {
        true => told.iter().try_for_each(|line| context.output.line(&clean(line, 600))),
        false => Ok(()),
    }
}

async fn issues(
    context: &Context<'_>,
    name: &str,
    (rule, limit): (Option<&str>, Option<u32>),
) -> Result<(), Failure> {
    let store = context.used_store().await?;
    let saved = called(&store, name).await?;
    let limit = most(context, limit);
    let (rule, now) = (named_rule(rule), context.clock().now());
    let found = report_issues(&store, &Recent::default(), &saved, rule, (None, limit), now).await?;
    let mut rows = rows(context, &["integration"]);
    let rule = found.rule.as_ref().map(|rule| &rule.id);
    for part in &found.parts {
        let asked = (&part.question, rule);
        for mut row in rows_of((context, &store), &part.integration, asked, &part.found).await? {
            if let Some(members) = row.as_object_mut() {
                members.insert("integration".into(), json!(part.integration.name));
            }
            rows.push(row);
        }
    }
    context.output.rows(&rows)?;
    match context.output.for_people() {
        true => cut(context, (found.total(), limit)),
        false => Ok(()),
    }
}

async fn show(context: &Context<'_>, name: &str) -> Result<(), Failure> {
    let store = context.used_store().await?;
    let saved = called(&store, name).await?;
    context.output.json(&described(&store, &saved).await?)
}

async fn open(context: &Context<'_>, name: &str) -> Result<(), Failure> {
    let store = context.used_store().await?;
    let saved = called(&store, name).await?;
    let opened = open_report(&store, &Recent::default(), &saved, context.clock().now()).await?;
    if csv::is_wanted(context) {
        return csv::report(context, &opened.whole);
    }
    if !context.output.for_people() {
        let mut whole =
            serde_json::to_value(&opened.whole).map_err(|error| Failure::bug(error.to_string()))?;
        let parts = opened.parts.iter().map(
            |part| json!({ "integration": part.integration, "score": part.score, "in_scope": part.in_scope }),
        );
        if let Some(members) = whole.as_object_mut() {
            members.insert("name".into(), json!(saved.name));
            members.insert("integrations".into(), Value::Array(parts.collect()));
            members.insert("left_out".into(), json!(opened.left_out));
            members.insert("gone".into(), json!(opened.gone));
        }
        return context.output.json(&whole);
    }
    super::print_report(context, &opened.whole)?;
    if opened.parts.len() > 1 {
        let mut rows = Rows::new(&["integration", "score", "in scope"], "");
        for part in &opened.parts {
            let score = part.score.map_or_else(|| "-".to_owned(), |score| format!("{score:.0}"));
            rows.push(json!({ "integration": part.integration, "score": score, "in scope": part.in_scope }));
        }
        context.output.rows(&rows)?;
    }
    for name in &opened.left_out {
        context.output.line(&format!("{name} is left out: it waits to be deleted."))?;
    }
    match saved.gone_said(opened.gone) {
        Some(said) => context.output.line(&clean(&said.to_string(), 600)),
        None => Ok(()),
    }
}

async fn add(
    context: &Context<'_>,
    name: &str,
    (workspace, what): (Option<String>, &ReportFlags),
) -> Result<(), Failure> {
    let store = context.changed_store().await?;
    let workspace = match workspace {
        Some(workspace) => Some(named(&store, &workspace).await?.id),
        None => None,
    };
    let question = question(&store, workspace.as_ref(), SavedQuestion::default(), what).await?;
    let made = (context.clock().now(), &SystemEntropy as _);
    let saved = add_report(&store, workspace, (name, question), made).await.map_err(StoreError::from)?;
    said(context, &store, ("hygiene_report.create", "Kept"), &saved).await
}

async fn edit(
    context: &Context<'_>,
    name: &str,
    (rename, what): (Option<String>, &ReportFlags),
) -> Result<(), Failure> {
    let store = context.changed_store().await?;
    let seen = called(&store, name).await?;
    let question = question(&store, seen.workspace.as_ref(), seen.question.clone(), what).await?;
    let name = rename.unwrap_or_else(|| seen.name.clone());
    let now = context.clock().now();
    let saved = change_report(&store, &seen, (&name, question), now).await.map_err(StoreError::from)?;
    said(context, &store, ("hygiene_report.change", "Changed"), &saved).await
}

async fn remove(context: &Context<'_>, name: &str) -> Result<(), Failure> {
    let store = context.changed_store().await?;
    let seen = called(&store, name).await?;
    store.delete_hygiene_report(&seen.id, seen.revision).await?;
    said(context, &store, ("hygiene_report.delete", "Deleted"), &seen).await
}

/// A question with what flags say.
async fn question(
    store: &Store,
    workspace: Option<&WorkspaceId>,
    mut question: SavedQuestion,
    what: &ReportFlags,
) -> Result<SavedQuestion, Failure> {
    if !what.of.is_empty() {
        question.integrations.clear();
        for name in what.of.iter().filter(|name| !name.is_empty()) {
            let unknown = || Message::IntegrationUnknown { name: clean(name, 100) };
            question.integrations.push(store.integration(name).await?.ok_or_else(unknown)?.id);
        }
    }
    if let Some(basis) = &what.basis {
        question.basis = Some(basis.clone()).filter(|basis| !basis.is_empty());
    }
    if !what.filters.is_empty() {
        question.filters = what.filters.iter().filter(|filter| !filter.is_empty()).cloned().collect();
    }
    if !what.weights.is_empty() {
        let given: Vec<String> = what.weights.iter().filter(|weight| !weight.is_empty()).cloned().collect();
        question.weights = points(&given, &weighable(store, workspace, &HygieneSettings::default()).await?)?;
    }
    if let Some(days) = what.compare {
        question.compare_days = Some(days).filter(|days| *days > 0);
    }
    Ok(question)
}

/// A report by its name in any case of letters, or its id.
async fn called(store: &Store, name: &str) -> Result<SavedReport, Failure> {
    let wanted = name.trim().to_lowercase();
    let mut found = saved_reports(store, &Reach::Everything).await?;
    found.retain(|saved| saved.name.to_lowercase() == wanted || saved.id.to_string() == wanted);
    if found.len() > 1 {
        let ids: Vec<String> = found.iter().map(|saved| saved.id.to_string()).collect();
        let detail =
            format!("Several workspaces have a report of that name; name one by its id: {}", ids.join(", "));
        return Err(Message::InputBad { flag: "REPORT".into(), detail }.into());
    }
    Ok(found.pop().ok_or_else(|| Message::from(HygieneFault::ReportNone { name: clean(name, 60) }))?)
}

async fn described(store: &Store, saved: &SavedReport) -> Result<Value, Failure> {
    let workspace = match &saved.workspace {
        Some(id) => store.workspace(id).await?.map(|workspace| workspace.name),
        None => None,
    };
    let reach = saved.workspace.map_or(Reach::Everything, |workspace| Reach::Workspaces(vec![workspace]));
    let mut seen = store.integrations_within(&reach, None, u32::MAX).await?;
    let gone = saved.gone(&seen);
    seen.retain(|one| saved.question.integrations.contains(&one.id));
    let integrations: Vec<String> = seen.into_iter().map(|one| one.name).collect();
    Ok(json!({
        "id": saved.id.to_string(),
        "name": saved.name,
        "workspace": workspace,
        "gone": gone,
        "integrations": integrations,
        "basis": saved.question.basis,
        "filters": saved.question.filters,
        "weights": saved.question.weights,
        "compare_days": saved.question.compare_days,
        "revision": saved.revision,
        "created_at": saved.created_at.rfc3339(),
        "changed_at": saved.changed_at.rfc3339(),
    }))
}

async fn said(
    context: &Context<'_>,
    store: &Store,
    (action, word): (&str, &str),
    saved: &SavedReport,
) -> Result<(), Failure> {
    noted(context, store, (action, &saved.name), saved.workspace, vec![]).await?;
    match context.output.for_people() {
        true => context.output.line(&format!("{word} \"{}\".", clean(&saved.name, 40))),
        false => context.output.json(&described(store, saved).await?),
    }
}
