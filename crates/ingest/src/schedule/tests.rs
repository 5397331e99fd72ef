//! Schedulers on one store, on each database. Their work is noted instead of done, and the clock is moved by hand.

use super::{
    Hands, ScheduleState, Scheduler, Selection,
    samples::{ADDED, numbered},
    show,
    turn::Turn,
    work::Work,
};
use crate::{SyncReport, VerifyReport};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tokio::sync::Semaphore;
use weir_model::{
    Asked, Integration, Message, Millis, Requester, RunId, RunRequest, RunResult, Trigger, Verdict,
};
use weir_source::{CancellationToken, Progress};
use weir_store::{Lease, LeaseHolder, Store};
use weir_testkit::{SeededEntropy, TempStore, TestClock, for_each_engine};

const MINUTE: i64 = 60_000;

/// What runs do.
#[derive(Clone, Debug)]
enum Does {
    Succeed,
    Fail(Message),
    /// Wait until they are asked to stop.
    Stay,
}

/// Notes what is run.
struct Noted {
    ran: Mutex<Vec<(String, Trigger, bool)>>,
    does: Mutex<HashMap<String, Does>>,
    /// Tokens of the schedulers that cannot open credentials.
    unfit: Mutex<Vec<u64>>,
    side_by_side: Mutex<(usize, usize)>,
    begun: Semaphore,
}

impl Noted {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            ran: Mutex::default(),
            does: Mutex::default(),
            unfit: Mutex::default(),
            side_by_side: Mutex::default(),
            begun: Semaphore::new(0),
        })
    }

    fn runs_of(&self, name: &str) -> usize {
        self.ran.lock().expect("a lock").iter().filter(|(ran, ..)| ran == name).count()
    }

    fn last(&self) -> Option<(String, Trigger, bool)> {
        self.ran.lock().expect("a lock").last().cloned()
    }

    fn let_do(&self, name: &str, does: Does) {
        self.does.lock().expect("a lock").insert(name.to_owned(), does);
    }

    async fn run(
        &self,
        integration: &Integration,
        trigger: Trigger,
        thorough: bool,
        cancel: &CancellationToken,
    ) -> Result<(), Message> {
        self.ran.lock().expect("a lock").push((integration.name.clone(), trigger, thorough));
        {
            let mut beside = self.side_by_side.lock().expect("a lock");
            beside.0 += 1;
            beside.1 = beside.1.max(beside.0);
        }
        self.begun.add_permits(1);
        tokio::task::yield_now().await;
        let does = self.does.lock().expect("a lock").get(&integration.name).cloned();
        let outcome = match does.unwrap_or(Does::Succeed) {
            Does::Succeed => Ok(()),
            Does::Fail(message) => Err(message),
            Does::Stay => {
                cancel.cancelled().await;
                Err(Message::Interrupted {})
            }
        };
        self.side_by_side.lock().expect("a lock").0 -= 1;
        outcome
    }
}

/// A worker's hands, which note in common, with the token of their scheduler.
struct Fake(Arc<Noted>, u64);

#[async_trait::async_trait]
impl Work for Fake {
    async fn is_ready(&self) -> Result<(), Message> {
        match self.0.unfit.lock().expect("a lock").contains(&self.1) {
            true => Err(Message::SealBroken { name: "a credential".into() }),
            false => Ok(()),
        }
    }

    async fn sync(
        &self,
        integration: &Integration,
        _lease: &Lease,
        request: Option<&RunRequest>,
        _progress: Arc<Progress>,
        cancel: CancellationToken,
    ) -> Result<SyncReport, (Message, Box<SyncReport>)> {
        let report = SyncReport { result: RunResult::Success, ..SyncReport::not_begun(integration) };
        let trigger = request.map_or(Trigger::Schedule, |_| Trigger::Manual);
        let full = request.is_some_and(|request| request.thorough);
        match self.0.run(integration, trigger, full, &cancel).await {
            Ok(()) => Ok(report),
            Err(message) => Err((message, Box::new(report))),
        }
    }

    async fn verify(
        &self,
        integration: &Integration,
        _lease: &Lease,
        request: &RunRequest,
        cancel: CancellationToken,
    ) -> Result<VerifyReport, Message> {
        self.0.run(integration, Trigger::Verify, request.thorough, &cancel).await?;
        Ok(VerifyReport {
            integration: integration.name.clone(),
            run_id: RunId::generate(ADDED, &SeededEntropy::new(1)),
            verdict: Verdict::Equal,
            projects: vec![],
            archived: vec![],
        })
    }
}

/// A scheduler of a process of its own.
fn scheduler(
    store: &Store,
    clock: &Arc<TestClock>,
    noted: &Arc<Noted>,
    token: u64,
    workers: usize,
) -> Scheduler {
    let turn = Turn {
        store: store.clone(),
        clock: Arc::clone(clock) as _,
        holder: LeaseHolder { token: token.to_string(), pid: 1, host: format!("host {token}") },
        tell: None,
        work: Box::new(Fake(Arc::clone(noted), token)),
    };
    Scheduler::with(turn, Selection::All, workers)
}

/// Begins what is due and waits for it to end; nobody rests.
async fn round(scheduler: &mut Scheduler, stop: &CancellationToken) {
    let mut hands = Hands::default();
    loop {
        scheduler.begin(&mut hands, stop).await;
        if hands.running.is_empty() {
            return;
        }
        while hands.one_ended().await.is_some() {}
    }
}

fn by(name: &str) -> Requester {
    Requester { id: None, name: name.to_owned() }
}

async fn added(temp: &TempStore, count: u64, minutes: u32) -> Vec<Integration> {
    let mut all = vec![];
    for seed in 1..=count {
        let one = numbered(seed, minutes);
        temp.store.add_integration(&one, "").await.expect("it is added");
        all.push(one);
    }
    all
}

/// A store with this many integrations, and a scheduler that has run each of them once.
async fn begun(temp: &TempStore, count: u64) -> (Vec<Integration>, Arc<Noted>, Scheduler) {
    let all = added(temp, count, 15).await;
    let noted = Noted::new();
    let mut first = scheduler(&temp.store, &temp.clock, &noted, 1, 4);
    round(&mut first, &CancellationToken::new()).await;
    (all, noted, first)
}

async fn state(temp: &TempStore, integration: &Integration) -> (ScheduleState, String) {
    let shown = show(&temp.store, integration, now(temp)).await.expect("it is shown");
    (shown.state, shown.reason)
}

fn now(temp: &TempStore) -> Millis {
    weir_model::Clock::now(temp.clock.as_ref())
}

#[tokio::test]
async fn a_server_that_cannot_open_credentials_leaves_the_work_to_others() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let all = added(&temp, 2, 15).await;
        let noted = Noted::new();
        let stop = CancellationToken::new();
        let mut without = scheduler(&temp.store, &temp.clock, &noted, 1, 3);
        let mut with = scheduler(&temp.store, &temp.clock, &noted, 2, 3);
        noted.unfit.lock().expect("a lock").push(1);
        temp.store.request_run(&all[0].id, Asked::Sync, false, &by("ada")).await.expect("it is asked");
        round(&mut without, &stop).await;
        assert_eq!(noted.last(), None, "{}", engine.label());
        round(&mut with, &stop).await;
        for one in &all {
            assert_eq!(noted.runs_of(&one.name), 1, "{} on {}", one.name, engine.label());
        }
        assert_eq!(
            noted
                .ran
                .lock()
                .expect("a lock")
                .iter()
                .filter(|(_, trigger, _)| *trigger == Trigger::Manual)
                .count(),
            1
        );
        assert_eq!(state(&temp, &all[1]).await.0, ScheduleState::Waiting, "nobody was put off");
    })
    .await;
}

#[tokio::test]
async fn two_schedulers_on_one_store_run_each_due_time_once() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let all = added(&temp, 6, 15).await;
        let noted = Noted::new();
        let stop = CancellationToken::new();
        // Each process has connections of its own.
        let other = Store::open(&temp.place.address(), Arc::clone(&temp.clock) as _).await.expect("it opens");
        let mut first = scheduler(&temp.store, &temp.clock, &noted, 1, 3);
        let mut second = scheduler(&other, &temp.clock, &noted, 2, 3);
        for ran in 1..=8 {
            tokio::join!(round(&mut first, &stop), round(&mut second, &stop));
            for one in &all {
                assert_eq!(noted.runs_of(&one.name), ran, "{} on {}, round {ran}", one.name, engine.label());
            }
            temp.clock.advance(15 * MINUTE);
        }
        assert!(temp.store.missed_totals().await.expect("totals").is_empty(), "{}", engine.label());
        other.close().await.expect("it closes");
    })
    .await;
}

#[tokio::test]
async fn several_integrations_are_run_side_by_side_and_no_more_than_there_are_workers() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        added(&temp, 9, 15).await;
        let noted = Noted::new();
        let mut scheduler = scheduler(&temp.store, &temp.clock, &noted, 1, 3);
        let stop = CancellationToken::new();
        for seed in 1..=9 {
            noted.let_do(&format!("integration {seed}"), Does::Stay);
        }
        let mut hands = Hands::default();
        scheduler.begin(&mut hands, &stop).await;
        noted.begun.acquire_many(3).await.expect("three begin").forget();
        scheduler.begin(&mut hands, &stop).await;
        assert_eq!(hands.running.len(), 3, "{}", engine.label());
        stop.cancel();
        while hands.one_ended().await.is_some() {}
        assert_eq!(noted.side_by_side.lock().expect("a lock").1, 3, "{}", engine.label());
    })
    .await;
}

#[tokio::test]
async fn a_scheduler_that_is_killed_in_the_middle_of_a_run_is_followed() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let label = engine.label();
        let (all, noted, mut first) = begun(&temp, 1).await;
        let name = all[0].name.as_str();
        temp.clock.advance(15 * MINUTE);
        noted.let_do(name, Does::Stay);
        let stop = CancellationToken::new();
        let mut hands = Hands::default();
        first.begin(&mut hands, &stop).await;
        noted.begun.acquire_many(2).await.expect("it begins").forget();
        // Killed: nothing of it is awaited, and the lease stays behind.
        hands.running.abort_all();
        while hands.one_ended().await.is_some() {}
        noted.let_do(name, Does::Succeed);
        let mut second = scheduler(&temp.store, &temp.clock, &noted, 2, 1);
        let mut hands = Hands::default();
        second.begin(&mut hands, &stop).await;
        while hands.one_ended().await.is_some() {}
        assert_eq!(noted.runs_of(name), 2, "its lease holds still, on {label}");
        temp.clock.advance(2 * MINUTE);
        round(&mut second, &stop).await;
        assert_eq!(noted.runs_of(name), 3, "then it is followed, on {label}");
        round(&mut second, &stop).await;
        assert_eq!(noted.runs_of(name), 3, "once, on {label}");
        assert!(temp.store.missed_runs(&all[0].id, 10).await.expect("rows").is_empty(), "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_run_that_is_interrupted_by_the_end_of_the_server_stays_due() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let (all, noted, first) = begun(&temp, 1).await;
        let name = all[0].name.clone();
        temp.clock.advance(15 * MINUTE);
        noted.let_do(&name, Does::Stay);
        let stop = CancellationToken::new();
        let running = tokio::spawn(first.run(stop.clone()));
        noted.begun.acquire_many(2).await.expect("it begins").forget();
        stop.cancel();
        running.await.expect("it ends in order");
        noted.let_do(&name, Does::Succeed);
        let mut next = scheduler(&temp.store, &temp.clock, &noted, 2, 1);
        round(&mut next, &CancellationToken::new()).await;
        assert_eq!(noted.runs_of(&name), 3, "at once, on {}", engine.label());
    })
    .await;
}

#[tokio::test]
async fn a_server_that_was_down_shows_what_it_missed_and_makes_up_once() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let label = engine.label();
        let (all, noted, mut scheduler) = begun(&temp, 1).await;
        assert_eq!(state(&temp, &all[0]).await.0, ScheduleState::Waiting, "{label}");
        temp.clock.advance(4 * 60 * MINUTE);
        let (state_now, reason) = state(&temp, &all[0]).await;
        assert_eq!(state_now, ScheduleState::Missed, "{label}");
        assert!(reason.starts_with("16 runs were missed since "), "{reason}, on {label}");
        round(&mut scheduler, &CancellationToken::new()).await;
        assert_eq!(noted.runs_of(&all[0].name), 2, "{label}");
        assert_eq!(state(&temp, &all[0]).await.0, ScheduleState::Waiting, "{label}");
        let missed = temp.store.missed_runs(&all[0].id, 10).await.expect("rows");
        assert_eq!(missed.iter().map(|one| one.runs).collect::<Vec<_>>(), [15], "{label}");
        assert_eq!(temp.store.missed_totals().await.expect("totals").get(&all[0].id), Some(&15), "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_failure_is_shown_with_its_reason_and_tried_again_until_it_succeeds() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let label = engine.label();
        let (all, noted, mut scheduler) = begun(&temp, 1).await;
        let name = all[0].name.clone();
        noted.let_do(&name, Does::Fail(Message::NetTimeout { host: "acme".into(), seconds: 60 }));
        temp.clock.advance(15 * MINUTE);
        let stop = CancellationToken::new();
        for failures in 1..=12 {
            round(&mut scheduler, &stop).await;
            assert_eq!(noted.runs_of(&name), failures + 1, "{label}");
            let shown = show(&temp.store, &all[0], now(&temp)).await.expect("it is shown");
            assert_eq!(shown.state, ScheduleState::BackingOff, "{label}");
            assert!(shown.reason.contains("net.timeout"), "{}", shown.reason);
            let next = shown.next_at.expect("there always is a next time");
            assert!(next > now(&temp) && next.since(now(&temp)) <= 66 * MINUTE, "{label}");
            temp.clock.set(Millis(next.0 - 1));
            round(&mut scheduler, &stop).await;
            assert_eq!(noted.runs_of(&name), failures + 1, "not before its time, on {label}");
            temp.clock.set(next);
        }
        noted.let_do(&name, Does::Succeed);
        round(&mut scheduler, &stop).await;
        let shown = show(&temp.store, &all[0], now(&temp)).await.expect("it is shown");
        assert_eq!((shown.state, shown.failures), (ScheduleState::Waiting, 0), "{label}");
        let missed = temp.store.missed_runs(&all[0].id, 10).await.expect("rows");
        assert!(missed.is_empty(), "waiting after a failure is no missing, on {label}");
    })
    .await;
}

#[tokio::test]
async fn a_fresh_credential_ends_the_waiting_also_when_it_comes_while_the_old_one_is_tried() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let label = engine.label();
        let (all, noted, mut scheduler) = begun(&temp, 1).await;
        let name = all[0].name.clone();
        noted.let_do(&name, Does::Fail(Message::AuthRevoked {}));
        temp.clock.advance(15 * MINUTE);
        let stop = CancellationToken::new();
        round(&mut scheduler, &stop).await;
        assert_eq!(state(&temp, &all[0]).await.0, ScheduleState::BackingOff, "{label}");
        temp.clock.advance(1);
        temp.store.due_at_once(&all[0].id).await.expect("it is due");
        noted.let_do(&name, Does::Succeed);
        round(&mut scheduler, &stop).await;
        assert_eq!(noted.runs_of(&name), 3, "{label}");

        temp.clock.advance(15 * MINUTE);
        noted.let_do(&name, Does::Stay);
        let trying = CancellationToken::new();
        let mut hands = Hands::default();
        scheduler.begin(&mut hands, &trying).await;
        noted.begun.acquire_many(4).await.expect("it begins").forget();
        temp.clock.advance(1);
        temp.store.due_at_once(&all[0].id).await.expect("it is due");
        trying.cancel();
        while hands.one_ended().await.is_some() {}
        noted.let_do(&name, Does::Succeed);
        round(&mut scheduler, &stop).await;
        assert_eq!(noted.runs_of(&name), 5, "{label}");
    })
    .await;
}

#[tokio::test]
async fn what_is_paused_is_left_alone_until_then_and_is_due_afterwards() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let label = engine.label();
        let (all, noted, mut scheduler) = begun(&temp, 2).await;
        let stop = CancellationToken::new();
        let until = Millis(now(&temp).0 + 120 * MINUTE);
        temp.store.pause(&all[0].id, "ann", Some(until)).await.expect("it is paused");
        temp.store.pause(&all[1].id, "bob", None).await.expect("it is paused");
        temp.clock.advance(60 * MINUTE);
        round(&mut scheduler, &stop).await;
        assert_eq!((noted.runs_of(&all[0].name), noted.runs_of(&all[1].name)), (1, 1), "{label}");
        let (paused, reason) = state(&temp, &all[0]).await;
        assert_eq!(paused, ScheduleState::Paused, "{label}");
        assert!(reason.starts_with("Paused by ann at 2026-") && reason.contains(", until 2026-"), "{reason}");
        let reason = state(&temp, &all[1]).await.1;
        assert!(reason.starts_with("Paused by bob at 2026-"), "{label}: {reason}");
        assert!(reason.ends_with(", until it is resumed."), "{label}: {reason}");

        temp.clock.set(until);
        assert!(!temp.store.paused(&all[0].id).await.expect("an answer"), "{label}");
        round(&mut scheduler, &stop).await;
        assert_eq!((noted.runs_of(&all[0].name), noted.runs_of(&all[1].name)), (2, 1), "{label}");
        temp.store.resume(&all[1].id).await.expect("it is resumed");
        round(&mut scheduler, &stop).await;
        assert_eq!(noted.runs_of(&all[1].name), 2, "{label}");
        assert!(temp.store.missed_totals().await.expect("totals").is_empty(), "{label}");
    })
    .await;
}

#[tokio::test]
async fn what_is_asked_for_is_done_once_by_whoever_comes_first_also_while_it_is_paused() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let label = engine.label();
        let (all, noted, mut first) = begun(&temp, 1).await;
        let (id, name) = (all[0].id, all[0].name.clone());
        let mut second = scheduler(&temp.store, &temp.clock, &noted, 2, 1);
        let stop = CancellationToken::new();
        temp.store.pause(&id, "ann", None).await.expect("it is paused");
        temp.store.request_run(&id, Asked::Sync, false, &by("ann")).await.expect("it is asked for");
        temp.store.request_run(&id, Asked::Sync, true, &by("bob")).await.expect("it is asked for again");
        tokio::join!(round(&mut first, &stop), round(&mut second, &stop));
        assert_eq!(noted.runs_of(&name), 2, "{label}");
        assert_eq!(noted.last(), Some((name.clone(), Trigger::Manual, true)), "{label}");

        temp.store.request_run(&id, Asked::Verify, false, &by("ann")).await.expect("it is asked for");
        // A failure answers it too: whoever asked sees the run.
        noted.let_do(&name, Does::Fail(Message::AuthRevoked {}));
        tokio::join!(round(&mut first, &stop), round(&mut second, &stop));
        assert_eq!(noted.last(), Some((name.clone(), Trigger::Verify, false)), "{label}");
        assert_eq!(noted.runs_of(&name), 3, "{label}");
        let shown = show(&temp.store, &all[0], now(&temp)).await.expect("it is shown");
        assert!(shown.requests.is_empty(), "{label}");
    })
    .await;
}

#[tokio::test]
async fn what_is_asked_for_is_not_lost_with_the_process_that_took_it() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let (all, noted, first) = begun(&temp, 1).await;
        let (id, name) = (all[0].id, all[0].name.clone());
        temp.store.request_run(&id, Asked::Sync, false, &by("ann")).await.expect("it is asked for");
        noted.let_do(&name, Does::Stay);
        let stop = CancellationToken::new();
        let running = tokio::spawn(first.run(stop.clone()));
        noted.begun.acquire_many(2).await.expect("it begins").forget();
        stop.cancel();
        running.await.expect("it ends in order");
        noted.let_do(&name, Does::Succeed);
        let mut second = scheduler(&temp.store, &temp.clock, &noted, 2, 1);
        round(&mut second, &CancellationToken::new()).await;
        assert_eq!(noted.last(), Some((name, Trigger::Manual, false)), "{}", engine.label());
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_by_days_holds_nothing_up() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let (all, noted, mut scheduler) = begun(&temp, 1).await;
        let stop = CancellationToken::new();
        temp.clock.advance(-5 * 24 * 60 * MINUTE);
        let before = now(&temp);
        for _ in 0..60 {
            round(&mut scheduler, &stop).await;
            temp.clock.advance(MINUTE);
        }
        let runs = noted.runs_of(&all[0].name);
        assert!((4..=5).contains(&runs), "{runs} runs in the hour after {before}, on {}", engine.label());
    })
    .await;
}

#[tokio::test]
async fn a_run_by_hand_stands_for_the_one_that_was_put_off() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let (all, noted, mut scheduler) = begun(&temp, 1).await;
        let stop = CancellationToken::new();
        noted.let_do(&all[0].name, Does::Fail(Message::AuthRevoked {}));
        temp.clock.advance(15 * MINUTE);
        round(&mut scheduler, &stop).await;
        super::caught_up(&temp.store, &all[0], now(&temp)).await.expect("it is noted");
        let shown = show(&temp.store, &all[0], now(&temp)).await.expect("it is shown");
        assert_eq!((shown.state, shown.failures), (ScheduleState::Waiting, 0), "{}", engine.label());
        assert!(shown.next_at.expect("a time").since(now(&temp)) <= 15 * MINUTE);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_run_of_what_is_about_to_be_deleted_and_when_its_time_has_come_it_goes() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let (all, noted, mut scheduler) = begun(&temp, 2).await;
        let (store, stop, label) = (&temp.store, CancellationToken::new(), engine.label());
        let going = &all[0];
        let deletion =
            crate::ask_deletion(store, going, "Dana", 60, now(&temp)).await.expect("it is asked for");
        store.request_run(&going.id, Asked::Sync, false, &by("me")).await.expect("it is asked for");
        temp.clock.advance(40 * MINUTE);
        round(&mut scheduler, &stop).await;
        assert_eq!((noted.runs_of(&going.name), noted.runs_of(&all[1].name)), (1, 2), "{label}");
        assert_eq!(state(&temp, going).await.0, ScheduleState::Paused, "{label}");
        temp.clock.set(deletion.due_at);
        round(&mut scheduler, &stop).await;
        assert_eq!(store.integration_of(&going.id).await.expect("an answer"), None, "{label}");
        assert!(store.integration_of(&all[1].id).await.expect("an answer").is_some(), "{label}");
        let events = store.activity_of(&going.id, None, 10).await.expect("an answer");
        let deed = &events.first().expect("it is noted").1;
        assert_eq!(
            (deed.action.as_str(), deed.actor_kind.as_str()),
            ("integration.deleted", "scheduler"),
            "{label}"
        );
    })
    .await;
}
