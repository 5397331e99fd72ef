//! The public views that the simulator knows the truth of, and what makes a row of each unique.

/// A view with the columns that identify a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    /// Its name.
    pub(crate) name: &'static str,
    /// Columns that together are unique within an integration.
    pub(crate) key: &'static [&'static str],
}

/// Columns that the store alone fills; the truth does not have them.
pub(crate) const STORES_OWN: &[&str] =
    &["integration", "state_since", "first_seen_at", "last_seen_at", "onboarded_at"];

const fn view(name: &'static str, key: &'static [&'static str]) -> View {
    View { name, key }
}

/// Every view with a truth.
pub(crate) const VIEWS: &[View] = &[
    view("issues", &["id"]),
    view("issue_keys", &["issue_id", "key"]),
    view("issue_changes", &["issue_id", "history_id", "item_index"]),
    view("issue_comments", &["issue_id", "id"]),
    view("issue_worklogs", &["issue_id", "id"]),
    view("issue_links", &["issue_id", "id"]),
    view("issue_sprints", &["issue_id", "sprint_id"]),
    view("issue_cases", &["issue_id", "case_id"]),
    view("projects", &["id"]),
    view("boards", &["id"]),
    view("sprints", &["id"]),
    view("versions", &["id"]),
    view("components", &["id"]),
    view("statuses", &["id"]),
    view("issue_types", &["id"]),
    view("priorities", &["id"]),
    view("resolutions", &["id"]),
    view("fields", &["id"]),
    view("people", &["id"]),
];
