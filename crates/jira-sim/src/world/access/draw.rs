//! Changes that are drawn from a seed, for readers who compare what was with what is.

use super::change::By;
use super::places::ADDONS_ROLE;
use super::{Access, Holder, UserKind, Who, keys};
use crate::rng::Rng;
use crate::world::project::State;

impl Access {
    /// Does one change; what it was, or none where what was drawn cannot be done.
    pub(crate) fn draw(&mut self, rng: &mut Rng, by: By) -> Option<&'static str> {
        match rng.below(8) {
            0 | 1 => {
                let (group, user) = (self.some_group(rng)?, self.somebody(rng)?);
                self.add_member(by, group, user).ok().map(|()| "member_add")
            }
            2 | 3 => {
                let group = self.some_group(rng)?;
                let members = &self.groups[group as usize].members;
                // The accounts that can sign in stay what they are.
                let user = members.iter().copied().filter(|user| *user >= 5).nth(rng.below(members.len()))?;
                self.remove_member(by, group, user).ok().map(|()| "member_remove")
            }
            4 => {
                let (project, role) = self.some_role(rng)?;
                let who = match rng.chance(500) {
                    true => Who::Group(self.some_group(rng)?),
                    false => Who::User(self.somebody(rng)?),
                };
                self.add_actors(by, project, role, vec![who]).ok().map(|()| "actor_add")
            }
            5 => {
                let (project, role) = self.some_role(rng)?;
                let (_, actors) = self.projects[project as usize].roles.iter().find(|(id, _)| *id == role)?;
                let who = actors.get(rng.below(actors.len()))?.who.clone();
                self.remove_actor(by, project, role, &who).then_some("actor_remove")
            }
            6 => {
                let scheme = rng.below(self.schemes.len()) as u32;
                let all: Vec<_> = keys::all(self.is_dc).filter(|permission| !permission.global).collect();
                let holder = Holder::Group(self.some_group(rng)?);
                self.add_grant(by, scheme, rng.pick(&all).key, holder).ok().map(|_| "grant_add")
            }
            _ => {
                let scheme = rng.below(self.schemes.len()) as u32;
                let grants = &self.schemes[scheme as usize].grants;
                let id = grants.get(rng.below(grants.len()))?.id;
                self.delete_grant(by, scheme, id).then_some("grant_delete")
            }
        }
    }

    fn some_group(&self, rng: &mut Rng) -> Option<u32> {
        let at = rng.below(self.groups.len()) as u32;
        let group = &self.groups[at as usize];
        (!group.gone && !group.external).then_some(at)
    }

    fn somebody(&self, rng: &mut Rng) -> Option<u32> {
        let at = rng.below(self.users.len()) as u32;
        let user = &self.users[at as usize];
        (user.kind == UserKind::Person && user.listed && self.is_active(at)).then_some(at)
    }

    fn some_role(&self, rng: &mut Rng) -> Option<(u32, u32)> {
        let at = rng.below(self.projects.len());
        let project = &self.projects[at];
        let (role, _) = project.roles.get(rng.below(project.roles.len()))?;
        (project.state == State::Live && *role != ADDONS_ROLE).then_some((at as u32, *role))
    }
}
