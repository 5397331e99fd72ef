//! Values of fields into the columns and child rows of an issue.

use super::{
    cases,
    data_center::sprint,
    fields::{Column, Reading},
    issue::{Mapper, Parsed, link, texts},
    met::Met,
    stamp::Stamp,
    text, wire,
};
use serde::{
    Deserialize,
    de::{IgnoredAny, MapAccess},
};
use serde_json::value::RawValue;
use std::sync::Arc;
use weir_model::{IssueRecord, PlainDate, StatusCategory};

/// The value of a field, still to be read.
pub(super) trait Value<'de>: Sized {
    type Error;
    /// Reads it; nothing for JSON's null.
    fn read<T: Deserialize<'de>>(self) -> Result<Option<T>, Self::Error>;
}

impl<'de> Value<'de> for &'de RawValue {
    type Error = serde_json::Error;
    fn read<T: Deserialize<'de>>(self) -> Result<Option<T>, Self::Error> {
        wire::read(self.get())
    }
}

/// The value that comes next in a map that is being read.
pub(super) struct Next<'m, M>(pub(super) &'m mut M);

impl<'de, M: MapAccess<'de>> Value<'de> for Next<'_, M> {
    type Error = M::Error;
    fn read<T: Deserialize<'de>>(self) -> Result<Option<T>, Self::Error> {
        self.0.next_value()
    }
}

/// Whether a value was what Jira documents.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Understood {
    Yes,
    No,
}

impl From<bool> for Understood {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

/// An issue whose fields are being read.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) parsed: Parsed,
    /// Story points may stand in two fields; the company-managed one comes first.
    company_points: Option<f64>,
    team_points: Option<f64>,
    parent_epic: Option<String>,
    epic_link: Option<String>,
}

impl Draft {
    pub(super) fn new(parsed: Parsed) -> Self {
        Self { parsed, company_points: None, team_points: None, parent_epic: None, epic_link: None }
    }

    /// What can be told once all fields are read.
    pub(super) fn finish(self) -> Parsed {
        let mut parsed = self.parsed;
        let issue = &mut parsed.record.issue;
        issue.story_points = self.company_points.or(self.team_points);
        issue.epic_key = self.epic_link.or(self.parent_epic);
        issue.description_words = issue.description_text.as_deref().map(text::words);
        parsed
    }
}

impl Mapper {
    /// Fills one column.
    pub(super) fn column<'de, V: Value<'de>>(
        &self,
        column: Column,
        value: V,
        draft: &mut Draft,
        met: &mut Met,
    ) -> Result<Understood, V::Error> {
        /// The value as a type; a null changes nothing.
        macro_rules! read {
            ($kind:ty) => {
                match value.read::<$kind>()? {
                    Some(value) => value,
                    None => return Ok(Understood::Yes),
                }
            };
        }
        let parsed = &mut draft.parsed;
        let issue = &mut parsed.record.issue;
        match column {
            Column::Summary => issue.summary = Some(read!(wire::Text<'de>).owned()),
            Column::Description => {
                issue.description_text = self.text(&read!(wire::Rich<'de>));
                return Ok(issue.description_text.is_some().into());
            }
            Column::IssueType => {
                let kind = read!(wire::IssueTypeRef<'de>);
                issue.is_subtask = kind.subtask.unwrap_or(kind.hierarchy_level == Some(-1));
                issue.kind = shared(kind.name, met);
            }
            Column::Project => {
                let project = read!(wire::Named<'de>);
                let Some(key) = project.key else { return Ok(Understood::No) };
                issue.project_key = met.share(&key);
                parsed.project_id = project.id.map(wire::Text::owned);
            }
            Column::Status => {
                let status = read!(wire::StatusRef<'de>);
                issue.status_category = category(status.status_category.as_ref());
                issue.status = shared(status.name, met);
            }
            Column::Priority => issue.priority = shared(read!(wire::Named<'de>).name, met),
            Column::Resolution => issue.resolution = shared(read!(wire::Named<'de>).name, met),
            Column::Security => issue.security_level = shared(read!(wire::Named<'de>).name, met),
            Column::Assignee => issue.assignee_id = met.person(&read!(wire::User<'de>)),
            Column::Reporter => issue.reporter_id = met.person(&read!(wire::User<'de>)),
            Column::Creator => issue.creator_id = met.person(&read!(wire::User<'de>)),
            Column::Parent => {
                let parent = read!(wire::Parent<'de>);
                issue.parent_key = parent.key.map(wire::Text::owned);
                let kind = parent.fields.and_then(|fields| fields.issuetype);
                draft.parent_epic = issue.parent_key.clone().filter(|_| kind.as_ref().is_some_and(is_epic));
            }
            Column::Labels => issue.labels = texts(read!(Vec<wire::Text<'de>>).iter().map(|text| &**text)),
            Column::Components => issue.components = names(&read!(Vec<wire::Named<'de>>)),
            Column::FixVersions => issue.fix_versions = names(&read!(Vec<wire::Named<'de>>)),
            Column::AffectsVersions => issue.affects_versions = names(&read!(Vec<wire::Named<'de>>)),
            Column::DueDate => {
                issue.due_date = PlainDate::parse(&read!(wire::Text<'de>));
                return Ok(issue.due_date.is_some().into());
            }
            Column::Created => {
                issue.created_at = read!(Stamp).0;
                return Ok(issue.created_at.is_some().into());
            }
            Column::Updated => {
                issue.updated_at = read!(Stamp).0;
                return Ok(issue.updated_at.is_some().into());
            }
            Column::ResolutionDate => {
                issue.resolved_at = read!(Stamp).0;
                return Ok(issue.resolved_at.is_some().into());
            }
            Column::Comment => {
                let list = read!(wire::Entries<wire::Comment<'de>>);
                parsed.comments_short = list.is_short();
                if !parsed.comments_short {
                    let rows = list.entries.into_iter().map(|comment| self.comment(comment, met));
                    parsed.record.comments = Some(rows.collect());
                }
            }
            Column::Worklog => {
                let list = read!(wire::Entries<wire::Worklog<'de>>);
                parsed.worklogs_short = list.is_short();
                parsed.worklogs_shown = true;
                if !parsed.worklogs_short {
                    let rows = list.entries.into_iter().map(|worklog| self.worklog(worklog, met));
                    parsed.record.worklogs = Some(rows.collect());
                }
            }
            Column::IssueLinks => {
                let links = read!(Vec<wire::Link<'de>>).into_iter();
                parsed.record.links.extend(links.filter_map(|wire| link(wire, met)));
            }
            Column::StatusCategory | Column::Subtasks => _ = value.read::<IgnoredAny>()?,
        }
        Ok(Understood::Yes)
    }

    /// Reads a field that is kept raw as well.
    pub(super) fn reading(
        &self,
        reading: Reading,
        raw: &RawValue,
        draft: &mut Draft,
        met: &mut Met,
    ) -> Option<()> {
        match reading {
            Reading::Sprint => return sprints(&json::<Vec<&RawValue>>(raw)?, &mut draft.parsed.record, met),
            Reading::EpicLink => draft.epic_link = Some(json::<wire::Text<'_>>(raw)?.owned()),
            Reading::CompanyPoints => draft.company_points = draft.company_points.or(Some(json(raw)?)),
            Reading::TeamPoints => draft.team_points = draft.team_points.or(Some(json(raw)?)),
            Reading::Case => {
                for case in cases::in_value(raw.get(), &self.fields.spelling)? {
                    let known = &mut draft.parsed.record.cases;
                    if !known.iter().any(|one| one.case_id == case.case_id) {
                        known.push(case);
                    }
                }
            }
        }
        Some(())
    }

    /// Notes the people of a field that holds one person or several.
    pub(super) fn people(&self, raw: &RawValue, met: &mut Met) -> Option<()> {
        let people: Vec<Option<wire::User<'_>>> =
            if raw.get().starts_with('[') { json(raw)? } else { vec![json(raw)?] };
        for user in people.iter().flatten() {
            met.person(user);
        }
        Some(())
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

/// Objects, or the texts that older versions of Data Center write. What is neither costs only itself.
fn sprints(values: &[&RawValue], record: &mut IssueRecord, met: &mut Met) -> Option<()> {
    let mut understood = Some(());
    for raw in values {
        let text = raw.get().starts_with('"').then(|| json::<wire::Text<'_>>(raw)).flatten();
        let value = match &text {
            Some(text) => sprint::parse(text),
            None => json::<wire::SprintValue<'_>>(raw),
        };
        match value {
            Some(value) => {
                let id = met.sprint(&value);
                if !record.sprints.contains(&id) {
                    record.sprints.push(id);
                }
            }
            None if raw.get() == "null" => {}
            None => understood = None,
        }
    }
    understood
}

fn names(list: &[wire::Named<'_>]) -> String {
    texts(list.iter().filter_map(|named| named.name.as_deref()))
}

fn json<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Option<T> {
    wire::read(raw.get()).ok()
}

fn shared(text: Option<wire::Text<'_>>, met: &mut Met) -> Option<Arc<str>> {
    text.map(|text| met.share(&text))
}
