//! An issue's JSON into its row and those of its children.

use super::{
    columns::{Draft, Next, Understood},
    data_center::wiki,
    fields::{FieldMap, Role},
    history,
    met::Met,
    scrub, text, wire,
};
use serde::{
    Serialize,
    de::{IgnoredAny, MapAccess},
};
use serde_json::value::RawValue;
use std::sync::Arc;
use weir_model::{
    Change, Comment, Deployment, Issue, IssueId, IssueLink, IssueRecord, LinkDirection, Worklog,
};

/// An issue, and which of its lists Jira cut short.
#[derive(Debug)]
pub(super) struct Parsed {
    /// The issue without its history.
    pub(super) record: IssueRecord,
    /// Its history, where it stands in the issue itself.
    pub(super) histories: Option<history::Embedded>,
    /// Id of its project, where the body tells.
    pub(super) project_id: Option<String>,
    /// Comments have to be read apart.
    pub(super) comments_short: bool,
    /// Worklogs have to be read apart.
    pub(super) worklogs_short: bool,
    /// The issue came with a list of worklogs, whole or not.
    pub(super) worklogs_shown: bool,
    /// Fields whose value was not of the shape that Jira documents.
    pub(super) odd_fields: Vec<String>,
}

/// Why an issue could not be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("its JSON does not have the shape of an issue: {0}")]
    Shape(wire::Fault),
    #[error("its key {0} names no project")]
    NoProject(String),
}

/// Reads issues of one site.
#[derive(Debug)]
pub(super) struct Mapper {
    pub(super) fields: FieldMap,
    site_url: String,
    deployment: Deployment,
}

impl Mapper {
    /// For the issues of a site with these fields.
    pub(super) fn new(fields: FieldMap, site_url: &str, deployment: Deployment) -> Self {
        Self { fields, site_url: site_url.to_owned(), deployment }
    }

    /// Plain text of a rich text: a document on Cloud, wiki markup on Data Center.
    pub(super) fn text(&self, rich: &wire::Rich<'_>) -> Option<String> {
        match (rich, self.deployment) {
            (wire::Rich::Plain(text), Deployment::DataCenter) => Some(wiki::plain(text, self.fields.names)),
            _ => text::plain(rich, self.fields.names),
        }
    }

    /// Reads one issue from its JSON; a field of another shape costs only itself.
    pub(super) fn issue(&self, json: &str, met: &mut Met) -> Result<Parsed, Unreadable> {
        let wire: wire::Issue<'_> =
            wire::read(json).map_err(|error| Unreadable::Shape(wire::Fault(error)))?;
        let mut fields = self.fields();
        for (id, raw) in &wire.fields.0 {
            if raw.get() == "null" {
                continue;
            }
            match self.fields.role(id) {
                Some(Role::Excluded) => {}
                Some(Role::Column(column)) => {
                    let read = self.column(column, *raw, &mut fields.draft, met);
                    fields.note(id, read.unwrap_or(Understood::No));
                }
                role => self.kept(role, id, raw, &mut fields, met),
            }
        }
        if let Some(changelog) = wire.changelog {
            fields.draft.parsed.histories = Some(history::Embedded::read(changelog.get(), &self.fields, met));
        }
        fields.finish(self, &wire.id, &wire.key, met)
    }

    /// Begins an issue.
    pub(super) fn fields(&self) -> Fields {
        let draft = Draft::new(Parsed {
            record: blank(),
            histories: None,
            project_id: None,
            comments_short: !self.fields.exclusions.excludes("comment"),
            worklogs_short: !self.fields.exclusions.excludes("worklog"),
            worklogs_shown: false,
            odd_fields: Vec::new(),
        });
        let mut kept = String::with_capacity(4_096);
        kept.push('{');
        Fields { draft, kept }
    }

    /// Reads the value that comes next in a map; a field of another shape is an error.
    pub(super) fn field<'de, M: MapAccess<'de>>(
        &self,
        id: &str,
        map: &mut M,
        fields: &mut Fields,
        met: &mut Met,
    ) -> Result<(), M::Error> {
        match self.fields.role(id) {
            Some(Role::Excluded) => _ = map.next_value::<IgnoredAny>()?,
            Some(Role::Column(column)) => {
                let understood = self.column(column, Next(map), &mut fields.draft, met)?;
                fields.note(id, understood);
            }
            role => {
                let raw: &RawValue = map.next_value()?;
                if raw.get() != "null" {
                    self.kept(role, id, raw, fields, met);
                }
            }
        }
        Ok(())
    }

    /// Takes over a field that is kept raw.
    fn kept(&self, role: Option<Role>, id: &str, raw: &RawValue, fields: &mut Fields, met: &mut Met) {
        let read = match role {
            Some(Role::Read(reading)) => self.reading(reading, raw, &mut fields.draft, met),
            Some(Role::People) => self.people(raw, met),
            _ => Some(()),
        };
        fields.note(id, read.is_some().into());
        self.keep(&mut fields.kept, id, raw);
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
        match scrubbed {
            Some(scrubbed) => kept.push_str(&scrubbed),
            None => push_compact(kept, raw.get()),
        }
    }

    /// A comment as a row.
    pub(super) fn comment(&self, wire: wire::Comment<'_>, met: &mut Met) -> Comment {
        wire.update_author.as_ref().and_then(|user| met.person(user));
        Comment {
            is_public: wire.is_public(),
            author_id: wire.author.as_ref().and_then(|user| met.person(user)),
            body_text: wire.body.and_then(|body| self.text(&body)),
            visibility: wire.visibility.map(|visibility| {
                format!(
                    "{}:{}",
                    visibility.kind.as_deref().unwrap_or_default(),
                    visibility.value.as_deref().unwrap_or_default()
                )
            }),
            created_at: wire.created.0,
            updated_at: wire.updated.0,
            id: wire.id.owned(),
        }
    }

    /// A worklog as a row.
    pub(super) fn worklog(&self, wire: wire::Worklog<'_>, met: &mut Met) -> Worklog {
        wire.update_author.as_ref().and_then(|user| met.person(user));
        let comments_excluded = self.fields.exclusions.excludes("comment");
        Worklog {
            author_id: wire.author.as_ref().and_then(|user| met.person(user)),
            started_at: wire.started.0,
            seconds: wire.time_spent_seconds,
            comment_text: wire.comment.filter(|_| !comments_excluded).and_then(|body| self.text(&body)),
            created_at: wire.created.0,
            updated_at: wire.updated.0,
            id: wire.id.owned(),
        }
    }
}

/// The fields of an issue, as far as they are read.
pub(super) struct Fields {
    pub(super) draft: Draft,
    kept: String,
}

impl Fields {
    fn note(&mut self, id: &str, understood: Understood) {
        if understood == Understood::No {
            self.draft.parsed.odd_fields.push(id.to_owned());
        }
    }

    /// The issue, once its id and key are known.
    pub(super) fn finish(
        mut self,
        mapper: &Mapper,
        id: &str,
        key: &str,
        met: &mut Met,
    ) -> Result<Parsed, Unreadable> {
        self.kept.push('}');
        let mut parsed = self.draft.finish();
        let issue = &mut parsed.record.issue;
        if issue.project_key.is_empty() {
            let Some((project_key, _)) = key.rsplit_once('-') else {
                return Err(Unreadable::NoProject(key.to_owned()));
            };
            issue.project_key = met.share(project_key);
            parsed.odd_fields.push("project".to_owned());
        }
        issue.id = IssueId::from(id);
        issue.key = key.to_owned();
        issue.url = format!("{}/browse/{key}", mapper.site_url);
        issue.fields = self.kept;
        Ok(parsed)
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

fn blank() -> IssueRecord {
    let none = || "[]".to_owned();
    IssueRecord {
        issue: Issue {
            id: IssueId::from(""),
            key: String::new(),
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
            url: String::new(),
        },
        keys: Vec::new(),
        changes: Vec::new(),
        comments: None,
        worklogs: None,
        links: Vec::new(),
        sprints: Vec::new(),
        cases: Vec::new(),
        partly: Vec::new(),
    }
}

pub(super) fn link(link: wire::Link<'_>, met: &mut Met) -> Option<IssueLink> {
    let (direction, other) = match (link.outward_issue, link.inward_issue) {
        (Some(other), _) => (LinkDirection::Outward, other),
        (None, Some(other)) => (LinkDirection::Inward, other),
        (None, None) => return None,
    };
    Some(IssueLink {
        id: link.id.owned(),
        kind: link.kind.and_then(|kind| kind.name).map(|name| met.share(&name)),
        direction,
        other_key: other.key?.owned(),
    })
}

/// Texts as a JSON array.
pub(super) fn texts<'a>(texts: impl Iterator<Item = &'a str>) -> String {
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

/// Appends JSON on one line: a proxy may have indented it. Inside of strings a line break is always escaped.
fn push_compact(out: &mut String, json: &str) {
    if memchr::memchr2(b'\n', b'\r', json.as_bytes()).is_none() {
        out.push_str(json);
        return;
    }
    let (mut in_string, mut escaped) = (false, false);
    for c in json.chars() {
        if in_string || !c.is_ascii_whitespace() {
            out.push(c);
        }
        match c {
            '"' if !escaped => in_string = !in_string,
            '\\' if in_string && !escaped => {
                escaped = true;
                continue;
            }
            _ => {}
        }
        escaped = false;
    }
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
