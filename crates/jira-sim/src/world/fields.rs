//! The fields of the site: the system's, the well-known custom ones, duplicates of names, and a hundred that are null
//! on most issues.

use super::flavor::Flavor;
use super::project::Project;

/// Which part of an issue a field shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    CategoryChanged,
    IssueType,
    TimeSpent,
    Project,
    FixVersions,
    AggregateTimeSpent,
    StatusCategory,
    Parent,
    Resolution,
    ResolutionDate,
    WorkRatio,
    LastViewed,
    Watches,
    Restriction,
    Thumbnail,
    Created,
    Flagged,
    Priority,
    Labels,
    TimeEstimate,
    AggregateOriginal,
    Versions,
    IssueLinks,
    Assignee,
    Updated,
    Status,
    Components,
    Key,
    OriginalEstimate,
    Description,
    TimeTracking,
    StartDate,
    Security,
    Attachment,
    AggregateEstimate,
    Summary,
    Creator,
    SubTasks,
    Reporter,
    AggregateProgress,
    Development,
    Team,
    Environment,
    DueDate,
    Progress,
    Votes,
    Comment,
    Worklog,
    EpicName,
    EpicLink,
    PointEstimate,
    Rank,
    Sprint,
    PointsText,
    Points,
    Case,
    TeamText,
    Severity,
    SeverityText,
    Criteria,
    Platforms,
    Region,
    Reviewer,
    Approvers,
    IncidentStart,
    Effort,
    Tags,
    CustomerNote,
    /// One of the many that are mostly null.
    Extra(u8),
}

#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) slot: Slot,
    pub(crate) schema: Option<&'static str>,
    pub(crate) items: Option<&'static str>,
    /// `schema.custom`, for custom fields.
    pub(crate) custom: Option<&'static str>,
    pub(crate) clauses: Vec<String>,
    pub(crate) navigable: bool,
    /// The team-managed project that owns it.
    pub(crate) scope: Option<u16>,
}

impl Field {
    pub(crate) fn is_custom(&self) -> bool {
        self.custom.is_some()
    }

    pub(crate) fn number(&self) -> u32 {
        self.id.strip_prefix("customfield_").and_then(|number| number.parse().ok()).unwrap_or(0)
    }
}

/// Ids of custom fields that other parts of the world speak of.
pub(crate) mod id {
    pub(crate) const DEVELOPMENT: u32 = 10_000;
    pub(crate) const TEAM: u32 = 10_001;
    pub(crate) const EPIC_NAME: u32 = 10_011;
    pub(crate) const EPIC_LINK: u32 = 10_014;
    pub(crate) const START_DATE: u32 = 10_015;
    pub(crate) const POINT_ESTIMATE: u32 = 10_016;
    pub(crate) const RANK: u32 = 10_019;
    pub(crate) const SPRINT: u32 = 10_020;
    pub(crate) const FLAGGED: u32 = 10_021;
    pub(crate) const POINTS_TEXT: u32 = 10_022;
    pub(crate) const POINTS: u32 = 10_028;
    pub(crate) const CASE: u32 = 10_031;
    pub(crate) const TEAM_TEXT: u32 = 10_032;
    pub(crate) const SEVERITY: u32 = 10_033;
    pub(crate) const SEVERITY_TEXT: u32 = 10_034;
    pub(crate) const CRITERIA: u32 = 10_035;
    pub(crate) const PLATFORMS: u32 = 10_036;
    pub(crate) const REGION: u32 = 10_037;
    pub(crate) const REVIEWER: u32 = 10_038;
    pub(crate) const APPROVERS: u32 = 10_039;
    pub(crate) const INCIDENT_START: u32 = 10_040;
    pub(crate) const EFFORT: u32 = 10_041;
    pub(crate) const TAGS: u32 = 10_042;
    pub(crate) const CUSTOMER_NOTE: u32 = 10_045;
    pub(crate) const FIRST_EXTRA: u32 = 10_050;
}

pub(crate) const EXTRAS: u8 = 100;

/// Schema type and items of the extras, in turn.
const EXTRA_KINDS: [(&str, Option<&str>); 5] =
    [("string", None), ("number", None), ("option", None), ("date", None), ("array", Some("option"))];

/// Custom types of the extras, in turn.
const PLUGIN: [&str; 5] = [
    "com.atlassian.jira.plugin.system.customfieldtypes:textfield",
    "com.atlassian.jira.plugin.system.customfieldtypes:float",
    "com.atlassian.jira.plugin.system.customfieldtypes:select",
    "com.atlassian.jira.plugin.system.customfieldtypes:datepicker",
    "com.atlassian.jira.plugin.system.customfieldtypes:multiselect",
];

pub(crate) fn fields(projects: &[Project], flavor: Flavor) -> Vec<Field> {
    let mut fields: Vec<Field> = system();
    fields.extend(well_known(projects));
    fields.extend((0..EXTRAS).map(|index| {
        let (schema, items) = EXTRA_KINDS[index as usize % 5];
        custom(
            id::FIRST_EXTRA + u32::from(index),
            &extra_name(index),
            Slot::Extra(index),
            schema,
            items,
            PLUGIN[index as usize % 5],
        )
    }));
    if flavor.is_dc() {
        fields.retain(|field| !only_on_cloud(field.slot));
        fields.iter_mut().for_each(|field| name_on_dc(field).into_iter().for_each(|it| field.name = it));
    }
    fields
}

/// What Data Center calls a field otherwise.
fn name_on_dc(field: &Field) -> Option<String> {
    let name = match field.slot {
        Slot::FixVersions => "Fix Version/s",
        Slot::Versions => "Affects Version/s",
        Slot::Components => "Component/s",
        Slot::OriginalEstimate => "Original Estimate",
        Slot::TimeTracking => "Time Tracking",
        Slot::DueDate => "Due Date",
        _ => return None,
    };
    Some(name.to_owned())
}

fn only_on_cloud(slot: Slot) -> bool {
    matches!(
        slot,
        Slot::CategoryChanged | Slot::StatusCategory | Slot::Restriction | Slot::PointEstimate | Slot::Team
    )
}

fn extra_name(index: u8) -> String {
    const AREAS: [&str; 10] = [
        "Customer", "Release", "Security", "Legal", "Finance", "Design", "Support", "Partner", "Audit",
        "Legacy",
    ];
    const THINGS: [&str; 5] = ["reference", "cost", "impact", "review date", "markets"];
    format!("{} {} {}", AREAS[index as usize / 10], THINGS[index as usize % 5], index / 5 % 2 + 1)
}

/// Id, name, slot, schema type and items, JQL names, navigable.
type Row = (&'static str, &'static str, Slot, Option<&'static str>, Option<&'static str>, &'static str, bool);

fn system() -> Vec<Field> {
    use Slot::*;
    let rows: [Row; 44] = [
        (
            "statuscategorychangedate",
            "Status Category Changed",
            CategoryChanged,
            Some("datetime"),
            None,
            "statusCategoryChangedDate",
            true,
        ),
        ("issuetype", "Issue Type", IssueType, Some("issuetype"), None, "issuetype,type", true),
        ("timespent", "Time Spent", TimeSpent, Some("number"), None, "timespent", true),
        ("project", "Project", Project, Some("project"), None, "project", true),
        ("fixVersions", "Fix versions", FixVersions, Some("array"), Some("version"), "fixVersion", true),
        ("aggregatetimespent", "Σ Time Spent", AggregateTimeSpent, Some("number"), None, "", true),
        (
            "statusCategory",
            "Status Category",
            StatusCategory,
            Some("statusCategory"),
            None,
            "statusCategory",
            true,
        ),
        ("parent", "Parent", Parent, None, None, "parent", true),
        ("resolution", "Resolution", Resolution, Some("resolution"), None, "resolution", true),
        (
            "resolutiondate",
            "Resolved",
            ResolutionDate,
            Some("datetime"),
            None,
            "resolutiondate,resolved",
            true,
        ),
        ("workratio", "Work Ratio", WorkRatio, Some("number"), None, "workratio", true),
        ("lastViewed", "Last Viewed", LastViewed, Some("datetime"), None, "lastViewed", true),
        ("watches", "Watchers", Watches, Some("watches"), None, "watchers", true),
        ("issuerestriction", "Restrict to", Restriction, Some("issuerestriction"), None, "", true),
        ("thumbnail", "Images", Thumbnail, None, None, "", true),
        ("created", "Created", Created, Some("datetime"), None, "created,createdDate", true),
        ("priority", "Priority", Priority, Some("priority"), None, "priority", true),
        ("labels", "Labels", Labels, Some("array"), Some("string"), "labels", true),
        (
            "timeestimate",
            "Remaining Estimate",
            TimeEstimate,
            Some("number"),
            None,
            "remainingEstimate,timeestimate",
            true,
        ),
        (
            "aggregatetimeoriginalestimate",
            "Σ Original Estimate",
            AggregateOriginal,
            Some("number"),
            None,
            "",
            true,
        ),
        ("versions", "Affects versions", Versions, Some("array"), Some("version"), "affectedVersion", true),
        ("issuelinks", "Linked Issues", IssueLinks, Some("array"), Some("issuelinks"), "", true),
        ("assignee", "Assignee", Assignee, Some("user"), None, "assignee", true),
        ("updated", "Updated", Updated, Some("datetime"), None, "updated,updatedDate", true),
        ("status", "Status", Status, Some("status"), None, "status", true),
        ("components", "Components", Components, Some("array"), Some("component"), "component", true),
        ("issuekey", "Key", Key, None, None, "id,issue,issuekey,key", true),
        (
            "timeoriginalestimate",
            "Original estimate",
            OriginalEstimate,
            Some("number"),
            None,
            "originalEstimate,timeoriginalestimate",
            true,
        ),
        ("description", "Description", Description, Some("string"), None, "description", true),
        ("timetracking", "Time tracking", TimeTracking, Some("timetracking"), None, "", false),
        ("security", "Security Level", Security, Some("securitylevel"), None, "level", true),
        ("attachment", "Attachment", Attachment, Some("array"), Some("attachment"), "attachments", false),
        ("aggregatetimeestimate", "Σ Remaining Estimate", AggregateEstimate, Some("number"), None, "", true),
        ("summary", "Summary", Summary, Some("string"), None, "summary", true),
        ("creator", "Creator", Creator, Some("user"), None, "creator", true),
        ("subtasks", "Sub-tasks", SubTasks, Some("array"), Some("issuelinks"), "subtasks", true),
        ("reporter", "Reporter", Reporter, Some("user"), None, "reporter", true),
        ("aggregateprogress", "Σ Progress", AggregateProgress, Some("progress"), None, "", true),
        ("environment", "Environment", Environment, Some("string"), None, "environment", true),
        ("duedate", "Due date", DueDate, Some("date"), None, "due,duedate", true),
        ("progress", "Progress", Progress, Some("progress"), None, "progress", true),
        ("votes", "Votes", Votes, Some("votes"), None, "votes", true),
        ("comment", "Comment", Comment, Some("comments-page"), None, "comment", false),
        ("worklog", "Log Work", Worklog, Some("array"), Some("worklog"), "", false),
    ];
    rows.into_iter()
        .map(|(id, name, slot, schema, items, clauses, navigable)| Field {
            id: id.to_owned(),
            name: name.to_owned(),
            slot,
            schema,
            items,
            custom: None,
            clauses: clauses.split(',').filter(|clause| !clause.is_empty()).map(str::to_owned).collect(),
            navigable,
            scope: None,
        })
        .collect()
}

fn custom(
    number: u32,
    name: &str,
    slot: Slot,
    schema: &'static str,
    items: Option<&'static str>,
    custom: &'static str,
) -> Field {
    Field {
        id: format!("customfield_{number}"),
        name: name.to_owned(),
        slot,
        schema: Some(schema),
        items,
        custom: Some(custom),
        clauses: vec![format!("cf[{number}]"), name.to_owned()],
        navigable: true,
        scope: None,
    }
}

fn well_known(projects: &[Project]) -> Vec<Field> {
    use Slot::*;
    const AREA: &str = "com.atlassian.jira.plugin.system.customfieldtypes:textarea";
    let mut fields = vec![
        custom(
            id::DEVELOPMENT,
            "Development",
            Development,
            "any",
            None,
            "com.atlassian.jira.plugins.jira-development-integration-plugin:devsummarycf",
        ),
        custom(
            id::TEAM,
            "Team",
            Team,
            "team",
            None,
            "com.atlassian.jira.plugin.system.customfieldtypes:atlassian-team",
        ),
        custom(
            id::EPIC_NAME,
            "Epic Name",
            EpicName,
            "string",
            None,
            "com.pyxis.greenhopper.jira:gh-epic-label",
        ),
        custom(id::EPIC_LINK, "Epic Link", EpicLink, "any", None, "com.pyxis.greenhopper.jira:gh-epic-link"),
        custom(id::START_DATE, "Start date", StartDate, "date", None, PLUGIN[3]),
        custom(
            id::POINT_ESTIMATE,
            "Story point estimate",
            PointEstimate,
            "number",
            None,
            "com.pyxis.greenhopper.jira:jsw-story-points",
        ),
        custom(id::RANK, "Rank", Rank, "any", None, "com.pyxis.greenhopper.jira:gh-lexo-rank"),
        custom(id::SPRINT, "Sprint", Sprint, "array", Some("json"), "com.pyxis.greenhopper.jira:gh-sprint"),
        custom(
            id::FLAGGED,
            "Flagged",
            Flagged,
            "array",
            Some("option"),
            "com.atlassian.jira.plugin.system.customfieldtypes:multicheckboxes",
        ),
        custom(id::POINTS_TEXT, "Story Points", PointsText, "string", None, PLUGIN[0]),
        custom(id::POINTS, "Story Points", Points, "number", None, PLUGIN[1]),
        custom(id::CASE, "Salesforce Case ID", Case, "string", None, PLUGIN[0]),
        custom(id::TEAM_TEXT, "Team", TeamText, "string", None, PLUGIN[0]),
        custom(id::SEVERITY, "Severity", Severity, "option", None, PLUGIN[2]),
        custom(id::SEVERITY_TEXT, "Severity", SeverityText, "string", None, PLUGIN[0]),
        custom(id::CRITERIA, "Acceptance Criteria", Criteria, "string", None, AREA),
        custom(id::PLATFORMS, "Platforms", Platforms, "array", Some("option"), PLUGIN[4]),
        custom(
            id::REGION,
            "Region",
            Region,
            "option-with-child",
            None,
            "com.atlassian.jira.plugin.system.customfieldtypes:cascadingselect",
        ),
        custom(
            id::REVIEWER,
            "Reviewer",
            Reviewer,
            "user",
            None,
            "com.atlassian.jira.plugin.system.customfieldtypes:userpicker",
        ),
        custom(
            id::APPROVERS,
            "Approvers",
            Approvers,
            "array",
            Some("user"),
            "com.atlassian.jira.plugin.system.customfieldtypes:multiuserpicker",
        ),
        custom(
            id::INCIDENT_START,
            "Incident start",
            IncidentStart,
            "datetime",
            None,
            "com.atlassian.jira.plugin.system.customfieldtypes:datetime",
        ),
        custom(id::EFFORT, "Effort hours", Effort, "number", None, PLUGIN[1]),
        custom(
            id::TAGS,
            "Tags",
            Tags,
            "array",
            Some("string"),
            "com.atlassian.jira.plugin.system.customfieldtypes:labels",
        ),
        custom(id::CUSTOMER_NOTE, "Customer note", CustomerNote, "string", None, PLUGIN[0]),
    ];
    let owner = projects.iter().position(|project| project.team_managed).map(|index| index as u16);
    for field in fields.iter_mut().filter(|field| field.slot == SeverityText) {
        field.scope = owner;
    }
    fields
}
