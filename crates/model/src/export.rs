//! The public views by name: what people, dashboards and exports read.

/// A public view of `contracts`; its name and columns stay.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct View {
    /// Its name.
    pub name: &'static str,
    /// Its columns, in order.
    pub columns: &'static [&'static str],
    /// The column that `--since` looks at, where the view has one.
    pub since: Option<&'static str>,
    /// Columns that order its rows so that two exports of the same store are equal.
    pub order: &'static [&'static str],
}

macro_rules! views {
    ($($name:ident by [$($order:ident),*] $(since $since:ident)? : $($column:ident)*;)*) => {
        impl View {
            /// Every public view.
            pub const ALL: &'static [Self] = &[$(Self {
                name: stringify!($name),
                columns: &[$(stringify!($column)),*],
                since: views!(@since $($since)?),
                order: &[$(stringify!($order)),*],
            }),*];
        }
    };
    (@since) => { None };
    (@since $since:ident) => { Some(stringify!($since)) };
}

views! {
    issues by [integration, id] since updated_at:
        integration id key project_key type is_subtask status status_category priority resolution summary
        description_text description_words assignee_id reporter_id creator_id parent_key epic_key story_points
        labels components fix_versions affects_versions due_date created_at updated_at resolved_at
        status_changed_at security_level fields state state_since first_seen_at last_seen_at url;
    issue_keys by [integration, issue_id, key] since since: integration issue_id key since;
    issue_changes by [integration, issue_id, history_id, item_index] since changed_at:
        integration issue_id history_id item_index field field_id from_id from_text to_id to_text author_id changed_at;
    issue_comments by [integration, issue_id, id] since updated_at:
        integration issue_id id author_id body_text visibility is_public created_at updated_at;
    issue_worklogs by [integration, issue_id, id] since updated_at:
        integration issue_id id author_id started_at seconds comment_text created_at updated_at;
    issue_links by [integration, issue_id, id]: integration issue_id id type direction other_key;
    issue_sprints by [integration, issue_id, sprint_id]: integration issue_id sprint_id;
    issue_cases by [integration, issue_id, case_id]: integration issue_id case_id raw;
    issue_states by [integration, issue_id, since, state] since since:
        integration issue_id state reason since;
    quarantined_issues by [integration, issue_id] since last_at:
        integration issue_id code detail attempts first_at last_at run_id raw_bytes;
    projects by [integration, id]: integration id key name type style category lead_id state onboarded_at url;
    boards by [integration, id]: integration id name type project_key;
    sprints by [integration, id]: integration id board_id name state goal start_at end_at completed_at;
    versions by [integration, id]:
        integration id name project_key description released archived start_date release_date;
    components by [integration, id]: integration id name project_key description lead_id;
    statuses by [integration, id]: integration id name category scope_project_id;
    issue_types by [integration, id]: integration id name subtask hierarchy_level scope_project_id;
    priorities by [integration, id]: integration id name position;
    resolutions by [integration, id]: integration id name description;
    fields by [integration, id]: integration id name custom schema_type schema_custom;
    people by [integration, id]: integration id name email kind active;
    runs by [integration, id] since started_at:
        id integration trigger started_at ended_at result attempt requests waited_ms read written unchanged
        skipped failed error_code;
    certificates by [integration, run_id, project_key] since at:
        integration run_id at project_key theirs ours missing extra verdict;
}

impl View {
    /// The view of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|view| view.name == name)
    }
}
