//! Jira's JSON as it comes, in types that are as tolerant as Jira is inventive.
//!
//! Only what Weir uses is named; everything else is passed over. Text is borrowed from the body where it can be.

mod history;
mod issue;
mod reference;
mod rich;
mod scalar;

pub(super) use history::{ChangeLogs, History};
pub(super) use issue::{
    BulkIssues, Comment, Entries, Issue, IssueError, IssueTypeRef, Link, Named, Parent, SprintValue,
    StatusRef, User, Worklog, WorklogFeed, WorklogOf,
};
pub(super) use reference::{
    Account, Board, Component, Count, Errors, Field, IdPage, IssueType, JqlParsed, List, Page, Permissions,
    Priority, Project, Resolution, Scoped, ServerInfo, Status, TenantInfo, Version,
};
pub(super) use rich::{Node, Nodes, Rich};
pub(super) use scalar::Text;

use serde::Deserialize;

/// Reads a wire type.
pub(super) fn read<'de, T: Deserialize<'de>>(json: &'de str) -> Result<T, serde_json::Error> {
    #[cfg(test)]
    if crate::jira::unread::is_watching() {
        return crate::jira::unread::read(json);
    }
    serde_json::from_str(json)
}
