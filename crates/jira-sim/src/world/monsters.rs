//! Issues that are too large: one with ten thousand histories, one with five thousand comments, and one whose comments
//! together are 32 MB of text.

use std::sync::Arc;

use super::World;
use super::issue::{Change, Comment, History, Issue, Visibility};
use super::text::{Body, Place};

const HISTORIES: u32 = 10_000;
const COMMENTS: u32 = 5_000;
/// Of 32,767 characters each.
const LONG_COMMENTS: u32 = 1_000;

/// Where the monsters are among the issues: histories, comments, text.
const PLACES: [usize; 3] = [2, 3, 4];

pub(super) fn grow(world: &mut World) {
    if world.issues.len() <= PLACES[2] {
        return;
    }
    histories(world);
    let longest = world.pool.blocks.len() as u16 - 1;
    comments(world, PLACES[1], COMMENTS, &[]);
    comments(world, PLACES[2], LONG_COMMENTS, &[longest]);
}

/// The keys of the monsters: of histories, of comments, of text.
pub(crate) fn keys(world: &World) -> Vec<String> {
    let there = world.spec.monsters && world.issues.len() > PLACES[2];
    PLACES.iter().filter(|_| there).map(|at| world.key(*at as u32)).collect()
}

/// The n-th of so many instants between the creation of an issue and its last change.
fn instant(issue: &Issue, number: u32, of: u32) -> i64 {
    issue.created + (issue.updated - issue.created) / i64::from(of + 1) * i64::from(number + 1)
}

fn histories(world: &mut World) {
    let first = world.counters.history;
    world.counters.history += HISTORIES;
    let issue = Arc::make_mut(&mut world.issues[PLACES[0]]);
    for number in 0..HISTORIES {
        let created = instant(issue, number, HISTORIES);
        let items = vec![Change::Rank];
        issue.histories.push(History { id: first + 1 + number, author: Some(issue.creator), created, items });
    }
    issue.histories.sort_by_key(|history| (history.created, history.id));
}

fn comments(world: &mut World, place: usize, count: u32, blocks: &[u16]) {
    let first = world.counters.comment;
    world.counters.comment += count;
    let desk = world.projects[world.issues[place].project as usize].kind == super::project::Type::ServiceDesk;
    let issue = Arc::make_mut(&mut world.issues[place]);
    for number in 0..count {
        let (id, created) = (first + 1 + number, instant(issue, number, count));
        issue.comments.push(Comment {
            id,
            author: Some(issue.creator),
            update_author: Some(issue.creator),
            created,
            updated: created,
            body: Body { place: Place::Comment, serial: id, blocks: blocks.into() },
            visibility: Visibility::Everyone,
            public: desk.then_some(true),
        });
    }
    issue.comments.sort_by_key(|comment| (comment.created, comment.id));
}
