//! The site's configuration: statuses, issue types, priorities, resolutions, link types and fields.

use super::project::Project;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Category {
    Undefined,
    New,
    Indeterminate,
    Done,
}

impl Category {
    pub(crate) const ALL: [Category; 4] =
        [Category::Undefined, Category::New, Category::Indeterminate, Category::Done];

    pub(crate) fn id(self) -> u32 {
        match self {
            Category::Undefined => 1,
            Category::New => 2,
            Category::Done => 3,
            Category::Indeterminate => 4,
        }
    }

    pub(crate) fn key(self) -> &'static str {
        match self {
            Category::Undefined => "undefined",
            Category::New => "new",
            Category::Indeterminate => "indeterminate",
            Category::Done => "done",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Category::Undefined => "No Category",
            Category::New => "To Do",
            Category::Indeterminate => "In Progress",
            Category::Done => "Done",
        }
    }

    pub(crate) fn color(self) -> &'static str {
        match self {
            Category::Undefined => "medium-gray",
            Category::New => "blue-gray",
            Category::Indeterminate => "yellow",
            Category::Done => "green",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Status {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) category: Category,
    /// The team-managed project that owns it.
    pub(crate) scope: Option<u16>,
}

#[derive(Debug, Clone)]
pub(crate) struct IssueType {
    pub(crate) id: String,
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) level: i32,
    pub(crate) scope: Option<u16>,
}

#[derive(Debug, Clone)]
pub(crate) struct Priority {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) color: &'static str,
}

#[derive(Debug, Clone)]
pub(crate) struct Resolution {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
}

#[derive(Debug, Clone)]
pub(crate) struct LinkType {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) inward: &'static str,
    pub(crate) outward: &'static str,
}

#[derive(Debug, Clone)]
pub(crate) struct Level {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
}

#[derive(Debug, Clone)]
pub(crate) struct Catalog {
    pub(crate) statuses: Vec<Status>,
    pub(crate) types: Vec<IssueType>,
    pub(crate) priorities: Vec<Priority>,
    pub(crate) resolutions: Vec<Resolution>,
    pub(crate) link_types: Vec<LinkType>,
    pub(crate) levels: Vec<Level>,
}

/// Indexes of the shared statuses.
pub(crate) mod status {
    pub(crate) const BACKLOG: u16 = 0;
    pub(crate) const TO_DO: u16 = 1;
    pub(crate) const IN_PROGRESS: u16 = 2;
    pub(crate) const IN_REVIEW: u16 = 3;
    pub(crate) const READY_FOR_QA: u16 = 4;
    pub(crate) const DONE: u16 = 6;
    pub(crate) const WONT_DO: u16 = 7;
    pub(crate) const WAITING: u16 = 8;
    pub(crate) const RESOLVED: u16 = 9;
    pub(crate) const PARKED: u16 = 10;
}

/// Indexes of the shared issue types.
pub(crate) mod kind {
    pub(crate) const EPIC: u16 = 0;
    pub(crate) const STORY: u16 = 1;
    pub(crate) const TASK: u16 = 2;
    pub(crate) const BUG: u16 = 3;
    pub(crate) const SUB_TASK: u16 = 4;
    pub(crate) const REQUEST: u16 = 5;
    pub(crate) const INCIDENT: u16 = 6;
}

impl Catalog {
    pub(crate) fn new(projects: &[Project]) -> Catalog {
        let mut statuses: Vec<Status> = [
            ("10004", "Backlog", Category::New),
            ("10000", "To Do", Category::New),
            ("3", "In Progress", Category::Indeterminate),
            ("10002", "In Review", Category::Indeterminate),
            ("10005", "Ready for QA", Category::Indeterminate),
            ("10003", "Blocked", Category::Indeterminate),
            ("10001", "Done", Category::Done),
            ("10006", "Won't Do", Category::Done),
            ("10007", "Waiting for customer", Category::Indeterminate),
            ("5", "Resolved", Category::Done),
            ("10009", "Parked", Category::Undefined),
        ]
        .into_iter()
        .map(|(id, name, category)| Status {
            id: id.to_owned(),
            name: name.to_owned(),
            category,
            scope: None,
        })
        .collect();
        let mut types: Vec<IssueType> = [
            ("10000", "Epic", "A big user story that needs to be broken down.", 1),
            ("10001", "Story", "Functionality or a feature expressed as a user goal.", 0),
            ("10002", "Task", "A small, distinct piece of work.", 0),
            ("10003", "Bug", "A problem or error.", 0),
            ("10004", "Sub-task", "A small piece of work that's part of a larger task.", -1),
            ("10005", "Service Request", "", 0),
            ("10006", "Incident", "An interruption of a service.", 0),
        ]
        .into_iter()
        .map(|(id, name, description, level)| IssueType {
            id: id.to_owned(),
            name,
            description,
            level,
            scope: None,
        })
        .collect();
        for index in (0..projects.len()).filter(|index| projects[*index].team_managed) {
            let scope = Some(index as u16);
            let base = 10_100 + 10 * index;
            let own = [
                ("To Do", Category::New),
                ("In Progress", Category::Indeterminate),
                ("Done", Category::Done),
            ];
            statuses.extend(own.into_iter().enumerate().map(|(at, (name, category))| Status {
                id: (base + at).to_string(),
                name: name.to_owned(),
                category,
                scope,
            }));
            let own = [("Epic", 1), ("Task", 0), ("Bug", 0), ("Subtask", -1)];
            types.extend(own.into_iter().enumerate().map(|(at, (name, level))| IssueType {
                id: (base + at).to_string(),
                name,
                description: "Made by the team",
                level,
                scope,
            }));
        }
        Catalog {
            statuses,
            types,
            priorities: [
                ("1", "Highest", "#d04437"),
                ("2", "High", "#f15C75"),
                ("3", "Medium", "#f79232"),
                ("4", "Low", "#707070"),
                ("5", "Lowest", "#999999"),
                ("10000", "Someday", "#cccccc"),
            ]
            .map(|(id, name, color)| Priority { id, name, color })
            .into(),
            resolutions: [
                ("10000", "Done", "Work has been completed on this issue."),
                ("10001", "Won't Do", "This issue won't be actioned."),
                ("10002", "Duplicate", "The problem is a duplicate of an existing issue."),
                ("10003", "Cannot Reproduce", ""),
            ]
            .map(|(id, name, description)| Resolution { id, name, description })
            .into(),
            link_types: [
                ("10000", "Blocks", "is blocked by", "blocks"),
                ("10001", "Cloners", "is cloned by", "clones"),
                ("10002", "Duplicate", "is duplicated by", "duplicates"),
                ("10003", "Relates", "relates to", "relates to"),
            ]
            .map(|(id, name, inward, outward)| LinkType { id, name, inward, outward })
            .into(),
            levels: [("10100", "Internal", "Employees only"), ("10101", "Restricted", "Named people only")]
                .map(|(id, name, description)| Level { id, name, description })
                .into(),
        }
    }
}
