//! What can be done to a world.

use crate::rng::Rng;

/// The kinds of edits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EditKind {
    /// A new issue in a project.
    Create,
    /// An issue and its sub-tasks are deleted.
    Delete,
    /// An issue and its sub-tasks move to another project.
    Move,
    /// Another summary.
    Summary,
    /// Another description.
    Description,
    /// A transition, with the resolution that belongs to it.
    Status,
    /// Somebody else, or nobody.
    Assignee,
    /// Another priority.
    Priority,
    /// Other labels.
    Labels,
    /// Another estimate in points.
    Points,
    /// Another due date.
    Due,
    /// The flag goes up or down.
    Flag,
    /// Another customer note.
    Custom,
    /// A security level is set or taken away.
    Restrict,
    /// Into a sprint, or out of all.
    Sprint,
    /// A fix version more or less.
    FixVersion,
    /// A component more or less.
    Component,
    /// Another parent.
    Parent,
    /// Another epic, by the Epic Link.
    Epic,
    /// A link to another issue.
    Link,
    /// A link less.
    Unlink,
    /// A new comment.
    CommentAdd,
    /// Another text in a comment.
    CommentEdit,
    /// A comment less.
    CommentDelete,
    /// Work is logged.
    WorklogAdd,
    /// A worklog's time changes.
    WorklogEdit,
    /// A worklog less.
    WorklogDelete,
    /// A sprint is called otherwise.
    SprintRename,
    /// A future sprint begins.
    SprintStart,
    /// An active sprint ends; what is unfinished goes into the next one.
    SprintClose,
    /// A status is called otherwise.
    StatusRename,
    /// A version is called otherwise.
    VersionRename,
    /// A version is released.
    VersionRelease,
    /// A component is called otherwise.
    ComponentRename,
    /// A project is called otherwise.
    ProjectRename,
    /// A person is called otherwise.
    UserRename,
    /// A person becomes inactive.
    UserDeactivate,
}

impl EditKind {
    /// All of them.
    pub const ALL: [EditKind; 37] = [
        EditKind::Create,
        EditKind::Delete,
        EditKind::Move,
        EditKind::Summary,
        EditKind::Description,
        EditKind::Status,
        EditKind::Assignee,
        EditKind::Priority,
        EditKind::Labels,
        EditKind::Points,
        EditKind::Due,
        EditKind::Flag,
        EditKind::Custom,
        EditKind::Restrict,
        EditKind::Sprint,
        EditKind::FixVersion,
        EditKind::Component,
        EditKind::Parent,
        EditKind::Epic,
        EditKind::Link,
        EditKind::Unlink,
        EditKind::CommentAdd,
        EditKind::CommentEdit,
        EditKind::CommentDelete,
        EditKind::WorklogAdd,
        EditKind::WorklogEdit,
        EditKind::WorklogDelete,
        EditKind::SprintRename,
        EditKind::SprintStart,
        EditKind::SprintClose,
        EditKind::StatusRename,
        EditKind::VersionRename,
        EditKind::VersionRelease,
        EditKind::ComponentRename,
        EditKind::ProjectRename,
        EditKind::UserRename,
        EditKind::UserDeactivate,
    ];

    /// The kind's word.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// The kind of that word.
    pub fn named(name: &str) -> Option<EditKind> {
        EditKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Word, and how often it is drawn.
    fn row(self) -> (&'static str, usize) {
        match self {
            EditKind::Create => ("create", 6),
            EditKind::Delete => ("delete", 2),
            EditKind::Move => ("move", 3),
            EditKind::Summary => ("summary", 8),
            EditKind::Description => ("description", 4),
            EditKind::Status => ("status", 14),
            EditKind::Assignee => ("assignee", 8),
            EditKind::Priority => ("priority", 4),
            EditKind::Labels => ("labels", 5),
            EditKind::Points => ("points", 5),
            EditKind::Due => ("due", 2),
            EditKind::Flag => ("flag", 2),
            EditKind::Custom => ("custom", 3),
            EditKind::Restrict => ("restrict", 1),
            EditKind::Sprint => ("sprint", 6),
            EditKind::FixVersion => ("fix_version", 4),
            EditKind::Component => ("component", 3),
            EditKind::Parent => ("parent", 2),
            EditKind::Epic => ("epic", 3),
            EditKind::Link => ("link", 4),
            EditKind::Unlink => ("unlink", 2),
            EditKind::CommentAdd => ("comment_add", 8),
            EditKind::CommentEdit => ("comment_edit", 3),
            EditKind::CommentDelete => ("comment_delete", 2),
            EditKind::WorklogAdd => ("worklog_add", 4),
            EditKind::WorklogEdit => ("worklog_edit", 2),
            EditKind::WorklogDelete => ("worklog_delete", 2),
            EditKind::SprintRename => ("sprint_rename", 1),
            EditKind::SprintStart => ("sprint_start", 1),
            EditKind::SprintClose => ("sprint_close", 1),
            EditKind::StatusRename => ("status_rename", 1),
            EditKind::VersionRename => ("version_rename", 1),
            EditKind::VersionRelease => ("version_release", 1),
            EditKind::ComponentRename => ("component_rename", 1),
            EditKind::ProjectRename => ("project_rename", 1),
            EditKind::UserRename => ("user_rename", 1),
            EditKind::UserDeactivate => ("user_deactivate", 1),
        }
    }
}

/// One of these kinds; the everyday ones more often.
pub(super) fn weighted(rng: &mut Rng, kinds: &[EditKind]) -> EditKind {
    let mut draw = rng.below(kinds.iter().map(|kind| kind.row().1).sum());
    for kind in kinds {
        let weight = kind.row().1;
        if draw < weight {
            return *kind;
        }
        draw -= weight;
    }
    kinds[0]
}
