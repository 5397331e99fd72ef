//! People of every kind, groups and roles.

use super::text::{FIRST_NAMES, LAST_NAMES};
use super::{WorldSpec, account::Account, hostile};
use crate::rng::Rng;

/// Jira's `accountType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Atlassian,
    App,
    Customer,
    Unknown,
}

impl Kind {
    pub(crate) fn wire(self) -> &'static str {
        match self {
            Kind::Atlassian => "atlassian",
            Kind::App => "app",
            Kind::Customer => "customer",
            Kind::Unknown => "unknown",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Person {
    /// On Data Center the user key, which never changes.
    pub(crate) account_id: String,
    /// The login of Data Center.
    pub(crate) login: String,
    /// Removed from the directory, on Data Center.
    pub(crate) deleted: bool,
    pub(crate) name: Option<String>,
    /// None when the profile hides it.
    pub(crate) email: Option<String>,
    pub(crate) kind: Kind,
    pub(crate) active: bool,
    /// Whether the user listings show the person.
    pub(crate) listed: bool,
    pub(crate) zone: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) name: &'static str,
    pub(crate) members: Vec<u32>,
}

#[derive(Debug, Clone)]
pub(crate) struct Role {
    pub(crate) id: u32,
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
}

/// A UUID-looking text out of a random stream.
pub(crate) fn uuid(rng: &mut Rng) -> String {
    let (high, low) = (rng.next(), rng.next());
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 48 & 0xfff,
        low & 0xffff_ffff_ffff
    )
}

pub(crate) fn people(spec: &WorldSpec, accounts: &[Account]) -> Vec<Person> {
    let mut rng = Rng::new(spec.seed, 1);
    let wanted = (spec.issues / 100).clamp(40, 1500);
    let mut people: Vec<Person> =
        accounts.iter().map(|account| of_account(spec, account, &mut rng)).collect();
    if spec.flavor.is_dc() {
        people[..].iter_mut().enumerate().for_each(|(at, person)| local(at, person));
    }
    while people.len() < wanted {
        let mut person = somebody(spec, people.len(), &mut rng);
        if spec.flavor.is_dc() {
            local(people.len(), &mut person);
        }
        people.push(person);
    }
    people
}

/// A person as Data Center knows them: the key of an old account is its first login, that of a newer one a number; an
/// anonymised one has neither name nor login left.
fn local(at: usize, person: &mut Person) {
    let anonymised = person.name.as_deref().is_some_and(|name| name.ends_with("Former user"));
    let number = 10_100 + at;
    person.account_id = if at.is_multiple_of(4) { person.login.clone() } else { format!("JIRAUSER{number}") };
    if anonymised {
        person.account_id = format!("JIRAUSER{number}");
        person.login = format!("jirauser{number}");
        person.name = Some(format!("user-{number:x}"));
        person.email = Some(format!("jirauser{number}@invalid.example"));
    }
    if person.name.is_none() {
        person.name = Some(person.login.clone());
    }
    person.deleted = !person.listed;
    person.active &= !person.deleted;
    person.kind = Kind::Atlassian;
}

fn of_account(spec: &WorldSpec, account: &Account, rng: &mut Rng) -> Person {
    let local = account.email.split('@').next().unwrap_or_default();
    let name = if account.service { "Weir service account".to_owned() } else { format!("Sim {local}") };
    Person {
        account_id: format!("712020:{}", uuid(rng)),
        login: local.to_owned(),
        deleted: false,
        name: Some(marked(spec, "displayName", account.person as usize, name)),
        email: Some(marked_email(spec, account.person as usize, account.email.to_owned())),
        kind: if account.service { Kind::App } else { Kind::Atlassian },
        active: true,
        listed: true,
        zone: account.zone.name.to_string(),
    }
}

fn somebody(spec: &WorldSpec, index: usize, rng: &mut Rng) -> Person {
    let first = *rng.pick(FIRST_NAMES);
    let last = *rng.pick(LAST_NAMES);
    let kind = match index % 20 {
        5 | 15 => Kind::App,
        7 | 17 => Kind::Customer,
        19 => Kind::Unknown,
        _ => Kind::Atlassian,
    };
    let account_id = match (kind, index % 3) {
        (Kind::Customer, _) => format!("qm:{}:{}", uuid(rng), index),
        (_, 0) => format!("5b10ac8d{:016x}", rng.next()),
        _ => format!("712020:{}", uuid(rng)),
    };
    let former = index % 23 == 11;
    let name = match (kind, former) {
        (_, true) => "Former user".to_owned(),
        (Kind::App, _) => format!("{first} automation"),
        (Kind::Unknown, _) => "Unknown user".to_owned(),
        _ if index % 29 == 13 => format!("{first} <b>{last}</b> 😀"),
        _ => format!("{first} {last}"),
    };
    let nameless = index % 31 == 17;
    let hidden = former || kind == Kind::App || kind == Kind::Unknown || rng.chance(450);
    let address = format!("{}.{}.{index}@example.com", first.to_lowercase(), last.to_lowercase());
    Person {
        account_id,
        login: address.split('@').next().unwrap_or_default().to_owned(),
        deleted: false,
        name: (!nameless).then(|| marked(spec, "displayName", index, name)),
        email: (!hidden).then(|| marked_email(spec, index, address)),
        kind,
        active: !former && !rng.chance(120),
        listed: kind != Kind::Unknown && index % 37 != 20,
        zone: rng
            .pick::<&str>(&[
                "America/Sao_Paulo",
                "Europe/Berlin",
                "Asia/Kolkata",
                "America/New_York",
                "Etc/UTC",
            ])
            .to_string(),
    }
}

pub(super) fn marked(spec: &WorldSpec, kind: &str, index: usize, text: String) -> String {
    hostile::text(spec, if spec.canary { format!("CANARY-{kind}-{index} {text}") } else { text })
}

pub(super) fn marked_email(spec: &WorldSpec, index: usize, address: String) -> String {
    if spec.canary { format!("CANARY-email-{index}-{address}") } else { address }
}

pub(crate) const DEVELOPERS: usize = 1;

pub(crate) fn groups(spec: &WorldSpec, people: &[Person], accounts: &[Account]) -> Vec<Group> {
    let mut rng = Rng::new(spec.seed, 2);
    let names = [
        "jira-administrators",
        "jira-developers",
        "jira-users",
        "service-desk-agents",
        "contractors",
        "empty-group",
    ];
    let mut groups: Vec<Group> =
        names.into_iter().map(|name| Group { id: uuid(&mut rng), name, members: Vec::new() }).collect();
    for (index, person) in people.iter().enumerate().skip(accounts.len()) {
        if person.kind == Kind::Atlassian {
            groups[1 + index % 4].members.push(index as u32);
        }
    }
    for account in accounts {
        if account.admin {
            groups[0].members.push(account.person);
        }
        if account.developer() {
            groups[DEVELOPERS].members.push(account.person);
        }
        groups[2].members.push(account.person);
    }
    groups.iter_mut().for_each(|group| group.members.sort_unstable());
    groups
}

pub(crate) const ADMINISTRATORS: usize = 0;

pub(crate) fn roles() -> Vec<Role> {
    let role = |id, name, description| Role { id, name, description };
    vec![
        role(10002, "Administrators", "People who administer this project"),
        role(10001, "Developers", "People who build"),
        role(10003, "Users", ""),
        role(10004, "Service Desk Team", "Agents"),
    ]
}
