//! Who can do something somewhere, and who sees the issues of a level.

use crate::{
    answer::{Condition, Obstacle, Unknown, Verdict},
    graph::{Graph, Held, Kind, Lookup, Player},
    path::Path,
    question::{ADMINISTRATION, ASSIGNABLE, BROWSE, Giver, Place, Spot},
    set::Set,
    usable::Usable,
};
use serde::Serialize;
use weir_model::access::{Part, UserKind, UserState};

/// Who can do something somewhere. Sets hold numbers of users; [`Who::rows`] has them with their names.
#[derive(Clone, Debug)]
pub struct Who<'g> {
    pub(crate) graph: &'g Graph,
    pub(crate) permission: u32,
    pub(crate) spot: Spot,
    /// The level whose issues are asked about.
    level: Option<u32>,
    pub(crate) definite: Set,
    pub(crate) conditional: Vec<(Held, Set)>,
    pub(crate) latent: Set,
    /// Who does not have it for sure, whatever is not known.
    pub(crate) refused: Set,
    /// Why it cannot be said of the others.
    pub unknown: Vec<Unknown>,
    /// Why it cannot be said who may give it to themselves.
    pub latent_unknown: Vec<Unknown>,
    /// Whether somebody who is not signed in can.
    pub anonymous: bool,
    /// Whether everybody can who may use any application.
    pub logged_in: bool,
}

/// One account of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// Its name, or its id where no name is known.
    pub name: String,
    /// What stands behind it.
    pub kind: UserKind,
    /// Whether it can sign in.
    pub active: bool,
    /// Whether they can.
    pub certainty: Verdict,
    /// On which conditions, where it is on some.
    pub conditions: Vec<Condition>,
    /// Why it cannot be used all the same.
    pub obstacles: Vec<Obstacle>,
}

impl Graph {
    /// Who has a permission somewhere. Obstacles such as an inactive account are told and hide nobody.
    pub fn who(&self, permission: &str, place: Place<'_>) -> Result<Who<'_>, Lookup> {
        Ok(self.who_has(self.find_permission(permission)?, self.spot(place)?))
    }

    /// Who sees the issues of a level in a project: who browses it and is named by the level (access.md §7).
    pub fn who_sees(&self, level: &str, project: &str) -> Result<Who<'_>, Lookup> {
        let level = self.find_level(level)?;
        let spot = Spot::Project(self.find_project(project)?);
        let browse = self.known_permission(BROWSE);
        let mut browses = self.who_has(browse, spot);
        let named = self.who_is_named(level, browse, spot);
        let (browse_any, named_any) = (browses.any(), named.any());
        let mut conditional = std::mem::take(&mut browses.conditional);
        conditional.iter_mut().for_each(|(_, set)| set.keep(&named_any));
        conditional.extend(named.conditional.into_iter().map(|(held, mut set)| {
            set.keep(&browse_any);
            (held, set)
        }));
        browses.definite.keep(&named.definite);
        conditional.iter_mut().for_each(|(_, set)| set.subtract(&browses.definite));
        conditional.retain(|(_, set)| !set.is_empty());
        browses.conditional = merged(conditional);
        browses.anonymous &= named.anonymous;
        browses.logged_in &= named.logged_in;
        // Whoever is refused by one of the two for sure is refused.
        let refused_by = |who: &[Unknown], any: &Set| who.is_empty().then(|| self.here.without(any));
        let refused = [refused_by(&browses.unknown, &browse_any), refused_by(&named.unknown, &named_any)];
        browses.unknown.extend(named.unknown);
        browses.unknown.sort_unstable();
        browses.unknown.dedup();
        let mut no = self.no_users();
        refused.into_iter().flatten().for_each(|set| no.add(&set));
        browses.refused = no;
        browses.level = Some(level);
        browses.latent = self.administrators(browse, spot).0.without(&browses.any());
        Ok(browses)
    }

    pub(crate) fn who_has(&self, permission: u32, spot: Spot) -> Who<'_> {
        let givers = self.givers(permission, spot);
        let mut who = self.reached(&givers, permission, spot);
        who.unknown = self.unknowns(permission, spot);
        let admin = self.administrators(permission, spot);
        who.latent = admin.0;
        who.latent_unknown = admin.1;
        let any = who.any();
        who.latent.subtract(&any);
        who
    }

    fn who_is_named(&self, level: u32, browse: u32, spot: Spot) -> Who<'_> {
        let givers: Vec<Giver> =
            self.wires.seers.of(level).iter().map(|held| Giver::Level { level, held: *held }).collect();
        let mut who = self.reached(&givers, browse, spot);
        let gap = self.covered.gap(Part::LevelHolders, Some(self.id(Kind::Level, level)));
        who.unknown.extend(gap.map(Unknown::NotRead));
        for giver in givers {
            self.giver_unknowns(giver, browse, spot, &mut who.unknown);
        }
        who
    }

    pub(crate) fn reached(&self, givers: &[Giver], permission: u32, spot: Spot) -> Who<'_> {
        let mut who = Who {
            graph: self,
            permission,
            spot,
            level: None,
            definite: self.no_users(),
            conditional: Vec::new(),
            latent: self.no_users(),
            refused: self.no_users(),
            unknown: Vec::new(),
            latent_unknown: Vec::new(),
            anonymous: false,
            logged_in: false,
        };
        for giver in givers {
            let held = giver.held();
            if let Some(set) = self.candidates(held, permission, spot) {
                if !who.conditional.iter().any(|(known, _)| *known == held) {
                    who.conditional.push((held, set));
                }
            } else {
                self.add_holders(held, spot, &mut who.definite);
            }
            who.anonymous |= held == Held::Anyone;
            who.logged_in |= matches!(held, Held::Anyone | Held::LoggedIn);
        }
        for (_, set) in &mut who.conditional {
            set.subtract(&who.definite);
        }
        who.conditional.retain(|(_, set)| !set.is_empty());
        who.conditional.sort_unstable_by_key(|(held, _)| *held);
        who
    }

    /// Everybody that a holder names for sure.
    pub(crate) fn add_holders(&self, held: Held, spot: Spot, users: &mut Set) {
        match (held, spot) {
            (Held::Anyone, _) => users.add(&self.here),
            (Held::LoggedIn, _) => self.add_logged_in(users),
            (Held::AppRole(role), _) => self.add_app_role(role, users),
            (Held::Group(group), _) => self.add_members(group, users),
            (Held::User(user), _) => {
                users.insert(user);
            }
            (Held::Role(role), Spot::Project(project)) => {
                for player in self.players(project, role) {
                    match player {
                        Player::User(user) => {
                            users.insert(user);
                        }
                        Player::Group(group) => self.add_members(group, users),
                        Player::Gone(_) => {}
                    }
                }
            }
            (Held::Lead, Spot::Project(project)) => {
                users.extend(self.wires.leads.of(project).iter().copied())
            }
            _ => {}
        }
    }

    /// Who may come to be what a condition asks for; None for a holder that is none. Anybody may be named as reporter or by a field.
    pub(crate) fn candidates(&self, held: Held, permission: u32, spot: Spot) -> Option<Set> {
        let users = |wanted: &dyn Fn(u32) -> bool| {
            Set::of(self.count(Kind::User), self.here.iter().filter(|user| wanted(*user)))
        };
        match held {
            Held::Reporter | Held::UserField(_) => Some((*self.here).clone()),
            Held::GroupField(_) => Some(users(&|user| !self.wires.seats.of(user).is_empty())),
            Held::Portal => Some(users(&|user| self.may_be_customer(user))),
            Held::Assignee => {
                let others = self.givers_of_assignees(permission, spot);
                Some(self.reached(&others, permission, spot).any())
            }
            _ => None,
        }
    }

    /// What makes somebody assignable, but for being the assignee.
    pub(crate) fn givers_of_assignees(&self, permission: u32, spot: Spot) -> Vec<Giver> {
        let assignable = self.known_permission(ASSIGNABLE);
        if assignable == permission {
            return Vec::new();
        }
        let givers = self.givers(assignable, spot).into_iter();
        givers.filter(|giver| giver.held() != Held::Assignee).collect()
    }

    pub(crate) fn may_be_customer(&self, user: u32) -> bool {
        let kind = self.about.users[user as usize].as_ref().map_or(UserKind::Unknown, |user| user.kind);
        matches!(kind, UserKind::Customer | UserKind::Unknown)
    }

    /// Who may give a permission to themselves, and what is not known of that.
    pub(crate) fn administrators(&self, permission: u32, spot: Spot) -> (Set, Vec<Unknown>) {
        let mut users = self.no_users();
        let mut unknown = Vec::new();
        for number in self.administration(permission, spot) {
            users.add(
                &self.reached(&self.givers(number, Spot::Everywhere), number, Spot::Everywhere).definite,
            );
            unknown.extend(self.unknowns(number, Spot::Everywhere));
        }
        unknown.sort_unstable();
        unknown.dedup();
        (users, unknown)
    }

    /// The permissions that let somebody give themselves another one. Nobody gives themselves the administration of the system.
    pub(crate) fn administration(&self, permission: u32, spot: Spot) -> Vec<u32> {
        if spot == Spot::Everywhere && ADMINISTRATION.contains(&self.id(Kind::Permission, permission)) {
            return Vec::new();
        }
        ADMINISTRATION.iter().map(|key| self.known_permission(key)).collect()
    }

    pub(crate) fn condition(&self, held: Held) -> Option<Condition> {
        let field = |number: u32| {
            let id = self.id(Kind::Field, number).to_owned();
            let name = self.about.fields[number as usize]
                .as_ref()
                .map_or_else(|| id.clone(), |row| row.name.clone());
            (id, name)
        };
        Some(match held {
            Held::Assignee => Condition::Assignee,
            Held::Reporter => Condition::Reporter,
            Held::Portal => Condition::PortalCustomer,
            Held::UserField(number) => {
                let (id, name) = field(number);
                Condition::UserField { id, name }
            }
            Held::GroupField(number) => {
                let (id, name) = field(number);
                Condition::GroupField { id, name }
            }
            _ => return None,
        })
    }
}

fn merged(mut sets: Vec<(Held, Set)>) -> Vec<(Held, Set)> {
    sets.sort_by_key(|(held, _)| *held);
    let mut merged: Vec<(Held, Set)> = Vec::new();
    for (held, set) in sets {
        match merged.last_mut() {
            Some((last, known)) if *last == held => known.add(&set),
            _ => merged.push((held, set)),
        }
    }
    merged
}

impl<'g> Who<'g> {
    /// Everybody who can, on a condition or without.
    pub(crate) fn any(&self) -> Set {
        let mut any = self.definite.clone();
        self.conditional.iter().for_each(|(_, set)| any.add(set));
        any
    }

    /// What holds of one user, by number.
    pub(crate) fn verdict_of(&self, user: u32) -> Verdict {
        if self.definite.contains(user) {
            Verdict::Definite
        } else if self.conditional.iter().any(|(_, set)| set.contains(user)) {
            Verdict::Conditional
        } else if !self.unknown.is_empty() && !self.refused.contains(user) {
            Verdict::Unknown
        } else if self.latent.contains(user) {
            Verdict::Latent
        } else {
            Verdict::No
        }
    }

    /// What holds of one user, by id, login, e-mail or name.
    pub fn verdict(&self, user: &str) -> Result<Verdict, Lookup> {
        Ok(self.verdict_of(self.graph.find_user(user)?))
    }

    /// How many have it for sure, and how many on a condition alone.
    pub fn counts(&self) -> (usize, usize) {
        (self.definite.len(), self.any().len() - self.definite.len())
    }

    /// The conditions on which it is had, each with how many may come to meet it.
    pub fn conditions(&self) -> Vec<(Condition, usize)> {
        let known = self.conditional.iter();
        known.filter_map(|(held, set)| Some((self.graph.condition(*held)?, set.len()))).collect()
    }

    /// Everybody who has it for sure, then on a condition alone, then who may give it to themselves; each in the order of ids.
    /// Of whom it cannot be said is not among them: that is everybody else where [`Who::unknown`] is not empty.
    pub fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        let usable = Usable::new(self);
        let conditional = self.any().without(&self.definite);
        let unknown = !self.unknown.is_empty();
        let latent = self.latent.iter().filter(move |user| !unknown || self.refused.contains(*user));
        let all: Vec<u32> = self.definite.iter().chain(conditional.iter()).chain(latent).collect();
        all.into_iter().map(move |user| self.row(user, &usable))
    }

    /// The paths of one account, by id: those of [`Graph::why`]; of a level, those by which it names them before those by which they
    /// browse.
    pub fn paths(&self, user: &str) -> Vec<Path> {
        let graph = self.graph;
        let Some(user) = graph.names[Kind::User].find(user) else { return Vec::new() };
        let level = self.level.map(|level| graph.level_paths(user, level, self.permission, self.spot));
        let mut paths = level.unwrap_or_default();
        paths.extend(graph.paths(user, self.permission, self.spot).0);
        paths
    }

    pub(crate) fn row(&self, user: u32, usable: &Usable<'_>) -> Row {
        let graph = self.graph;
        let known = graph.about.users[user as usize].as_ref();
        let certainty = self.verdict_of(user);
        let conditions = self.conditional.iter().filter(|(_, set)| set.contains(user));
        Row {
            id: graph.id(Kind::User, user).to_owned(),
            name: graph.user_name(user).to_owned(),
            kind: known.map_or(UserKind::Unknown, |user| user.kind),
            active: known.is_some_and(|user| user.state == UserState::Active),
            certainty,
            conditions: conditions.filter_map(|(held, _)| graph.condition(*held)).collect(),
            obstacles: usable.obstacles(user),
        }
    }
}
