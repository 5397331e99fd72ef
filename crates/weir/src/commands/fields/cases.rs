//! `weir fields cases …`: which field names support cases of Salesforce, what that finds, and what it does not.

use crate::{
    cli::{CaseFlags, Cases, Named},
    commands::noted::noted_of,
    context::Context,
    failure::Failure,
    output::Rows,
};
use serde_json::json;
use weir_ingest::{
    cases::{self, CasesFound, CasesRead},
    values::case_prefix,
};
use weir_model::{CaseField, CaseSpelling, Integration, Millis, clean};
use weir_store::Store;

/// Rows that are read at a time.
const AT_A_TIME: usize = 1_000;

pub(super) async fn run(context: &Context<'_>, command: Cases) -> Result<(), Failure> {
    match command {
        Cases::Show(flags) => show(context, &flags).await,
        Cases::Try(flags) => attempt(context, flags).await,
        Cases::Map(flags) => map(context, flags).await,
        Cases::Unmap(flags) => unmap(context, &flags).await,
        Cases::Unmatched(flags) => unmatched(context, &flags).await,
    }
}

async fn show(context: &Context<'_>, flags: &Named) -> Result<(), Failure> {
    let store = context.used_store().await?;
    let integration = context.named(&store, flags.name.as_deref()).await?;
    let read = cases::cases_read(&store, &integration).await?;
    tell(context, &store, &integration, &read).await
}

async fn attempt(context: &Context<'_>, flags: CaseFlags) -> Result<(), Failure> {
    let store = context.used_store().await?;
    let (name, wish) = wished(flags)?;
    let integration = context.named(&store, name.as_deref()).await?;
    let read = cases::cases_wished(&store, &integration, &wish).await?;
    tell(context, &store, &integration, &read).await
}

async fn map(context: &Context<'_>, flags: CaseFlags) -> Result<(), Failure> {
    let store = context.changed_store().await?;
    let (name, wish) = wished(flags)?;
    let integration = context.named(&store, name.as_deref()).await?;
    let read = cases::keep_cases(&store, &integration, Some(&wish), &context.holder()).await?;
    let detail = [("field", wish.field), ("prefix", wish.spelling.prefix.unwrap_or_default())];
    let detail = detail.map(|(name, value)| (name.to_owned(), value)).into();
    noted_of(context, &store, ("field.cases", &integration), detail).await?;
    tell(context, &store, &integration, &read).await
}

async fn unmap(context: &Context<'_>, flags: &Named) -> Result<(), Failure> {
    let store = context.changed_store().await?;
    let integration = context.named(&store, flags.name.as_deref()).await?;
    let read = cases::keep_cases(&store, &integration, None, &context.holder()).await?;
    noted_of(context, &store, ("field.cases", &integration), vec![]).await?;
    tell(context, &store, &integration, &read).await
}

async fn unmatched(context: &Context<'_>, flags: &Named) -> Result<(), Failure> {
    let store = context.used_store().await?;
    let integration = context.named(&store, flags.name.as_deref()).await?;
    let read = cases::cases_read(&store, &integration).await?;
    read.refuse_unread()?;
    let mut rows = Rows::new(&["key", "project", "value"], "Everything there names a case.");
    let mut after = None;
    loop {
        let some = cases::unmatched_cases(&store, &integration, &read, (after, AT_A_TIME)).await?;
        after = some.last().map(|last| last.place);
        let is_last = some.len() < AT_A_TIME;
        for one in some {
            rows.push(json!({ "key": one.key, "project": one.project, "value": one.raw }));
        }
        if is_last {
            return context.output.rows(&rows);
        }
    }
}

/// The integration that is named, and the field with how cases are written there.
fn wished(flags: CaseFlags) -> Result<(Option<String>, CaseField), Failure> {
    let prefix = match &flags.prefix {
        Some(text) => case_prefix("--prefix", text)?,
        None => None,
    };
    let spelling = CaseSpelling { prefix, several: !flags.one };
    Ok((flags.field.name, CaseField { field: flags.field.field, spelling }))
}

/// How cases are read, and what that finds.
async fn tell(
    context: &Context<'_>,
    store: &Store,
    integration: &Integration,
    read: &CasesRead,
) -> Result<(), Failure> {
    let found = cases::cases_found(store, integration, read, context.clock().now()).await?;
    if !context.output.for_people() {
        return context.output.json(&json!({
            "chosen": read.is_chosen,
            "fields": read.fields.iter().map(|field| &field.id).collect::<Vec<_>>(),
            "missing": read.missing,
            "left_out": read.is_left_out,
            "not_read_yet": read.is_unread,
            "gone_at": read.gone_at().map(Millis::rfc3339),
            "prefix": read.spelling.prefix,
            "several": read.spelling.several,
            "counted_at": found.counted_at.rfc3339(),
            "issues": found.issues,
            "filled": found.filled,
            "filled_percent": found.filled_percent(),
            "matched": found.named,
            "matched_percent": found.matched_percent(),
            "cases": found.cases,
            "unmatched": found.unmatched,
            "examples": found.examples.iter().map(|one| {
                json!({ "key": one.key, "raw": one.raw, "case_id": one.case_id })
            }).collect::<Vec<_>>(),
            "unmatched_examples": found.unmatched_examples.iter().map(|one| {
                json!({ "key": one.key, "project": one.project, "raw": one.raw })
            }).collect::<Vec<_>>(),
        }));
    }
    for line in lines(read, &found) {
        context.output.line(&line)?;
    }
    Ok(())
}

fn lines(read: &CasesRead, found: &CasesFound) -> Vec<String> {
    let fields: Vec<String> =
        read.fields.iter().map(|field| format!("\"{}\" ({})", safe(&field.name), safe(&field.id))).collect();
    let how = if read.is_chosen { "" } else { ", by the name" };
    let mut lines = vec![match (read.missing_said(), fields.is_empty()) {
        (Some(missing), _) => format!("Cases are not read: {}.", clean(&missing, 200)),
        (None, true) => {
            "No field is named after cases of Salesforce, and nobody chose one: none are read.".to_owned()
        }
        (None, false) => format!("Cases are read from {}{how}.", fields.join(" and ")),
    }];
    lines.extend(read.gone_said().map(|gone| format!("{}. Choose another field.", clean(&gone, 200))));
    if fields.is_empty() {
        return lines;
    }
    let share = |share: Option<f64>| share.map_or_else(|| "none".to_owned(), |share| format!("{share:.1} %"));
    lines.push(format!(
        "{} of {} issues have a value ({}); {} of these name a case ({}). {} different cases; {} parts name none.",
        found.filled,
        found.issues,
        share(found.filled_percent()),
        found.named,
        share(found.matched_percent()),
        found.cases,
        found.unmatched
    ));
    let example =
        |one: &cases::CaseExample| format!("  {}  {}  {}", safe(&one.key), safe(&one.raw), one.case_id);
    lines.extend(found.examples.iter().map(example));
    let other = |one: &cases::UnmatchedCase| {
        let raw = one.raw.as_deref().map_or_else(|| "(no text)".to_owned(), safe);
        format!("  {}  {raw}  names none", safe(&one.key))
    };
    lines.extend(found.unmatched_examples.iter().map(other));
    lines
}

/// A text of the site, fit for a terminal.
fn safe(text: &str) -> String {
    clean(text, 100)
}
