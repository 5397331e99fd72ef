//! How long a graph takes to be built and to answer, beside a floor: a plain scan of the same grants, members and actors.
//!
//! `cargo run --release -p weir-access --example access_bench -- [USERS [PROJECTS [QUESTIONS]]]`
//!
//! 40 permissions, 25 schemes, a group for every 20 users (2,500 of 50,000; some in others), three roles in each project.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "it tells what it measured"
)]

use std::time::{Duration, Instant};
use weir_access::{
    AccessDiff, Aim, Graph, Place, Principal,
    findings::{Context, Rules},
    snapshot::{Hash, fact_hash, root},
};
use weir_model::{Millis, access::*};

/// The allocator of the program itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PERMISSIONS: usize = 40;
const SCHEMES: usize = 25;

fn main() {
    let number = |place: usize, otherwise: usize| {
        std::env::args().nth(place).and_then(|word| word.parse().ok()).unwrap_or(otherwise)
    };
    let (users, projects, questions) = (number(1, 50_000), number(2, 5_000), number(3, 400));
    let mut random = Random(1);
    let facts = site(&mut random, users, projects);
    println!("{users} users, {projects} projects, {} facts", facts.len());
    let started = Instant::now();
    let graph = Graph::new(&facts);
    println!("{:<24}{:>10.1?}", "built in", started.elapsed());

    let asked: Vec<(String, String, String)> = (0..questions)
        .map(|_| {
            let user = format!("u{}", random.below(users));
            (user, permission(random.below(PERMISSIONS)), format!("P{}", random.below(projects)))
        })
        .collect();
    let floor = timed("a plain scan (floor)", &asked[..questions.min(20)], |(user, permission, project)| {
        scan(&facts, user, permission, project)
    });
    let mut yes = 0;
    let pair = timed("one pair: why", &asked, |(user, permission, project)| {
        let why = graph.why(user, permission, Place::Project(project)).unwrap();
        yes += why.paths.len().min(1);
        !why.paths.is_empty()
    });
    timed("who, counted", &asked, |(_, permission, project)| {
        graph.who(permission, Place::Project(project)).unwrap().counts().0 > 0
    });
    timed("who, with every row", &asked[..questions.min(100)], |(_, permission, project)| {
        graph.who(permission, Place::Project(project)).unwrap().rows().count() > 0
    });
    timed("what of a user", &asked, |(user, ..)| graph.what(Principal::User(user)).unwrap().counts().0 > 0);
    timed("removal, 16 ways", &asked[..questions.min(40)], |(user, permission, project)| {
        let removal = graph.removal(user, permission, Place::Project(project), Aim::ForSure, 16).unwrap();
        !removal.cuts.is_empty()
    });
    println!("{yes} of {questions} pairs have a path; one pair takes {:.4} of the floor", ratio(pair, floor));
    for (user, permission, project) in &asked[..questions.min(20)] {
        let why = graph.why(user, permission, Place::Project(project)).unwrap();
        let is_sure = why.paths.iter().any(|path| path.conditions.is_empty());
        assert_eq!(is_sure, scan(&facts, user, permission, project), "{user} {permission} {project}");
    }

    let started = Instant::now();
    let hashes: Vec<Hash> = facts.iter().map(|fact| fact_hash(fact, None)).collect();
    let root = root(hashes);
    println!("{:<24}{:>10.1?}, root {root}", "hashes of all facts", started.elapsed());
    let started = Instant::now();
    let context = Context { now: Millis(0), with_person: None };
    let findings = graph.findings(&Rules::default(), &context);
    println!("{:<24}{:>10.1?}, {} findings", "findings", started.elapsed(), findings.findings.len());

    let later: Vec<Fact> = facts
        .iter()
        .enumerate()
        .filter(|(place, fact)| !matches!(fact, Fact::Member(_)) || place % 97 != 0)
        .map(|(_, fact)| fact.clone())
        .collect();
    let started = Instant::now();
    let diff = AccessDiff::new(&facts, &later);
    let gone = facts.len() - later.len();
    println!(
        "{:<24}{:>10.1?}, {gone} memberships gone: {:?}",
        "difference",
        started.elapsed(),
        diff.totals()
    );
}

fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64()
}

fn timed<T>(what: &str, asked: &[T], mut answer: impl FnMut(&T) -> bool) -> Duration {
    let mut times: Vec<Duration> = Vec::with_capacity(asked.len());
    for question in asked {
        let started = Instant::now();
        std::hint::black_box(answer(question));
        times.push(started.elapsed());
    }
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    println!("{what:<24} p50 {:>9.1?}  p95 {:>9.1?}  most {:>9.1?}", at(50), at(95), at(100));
    at(50)
}

/// Whether a user has a permission for sure, by looking through all facts.
fn scan(facts: &[Fact], user: &str, permission: &str, project: &str) -> bool {
    let mut groups: Vec<&str> = Vec::new();
    for fact in facts {
        if let Fact::Member(row) = fact
            && row.user == user
        {
            groups.push(&row.group);
        }
    }
    loop {
        let before = groups.len();
        for fact in facts {
            if let Fact::Subgroup(row) = fact
                && groups.contains(&row.group.as_str())
                && !groups.contains(&row.parent.as_str())
            {
                groups.push(&row.parent);
            }
        }
        if groups.len() == before {
            break;
        }
    }
    let is_in = |group: &String| groups.contains(&group.as_str());
    let mut roles: Vec<&str> = Vec::new();
    let (mut scheme, mut leads, mut applications) = ("", false, Vec::new());
    for fact in facts {
        match fact {
            Fact::RoleActor(row) if row.project == project => match &row.actor {
                Actor::User { id } if id == user => roles.push(&row.role),
                Actor::Group { id } if is_in(id) => roles.push(&row.role),
                _ => {}
            },
            Fact::UsesScheme(row) if row.project == project => scheme = &row.scheme,
            Fact::Project(row) if row.id == project => leads = row.lead.as_deref() == Some(user),
            Fact::AppRole(row) if row.groups.iter().any(is_in) => applications.push(row.key.as_str()),
            _ => {}
        }
    }
    facts.iter().any(|fact| match fact {
        Fact::Grant(row) if row.scheme == scheme && row.permission == permission => match &row.holder {
            Holder::Group { id } => is_in(id),
            Holder::User { id } => id == user,
            Holder::ProjectRole { id } => roles.contains(&id.as_str()),
            Holder::ProjectLead => leads,
            Holder::AppRole { key } => applications.contains(&key.as_str()),
            Holder::LoggedIn => !applications.is_empty(),
            Holder::Anyone => true,
            _ => false,
        },
        _ => false,
    })
}

struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

fn permission(number: usize) -> String {
    match number {
        0 => "BROWSE_PROJECTS".into(),
        1 => "ASSIGNABLE_USER".into(),
        other => format!("PERMISSION_{other}"),
    }
}

fn site(random: &mut Random, users: usize, projects: usize) -> Vec<Fact> {
    let groups = (users / 20).max(10);
    let mut facts = Vec::new();
    for part in [
        Part::Users,
        Part::Groups,
        Part::Members,
        Part::AppRoles,
        Part::Projects,
        Part::RoleActors,
        Part::PermissionSchemes,
        Part::ProjectSchemes,
        Part::Globals,
    ] {
        let outcome = Outcome::Complete;
        facts.push(Fact::Coverage(Coverage {
            part,
            of: None,
            outcome,
            items: 0,
            expected: None,
            needs: None,
        }));
    }
    for number in 0..users {
        let id = format!("u{number}");
        facts.push(Fact::User(User {
            id: id.clone(),
            kind: UserKind::Person,
            state: if number % 50 == 0 { UserState::Inactive } else { UserState::Active },
            is_guest: false,
            is_managed: None,
            has_second_factor: None,
            last_active_at: None,
        }));
        let direct = Certainty::Yes;
        // Everybody in the group of all, and in a dozen others.
        facts.push(Fact::Member(Member { group: "g0".into(), user: id.clone(), direct }));
        for _ in 0..12 {
            let group = format!("g{}", 1 + random.below(groups - 1));
            facts.push(Fact::Member(Member { group, user: id.clone(), direct }));
        }
        let name = format!("Person {number}");
        facts.push(Fact::Profile(Profile { user: id, name, login: None, email: None, email_source: None }));
    }
    for number in 0..groups {
        let (id, name) = (format!("g{number}"), format!("group {number}"));
        facts.push(Fact::Group(Group { id: id.clone(), name, keeper: Keeper::Site, reach: Vec::new() }));
        if number > 10 && number % 10 == 0 {
            let parent = format!("g{}", 1 + random.below(number - 1));
            facts.push(Fact::Subgroup(Subgroup { group: id, parent }));
        }
    }
    for (key, group) in [("jira-software", "g0"), ("jira-servicedesk", "g1")] {
        let (key, name) = (key.to_owned(), key.to_owned());
        let groups = vec![group.to_owned()];
        facts.push(Fact::AppRole(AppRole {
            key,
            name,
            groups,
            default_groups: vec![],
            seats: None,
            used: None,
        }));
    }
    for number in 0..PERMISSIONS {
        let (key, name) = (permission(number), permission(number));
        facts.push(Fact::Permission(Permission { key, name, kind: PermissionKind::Project }));
    }
    for number in 0..3 {
        let (id, name) = (format!("r{number}"), format!("role {number}"));
        facts.push(Fact::Role(Role { id, name, project: None, is_system: false }));
    }
    for scheme in 0..SCHEMES {
        let id = format!("s{scheme}");
        facts.push(Fact::PermissionScheme(PermissionScheme {
            id: id.clone(),
            name: format!("scheme {scheme}"),
        }));
        for number in 0..PERMISSIONS {
            for place in 0..3 {
                let holder = match random.below(10) {
                    0 => Holder::LoggedIn,
                    1 => Holder::Group { id: format!("g{}", random.below(groups)) },
                    2 => Holder::ProjectLead,
                    3 => Holder::Reporter,
                    4 => Holder::Assignee,
                    _ => Holder::ProjectRole { id: format!("r{}", random.below(3)) },
                };
                facts.push(Fact::Grant(Grant {
                    scheme: id.clone(),
                    id: format!("{scheme}-{number}-{place}"),
                    permission: permission(number),
                    holder,
                }));
            }
        }
    }
    for number in 0..projects {
        let id = format!("P{number}");
        facts.push(Fact::Project(Project {
            id: id.clone(),
            key: id.clone(),
            name: format!("project {number}"),
            kind: "software".into(),
            style: ProjectStyle::CompanyManaged,
            category: None,
            lead: Some(format!("u{}", random.below(users))),
            state: ProjectState::Live,
            is_private: None,
        }));
        let scheme = format!("s{}", random.below(SCHEMES));
        facts.push(Fact::UsesScheme(UsesScheme { project: id.clone(), scheme }));
        for place in 0..9 {
            let actor = match place % 3 {
                0 => Actor::User { id: format!("u{}", random.below(users)) },
                _ => Actor::Group { id: format!("g{}", 1 + random.below(groups - 1)) },
            };
            facts.push(Fact::RoleActor(RoleActor {
                project: id.clone(),
                role: format!("r{}", place / 3),
                actor,
            }));
        }
    }
    let holder = Holder::Group { id: "g1".into() };
    facts.push(Fact::Global(Global {
        permission: "ADMINISTER".into(),
        holder,
        source: GlobalSource::Listed,
    }));
    facts
}
