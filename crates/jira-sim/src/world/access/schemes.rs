//! Permission schemes, security schemes, access to applications, and what is allowed everywhere.

use super::people::{ADMINISTRATORS, AGENTS, DEVELOPERS, ODD, SITE_ADMINS, SOFTWARE_USERS, USERS};
use super::places::{ADDONS_ROLE, ADMINISTRATORS_ROLE, AUDITORS_ROLE, DEVELOPERS_ROLE, USERS_ROLE};
use super::{
    AccessSpec, AppRole, Grant, Group, Holder, Level, Numbers, Scheme, SecurityLevel, SecurityScheme, User,
    UserKind, keys,
};
use crate::rng::Rng;
use crate::world::{WorldSpec, hostile};

/// Positions of the schemes that are always there.
pub(super) const DEFAULT: u32 = 0;
/// One with holders of every kind.
pub(super) const HOLDERS: u32 = 1;
/// The one of the projects with issues; those after it are drawn.
pub(super) const ISSUES: u32 = 2;

/// The field that names groups, and the one that names people.
pub(crate) const GROUP_FIELD: &str = "customfield_10900";
pub(crate) const USER_FIELD: &str = "customfield_10901";

fn push(numbers: &mut Numbers, grants: &mut Vec<Grant>, permission: &str, holder: Holder) {
    if grants.iter().any(|grant| grant.permission == permission && grant.holder == holder) {
        return;
    }
    numbers.grant += 1;
    grants.push(Grant { id: numbers.grant, permission: permission.to_owned(), holder });
}

pub(super) fn permission_schemes(
    spec: &WorldSpec,
    wanted: AccessSpec,
    users: &[User],
    groups: &[Group],
    numbers: &mut Numbers,
) -> Vec<Scheme> {
    let mut rng = Rng::new(spec.seed, 3004);
    let is_dc = spec.flavor.is_dc();
    let scheme = |id, name: &str, grants| Scheme {
        id,
        name: hostile::text(spec, name.to_owned()),
        description: String::new(),
        scope: None,
        grants,
    };
    let mut grants = usual(is_dc, numbers, Holder::Role(USERS_ROLE));
    push(numbers, &mut grants, "BROWSE_PROJECTS", Holder::AppRole(Some("jira-software".to_owned())));
    let mut schemes = vec![scheme(0, "Default Permission Scheme", grants)];
    let grants = of_every_kind(is_dc, users, groups, numbers);
    schemes.push(scheme(10_000, "Holders of every kind, \"even <odd> ones\"", grants));
    let mut grants = usual(is_dc, numbers, Holder::Role(USERS_ROLE));
    for key in ["BROWSE_PROJECTS", "EDIT_ISSUES", "CREATE_ISSUES"] {
        push(numbers, &mut grants, key, Holder::Group(DEVELOPERS));
    }
    schemes.push(scheme(10_001, "Scheme of the projects with issues", grants));
    for at in 0..(wanted.projects / 100).max(3) as u32 {
        let first = match rng.below(4) {
            0 => Holder::AppRole(None),
            1 => Holder::Group(ODD + rng.below(groups.len() - ODD as usize) as u32),
            _ => Holder::Role(USERS_ROLE),
        };
        let mut grants = usual(is_dc, numbers, first);
        for _ in 0..rng.below(6) {
            let all: Vec<_> = keys::all(is_dc).filter(|permission| !permission.global).collect();
            let group = ODD + rng.below(groups.len() - ODD as usize) as u32;
            push(numbers, &mut grants, rng.pick(&all).key, Holder::Group(group));
        }
        if at % 7 == 1 {
            push(numbers, &mut grants, "BROWSE_PROJECTS", Holder::Anyone);
        }
        schemes.push(scheme(10_100 + at, &format!("Scheme {at}"), grants));
    }
    schemes
}

/// What a scheme usually allows: most of it to roles, and everything to the role of apps.
fn usual(is_dc: bool, numbers: &mut Numbers, browsers: Holder) -> Vec<Grant> {
    let mut grants = Vec::new();
    for permission in keys::all(is_dc).filter(|permission| !permission.global) {
        let key = permission.key;
        let mut add = |holder| push(numbers, &mut grants, key, holder);
        add(Holder::Role(ADMINISTRATORS_ROLE));
        match key {
            "ADMINISTER_PROJECTS" | "EDIT_WORKFLOW" | "EDIT_ISSUE_LAYOUT" => add(Holder::ProjectLead),
            "BROWSE_PROJECTS" | "VIEW_AGGREGATED_DATA" => {
                add(Holder::Role(DEVELOPERS_ROLE));
                add(Holder::Role(AUDITORS_ROLE));
                add(browsers.clone());
            }
            "DELETE_OWN_COMMENTS" | "EDIT_OWN_COMMENTS" | "ADD_COMMENTS" | "CREATE_ISSUES" => {
                add(Holder::Role(DEVELOPERS_ROLE));
                add(browsers.clone());
            }
            "CLOSE_ISSUES" | "EDIT_ISSUES" => {
                add(Holder::Role(DEVELOPERS_ROLE));
                add(Holder::Reporter);
            }
            "RESOLVE_ISSUES" | "TRANSITION_ISSUES" => {
                add(Holder::Role(DEVELOPERS_ROLE));
                add(Holder::Assignee);
            }
            "DELETE_ISSUES" | "MODIFY_REPORTER" | "DELETE_ALL_COMMENTS" | "EDIT_ALL_COMMENTS" => {}
            _ => add(Holder::Role(DEVELOPERS_ROLE)),
        }
        add(Holder::Role(ADDONS_ROLE));
    }
    grants
}

/// All eleven kinds, one that nobody knows, and names that lead nowhere.
fn of_every_kind(is_dc: bool, users: &[User], groups: &[Group], numbers: &mut Numbers) -> Vec<Grant> {
    let plain = |user: &&User| user.kind == UserKind::Person && user.active && user.listed;
    let somebody = users.iter().skip(5).position(|user| plain(&user)).map_or(1, |at| at as u32 + 5);
    let gone_user = if is_dc { "JIRAUSER99999" } else { "712020:00000000-0000-4000-a000-00000000dead" };
    let gone_group = if is_dc { "gone group" } else { "00000000-0000-4000-8000-00000000beef" };
    let unused = if is_dc { "jira-core" } else { "jira-product-discovery" };
    let odd_group = ODD + 1 % (groups.len() as u32 - ODD);
    let rows = [
        ("BROWSE_PROJECTS", Holder::Anyone),
        ("ADD_COMMENTS", Holder::AppRole(Some("jira-software".to_owned()))),
        ("CREATE_ISSUES", Holder::AppRole(None)),
        ("CREATE_ATTACHMENTS", Holder::AppRole(Some(unused.to_owned()))),
        ("RESOLVE_ISSUES", Holder::Assignee),
        ("EDIT_ISSUES", Holder::Group(odd_group)),
        ("DELETE_ISSUES", Holder::GoneGroup(gone_group.to_owned())),
        ("MANAGE_WATCHERS", Holder::GroupField(GROUP_FIELD.to_owned())),
        ("ADMINISTER_PROJECTS", Holder::ProjectLead),
        ("ADMINISTER_PROJECTS", Holder::Role(ADMINISTRATORS_ROLE)),
        ("EDIT_ISSUES", Holder::Role(DEVELOPERS_ROLE)),
        ("CLOSE_ISSUES", Holder::Reporter),
        ("VIEW_VOTERS_AND_WATCHERS", Holder::Portal),
        ("MODIFY_REPORTER", Holder::User(somebody)),
        ("DELETE_ALL_COMMENTS", Holder::GoneUser(gone_user.to_owned())),
        ("LINK_ISSUES", Holder::UserField(USER_FIELD.to_owned())),
        ("MOVE_ISSUES", Holder::Odd("com.example.holder".to_owned(), "a/b?c".to_owned())),
        ("tempo_worklog_manager", Holder::Group(AGENTS)),
        ("com.example.review__approve-release", Holder::Role(AUDITORS_ROLE)),
        // The same permission twice over, by three ways.
        ("ASSIGN_ISSUES", Holder::Group(SOFTWARE_USERS)),
        ("ASSIGN_ISSUES", Holder::AppRole(Some("jira-software".to_owned()))),
        ("ASSIGN_ISSUES", Holder::User(somebody)),
    ];
    let mut grants = Vec::new();
    rows.into_iter().for_each(|(key, holder)| push(numbers, &mut grants, key, holder));
    grants
}

/// The scheme of a team-managed project with these three roles.
pub(super) fn of_team(project: u32, at: u32, level: Level, first: u32, numbers: &mut Numbers) -> Scheme {
    let mut grants = Vec::new();
    let viewers = ["BROWSE_PROJECTS", "VIEW_AGGREGATED_DATA", "ADD_COMMENTS", "VIEW_VOTERS_AND_WATCHERS"];
    for permission in keys::all(false).filter(|permission| !permission.global) {
        let key = permission.key;
        push(numbers, &mut grants, key, Holder::Role(first));
        let is_of_viewers = viewers.contains(&key);
        let is_of_members = is_of_viewers
            || !(key.starts_with("ADMINISTER")
                || key.starts_with("DELETE_ALL")
                || key.starts_with("EDIT_WORKFLOW"));
        if is_of_members {
            push(numbers, &mut grants, key, Holder::Role(first + 1));
        }
        if is_of_viewers {
            push(numbers, &mut grants, key, Holder::Role(first + 2));
        }
        if (level == Level::Open && is_of_members) || (level == Level::Limited && is_of_viewers) {
            push(numbers, &mut grants, key, Holder::AppRole(None));
        }
        push(numbers, &mut grants, key, Holder::Role(ADDONS_ROLE));
    }
    Scheme {
        id: 50_000 + at,
        name: format!("Simplified scheme of project {project}"),
        description: String::new(),
        scope: Some(at),
        grants,
    }
}

pub(super) fn security_schemes(
    spec: &WorldSpec,
    users: &[User],
    groups: &[Group],
    numbers: &mut Numbers,
) -> Vec<SecurityScheme> {
    let mut rng = Rng::new(spec.seed, 3005);
    let mut next = 10_020;
    let mut level = |name: &str, holders: Vec<Holder>| {
        next += 1;
        let number = |holder| {
            numbers.level_member += 1;
            (numbers.level_member, holder)
        };
        let members = holders.into_iter().map(number).collect();
        SecurityLevel { id: next, name: name.to_owned(), description: format!("{name}."), members }
    };
    let team = |rng: &mut Rng| Holder::Group(ODD + rng.below(groups.len() - ODD as usize) as u32);
    let somebody = Holder::User(users.len() as u32 / 2);
    let mut schemes = Vec::new();
    for at in 0..4_u32 {
        let levels = vec![
            level("Internal", vec![Holder::Role(DEVELOPERS_ROLE), team(&mut rng)]),
            level("Reporter \"only\"", vec![Holder::Reporter, Holder::Assignee, Holder::ProjectLead]),
            level("Nobody yet", Vec::new()),
            level(
                "Board <secret>",
                vec![
                    somebody.clone(),
                    team(&mut rng),
                    Holder::UserField(USER_FIELD.to_owned()),
                    Holder::AppRole(None),
                ],
            ),
        ];
        let default = (at != 3).then_some(levels[0].id);
        schemes.push(SecurityScheme {
            id: 10_000 + at,
            name: hostile::text(spec, format!("Security scheme {at}")),
            description: format!("Who sees what, {at}"),
            default,
            levels,
        });
    }
    schemes
}

pub(super) fn app_roles(spec: &WorldSpec, groups: &[Group]) -> Vec<AppRole> {
    let role = |key, name, groups: Vec<u32>, seats| AppRole {
        key,
        name,
        defaults: groups.iter().copied().take(1).collect(),
        groups,
        seats,
    };
    let odd = ODD + 4 % (groups.len() as u32 - ODD);
    let software = if spec.flavor.is_dc() { "Jira Software" } else { "Jira" };
    let mut roles = vec![
        role("jira-software", software, vec![SOFTWARE_USERS, USERS, odd], Some(100_000)),
        role("jira-servicedesk", "Jira Service Management", vec![AGENTS], Some(50)),
    ];
    // One that no group has.
    match spec.flavor.is_dc() {
        true => roles.push(role("jira-core", "Jira Core", Vec::new(), None)),
        false => {
            roles.push(role("jira-core", "Jira Work Management", vec![USERS], None));
            roles.push(role("jira-product-discovery", "Jira Product Discovery", Vec::new(), Some(3)));
        }
    }
    roles
}

/// No site lists these.
pub(super) fn globals(spec: &WorldSpec, groups: &[Group]) -> Vec<(&'static str, Vec<u32>)> {
    let odd = ODD + 2 % (groups.len() as u32 - ODD);
    let mut globals = vec![
        ("ADMINISTER", vec![ADMINISTRATORS, SITE_ADMINS]),
        ("SYSTEM_ADMIN", vec![SITE_ADMINS]),
        ("USER_PICKER", vec![ADMINISTRATORS, DEVELOPERS, SOFTWARE_USERS]),
        ("BULK_CHANGE", vec![DEVELOPERS, SOFTWARE_USERS]),
        ("CREATE_SHARED_OBJECTS", vec![USERS, SOFTWARE_USERS]),
        ("MANAGE_GROUP_FILTER_SUBSCRIPTIONS", vec![DEVELOPERS, odd]),
        ("com.example.audit__view-reports", vec![odd]),
    ];
    if !spec.flavor.is_dc() {
        globals.push(("CREATE_PROJECT", vec![ADMINISTRATORS, SOFTWARE_USERS]));
    }
    globals
}
