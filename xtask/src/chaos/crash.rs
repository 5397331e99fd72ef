//! The crash points of the program under test, and the command in which each is met. A program that is built for
//! release has none.

/// The variable that tells a program where to end.
pub(super) const VARIABLE: &str = "WEIR_CRASH_AT";

/// A command that passes crash points.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// `weir integration add`, which also makes the store.
    Add,
    /// `weir sync`.
    Sync,
    /// `weir integration edit`.
    Edit,
    /// `weir verify`.
    Verify,
}

/// A crash point by its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Point {
    pub(super) name: &'static str,
    pub(super) step: Step,
}

const fn point(name: &'static str, step: Step) -> Point {
    Point { name, step }
}

/// All of them.
pub(super) const POINTS: [Point; 19] = [
    point("add.before", Step::Add),
    point("add.after", Step::Add),
    point("batch.before_commit", Step::Sync),
    point("batch.after_commit", Step::Sync),
    point("census.found", Step::Verify),
    point("census.settled", Step::Verify),
    point("census.read", Step::Verify),
    point("edit.before_commit", Step::Edit),
    point("edit.after_commit", Step::Edit),
    point("lease.taken", Step::Sync),
    point("lease.before_release", Step::Sync),
    point("lease.released", Step::Sync),
    point("migration.applied", Step::Add),
    point("migration.before_commit", Step::Add),
    point("run.pulled", Step::Sync),
    point("run.walked", Step::Sync),
    point("run.cleared", Step::Sync),
    point("run.settled", Step::Sync),
    point("run.before_end", Step::Sync),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn these_are_the_points_that_the_store_lists() {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/store/src/crash.rs");
        let text = std::fs::read_to_string(source).unwrap();
        let (_, list) = text.split_once("pub const CRASH_POINTS").unwrap();
        let (list, _) = list.split_once("];").unwrap();
        let listed: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
        assert_eq!(listed, POINTS.map(|point| point.name));
    }
}
