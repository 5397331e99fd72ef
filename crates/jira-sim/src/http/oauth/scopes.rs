//! Which scopes an operation needs, as the published OpenAPI documents say (`x-atlassian-oauth2-scopes`, and `security` where
//! that is all there is); those of access in a table of their own.

use crate::http::access;

/// Scopes that an app may be given here.
const KNOWN: [&str; 11] = [
    "offline_access",
    "read:jira-work",
    "read:jira-user",
    "manage:jira-configuration",
    "read:board-scope:jira-software",
    "read:board-scope.admin:jira-software",
    "read:sprint:jira-software",
    "read:epic:jira-software",
    "read:issue-details:jira",
    "read:project:jira",
    "read:me",
];

pub(super) fn is_known(scope: &str) -> bool {
    KNOWN.contains(&scope) || access::is_known(scope)
}

/// Whether a token with these scopes may do an operation.
pub(super) fn lets_through(method: &str, path: &str, has: &dyn Fn(&str) -> bool) -> bool {
    match access::alternatives(method, path) {
        Some(alternatives) => alternatives.met(has),
        None => needed(path).iter().all(|scope| has(scope)),
    }
}

/// All that have to be there; none where any token will do.
fn needed(path: &str) -> &'static [&'static str] {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        ["rest", "agile", _, "board"] => &["read:board-scope:jira-software", "read:project:jira"],
        ["rest", "agile", _, "board", _] => &["read:board-scope:jira-software", "read:issue-details:jira"],
        ["rest", "agile", _, "board", _, "project" | "configuration"] => {
            &["read:board-scope.admin:jira-software", "read:project:jira"]
        }
        ["rest", "agile", _, "board", _, "epic"] => &["read:epic:jira-software"],
        ["rest", "agile", _, "board", _, "sprint"] | ["rest", "agile", _, "sprint", _] => {
            &["read:sprint:jira-software"]
        }
        ["rest", "agile", ..] => &["read:board-scope:jira-software"],
        ["rest", "api", _, "serverInfo"] => &[],
        ["rest", "api", _, "user" | "users", ..] => &["read:jira-user"],
        ["rest", "api", _, "statuses" | "priority", "search"] => &["manage:jira-configuration"],
        _ => &["read:jira-work"],
    }
}
