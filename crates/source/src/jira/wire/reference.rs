//! Everything that is not an issue.

use super::{
    Text,
    issue::{Named, User},
};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Any of Jira's offset pages: `values` with `isLast` and `total`.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(in crate::jira) struct Page<'a> {
    #[serde(borrow, default)]
    pub(in crate::jira) values: Vec<&'a RawValue>,
    pub(in crate::jira) is_last: Option<bool>,
    pub(in crate::jira) total: Option<u64>,
}

/// A bare array.
pub(in crate::jira) type List<'a> = Vec<&'a RawValue>;

/// A page of ids from `POST /search/jql`.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(in crate::jira) struct IdPage<'a> {
    #[serde(borrow, default)]
    pub(in crate::jira) issues: Vec<IdOnly<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) next_page_token: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(in crate::jira) warnings: Option<Vec<Warning<'a>>>,
}

/// An issue by id.
#[derive(Deserialize, Debug)]
pub(in crate::jira) struct IdOnly<'a> {
    #[serde(borrow)]
    pub(in crate::jira) id: Text<'a>,
}

/// A page of `POST /search`, of Data Center.
#[derive(Deserialize, Debug)]
pub(in crate::jira) struct SearchPage<'a> {
    #[serde(borrow, default)]
    pub(in crate::jira) issues: Vec<IdOnly<'a>>,
    /// Issues that match, whatever of them is on this page.
    pub(in crate::jira) total: u64,
}

/// Jira's word that a search may be incomplete.
#[derive(Deserialize, Debug)]
pub(in crate::jira) struct Warning<'a> {
    #[serde(borrow)]
    pub(in crate::jira) message: Option<Text<'a>>,
}

/// A reply of `/search/approximate-count`.
#[derive(Deserialize, Debug)]
pub(in crate::jira) struct Count {
    pub(in crate::jira) count: u64,
}

/// A reply of `/serverInfo`.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(in crate::jira) struct ServerInfo<'a> {
    #[serde(borrow)]
    pub(in crate::jira) deployment_type: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) version: Option<Text<'a>>,
    #[serde(default)]
    pub(in crate::jira) version_numbers: Vec<u32>,
}

/// A reply of `/_edge/tenant_info`.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(in crate::jira) struct TenantInfo<'a> {
    #[serde(borrow)]
    pub(in crate::jira) cloud_id: Text<'a>,
}

/// A reply of `/myself`.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(in crate::jira) struct Account<'a> {
    #[serde(borrow)]
    pub(in crate::jira) account_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) key: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) display_name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) time_zone: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) locale: Option<Text<'a>>,
    pub(in crate::jira) active: Option<bool>,
}

/// A reply of `/mypermissions`.
#[derive(Deserialize, Debug)]
pub(in crate::jira) struct Permissions {
    #[serde(default)]
    pub(in crate::jira) permissions: BTreeMap<String, Permission>,
}

/// One permission of ours.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(in crate::jira) struct Permission {
    #[serde(default)]
    pub(in crate::jira) have_permission: bool,
}

/// Jira's own words about what was wrong.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
pub(in crate::jira) struct Errors {
    pub(in crate::jira) error_messages: Vec<String>,
    pub(in crate::jira) errors: BTreeMap<String, serde_json::Value>,
    pub(in crate::jira) message: Option<String>,
}

/// A reply of `/jql/parse`.
#[derive(Deserialize, Debug)]
pub(in crate::jira) struct JqlParsed {
    #[serde(default)]
    pub(in crate::jira) queries: Vec<ParsedQuery>,
}

/// What Jira thinks of one query.
#[derive(Deserialize, Debug)]
pub(in crate::jira) struct ParsedQuery {
    #[serde(default)]
    pub(in crate::jira) errors: Option<Vec<String>>,
}

/// A project.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(in crate::jira) struct Project<'a> {
    #[serde(borrow)]
    pub(in crate::jira) id: Text<'a>,
    #[serde(borrow)]
    pub(in crate::jira) key: Text<'a>,
    #[serde(borrow)]
    pub(in crate::jira) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) project_type_key: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) style: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) project_category: Option<Named<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) lead: Option<User<'a>>,
    /// Told by Data Center alone.
    pub(in crate::jira) archived: Option<bool>,
}

/// A field.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(in crate::jira) struct Field<'a> {
    #[serde(borrow)]
    pub(in crate::jira) id: Text<'a>,
    #[serde(borrow)]
    pub(in crate::jira) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) untranslated_name: Option<Text<'a>>,
    pub(in crate::jira) custom: Option<bool>,
    #[serde(borrow)]
    pub(in crate::jira) schema: Option<Schema<'a>>,
}

/// The type of a field.
#[derive(Deserialize, Debug)]
pub(in crate::jira) struct Schema<'a> {
    #[serde(borrow, rename = "type")]
    pub(in crate::jira) kind: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) items: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) custom: Option<Text<'a>>,
}

/// The one project that a status or issue type belongs to.
#[derive(Deserialize, Debug)]
pub(in crate::jira) struct Scoped<'a> {
    #[serde(borrow)]
    pub(in crate::jira) project: Option<Named<'a>>,
}

/// A status.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(in crate::jira) struct Status<'a> {
    #[serde(borrow)]
    pub(in crate::jira) id: Text<'a>,
    #[serde(borrow)]
    pub(in crate::jira) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) status_category: Option<Named<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) scope: Option<Scoped<'a>>,
}

/// An issue type.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(in crate::jira) struct IssueType<'a> {
    #[serde(borrow)]
    pub(in crate::jira) id: Text<'a>,
    #[serde(borrow)]
    pub(in crate::jira) name: Option<Text<'a>>,
    pub(in crate::jira) subtask: Option<bool>,
    pub(in crate::jira) hierarchy_level: Option<i64>,
    #[serde(borrow)]
    pub(in crate::jira) scope: Option<Scoped<'a>>,
}

/// A priority.
#[derive(Deserialize, Debug)]
pub(in crate::jira) struct Priority<'a> {
    #[serde(borrow)]
    pub(in crate::jira) id: Text<'a>,
    #[serde(borrow)]
    pub(in crate::jira) name: Option<Text<'a>>,
}

/// A resolution.
#[derive(Deserialize, Debug)]
pub(in crate::jira) struct Resolution<'a> {
    #[serde(borrow)]
    pub(in crate::jira) id: Text<'a>,
    #[serde(borrow)]
    pub(in crate::jira) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) description: Option<Text<'a>>,
}

/// A version.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(in crate::jira) struct Version<'a> {
    #[serde(borrow)]
    pub(in crate::jira) id: Text<'a>,
    #[serde(borrow)]
    pub(in crate::jira) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) description: Option<Text<'a>>,
    pub(in crate::jira) released: Option<bool>,
    pub(in crate::jira) archived: Option<bool>,
    #[serde(borrow)]
    pub(in crate::jira) start_date: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) release_date: Option<Text<'a>>,
}

/// A component.
#[derive(Deserialize, Debug)]
pub(in crate::jira) struct Component<'a> {
    #[serde(borrow)]
    pub(in crate::jira) id: Text<'a>,
    #[serde(borrow)]
    pub(in crate::jira) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) description: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) lead: Option<User<'a>>,
}

/// A board.
#[derive(Deserialize, Debug)]
pub(in crate::jira) struct Board<'a> {
    #[serde(borrow)]
    pub(in crate::jira) id: Text<'a>,
    #[serde(borrow)]
    pub(in crate::jira) name: Option<Text<'a>>,
    #[serde(borrow, rename = "type")]
    pub(in crate::jira) kind: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) location: Option<Location<'a>>,
}

/// Where a board lives.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(in crate::jira) struct Location<'a> {
    #[serde(borrow)]
    project_key: Option<Text<'a>>,
    /// Of a project, where the location says no more than that it is one.
    #[serde(borrow)]
    key: Option<Text<'a>>,
    #[serde(borrow, rename = "type")]
    kind: Option<Text<'a>>,
}

impl<'a> Location<'a> {
    /// Key of the project that it is.
    pub(in crate::jira) fn project(self) -> Option<Text<'a>> {
        self.project_key.or(self.key.filter(|_| self.kind.as_deref() == Some("project")))
    }
}
