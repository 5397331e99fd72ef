//! What a run did with the issues of each project.

use super::{
    super::{format::inert, monitoring::rows::Number},
    numbers,
};
use weir_model::{Counts, ProjectCounts, Tally};

/// A project.
pub(super) struct ProjectRow {
    /// Its key; nothing for issues of which the project is not known.
    pub(super) key: Option<String>,
    pub(super) counts: Vec<Number>,
}

/// The rows, those that were read most first; and what is left of all issues, where their project is not known.
pub(super) fn rows(mut projects: Vec<ProjectCounts>, tally: &Tally) -> Vec<ProjectRow> {
    projects.sort_by(|a, b| b.counts.read.cmp(&a.counts.read).then_with(|| a.key.cmp(&b.key)));
    let rest = ProjectCounts::rest(&projects, tally);
    let row = |project: ProjectCounts| ProjectRow {
        key: Some(inert(&project.key)),
        counts: shown(&project.counts),
    };
    let mut rows: Vec<ProjectRow> = projects.into_iter().map(row).collect();
    rows.extend(rest.map(|counts| ProjectRow { key: None, counts: shown(&counts) }));
    rows
}

/// Read, written, unchanged, skipped, failed.
fn shown(counts: &Counts) -> Vec<Number> {
    let mut shown = numbers(counts);
    shown.truncate(5);
    shown
}
