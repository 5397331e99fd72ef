//! What was found in a file, and where.

use super::tree::Place;
use weir_model::SatelliteFault;

/// More errors, or more warnings, than these help nobody; the rest is counted.
const MOST: usize = 200;

/// How bad something is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Severity {
    /// The file, or the integration that it is about, cannot be run.
    Error,
    /// It runs all the same.
    Warning,
}

impl Severity {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// Something that was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Which value it is about, `integrations[0].url` for example; empty where it is about the whole file.
    pub path: String,
    /// The line, from 1 on.
    pub line: usize,
    /// The character in that line, from 1 on.
    pub column: usize,
    /// What, why, and what to do.
    pub fault: SatelliteFault,
}

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    list: Vec<Finding>,
    errors: usize,
    left_out: usize,
}

impl Findings {
    pub(super) fn error(&mut self, path: &str, place: Place, fault: SatelliteFault) {
        self.errors += 1;
        self.add(Severity::Error, path, place, fault);
    }

    pub(super) fn warning(&mut self, path: &str, place: Place, fault: SatelliteFault) {
        self.add(Severity::Warning, path, place, fault);
    }

    /// How many errors there are.
    pub(super) fn errors(&self) -> usize {
        self.errors
    }

    fn add(&mut self, severity: Severity, path: &str, place: Place, fault: SatelliteFault) {
        // Warnings leave their place to errors.
        let alike = self.list.iter().filter(|finding| finding.severity == severity).count();
        if alike == MOST {
            self.left_out += 1;
            return;
        }
        let Place { line, column } = place;
        self.list.push(Finding { severity, path: path.to_owned(), line, column, fault });
    }

    /// All of them in the order of the file, and how many more there were.
    pub(super) fn into_parts(mut self) -> (Vec<Finding>, usize) {
        self.list.sort_by_key(|one| (one.line, one.column, one.severity == Severity::Warning));
        (self.list, self.left_out)
    }
}
