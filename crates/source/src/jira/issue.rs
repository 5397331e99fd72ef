//! An issue's JSON into its row and those of its children.

use super::{
    cases,
    fields::{Column, FieldMap, Reading, Role},
    history,
    met::Met,
    scrub, stamp, text, wire,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::sync::Arc;
use weir_model::{
    Change, Comment, Issue, IssueId, IssueLink, IssueRecord, LinkDirection, PlainDate, StatusCategory,
    Worklog,
};

/// An issue, and which of its lists Jira cut short.
#[derive(Debug)]
pub(super) struct Parsed {
    /// The issue without its history.
    pub(super) record: IssueRecord,
    /// Id of its project, where the body tells.
    pub(super) project_id: Option<String>,
    /// Comments have to be read apart.
    pub(super) comments_short: bool,
    /// Worklogs have to be read apart.
    pub(super) worklogs_short: bool,
    /// Fields whose value was not of the shape that Jira documents.
    pub(super) odd_fields: Vec<String>,
}

/// Why an issue could not be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("its JSON does not have the shape of an issue: {0}")]
    Shape(#[from] serde_json::Error),
    #[error("its key {0} names no project")]
    NoProject(String),
}

/// Reads issues of one site.
#[derive(Debug)]
pub(super) struct Mapper {
    pub(super) fields: FieldMap,
    pub(super) site_url: String,
}

/// Story points may stand in two fields; the company-managed one comes first.
#[derive(Default)]
struct Points {
    company: Option<f64>,
    team: Option<f64>,
}

impl Mapper {
    /// Reads one issue from its JSON.
    pub(super) fn issue(&self, json: &str, met: &mut Met) -> Result<Parsed, Unreadable> {
        self.wire_issue(&wire::read(json)?, met)
    }

    /// Reads one issue.
    pub(super) fn wire_issue(&self, wire: &wire::Issue<'_>, met: &mut Met) -> Result<Parsed, Unreadable> {
        let key = wire.key.to_string();
        let mut parsed = Parsed {
            record: blank(&wire.id, &key, format!("{}/browse/{key}", self.site_url)),
            project_id: None,
            comments_short: !self.fields.exclusions.excludes("comment"),
            worklogs_short: !self.fields.exclusions.excludes("worklog"),
            odd_fields: Vec::new(),
        };
        let mut points = Points::default();
        let mut parent_epic = None;
        let mut epic_link = None;
        let mut kept = String::with_capacity(4_096);
        kept.push('{');
        for (id, raw) in &wire.fields.0 {
            if raw.get() == "null" {
                continue;
            }
            let role = self.fields.role(id);
            let understood = match role {
                Some(Role::Excluded) => continue,
                Some(Role::Column(column)) => {
                    self.column(column, raw, &mut parsed, &mut parent_epic, met).is_some()
                }
                Some(Role::Read(reading)) => {
                    self.read(reading, raw, &mut parsed.record, &mut points, &mut epic_link, met).is_some()
                }
                Some(Role::People) => people(raw, met).is_some(),
                None => true,
            };
            if !understood {
                parsed.odd_fields.push(id.to_string());
            }
            if !matches!(role, Some(Role::Column(_))) {
                self.keep(&mut kept, id, raw);
            }
        }
        kept.push('}');
        let issue = &mut parsed.record.issue;
        if issue.project_key.is_empty() {
            let (project_key, _) = key.rsplit_once('-').ok_or_else(|| Unreadable::NoProject(key.clone()))?;
            issue.project_key = met.share(project_key);
            parsed.odd_fields.push("project".to_owned());
        }
        issue.fields = kept;
        issue.story_points = points.company.or(points.team);
        issue.epic_key = epic_link.or(parent_epic);
        issue.description_words = issue.description_text.as_deref().map(text::words);
        Ok(parsed)
    }

    fn keep(&self, kept: &mut String, id: &str, raw: &RawValue) {
        let scrubbed = if self.fields.exclusions.is_empty() {
            None
        } else {
            match scrub::value(raw.get(), &self.fields.exclusions) {
                Some(scrubbed) => Some(scrubbed),
                None => return,
            }
        };
        if kept.len() > 1 {
            kept.push(',');
        }
        push_json(kept, id);
        kept.push(':');
        kept.push_str(scrubbed.as_deref().unwrap_or(raw.get()));
    }

    /// Fills one column; `None` where the value has another shape than documented.
    fn column(
        &self,
        column: Column,
        raw: &RawValue,
        parsed: &mut Parsed,
        parent_epic: &mut Option<String>,
        met: &mut Met,
    ) -> Option<()> {
        let record = &mut parsed.record;
        let issue = &mut record.issue;
        let names = self.fields.names;
        match column {
            Column::Summary => issue.summary = Some(json::<wire::Text<'_>>(raw)?.owned()),
            Column::Description => issue.description_text = Some(text::plain(raw, names)?),
            Column::IssueType => {
                let kind = json::<wire::IssueTypeRef<'_>>(raw)?;
                issue.is_subtask = kind.subtask.unwrap_or(kind.hierarchy_level == Some(-1));
                issue.kind = shared(kind.name, met);
            }
            Column::Project => {
                let project = json::<wire::Named<'_>>(raw)?;
                issue.project_key = met.share(&project.key?);
                parsed.project_id = project.id.map(wire::Text::owned);
            }
            Column::Status => {
                let status = json::<wire::StatusRef<'_>>(raw)?;
                issue.status_category = category(status.status_category.as_ref());
                issue.status = shared(status.name, met);
            }
            Column::Priority => issue.priority = shared(json::<wire::Named<'_>>(raw)?.name, met),
            Column::Resolution => issue.resolution = shared(json::<wire::Named<'_>>(raw)?.name, met),
            Column::Security => issue.security_level = shared(json::<wire::Named<'_>>(raw)?.name, met),
            Column::Assignee => issue.assignee_id = met.person(&json(raw)?),
            Column::Reporter => issue.reporter_id = met.person(&json(raw)?),
            Column::Creator => issue.creator_id = met.person(&json(raw)?),
            Column::Parent => {
                let parent = json::<wire::Parent<'_>>(raw)?;
                issue.parent_key = parent.key.map(wire::Text::owned);
                let kind = parent.fields.and_then(|fields| fields.issuetype);
                *parent_epic = issue.parent_key.clone().filter(|_| kind.as_ref().is_some_and(is_epic));
            }
            Column::Labels => {
                issue.labels = texts(json::<Vec<wire::Text<'_>>>(raw)?.iter().map(|text| &**text))
            }
            Column::Components => issue.components = names_of(raw)?,
            Column::FixVersions => issue.fix_versions = names_of(raw)?,
            Column::AffectsVersions => issue.affects_versions = names_of(raw)?,
            Column::DueDate => issue.due_date = Some(PlainDate::parse(&json::<wire::Text<'_>>(raw)?)?),
            Column::Created => issue.created_at = Some(stamp::from_json(raw)?),
            Column::Updated => issue.updated_at = Some(stamp::from_json(raw)?),
            Column::ResolutionDate => issue.resolved_at = Some(stamp::from_json(raw)?),
            Column::Comment => {
                let page = json::<wire::CommentPage<'_>>(raw)?;
                parsed.comments_short = page.total.is_none_or(|total| total != page.comments.len() as u64);
                if !parsed.comments_short {
                    record.comments = Some(all(&page.comments, |raw| self.comment(raw, met))?);
                }
            }
            Column::Worklog => {
                let page = json::<wire::WorklogPage<'_>>(raw)?;
                parsed.worklogs_short = page.total.is_none_or(|total| total != page.worklogs.len() as u64);
                if !parsed.worklogs_short {
                    record.worklogs = Some(all(&page.worklogs, |raw| self.worklog(raw, met))?);
                }
            }
            Column::IssueLinks => {
                for link in json::<Vec<wire::Link<'_>>>(raw)? {
                    record.links.extend(self::link(link, met));
                }
            }
            Column::StatusCategory | Column::Subtasks => {}
        }
        Some(())
    }

    fn read(
        &self,
        reading: Reading,
        raw: &RawValue,
        record: &mut IssueRecord,
        points: &mut Points,
        epic_link: &mut Option<String>,
        met: &mut Met,
    ) -> Option<()> {
        match reading {
            Reading::Sprint => {
                for value in json::<Vec<wire::SprintValue<'_>>>(raw)? {
                    let id = met.sprint(&value);
                    if !record.sprints.contains(&id) {
                        record.sprints.push(id);
                    }
                }
            }
            Reading::EpicLink => *epic_link = Some(json::<wire::Text<'_>>(raw)?.owned()),
            Reading::CompanyPoints => points.company = points.company.or(Some(json(raw)?)),
            Reading::TeamPoints => points.team = points.team.or(Some(json(raw)?)),
            Reading::Case => record.cases.extend(cases::parse(&json::<wire::Text<'_>>(raw)?)),
        }
        Some(())
    }

    /// Reads one comment.
    pub(super) fn comment(&self, raw: &RawValue, met: &mut Met) -> Option<Comment> {
        let wire = json::<wire::Comment<'_>>(raw)?;
        wire.update_author.as_ref().and_then(|user| met.person(user));
        Some(Comment {
            author_id: wire.author.as_ref().and_then(|user| met.person(user)),
            body_text: wire.body.and_then(|body| text::plain(body, self.fields.names)),
            visibility: wire.visibility.map(|visibility| {
                format!(
                    "{}:{}",
                    visibility.kind.as_deref().unwrap_or_default(),
                    visibility.value.as_deref().unwrap_or_default()
                )
            }),
            is_public: wire.jsd_public.unwrap_or(true),
            created_at: wire.created.0,
            updated_at: wire.updated.0,
            id: wire.id.owned(),
        })
    }

    /// Reads one worklog.
    pub(super) fn worklog(&self, raw: &RawValue, met: &mut Met) -> Option<Worklog> {
        let wire = json::<wire::Worklog<'_>>(raw)?;
        wire.update_author.as_ref().and_then(|user| met.person(user));
        let comments_excluded = self.fields.exclusions.excludes("comment");
        Some(Worklog {
            author_id: wire.author.as_ref().and_then(|user| met.person(user)),
            started_at: wire.started.0,
            seconds: wire.time_spent_seconds,
            comment_text: wire
                .comment
                .filter(|_| !comments_excluded)
                .and_then(|body| text::plain(body, self.fields.names)),
            created_at: wire.created.0,
            updated_at: wire.updated.0,
            id: wire.id.owned(),
        })
    }
}

/// Completes an issue with its history, in order of time.
pub(super) fn with_history(record: &mut IssueRecord, mut changes: Vec<Change>) {
    history::sort(&mut changes);
    let issue = &mut record.issue;
    issue.status_changed_at = history::status_changed_at(&changes).or(issue.created_at);
    record.keys = history::keys(&issue.key, issue.created_at, &changes);
    record.changes = changes;
}

fn blank(id: &str, key: &str, url: String) -> IssueRecord {
    let none = || "[]".to_owned();
    IssueRecord {
        issue: Issue {
            id: IssueId::from(id),
            key: key.to_owned(),
            project_key: Arc::from(""),
            kind: None,
            is_subtask: false,
            status: None,
            status_category: None,
            priority: None,
            resolution: None,
            summary: None,
            description_text: None,
            description_words: None,
            assignee_id: None,
            reporter_id: None,
            creator_id: None,
            parent_key: None,
            epic_key: None,
            story_points: None,
            labels: none(),
            components: none(),
            fix_versions: none(),
            affects_versions: none(),
            due_date: None,
            created_at: None,
            updated_at: None,
            resolved_at: None,
            status_changed_at: None,
            security_level: None,
            fields: String::new(),
            url,
        },
        keys: Vec::new(),
        changes: Vec::new(),
        comments: None,
        worklogs: None,
        links: Vec::new(),
        sprints: Vec::new(),
        cases: Vec::new(),
    }
}

/// The category of a status by its key, which no language changes.
pub(super) fn category(category: Option<&wire::Named<'_>>) -> Option<StatusCategory> {
    match category?.key.as_deref()? {
        "new" => Some(StatusCategory::Todo),
        "indeterminate" => Some(StatusCategory::InProgress),
        "done" => Some(StatusCategory::Done),
        _ => None,
    }
}

fn is_epic(kind: &wire::IssueTypeRef<'_>) -> bool {
    match kind.hierarchy_level {
        Some(level) => level == 1,
        None => kind.name.as_deref() == Some("Epic"),
    }
}

fn link(link: wire::Link<'_>, met: &mut Met) -> Option<IssueLink> {
    let (direction, other) = match (link.outward_issue, link.inward_issue) {
        (Some(other), _) => (LinkDirection::Outward, other),
        (None, Some(other)) => (LinkDirection::Inward, other),
        (None, None) => return None,
    };
    Some(IssueLink {
        id: link.id.owned(),
        kind: shared(link.kind.and_then(|kind| kind.name), met),
        direction,
        other_key: other.key?.owned(),
    })
}

/// A people field holds one person or several.
fn people(raw: &RawValue, met: &mut Met) -> Option<()> {
    if raw.get().starts_with('[') {
        for user in json::<Vec<Option<wire::User<'_>>>>(raw)?.iter().flatten() {
            met.person(user);
        }
    } else {
        met.person(&json::<wire::User<'_>>(raw)?);
    }
    Some(())
}

fn json<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Option<T> {
    wire::read(raw.get()).ok()
}

fn all<T>(raws: &[&RawValue], read: impl FnMut(&RawValue) -> Option<T>) -> Option<Vec<T>> {
    raws.iter().copied().map(read).collect()
}

fn shared(text: Option<wire::Text<'_>>, met: &mut Met) -> Option<Arc<str>> {
    text.map(|text| met.share(&text))
}

fn names_of(raw: &RawValue) -> Option<String> {
    Some(texts(json::<Vec<wire::Named<'_>>>(raw)?.iter().filter_map(|named| named.name.as_deref())))
}

fn texts<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut array = "[".to_owned();
    for text in texts {
        if array.len() > 1 {
            array.push(',');
        }
        push_json(&mut array, text);
    }
    array.push(']');
    array
}

/// Appends a text as a JSON string.
fn push_json(out: &mut String, text: &str) {
    if text.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
        out.push('"');
        out.push_str(text);
        out.push('"');
        return;
    }
    let mut bytes = Vec::with_capacity(text.len() + 8);
    // Writing into memory cannot fail; a text always has a JSON form.
    if text.serialize(&mut serde_json::Serializer::new(&mut bytes)).is_ok() {
        out.push_str(&String::from_utf8_lossy(&bytes));
    }
}
