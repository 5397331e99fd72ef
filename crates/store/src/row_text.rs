//! Rows of a view as JSON lines, a JSON array or CSV, for whoever writes them somewhere.

use crate::Cell;

/// What an export can be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExportFormat {
    /// One object a line.
    Jsonl,
    /// One array.
    Json,
    /// A header, then a line a row.
    Csv,
}

/// Makes text of rows, one after the other.
#[derive(Clone, Debug)]
pub struct RowText {
    format: ExportFormat,
    columns: &'static [&'static str],
    rows: u64,
}

impl RowText {
    /// For rows of these columns.
    pub fn new(format: ExportFormat, columns: &'static [&'static str]) -> Self {
        Self { format, columns, rows: 0 }
    }

    /// How many rows there were.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// What comes before the first row.
    pub fn start(&self, out: &mut Vec<u8>) {
        match self.format {
            ExportFormat::Jsonl => {}
            ExportFormat::Json => out.push(b'['),
            ExportFormat::Csv => csv_record(out, self.columns.iter().map(|name| (*name).to_owned())),
        }
    }

    /// A row, its cells in the order of the columns.
    ///
    /// # Errors
    /// When a cell has no JSON.
    pub fn row(&mut self, out: &mut Vec<u8>, cells: Vec<Cell>) -> Result<(), serde_json::Error> {
        match self.format {
            ExportFormat::Csv => csv_record(out, cells.into_iter().map(csv_cell)),
            ExportFormat::Jsonl => {
                json_row(out, self.columns, &cells)?;
                out.push(b'\n');
            }
            ExportFormat::Json => {
                out.extend_from_slice(if self.rows == 0 { b"\n" } else { b",\n" });
                json_row(out, self.columns, &cells)?;
            }
        }
        self.rows += 1;
        Ok(())
    }

    /// What comes after the last row.
    pub fn end(&self, out: &mut Vec<u8>) {
        if self.format == ExportFormat::Json {
            out.extend_from_slice(b"\n]\n");
        }
    }
}

fn json_row(out: &mut Vec<u8>, columns: &[&str], cells: &[Cell]) -> Result<(), serde_json::Error> {
    out.push(b'{');
    for (place, (name, cell)) in columns.iter().zip(cells).enumerate() {
        if place > 0 {
            out.push(b',');
        }
        serde_json::to_writer(&mut *out, name)?;
        out.push(b':');
        match cell {
            Cell::Null => out.extend_from_slice(b"null"),
            Cell::Text(text) => serde_json::to_writer(&mut *out, text)?,
            Cell::Int(number) => serde_json::to_writer(&mut *out, number)?,
            Cell::Real(number) => serde_json::to_writer(&mut *out, number)?,
            Cell::Bool(truth) => serde_json::to_writer(&mut *out, truth)?,
            Cell::Json(text) => out.extend_from_slice(text.as_bytes()),
        }
    }
    out.push(b'}');
    Ok(())
}

fn csv_cell(cell: Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Text(text) => spreadsheet_safe(text),
        Cell::Int(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
        Cell::Bool(truth) => truth.to_string(),
        Cell::Json(text) => without_orders(text),
    }
}

/// Text that no spreadsheet takes for a formula, and that neither steers a terminal nor turns a line around.
pub fn spreadsheet_safe(text: String) -> String {
    let text = without_orders(text);
    // A number below nothing begins like a formula.
    let is_number = text.parse::<f64>().is_ok_and(f64::is_finite);
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number;
    if is_formula { format!("'{text}") } else { text }
}

/// Lines and tabs stay; every other character that is an order is shown as one that cannot be shown.
fn without_orders(text: String) -> String {
    let is_order = |c: char| {
        c.is_control() && !matches!(c, '\n' | '\r' | '\t')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.contains(is_order) { text.replace(is_order, "\u{fffd}") } else { text }
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
        let (mut text, mut out) = (RowText::new(format, &["key", "text"]), Vec::new());
        text.start(&mut out);
        for row in rows {
            text.row(&mut out, row).unwrap();
        }
        text.end(&mut out);
        String::from_utf8(out).unwrap()
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
