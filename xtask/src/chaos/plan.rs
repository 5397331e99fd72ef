//! What one run plays, drawn from its seed before it begins.

use super::clock::JUMPS;
use super::draw::Draw;
use super::faults::{self, Fault};
use crate::site::{Flavor, Site};
use crate::store::StoreKind;
use serde_json::{Value, json};

/// Rounds of a run: the first sync of everything, then two of what has changed.
pub(super) const ROUNDS: usize = 3;

/// How many different faults have to be met.
pub(super) const FEWEST_FAULTS: usize = 3;

/// What the machine permits.
#[derive(Debug, Clone, Default)]
pub(super) struct Means {
    /// Whether small disks can be mounted.
    pub(super) disks: bool,
    /// The library that lets the clock jump.
    pub(super) clock: Option<String>,
}

/// A run before it begins.
#[derive(Debug)]
pub(super) struct Plan {
    /// Issues of the site.
    pub(super) issues: usize,
    /// The rounds.
    pub(super) rounds: Vec<Round>,
    /// Faults for the case that too few were met.
    pub(super) spare: Vec<Value>,
    /// The home is a small disk that has room only after a while.
    pub(super) small_disk: bool,
}

/// What happens around one sync.
#[derive(Debug)]
pub(super) struct Round {
    /// Edits before it, and while it runs.
    pub(super) edits: Vec<Value>,
    /// Faults in its way.
    pub(super) faults: Vec<Value>,
    /// Kill the process after so many milliseconds.
    pub(super) kill_after: Option<u64>,
    /// Restart the database server after so many milliseconds, at once or in order.
    pub(super) restart_after: Option<(u64, bool)>,
    /// By how much the clock of the process is wrong at the first try.
    pub(super) clock: Option<&'static str>,
}

impl Plan {
    /// Draws it. `kinds` are the edits that a sync notices.
    /// With a census, projects and permissions come and go too.
    pub(super) fn draw(
        seed: u64,
        site: Site,
        store: StoreKind,
        means: &Means,
        kinds: &[String],
        census: bool,
    ) -> Self {
        let mut draw = Draw::new(seed, 1);
        let known = faults::of(site.flavor);
        // Which round is killed, in every second run.
        let killed = seed.is_multiple_of(2).then(|| draw.range(0, ROUNDS as u64) as usize);
        let rounds = (0..ROUNDS).map(|number| round(&mut draw, number, killed, store, means, kinds, &known));
        let mut rounds: Vec<Round> = rounds.collect();
        if census {
            for round in &mut rounds {
                round.edits.extend(away(&mut draw));
            }
        }
        let spare = (0..12).filter_map(|_| draw.pick(&known).cloned());
        let spare: Vec<Fault> = spare.collect();
        let spare = spare.iter().flat_map(|fault| fault.orders(&mut draw, 1)).collect();
        Self {
            issues: 300 + draw.range(0, 60) as usize,
            rounds,
            spare,
            small_disk: means.disks && store == StoreKind::Sqlite && seed % 8 == 3,
        }
    }
}

fn round(
    draw: &mut Draw,
    number: usize,
    killed: Option<usize>,
    store: StoreKind,
    means: &Means,
    kinds: &[String],
    known: &[Fault],
) -> Round {
    let full = number == 0;
    // A sync of everything asks more than one of what has changed.
    let (requests, milliseconds) = if full { (45, 2_500) } else { (14, 900) };
    let mut edits = Vec::new();
    if !full {
        edits.push(edit(draw, kinds, None));
    }
    for _ in 0..draw.range(1, 3) {
        let after = draw.range(1, requests);
        edits.push(edit(draw, kinds, Some(after)));
    }
    let mut faults = Vec::new();
    for _ in 0..draw.range(1, 4) {
        faults.extend(draw.pick(known).cloned().into_iter().flat_map(|fault| fault.orders(draw, requests)));
    }
    let jumps = means.clock.is_some() && draw.chance(20);
    Round {
        edits,
        faults,
        kill_after: (killed == Some(number)).then(|| draw.range(20, milliseconds)),
        restart_after: (store == StoreKind::Postgres && draw.chance(35))
            .then(|| (draw.range(20, milliseconds), draw.chance(50))),
        clock: if jumps { draw.pick(&JUMPS).copied() } else { None },
    }
}

fn edit(draw: &mut Draw, kinds: &[String], after: Option<u64>) -> Value {
    let mut edits = json!({ "seed": draw.range(1, 1 << 40), "count": draw.range(4, 16), "kinds": kinds });
    if let Some(after) = after {
        edits["after_requests"] = json!(after);
    }
    edits
}

/// A project or a permission that goes while a sync runs, and comes back after some requests, or not.
fn away(draw: &mut Draw) -> Vec<Value> {
    const PAIRS: [(&str, &str); 3] = [
        ("project_trash", "project_restore"),
        ("project_archive", "project_restore"),
        ("permission_revoke", "permission_grant"),
    ];
    const PROJECTS: [&str; 3] = ["APOLLO", "BEACON", "CEDAR"];
    let (Some((goes, comes)), Some(project)) = (draw.pick(&PAIRS), draw.pick(&PROJECTS)) else {
        return Vec::new();
    };
    let after = draw.range(1, 20);
    let one = |kind: &str, after: u64| json!({ "kind": kind, "subject": project, "after_requests": after });
    let mut edits = vec![one(goes, after)];
    if draw.chance(60) {
        edits.push(one(comes, after + draw.range(1, 30)));
    }
    edits
}

/// The plain words of a flavor, for the command that plays a run again.
pub(super) fn flags_of(site: Site) -> String {
    let mut flags = String::new();
    if site.flavor == Flavor::Dc {
        flags.push_str(&format!(" --flavor dc --dc-version {}", site.dc_version.word()));
    }
    if site.shuffled_ids {
        flags.push_str(" --shuffled-ids");
    }
    if site.two_nodes {
        flags.push_str(" --two-nodes");
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_draws_the_same_run_and_every_second_run_has_a_kill() {
        let kinds = ["summary".to_owned()];
        let plan = |seed| {
            Plan::draw(seed, Site::default(), StoreKind::Sqlite, &Means::default(), &kinds, seed % 3 == 0)
        };
        assert_eq!(format!("{:?}", plan(5)), format!("{:?}", plan(5)));
        for seed in 0..40 {
            let kills = plan(seed).rounds.iter().filter(|round| round.kill_after.is_some()).count();
            assert_eq!(kills, usize::from(seed % 2 == 0));
            assert!(plan(seed).issues >= 300);
        }
    }
}
