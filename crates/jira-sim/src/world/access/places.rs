//! Projects of every kind and state, and who has which role in them.

use super::people::{ADMINISTRATORS, DEVELOPERS, ODD, SOFTWARE_USERS, USERS};
use super::schemes::{self, DEFAULT, HOLDERS, ISSUES};
use super::{AccessSpec, Actor, Cast, Group, Level, Numbers, Project, Role, Scheme, User, UserKind, Who};
use crate::rng::Rng;
use crate::world::project::{self, State};
use crate::world::{World, WorldSpec, hostile, people};

/// Ids of the roles that every project has, those of the issues among them.
pub(super) const ADMINISTRATORS_ROLE: u32 = 10_002;
pub(super) const DEVELOPERS_ROLE: u32 = 10_001;
pub(super) const USERS_ROLE: u32 = 10_003;
pub(super) const AUDITORS_ROLE: u32 = 10_005;
pub(super) const ADDONS_ROLE: u32 = 10_006;

/// The first id of the roles of team-managed projects, which have three each.
const OWN_ROLES: u32 = 20_000;

/// What is made along with projects.
pub(super) struct Made<'a> {
    pub(super) roles: &'a mut Vec<Role>,
    pub(super) schemes: &'a mut Vec<Scheme>,
    pub(super) numbers: &'a mut Numbers,
}

pub(super) fn roles(known: &[people::Role], groups: &[Group]) -> Vec<Role> {
    let role = |id, name: &str, description: &str| Role {
        id,
        name: name.to_owned(),
        description: description.to_owned(),
        scope: None,
        defaults: Vec::new(),
        is_system: false,
    };
    let mut roles: Vec<Role> =
        known.iter().map(|known| role(known.id, known.name, known.description)).collect();
    roles.push(role(AUDITORS_ROLE, "Auditors <external>", "People who look, \"and nothing else\""));
    let mut addons = role(
        ADDONS_ROLE,
        "atlassian-addons-project-access",
        "A project role that represents Connect add-ons",
    );
    addons.is_system = true;
    roles.push(addons);
    roles[0].defaults = vec![Who::Group(ADMINISTRATORS)];
    roles[1].defaults = vec![Who::Group(SOFTWARE_USERS.min(groups.len() as u32 - 1)), Who::User(0)];
    roles
}

pub(super) fn projects(
    spec: &WorldSpec,
    wanted: AccessSpec,
    world: &World,
    (users, groups, securities): (&[User], &[Group], usize),
    made: &mut Made<'_>,
) -> Vec<Project> {
    let mut rng = Rng::new(spec.seed, 3003);
    let people = |active: bool| -> Vec<u32> {
        let fits = |user: &User| user.kind == UserKind::Person && user.active == active && !user.deleted;
        (0..users.len() as u32).skip(5).filter(|at| fits(&users[*at as usize])).collect()
    };
    let draw = Draw { active: people(true), inactive: people(false), users, groups };
    let company = made.schemes.len();
    let mut projects: Vec<Project> = Vec::with_capacity(wanted.projects.max(world.projects.len()));
    for (at, project) in world.projects.iter().enumerate() {
        projects.push(of_issues(at as u32, project, users, made));
    }
    while projects.len() < wanted.projects {
        let at = projects.len() as u32;
        projects.push(another(spec, at, company, securities, &draw, &mut rng, made));
    }
    projects
}

/// Those who may be drawn.
struct Draw<'a> {
    active: Vec<u32>,
    inactive: Vec<u32>,
    users: &'a [User],
    groups: &'a [Group],
}

impl Draw<'_> {
    fn person(&self, rng: &mut Rng) -> u32 {
        if self.active.is_empty() { 1 } else { *rng.pick(&self.active) }
    }

    fn team(&self, rng: &mut Rng) -> u32 {
        ODD + rng.below(self.groups.len() - ODD as usize) as u32
    }
}

fn actors(numbers: &mut Numbers, who: Vec<Who>) -> Vec<Actor> {
    let number = |who| {
        numbers.actor += 1;
        Actor { id: numbers.actor, who }
    };
    who.into_iter().map(number).collect()
}

/// A project of the issues, in which accounts see what they see of its issues: all of it, every second one, nothing.
fn of_issues(at: u32, known: &project::Project, users: &[User], made: &mut Made<'_>) -> Project {
    // Who was deleted is in no role any more, and may still be the lead.
    let lead = (!users[known.lead as usize].deleted).then_some(Who::User(known.lead));
    let half: Vec<Who> = at.is_multiple_of(2).then_some(Who::User(2)).into_iter().collect();
    let mut project = Project {
        id: known.id,
        key: known.key.clone(),
        name: known.name.clone(),
        kind: known.kind.key(),
        level: known.team_managed.then_some(Level::Private),
        category: known.category,
        lead: Some(known.lead),
        state: known.state,
        scheme: ISSUES,
        security: None,
        roles: Vec::new(),
        cast: Cast { reporters: vec![1], assignees: vec![known.lead], ..Cast::default() },
    };
    if known.team_managed {
        let mut members = vec![Who::Group(DEVELOPERS)];
        members.extend(half);
        own_scheme(at, &mut project, vec![vec![Who::Group(ADMINISTRATORS)], members, Vec::new()], made);
    } else {
        project.roles = vec![
            (ADMINISTRATORS_ROLE, actors(made.numbers, vec![Who::Group(ADMINISTRATORS)])),
            (
                DEVELOPERS_ROLE,
                actors(made.numbers, std::iter::once(Who::Group(DEVELOPERS)).chain(lead).collect()),
            ),
            (USERS_ROLE, actors(made.numbers, half)),
            (10_004, Vec::new()),
            (AUDITORS_ROLE, Vec::new()),
            (ADDONS_ROLE, Vec::new()),
        ];
    }
    project
}

/// Gives a team-managed project its own three roles, with these actors, and its own scheme.
fn own_scheme(at: u32, project: &mut Project, who: Vec<Vec<Who>>, made: &mut Made<'_>) {
    let first = OWN_ROLES + 3 * at;
    for ((offset, name), who) in (0..).zip(["Administrator", "Member", "Viewer"]).zip(who) {
        made.roles.push(Role {
            id: first + offset,
            name: name.to_owned(),
            description: format!("{name}s of a team-managed project"),
            scope: Some(at),
            defaults: Vec::new(),
            is_system: false,
        });
        project.roles.push((first + offset, actors(made.numbers, who)));
    }
    project.roles.push((ADDONS_ROLE, Vec::new()));
    project.scheme = made.schemes.len() as u32;
    let level = project.level.unwrap_or(Level::Private);
    made.schemes.push(schemes::of_team(project.id, at, level, first, made.numbers));
}

fn key(at: u32) -> String {
    let letter = |number: u32| char::from(b'A' + (number % 26) as u8);
    let letters: String = [at / 17_576, at / 676, at / 26, at].into_iter().map(letter).collect();
    format!("X{letters}")
}

fn another(
    spec: &WorldSpec,
    at: u32,
    company: usize,
    securities: usize,
    draw: &Draw<'_>,
    rng: &mut Rng,
    made: &mut Made<'_>,
) -> Project {
    let is_dc = spec.flavor.is_dc();
    let team_managed = !is_dc && rng.chance(200);
    let state = match rng.below(100) {
        0..=4 => State::Archived,
        5..=6 => State::Trashed,
        _ => State::Live,
    };
    let kind = match rng.below(20) {
        0..=2 => "business",
        3..=5 => "service_desk",
        6 if !is_dc => "product_discovery",
        _ => "software",
    };
    let lead = match rng.below(100) {
        0..=4 if !draw.inactive.is_empty() => *rng.pick(&draw.inactive),
        _ => draw.person(rng),
    };
    let name = match at % 41 {
        7 => format!("Project <i>{at}</i> & \"sons\""),
        19 => format!("=HYPERLINK(\"{at}\")"),
        _ => format!("Project {at}"),
    };
    let mut cast = Cast::default();
    for _ in 0..rng.below(4) {
        cast.reporters.push(draw.person(rng));
        cast.assignees.push(draw.person(rng));
    }
    if rng.chance(300) {
        cast.people.push(draw.person(rng));
        cast.groups.push(draw.team(rng));
    }
    let mut project = Project {
        id: 30_000 + at,
        key: key(at),
        name: hostile::text(spec, name),
        kind,
        level: None,
        category: (rng.below(4) != 3).then(|| rng.below(3) as u8),
        lead: (team_managed || !rng.chance(10)).then_some(lead),
        state,
        scheme: match rng.below(10) {
            0..=5 => DEFAULT,
            6 => HOLDERS,
            _ => ISSUES + 1 + rng.below(company - ISSUES as usize - 1) as u32,
        },
        security: (!team_managed && rng.chance(150)).then(|| rng.below(securities) as u32),
        roles: Vec::new(),
        cast,
    };
    if team_managed {
        project.level = Some(*rng.pick(&[Level::Open, Level::Limited, Level::Private]));
        let who = vec![vec![Who::User(lead)], some(draw, rng, 3), some(draw, rng, 2)];
        own_scheme(at, &mut project, who, made);
        return project;
    }
    let apps: Vec<Who> = (0..draw.users.len() as u32)
        .filter(|at| draw.users[*at as usize].kind == UserKind::App && draw.users[*at as usize].listed)
        .take(3)
        .map(Who::User)
        .collect();
    let mut administrators = vec![Who::Group(ADMINISTRATORS), Who::User(lead)];
    administrators.extend(some(draw, rng, 2));
    let mut developers = some(draw, rng, 4);
    if at % 17 == 3 {
        developers.push(Who::Unknown);
    }
    if at % 29 == 5 {
        developers.push(Who::GoneGroup(format!("00000000-0000-4000-8000-{at:012}"), format!("gone-{at}")));
    }
    let users = if rng.chance(50) { vec![Who::Group(USERS)] } else { some(draw, rng, 3) };
    project.roles = vec![
        (ADMINISTRATORS_ROLE, actors(made.numbers, unique(administrators))),
        (DEVELOPERS_ROLE, actors(made.numbers, unique(developers))),
        (USERS_ROLE, actors(made.numbers, unique(users))),
        (10_004, Vec::new()),
        (AUDITORS_ROLE, actors(made.numbers, if at % 5 == 2 { some(draw, rng, 1) } else { Vec::new() })),
        (ADDONS_ROLE, actors(made.numbers, apps)),
    ];
    project
}

fn some(draw: &Draw<'_>, rng: &mut Rng, most: usize) -> Vec<Who> {
    let mut who = Vec::new();
    for _ in 0..rng.below(most + 1) {
        who.push(if rng.chance(400) { Who::Group(draw.team(rng)) } else { Who::User(draw.person(rng)) });
    }
    if !draw.inactive.is_empty() && rng.chance(60) {
        who.push(Who::User(*rng.pick(&draw.inactive)));
    }
    unique(who)
}

fn unique(mut who: Vec<Who>) -> Vec<Who> {
    let mut seen: Vec<Who> = Vec::new();
    who.retain(|one| {
        let is_new = !seen.contains(one);
        if is_new {
            seen.push(one.clone());
        }
        is_new
    });
    who
}
