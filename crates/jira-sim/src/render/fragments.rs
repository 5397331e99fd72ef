//! Objects that appear over and over, rendered once for a site address.

use serde_json::{Value, json};

use crate::json::put;
use crate::time::{date, zulu};
use crate::world::catalog::Category;
use crate::world::fields::{EXTRAS, Slot};
use crate::world::{World, people::Person, project};

/// Ready JSON of everything that repeats.
#[derive(Debug)]
pub(crate) struct Fragments {
    pub(crate) site: String,
    /// The address of the platform API.
    pub(crate) api: String,
    pub(crate) people: Vec<Vec<u8>>,
    pub(crate) statuses: Vec<Vec<u8>>,
    pub(crate) categories: Vec<Vec<u8>>,
    pub(crate) types: Vec<Vec<u8>>,
    pub(crate) priorities: Vec<Vec<u8>>,
    pub(crate) resolutions: Vec<Vec<u8>>,
    pub(crate) link_types: Vec<Vec<u8>>,
    pub(crate) levels: Vec<Vec<u8>>,
    pub(crate) projects: Vec<Vec<u8>>,
    pub(crate) versions: Vec<Vec<u8>>,
    pub(crate) components: Vec<Vec<u8>>,
    pub(crate) sprints: Vec<Vec<u8>>,
    pub(crate) teams: Vec<Vec<u8>>,
    /// `"fieldid":` of every field.
    pub(crate) names: Vec<Vec<u8>>,
    /// `,"customfield_N":null` of every extra, one after the other, and where each begins.
    pub(crate) null_extras: Vec<u8>,
    pub(crate) extra_starts: Vec<usize>,
    /// Positions of the fields that are not extras.
    pub(crate) plain_fields: Vec<u16>,
    /// Position of the first extra among the fields.
    pub(crate) first_extra: usize,
}

fn bytes(value: Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn each<T>(items: &[T], make: impl Fn(&T) -> Value) -> Vec<Vec<u8>> {
    items.iter().map(|item| bytes(make(item))).collect()
}

impl Fragments {
    pub(crate) fn new(world: &World, site: &str) -> Fragments {
        let mut fragments = Fragments::of(world, site);
        if let Some(version) = world.spec.flavor.dc() {
            super::dc::adapt(&mut fragments, world, site, version);
        }
        fragments
    }

    fn of(world: &World, site: &str) -> Fragments {
        let names = world.fields.iter().map(|field| format!("\"{}\":", field.id).into_bytes()).collect();
        let is_extra = |slot: Slot| matches!(slot, Slot::Extra(_));
        let first_extra =
            world.fields.iter().position(|field| is_extra(field.slot)).unwrap_or(world.fields.len());
        let mut null_extras = Vec::new();
        let mut extra_starts = Vec::with_capacity(EXTRAS as usize + 1);
        for field in &world.fields[first_extra..] {
            extra_starts.push(null_extras.len());
            put!(null_extras, ",\"", field.id, "\":null");
        }
        extra_starts.push(null_extras.len());
        let catalog = &world.catalog;
        Fragments {
            site: site.to_owned(),
            api: format!("{site}{}", world.spec.flavor.api()),
            people: each(&world.people, |person| user(site, person)),
            statuses: each(&catalog.statuses, |it| status(site, it)),
            categories: each(&Category::ALL, |it| category(site, *it)),
            types: each(&catalog.types, |it| issue_type(site, world, it)),
            priorities: each(&catalog.priorities, |it| {
                json!({
                    "self": format!("{site}/rest/api/3/priority/{}", it.id),
                    "iconUrl": format!("{site}/images/icons/priorities/{}.svg", it.name.to_lowercase()),
                    "name": it.name,
                    "id": it.id,
                })
            }),
            resolutions: each(&catalog.resolutions, |it| {
                json!({
                    "self": format!("{site}/rest/api/3/resolution/{}", it.id),
                    "id": it.id,
                    "description": it.description,
                    "name": it.name,
                })
            }),
            link_types: each(&catalog.link_types, |it| link_type(site, it)),
            levels: each(&catalog.levels, |it| {
                json!({
                    "self": format!("{site}/rest/api/3/securitylevel/{}", it.id),
                    "id": it.id,
                    "description": it.description,
                    "name": it.name,
                })
            }),
            projects: each(&world.projects, |it| project(site, it)),
            versions: each(&world.versions, |it| version(site, it)),
            components: each(&world.components, |it| {
                let mut value = json!({
                    "self": format!("{site}/rest/api/3/component/{}", it.id),
                    "id": it.id.to_string(),
                    "name": it.name,
                });
                if let Some(description) = &it.description {
                    value["description"] = json!(description);
                }
                value
            }),
            sprints: each(&world.sprints, sprint),
            teams: (0..6).map(|at| bytes(team(at))).collect(),
            names,
            null_extras,
            extra_starts,
            plain_fields: (0..first_extra as u16).collect(),
            first_extra,
        }
    }
}

/// A user object as it stands in issues, comments and histories.
pub(crate) fn user(site: &str, person: &Person) -> Value {
    let picture = |size: u32| {
        format!(
            "https://avatar-management--avatars.us-west-2.prod.public.atl-paas.net/{}/1d88ff27-dc26-4a73-9f26-769e8a9b635c/{size}",
            person.account_id
        )
    };
    let mut value = json!({
        "self": format!("{site}/rest/api/3/user?accountId={}", person.account_id.replace(':', "%3A")),
        "accountId": person.account_id,
        "avatarUrls": { "48x48": picture(48), "24x24": picture(24), "16x16": picture(16), "32x32": picture(32) },
        "active": person.active,
        "timeZone": person.zone,
        "accountType": person.kind.wire(),
    });
    if let Some(name) = &person.name {
        value["displayName"] = json!(name);
    }
    if let Some(email) = &person.email {
        value["emailAddress"] = json!(email);
    }
    value
}

pub(crate) fn category(site: &str, category: Category) -> Value {
    json!({
        "self": format!("{site}/rest/api/3/statuscategory/{}", category.id()),
        "id": category.id(),
        "key": category.key(),
        "colorName": category.color(),
        "name": category.name(),
    })
}

pub(crate) fn status(site: &str, status: &crate::world::catalog::Status) -> Value {
    json!({
        "self": format!("{site}/rest/api/3/status/{}", status.id),
        "description": "",
        "iconUrl": format!("{site}/images/icons/statuses/generic.png"),
        "name": status.name,
        "id": status.id,
        "statusCategory": category(site, status.category),
    })
}

pub(crate) fn issue_type(site: &str, world: &World, kind: &crate::world::catalog::IssueType) -> Value {
    let mut value = json!({
        "self": format!("{site}/rest/api/3/issuetype/{}", kind.id),
        "id": kind.id,
        "description": kind.description,
        "iconUrl": format!("{site}/rest/api/2/universal_avatar/view/type/issuetype/avatar/10307?size=medium"),
        "name": kind.name,
        "subtask": kind.level < 0,
        "avatarId": 10307,
        "hierarchyLevel": kind.level,
    });
    if let Some(scope) = kind.scope {
        value["entityId"] = json!(format!("3cb89ec7-52d6-4224-b284-fd09a6{:06}", scope));
        value["scope"] = self::scope(world, scope);
    }
    value
}

/// The `scope` member of what belongs to a team-managed project.
pub(crate) fn scope(world: &World, project: u16) -> Value {
    json!({ "type": "PROJECT", "project": { "id": world.projects[project as usize].id.to_string() } })
}

pub(crate) fn link_type(site: &str, kind: &crate::world::catalog::LinkType) -> Value {
    json!({
        "id": kind.id,
        "name": kind.name,
        "inward": kind.inward,
        "outward": kind.outward,
        "self": format!("{site}/rest/api/3/issueLinkType/{}", kind.id),
    })
}

/// The four avatar addresses of a project.
pub(crate) fn project_avatars(site: &str) -> Value {
    let picture =
        |size: &str| format!("{site}/rest/api/3/universal_avatar/view/type/project/avatar/10418{size}");
    json!({
        "48x48": picture(""),
        "24x24": picture("?size=small"),
        "16x16": picture("?size=xsmall"),
        "32x32": picture("?size=medium"),
    })
}

fn project(site: &str, project: &project::Project) -> Value {
    let mut value = json!({
        "self": format!("{site}/rest/api/3/project/{}", project.id),
        "id": project.id.to_string(),
        "key": project.key,
        "name": project.name,
        "projectTypeKey": project.kind.key(),
        "simplified": project.team_managed,
        "avatarUrls": project_avatars(site),
    });
    if let Some(category) = project.category {
        value["projectCategory"] = project_category(site, category);
    }
    value
}

pub(crate) fn project_category(site: &str, category: u8) -> Value {
    let (id, name, description) = project::CATEGORIES[category as usize];
    json!({
        "self": format!("{site}/rest/api/3/projectCategory/{id}"),
        "id": id,
        "name": name,
        "description": description,
    })
}

pub(crate) fn version(site: &str, version: &project::Version) -> Value {
    let mut value = json!({
        "self": format!("{site}/rest/api/3/version/{}", version.id),
        "id": version.id.to_string(),
        "name": version.name,
        "archived": version.archived,
        "released": version.released,
    });
    if let Some(description) = &version.description {
        value["description"] = json!(description);
    }
    if let Some(start) = version.start {
        value["startDate"] = json!(date(start));
    }
    if let Some(release) = version.release {
        value["releaseDate"] = json!(date(release));
    }
    value
}

/// A sprint as it stands in the Sprint field.
pub(super) fn sprint(sprint: &project::Sprint) -> Value {
    let mut value = json!({
        "id": sprint.id,
        "name": sprint.name,
        "state": sprint.state.wire(),
        "boardId": sprint.board,
    });
    let stamps = [("startDate", sprint.start), ("endDate", sprint.end), ("completeDate", sprint.complete)];
    if let Some(goal) = &sprint.goal {
        value["goal"] = json!(goal);
    }
    for (name, at) in stamps {
        if let Some(at) = at {
            value[name] = json!(zulu(at));
        }
    }
    value
}

fn team(at: usize) -> Value {
    let name = ["Falcons", "Otters", "Équipe Rouge", "Night shift", "R&D \"core\"", "Vendors"][at];
    json!({
        "id": format!("3f2a77c1-0000-4000-8000-00000000000{at}"),
        "name": name,
        "avatarUrl": "",
        "isVisible": true,
        "isVerified": false,
        "title": name,
        "isShared": true,
    })
}
