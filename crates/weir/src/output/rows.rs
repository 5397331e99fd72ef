//! Lists: one table of values, printed as a table, JSON, JSON lines or CSV.

use super::{Format, clean, written};
use crate::failure::Failure;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde_json::{Map, Value};
use std::io::Write;

/// Longest cell of a table for people.
const LONGEST_CELL: usize = 200;

/// Columns and rows.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    columns: Vec<&'static str>,
    rows: Vec<Map<String, Value>>,
    empty: &'static str,
}

impl Rows {
    /// Rows with these columns in tables; other members appear in JSON alone.
    pub(crate) fn new(columns: &[&'static str], empty: &'static str) -> Self {
        Self { columns: columns.to_vec(), rows: vec![], empty }
    }

    /// Adds a row: an object.
    pub(crate) fn push(&mut self, row: Value) {
        if let Value::Object(members) = row {
            self.rows.push(members);
        }
    }

    pub(super) fn render(&self, format: Format, out: &mut Vec<u8>) -> Result<(), Failure> {
        match format {
            Format::Table => self.table(out),
            Format::Json => {
                let text =
                    serde_json::to_string_pretty(&self.rows).map_err(|e| Failure::bug(e.to_string()))?;
                written(writeln!(out, "{text}"))
            }
            Format::Jsonl => {
                for row in &self.rows {
                    let text = serde_json::to_string(row).map_err(|e| Failure::bug(e.to_string()))?;
                    written(writeln!(out, "{text}"))?;
                }
                Ok(())
            }
            Format::Csv => self.csv(out),
            Format::Parquet => Err(Failure::bug("a list cannot be Parquet".into())),
        }
    }

    fn shown(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.columns.iter().copied()
    }

    fn table(&self, out: &mut Vec<u8>) -> Result<(), Failure> {
        if self.rows.is_empty() {
            return written(writeln!(out, "{}", self.empty));
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(self.shown().map(|name| name.replace('_', " ").to_uppercase()));
        for row in &self.rows {
            table.add_row(self.shown().map(|name| clean(&value_text(row.get(name)), LONGEST_CELL)));
        }
        for (place, name) in self.shown().enumerate() {
            let numbers = self
                .rows
                .iter()
                .all(|row| row.get(name).is_none_or(|value| value.is_number() || value.is_null()));
            if let Some(column) = table.column_mut(place) {
                column.set_padding((0, 2));
                if numbers {
                    column.set_cell_alignment(CellAlignment::Right);
                }
            }
        }
        let text = table.to_string();
        for line in text.lines() {
            written(writeln!(out, "{}", line.trim_end()))?;
        }
        Ok(())
    }

    fn csv(&self, out: &mut Vec<u8>) -> Result<(), Failure> {
        let mut writer = csv::Writer::from_writer(out);
        let failed = |error: csv::Error| Failure::bug(error.to_string());
        writer.write_record(self.shown()).map_err(failed)?;
        for row in &self.rows {
            let cells = self.shown().map(|name| weir_store::spreadsheet_safe(value_text(row.get(name))));
            writer.write_record(cells).map_err(failed)?;
        }
        written(writer.flush())
    }
}

/// A value as a person reads it.
pub(crate) fn value_text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => {
            items.iter().map(|item| value_text(Some(item))).collect::<Vec<_>>().join(", ")
        }
        Some(other) => other.to_string(),
    }
}
