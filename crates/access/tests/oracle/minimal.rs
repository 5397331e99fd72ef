//! All smallest sets of facts that give something, and all smallest sets whose loss takes it away. Nothing is known here of paths:
//! it is asked again and again what holds when some facts are not there.

use std::collections::BTreeSet;
use weir_model::access::*;

pub(crate) type Pieces = BTreeSet<String>;

/// What can be taken away, by the key of its fact; of an application with its groups, each group apart.
fn pieces_of(fact: &Fact) -> Vec<String> {
    let holder = |holder: &Holder| match holder {
        Holder::User { id } => format!("user/{id}"),
        Holder::Group { id } => format!("group/{id}"),
        Holder::LoggedIn => "logged_in/".to_owned(),
        other => unreachable!("{other:?} is allowed nothing everywhere"),
    };
    match fact {
        Fact::Member(row) => vec![format!("member/{}/{}", row.group, row.user)],
        Fact::Subgroup(row) => vec![format!("subgroup/{}/{}", row.parent, row.group)],
        Fact::AppRole(row) => {
            row.groups.iter().map(|group| format!("app_role/{}+{group}", row.key)).collect()
        }
        Fact::RoleActor(row) => match &row.actor {
            Actor::User { id } => vec![format!("role_actor/{}/{}/user/{id}", row.project, row.role)],
            Actor::Group { id } => vec![format!("role_actor/{}/{}/group/{id}", row.project, row.role)],
            Actor::Unresolved { .. } => Vec::new(),
        },
        Fact::Project(row) if row.lead.is_some() => vec![format!("project/{}", row.id)],
        Fact::Grant(row) => vec![format!("grant/{}/{}", row.scheme, row.id)],
        Fact::Global(row) => vec![format!("global/{}/{}", row.permission, holder(&row.holder))],
        _ => Vec::new(),
    }
}

/// Everything that can be taken away.
pub(crate) fn all_pieces(facts: &[Fact]) -> Pieces {
    facts.iter().flat_map(pieces_of).collect()
}

/// The facts without some pieces.
pub(crate) fn without(facts: &[Fact], gone: &Pieces) -> Vec<Fact> {
    let mut left = Vec::new();
    for fact in facts {
        let of = pieces_of(fact);
        match fact {
            Fact::AppRole(row) => {
                let mut row = row.clone();
                row.groups.retain(|group| !gone.contains(&format!("app_role/{}+{group}", row.key)));
                left.push(Fact::AppRole(row));
            }
            Fact::Project(row) if of.iter().any(|piece| gone.contains(piece)) => {
                left.push(Fact::Project(Project { lead: None, ..row.clone() }));
            }
            _ if of.iter().any(|piece| gone.contains(piece)) => {}
            _ => left.push(fact.clone()),
        }
    }
    left
}

/// Paths and cuts of whatever `holds` asks. None where there are too many to look at.
pub(crate) fn paths_and_cuts(
    facts: &[Fact],
    holds: impl Fn(&[Fact]) -> bool,
) -> Option<(BTreeSet<Pieces>, BTreeSet<Pieces>)> {
    let all = all_pieces(facts);
    let (mut paths, mut cuts) = (BTreeSet::new(), BTreeSet::<Pieces>::new());
    let mut seen = BTreeSet::new();
    let mut left = vec![Pieces::new()];
    while let Some(gone) = left.pop() {
        if !seen.insert(gone.clone()) {
            continue;
        }
        if seen.len() > 3_000 {
            return None;
        }
        if !holds(&without(facts, &gone)) {
            cuts.insert(gone);
            continue;
        }
        // Everything that can be spared besides goes; what stays is one path.
        let mut spared = gone.clone();
        for piece in all.difference(&gone) {
            spared.insert(piece.clone());
            if !holds(&without(facts, &spared)) {
                spared.remove(piece);
            }
        }
        let path: Pieces = all.difference(&spared).cloned().collect();
        for piece in &path {
            let mut gone = gone.clone();
            gone.insert(piece.clone());
            left.push(gone);
        }
        paths.insert(path);
    }
    let smallest = cuts.iter().filter(|cut| !cuts.iter().any(|other| other != *cut && other.is_subset(cut)));
    let smallest: BTreeSet<Pieces> = smallest.cloned().collect();
    Some((paths, smallest))
}
