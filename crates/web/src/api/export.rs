//! A view of what is stored, streamed.

use crate::{
    app::App,
    audit::{self, Deed},
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Params, Segments},
    },
};
use axum::{
    body::Body,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use futures::{StreamExt as _, stream};
use serde::Deserialize;
use std::io;
use utoipa::{IntoParams, ToSchema};
use weir_model::{Message, Millis, View};
use weir_store::{ExportFormat, RowText, StoreError};

/// Rows that are made text of together.
const TOGETHER: usize = 256;

/// How the rows are written.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum FormatWord {
    /// One object a line.
    #[default]
    Jsonl,
    /// One array.
    Json,
    /// A header and a line a row; what a spreadsheet would take for a formula is defused.
    Csv,
}

impl FormatWord {
    fn format(self) -> (ExportFormat, &'static str, &'static str) {
        match self {
            Self::Jsonl => (ExportFormat::Jsonl, "application/jsonl", "jsonl"),
            Self::Json => (ExportFormat::Json, "application/json", "json"),
            Self::Csv => (ExportFormat::Csv, "text/csv; charset=utf-8", "csv"),
        }
    }
}

/// Which rows, and how.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ExportQuery {
    /// `jsonl`, unless said otherwise, `json` or `csv`.
    #[param(inline)]
    format: Option<FormatWord>,
    /// Only rows of this instant or later.
    #[param(format = DateTime)]
    since: Option<String>,
}

/// Export a view
///
/// The whole of it, in an order that stays. `docs/reference/views.md` tells the views and their columns.
#[utoipa::path(get, path = "/api/v1/integrations/{name}/views/{view}", tag = "views",
    params(("name" = String, Path, description = "The integration"),
        ("view" = String, Path, description = "The view, for example issues"), ExportQuery),
    responses((status = 200, description = "Its rows", content(
        (Vec<u8> = "application/jsonl"), (serde_json::Value = "application/json"), (String = "text/csv")))))]
pub(super) async fn export_view(
    State(app): State<App>,
    caller: Caller,
    Segments((name, view)): Segments<(String, String)>,
    Params(query): Params<ExportQuery>,
) -> Result<Response, Problem> {
    let integration = app.store.integration(&name).await?.ok_or(Message::PageUnknown {})?;
    let view = View::named(&view).ok_or_else(|| unknown(&view))?;
    let since = match query.since.as_deref() {
        Some(text) => {
            Some(Millis::parse(text).ok_or_else(|| Problem::bad("since is an instant of RFC 3339"))?)
        }
        None => None,
    };
    if since.is_some() && view.since.is_none() {
        return Err(Message::SinceNone { view: view.name.into() }.into());
    }
    let deed = Deed::done("view.export", &integration.name).with("view", view.name);
    audit::note_of(&app, &caller, deed, &integration).await?;
    let (format, kind, ending) = query.format.unwrap_or_default().format();
    let name = format!("attachment; filename=\"{}.{ending}\"", view.name);
    let body = Body::from_stream(text_of(app, view, integration.name, since, format));
    Ok(([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)], body).into_response())
}

/// The text of the rows, piece by piece. An error breaks the answer off, so that no half of it passes for the whole.
fn text_of(
    app: App,
    view: &'static View,
    integration: String,
    since: Option<Millis>,
    format: ExportFormat,
) -> impl futures::Stream<Item = io::Result<Vec<u8>>> + Send {
    let (sender, receiver) = tokio::sync::mpsc::channel(4);
    tokio::spawn(async move {
        let mut text = RowText::new(format, view.columns);
        let mut first = Vec::new();
        text.start(&mut first);
        if sender.send(Ok(first)).await.is_err() {
            return;
        }
        let mut rows = std::pin::pin!(app.store.export(view, Some(&integration), since).chunks(TOGETHER));
        while let Some(rows) = rows.next().await {
            let piece = piece(&mut text, rows);
            let is_over = piece.is_err();
            if sender.send(piece).await.is_err() || is_over {
                return;
            }
        }
        let mut last = Vec::new();
        text.end(&mut last);
        _ = sender.send(Ok(last)).await;
    });
    // What compresses an answer asks once more after its end.
    stream::unfold(receiver, async |mut receiver| receiver.recv().await.map(|piece| (piece, receiver))).fuse()
}

fn piece(text: &mut RowText, rows: Vec<Result<Vec<weir_store::Cell>, StoreError>>) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    for cells in rows {
        let cells = cells.map_err(|error| {
            tracing::error!(code = error.message().id(), message = %error.message(), "an export broke off");
            io::Error::other("the export broke off")
        })?;
        text.row(&mut out, cells).map_err(io::Error::other)?;
    }
    Ok(out)
}

fn unknown(name: &str) -> Problem {
    let known = View::ALL.iter().map(|view| view.name).collect::<Vec<_>>().join(", ");
    let name = weir_http::snippet(name.as_bytes());
    Problem::from(Message::ViewUnknown { name, known }).with_status(StatusCode::NOT_FOUND)
}
