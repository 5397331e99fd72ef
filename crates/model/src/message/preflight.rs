//! Sentences about the pre-flight: what came of trying a site and a scope before anything is kept.

use super::{ExitCode, Surface, entries::catalogue};

catalogue! {
    /// What stands in the way of a pre-flight, or of a scope.
    PreflightFault, parts {};
    Slow { host: String, check: String, seconds: u64 } = "check.slow", TimedOut,
        "The checks of {host} did not end within {seconds} seconds.", "The check \"{check}\" was in hand when the time was over. What was checked before it holds.",
        "Check again; if it stays, ask whoever looks after {host} why its answers take that long";
    JqlField { said: String, near: String } = "jql.field", Usage,
        "Jira does not accept this JQL.", "Jira said: {said}",
        "Write {near} instead, if that is what was meant";
    ProjectsUnknown { keys: String } = "project.unknown", NotFound,
        "There are no projects {keys} that this account can see.", "They do not exist, are archived, or are hidden from the account.",
        "Check the keys; weir check lists some projects that are visible", server: "Check the keys";
}
