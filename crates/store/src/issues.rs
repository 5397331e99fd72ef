//! Issues and everything below them as rows.

use crate::{
    bulk::{Merge, Record, Table},
    placing::Placed,
    value::Bind,
};
use std::sync::Arc;
use weir_model::{Change, Comment, IssueCase, IssueKey, IssueLink, Millis, PlainDate, Worklog};

use Merge::{Once, Stamp, Take};

pub(crate) const ISSUE: Table = Table {
    name: "issue",
    key: &["no"],
    columns: &[
        ("id", Once),
        ("key", Take),
        ("project_key", Take),
        ("type", Take),
        ("is_subtask", Take),
        ("status", Take),
        ("status_category", Take),
        ("priority", Take),
        ("resolution", Take),
        ("summary", Take),
        ("description_words", Take),
        ("assignee_id", Take),
        ("reporter_id", Take),
        ("creator_id", Take),
        ("parent_key", Take),
        ("epic_key", Take),
        ("story_points", Take),
        ("labels", Take),
        ("components", Take),
        ("fix_versions", Take),
        ("affects_versions", Take),
        ("due_date", Take),
        ("created_at", Take),
        ("updated_at", Take),
        ("resolved_at", Take),
        ("status_changed_at", Take),
        ("security_level", Take),
        ("url", Take),
        // What is believed of an issue that is here changes in `states` alone.
        ("state", Once),
        ("state_since", Once),
        ("first_seen_at", Once),
        ("last_seen_at", Stamp),
    ],
    only_if: Some(
        "issue.updated_at IS NULL OR excluded.updated_at IS NULL OR excluded.updated_at >= issue.updated_at",
    ),
};

pub(crate) const TEXT: Table = Table {
    name: "issue_text",
    key: &["issue_no"],
    columns: &[("description_text", Take), ("fields", Take)],
    only_if: None,
};

pub(crate) const KEY: Table =
    Table { name: "issue_key", key: &["issue_no", "key"], columns: &[("since", Take)], only_if: None };

pub(crate) const CHANGE: Table = Table {
    name: "issue_change",
    key: &["issue_no", "history_id", "item_index"],
    columns: &[
        ("field", Take),
        ("field_id", Take),
        ("from_id", Take),
        ("from_text", Take),
        ("to_id", Take),
        ("to_text", Take),
        ("author_id", Take),
        ("changed_at", Take),
    ],
    only_if: None,
};

pub(crate) const COMMENT: Table = Table {
    name: "issue_comment",
    key: &["issue_no", "id"],
    columns: &[
        ("author_id", Take),
        ("body_text", Take),
        ("visibility", Take),
        ("is_public", Take),
        ("created_at", Take),
        ("updated_at", Take),
    ],
    only_if: None,
};

pub(crate) const WORKLOG: Table = Table {
    name: "issue_worklog",
    key: &["issue_no", "id"],
    columns: &[
        ("author_id", Take),
        ("started_at", Take),
        ("seconds", Take),
        ("comment_text", Take),
        ("created_at", Take),
        ("updated_at", Take),
    ],
    only_if: None,
};

pub(crate) const LINK: Table = Table {
    name: "issue_link",
    key: &["issue_no", "id"],
    columns: &[("type", Take), ("direction", Take), ("other_key", Take)],
    only_if: None,
};

pub(crate) const SPRINT: Table =
    Table { name: "issue_sprint", key: &["issue_no", "sprint_id"], columns: &[], only_if: None };

pub(crate) const CASE: Table =
    Table { name: "issue_case", key: &["issue_no", "case_id"], columns: &[("raw", Take)], only_if: None };

/// An issue at the time it is written.
pub(crate) struct IssueRow<'a> {
    pub(crate) of: &'a Placed<'a>,
    pub(crate) now: i64,
}

impl Record for IssueRow<'_> {
    fn bind(&self, to: &mut impl Bind) {
        let issue = &self.of.record.issue;
        to.int(self.of.no);
        to.shared(&issue.id.0);
        to.text(issue.key.as_str());
        to.shared(&issue.project_key);
        to.shared(issue.kind.as_ref());
        to.flag(issue.is_subtask);
        to.shared(issue.status.as_ref());
        to.text(issue.status_category.map(|category| category.as_str()));
        to.shared(issue.priority.as_ref());
        to.shared(issue.resolution.as_ref());
        to.text(issue.summary.as_deref());
        to.int(issue.description_words);
        to.shared(issue.assignee_id.as_ref());
        to.shared(issue.reporter_id.as_ref());
        to.shared(issue.creator_id.as_ref());
        to.text(issue.parent_key.as_deref());
        to.text(issue.epic_key.as_deref());
        to.real(issue.story_points);
        to.text(issue.labels.as_str());
        to.text(issue.components.as_str());
        to.text(issue.fix_versions.as_str());
        to.text(issue.affects_versions.as_str());
        to.text(issue.due_date.as_ref().map(PlainDate::as_str));
        to.int(instant(issue.created_at));
        to.int(instant(issue.updated_at));
        to.int(instant(issue.resolved_at));
        to.int(instant(issue.status_changed_at));
        to.shared(issue.security_level.as_ref());
        to.text(issue.url.as_str());
        to.text("live");
        to.int(self.now);
        to.int(self.now);
        to.int(self.now);
    }
}

/// An issue's heavy texts.
pub(crate) struct TextRow<'a>(pub(crate) &'a Placed<'a>);

impl Record for TextRow<'_> {
    fn bind(&self, to: &mut impl Bind) {
        let issue = &self.0.record.issue;
        to.int(self.0.no);
        to.text(issue.description_text.as_deref());
        to.text(issue.fields.as_str());
    }
}

/// Something below the issue of this number.
pub(crate) struct Child<'a, T> {
    pub(crate) issue_no: i64,
    pub(crate) row: &'a T,
}

impl Record for Child<'_, IssueKey> {
    fn bind(&self, to: &mut impl Bind) {
        to.int(self.issue_no);
        to.text(self.row.key.as_str());
        to.int(instant(self.row.since));
    }
}

impl Record for Child<'_, Change> {
    fn bind(&self, to: &mut impl Bind) {
        to.int(self.issue_no);
        to.shared(&self.row.history_id);
        to.int(self.row.item_index);
        to.shared(&self.row.field);
        to.shared(self.row.field_id.as_ref());
        to.shared(self.row.from_id.as_ref());
        to.shared(self.row.from_text.as_ref());
        to.shared(self.row.to_id.as_ref());
        to.shared(self.row.to_text.as_ref());
        to.shared(self.row.author_id.as_ref());
        to.int(self.row.changed_at.0);
    }
}

impl Record for Child<'_, Comment> {
    fn bind(&self, to: &mut impl Bind) {
        to.int(self.issue_no);
        to.text(self.row.id.as_str());
        to.shared(self.row.author_id.as_ref());
        to.text(self.row.body_text.as_deref());
        to.text(self.row.visibility.as_deref());
        to.flag(self.row.is_public);
        to.int(instant(self.row.created_at));
        to.int(instant(self.row.updated_at));
    }
}

impl Record for Child<'_, Worklog> {
    fn bind(&self, to: &mut impl Bind) {
        to.int(self.issue_no);
        to.text(self.row.id.as_str());
        to.shared(self.row.author_id.as_ref());
        to.int(instant(self.row.started_at));
        to.int(self.row.seconds);
        to.text(self.row.comment_text.as_deref());
        to.int(instant(self.row.created_at));
        to.int(instant(self.row.updated_at));
    }
}

impl Record for Child<'_, IssueLink> {
    fn bind(&self, to: &mut impl Bind) {
        to.int(self.issue_no);
        to.text(self.row.id.as_str());
        to.shared(self.row.kind.as_ref());
        to.text(self.row.direction.as_str());
        to.text(self.row.other_key.as_str());
    }
}

impl Record for Child<'_, Arc<str>> {
    fn bind(&self, to: &mut impl Bind) {
        to.int(self.issue_no);
        to.shared(self.row);
    }
}

impl Record for Child<'_, IssueCase> {
    fn bind(&self, to: &mut impl Bind) {
        to.int(self.issue_no);
        to.text(self.row.case_id.as_str());
        to.text(self.row.raw.as_str());
    }
}

pub(crate) fn instant(at: Option<Millis>) -> Option<i64> {
    at.map(|at| at.0)
}
