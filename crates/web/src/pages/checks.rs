//! A list of checks as pages show it, and the addresses that this server comes from, for those who keep a list of them.

use super::format::{duration, inert};
use crate::{app::App, life::KeptCheck};

/// A check: mark, word, sentence.
pub(super) struct CheckRow {
    pub(super) name: String,
    pub(super) word: &'static str,
    pub(super) class: &'static str,
    pub(super) icon: &'static str,
    pub(super) took: String,
    pub(super) sentence: String,
    pub(super) remedy: Option<String>,
}

impl From<&KeptCheck> for CheckRow {
    fn from(check: &KeptCheck) -> Self {
        let (word, class, icon) = match check.state.as_str() {
            "passed" => ("Passed", "is-healthy", "check"),
            "warning" => ("Warning", "is-warning", "alert-triangle"),
            "failed" => ("Failed", "is-unhealthy", "x"),
            "running" => ("Running", "is-pending", "refresh"),
            "waiting" => ("Waiting", "is-nodata", "clock"),
            _ => ("Not tried", "is-nodata", "clock"),
        };
        Self {
            name: check.name.clone(),
            word,
            class,
            icon,
            took: match word {
                "Not tried" | "Running" | "Waiting" => String::new(),
                _ => duration(check.took_ms.cast_signed()),
            },
            sentence: inert(&check.sentence),
            remedy: check.remedy.as_deref().map(inert),
        }
    }
}

/// Every check, and what came of them in a sentence.
pub(super) struct CheckList {
    pub(super) rows: Vec<CheckRow>,
    pub(super) sentence: String,
    pub(super) failed: bool,
}

impl CheckList {
    /// `None` where none was run.
    pub(super) fn of(checks: &[KeptCheck]) -> Option<Self> {
        if checks.is_empty() {
            return None;
        }
        let count = |state: &str| checks.iter().filter(|check| check.state == state).count();
        let (passed, warned, failed) = (count("passed"), count("warning"), count("failed"));
        let warnings = if warned == 1 { "1 warning".to_owned() } else { format!("{warned} warnings") };
        let sentence = match (warned, failed) {
            (0, 0) => format!("Checks: {passed} passed"),
            (_, 0) => format!("Checks: {passed} passed, {warnings}"),
            (0, _) => format!("Checks: {passed} passed, {failed} to fix"),
            _ => format!("Checks: {passed} passed, {warnings}, {failed} to fix"),
        };
        Some(Self { rows: checks.iter().map(CheckRow::from).collect(), sentence, failed: failed > 0 })
    }
}

/// What to tell those who decide which addresses a site lets in.
pub(super) struct Outgoing {
    /// The addresses that this server comes from, as its operator has said.
    pub(super) addresses: Vec<String>,
}

impl Outgoing {
    /// Where the address that we come from may be why something failed.
    pub(super) fn after(app: &App, code: Option<&str>) -> Option<Self> {
        let may_be = matches!(code?, "site.address_refused" | "net.timeout" | "net.connect");
        may_be.then(|| Self {
            addresses: app.settings.outgoing_addresses.iter().map(ToString::to_string).collect(),
        })
    }
}
