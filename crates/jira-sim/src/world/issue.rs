//! An issue and everything that hangs on it, as structs. People, statuses, versions and so on are indexes into the world.

use super::text::Body;

#[derive(Debug, Clone)]
pub(crate) struct Issue {
    pub(crate) id: u32,
    /// Deleted issues keep their place, so that positions stay what they are.
    pub(crate) deleted: bool,
    pub(crate) project: u16,
    pub(crate) number: u32,
    pub(crate) kind: u16,
    pub(crate) status: u16,
    pub(crate) priority: Option<u8>,
    pub(crate) resolution: Option<u8>,
    pub(crate) level: Option<u8>,
    pub(crate) summary: Box<str>,
    pub(crate) description: Option<Body>,
    pub(crate) environment: Option<Body>,
    pub(crate) assignee: Option<u32>,
    pub(crate) reporter: Option<u32>,
    pub(crate) creator: u32,
    pub(crate) parent: Option<u32>,
    /// The Epic Link field.
    pub(crate) epic: Option<u32>,
    pub(crate) subtasks: Vec<u32>,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) resolved: Option<i64>,
    pub(crate) category_changed: i64,
    /// Days since 1970-01-01.
    pub(crate) due: Option<i32>,
    pub(crate) labels: Vec<u16>,
    pub(crate) components: Vec<u32>,
    pub(crate) fix_versions: Vec<u32>,
    pub(crate) affects: Vec<u32>,
    pub(crate) links: Vec<LinkEnd>,
    pub(crate) sprints: Vec<u32>,
    pub(crate) comments: Vec<Comment>,
    pub(crate) worklogs: Vec<Worklog>,
    pub(crate) attachments: Vec<Attachment>,
    /// Oldest first by (created, id).
    pub(crate) histories: Vec<History>,
    /// Seconds.
    pub(crate) estimate: Option<u32>,
    pub(crate) votes: u16,
    pub(crate) watches: u16,
    pub(crate) custom: Box<Custom>,
}

/// The custom fields of an issue.
#[derive(Debug, Clone, Default)]
pub(crate) struct Custom {
    /// Half story points, whichever of the two number fields the project uses.
    pub(crate) points: Option<u16>,
    /// The text field that is called `Story Points` too.
    pub(crate) points_text: Option<Box<str>>,
    pub(crate) team: Option<u8>,
    pub(crate) team_text: Option<Box<str>>,
    pub(crate) epic_name: Option<Box<str>>,
    pub(crate) start: Option<i32>,
    pub(crate) flagged: bool,
    pub(crate) case: Option<Box<str>>,
    pub(crate) severity: Option<u8>,
    pub(crate) severity_text: Option<Box<str>>,
    pub(crate) criteria: Option<Body>,
    /// A bit for each platform.
    pub(crate) platforms: u8,
    pub(crate) region: Option<(u8, Option<u8>)>,
    pub(crate) reviewer: Option<u32>,
    pub(crate) approvers: Vec<u32>,
    pub(crate) incident: Option<i64>,
    /// Quarter hours.
    pub(crate) effort: Option<u16>,
    pub(crate) tags: Vec<u16>,
    pub(crate) note: Option<Box<str>>,
    /// (which extra, its value), ascending.
    pub(crate) extras: Vec<(u8, u16)>,
}

#[derive(Debug, Clone)]
pub(crate) struct LinkEnd {
    pub(crate) id: u32,
    pub(crate) kind: u8,
    pub(crate) outward: bool,
    pub(crate) other: u32,
}

/// Who may read a comment or a worklog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visibility {
    Everyone,
    /// The role Administrators.
    Administrators,
    /// The group of developers.
    Developers,
}

#[derive(Debug, Clone)]
pub(crate) struct Comment {
    pub(crate) id: u32,
    pub(crate) author: Option<u32>,
    pub(crate) update_author: Option<u32>,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) body: Body,
    pub(crate) visibility: Visibility,
    /// `jsdPublic`, on service desks.
    pub(crate) public: Option<bool>,
}

#[derive(Debug, Clone)]
pub(crate) struct Worklog {
    pub(crate) id: u32,
    pub(crate) author: Option<u32>,
    pub(crate) update_author: Option<u32>,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) started: i64,
    pub(crate) seconds: u32,
    pub(crate) comment: Option<Body>,
    pub(crate) visibility: Visibility,
}

#[derive(Debug, Clone)]
pub(crate) struct Attachment {
    pub(crate) id: u32,
    pub(crate) created: i64,
    pub(crate) size: u32,
    pub(crate) kind: u8,
}

#[derive(Debug, Clone)]
pub(crate) struct History {
    pub(crate) id: u32,
    pub(crate) author: Option<u32>,
    pub(crate) created: i64,
    pub(crate) items: Vec<Change>,
}

/// One changed thing inside a history.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    Status {
        from: u16,
        to: u16,
    },
    Resolution {
        from: Option<u8>,
        to: Option<u8>,
    },
    Assignee {
        from: Option<u32>,
        to: Option<u32>,
    },
    Priority {
        from: u8,
        to: u8,
    },
    IssueType {
        from: u16,
        to: u16,
    },
    Sprint {
        from: Vec<u32>,
        to: Vec<u32>,
    },
    /// Half points; the field follows the project.
    Points {
        team_managed: bool,
        from: Option<u16>,
        to: Option<u16>,
    },
    Labels {
        from: Vec<u16>,
        to: Vec<u16>,
    },
    FixVersion {
        version: u32,
        added: bool,
    },
    AffectsVersion {
        version: u32,
        added: bool,
    },
    Component {
        component: u32,
        added: bool,
    },
    Summary {
        from: Box<str>,
        to: Box<str>,
    },
    Description {
        from: Option<Box<Body>>,
        to: Option<Box<Body>>,
    },
    Link {
        kind: u8,
        outward: bool,
        other: u32,
        added: bool,
    },
    RemoteLink {
        number: u32,
    },
    Key {
        from: Box<str>,
        to: Box<str>,
    },
    Project {
        from: u16,
        to: u16,
    },
    /// `IssueParentAssociation`, or its older form `Parent` without a field id.
    Parent {
        old_form: bool,
        from: Option<u32>,
        to: Option<u32>,
    },
    EpicLink {
        from: Option<u32>,
        to: Option<u32>,
    },
    /// The other side of an Epic Link, told by the epic.
    EpicChild {
        child: u32,
        added: bool,
    },
    Security {
        from: Option<u8>,
        to: Option<u8>,
    },
    Flag {
        raised: bool,
    },
    Estimate {
        from: Option<u32>,
        to: Option<u32>,
    },
    /// The remaining estimate.
    Remaining {
        from: u32,
        to: u32,
    },
    TimeSpent {
        from: Option<u32>,
        to: u32,
    },
    /// `added`, or touched and gone: the id then stands on the side of what was.
    WorklogId {
        id: u32,
        added: bool,
    },
    Rank,
    Attachment {
        id: u32,
        kind: u8,
    },
    Due {
        from: Option<i32>,
        to: Option<i32>,
    },
    Text {
        field: u32,
        from: Option<Box<str>>,
        to: Option<Box<str>>,
    },
    Workflow {
        from: u8,
        to: u8,
    },
}
