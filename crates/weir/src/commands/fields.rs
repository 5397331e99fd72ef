//! `weir fields …`: the fields of a site, how much they are used, and what stands in them.

mod cases;

use crate::{
    cli::{FieldMap, FieldNamed, FieldSample, Fields, Named},
    commands::noted::noted_of,
    context::Context,
    failure::Failure,
    output::Rows,
};
use futures::StreamExt as _;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use weir_ingest::fields::{self, FoundField, MapWish, Mapped};
use weir_model::{FieldRole, View};
use weir_store::Cell;

const COLUMNS: &[&str] = &["id", "name", "custom", "schema_type", "issues", "filled", "mapped_as", "samples"];

pub(super) async fn run(context: &Context<'_>, command: Fields) -> Result<(), Failure> {
    context.output.format()?;
    match command {
        Fields::List(flags) => list(context, &flags).await,
        Fields::Sample(flags) => sample(context, &flags).await,
        Fields::Map(flags) => map(context, flags).await,
        Fields::Unmap(flags) => unmap(context, &flags).await,
        Fields::Cases(command) => cases::run(context, command).await,
    }
}

async fn list(context: &Context<'_>, flags: &Named) -> Result<(), Failure> {
    let store = context.used_store().await?;
    let integration = context.named(&store, flags.name.as_deref()).await?;
    let found = fields::discovered(&store, &integration, context.clock().now()).await?;
    let (all, counted_at) = (found.issues, found.counted_at);
    let custom: HashMap<String, FoundField> =
        found.fields.into_iter().map(|found| (found.field.id.clone(), found)).collect();
    let view = View::named("fields").ok_or_else(|| Failure::bug("the view of fields is gone".into()))?;
    let mut rows = Rows::new(COLUMNS, "No fields yet. Bring the site in with: weir sync");
    let mut listed = std::pin::pin!(store.export(view, Some(&integration.name), None));
    while let Some(cells) = listed.next().await {
        let cells = cells?.into_iter().map(value);
        let mut row: Map<String, Value> =
            view.columns.iter().map(|name| (*name).to_owned()).zip(cells).collect();
        let found = row.get("id").and_then(Value::as_str).and_then(|id| custom.get(id));
        if let Some(found) = found {
            let more = json!({
                "issues": found.issues,
                "of_issues": all,
                "filled": found.filled(all).map(|share| format!("{share:.1} %")),
                "projects": found.projects,
                "shares_name": found.shares_name,
                "left_out": found.is_left_out,
                "not_read_yet": found.is_unread,
                "mapped_as": said_of(found),
                "gone_at": found.field.gone_at.map(weir_model::Millis::rfc3339),
                "schema_changed": found.mapped.as_ref().is_some_and(|mapped| mapped.has_changed),
                "samples": found.samples,
                "counted_at": counted_at.rfc3339(),
            });
            row.extend(more.as_object().cloned().unwrap_or_default());
        }
        rows.push(Value::Object(row));
    }
    context.output.rows(&rows)
}

async fn sample(context: &Context<'_>, flags: &FieldSample) -> Result<(), Failure> {
    let store = context.used_store().await?;
    let integration = context.named(&store, flags.name.as_deref()).await?;
    let mut rows = Rows::new(&["key", "project", "value"], "No issue has it filled in.");
    for sample in fields::sample(&store, &integration, &flags.field, flags.limit.into()).await? {
        rows.push(json!({ "key": sample.key, "project": sample.project, "value": sample.value }));
    }
    context.output.rows(&rows)
}

async fn map(context: &Context<'_>, flags: FieldMap) -> Result<(), Failure> {
    let store = context.changed_store().await?;
    let integration = context.named(&store, flags.field.name.as_deref()).await?;
    let role = flags.role.as_deref().and_then(FieldRole::named);
    let wish = MapWish { holds: flags.holds, role };
    let wanted = (flags.field.field.as_str(), &wish);
    let mapped = fields::map(&store, &integration, wanted, context.clock().now()).await?;
    let detail = [
        ("field", flags.field.field.as_str()),
        ("holds", mapped.mapping.holds.as_str()),
        ("role", role.map_or("", FieldRole::as_str)),
    ];
    let detail = detail.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    noted_of(context, &store, ("field.map", &integration), detail).await?;
    if !context.output.for_people() {
        let (holds, role) = (&mapped.mapping.holds, role.map(FieldRole::as_str));
        let told = json!({ "field": flags.field.field, "holds": holds, "role": role });
        return context.output.json(&told);
    }
    context.output.line(&format!("{} is read as {}.", flags.field.field, said(&mapped)))
}

async fn unmap(context: &Context<'_>, flags: &FieldNamed) -> Result<(), Failure> {
    let store = context.changed_store().await?;
    let integration = context.named(&store, flags.name.as_deref()).await?;
    fields::unmap(&store, &integration, &flags.field).await?;
    let detail = vec![("field".to_owned(), flags.field.clone())];
    noted_of(context, &store, ("field.unmap", &integration), detail).await?;
    if !context.output.for_people() {
        return context.output.json(&json!({ "field": flags.field, "holds": null, "role": null }));
    }
    context.output.line(&format!("{} is not mapped any more.", flags.field))
}

/// What a field of the list is mapped as, and what else there is to know before it is used.
fn said_of(found: &FoundField) -> Option<String> {
    let mapped = found.mapped.as_ref().map(said);
    let parts = [mapped, found.gone_said(), found.left_out_said()];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What a mapped field is, in words.
fn said(mapped: &Mapped) -> String {
    let role = mapped.mapping.role.map(|role| format!(", as {}", role.as_str())).unwrap_or_default();
    let review = if mapped.type_has_changed() {
        " (the site changed its type: map it again, or unmap it)"
    } else {
        ""
    };
    format!("{}{role}{review}", mapped.mapping.holds)
}

fn value(cell: Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Text(text) | Cell::Json(text) => Value::String(text),
        Cell::Int(number) => json!(number),
        Cell::Real(number) => json!(number),
        Cell::Bool(truth) => Value::Bool(truth),
    }
}
