//! `weir export`: a view of the store, row by row, in an order that stays.

use crate::{
    cli::Export,
    context::Context,
    failure::Failure,
    home::sentence,
    output::{self, Format, RowWriter, clean, thousands},
    values,
};
use futures::StreamExt as _;
use std::{
    io::{self, Write},
    path::Path,
};
use weir_model::{Message, Millis, View};
use weir_store::{ExportFormat, Store};

struct Wanted {
    view: &'static View,
    integration: Option<String>,
    since: Option<Millis>,
    format: ExportFormat,
}

pub(super) async fn run(context: &Context<'_>, flags: Export) -> Result<(), Failure> {
    let format = match context.output.asked() {
        None | Some(Format::Jsonl) => ExportFormat::Jsonl,
        Some(Format::Json) => ExportFormat::Json,
        Some(Format::Csv) => ExportFormat::Csv,
        Some(Format::Parquet) => {
            return Err(refused("Parquet is not in this build; jsonl, json and csv are").into());
        }
        Some(Format::Table) => return Err(refused("an export is jsonl, json or csv").into()),
    };
    let view = View::named(&flags.view).ok_or_else(|| Message::ViewUnknown {
        name: clean(&flags.view, 60),
        known: View::ALL.iter().map(|view| view.name).collect::<Vec<_>>().join(", "),
    })?;
    let since = flags.since.as_deref().map(|text| values::since(text, context.clock().now())).transpose()?;
    if since.is_some() && view.since.is_none() {
        return Err(Message::SinceNone { view: view.name.into() }.into());
    }
    let store = context.used_store().await?;
    let integration = match context.global.integration.as_deref() {
        Some(name) => Some(context.named(&store, Some(name)).await?.name),
        None => None,
    };
    let wanted = Wanted { view, integration, since, format };
    match flags.output.as_deref() {
        Some(path) => to_file(&store, &wanted, path).await,
        None => {
            let out = io::BufWriter::with_capacity(128 * 1024, io::stdout());
            write_rows(&store, &wanted, "standard output", out).await.map(|_| ())
        }
    }
}

/// Writes beside the file and renames at the end, so that a file is whole or is not there.
async fn to_file(store: &Store, wanted: &Wanted, path: &Path) -> Result<(), Failure> {
    let failed =
        |error: &io::Error| Message::FileWrite { path: path.display().to_string(), detail: sentence(error) };
    if path.is_dir() {
        return Err(failed(&io::ErrorKind::IsADirectory.into()).into());
    }
    // A device or a pipe is written to; it must not be replaced by a file.
    let there = std::fs::metadata(path).ok();
    if there.as_ref().is_some_and(|there| !there.is_file()) {
        let out = std::fs::OpenOptions::new().write(true).open(path).map_err(|error| failed(&error))?;
        let out = io::BufWriter::with_capacity(128 * 1024, out);
        let (_, rows) = write_rows(store, wanted, &path.display().to_string(), out).await?;
        output::note(&format!("{} rows written to {}", thousands(rows), path.display()));
        return Ok(());
    }
    let real =
        if there.is_some() { path.canonicalize().map_err(|error| failed(&error))? } else { path.to_owned() };
    let path = real.as_path();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beside =
        tempfile::Builder::new().prefix(".export").tempfile_in(folder).map_err(|error| failed(&error))?;
    let (file, rows) = write_rows(
        store,
        wanted,
        &path.display().to_string(),
        io::BufWriter::with_capacity(128 * 1024, beside),
    )
    .await?;
    let beside = file.into_inner().map_err(|error| failed(error.error()))?;
    beside.as_file().sync_all().map_err(|error| failed(&error))?;
    if let Some(there) = there {
        beside.as_file().set_permissions(there.permissions()).map_err(|error| failed(&error))?;
    }
    beside.persist(path).map_err(|error| failed(&error.error))?;
    output::note(&format!("{} rows written to {}", thousands(rows), path.display()));
    Ok(())
}

async fn write_rows<W: Write>(
    store: &Store,
    wanted: &Wanted,
    place: &str,
    out: W,
) -> Result<(W, u64), Failure> {
    let mut writer = RowWriter::start(out, place, wanted.format, wanted.view.columns)?;
    let mut rows = std::pin::pin!(store.export(wanted.view, wanted.integration.as_deref(), wanted.since));
    while let Some(cells) = rows.next().await {
        writer.row(cells?)?;
    }
    writer.finish()
}

fn refused(detail: &str) -> Message {
    Message::InputBad { flag: "--format".into(), detail: detail.into() }
}
