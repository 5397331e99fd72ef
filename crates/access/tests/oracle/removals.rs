//! What has to go so that somebody loses a permission, and what comes of it.

use crate::{
    answers::{pieces_of_steps, questions, word, worlds},
    judge::{At, Had, Judge},
    minimal::{Pieces, paths_and_cuts, without},
    world::World,
};
use std::collections::BTreeSet;
use weir_access::{Aim, Effects, Graph, Place};
use weir_model::access::{Certainty, Fact, Member, Profile};

#[test]
fn cuts_are_all_smallest_sets_whose_loss_takes_it_away() {
    let mut looked_at = 0;
    for (seed, world) in worlds(250) {
        let graph = Graph::new(&world.facts);
        for (permission, place, at) in questions(&world) {
            for user in &world.users {
                for (aim, least) in [(Aim::ForSure, Had::ForSure), (Aim::AtAll, Had::OnACondition)] {
                    let had = |facts: &[Fact]| Judge { facts }.had(user, permission, at) >= least;
                    if !had(&world.facts) {
                        continue;
                    }
                    let Some((_, wanted)) = paths_and_cuts(&world.facts, had) else { continue };
                    let removal = graph.removal(user, permission, place, aim, 10_000).unwrap();
                    let question = format!("seed {seed}: {user} {permission} {place:?} {aim:?}");
                    let cuts: BTreeSet<Pieces> =
                        removal.cuts.iter().map(|cut| pieces_of_steps(&cut.links)).collect();
                    assert_eq!(cuts, wanted, "{question}");
                    assert!(!removal.is_cut_short, "{question}");
                    assert!(removal.cuts.is_sorted_by_key(|cut| cut.links.len()), "{question}");
                    looked_at += cuts.len();
                    for cut in removal.cuts.iter().take(2) {
                        let wanted =
                            effects(&world, user, (permission, place, at), &pieces_of_steps(&cut.links));
                        assert_eq!(cut.effects, wanted, "effects of {:?}, {question}", cut.links);
                    }
                }
            }
        }
    }
    assert!(looked_at > 1_000);
}

#[test]
fn what_many_lose_is_counted_as_what_few_lose() {
    for (seed, mut world) in worlds(40) {
        for number in 0..80 {
            let (group, user) = (world.groups[number % world.groups.len()].clone(), format!("more{number}"));
            world.facts.push(Fact::Member(Member { group, user: user.clone(), direct: Certainty::Yes }));
            let profile = Profile {
                name: user.clone(),
                user: user.clone(),
                login: None,
                email: None,
                email_source: None,
            };
            world.facts.push(Fact::Profile(profile));
            world.users.push(user);
        }
        let graph = Graph::new(&world.facts);
        let user = world.users[world.users.len() - 1].clone();
        for (permission, place, at) in questions(&world) {
            let removal = graph.removal(&user, permission, place, Aim::ForSure, 3).unwrap();
            for cut in &removal.cuts {
                let wanted = effects(&world, &user, (permission, place, at), &pieces_of_steps(&cut.links));
                assert_eq!(cut.effects, wanted, "seed {seed}: {permission} {place:?} {:?}", cut.links);
            }
        }
    }
}

fn effects(world: &World, user: &str, asked: (&str, Place<'_>, At<'_>), cut: &Pieces) -> Effects {
    let (permission, place, at) = asked;
    let left = without(&world.facts, cut);
    let (before, after) = (Judge { facts: &world.facts }, Judge { facts: &left });
    let verdict = Graph::new(&left).who(permission, place).unwrap().verdict(user).unwrap();
    assert_eq!(word(verdict), after.verdict(user, permission, at));
    let mut effects = Effects {
        verdict,
        others: 0,
        others_lose: 0,
        others_keep: 0,
        also_lost: 0,
        projects: 0,
        others_lost: 0,
    };
    let mut projects = BTreeSet::new();
    for one in &world.users {
        let mut lost = 0;
        for (key, _, spot) in questions(world) {
            if before.had(one, key, spot) == Had::ForSure && after.had(one, key, spot) < Had::ForSure {
                lost +=
                    usize::from(one != user || key != permission || format!("{spot:?}") != format!("{at:?}"));
                if let At::Project(project) = spot {
                    projects.insert(project);
                }
            }
        }
        if one == user {
            effects.also_lost = lost;
            continue;
        }
        effects.others += usize::from(lost > 0);
        effects.others_lost += lost;
        let keeps = after.had(one, permission, at) > Had::No;
        effects.others_keep += usize::from(keeps);
        effects.others_lose += usize::from(!keeps && before.had(one, permission, at) > Had::No);
    }
    effects.projects = projects.len();
    effects
}
