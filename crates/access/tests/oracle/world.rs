//! Random small worlds with everything odd in them: groups in circles, names of things that are gone, holders nobody knows,
//! parts that were not read.

use crate::random::Random;
use weir_model::access::*;

pub(crate) const PERMISSIONS: [&str; 4] =
    ["ASSIGNABLE_USER", "BROWSE_PROJECTS", "EDIT_ISSUES", "SET_ISSUE_SECURITY"];
pub(crate) const GLOBALS: [&str; 3] = ["ADMINISTER", "SYSTEM_ADMIN", "USER_PICKER"];
const PARTS: [Part; 16] = [
    Part::Users,
    Part::Groups,
    Part::Members,
    Part::AppRoles,
    Part::Categories,
    Part::Projects,
    Part::Roles,
    Part::RoleActors,
    Part::Permissions,
    Part::PermissionSchemes,
    Part::ProjectSchemes,
    Part::SecuritySchemes,
    Part::LevelHolders,
    Part::ProjectSecurity,
    Part::Globals,
    Part::Organisation,
];

#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) facts: Vec<Fact>,
    pub(crate) users: Vec<String>,
    pub(crate) groups: Vec<String>,
    pub(crate) projects: Vec<String>,
    pub(crate) levels: Vec<String>,
}

fn ids(letter: char, many: usize) -> Vec<String> {
    (1..=many).map(|number| format!("{letter}{number}")).collect()
}

fn coverage(part: Part, of: Option<String>, outcome: Outcome) -> Fact {
    Fact::Coverage(Coverage { part, of, outcome, items: 0, expected: None, needs: None })
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let random = &mut Random::new(seed);
        let users = ids('u', 1 + random.below(5));
        let groups = ids('g', 1 + random.below(4));
        let projects = ids('p', 1 + random.below(3));
        let roles = ids('r', 1 + random.below(2));
        let schemes = ids('s', 1 + random.below(2));
        let levels = ids('l', random.below(3));
        let mut world = Self { facts: Vec::new(), users, groups, projects, levels };
        world.people(random);
        world.places(random, &roles, &schemes);
        world.grants(random, &roles, &schemes);
        world.coverage(random, &schemes);
        // Facts have no order, and one twice is one.
        for place in (1..world.facts.len()).rev() {
            world.facts.swap(place, random.below(place + 1));
        }
        let again = world.facts[random.below(world.facts.len())].clone();
        world.facts.push(again);
        world
    }

    fn people(&mut self, random: &mut Random) {
        for id in &self.users {
            // Somebody may be named and have no account.
            if !random.one_in(8) {
                let state = *random.pick(&[
                    UserState::Active,
                    UserState::Active,
                    UserState::Inactive,
                    UserState::Deleted,
                ]);
                let kind = *random.pick(&[
                    UserKind::Person,
                    UserKind::Person,
                    UserKind::Service,
                    UserKind::Customer,
                    UserKind::Unknown,
                ]);
                self.facts.push(Fact::User(User {
                    id: id.clone(),
                    kind,
                    state,
                    is_guest: false,
                    is_managed: None,
                    has_second_factor: None,
                    last_active_at: None,
                }));
            }
            // So that everybody is named by something.
            let name = format!("Name of {id}");
            self.facts.push(Fact::Profile(Profile {
                user: id.clone(),
                name,
                login: None,
                email: None,
                email_source: None,
            }));
        }
        for id in &self.groups {
            if !random.one_in(6) {
                let name = format!("group {id}");
                self.facts.push(Fact::Group(Group {
                    id: id.clone(),
                    name,
                    keeper: Keeper::Site,
                    reach: Vec::new(),
                }));
            }
            for user in random.some(&self.users) {
                let direct = if random.one_in(4) { Certainty::Unknown } else { Certainty::Yes };
                self.facts.push(Fact::Member(Member { group: id.clone(), user: user.clone(), direct }));
            }
        }
        for _ in 0..random.below(5) {
            let (group, parent) = (random.pick(&self.groups).clone(), random.pick(&self.groups).clone());
            self.facts.push(Fact::Subgroup(Subgroup { group, parent }));
        }
        for key in random.some(&["jira-core", "jira-software", "jira-servicedesk"]) {
            let groups: Vec<String> = random.some(&self.groups).into_iter().cloned().collect();
            let role = AppRole {
                key: (*key).into(),
                name: (*key).into(),
                groups,
                default_groups: Vec::new(),
                seats: None,
                used: None,
            };
            self.facts.push(Fact::AppRole(role));
        }
    }

    fn places(&mut self, random: &mut Random, roles: &[String], schemes: &[String]) {
        for id in &self.projects {
            let styles =
                [ProjectStyle::CompanyManaged, ProjectStyle::CompanyManaged, ProjectStyle::TeamManaged];
            self.facts.push(Fact::Project(Project {
                id: id.clone(),
                key: id.to_uppercase(),
                name: format!("project {id}"),
                kind: (*random.pick(&["software", "service_desk", "business"])).into(),
                style: *random.pick(&styles),
                category: None,
                lead: random.one_in(2).then(|| random.pick(&self.users).clone()),
                state: *random.pick(&[
                    ProjectState::Live,
                    ProjectState::Live,
                    ProjectState::Archived,
                    ProjectState::Deleted,
                ]),
                is_private: *random.pick(&[None, Some(true), Some(false)]),
            }));
            if !random.one_in(6) {
                self.facts.push(Fact::UsesScheme(UsesScheme {
                    project: id.clone(),
                    scheme: random.pick(schemes).clone(),
                }));
            }
            if random.one_in(12) {
                self.facts.push(Fact::UsesScheme(UsesScheme {
                    project: id.clone(),
                    scheme: random.pick(schemes).clone(),
                }));
            }
            for role in roles {
                for _ in 0..random.below(3) {
                    let actor = match random.below(5) {
                        0 | 1 => Actor::User { id: random.pick(&self.users).clone() },
                        2 | 3 => Actor::Group { id: random.pick(&self.groups).clone() },
                        _ => Actor::Unresolved { text: "unknown".into() },
                    };
                    self.facts.push(Fact::RoleActor(RoleActor {
                        project: id.clone(),
                        role: role.clone(),
                        actor,
                    }));
                }
            }
        }
        for id in roles {
            self.facts.push(Fact::Role(Role {
                id: id.clone(),
                name: format!("role {id}"),
                project: None,
                is_system: random.one_in(4),
            }));
        }
        for id in schemes {
            self.facts.push(Fact::PermissionScheme(PermissionScheme {
                id: id.clone(),
                name: format!("scheme {id}"),
            }));
        }
        for id in &self.levels {
            self.facts.push(Fact::SecurityLevel(SecurityLevel {
                scheme: "x".into(),
                id: id.clone(),
                name: id.clone(),
                is_default: false,
            }));
        }
    }

    fn holder(&self, random: &mut Random, roles: &[String]) -> Holder {
        match random.below(16) {
            0 => Holder::Anyone,
            1 => Holder::LoggedIn,
            2 => Holder::AppRole { key: (*random.pick(&["jira-core", "jira-software", "gone"])).into() },
            3..=5 => Holder::Group { id: random.pick(&self.groups).clone() },
            6 => Holder::User { id: random.pick(&self.users).clone() },
            7..=9 => Holder::ProjectRole { id: random.pick(roles).clone() },
            10 => Holder::ProjectLead,
            11 => Holder::Assignee,
            12 => Holder::Reporter,
            13 if random.one_in(2) => Holder::UserField { id: "f1".into() },
            13 => Holder::GroupField { id: "f2".into() },
            14 => Holder::PortalCustomers,
            _ if random.one_in(3) => {
                Holder::Unresolved { kind: "moon".into(), parameter: Some("full".into()) }
            }
            _ => Holder::Group { id: "gone".into() },
        }
    }

    fn grants(&mut self, random: &mut Random, roles: &[String], schemes: &[String]) {
        for (keys, kind) in
            [(&PERMISSIONS[..], PermissionKind::Project), (&GLOBALS[..], PermissionKind::Global)]
        {
            for key in keys {
                self.facts.push(Fact::Permission(Permission {
                    key: (*key).into(),
                    name: (*key).into(),
                    kind,
                }));
            }
        }
        for scheme in schemes {
            for number in 0..random.below(9) {
                let id = format!("{scheme}-{number}");
                let permission = (*random.pick(&PERMISSIONS)).to_owned();
                let holder = self.holder(random, roles);
                self.facts.push(Fact::Grant(Grant { scheme: scheme.clone(), id, permission, holder }));
            }
        }
        for key in GLOBALS {
            for _ in 0..random.below(2) {
                let holder = match random.below(4) {
                    0 => Holder::User { id: random.pick(&self.users).clone() },
                    1 => Holder::LoggedIn,
                    _ => Holder::Group { id: random.pick(&self.groups).clone() },
                };
                self.facts.push(Fact::Global(Global {
                    permission: key.into(),
                    holder,
                    source: GlobalSource::Asked,
                }));
            }
        }
        for level in &self.levels {
            for _ in 0..random.below(3) {
                let holder = self.holder(random, roles);
                self.facts.push(Fact::LevelHolder(LevelHolder { level: level.clone(), holder }));
            }
        }
    }

    fn coverage(&mut self, random: &mut Random, schemes: &[String]) {
        let all_is_read = random.one_in(2);
        for part in PARTS {
            let outcomes = [Outcome::Partial, Outcome::Denied, Outcome::Unsupported];
            if all_is_read || !random.one_in(12) {
                self.facts.push(coverage(part, None, Outcome::Complete));
            } else if random.one_in(2) {
                self.facts.push(coverage(part, None, *random.pick(&outcomes)));
            }
            let things: &[String] = match part {
                Part::Members => &self.groups,
                Part::RoleActors | Part::ProjectSchemes => &self.projects,
                Part::PermissionSchemes => schemes,
                Part::LevelHolders => &self.levels,
                _ => &[],
            };
            if !all_is_read && !things.is_empty() && random.one_in(6) {
                let outcome = if random.one_in(4) { Outcome::Complete } else { *random.pick(&outcomes) };
                self.facts.push(coverage(part, Some(random.pick(things).clone()), outcome));
            }
        }
    }
}
