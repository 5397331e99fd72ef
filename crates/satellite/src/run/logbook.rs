//! What went wrong last, for the page of the server that shows this satellite.

use std::sync::{Mutex, MutexGuard, PoisonError};
use weir_model::{LogLevel, LogLine, Millis, clean};

/// The last lines, and how much of them the server knows.
#[derive(Debug, Default)]
pub(super) struct Logbook(Mutex<Lines>);

#[derive(Debug, Default)]
struct Lines {
    last: Vec<LogLine>,
    /// How many were ever written, and how many of them when the server was last told.
    written: u64,
    told: u64,
}

impl Logbook {
    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a line. What it says comes from the catalogue of messages, where no secret gets into.
    pub(super) fn write(&self, at: Millis, level: LogLevel, text: &str) {
        let mut lines = self.lines();
        let text = clean(text, LogLine::LONGEST);
        let is_same = |last: &LogLine| last.level == level && last.text == text;
        if lines.last.last().is_some_and(is_same) {
            // The same again, each quarter of an hour say, would push everything else out.
            lines.last.pop();
        }
        lines.last.push(LogLine { at, level, text });
        lines.written += 1;
        let over = lines.last.len().saturating_sub(LogLine::KEPT);
        lines.last.drain(..over);
    }

    /// What the server does not know yet: all of the last lines, and up to where they are told then.
    pub(super) fn untold(&self) -> Option<(u64, Vec<LogLine>)> {
        let lines = self.lines();
        (lines.written > lines.told).then(|| (lines.written, lines.last.clone()))
    }

    /// The server knows them up to here.
    pub(super) fn told(&self, up_to: u64) {
        let mut lines = self.lines();
        lines.told = lines.told.max(up_to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_until_the_server_knows_them() {
        let book = Logbook::default();
        assert_eq!(book.untold(), None);
        book.write(Millis(1), LogLevel::Warning, "one");
        book.write(Millis(2), LogLevel::Error, "two\nwith a break");
        let (up_to, lines) = book.untold().unwrap();
        assert_eq!((lines.len(), lines[1].text.contains('\n')), (2, false));
        book.write(Millis(3), LogLevel::Error, "three");
        book.told(up_to);
        let (up_to, lines) = book.untold().unwrap();
        assert_eq!(lines.len(), 3);
        book.told(up_to);
        assert_eq!(book.untold(), None);
    }

    #[test]
    fn only_the_last_lines_are_kept_and_one_that_comes_again_is_one() {
        let book = Logbook::default();
        for n in 0..90 {
            book.write(Millis(n), LogLevel::Error, &format!("line {}", n.min(80)));
        }
        let (_, lines) = book.untold().unwrap();
        assert_eq!((lines.len(), lines.last().unwrap().at), (LogLine::KEPT, Millis(89)));
        assert_eq!(lines[LogLine::KEPT - 2].text, "line 79");
    }
}
