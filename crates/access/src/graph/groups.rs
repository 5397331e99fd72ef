//! Groups in groups. A group may be in itself by way of others; then it is looked at once.

use super::{Graph, Kind, Seat};
use crate::set::Set;
use weir_model::access::Part;

impl Graph {
    /// Adds everybody in a group or in a group inside.
    pub(crate) fn add_members(&self, group: u32, users: &mut Set) {
        if self.wires.inside.of(group).is_empty() {
            users.extend(self.wires.members.of(group).iter().map(|seat| seat.user));
        } else {
            for group in self.below(group).iter() {
                users.extend(self.wires.members.of(group).iter().map(|seat| seat.user));
            }
        }
    }

    /// How a user is in a group by the group's own list.
    pub(crate) fn seat(&self, group: u32, user: u32) -> Option<Seat> {
        let seats = self.wires.members.of(group);
        seats.binary_search_by_key(&user, |seat| seat.user).ok().map(|place| seats[place])
    }

    /// A group with all that are inside.
    pub(crate) fn below(&self, group: u32) -> Set {
        self.closed([group], |group| self.wires.inside.of(group))
    }

    /// These groups with all that they are in.
    pub(crate) fn above(&self, groups: impl IntoIterator<Item = u32>) -> Set {
        self.closed(groups, |group| self.wires.outside.of(group))
    }

    /// The groups that a user is in, by way of others too.
    pub(crate) fn groups_of(&self, user: u32) -> Set {
        self.above(self.wires.seats.of(user).iter().copied())
    }

    fn closed<'a>(&self, first: impl IntoIterator<Item = u32>, next: impl Fn(u32) -> &'a [u32]) -> Set {
        let mut found = Set::empty(self.count(Kind::Group));
        let mut left: Vec<u32> = first.into_iter().filter(|group| found.insert(*group)).collect();
        while let Some(group) = left.pop() {
            left.extend(next(group).iter().copied().filter(|group| found.insert(*group)));
        }
        found
    }

    /// Whether not all own members of a group are known. Those of a group that nothing describes were not asked for, unless all
    /// groups are known: then it is gone.
    pub(crate) fn own_members_unread(&self, group: u32) -> Option<super::Gap> {
        let gap = self.covered.gap(Part::Members, Some(self.id(Kind::Group, group)));
        gap.or_else(|| match self.about.groups[group as usize] {
            Some(_) => None,
            None => self.covered.gap(Part::Groups, None),
        })
    }

    pub(super) fn groups_with_gaps(&self) -> Set {
        let all_groups = !self.covered.has_gap(Part::Groups, None);
        let own = (0..self.count(Kind::Group) as u32).filter(|group| {
            let is_known = all_groups || self.about.groups[*group as usize].is_some();
            !is_known || self.covered.has_gap(Part::Members, Some(self.id(Kind::Group, *group)))
        });
        self.above(own)
    }
}
