//! Rows of a view as JSON lines, a JSON array or CSV, written as they come.

use super::written_to;
use crate::failure::Failure;
use std::io::Write;
use weir_store::Cell;

/// What an export can be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ExportFormat {
    /// One object a line.
    Jsonl,
    /// One array.
    Json,
    /// A header, then a line a row.
    Csv,
}

/// Writes rows one by one.
pub(crate) struct RowWriter<W: Write> {
    out: W,
    place: String,
    format: ExportFormat,
    columns: &'static [&'static str],
    buffer: Vec<u8>,
    rows: u64,
}

impl<W: Write> RowWriter<W> {
    pub(crate) fn start(
        out: W,
        place: &str,
        format: ExportFormat,
        columns: &'static [&'static str],
    ) -> Result<Self, Failure> {
        let mut writer = Self {
            out,
            place: place.to_owned(),
            format,
            columns,
            buffer: Vec::with_capacity(16 * 1024),
            rows: 0,
        };
        match format {
            ExportFormat::Jsonl => {}
            ExportFormat::Json => writer.buffer.push(b'['),
            ExportFormat::Csv => {
                csv_record(&mut writer.buffer, columns.iter().map(|name| (*name).to_owned()));
            }
        }
        writer.flush_buffer()?;
        Ok(writer)
    }

    /// Writes a row, its cells in the order of the columns.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) -> Result<(), Failure> {
        match self.format {
            ExportFormat::Csv => csv_record(&mut self.buffer, cells.into_iter().map(csv_cell)),
            ExportFormat::Jsonl => {
                json_row(&mut self.buffer, self.columns, &cells)?;
                self.buffer.push(b'\n');
            }
            ExportFormat::Json => {
                self.buffer.extend_from_slice(if self.rows == 0 { b"\n" } else { b",\n" });
                json_row(&mut self.buffer, self.columns, &cells)?;
            }
        }
        self.rows += 1;
        if self.buffer.len() >= 64 * 1024 { self.flush_buffer() } else { Ok(()) }
    }

    /// Ends the export and hands back where it went, with the number of rows.
    pub(crate) fn finish(mut self) -> Result<(W, u64), Failure> {
        if self.format == ExportFormat::Json {
            self.buffer.extend_from_slice(b"\n]\n");
        }
        self.flush_buffer()?;
        written_to(&self.place, self.out.flush())?;
        Ok((self.out, self.rows))
    }

    fn flush_buffer(&mut self) -> Result<(), Failure> {
        written_to(&self.place, self.out.write_all(&self.buffer))?;
        self.buffer.clear();
        Ok(())
    }
}

fn json_row(out: &mut Vec<u8>, columns: &[&str], cells: &[Cell]) -> Result<(), Failure> {
    let failed = |error: serde_json::Error| Failure::bug(error.to_string());
    out.push(b'{');
    for (place, (name, cell)) in columns.iter().zip(cells).enumerate() {
        if place > 0 {
            out.push(b',');
        }
        serde_json::to_writer(&mut *out, name).map_err(failed)?;
        out.push(b':');
        match cell {
            Cell::Null => out.extend_from_slice(b"null"),
            Cell::Text(text) => serde_json::to_writer(&mut *out, text).map_err(failed)?,
            Cell::Int(number) => serde_json::to_writer(&mut *out, number).map_err(failed)?,
            Cell::Real(number) => serde_json::to_writer(&mut *out, number).map_err(failed)?,
            Cell::Bool(truth) => serde_json::to_writer(&mut *out, truth).map_err(failed)?,
            Cell::Json(text) => out.extend_from_slice(text.as_bytes()),
        }
    }
    out.push(b'}');
    Ok(())
}

fn csv_cell(cell: Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Text(text) => guarded(text),
        Cell::Int(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
        Cell::Bool(truth) => truth.to_string(),
        Cell::Json(text) => text,
    }
}

/// Text that no spreadsheet takes for a formula.
pub(super) fn guarded(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

/// One record as RFC 4180 has it, with a line feed at its end.
fn csv_record(out: &mut Vec<u8>, cells: impl Iterator<Item = String>) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            out.push(b',');
        }
        if cell.contains([',', '"', '\n', '\r']) {
            out.push(b'"');
            out.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
            out.push(b'"');
        } else {
            out.extend_from_slice(cell.as_bytes());
        }
    }
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exported(format: ExportFormat, rows: Vec<Vec<Cell>>) -> String {
        let mut writer = RowWriter::start(Vec::new(), "memory", format, &["key", "text"]).unwrap();
        for row in rows {
            writer.row(row).unwrap();
        }
        String::from_utf8(writer.finish().unwrap().0).unwrap()
    }

    fn row(text: &str) -> Vec<Cell> {
        vec![Cell::Text("A-1".into()), Cell::Text(text.into())]
    }

    #[test]
    fn csv_quotes_what_needs_it_and_defuses_formulas() {
        let rows = vec![row("a,\"b\"\nc"), row("=1+1"), vec![Cell::Null, Cell::Int(-1)]];
        assert_eq!(exported(ExportFormat::Csv, rows), "key,text\nA-1,\"a,\"\"b\"\"\nc\"\nA-1,'=1+1\n,-1\n");
    }

    #[test]
    fn json_keeps_text_as_it_is() {
        assert_eq!(exported(ExportFormat::Jsonl, vec![row("=1+1")]), "{\"key\":\"A-1\",\"text\":\"=1+1\"}\n");
        assert_eq!(exported(ExportFormat::Json, vec![]), "[\n]\n");
    }
}
