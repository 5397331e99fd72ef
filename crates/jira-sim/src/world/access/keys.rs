//! What may be allowed: the permissions of Jira (Cloud and Data Center platform REST, "Permissions"; "Permission schemes", built-in
//! permissions), and those that apps bring, whose keys are whatever an app calls them.

/// (key, name, whether it counts everywhere, whether Cloud alone has it)
type Row = (&'static str, &'static str, bool, bool);

#[rustfmt::skip]
const ALL: [Row; 50] = [
    ("ADMINISTER", "Administer Jira", true, false),
    ("SYSTEM_ADMIN", "System Administrators", true, false),
    ("USER_PICKER", "Browse users and groups", true, false),
    ("BULK_CHANGE", "Make bulk changes", true, false),
    ("CREATE_SHARED_OBJECTS", "Share dashboards and filters", true, false),
    ("MANAGE_GROUP_FILTER_SUBSCRIPTIONS", "Manage group filter subscriptions", true, false),
    ("CREATE_PROJECT", "Create team-managed projects", true, true),
    ("com.example.audit__view-reports", "View audit reports", true, false),
    ("ADMINISTER_PROJECTS", "Administer Projects", false, false),
    ("EDIT_WORKFLOW", "Edit Workflows", false, true),
    ("EDIT_ISSUE_LAYOUT", "Edit Issue Layout", false, true),
    ("BROWSE_PROJECTS", "Browse Projects", false, false),
    ("VIEW_AGGREGATED_DATA", "View Aggregated Data", false, true),
    ("MANAGE_SPRINTS_PERMISSION", "Manage sprints", false, false),
    ("SERVICEDESK_AGENT", "Service Desk Agent", false, false),
    ("VIEW_DEV_TOOLS", "View Development Tools", false, false),
    ("VIEW_READONLY_WORKFLOW", "View Read-Only Workflow", false, false),
    ("ASSIGNABLE_USER", "Assignable User", false, false),
    ("ASSIGN_ISSUES", "Assign Issues", false, false),
    ("CLOSE_ISSUES", "Close Issues", false, false),
    ("CREATE_ISSUES", "Create Issues", false, false),
    ("DELETE_ISSUES", "Delete Issues", false, false),
    ("EDIT_ISSUES", "Edit Issues", false, false),
    ("LINK_ISSUES", "Link Issues", false, false),
    ("MODIFY_REPORTER", "Modify Reporter", false, false),
    ("MOVE_ISSUES", "Move Issues", false, false),
    ("RESOLVE_ISSUES", "Resolve Issues", false, false),
    ("SCHEDULE_ISSUES", "Schedule Issues", false, false),
    ("SET_ISSUE_SECURITY", "Set Issue Security", false, false),
    ("TRANSITION_ISSUES", "Transition Issues", false, false),
    ("MANAGE_WATCHERS", "Manage Watchers", false, false),
    ("VIEW_VOTERS_AND_WATCHERS", "View Voters and Watchers", false, false),
    ("ADD_COMMENTS", "Add Comments", false, false),
    ("DELETE_ALL_COMMENTS", "Delete All Comments", false, false),
    ("DELETE_OWN_COMMENTS", "Delete Own Comments", false, false),
    ("EDIT_ALL_COMMENTS", "Edit All Comments", false, false),
    ("EDIT_OWN_COMMENTS", "Edit Own Comments", false, false),
    ("CREATE_ATTACHMENTS", "Create Attachments", false, false),
    ("DELETE_ALL_ATTACHMENTS", "Delete All Attachments", false, false),
    ("DELETE_OWN_ATTACHMENTS", "Delete Own Attachments", false, false),
    ("WORK_ON_ISSUES", "Work On Issues", false, false),
    ("DELETE_ALL_WORKLOGS", "Delete All Worklogs", false, false),
    ("DELETE_OWN_WORKLOGS", "Delete Own Worklogs", false, false),
    ("EDIT_ALL_WORKLOGS", "Edit All Worklogs", false, false),
    ("EDIT_OWN_WORKLOGS", "Edit Own Worklogs", false, false),
    ("com.example.review__approve-release", "Approve <release>", false, false),
    ("tempo_worklog_manager", "View all worklogs", false, false),
    ("UNARCHIVE_ISSUES", "Restore Issues", false, true),
    ("ARCHIVE_ISSUES", "Archive Issues", false, false),
    ("CREATE_CLONES", "Clone Issues", false, true),
];

/// A permission of a site.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Permission {
    pub(crate) key: &'static str,
    pub(crate) name: &'static str,
    /// Counts everywhere, not in a project.
    pub(crate) global: bool,
}

impl Permission {
    pub(crate) fn kind(self) -> &'static str {
        if self.global { "GLOBAL" } else { "PROJECT" }
    }
}

/// The permissions of a product.
pub(crate) fn all(is_dc: bool) -> impl Iterator<Item = Permission> {
    let rows = ALL.iter().filter(move |row| !is_dc || !row.3);
    rows.map(|(key, name, global, _)| Permission { key, name, global: *global })
}

/// One of them, by its key.
pub(crate) fn named(is_dc: bool, key: &str) -> Option<Permission> {
    all(is_dc).find(|permission| permission.key == key)
}
