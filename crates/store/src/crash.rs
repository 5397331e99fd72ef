//! Crash points: places with a name at which a program built for debugging ends at once when it is told to, so that
//! tests can prove that a crash just there loses nothing.
//!
//! `WEIR_CRASH_AT=NAME` ends it the first time that the point is reached, `NAME:3` the third time. The process aborts:
//! nothing is unwound, flushed or given back, as with `kill -9`. Programs that are built for release have no such points.

/// All of them, by name.
pub const CRASH_POINTS: [&str; 19] = [
    "add.before",
    "add.after",
    "batch.before_commit",
    "batch.after_commit",
    "census.found",
    "census.settled",
    "census.read",
    "edit.before_commit",
    "edit.after_commit",
    "lease.taken",
    "lease.before_release",
    "lease.released",
    "migration.applied",
    "migration.before_commit",
    "run.pulled",
    "run.walked",
    "run.cleared",
    "run.settled",
    "run.before_end",
];

/// Those of operations that tests go through one by one.
pub const OPERATION_POINTS: [&str; 11] = [
    "backup.whole",
    "keys.aside",
    "keys.in_use",
    "keys.retired",
    "keys.wrapped",
    "keys.written",
    "restore.before_commit",
    "restore.filled",
    "restore.linked",
    "tokens.before",
    "tokens.kept",
];

#[cfg(debug_assertions)]
mod armed {
    use super::{CRASH_POINTS, OPERATION_POINTS};
    use std::sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    };

    /// Where to end, and how often the point is passed before.
    #[derive(Debug)]
    pub(super) struct Armed {
        pub(super) name: String,
        left: AtomicU64,
    }

    impl Armed {
        /// Reads `NAME` or `NAME:N`.
        pub(super) fn read(text: &str) -> Result<Self, String> {
            let (name, number) = text.split_once(':').unwrap_or((text, "1"));
            let wrong = |what: String| {
                let known = [&CRASH_POINTS[..], &OPERATION_POINTS].concat().join(", ");
                Err(format!("WEIR_CRASH_AT: {what}; give one of {known}, with :N for the N-th time"))
            };
            if !CRASH_POINTS.contains(&name) && !OPERATION_POINTS.contains(&name) {
                return wrong(format!("there is no crash point '{name}'"));
            }
            match number.parse::<u64>() {
                Ok(number @ 1..) => Ok(Self { name: name.to_owned(), left: AtomicU64::new(number) }),
                _ => wrong(format!("'{number}' is no number from 1 on")),
            }
        }

        /// Whether this is the time.
        pub(super) fn strikes(&self, name: &str) -> bool {
            self.name == name && self.left.fetch_sub(1, Ordering::Relaxed) == 1
        }
    }

    /// What this process was started with.
    pub(super) fn armed() -> Option<&'static Armed> {
        static ARMED: OnceLock<Option<Armed>> = OnceLock::new();
        let armed = ARMED.get_or_init(|| {
            let text = std::env::var("WEIR_CRASH_AT").ok()?;
            Some(Armed::read(&text).unwrap_or_else(|wrong| panic!("{wrong}")))
        });
        armed.as_ref()
    }
}

/// Ends the process here when it was told to; does nothing in a program that is built for release.
#[inline]
pub fn crash_point(name: &'static str) {
    #[cfg(debug_assertions)]
    if armed::armed().is_some_and(|armed| armed.strikes(name)) {
        std::process::abort();
    }
    #[cfg(not(debug_assertions))]
    let _ = name;
}

#[cfg(all(test, debug_assertions))]
#[allow(clippy::unwrap_used, reason = "helpers of tests")]
mod tests {
    use super::{CRASH_POINTS, OPERATION_POINTS, armed::Armed};
    use std::{fs, path::Path};

    #[test]
    fn a_point_strikes_once_at_its_time() {
        let armed = Armed::read("batch.after_commit:2").unwrap();
        let reached =
            ["batch.before_commit", "batch.after_commit", "batch.after_commit", "batch.after_commit"];
        assert_eq!(reached.map(|name| armed.strikes(name)), [false, false, true, false]);
    }

    #[test]
    fn what_is_no_point_and_no_number_is_refused_with_what_there_is() {
        for (text, what) in [("batch", "no crash point 'batch'"), ("add.after:0", "'0' is no number")] {
            let said = Armed::read(text).unwrap_err();
            assert!(said.contains(what) && said.contains("run.settled"), "{said}");
        }
    }

    #[test]
    fn every_point_stands_in_the_code_once_and_every_one_in_the_code_is_listed() {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut found = Vec::new();
        for source in ["store/src", "ingest/src"] {
            collect(&crates.join(source), &mut found).unwrap();
        }
        found.sort();
        let mut listed = [&CRASH_POINTS[..], &OPERATION_POINTS].concat();
        listed.sort();
        assert_eq!(found, listed);
    }

    fn collect(folder: &Path, found: &mut Vec<String>) -> std::io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                collect(&path, found)?;
            } else if path.file_name().is_some_and(|name| name != "crash.rs") {
                let text = fs::read_to_string(&path)?;
                let uses = text.split("crash_point(\"").skip(1);
                found.extend(uses.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
            }
        }
        Ok(())
    }
}
