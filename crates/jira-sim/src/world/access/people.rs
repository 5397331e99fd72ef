//! Accounts of every kind, and the groups that they are in.

use std::collections::BTreeMap;

use super::{AccessSpec, Group, User, UserKind};
use crate::rng::Rng;
use crate::time::DAY;
use crate::world::account::Account;
use crate::world::people::{self, Kind, Person, marked, marked_email, uuid};
use crate::world::text::{FIRST_NAMES, LAST_NAMES};
use crate::world::{WorldSpec, hostile};

/// Positions of the groups that the issues have, and of those that come right after them.
pub(super) const ADMINISTRATORS: u32 = 0;
pub(super) const DEVELOPERS: u32 = 1;
pub(super) const USERS: u32 = 2;
pub(super) const AGENTS: u32 = 3;
pub(super) const EMPTY: u32 = 5;
pub(super) const SITE_ADMINS: u32 = 6;
pub(super) const SOFTWARE_USERS: u32 = 7;
pub(super) const SYNCED: u32 = 8;
/// The first of the groups with odd names.
pub(super) const ODD: u32 = 9;

/// Names that a reader has to take as they are.
const ODD_NAMES: [&str; 14] = [
    "c++ & rust",
    "team with  blanks ",
    "it's \"quoted\"",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "группа Ünïcode 美咲",
    "slash/and\\back",
    "comma, semicolon; pipe|",
    "100% #hash & ?query=1",
    "{\"json\": [1]}",
    "a+b=c",
    "-leading-dash",
    "@mention",
    "UPPER lower",
];

pub(super) fn users(
    spec: &WorldSpec,
    wanted: AccessSpec,
    people: &[Person],
    accounts: &[Account],
) -> Vec<User> {
    let mut rng = Rng::new(spec.seed, 3001);
    let mut users: Vec<User> = people.iter().map(|person| of_person(spec, person, &mut rng)).collect();
    for account in accounts {
        let user = &mut users[account.person as usize];
        user.kind =
            if account.service && !spec.flavor.is_dc() { UserKind::Service } else { UserKind::Person };
        user.last_active = Some(spec.base_ms - DAY);
    }
    while users.len() < wanted.users {
        users.push(somebody(spec, users.len(), &mut rng));
    }
    users
}

fn of_person(spec: &WorldSpec, person: &Person, rng: &mut Rng) -> User {
    let kind = match person.kind {
        Kind::Atlassian => UserKind::Person,
        Kind::App => UserKind::App,
        Kind::Customer => UserKind::Customer,
        Kind::Unknown => UserKind::Unknown,
    };
    let mut user = User {
        id: person.account_id.clone(),
        login: person.login.clone(),
        name: person.name.clone(),
        email: person.email.clone(),
        address: person.email.clone(),
        kind,
        active: person.active,
        deleted: person.deleted,
        guest: false,
        managed: false,
        second_factor: false,
        synced: false,
        since: spec.base_ms - 900 * DAY,
        last_active: None,
        zone: person.zone.clone(),
        listed: person.listed,
        properties: BTreeMap::new(),
    };
    known_to_the_organisation(spec, &mut user, rng);
    user
}

fn somebody(spec: &WorldSpec, at: usize, rng: &mut Rng) -> User {
    let is_dc = spec.flavor.is_dc();
    let (first, last) = (*rng.pick(FIRST_NAMES), *rng.pick(LAST_NAMES));
    let kind = match rng.below(100) {
        _ if is_dc => UserKind::Person,
        0..=3 => UserKind::App,
        4..=5 => UserKind::Service,
        6 => UserKind::Agent,
        7..=11 => UserKind::Customer,
        12 => UserKind::Unknown,
        _ => UserKind::Person,
    };
    let deleted = rng.chance(25);
    let active = !deleted && !rng.chance(110);
    let address = format!("{}.{}.{at}@example.com", first.to_lowercase(), last.to_lowercase());
    let login = match at % 97 {
        5 => format!("mary+{at}@example.com"),
        11 => format!("o'neil {at}"),
        _ => address.split('@').next().unwrap_or_default().to_owned(),
    };
    let id = match (is_dc, kind, at % 3) {
        (true, _, 0) => login.to_lowercase(),
        (true, ..) => format!("JIRAUSER{}", 20_000 + at),
        (_, UserKind::Customer, _) => format!("qm:{}:{at}", uuid(rng)),
        (_, _, 0) => format!("5b10ac8d{:016x}", rng.next()),
        _ => format!("712020:{}", uuid(rng)),
    };
    let name = match kind {
        _ if deleted && !is_dc => "Former user".to_owned(),
        UserKind::App => format!("{first} connector"),
        UserKind::Service => format!("{first} service account"),
        UserKind::Agent => format!("{first} (agent)"),
        UserKind::Unknown => "Unknown user".to_owned(),
        _ if at % 211 == 17 => format!("{first} <b>{last}</b> \u{202e}😀"),
        _ => format!("{first} {last}"),
    };
    let has_address = !deleted && !matches!(kind, UserKind::App | UserKind::Agent | UserKind::Unknown);
    let address = match kind {
        UserKind::Service => format!("sa-{at}@serviceaccount.atlassian.com"),
        _ => marked_email(spec, at, address),
    };
    let is_shown = is_dc || !rng.chance(400);
    let mut user = User {
        id,
        login,
        name: Some(marked(spec, "displayName", at, name)),
        email: (has_address && is_shown).then(|| address.clone()),
        address: has_address.then_some(address),
        kind,
        active,
        deleted,
        guest: kind == UserKind::Person && !is_dc && rng.chance(20),
        managed: false,
        second_factor: false,
        synced: false,
        since: spec.base_ms - rng.range(30, 1500) * DAY,
        last_active: None,
        zone: (*rng.pick(&["America/Sao_Paulo", "Europe/Berlin", "Asia/Kolkata", "Etc/UTC"])).to_owned(),
        listed: !(deleted && is_dc),
        properties: BTreeMap::new(),
    };
    known_to_the_organisation(spec, &mut user, rng);
    user
}

/// What only the organisation's directory tells.
fn known_to_the_organisation(spec: &WorldSpec, user: &mut User, rng: &mut Rng) {
    let is_person = user.kind == UserKind::Person;
    user.managed = is_person && user.address.is_some() && !user.guest && rng.chance(800);
    user.second_factor = user.managed && rng.chance(700);
    user.synced = user.managed && rng.chance(500);
    let days = if rng.chance(150) { rng.range(91, 700) } else { rng.range(1, 60) };
    let was_seen = is_person && !rng.chance(100);
    user.last_active = was_seen.then(|| spec.base_ms - days * DAY - rng.range(0, DAY) / 1000 * 1000);
}

pub(super) fn groups(
    spec: &WorldSpec,
    wanted: AccessSpec,
    users: &[User],
    known: &[people::Group],
) -> Vec<Group> {
    let mut rng = Rng::new(spec.seed, 3002);
    let is_dc = spec.flavor.is_dc();
    let of = |id: String, name: String| Group {
        id: if is_dc { name.clone() } else { id },
        name,
        members: Vec::new(),
        children: Vec::new(),
        external: false,
        gone: false,
    };
    let mut groups: Vec<Group> = Vec::with_capacity(wanted.groups.max(known.len() + 3 + ODD_NAMES.len()));
    for group in known {
        groups.push(Group { members: group.members.clone(), ..of(group.id.clone(), group.name.to_owned()) });
    }
    let own = if is_dc { "jira-system-administrators" } else { "site-admins" };
    for name in [own, "jira-software-users", "synced from the identity provider"].into_iter().chain(ODD_NAMES)
    {
        groups.push(of(uuid(&mut rng), name.to_owned()));
    }
    groups[SYNCED as usize].external = true;
    while groups.len() < wanted.groups {
        let name = hostile::text(spec, format!("team-{:04}", groups.len()));
        groups.push(of(uuid(&mut rng), name));
    }
    fill(&mut rng, users, &mut groups, spec.flavor.is_dc());
    for group in &mut groups {
        group.members.sort_unstable();
        group.members.dedup();
    }
    groups
}

fn fill(rng: &mut Rng, users: &[User], groups: &mut [Group], is_dc: bool) {
    let teams = groups.len() as u32 - ODD;
    // The accounts of the issues are where the issues have them; only the administrator is a site administrator too.
    groups[SITE_ADMINS as usize].members.push(0);
    for (at, user) in users.iter().enumerate().skip(5) {
        let at = at as u32;
        if user.deleted || user.kind == UserKind::Unknown {
            continue;
        }
        if matches!(user.kind, UserKind::Person | UserKind::Service) && rng.chance(850) {
            groups[SOFTWARE_USERS as usize].members.push(at);
        }
        if user.synced {
            groups[SYNCED as usize].members.push(at);
        }
        // A customer in a group of the inside now and then.
        let most = if user.kind == UserKind::Customer { usize::from(rng.chance(100)) } else { rng.below(7) };
        for _ in 0..most {
            // Few groups are large and many are small.
            let team = rng.below(teams as usize).min(rng.below(teams as usize)) as u32;
            if team % 23 != 21 {
                groups[(ODD + team) as usize].members.push(at);
            }
        }
        if user.kind == UserKind::Person && (rng.chance(2) || (!user.active && rng.chance(20))) {
            groups[ADMINISTRATORS as usize].members.push(at);
        }
    }
    let someone = |wanted: &dyn Fn(&User) -> bool| {
        users.iter().enumerate().skip(5).find(|(_, user)| wanted(user)).map(|(at, _)| at as u32)
    };
    let inactive = someone(&|user| user.kind == UserKind::Person && !user.active && !user.deleted);
    let service = someone(&|user| user.kind == UserKind::Service);
    groups[ADMINISTRATORS as usize].members.extend(inactive.into_iter().chain(service));
    groups[SITE_ADMINS as usize].members.extend(inactive);
    if is_dc {
        // A group in a group in a group, one that is in two, and one that is in a group without anybody of its own.
        let last = groups.len() - 1;
        for at in (ODD as usize..last).step_by(3) {
            groups[at].children.push(at as u32 + 1);
        }
        for at in (ODD as usize + 1..last.saturating_sub(4)).step_by(9) {
            groups[at].children.push(at as u32 + 4);
        }
        groups[EMPTY as usize].children.push(last as u32);
    }
}
