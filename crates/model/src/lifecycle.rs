//! The life of an integration in a server: set-ups that were begun, deletions that wait, and what is left of both.

use crate::{AccountId, DraftId, IntegrationId, Millis, WorkspaceId};

/// A set-up that somebody has begun and not ended. What was typed is a document; the credential is sealed beside it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Draft {
    /// Its id.
    pub id: DraftId,
    /// Whose it is.
    pub account: AccountId,
    /// What was typed but the credential.
    pub document: String,
    /// Grows with each change, so that no change is lost to another one.
    pub version: i64,
    /// When it was begun.
    pub created_at: Millis,
    /// When it was last changed.
    pub changed_at: Millis,
    /// When it goes by itself.
    pub expires_at: Millis,
}

/// The checks of an integration that were run last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checked {
    /// When.
    pub at: Millis,
    /// Who wanted them.
    pub by: String,
    /// The list of them.
    pub document: String,
}

/// A deletion that waits for its time. Until then it can be taken back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deletion {
    /// When it was asked for.
    pub asked_at: Millis,
    /// Who asked for it.
    pub asked_by: String,
    /// When it is done.
    pub due_at: Millis,
}

/// What is left of an integration that was deleted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeletedIntegration {
    /// Puts receipts in order.
    pub no: i64,
    /// Its id.
    pub id: IntegrationId,
    /// Its name.
    pub name: String,
    /// The kind of source.
    pub kind: String,
    /// The address of its site.
    pub site_url: String,
    /// When the deletion was asked for.
    pub asked_at: Millis,
    /// Who asked for it.
    pub asked_by: String,
    /// When it was done.
    pub deleted_at: Millis,
    /// How much went, by kind.
    pub removed: Vec<(String, u64)>,
    /// The workspaces that it was mapped to.
    pub workspaces: Vec<WorkspaceId>,
}
