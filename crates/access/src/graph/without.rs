//! The same site with something taken away.

use super::Graph;
use crate::{path::Edge, question::Giver};

impl Graph {
    /// The graph without some edges. Names, descriptions and what was read stay.
    pub(crate) fn without(&self, edges: &[Edge]) -> Self {
        let mut graph = self.clone();
        let wires = &mut graph.wires;
        for edge in edges {
            match edge {
                Edge::Member { group, seat } => {
                    wires.members.remove(*group, seat);
                    wires.seats.remove(seat.user, group);
                }
                Edge::Inside { group, parent } => {
                    wires.inside.remove(*parent, group);
                    wires.outside.remove(*group, parent);
                }
                Edge::Opens { role, group } => wires.opens.remove(*role, group),
                Edge::Acts { project, role, player } => wires.actors.remove(*project, &(*role, *player)),
                Edge::Leads { project, user } => wires.leads.remove(*project, user),
                Edge::Gives(Giver::Grant { scheme, row }) => wires.grants.remove(*scheme, row),
                Edge::Gives(Giver::Global { permission, row }) => wires.globals.remove(*permission, row),
                Edge::Gives(Giver::Level { level, held }) => wires.seers.remove(*level, held),
                Edge::LoggedIn | Edge::Anyone | Edge::If(_) => {}
            }
        }
        graph
    }
}
