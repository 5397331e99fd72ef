//! Lines of a CSV file (RFC 4180, UTF-8), in which no cell is one that a spreadsheet takes for a formula.

/// What a spreadsheet would take for a formula.
fn begins_a_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// With an apostrophe before what a spreadsheet would take for a formula, and without what steers a terminal or turns a line
/// around.
pub(super) fn safe(text: &str) -> String {
    let is_order = |c: char| {
        c.is_control() && !matches!(c, '\n' | '\r' | '\t')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let text = if text.contains(is_order) { text.replace(is_order, "\u{fffd}") } else { text.to_owned() };
    if begins_a_formula(&text) { format!("'{text}") } else { text }
}

/// Without the apostrophe that [`safe`] put there.
pub(super) fn plain(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| begins_a_formula(rest)).unwrap_or(text)
}

/// One line.
pub(super) fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells
        .into_iter()
        .map(|cell| {
            let cell = safe(cell);
            if cell.contains([',', '"', '\n', '\r']) || cell.starts_with(' ') || cell.ends_with(' ') {
                format!("\"{}\"", cell.replace('"', "\"\""))
            } else {
                cell
            }
        })
        .collect();
    // A line of one empty cell would be no line.
    if cells.len() == 1 && cells[0].is_empty() { "\"\"\n".to_owned() } else { cells.join(",") + "\n" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_each_can_be_read_back() {
        let cells = ["=1+1", "@x", "-2", "a, \"b\"", "", "line\nbreak", "'quoted", "\tx", " blank "];
        let text = line(cells);
        assert!(text.starts_with("'=1+1,'@x,'-2,\"a, \"\"b\"\"\",,"));
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let record = reader.records().next().unwrap().unwrap();
        let read: Vec<&str> = record.iter().map(plain).collect();
        assert_eq!(read, cells);
        assert_eq!(line(["a\u{1b}[2J\u{202e}"]), "a\u{fffd}[2J\u{fffd}\n");
    }
}
