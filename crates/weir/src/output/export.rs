//! Rows of a view, written as they come.

use super::written_to;
use crate::failure::Failure;
use std::io::Write;
use weir_store::{Cell, ExportFormat, RowText};

/// Writes rows one by one.
pub(crate) struct RowWriter<W: Write> {
    out: W,
    place: String,
    text: RowText,
    buffer: Vec<u8>,
}

impl<W: Write> RowWriter<W> {
    pub(crate) fn start(
        out: W,
        place: &str,
        format: ExportFormat,
        columns: &'static [&'static str],
    ) -> Result<Self, Failure> {
        let text = RowText::new(format, columns);
        let mut writer = Self { out, place: place.to_owned(), text, buffer: Vec::with_capacity(16 * 1024) };
        writer.text.start(&mut writer.buffer);
        writer.flush_buffer()?;
        Ok(writer)
    }

    /// Writes a row, its cells in the order of the columns.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) -> Result<(), Failure> {
        self.text.row(&mut self.buffer, cells).map_err(|error| Failure::bug(error.to_string()))?;
        if self.buffer.len() >= 64 * 1024 { self.flush_buffer() } else { Ok(()) }
    }

    /// Ends the export and hands back where it went, with the number of rows.
    pub(crate) fn finish(mut self) -> Result<(W, u64), Failure> {
        self.text.end(&mut self.buffer);
        self.flush_buffer()?;
        written_to(&self.place, self.out.flush())?;
        Ok((self.out, self.text.rows()))
    }

    fn flush_buffer(&mut self) -> Result<(), Failure> {
        written_to(&self.place, self.out.write_all(&self.buffer))?;
        self.buffer.clear();
        Ok(())
    }
}
