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
    BulkIssues, Changelog, Comment, Dated, DatedFields, Entries, Issue, IssueError, IssueTypeRef, Link,
    Named, Parent, SprintValue, StatusRef, User, Worklog, WorklogFeed, WorklogOf,
};
pub(super) use reference::{
    Account, Board, Component, Count, Errors, Field, IdOnly, IdPage, IssueType, JqlParsed, List, Page,
    Permissions, Priority, Project, Resolution, Scoped, SearchPage, ServerInfo, Status, TenantInfo, Version,
};
pub(super) use rich::{Node, Nodes, Rich};
pub(super) use scalar::Text;

use serde::Deserialize;
use serde_json::error::Category;
use std::fmt;

/// Why JSON could not be read, without what stood there: that may be something that is to be kept nowhere.
#[derive(Debug)]
pub(super) struct Fault(pub(super) serde_json::Error);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.0.classify() {
            Category::Data => "a value of another shape than documented",
            Category::Eof => "the text ends too early",
            Category::Syntax | Category::Io => "it is no JSON",
        };
        write!(f, "{what} (line {}, column {})", self.0.line(), self.0.column())
    }
}

/// Reads a wire type.
pub(super) fn read<'de, T: Deserialize<'de>>(json: &'de str) -> Result<T, serde_json::Error> {
    #[cfg(test)]
    if crate::jira::unread::is_watching() {
        return crate::jira::unread::read(json);
    }
    serde_json::from_str(json)
}
