//! Edits of a world that is being served: each does to an issue's fields, its `updated`, its histories, the feeds and
//! the data embedded elsewhere what Jira does. Whatever an edit leaves open is drawn from its seed, so that equal seeds
//! on equal worlds make equal edits.

mod editor;
mod field;
mod kind;
mod life;
mod project;
mod relate;
mod site;
mod talk;

use serde_json::Value;
use thiserror::Error;

pub use kind::EditKind;

use crate::rng::Rng;
use crate::world::World;
use editor::Editor;

/// One edit.
#[derive(Debug, Clone)]
pub struct Edit {
    /// What is done.
    pub kind: EditKind,
    /// To what: an issue's key or id, or the id or name of a project, sprint, status, version, component or person;
    /// drawn when left out.
    pub subject: Option<String>,
    /// The new value, in the form that the kind takes; drawn when left out.
    pub value: Option<Value>,
    /// What draws.
    pub seed: u64,
}

impl Edit {
    /// An edit in which everything else is drawn.
    pub fn new(kind: EditKind) -> Edit {
        Edit { kind, subject: None, value: None, seed: 1 }
    }

    /// Of this subject.
    #[must_use]
    pub fn of(self, subject: impl Into<String>) -> Edit {
        Edit { subject: Some(subject.into()), ..self }
    }

    /// To this value.
    #[must_use]
    pub fn to(self, value: impl Into<Value>) -> Edit {
        Edit { value: Some(value.into()), ..self }
    }
}

/// An edit that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// What was done.
    pub kind: EditKind,
    /// The key of the issue (after a move the new one), or the id of whatever else was edited.
    pub subject: String,
}

/// Why an edit cannot be done; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct EditError(String);

impl EditError {
    pub(crate) fn new(text: impl Into<String>) -> EditError {
        EditError(text.into())
    }
}

type Done = Result<String, EditError>;

/// The site's time at an edit, and how long until searches see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct When {
    pub(crate) now: i64,
    pub(crate) lag: i64,
}

/// Does one edit.
pub(crate) fn apply(world: &mut World, edit: &Edit, when: When) -> Result<Applied, EditError> {
    let rng = Rng::new(edit.seed, 2000);
    let mut editor = Editor { world, rng, when };
    let subject = dispatch(&mut editor, edit.kind, edit.subject.as_deref(), edit.value.as_ref())?;
    Ok(Applied { kind: edit.kind, subject })
}

/// Draws an edit of one of these kinds (of any, when none are named) and does it; None when the world has nothing that
/// any of them could be done to.
pub(crate) fn draw(world: &mut World, seed: u64, kinds: &[EditKind], when: When) -> Option<Applied> {
    let mut rng = Rng::new(seed, 2001);
    let kinds = if kinds.is_empty() { EditKind::ALL.as_slice() } else { kinds };
    (0..60).find_map(|_| {
        let edit = Edit { seed: rng.next(), ..Edit::new(kind::weighted(&mut rng, kinds)) };
        apply(world, &edit, when).ok()
    })
}

fn dispatch(editor: &mut Editor<'_>, kind: EditKind, subject: Option<&str>, value: Option<&Value>) -> Done {
    match kind {
        EditKind::Create => editor.create(subject, value),
        EditKind::Delete => editor.delete(subject),
        EditKind::Move => editor.move_issue(subject, value),
        EditKind::Summary => editor.summary(subject, value),
        EditKind::Description => editor.description(subject, value),
        EditKind::Status => editor.status(subject, value),
        EditKind::Assignee => editor.assignee(subject, value),
        EditKind::Priority => editor.priority(subject, value),
        EditKind::Labels => editor.labels(subject, value),
        EditKind::Points => editor.points(subject, value),
        EditKind::Due => editor.due(subject, value),
        EditKind::Flag => editor.flag(subject, value),
        EditKind::Custom => editor.custom(subject, value),
        EditKind::Restrict => editor.restrict(subject, value),
        EditKind::Sprint => editor.sprint(subject, value),
        EditKind::FixVersion => editor.fix_version(subject, value),
        EditKind::Component => editor.component(subject, value),
        EditKind::Parent => editor.parent(subject, value),
        EditKind::Epic => editor.epic(subject, value),
        EditKind::Link => editor.link(subject, value),
        EditKind::Unlink => editor.unlink(subject, value),
        EditKind::CommentAdd => editor.comment_add(subject),
        EditKind::CommentEdit => editor.comment_edit(subject, value),
        EditKind::CommentDelete => editor.comment_delete(subject, value),
        EditKind::WorklogAdd => editor.worklog_add(subject, value),
        EditKind::WorklogEdit => editor.worklog_edit(subject, value),
        EditKind::WorklogDelete => editor.worklog_delete(subject, value),
        EditKind::SprintRename => editor.sprint_rename(subject, value),
        EditKind::SprintStart => editor.sprint_start(subject),
        EditKind::SprintClose => editor.sprint_close(subject),
        EditKind::StatusRename => editor.status_rename(subject, value),
        EditKind::VersionRename => editor.version_rename(subject, value),
        EditKind::VersionRelease => editor.version_release(subject),
        EditKind::ComponentRename => editor.component_rename(subject, value),
        EditKind::ProjectRename => editor.project_rename(subject, value),
        EditKind::UserRename => editor.user_rename(subject, value),
        EditKind::UserDeactivate => editor.user_deactivate(subject),
        EditKind::ProjectTrash => editor.project_trash(subject),
        EditKind::ProjectArchive => editor.project_archive(subject),
        EditKind::ProjectRestore => editor.project_restore(subject),
        EditKind::PermissionRevoke => editor.permission_revoke(subject, value),
        EditKind::PermissionGrant => editor.permission_grant(subject, value),
    }
}
