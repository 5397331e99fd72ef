//! What can be done to a world: each kind once, with its word, how often it is drawn, and what it leaves on the issue.
//! What takes whole projects away is never drawn among others, only when nothing else is asked for.

use crate::rng::Rng;

/// What an edit leaves on the issue that is its subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trace {
    /// `updated` moves, and a history tells of it.
    History,
    /// `updated` moves.
    Updated,
    /// The subject is new, gone, or no issue.
    Nothing,
}

macro_rules! kinds {
    ($($(#[$what:meta])* $kind:ident = ($word:literal, $weight:literal, $trace:ident),)*) => {
        /// The kinds of edits.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum EditKind {
            $($(#[$what])* $kind,)*
        }

        impl EditKind {
            /// All of them.
            pub const ALL: [EditKind; [$(EditKind::$kind),*].len()] = [$(EditKind::$kind),*];

            /// Word, how often it is drawn, and what it leaves.
            fn row(self) -> (&'static str, usize, Trace) {
                match self {
                    $(EditKind::$kind => ($word, $weight, Trace::$trace),)*
                }
            }
        }
    };
}

kinds! {
    /// A new issue in a project.
    Create = ("create", 6, Nothing),
    /// An issue and its sub-tasks are deleted.
    Delete = ("delete", 2, Nothing),
    /// An issue and its sub-tasks move to another project.
    Move = ("move", 3, History),
    /// Another summary.
    Summary = ("summary", 8, History),
    /// Another description.
    Description = ("description", 4, History),
    /// A transition, with the resolution that belongs to it.
    Status = ("status", 14, History),
    /// Somebody else, or nobody.
    Assignee = ("assignee", 8, History),
    /// Another priority.
    Priority = ("priority", 4, History),
    /// Other labels.
    Labels = ("labels", 5, History),
    /// Another estimate in points.
    Points = ("points", 5, History),
    /// Another due date.
    Due = ("due", 2, History),
    /// The flag goes up or down.
    Flag = ("flag", 2, History),
    /// Another customer note.
    Custom = ("custom", 3, History),
    /// A security level is set or taken away.
    Restrict = ("restrict", 1, History),
    /// Into a sprint, or out of all.
    Sprint = ("sprint", 6, History),
    /// A fix version more or less.
    FixVersion = ("fix_version", 4, History),
    /// A component more or less.
    Component = ("component", 3, History),
    /// Another parent.
    Parent = ("parent", 2, History),
    /// Another epic, by the Epic Link.
    Epic = ("epic", 3, History),
    /// A link to another issue.
    Link = ("link", 4, History),
    /// A link less.
    Unlink = ("unlink", 2, History),
    /// A new comment.
    CommentAdd = ("comment_add", 8, Updated),
    /// Another text in a comment.
    CommentEdit = ("comment_edit", 3, Updated),
    /// A comment less.
    CommentDelete = ("comment_delete", 2, Updated),
    /// Work is logged.
    WorklogAdd = ("worklog_add", 4, History),
    /// A worklog's time changes.
    WorklogEdit = ("worklog_edit", 2, History),
    /// A worklog less.
    WorklogDelete = ("worklog_delete", 2, History),
    /// A sprint is called otherwise.
    SprintRename = ("sprint_rename", 1, Nothing),
    /// A future sprint begins.
    SprintStart = ("sprint_start", 1, Nothing),
    /// An active sprint ends; what is unfinished goes into the next one.
    SprintClose = ("sprint_close", 1, Nothing),
    /// A status is called otherwise.
    StatusRename = ("status_rename", 1, Nothing),
    /// A version is called otherwise.
    VersionRename = ("version_rename", 1, Nothing),
    /// A version is released.
    VersionRelease = ("version_release", 1, Nothing),
    /// A component is called otherwise.
    ComponentRename = ("component_rename", 1, Nothing),
    /// A project is called otherwise.
    ProjectRename = ("project_rename", 1, Nothing),
    /// A person is called otherwise.
    UserRename = ("user_rename", 1, Nothing),
    /// A person becomes inactive.
    UserDeactivate = ("user_deactivate", 1, Nothing),
    /// A project goes into the trash, with its issues.
    ProjectTrash = ("project_trash", 0, Nothing),
    /// A project is archived, with its issues.
    ProjectArchive = ("project_archive", 0, Nothing),
    /// A project comes back from the trash or the archive.
    ProjectRestore = ("project_restore", 0, Nothing),
    /// An account may no longer browse a project.
    PermissionRevoke = ("permission_revoke", 0, Nothing),
    /// An account may browse a project.
    PermissionGrant = ("permission_grant", 0, Nothing),
}

impl EditKind {
    /// The kind's word.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// The kind of that word.
    pub fn named(name: &str) -> Option<EditKind> {
        EditKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether it is drawn among other kinds; what takes whole projects away is not.
    pub fn is_drawn(self) -> bool {
        self.row().1 > 0
    }

    /// Whether the `updated` of the issue that is edited moves.
    pub fn moves_updated(self) -> bool {
        self.row().2 != Trace::Nothing
    }

    /// Whether the issue that is edited gets a history.
    pub fn writes_history(self) -> bool {
        self.row().2 == Trace::History
    }
}

/// One of these kinds; the everyday ones more often.
pub(super) fn weighted(rng: &mut Rng, kinds: &[EditKind]) -> EditKind {
    let total: usize = kinds.iter().map(|kind| kind.row().1).sum();
    if total == 0 {
        return *rng.pick(kinds);
    }
    let mut draw = rng.below(total);
    for kind in kinds {
        let weight = kind.row().1;
        if draw < weight {
            return *kind;
        }
        draw -= weight;
    }
    kinds[0]
}
