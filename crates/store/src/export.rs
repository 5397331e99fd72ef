//! Streams the rows of a public view in a fixed order, so that two exports of the same content are equal, on either
//! database.

use crate::{
    Cell, Store, StoreError,
    db::sql,
    dialect::{CALENDAR, Dialect, Shape},
    value::{Value, values},
};
use futures::{Stream, TryStreamExt as _, stream};
use weir_model::{Millis, View};

impl Store {
    /// The rows of a view, its columns in order, one integration after the other; of one integration only, and
    /// only rows whose instant is `since` or later, where these are given.
    ///
    /// Rows without an instant are left out when `since` is given, and so is everything in a view without one.
    pub fn export(
        &self,
        view: &'static View,
        integration: Option<&str>,
        since: Option<Millis>,
    ) -> impl Stream<Item = Result<Vec<Cell>, StoreError>> + Send {
        let wanted = integration.map(str::to_owned);
        let query = query(self.db.dialect(), view, since.is_some());
        let shapes: Vec<Shape> = view.columns.iter().map(|column| shape(column)).collect();
        stream::once(self.names(wanted))
            .map_ok(|names| stream::iter(names.into_iter().map(Ok::<_, StoreError>)))
            .try_flatten()
            .map_ok(move |name| {
                let mut parameters: Vec<Value> = values![name].to_vec();
                parameters.extend(since.map(|since| Value::from(clamped(since).rfc3339())));
                self.db.stream(sql(query.as_str()), &parameters)
            })
            .try_flatten()
            .map_ok(move |row| {
                row.0.into_iter().zip(&shapes).map(|(cell, shape)| shaped(cell, *shape)).collect()
            })
    }

    async fn names(&self, wanted: Option<String>) -> Result<Vec<String>, StoreError> {
        if let Some(name) = wanted {
            return Ok(vec![name]);
        }
        let rows = self.db.fetch("SELECT name FROM integration ORDER BY name", &[]).await?;
        rows.iter().map(|row| row.text(0).map(str::to_owned)).collect()
    }
}

fn query(dialect: Dialect, view: &View, has_since: bool) -> String {
    let columns: Vec<String> =
        view.columns.iter().map(|column| dialect.exported(column, shape(column))).collect();
    let order: Vec<String> = view
        .order
        .iter()
        .filter(|column| **column != "integration")
        .map(|column| format!("v.\"{column}\""))
        .collect();
    let newer = match (has_since, view.since) {
        (false, _) => String::new(),
        (true, Some(column)) => format!(" AND v.\"{column}\" >= {}", dialect.instant_parameter(2)),
        (true, None) => " AND $2 IS NULL".to_owned(),
    };
    format!(
        "SELECT {} FROM {} v WHERE v.integration = $1{newer} ORDER BY {}",
        columns.join(", "),
        view.name,
        order.join(", ")
    )
}

/// The shape of a column, which its name tells in every view.
fn shape(column: &str) -> Shape {
    match column {
        "at" | "since" | "state_since" => Shape::Instant,
        "is_subtask" | "is_public" | "released" | "archived" | "subtask" | "custom" | "active" => Shape::Flag,
        "labels" | "components" | "fix_versions" | "affects_versions" | "fields" | "missing" | "extra" => {
            Shape::Json
        }
        _ if column.ends_with("_at") => Shape::Instant,
        _ if column.ends_with("_date") => Shape::Date,
        _ => Shape::Plain,
    }
}

fn shaped(cell: Cell, shape: Shape) -> Cell {
    match (shape, cell) {
        (Shape::Flag, Cell::Int(number)) => Cell::Bool(number != 0),
        (Shape::Json, Cell::Text(text)) => Cell::Json(text),
        (_, cell) => cell,
    }
}

fn clamped(at: Millis) -> Millis {
    Millis(at.0.clamp(*CALENDAR.start(), *CALENDAR.end()))
}
