//! Who, what and why.

use crate::{
    judge::{At, Had, Judge},
    minimal::{Pieces, all_pieces, paths_and_cuts, without},
    world::{GLOBALS, PERMISSIONS, World},
};
use std::collections::BTreeSet;
use weir_access::{Certainty as Sure, Graph, Place, Principal, Step, Verdict};
use weir_model::access::{Certainty, Fact, Holder, Member};

pub(crate) fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

pub(crate) fn worlds(many: u64) -> impl Iterator<Item = (u64, World)> {
    (0..many).map(|seed| (seed, World::new(seed)))
}

/// Every question of a world.
pub(crate) fn questions(world: &World) -> Vec<(&str, Place<'_>, At<'_>)> {
    let mut all = Vec::new();
    for project in &world.projects {
        let places = PERMISSIONS.map(|key| (key, Place::Project(project.as_str()), At::Project(project)));
        all.extend(places);
    }
    all.extend(GLOBALS.map(|key| (key, Place::Everywhere, At::Site)));
    all
}

#[test]
fn who_what_and_why_say_what_the_judge_says() {
    let mut met: BTreeSet<String> = BTreeSet::new();
    for (seed, world) in worlds(10_000) {
        let (graph, judge) = (Graph::new(&world.facts), Judge { facts: &world.facts });
        let whats: Vec<_> =
            world.users.iter().map(|user| graph.what(Principal::User(user)).unwrap()).collect();
        for (permission, place, at) in questions(&world) {
            let who = graph.who(permission, place).unwrap();
            let rows: Vec<_> = who.rows().collect();
            for (user, what) in world.users.iter().zip(&whats) {
                let wanted = judge.verdict(user, permission, at);
                let question = format!("seed {seed}: {user} {permission} {place:?}");
                met.insert(wanted.to_owned());
                assert_eq!(word(who.verdict(user).unwrap()), wanted, "who, {question}");
                assert_eq!(word(what.verdict(permission, place).unwrap()), wanted, "what, {question}");
                let row = rows.iter().find(|row| row.id == *user);
                let named = matches!(wanted, "definite" | "conditional" | "latent");
                assert_eq!(
                    row.map(|row| word(row.certainty)),
                    named.then(|| wanted.to_owned()),
                    "{question}"
                );
                if let (Some(row), Place::Project(project)) = (row, place) {
                    let told = row.obstacles.iter().map(|obstacle| {
                        let text = serde_json::to_value(obstacle).unwrap();
                        text["obstacle"].as_str().unwrap().to_owned()
                    });
                    let told: BTreeSet<String> = told.collect();
                    assert_eq!(told, judge.obstacles(user, permission, project), "obstacles, {question}");
                    met.extend(told);
                    let of_project = what.projects().find(|row| row.id == project);
                    let cell = of_project.into_iter().flat_map(|row| row.permissions);
                    let cell = cell.into_iter().find(|row| row.permission == permission);
                    if let Some(cell) = cell {
                        let besides = cell.obstacles.iter().chain(&what.obstacles).collect::<BTreeSet<_>>();
                        assert_eq!(besides, row.obstacles.iter().collect(), "obstacles of what, {question}");
                    }
                }
            }
            assert_eq!(
                who.anonymous,
                judge.holders(permission, at).iter().any(|holder| word_of(holder) == "anyone")
            );
        }
    }
    for word in
        ["definite", "conditional", "latent", "unknown", "no", "browse_unknown", "application_unknown"]
    {
        assert!(met.contains(word), "no world has {word}");
    }
}

fn word_of(holder: &Holder) -> String {
    serde_json::to_value(holder).unwrap()["holder"].as_str().unwrap().to_owned()
}

#[test]
fn what_a_group_gives_is_what_somebody_has_who_is_in_it_alone() {
    for (seed, world) in worlds(1_500) {
        let graph = Graph::new(&world.facts);
        for group in &world.groups {
            let Ok(what) = graph.what(Principal::Group(group)) else { continue };
            let (group, user, direct) = (group.clone(), "somebody new".to_owned(), Certainty::Yes);
            let seat = Fact::Member(Member { group: group.clone(), user: user.clone(), direct });
            let facts: Vec<Fact> = world.facts.iter().cloned().chain([seat]).collect();
            let judge = Judge { facts: &facts };
            for (permission, place, at) in questions(&world) {
                // What everybody has is not given by the group.
                let mut holders = judge.holders(permission, at);
                holders.retain(|holder| **holder != Holder::Anyone);
                let wanted = judge.best(&user, permission, at, &holders) == Had::ForSure;
                let told = what.verdict(permission, place).unwrap();
                assert_eq!(
                    told == Verdict::Definite,
                    wanted,
                    "seed {seed}: {group} {permission} {place:?} {told:?}"
                );
            }
        }
        for (permission, place, at) in questions(&world) {
            let judge = Judge { facts: &world.facts };
            let holders = judge.holders(permission, at);
            let (anyone, signed_in) =
                (holders.contains(&&Holder::Anyone), holders.contains(&&Holder::LoggedIn));
            for (principal, wanted) in
                [(Principal::Anonymous, anyone), (Principal::LoggedIn, anyone || signed_in)]
            {
                let told = graph.what(principal).unwrap().verdict(permission, place).unwrap();
                assert_eq!(
                    told == Verdict::Definite,
                    wanted,
                    "seed {seed}: {principal:?} {permission} {place:?}"
                );
            }
        }
    }
}

#[test]
fn who_sees_a_level_is_who_browses_and_is_named() {
    for (seed, world) in worlds(3_000) {
        let (graph, judge) = (Graph::new(&world.facts), Judge { facts: &world.facts });
        for (project, level) in world.projects.iter().flat_map(|p| world.levels.iter().map(move |l| (p, l))) {
            let who = graph.who_sees(level, project).unwrap();
            for user in &world.users {
                let told = word(who.verdict(user).unwrap());
                assert_eq!(told, judge.sees(user, level, project), "seed {seed}: {user} {level} {project}");
            }
        }
    }
}

pub(crate) fn pieces_of_steps(steps: &[Step]) -> Pieces {
    let steps = steps.iter().filter_map(|step| {
        let fact = step.fact.as_ref()?;
        let part = step.part.as_ref().map(|part| format!("+{part}")).unwrap_or_default();
        Some(format!("{fact}{part}"))
    });
    steps.collect()
}

#[test]
fn each_yes_has_a_path_and_each_path_gives_it_by_its_own_facts_alone() {
    let mut looked_at = 0;
    for (seed, world) in worlds(1_000) {
        let graph = Graph::new(&world.facts);
        let all = all_pieces(&world.facts);
        for (permission, place, at) in questions(&world) {
            for user in &world.users {
                let why = graph.why(user, permission, place).unwrap();
                let has = |certainty: Sure| why.paths.iter().any(|path| path.certainty == certainty);
                let question = format!("seed {seed}: {user} {permission} {place:?}");
                assert_eq!(word(why.verdict), Judge { facts: &world.facts }.verdict(user, permission, at));
                assert_eq!(why.verdict == Verdict::Definite, has(Sure::Definite), "{question}");
                if why.verdict == Verdict::Conditional {
                    assert!(has(Sure::Conditional), "{question}");
                }
                for path in &why.paths {
                    let own = pieces_of_steps(&path.steps);
                    assert!(own.is_subset(&all), "{question}: {path:?}");
                    let left = without(&world.facts, &all.difference(&own).cloned().collect());
                    let judge = Judge { facts: &left };
                    let gives = match path.certainty {
                        Sure::Latent => judge.administers(user, permission, at),
                        Sure::Definite => judge.had(user, permission, at) == Had::ForSure,
                        Sure::Conditional => judge.had(user, permission, at) == Had::OnACondition,
                    };
                    assert!(gives, "{question}: {path:?}");
                    looked_at += 1;
                }
            }
        }
    }
    assert!(looked_at > 10_000);
}

#[test]
fn paths_are_all_smallest_sets_of_facts_that_give_it() {
    let mut looked_at = 0;
    for (seed, world) in worlds(200) {
        let graph = Graph::new(&world.facts);
        for (permission, place, at) in questions(&world) {
            for user in &world.users {
                let why = graph.why(user, permission, place).unwrap();
                let question = format!("seed {seed}: {user} {permission} {place:?}");
                let had = |facts: &[Fact], least: Had| Judge { facts }.had(user, permission, at) >= least;
                let administers = |facts: &[Fact]| Judge { facts }.administers(user, permission, at);
                let of = |wanted: &[Sure]| -> BTreeSet<Pieces> {
                    let paths = why.paths.iter().filter(|path| wanted.contains(&path.certainty));
                    let sets: Vec<Pieces> = paths.map(|path| pieces_of_steps(&path.steps)).collect();
                    let count = sets.len();
                    let sets: BTreeSet<Pieces> = sets.into_iter().collect();
                    assert_eq!(sets.len(), count, "no path twice, {question}");
                    sets
                };
                assert!(!why.is_cut_short);
                if let Some((paths, _)) = paths_and_cuts(&world.facts, |facts| had(facts, Had::ForSure)) {
                    assert_eq!(of(&[Sure::Definite]), paths, "{question}");
                    looked_at += paths.len();
                }
                let any = [Sure::Definite, Sure::Conditional];
                if let Some((paths, _)) = paths_and_cuts(&world.facts, |facts| had(facts, Had::OnACondition))
                {
                    assert_eq!(of(&any), paths, "on a condition too, {question}");
                }
                if let Some((paths, _)) = paths_and_cuts(&world.facts, administers) {
                    assert_eq!(of(&[Sure::Latent]), paths, "of administrators, {question}");
                }
            }
        }
    }
    assert!(looked_at > 1_000);
}
