//! Two readings, fact by fact and in who can do what.

use crate::{
    answers::{questions, worlds},
    judge::{At, Had, Judge},
    minimal::{Pieces, paths_and_cuts},
    random::Random,
    world::World,
};
use std::collections::BTreeSet;
use weir_access::{AccessDiff, FactDiff};
use weir_model::access::{Fact, Grant};

/// The same site later: some facts are gone, and some of another site have come.
fn later(seed: u64, facts: &[Fact]) -> Vec<Fact> {
    let random = &mut Random::new(seed ^ 0xd1ff);
    let share = 3 + random.below(12);
    let mut later: Vec<Fact> = facts
        .iter()
        .filter(|fact| matches!(fact, Fact::Profile(_) | Fact::Project(_)) || !random.one_in(share))
        .cloned()
        .collect();
    for fact in World::new(seed ^ 0x0dd).facts {
        let is_link = matches!(
            fact,
            Fact::Member(_)
                | Fact::Subgroup(_)
                | Fact::RoleActor(_)
                | Fact::Grant(_)
                | Fact::Global(_)
                | Fact::UsesScheme(_)
        );
        if is_link && random.one_in(share) {
            later.push(match fact {
                Fact::Grant(grant) => Fact::Grant(Grant { id: format!("new-{}", grant.id), ..grant }),
                other => other,
            });
        }
    }
    later
}

#[test]
fn who_gained_and_lost_is_who_has_it_in_one_of_two_readings() {
    let mut met = [0; 5];
    for (seed, world) in worlds(1_200) {
        let later = later(seed, &world.facts);
        let diff = AccessDiff::new(&world.facts, &later);
        let cells: Vec<_> = diff.cells().collect();
        let (before, after) = (Judge { facts: &world.facts }, Judge { facts: &later });
        for (permission, _, at) in questions(&world) {
            let project = match at {
                At::Project(project) => Some(project),
                At::Site => None,
            };
            let cell =
                cells.iter().find(|cell| cell.permission == permission && cell.project.as_deref() == project);
            let mut wanted: [Vec<String>; 5] = Default::default();
            for user in &world.users {
                let levels = [&before, &after].map(|judge| judge.had(user, permission, at));
                let place = match levels {
                    [Had::ForSure, Had::ForSure] if seed < 300 => {
                        let paths = |facts: &[Fact]| -> Option<BTreeSet<Pieces>> {
                            let had =
                                |facts: &[Fact]| Judge { facts }.had(user, permission, at) == Had::ForSure;
                            paths_and_cuts(facts, had).map(|(paths, _)| paths)
                        };
                        let (Some(old), Some(new)) = (paths(&world.facts), paths(&later)) else { continue };
                        if old == new {
                            continue;
                        }
                        4
                    }
                    [a, b] if a == b => continue,
                    [_, Had::ForSure] => 0,
                    [Had::ForSure, Had::No] => 1,
                    [_, Had::OnACondition] => 2,
                    _ => 3,
                };
                wanted[place].push(user.clone());
                if levels == [Had::ForSure, Had::OnACondition] {
                    wanted[1].push(user.clone());
                }
                if levels == [Had::OnACondition, Had::ForSure] {
                    wanted[3].push(user.clone());
                }
            }
            let lists = cell.map(|cell| {
                [
                    &cell.gained,
                    &cell.lost,
                    &cell.conditional_gained,
                    &cell.conditional_lost,
                    &cell.path_changed,
                ]
            });
            for place in 0..if seed < 300 { 5 } else { 4 } {
                let mut told = lists.map(|lists| lists[place].clone()).unwrap_or_default();
                // The other site's links may name somebody whom this one does not know.
                told.retain(|user| world.users.contains(user));
                assert_eq!(told, wanted[place], "list {place}, seed {seed}: {permission} {at:?}");
                met[place] += told.len();
            }
            if let Some(cell) = cell {
                assert_eq!(
                    cell.was_unknown,
                    !before.is_known(permission, at),
                    "seed {seed}: {permission} {at:?}"
                );
                assert_eq!(
                    cell.is_unknown,
                    !after.is_known(permission, at),
                    "seed {seed}: {permission} {at:?}"
                );
            }
        }
    }
    assert!(met.iter().all(|many| *many > 100), "{met:?}");
}

#[test]
fn facts_that_differ_lead_from_one_reading_to_the_other() {
    for (seed, world) in worlds(300) {
        let later = later(seed, &world.facts);
        let diff = FactDiff::new(&world.facts, &later);
        let mut facts: BTreeSet<&Fact> = world.facts.iter().collect();
        for fact in diff.removed.iter().copied().chain(diff.changed.iter().map(|changed| changed.before)) {
            assert!(facts.remove(fact), "seed {seed}: {fact:?}");
        }
        for fact in diff.added.iter().copied().chain(diff.changed.iter().map(|changed| changed.after)) {
            assert!(facts.insert(fact), "seed {seed}: {fact:?}");
        }
        assert_eq!(facts, later.iter().collect(), "seed {seed}");
        let nothing = FactDiff::new(&later, &later);
        assert_eq!(nothing, FactDiff::default());
    }
}
