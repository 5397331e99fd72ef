//! Which field means what on a site, and which are never asked for.
//!
//! Fields are told apart by their id and by `schema.custom`; names are used only where Jira offers nothing better
//! (story points of company-managed projects, support cases). `jira-api` §6.1-§6.2.

use super::{text::Names, wire};
use foldhash::fast::RandomState;
use std::collections::{HashMap, HashSet};
use weir_model::{CaseField, CaseSpelling, Exclusions, Message};

/// Fields that Weir reads although `/field` may not list them.
const ALWAYS_ASKED: [&str; 26] = [
    "summary",
    "description",
    "issuetype",
    "project",
    "status",
    "priority",
    "resolution",
    "assignee",
    "reporter",
    "creator",
    "parent",
    "labels",
    "components",
    "fixVersions",
    "versions",
    "duedate",
    "created",
    "updated",
    "resolutiondate",
    "security",
    "comment",
    "worklog",
    "issuelinks",
    "subtasks",
    "statuscategorychangedate",
    "statusCategory",
];

const SPRINT: &str = "com.pyxis.greenhopper.jira:gh-sprint";
const EPIC_LINK: &str = "com.pyxis.greenhopper.jira:gh-epic-link";
const TEAM_POINTS: &str = "com.pyxis.greenhopper.jira:jsw-story-points";

/// What a field is to us.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    /// It must not be looked at.
    Excluded,
    /// A column or view of its own.
    Column(Column),
    /// Kept as it is, and read too.
    Read(Reading),
    /// A person, or several.
    People,
}

/// System fields that have a column or a view of their own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub(super) enum Column {
    Summary,
    Description,
    IssueType,
    Project,
    Status,
    StatusCategory,
    Priority,
    Resolution,
    Assignee,
    Reporter,
    Creator,
    Parent,
    Labels,
    Components,
    FixVersions,
    AffectsVersions,
    DueDate,
    Created,
    Updated,
    ResolutionDate,
    Security,
    Comment,
    Worklog,
    IssueLinks,
    Subtasks,
}

/// Custom fields that feed a column or a view, and are kept raw as well.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub(super) enum Reading {
    Sprint,
    EpicLink,
    CompanyPoints,
    TeamPoints,
    Case,
}

/// The roles of a site's fields.
#[derive(Debug, Default)]
pub(super) struct FieldMap {
    roles: HashMap<String, Role, RandomState>,
    excluded_names: HashSet<String>,
    people_names: HashSet<String>,
    /// Every field that the site lists.
    known: HashSet<String, RandomState>,
    ids: Vec<String>,
    /// What may be named in texts.
    pub(super) names: Names,
    /// Whether values may hold things that have to be taken out of them.
    pub(super) exclusions: Exclusions,
    /// How people write support cases.
    pub(super) spelling: CaseSpelling,
    /// The field that somebody says holds them, in the place of those that are recognised by their names.
    case_field: Option<String>,
}

/// Whether a field is read although the site may not list it.
pub(super) fn is_always_asked(id: &str) -> bool {
    ALWAYS_ASKED.contains(&id)
}

/// Refuses exclusions that would leave nothing to tell issues apart by.
pub(super) fn check_exclusions(exclusions: &Exclusions) -> Result<(), Message> {
    match Exclusions::REQUIRED.iter().find(|field| exclusions.excludes(field)) {
        Some(field) => Err(Message::FieldRequired { field: (*field).to_owned() }),
        None => Ok(()),
    }
}

impl FieldMap {
    /// Learns the roles from the site's list of fields.
    pub(super) fn new(
        fields: &[wire::Field<'_>],
        exclusions: &Exclusions,
        cases: Option<&CaseField>,
    ) -> Self {
        let mut map = Self {
            spelling: cases.map(|cases| cases.spelling.clone()).unwrap_or_default(),
            case_field: cases.map(|cases| cases.field.clone()),
            names: if exclusions.user_details { Names::Replaced } else { Names::Kept },
            exclusions: exclusions.clone(),
            ..Self::default()
        };
        for (id, column) in COLUMNS {
            map.roles.insert((*id).to_owned(), Role::Column(*column));
        }
        map.people_names.extend(["assignee", "reporter", "creator"].map(str::to_owned));
        for field in fields {
            map.learn(field);
        }
        for id in ALWAYS_ASKED {
            if !map.ids.iter().any(|known| known == id) {
                map.ids.push(id.to_owned());
            }
        }
        for id in &exclusions.fields {
            map.roles.insert(id.clone(), Role::Excluded);
            map.excluded_names.insert(id.to_lowercase());
        }
        map.ids.retain(|id| !exclusions.excludes(id));
        map
    }

    fn learn(&mut self, field: &wire::Field<'_>) {
        let id = field.id.to_string();
        self.ids.push(id.clone());
        self.known.insert(id.clone());
        let names = || field.name.iter().chain(&field.untranslated_name).map(|name| name.to_lowercase());
        if self.exclusions.excludes(&id) {
            self.excluded_names.extend(names());
            return;
        }
        let schema = field.schema.as_ref();
        let kind = schema.and_then(|schema| schema.kind.as_deref()).unwrap_or_default();
        let items = schema.and_then(|schema| schema.items.as_deref()).unwrap_or_default();
        let custom = schema.and_then(|schema| schema.custom.as_deref()).unwrap_or_default();
        let role = match custom {
            SPRINT => Role::Read(Reading::Sprint),
            EPIC_LINK => Role::Read(Reading::EpicLink),
            TEAM_POINTS => Role::Read(Reading::TeamPoints),
            _ if kind == "user" || (kind == "array" && items == "user") => Role::People,
            _ if kind == "number" && names().any(|name| name == "story points") => {
                Role::Read(Reading::CompanyPoints)
            }
            _ if self.holds_cases(&id, names()) => Role::Read(Reading::Case),
            _ => return,
        };
        if role == Role::People {
            self.people_names.extend(names());
        }
        self.roles.entry(id).or_insert(role);
    }

    fn holds_cases(&self, id: &str, mut names: impl Iterator<Item = String>) -> bool {
        match &self.case_field {
            Some(field) => field == id,
            None => names.any(|name| name.contains("salesforce") && name.contains("case")),
        }
    }

    /// What a field is to us; `None` is a field that is only kept.
    pub(super) fn role(&self, field_id: &str) -> Option<Role> {
        self.roles.get(field_id).copied()
    }

    /// The `fields` of a request: everything, or everything by name but what is excluded.
    pub(super) fn asked(&self) -> Vec<&str> {
        if self.exclusions.fields.is_empty() {
            vec!["*all"]
        } else {
            self.ids.iter().map(String::as_str).collect()
        }
    }

    /// Whether a history item speaks of an excluded field. Some items carry no id.
    pub(super) fn excludes_item(&self, field_id: Option<&str>, field: &str) -> bool {
        if self.exclusions.fields.is_empty() {
            return false;
        }
        field_id.is_some_and(|id| self.exclusions.excludes(id))
            || self.excluded_names.contains(&field.to_lowercase())
    }

    /// Whether a history item's texts are names of people.
    pub(super) fn names_people(&self, field_id: Option<&str>, field: &str) -> bool {
        match field_id {
            Some("assignee" | "reporter" | "creator") => true,
            // Of a field that the site no longer lists nobody knows what it held.
            Some(id) if id.starts_with("customfield_") && !self.known.contains(id) => true,
            Some(id) => self.role(id) == Some(Role::People),
            None => self.people_names.contains(&field.to_lowercase()),
        }
    }
}

const COLUMNS: &[(&str, Column)] = &[
    ("summary", Column::Summary),
    ("description", Column::Description),
    ("issuetype", Column::IssueType),
    ("project", Column::Project),
    ("status", Column::Status),
    ("statusCategory", Column::StatusCategory),
    ("priority", Column::Priority),
    ("resolution", Column::Resolution),
    ("assignee", Column::Assignee),
    ("reporter", Column::Reporter),
    ("creator", Column::Creator),
    ("parent", Column::Parent),
    ("labels", Column::Labels),
    ("components", Column::Components),
    ("fixVersions", Column::FixVersions),
    ("versions", Column::AffectsVersions),
    ("duedate", Column::DueDate),
    ("created", Column::Created),
    ("updated", Column::Updated),
    ("resolutiondate", Column::ResolutionDate),
    ("security", Column::Security),
    ("comment", Column::Comment),
    ("worklog", Column::Worklog),
    ("issuelinks", Column::IssueLinks),
    ("subtasks", Column::Subtasks),
];

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = r#"[
        {"id":"summary","name":"Summary","custom":false,"schema":{"type":"string"}},
        {"id":"customfield_1","name":"Story Points","custom":true,"schema":{"type":"string","custom":"x:textfield"}},
        {"id":"customfield_2","name":"Story Points","custom":true,"schema":{"type":"number","custom":"x:float"}},
        {"id":"customfield_3","name":"Story point estimate","schema":{"type":"number","custom":"com.pyxis.greenhopper.jira:jsw-story-points"}},
        {"id":"customfield_4","name":"Genehmiger","untranslatedName":"Approvers","schema":{"type":"array","items":"user"}},
        {"id":"customfield_5","name":"Salesforce Case ID","schema":{"type":"string"}},
        {"id":"customfield_6","name":"Secret Plan","schema":{"type":"string"}}]"#;

    fn map(exclude: &str) -> FieldMap {
        FieldMap::new(
            &serde_json::from_str::<Vec<wire::Field<'_>>>(LIST).unwrap(),
            &Exclusions::parse([exclude]),
            None,
        )
    }

    #[test]
    fn a_text_named_story_points_is_not_an_estimate() {
        let map = map("");
        assert_eq!(map.role("customfield_1"), None);
        assert_eq!(map.role("customfield_2"), Some(Role::Read(Reading::CompanyPoints)));
        assert_eq!(map.role("customfield_3"), Some(Role::Read(Reading::TeamPoints)));
        assert_eq!(map.role("customfield_4"), Some(Role::People));
        assert_eq!(map.role("customfield_5"), Some(Role::Read(Reading::Case)));
        assert_eq!(map.asked(), ["*all"]);
    }

    #[test]
    fn the_field_that_somebody_says_holds_cases_does_and_no_other() {
        let cases = CaseField { field: "customfield_6".into(), spelling: CaseSpelling::default() };
        let list = serde_json::from_str::<Vec<wire::Field<'_>>>(LIST).unwrap();
        let of = |exclude| FieldMap::new(&list, &Exclusions::parse([exclude]), Some(&cases));
        assert_eq!(of("").role("customfield_6"), Some(Role::Read(Reading::Case)));
        assert_eq!(of("").role("customfield_5"), None);
        assert_eq!(of("customfield_6").role("customfield_6"), Some(Role::Excluded));
    }

    #[test]
    fn an_excluded_field_is_never_named_in_a_request() {
        let map = map("summary,customfield_6");
        assert!(map.asked().contains(&"customfield_2") && map.asked().contains(&"description"));
        assert!(
            !map.asked()
                .iter()
                .any(|id| *id == "summary" || *id == "customfield_6" || id.starts_with(['*', '-']))
        );
        assert!(map.excludes_item(Some("customfield_6"), "whatever"));
        assert!(map.excludes_item(None, "Secret Plan"), "items of some kinds carry no field id");
        assert!(!map.excludes_item(Some("status"), "status"));
        assert!(map.names_people(Some("customfield_99"), "Former Approver"), "it may have held people");
        assert!(!map.names_people(Some("customfield_2"), "Story Points"));
    }

    #[test]
    fn what_holds_an_issue_together_cannot_be_excluded() {
        assert!(check_exclusions(&Exclusions::parse(["summary,userDetails"])).is_ok());
        assert!(check_exclusions(&Exclusions::parse(["updated"])).is_err());
    }
}
