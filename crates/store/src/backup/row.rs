//! A row as a line: a JSON array. Numbers are written so that they are read again to the last bit.

use crate::{
    StoreError,
    catalogue::{ColumnKind, ColumnOf},
    value::{Bind, Cell, Row},
};
use serde_json::value::RawValue;
use std::io::Write as _;

/// Adds a row as a line.
pub(super) fn write(out: &mut Vec<u8>, columns: &[ColumnOf], row: &Row) -> Result<(), StoreError> {
    let failed = |error: std::io::Error| StoreError::bug(format!("A row cannot be written: {error}"));
    for (place, (column, cell)) in columns.iter().zip(&row.0).enumerate() {
        out.push(if place == 0 { b'[' } else { b',' });
        match (column.kind, cell) {
            (_, Cell::Null) => out.extend_from_slice(b"null"),
            (ColumnKind::Int, Cell::Int(number)) => write!(out, "{number}").map_err(failed)?,
            (ColumnKind::Flag, Cell::Bool(flag)) => write!(out, "{flag}").map_err(failed)?,
            (ColumnKind::Flag, Cell::Int(number)) => write!(out, "{}", *number != 0).map_err(failed)?,
            // SQLite keeps no negative zero, so there is none in a backup.
            (ColumnKind::Real, Cell::Real(number)) if number.is_finite() => {
                write!(out, "{:?}", number + 0.0).map_err(failed)?;
            }
            (ColumnKind::Real, Cell::Real(number)) => write!(out, "\"{number}\"").map_err(failed)?,
            (ColumnKind::Text, Cell::Text(text)) => {
                serde_json::to_writer(&mut *out, text).map_err(|error| failed(error.into()))?;
            }
            _ => return Err(StoreError::bug(format!("The column {} holds something else", column.name))),
        }
    }
    out.extend_from_slice(b"]\n");
    Ok(())
}

/// Reads a line; says what is wrong with one that is not a row of these columns.
pub(super) fn read(line: &str, columns: &[ColumnOf]) -> Result<Vec<Cell>, String> {
    let values: Vec<&RawValue> = serde_json::from_str(line).map_err(|error| error.to_string())?;
    if values.len() != columns.len() {
        return Err(format!("it has {} values in the place of {}", values.len(), columns.len()));
    }
    columns.iter().zip(values).map(|(column, value)| cell(column, value.get())).collect()
}

fn cell(column: &ColumnOf, text: &str) -> Result<Cell, String> {
    if text == "null" {
        return Ok(Cell::Null);
    }
    let cell = match column.kind {
        ColumnKind::Int => text.parse().ok().map(Cell::Int),
        ColumnKind::Flag => text.parse().ok().map(Cell::Bool),
        ColumnKind::Real => text.trim_matches('"').parse().ok().map(Cell::Real),
        ColumnKind::Text => serde_json::from_str(text).ok().map(Cell::Text),
    };
    cell.ok_or_else(|| format!("the column {} holds something else", column.name))
}

/// Binds a row for an insert.
pub(super) fn bind(to: &mut impl Bind, columns: &[ColumnOf], row: &[Cell]) {
    for (column, cell) in columns.iter().zip(row) {
        match (column.kind, cell) {
            (_, Cell::Text(text)) => to.text(text.as_str()),
            (_, Cell::Int(number)) => to.int(*number),
            (_, Cell::Real(number)) => to.real(Some(*number)),
            (_, Cell::Bool(flag)) => to.flag(*flag),
            (ColumnKind::Text, _) => to.text(None),
            (ColumnKind::Int, _) => to.int(None),
            (ColumnKind::Real, _) => to.real(None),
            (ColumnKind::Flag, _) => to.flag(None),
        }
    }
}
