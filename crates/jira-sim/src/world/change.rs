//! What a history item says: the seven members of Jira's `ChangeDetails`.
//! Field names and the absence of `fieldId` follow recorded sites (status by id and name, sprints as comma lists,
//! links, keys and workflow without a field id).

use std::borrow::Cow;

use super::fields::id;
use super::former::Thing;
use super::issue::Change;
use super::{ATTACHMENTS, World};
use crate::time::date;

type Text<'a> = Option<Cow<'a, str>>;

/// The members of an item; `field_id` is missing on the wire when None.
#[derive(Debug)]
pub(crate) struct Item<'a> {
    pub(crate) field: &'a str,
    pub(crate) field_type: &'static str,
    pub(crate) field_id: Option<&'static str>,
    pub(crate) from: Text<'a>,
    pub(crate) from_text: Text<'a>,
    pub(crate) to: Text<'a>,
    pub(crate) to_text: Text<'a>,
}

fn some(text: &str) -> Text<'_> {
    Some(Cow::Borrowed(text))
}

fn own<'a>(text: impl Into<String>) -> Text<'a> {
    Some(Cow::Owned(text.into()))
}

/// Halves as Jira prints numbers in histories: `3`, `2.5`.
fn halves<'a>(value: Option<u16>) -> Text<'a> {
    value.map(|halves| {
        Cow::Owned(if halves % 2 == 0 { (halves / 2).to_string() } else { format!("{}.5", halves / 2) })
    })
}

/// A name as it was when the history was written.
fn named(world: &World, thing: Thing, at: u32, history: u32) -> Text<'_> {
    if let Some(name) = world.former.name(thing, at, history) {
        return some(name);
    }
    let place = at as usize;
    match thing {
        Thing::Status => some(&world.catalog.statuses[place].name),
        Thing::Sprint => some(&world.sprints[place].name),
        Thing::Version => some(&world.versions[place].name),
        Thing::Component => some(&world.components[place].name),
        Thing::Project => some(&world.projects[place].name),
        Thing::Person => some(world.people[place].name.as_deref()?),
        Thing::Issue => own(world.key(at)),
    }
}

fn id_list<'a>(world: &World, sprints: &[u32]) -> Text<'a> {
    let ids: Vec<String> = sprints.iter().map(|at| world.sprints[*at as usize].id.to_string()).collect();
    own(ids.join(", "))
}

fn name_list<'a>(world: &World, sprints: &[u32], history: u32) -> Text<'a> {
    let names: Vec<_> = sprints.iter().filter_map(|at| named(world, Thing::Sprint, *at, history)).collect();
    own(names.join(", "))
}

impl Change {
    /// The item as Jira tells it in the history of that id.
    pub(crate) fn item<'a>(&'a self, world: &'a World, history: u32) -> Item<'a> {
        let named = |thing, at: u32| named(world, thing, at, history);
        let custom = |field, field_id| (field, "custom", Some(field_id));
        let system = |field, field_id| (field, "jira", Some(field_id));
        let bare = |field| (field, "jira", None);
        let ((field, field_type, field_id), from, from_text, to, to_text) = match self {
            Change::Status { from, to } => {
                let id = |at: u16| some(&world.catalog.statuses[at as usize].id);
                let name = |at: u16| named(Thing::Status, at.into());
                (system("status", "status"), id(*from), name(*from), id(*to), name(*to))
            }
            Change::Resolution { from, to } => {
                let get = |at: &Option<u8>| at.map(|at| &world.catalog.resolutions[at as usize]);
                let (from, to) = (get(from), get(to));
                (
                    system("resolution", "resolution"),
                    from.and_then(|it| some(it.id)),
                    from.and_then(|it| some(it.name)),
                    to.and_then(|it| some(it.id)),
                    to.and_then(|it| some(it.name)),
                )
            }
            Change::Assignee { from, to } => {
                let id = |at: u32| some(&world.people[at as usize].account_id);
                let name = |at: u32| named(Thing::Person, at);
                (
                    system("assignee", "assignee"),
                    from.and_then(id),
                    from.and_then(name),
                    to.and_then(id),
                    to.and_then(name),
                )
            }
            Change::Priority { from, to } => {
                let (from, to) =
                    (&world.catalog.priorities[*from as usize], &world.catalog.priorities[*to as usize]);
                (system("priority", "priority"), some(from.id), some(from.name), some(to.id), some(to.name))
            }
            Change::IssueType { from, to } => {
                let (from, to) = (&world.catalog.types[*from as usize], &world.catalog.types[*to as usize]);
                (
                    system("issuetype", "issuetype"),
                    some(&from.id),
                    some(from.name),
                    some(&to.id),
                    some(to.name),
                )
            }
            Change::Sprint { from, to } => (
                custom("Sprint", "customfield_10020"),
                id_list(world, from),
                name_list(world, from, history),
                id_list(world, to),
                name_list(world, to, history),
            ),
            Change::Points { team_managed, from, to } => (
                if *team_managed {
                    custom("Story point estimate", "customfield_10016")
                } else {
                    custom("Story Points", "customfield_10028")
                },
                None,
                halves(*from).or(some("")),
                None,
                halves(*to).or(some("")),
            ),
            Change::Labels { from, to } => (
                system("labels", "labels"),
                some(""),
                own(world.labels(from)),
                some(""),
                own(world.labels(to)),
            ),
            Change::FixVersion { version, added } => {
                let id = world.versions[*version as usize].id;
                let (gone, come) = sides(*added, id, named(Thing::Version, *version));
                (system("Fix Version", "fixVersions"), gone.0, gone.1, come.0, come.1)
            }
            Change::AffectsVersion { version, added } => {
                let id = world.versions[*version as usize].id;
                let (gone, come) = sides(*added, id, named(Thing::Version, *version));
                (system("Version", "versions"), gone.0, gone.1, come.0, come.1)
            }
            Change::Component { component, added } => {
                let id = world.components[*component as usize].id;
                let (gone, come) = sides(*added, id, named(Thing::Component, *component));
                (system("Component", "components"), gone.0, gone.1, come.0, come.1)
            }
            Change::Summary { from, to } => (system("summary", "summary"), None, some(from), None, some(to)),
            Change::Description { from, to } => {
                let text = |body: &Option<Box<_>>| body.as_ref().and_then(|body| own(world.pool.plain(body)));
                (system("description", "description"), None, text(from), None, text(to))
            }
            Change::Link { kind, outward, other, added } => {
                let kind = &world.catalog.link_types[*kind as usize];
                let verb = if *outward { kind.outward } else { kind.inward };
                let key = world.key_then(*other, history);
                let said = own(format!("{} {verb} {key}", this_issue(world)));
                match added {
                    true => (bare("Link"), None, None, own(key), said),
                    false => (bare("Link"), own(key), said, None, None),
                }
            }
            Change::RemoteLink { number } => (
                bare("RemoteIssueLink"),
                None,
                None,
                own(number.to_string()),
                own(format!("{} links to \"Page {number} (Confluence)\"", this_issue(world))),
            ),
            Change::Key { from, to } => (bare("Key"), None, some(from), None, some(to)),
            Change::Project { from, to } => {
                let id = |at: u16| own(world.projects[at as usize].id.to_string());
                let name = |at: u16| named(Thing::Project, at.into());
                (system("project", "project"), id(*from), name(*from), id(*to), name(*to))
            }
            Change::Parent { old_form, from, to } => {
                let id = |at: &Option<u32>| at.and_then(|at| own(world.issues[at as usize].id.to_string()));
                let key = |at: &Option<u32>| at.and_then(|at| own(world.key_then(at, history)));
                let old_form = *old_form || world.spec.flavor.is_dc();
                let field = if old_form { "Parent" } else { "IssueParentAssociation" };
                (bare(field), id(from), key(from), id(to), key(to))
            }
            Change::EpicLink { from, to } => {
                let id = |at: &Option<u32>| at.and_then(|at| own(world.issues[at as usize].id.to_string()));
                let key = |at: &Option<u32>| at.and_then(|at| own(world.key_then(at, history)));
                (custom("Epic Link", "customfield_10014"), id(from), key(from), id(to), key(to))
            }
            Change::EpicChild { child, added } => {
                let id = world.issues[*child as usize].id;
                let (gone, come) = sides(*added, id, own(world.key_then(*child, history)));
                (bare("Epic Child"), gone.0, gone.1, come.0, come.1)
            }
            Change::Security { from, to } => {
                let get = |at: &Option<u8>| at.map(|at| &world.catalog.levels[at as usize]);
                let (from, to) = (get(from), get(to));
                (
                    system("security", "security"),
                    from.and_then(|it| some(it.id)),
                    from.and_then(|it| some(it.name)),
                    to.and_then(|it| some(it.id)),
                    to.and_then(|it| some(it.name)),
                )
            }
            Change::Flag { raised: true } => (
                custom("Flagged", "customfield_10021"),
                some(""),
                some(""),
                some("[10019]"),
                some("Impediment"),
            ),
            Change::Flag { raised: false } => (
                custom("Flagged", "customfield_10021"),
                some("[10019]"),
                some("Impediment"),
                some(""),
                some(""),
            ),
            Change::Estimate { from, to } => {
                let text = |seconds: &Option<u32>| seconds.and_then(|seconds| own(seconds.to_string()));
                (
                    system("timeoriginalestimate", "timeoriginalestimate"),
                    text(from),
                    text(from),
                    text(to),
                    text(to),
                )
            }
            Change::TimeSpent { from, to } => {
                let text = |seconds: &u32| own(seconds.to_string());
                let before = || from.as_ref().and_then(text);
                (system("timespent", "timespent"), before(), before(), text(to), text(to))
            }
            Change::Remaining { from, to } => {
                let text = |seconds: &u32| own(seconds.to_string());
                (system("timeestimate", "timeestimate"), text(from), text(from), text(to), text(to))
            }
            Change::WorklogId { id, added } => {
                let (gone, come) = sides(*added, *id, own(id.to_string()));
                (bare("WorklogId"), gone.0, gone.1, come.0, come.1)
            }
            Change::Rank => {
                (custom("Rank", "customfield_10019"), some(""), some(""), some(""), some("Ranked higher"))
            }
            Change::Attachment { id, kind } => (
                system("Attachment", "attachment"),
                None,
                None,
                own(id.to_string()),
                some(ATTACHMENTS[*kind as usize].0),
            ),
            Change::Due { from, to } => {
                let day = |days: &Option<i32>| days.and_then(|days| own(date(days.into())));
                let long = |days: &Option<i32>| days.and_then(|days| own(date(days.into()) + " 00:00:00.0"));
                (system("duedate", "duedate"), day(from), long(from), day(to), long(to))
            }
            Change::Text { field: id::CASE, from, to } => {
                (custom("Salesforce Case ID", "customfield_10031"), None, opt(from), None, opt(to))
            }
            Change::Text { from, to, .. } => {
                (custom("Customer note", "customfield_10045"), None, opt(from), None, opt(to))
            }
            Change::Workflow { from, to } => (
                bare("Workflow"),
                own(format!("1{from:04}")),
                own(format!("Workflow v{from}")),
                own(format!("1{to:04}")),
                own(format!("Workflow v{to}")),
            ),
        };
        let field_id = field_id.filter(|_| !world.spec.flavor.is_dc());
        Item { field, field_type, field_id, from, from_text, to, to_text }
    }
}

/// What histories of links call their own issue.
fn this_issue(world: &World) -> &'static str {
    if world.spec.flavor.is_dc() { "This issue" } else { "This work item" }
}

fn opt(text: &Option<Box<str>>) -> Text<'_> {
    text.as_deref().and_then(some)
}

type Side<'a> = (Text<'a>, Text<'a>);

fn sides(added: bool, id: u32, name: Text<'_>) -> (Side<'_>, Side<'_>) {
    let present = (own(id.to_string()), name);
    if added { ((None, None), present) } else { (present, (None, None)) }
}
