//! `weir fields list`: the fields of a site, as the store has them.

use crate::{cli::Fields, context::Context, failure::Failure, output::Rows};
use futures::StreamExt as _;
use serde_json::{Map, Value, json};
use weir_model::View;
use weir_store::Cell;

const COLUMNS: &[&str] = &["id", "name", "custom", "schema_type", "schema_custom"];

pub(super) async fn run(context: &Context<'_>, command: Fields) -> Result<(), Failure> {
    let Fields::List(flags) = command;
    context.output.format()?;
    let store = context.used_store().await?;
    let integration = context.named(&store, flags.name.as_deref()).await?;
    let view = View::named("fields").ok_or_else(|| Failure::bug("the view of fields is gone".into()))?;
    let mut rows = Rows::new(COLUMNS, "No fields yet. Bring the site in with: weir sync");
    let mut found = std::pin::pin!(store.export(view, Some(&integration.name), None));
    while let Some(cells) = found.next().await {
        let cells = cells?.into_iter().map(value);
        let row: Map<String, Value> = view.columns.iter().map(|name| (*name).to_owned()).zip(cells).collect();
        rows.push(Value::Object(row));
    }
    context.output.rows(&rows)
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
