//! Histories as `changelog/bulkfetch` gives them.

use super::{Text, issue::User};
use crate::jira::stamp::Stamp;
use serde::Deserialize;

/// A page of `POST /changelog/bulkfetch`. One issue may be split over pages; quiet issues are absent. `H` is
/// [`History`], or its raw JSON where one of them cannot be read.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase", bound(deserialize = "H: Deserialize<'de>"))]
pub(in crate::jira) struct ChangeLogs<'a, H> {
    #[serde(default = "Vec::new")]
    pub(in crate::jira) issue_change_logs: Vec<IssueChangeLog<'a, H>>,
    #[serde(borrow)]
    pub(in crate::jira) next_page_token: Option<Text<'a>>,
}

/// Some histories of one issue.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase", bound(deserialize = "H: Deserialize<'de>"))]
pub(in crate::jira) struct IssueChangeLog<'a, H> {
    #[serde(borrow)]
    pub(in crate::jira) issue_id: Text<'a>,
    #[serde(default = "Vec::new")]
    pub(in crate::jira) change_histories: Vec<H>,
}

/// One history: who changed what at once.
#[derive(Deserialize, Debug)]
pub(in crate::jira) struct History<'a> {
    #[serde(borrow)]
    pub(in crate::jira) id: Text<'a>,
    #[serde(borrow)]
    pub(in crate::jira) author: Option<User<'a>>,
    #[serde(default)]
    pub(in crate::jira) created: Stamp,
    #[serde(borrow, default)]
    pub(in crate::jira) items: Vec<HistoryItem<'a>>,
}

/// One change.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(in crate::jira) struct HistoryItem<'a> {
    #[serde(borrow, default)]
    pub(in crate::jira) field: Text<'a>,
    #[serde(borrow)]
    pub(in crate::jira) field_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) from: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) from_string: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) to: Option<Text<'a>>,
    #[serde(borrow, rename = "toString")]
    pub(in crate::jira) to_string: Option<Text<'a>>,
}
