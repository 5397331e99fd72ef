//! From facts to a graph, in one pass and in any order.

use super::{
    About, Covered, Draft, GlobalRow, GrantRow, Graph, Held, KINDS, Kind, Lists, Names, Player, Seat, Table,
    Wires,
};
use crate::{
    question::{ADMINISTRATION, ASSIGNABLE, BROWSE},
    set::Set,
};
use std::{collections::BTreeMap, sync::Arc};
use weir_model::access::{self as fact, Actor, Fact, Holder};

/// Takes facts and makes a graph of them.
#[derive(Default, Debug)]
pub struct Builder {
    names: [Draft; KINDS],
    site: Option<fact::Site>,
    users: BTreeMap<u32, fact::User>,
    profiles: BTreeMap<u32, fact::Profile>,
    groups: BTreeMap<u32, fact::Group>,
    app_roles: BTreeMap<u32, fact::AppRole>,
    projects: BTreeMap<u32, fact::Project>,
    roles: BTreeMap<u32, fact::Role>,
    permissions: BTreeMap<u32, fact::Permission>,
    schemes: BTreeMap<u32, fact::PermissionScheme>,
    fields: BTreeMap<u32, fact::Field>,
    securities: BTreeMap<u32, fact::SecurityScheme>,
    levels: BTreeMap<u32, fact::SecurityLevel>,
    categories: Vec<fact::Category>,
    members: Vec<(u32, Seat)>,
    inside: Vec<(u32, u32)>,
    opens: Vec<(u32, u32)>,
    actors: Vec<(u32, (u32, Player))>,
    uses: Vec<(u32, u32)>,
    grants: Vec<(u32, GrantRow)>,
    globals: Vec<(u32, GlobalRow)>,
    secures: Vec<(u32, u32)>,
    levels_of: Vec<(u32, u32)>,
    seers: Vec<(u32, Held)>,
    covered: Covered,
}

/// Where two facts describe one thing (it changed while it was read), the greater one holds, so that their order means nothing.
fn keep<T: Clone + Ord>(rows: &mut BTreeMap<u32, T>, number: u32, fact: &T) {
    match rows.get(&number) {
        Some(known) if known >= fact => {}
        _ => {
            rows.insert(number, fact.clone());
        }
    }
}

impl Builder {
    /// Takes one more fact.
    pub fn add(&mut self, fact: &Fact) {
        match fact {
            Fact::Site(site) => self.site = self.site.take().max(Some(site.clone())),
            Fact::User(user) => keep(&mut self.users, self.names[Kind::User as usize].number(&user.id), user),
            Fact::Profile(profile) => {
                keep(&mut self.profiles, self.names[Kind::User as usize].number(&profile.user), profile);
            }
            Fact::Group(group) => {
                keep(&mut self.groups, self.names[Kind::Group as usize].number(&group.id), group);
            }
            Fact::Member(member) => {
                let group = self.number(Kind::Group, &member.group);
                let user = self.number(Kind::User, &member.user);
                self.members.push((group, Seat { user, direct: member.direct }));
            }
            Fact::Subgroup(pair) => {
                let parent = self.number(Kind::Group, &pair.parent);
                let group = self.number(Kind::Group, &pair.group);
                self.inside.push((parent, group));
            }
            Fact::AppRole(role) => {
                let number = self.number(Kind::AppRole, &role.key);
                for group in &role.groups {
                    let group = self.number(Kind::Group, group);
                    self.opens.push((number, group));
                }
                keep(&mut self.app_roles, number, role);
            }
            Fact::Category(category) => self.categories.push(category.clone()),
            Fact::Project(project) => {
                let number = self.number(Kind::Project, &project.id);
                if let Some(lead) = &project.lead {
                    self.number(Kind::User, lead);
                }
                keep(&mut self.projects, number, project);
            }
            Fact::Role(role) => keep(&mut self.roles, self.names[Kind::Role as usize].number(&role.id), role),
            Fact::RoleActor(actor) => {
                let project = self.number(Kind::Project, &actor.project);
                let role = self.number(Kind::Role, &actor.role);
                let player = match &actor.actor {
                    Actor::User { id } => Player::User(self.number(Kind::User, id)),
                    Actor::Group { id } => Player::Group(self.number(Kind::Group, id)),
                    Actor::Unresolved { text } => Player::Gone(self.number(Kind::Strange, text)),
                };
                self.actors.push((project, (role, player)));
            }
            Fact::Permission(permission) => {
                let number = self.number(Kind::Permission, &permission.key);
                keep(&mut self.permissions, number, permission);
            }
            Fact::PermissionScheme(scheme) => {
                let number = self.number(Kind::Scheme, &scheme.id);
                keep(&mut self.schemes, number, scheme);
            }
            Fact::Grant(grant) => {
                let scheme = self.number(Kind::Scheme, &grant.scheme);
                let permission = self.number(Kind::Permission, &grant.permission);
                let id = self.number(Kind::Grant, &grant.id);
                let held = self.held(&grant.holder);
                self.grants.push((scheme, GrantRow { permission, id, held }));
            }
            Fact::Field(field) => {
                keep(&mut self.fields, self.names[Kind::Field as usize].number(&field.id), field);
            }
            Fact::UsesScheme(uses) => {
                let project = self.number(Kind::Project, &uses.project);
                let scheme = self.number(Kind::Scheme, &uses.scheme);
                self.uses.push((project, scheme));
            }
            Fact::SecurityScheme(scheme) => {
                let number = self.number(Kind::Security, &scheme.id);
                keep(&mut self.securities, number, scheme);
            }
            Fact::SecurityLevel(level) => {
                let scheme = self.number(Kind::Security, &level.scheme);
                let number = self.number(Kind::Level, &level.id);
                self.levels_of.push((scheme, number));
                keep(&mut self.levels, number, level);
            }
            Fact::LevelHolder(holder) => {
                let level = self.number(Kind::Level, &holder.level);
                let held = self.held(&holder.holder);
                self.seers.push((level, held));
            }
            Fact::UsesSecurity(uses) => {
                let project = self.number(Kind::Project, &uses.project);
                let scheme = self.number(Kind::Security, &uses.scheme);
                self.secures.push((project, scheme));
            }
            Fact::Global(global) => {
                let permission = self.number(Kind::Permission, &global.permission);
                let held = self.held(&global.holder);
                self.globals.push((permission, GlobalRow { held, source: global.source }));
            }
            Fact::Coverage(coverage) => self.covered.add(coverage),
        }
    }

    /// The graph.
    pub fn finish(self) -> Graph {
        let [graph] = Self::together([self]);
        graph
    }

    /// Graphs of several readings with the same numbers for the same ids, so that they can be compared.
    pub(crate) fn together<const N: usize>(mut builders: [Self; N]) -> [Graph; N] {
        for builder in &mut builders {
            for key in [BROWSE, ASSIGNABLE].into_iter().chain(ADMINISTRATION) {
                builder.number(Kind::Permission, key);
            }
        }
        let mut tables: [Table; KINDS] = Default::default();
        let mut numbers: [[Vec<u32>; KINDS]; N] = std::array::from_fn(|_| Default::default());
        for kind in 0..KINDS {
            let drafts = std::array::from_fn(|place| std::mem::take(&mut builders[place].names[kind]));
            let (table, merged) = Table::merge::<N>(drafts);
            tables[kind] = table;
            for (place, merged) in merged.into_iter().enumerate() {
                numbers[place][kind] = merged;
            }
        }
        let names = Arc::new(Names(tables));
        let mut numbers = numbers.into_iter();
        builders.map(|builder| builder.wire(&names, &numbers.next().unwrap_or_default()))
    }

    fn number(&mut self, kind: Kind, id: &str) -> u32 {
        self.names[kind as usize].number(id)
    }

    fn held(&mut self, holder: &Holder) -> Held {
        match holder {
            Holder::Anyone => Held::Anyone,
            Holder::LoggedIn => Held::LoggedIn,
            Holder::AppRole { key } => Held::AppRole(self.number(Kind::AppRole, key)),
            Holder::Group { id } => Held::Group(self.number(Kind::Group, id)),
            Holder::User { id } => Held::User(self.number(Kind::User, id)),
            Holder::ProjectRole { id } => Held::Role(self.number(Kind::Role, id)),
            Holder::ProjectLead => Held::Lead,
            Holder::Assignee => Held::Assignee,
            Holder::Reporter => Held::Reporter,
            Holder::UserField { id } => Held::UserField(self.number(Kind::Field, id)),
            Holder::GroupField { id } => Held::GroupField(self.number(Kind::Field, id)),
            Holder::PortalCustomers => Held::Portal,
            Holder::Unresolved { kind, parameter } => {
                let text = parameter.as_ref().map_or_else(|| kind.clone(), |by| format!("{kind}\u{1f}{by}"));
                Held::Strange(self.number(Kind::Strange, &text))
            }
        }
    }

    fn wire(self, names: &Arc<Names>, numbers: &[Vec<u32>; KINDS]) -> Graph {
        let new = |kind: Kind, number: u32| numbers[kind as usize][number as usize];
        let held = |held: Held| match held {
            Held::AppRole(number) => Held::AppRole(new(Kind::AppRole, number)),
            Held::Group(number) => Held::Group(new(Kind::Group, number)),
            Held::User(number) => Held::User(new(Kind::User, number)),
            Held::Role(number) => Held::Role(new(Kind::Role, number)),
            Held::UserField(number) => Held::UserField(new(Kind::Field, number)),
            Held::GroupField(number) => Held::GroupField(new(Kind::Field, number)),
            Held::Strange(number) => Held::Strange(new(Kind::Strange, number)),
            other => other,
        };
        let player = |player: Player| match player {
            Player::User(number) => Player::User(new(Kind::User, number)),
            Player::Group(number) => Player::Group(new(Kind::Group, number)),
            Player::Gone(number) => Player::Gone(new(Kind::Strange, number)),
        };
        let pairs = |from: Kind, to: Kind, pairs: Vec<(u32, u32)>| -> Vec<(u32, u32)> {
            pairs.into_iter().map(|(a, b)| (new(from, a), new(to, b))).collect()
        };
        let count = |kind: Kind| names[kind].len();
        let turned = |pairs: &[(u32, u32)]| pairs.iter().map(|(a, b)| (*b, *a)).collect::<Vec<_>>();

        let members: Vec<(u32, Seat)> = self
            .members
            .into_iter()
            .map(|(group, seat)| (new(Kind::Group, group), Seat { user: new(Kind::User, seat.user), ..seat }))
            .collect();
        let members = Lists::new(count(Kind::Group), surest(members));
        let seats = members.pairs().map(|(group, seat)| (seat.user, group)).collect();
        let inside = pairs(Kind::Group, Kind::Group, self.inside);
        let leads = self.projects.iter().filter_map(|(number, project)| {
            let lead = names[Kind::User].find(project.lead.as_deref()?)?;
            Some((new(Kind::Project, *number), lead))
        });
        let grants = self.grants.into_iter().map(|(scheme, row)| {
            let permission = new(Kind::Permission, row.permission);
            let row = GrantRow { permission, id: new(Kind::Grant, row.id), held: held(row.held) };
            (new(Kind::Scheme, scheme), row)
        });
        let globals = self.globals.into_iter().map(|(permission, row)| {
            (new(Kind::Permission, permission), GlobalRow { held: held(row.held), ..row })
        });
        let actors = self.actors.into_iter().map(|(project, (role, actor))| {
            (new(Kind::Project, project), (new(Kind::Role, role), player(actor)))
        });
        let seers = self.seers.into_iter().map(|(level, seer)| (new(Kind::Level, level), held(seer)));
        let here = numbers[Kind::User as usize].iter().copied();
        let here = Set::of(count(Kind::User), here);
        let wires = Wires {
            seats: Lists::new(count(Kind::User), seats),
            outside: Lists::new(count(Kind::Group), turned(&inside)),
            inside: Lists::new(count(Kind::Group), inside),
            opens: Lists::new(count(Kind::AppRole), pairs(Kind::AppRole, Kind::Group, self.opens)),
            actors: Lists::new(count(Kind::Project), actors.collect()),
            leads: Lists::new(count(Kind::Project), leads.collect()),
            schemes: Lists::new(count(Kind::Project), pairs(Kind::Project, Kind::Scheme, self.uses)),
            grants: Lists::new(count(Kind::Scheme), grants.collect()),
            globals: Lists::new(count(Kind::Permission), globals.collect()),
            securities: Lists::new(count(Kind::Project), pairs(Kind::Project, Kind::Security, self.secures)),
            levels: Lists::new(count(Kind::Security), pairs(Kind::Security, Kind::Level, self.levels_of)),
            seers: Lists::new(count(Kind::Level), seers.collect()),
            members,
        };
        let mut categories = self.categories;
        categories.sort_unstable();
        categories.dedup();
        let about = About {
            site: self.site,
            users: placed(count(Kind::User), &numbers[Kind::User as usize], self.users),
            profiles: placed(count(Kind::User), &numbers[Kind::User as usize], self.profiles),
            groups: placed(count(Kind::Group), &numbers[Kind::Group as usize], self.groups),
            app_roles: placed(count(Kind::AppRole), &numbers[Kind::AppRole as usize], self.app_roles),
            projects: placed(count(Kind::Project), &numbers[Kind::Project as usize], self.projects),
            roles: placed(count(Kind::Role), &numbers[Kind::Role as usize], self.roles),
            permissions: placed(
                count(Kind::Permission),
                &numbers[Kind::Permission as usize],
                self.permissions,
            ),
            schemes: placed(count(Kind::Scheme), &numbers[Kind::Scheme as usize], self.schemes),
            fields: placed(count(Kind::Field), &numbers[Kind::Field as usize], self.fields),
            securities: placed(count(Kind::Security), &numbers[Kind::Security as usize], self.securities),
            levels: placed(count(Kind::Level), &numbers[Kind::Level as usize], self.levels),
            categories,
        };
        let mut graph = Graph {
            names: Arc::clone(names),
            about: Arc::new(about),
            here: Arc::new(here),
            covered: Arc::new(self.covered),
            unread: Arc::default(),
            wires,
        };
        graph.unread = Arc::new(graph.groups_with_gaps());
        graph
    }
}

fn placed<T>(bound: usize, numbers: &[u32], rows: BTreeMap<u32, T>) -> Vec<Option<T>> {
    let mut placed: Vec<Option<T>> = std::iter::repeat_with(|| None).take(bound).collect();
    for (number, row) in rows {
        placed[numbers[number as usize] as usize] = Some(row);
    }
    placed
}

/// Of two facts of one member, the one that is sure.
fn surest(mut members: Vec<(u32, Seat)>) -> Vec<(u32, Seat)> {
    members.sort_unstable();
    members.dedup_by_key(|(group, seat)| (*group, seat.user));
    members
}
