//! Issues as `issue/bulkfetch` and the searches give them.

use super::{Rich, Text};
use crate::jira::stamp::Stamp;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;
use std::fmt;

/// A reply of `POST /issue/bulkfetch`.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase", bound(deserialize = "I: Deserialize<'de>"))]
pub(in crate::jira) struct BulkIssues<'a, I> {
    #[serde(default = "Vec::new")]
    pub(in crate::jira) issues: Vec<I>,
    #[serde(borrow, default)]
    pub(in crate::jira) issue_errors: Option<Vec<IssueError<'a>>>,
}

/// An issue that bulkfetch could not give.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(in crate::jira) struct IssueError<'a> {
    #[serde(borrow)]
    pub(in crate::jira) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) error_message: Option<Text<'a>>,
}

/// An issue, its fields not yet looked at.
#[derive(Deserialize, Debug)]
pub(in crate::jira) struct Issue<'a> {
    #[serde(borrow)]
    pub(in crate::jira) id: Text<'a>,
    #[serde(borrow)]
    pub(in crate::jira) key: Text<'a>,
    #[serde(borrow, default)]
    pub(in crate::jira) fields: Fields<'a>,
    #[serde(borrow)]
    pub(in crate::jira) changelog: Option<&'a RawValue>,
}

/// The histories that stand in an issue itself.
#[derive(Deserialize, Debug, Default)]
#[serde(bound(deserialize = "H: Deserialize<'de>"))]
pub(in crate::jira) struct Changelog<H> {
    #[serde(default = "Vec::new")]
    pub(in crate::jira) histories: Vec<H>,
    pub(in crate::jira) total: Option<u64>,
}

/// The fields of an issue in Jira's order, each as its raw JSON.
#[derive(Debug, Default)]
pub(in crate::jira) struct Fields<'a>(pub(in crate::jira) Vec<(Text<'a>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Fields<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of fields")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut entries = Vec::with_capacity(160);
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Fields(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// An issue of which only its last change was asked for.
#[derive(Deserialize, Debug)]
pub(in crate::jira) struct Dated<'a> {
    #[serde(borrow)]
    pub(in crate::jira) id: Option<Text<'a>>,
    /// Read by itself: one issue of another shape must not cost the others of its page.
    #[serde(borrow)]
    pub(in crate::jira) fields: Option<&'a RawValue>,
}

/// Its only field.
#[derive(Deserialize, Debug)]
pub(in crate::jira) struct DatedFields {
    pub(in crate::jira) updated: Option<Stamp>,
}

/// Anything with an id and a name.
#[derive(Deserialize, Debug)]
pub(in crate::jira) struct Named<'a> {
    #[serde(borrow)]
    pub(in crate::jira) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) key: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) id: Option<Text<'a>>,
}

/// An issue's status.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(in crate::jira) struct StatusRef<'a> {
    #[serde(borrow)]
    pub(in crate::jira) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) status_category: Option<Named<'a>>,
}

/// An issue's type.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(in crate::jira) struct IssueTypeRef<'a> {
    #[serde(borrow)]
    pub(in crate::jira) name: Option<Text<'a>>,
    pub(in crate::jira) subtask: Option<bool>,
    pub(in crate::jira) hierarchy_level: Option<i64>,
}

/// An issue's parent; its summary and status are not ours to keep.
#[derive(Deserialize, Debug)]
pub(in crate::jira) struct Parent<'a> {
    #[serde(borrow)]
    pub(in crate::jira) key: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) fields: Option<ParentFields<'a>>,
}

/// What a parent shows of itself.
#[derive(Deserialize, Debug)]
pub(in crate::jira) struct ParentFields<'a> {
    #[serde(borrow)]
    pub(in crate::jira) issuetype: Option<IssueTypeRef<'a>>,
}

/// A person: Cloud tells them apart by account id, Data Center by a key that stays and a login that may change.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(in crate::jira) struct User<'a> {
    #[serde(borrow)]
    pub(in crate::jira) account_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) key: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) account_type: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) display_name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) email_address: Option<Text<'a>>,
    pub(in crate::jira) active: Option<bool>,
}

impl User<'_> {
    /// What stays the same whatever else of the person changes. Of users whose directory is gone Data Center knows no
    /// more than the login.
    pub(in crate::jira) fn id(&self) -> Option<&str> {
        let ids = [&self.account_id, &self.key, &self.name];
        ids.into_iter().filter_map(|id| id.as_deref()).find(|id| !id.is_empty())
    }
}

/// Comments or worklogs inside an issue, or a page of `/issue/{id}/comment` or `…/worklog`. `E` is [`Comment`] or
/// [`Worklog`], or its raw JSON where one of them cannot be read.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase", bound(deserialize = "E: Deserialize<'de>"))]
pub(in crate::jira) struct Entries<E> {
    #[serde(default = "Vec::new", alias = "comments", alias = "worklogs", alias = "values")]
    pub(in crate::jira) entries: Vec<E>,
    pub(in crate::jira) total: Option<u64>,
}

impl<E> Entries<E> {
    /// Whether these are not all.
    pub(in crate::jira) fn is_short(&self) -> bool {
        self.total.is_none_or(|total| total != self.entries.len() as u64)
    }
}

/// A comment.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(in crate::jira) struct Comment<'a> {
    #[serde(borrow)]
    pub(in crate::jira) id: Text<'a>,
    #[serde(borrow)]
    pub(in crate::jira) author: Option<User<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) update_author: Option<User<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) body: Option<Rich<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) visibility: Option<Visibility<'a>>,
    jsd_public: Option<bool>,
    #[serde(borrow, default)]
    properties: Vec<Property<'a>>,
    #[serde(default)]
    pub(in crate::jira) created: Stamp,
    #[serde(default)]
    pub(in crate::jira) updated: Stamp,
}

impl Comment<'_> {
    /// Whether a customer of a service desk may read it. Cloud says so in a member of its own, Data Center in a property
    /// that has to be asked for.
    pub(in crate::jira) fn is_public(&self) -> bool {
        let internal = |property: &Property<'_>| {
            &*property.key == "sd.public.comment"
                && property.value.get().replace(' ', "").contains("\"internal\":true")
        };
        self.jsd_public.unwrap_or_else(|| !self.properties.iter().any(internal))
    }
}

/// A property of a comment.
#[derive(Deserialize, Debug)]
struct Property<'a> {
    #[serde(borrow)]
    key: Text<'a>,
    #[serde(borrow)]
    value: &'a RawValue,
}

/// Who may see a comment.
#[derive(Deserialize, Debug)]
pub(in crate::jira) struct Visibility<'a> {
    #[serde(borrow, rename = "type")]
    pub(in crate::jira) kind: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) value: Option<Text<'a>>,
}

/// A worklog.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(in crate::jira) struct Worklog<'a> {
    #[serde(borrow)]
    pub(in crate::jira) id: Text<'a>,
    #[serde(borrow)]
    pub(in crate::jira) author: Option<User<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) update_author: Option<User<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) comment: Option<Rich<'a>>,
    #[serde(default)]
    pub(in crate::jira) started: Stamp,
    pub(in crate::jira) time_spent_seconds: Option<i64>,
    #[serde(default)]
    pub(in crate::jira) created: Stamp,
    #[serde(default)]
    pub(in crate::jira) updated: Stamp,
}

/// A page of the feeds of changed or deleted worklogs. Servers disagree on the name of its last member.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(in crate::jira) struct WorklogFeed {
    #[serde(default)]
    pub(in crate::jira) values: Vec<WorklogChange>,
    pub(in crate::jira) until: Option<i64>,
    last_page: Option<bool>,
    is_last_page: Option<bool>,
}

impl WorklogFeed {
    /// Whether nothing follows.
    pub(in crate::jira) fn is_last(&self) -> bool {
        self.last_page.or(self.is_last_page).unwrap_or(self.values.is_empty())
    }
}

/// One entry of such a feed.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(in crate::jira) struct WorklogChange {
    pub(in crate::jira) worklog_id: u64,
}

/// Of which issue a worklog is.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(in crate::jira) struct WorklogOf<'a> {
    #[serde(borrow)]
    pub(in crate::jira) issue_id: Option<Text<'a>>,
}

/// One end of a link.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(in crate::jira) struct Link<'a> {
    #[serde(borrow)]
    pub(in crate::jira) id: Text<'a>,
    #[serde(borrow, rename = "type")]
    pub(in crate::jira) kind: Option<Named<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) inward_issue: Option<Named<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) outward_issue: Option<Named<'a>>,
}

/// A value of the Sprint field, or a sprint as the Agile API lists it.
#[derive(Deserialize, Debug, Default)]
#[serde(rename_all = "camelCase")]
pub(in crate::jira) struct SprintValue<'a> {
    #[serde(borrow)]
    pub(in crate::jira) id: Text<'a>,
    #[serde(borrow)]
    pub(in crate::jira) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) state: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) board_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) origin_board_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(in crate::jira) goal: Option<Text<'a>>,
    #[serde(default)]
    pub(in crate::jira) start_date: Stamp,
    #[serde(default)]
    pub(in crate::jira) end_date: Stamp,
    #[serde(default)]
    pub(in crate::jira) complete_date: Stamp,
}
