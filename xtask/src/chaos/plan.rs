//! What one run plays, drawn from its seed before it begins. What the machine permits and which programs were built
//! changes nothing of the draws: it only leaves out what is not possible.

use super::clock::Jump;
use super::crash::{POINTS, Point, Step};
use super::deck::deal;
use super::faults::{self, Order};
use crate::draw::Draw;
use crate::site::{DcVersion, Flavor, Site};
use crate::store::StoreKind;
use serde_json::{Value, json};

/// Rounds of a run: the first sync of everything, then two of what has changed.
pub(super) const ROUNDS: usize = 3;

/// How many different kinds of faults have to be met.
pub(super) const FEWEST_FAULTS: usize = 3;

/// Kinds of faults that each run orders.
const KINDS: u64 = 4;

/// One run in so many has issues that are too large.
const MONSTERS: u64 = 24;

/// What else happens to a run, beside faults of requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Event {
    /// The site answers only so many requests a second.
    RateLimit,
    /// Searches see edits late.
    IndexLag,
    /// The clock of a process is wrong.
    ClockJump,
    /// A project goes into the trash while a sync runs, and comes back.
    ProjectTrash,
    /// A project is archived while a sync runs, and comes back.
    ProjectArchive,
    /// A permission is taken away while a sync runs, and given back.
    PermissionLoss,
    /// The scope is narrowed, and widened again.
    ScopeEdit,
    /// The credential is refused until it is given again.
    CredentialLost,
}

const EVENTS: [Event; 8] = [
    Event::RateLimit,
    Event::IndexLag,
    Event::ClockJump,
    Event::ProjectTrash,
    Event::ProjectArchive,
    Event::PermissionLoss,
    Event::ScopeEdit,
    Event::CredentialLost,
];

impl Event {
    /// Its word in the counts.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::RateLimit => "rate_limit",
            Self::IndexLag => "index_lag",
            Self::ClockJump => "clock_jump",
            Self::ProjectTrash => "project_trash",
            Self::ProjectArchive => "project_archive",
            Self::PermissionLoss => "permission_loss",
            Self::ScopeEdit => "scope_edit",
            Self::CredentialLost => "credential_lost",
        }
    }

    /// The edits with which a project goes and comes; none for other events.
    pub(super) fn pair(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::ProjectTrash => Some(("project_trash", "project_restore")),
            Self::ProjectArchive => Some(("project_archive", "project_restore")),
            Self::PermissionLoss => Some(("permission_revoke", "permission_grant")),
            _ => None,
        }
    }
}

/// What the machine permits.
#[derive(Debug, Clone, Default)]
pub(super) struct Means {
    /// Whether small disks can be mounted.
    pub(super) disks: bool,
    /// The library that lets the clock jump.
    pub(super) clock: Option<String>,
    /// Whether the programs have crash points.
    pub(super) crash_points: bool,
}

/// What is the same for all runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) store: StoreKind,
    /// A product instead of the one that the seed draws.
    pub(super) flavor: Option<Flavor>,
    /// A census in every run.
    pub(super) census: bool,
}

/// How a process is killed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kill {
    /// After so many milliseconds.
    After(u64),
    /// At a crash point, when it is reached for the so-manieth time.
    At(Point, u64),
}

/// A run before it begins.
#[derive(Debug)]
pub(super) struct Plan {
    /// The site.
    pub(super) site: Site,
    /// Its issues.
    pub(super) issues: usize,
    /// Flags of the simulator.
    pub(super) flags: Vec<&'static str>,
    /// Whether deletions and whole projects are among the edits, with a census to find them.
    pub(super) census: bool,
    /// What else happens.
    pub(super) event: Event,
    /// The project that goes, where one does.
    pub(super) project: &'static str,
    /// A project that is away is judged before it comes back.
    pub(super) stays_away: bool,
    /// The kinds of faults that have to be met.
    pub(super) kinds: Vec<&'static str>,
    /// The rounds.
    pub(super) rounds: Vec<Round>,
    /// The kill of a step that is not a round.
    pub(super) kill: Option<Kill>,
    /// The home is a small disk that has room only after a while.
    pub(super) small_disk: bool,
}

/// What happens around one sync.
#[derive(Debug)]
pub(super) struct Round {
    /// Edits before it, and while it runs; those without kinds are of drawn ones.
    pub(super) edits: Vec<Value>,
    /// Faults in its way.
    pub(super) faults: Vec<Order>,
    /// The process is killed.
    pub(super) kill: Option<Kill>,
    /// The limit of requests.
    pub(super) rate: Option<&'static str>,
    /// Restart the database server after so many milliseconds, at once or in order.
    pub(super) restart_after: Option<(u64, bool)>,
    /// How the clock of the process is wrong at the first try.
    pub(super) clock: Option<Jump>,
}

impl Round {
    /// One in which nothing happens.
    pub(super) fn nothing() -> Self {
        Self {
            edits: Vec::new(),
            faults: Vec::new(),
            kill: None,
            rate: None,
            restart_after: None,
            clock: None,
        }
    }
}

impl Plan {
    /// Draws it.
    pub(super) fn draw(seed: u64, rules: &Rules, means: &Means) -> Self {
        let mut draw = Draw::new(seed, 1);
        let (flavor, number) = flavor_of(seed, rules.flavor);
        let site = site(flavor, &mut draw);
        let point = POINTS[(seed / 4 % POINTS.len() as u64) as usize];
        // Every second run has a kill, every second of these at a crash point.
        let kill = match seed % 4 {
            0 => Some(Kill::After(0)),
            2 if means.crash_points => Some(Kill::At(point, 1)),
            2 => Some(Kill::After(0)),
            _ => None,
        };
        let killed_at = |step| matches!(kill, Some(Kill::At(point, _)) if point.step == step);
        let dealt = deal(&EVENTS, seed, 1, 2).first().copied().unwrap_or(Event::RateLimit);
        let event = if killed_at(Step::Edit) { Event::ScopeEdit } else { dealt };
        let with_census = draw.chance(50);
        let census = rules.census || with_census || event.pair().is_some() || killed_at(Step::Verify);
        let kinds = deal(&faults::kinds_of(flavor), number, KINDS, 3);
        let killed_round = draw.range(0, ROUNDS as u64) as usize;
        let mut rounds: Vec<Round> =
            (0..ROUNDS).map(|round| self::round(&mut draw, round, rules.store)).collect();
        for kind in &kinds {
            let round =
                if faults::wants_everything(kind) { 0 } else { draw.range(0, ROUNDS as u64) as usize };
            rounds[round].faults.extend(faults::orders(kind, flavor, &mut draw, requests(round)));
        }
        let mut plan = Self {
            site,
            issues: 300 + draw.range(0, 60) as usize,
            flags: flags(seed, &mut draw),
            census,
            event,
            project: draw.pick(&["APOLLO", "BEACON", "CEDAR"]).copied().unwrap_or("APOLLO"),
            stays_away: draw.chance(50),
            kinds,
            rounds,
            kill: None,
            small_disk: rules.store == StoreKind::Sqlite && seed % 8 == 3 && means.disks,
        };
        plan.place_event(&mut draw, means);
        plan.place_kill(&mut draw, kill, killed_round);
        plan
    }

    fn place_event(&mut self, draw: &mut Draw, means: &Means) {
        let round = draw.range(0, ROUNDS as u64) as usize;
        let jump = Jump::draw(draw, milliseconds(round));
        match self.event {
            Event::ClockJump if means.clock.is_some() => self.rounds[round].clock = Some(jump),
            Event::RateLimit => self.rounds[round].rate = Some(limit(self.site.flavor, round)),
            _ => {}
        }
        if let Some((goes, _)) = self.event.pair() {
            let after = draw.range(1, requests(1));
            let edit = json!({ "kind": goes, "subject": self.project, "after_requests": after });
            self.rounds[1].edits.push(edit);
        }
    }

    fn place_kill(&mut self, draw: &mut Draw, kill: Option<Kill>, round: usize) {
        let milliseconds = draw.range(20, milliseconds(round));
        let times = draw.range(1, if round == 0 { 7 } else { 3 });
        match kill {
            None => {}
            Some(Kill::After(_)) => self.rounds[round].kill = Some(Kill::After(milliseconds)),
            Some(Kill::At(point, _)) if point.step == Step::Sync => {
                let times = if point.name.starts_with("batch.") { times } else { 1 };
                self.rounds[round].kill = Some(Kill::At(point, times));
            }
            at_a_step => self.kill = at_a_step,
        }
    }
}

/// Every third run is of Data Center, unless a product was named; and which of the runs of its product it is.
fn flavor_of(seed: u64, named: Option<Flavor>) -> (Flavor, u64) {
    match (named, seed % 3) {
        (Some(flavor), _) => (flavor, seed),
        (None, 2) => (Flavor::Dc, seed / 3),
        (None, third) => (Flavor::Cloud, seed / 3 * 2 + third),
    }
}

fn site(flavor: Flavor, draw: &mut Draw) -> Site {
    let dc_version = draw.pick(&DcVersion::ALL).copied().unwrap_or_default();
    let (shuffled_ids, two_nodes) = (draw.chance(25), draw.chance(25));
    match flavor {
        Flavor::Cloud => Site::default(),
        Flavor::Dc => Site { flavor, dc_version, shuffled_ids, two_nodes },
    }
}

fn flags(seed: u64, draw: &mut Draw) -> Vec<&'static str> {
    let mut flags = Vec::new();
    if draw.chance(30) {
        flags.push("--gzip");
    }
    if draw.chance(30) {
        flags.push("--reorder");
    }
    if seed % MONSTERS == 5 {
        flags.push("--monsters");
    }
    flags
}

/// A limit that a sync runs into: of each endpoint on Cloud, of all requests on Data Center.
fn limit(flavor: Flavor, round: usize) -> &'static str {
    match (flavor, round) {
        (Flavor::Cloud, 0) => "3/s+2",
        (Flavor::Cloud, _) => "2/s+1",
        (Flavor::Dc, 0) => "16/s+8",
        (Flavor::Dc, _) => "8/s+3",
    }
}

/// A sync of everything takes longer than one of what has changed.
fn milliseconds(round: usize) -> u64 {
    if round == 0 { 1_500 } else { 600 }
}

/// A sync of everything asks more than one of what has changed.
fn requests(round: usize) -> u64 {
    if round == 0 { 40 } else { 12 }
}

fn round(draw: &mut Draw, number: usize, store: StoreKind) -> Round {
    let mut edits = Vec::new();
    if number > 0 {
        edits.push(edit(draw, None));
    }
    for _ in 0..draw.range(1, 3) {
        let after = draw.range(1, requests(number));
        edits.push(edit(draw, Some(after)));
    }
    if draw.chance(20) {
        // Sites speak the languages of their people.
        let name = draw.pick(&["Zu erledigen", "進行中", "Terminé", "В работе"]).copied().unwrap_or_default();
        edits.push(json!({ "kind": "status_rename", "value": name, "seed": draw.range(1, 1 << 40), "after_requests": 1 }));
    }
    let restart = (draw.chance(35), draw.range(20, milliseconds(number)), draw.chance(50));
    Round {
        edits,
        faults: Vec::new(),
        kill: None,
        rate: None,
        restart_after: (store == StoreKind::Postgres && restart.0).then_some((restart.1, restart.2)),
        clock: None,
    }
}

fn edit(draw: &mut Draw, after: Option<u64>) -> Value {
    let mut edits = json!({ "seed": draw.range(1, 1 << 40), "count": draw.range(4, 16) });
    if let Some(after) = after {
        edits["after_requests"] = json!(after);
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    const RULES: Rules = Rules { store: StoreKind::Sqlite, flavor: None, census: false };

    fn all_means() -> Means {
        Means { disks: true, clock: Some("lib".to_owned()), crash_points: true }
    }

    fn has_kill(plan: &Plan) -> bool {
        plan.kill.is_some() || plan.rounds.iter().any(|round| round.kill.is_some())
    }

    #[test]
    fn a_seed_draws_the_same_run_and_every_second_run_has_a_kill() {
        for seed in 0..200 {
            let plan = Plan::draw(seed, &RULES, &all_means());
            assert_eq!(format!("{plan:?}"), format!("{:?}", Plan::draw(seed, &RULES, &all_means())));
            assert_eq!(has_kill(&plan), seed % 2 == 0, "seed {seed}");
            assert!(plan.issues >= 300 && plan.kinds.len() >= FEWEST_FAULTS);
        }
    }

    #[test]
    fn a_thousand_runs_and_two_hundred_meet_everything_more_than_fifty_times() {
        let mut met: BTreeMap<&str, u64> = BTreeMap::new();
        for (store, runs) in [(StoreKind::Sqlite, 1_000), (StoreKind::Postgres, 200)] {
            for seed in 1..=runs {
                let plan = Plan::draw(seed, &Rules { store, ..RULES }, &all_means());
                let mut kinds = plan.kinds.clone();
                kinds.dedup();
                kinds.push(plan.event.word());
                for (word, is) in [
                    ("disk", plan.small_disk),
                    ("restart", plan.rounds.iter().any(|round| round.restart_after.is_some())),
                    ("monsters", plan.flags.contains(&"--monsters")),
                ] {
                    kinds.extend(is.then_some(word));
                }
                for kind in kinds {
                    *met.entry(kind).or_default() += 1;
                }
            }
        }
        for flavor in [Flavor::Cloud, Flavor::Dc] {
            assert!(faults::kinds_of(flavor).iter().all(|kind| met.contains_key(kind)));
        }
        assert!(met.values().all(|times| *times >= 50), "{met:?}");
    }

    #[test]
    fn what_is_not_possible_changes_nothing_else() {
        let (all, none) = (Plan::draw(21, &RULES, &all_means()), Plan::draw(21, &RULES, &Means::default()));
        assert_eq!(format!("{:?}", all.rounds[0].edits), format!("{:?}", none.rounds[0].edits));
        assert_eq!((all.issues, all.kinds.clone()), (none.issues, none.kinds.clone()));
    }
}
