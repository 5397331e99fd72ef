//! What is kept about hygiene. What a document holds is known to those who work numbers out.

use crate::{HygieneReportId, HygieneRuleId, Millis, WorkspaceId};

/// A rule that somebody wrote, of one integration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeptRule {
    /// Its id.
    pub id: HygieneRuleId,
    /// What people call it.
    pub name: String,
    /// What it looks for, as JSON.
    pub document: String,
    /// Grows by one with every change; the first is 1.
    pub revision: i64,
    /// When it was made.
    pub created_at: Millis,
    /// When it changed last.
    pub changed_at: Millis,
}

/// How things are counted in a workspace, or everywhere where nothing else holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeptSettings {
    /// The settings, as JSON.
    pub document: String,
    /// Grows by one with every change; the first is 1.
    pub revision: i64,
    /// When they changed last.
    pub changed_at: Millis,
}

/// A report that somebody keeps, of a workspace or of the whole installation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeptReport {
    /// Its id.
    pub id: HygieneReportId,
    /// Whose it is; nothing where it belongs to the installation.
    pub workspace: Option<WorkspaceId>,
    /// What people call it.
    pub name: String,
    /// What it asks, as JSON.
    pub document: String,
    /// Grows by one with every change; the first is 1.
    pub revision: i64,
    /// When it was made.
    pub created_at: Millis,
    /// When it changed last.
    pub changed_at: Millis,
}
