//! Doing errands: at most one at a time for each integration that brings something, beside questions that have one answer.

use super::{
    Agent, LONGEST_PAUSE, MayBegin, PAUSE, WAITS,
    line::Line,
    load, post, server,
    sink::SpoolSink,
    spool::{self, Spool},
    table::{Table, UnderWay},
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::task::JoinSet;
use weir_model::{IntegrationId, LogLevel, Message, Millis};
use weir_source::{
    CancellationToken, Progress, Source, SourceError,
    errand::{Answer, Checked, Learnt, Order, Outcome, Place, Pulled, SPOOL, Said, Sign, What},
    jira, pull, pull_ids, unless_stalled,
};

/// How often the server is told how far an errand has come.
const SIGNS_EVERY: Duration = Duration::from_secs(5);

/// Memory of its own that a satellite may hold while it waits: it has less after a start.
const KEPT_BYTES: u64 = 9 * 1024 * 1024;

/// How often it is looked whether there is something to do, and how many times there has to be nothing.
const LOOKS_EVERY: Duration = Duration::from_secs(5);
const RESTS: u32 = 3;

/// The errands that are under way.
pub(super) struct Errands {
    agent: Arc<Agent>,
    under_way: Arc<Mutex<Table>>,
    tasks: tokio::sync::Mutex<JoinSet<()>>,
}

impl Errands {
    pub(super) fn new(agent: Arc<Agent>) -> Self {
        Self { agent, under_way: Arc::default(), tasks: tokio::sync::Mutex::default() }
    }

    /// Their numbers.
    pub(super) fn under_way(&self) -> Vec<i64> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).errands()
    }

    /// Takes errands from the server as long as it is asked to.
    pub(super) async fn taken(&self) {
        let mut pause = PAUSE;
        loop {
            if !self.agent.feeds.has_turn() {
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            }
            let taken = tokio::select! {
                taken = self.agent.server.take(self.agent.state.id(), WAITS) => taken,
                // Who asked before the server was away is not answered any more.
                () = self.agent.back.notified() => continue,
            };
            match taken {
                Ok(Some(order)) => {
                    pause = PAUSE;
                    self.begin(order).await;
                }
                Ok(None) => pause = PAUSE,
                Err(message) => {
                    tracing::debug!(reason = %message, "no errand could be taken");
                    tokio::select! {
                        () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
                        () = self.agent.back.notified() => pause = PAUSE,
                    }
                }
            }
        }
    }

    async fn begin(&self, order: Order) {
        let brings = matches!(order.what, What::Pull | What::PullIds { .. });
        let one = UnderWay {
            integration: order.integration.id,
            brings,
            stop: self.agent.stop.child_token(),
            ended: CancellationToken::new(),
        };
        let turn = (order.errand, order.turn);
        let before = self.under_way.lock().unwrap_or_else(PoisonError::into_inner).enter(turn, &one);
        // What was brought before is wanted no longer: the spool has one user.
        for other in before {
            other.stop.cancel();
            other.ended.cancelled().await;
        }
        let (agent, under_way) = (Arc::clone(&self.agent), Arc::clone(&self.under_way));
        let mut tasks = self.tasks.lock().await;
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            done(&agent, order, &one.stop).await;
            under_way.lock().unwrap_or_else(PoisonError::into_inner).leave(turn);
            one.ended.cancel();
        });
    }

    /// Waits until nothing was to be done for a while, and more memory is held than waiting needs. What an allocator keeps for each
    /// thread goes back with the process alone.
    pub(super) async fn rested(&self, may_begin: &MayBegin) {
        let mut rests = 0;
        loop {
            tokio::time::sleep(LOOKS_EVERY).await;
            let is_idle = self.under_way().is_empty() && self.agent.state.waiting().batches == 0;
            rests = if is_idle { rests + 1 } else { 0 };
            if rests >= RESTS && load::held() > KEPT_BYTES {
                if (may_begin.0)() {
                    return;
                }
                // Its file is being changed, perhaps: what was read of it at the start holds.
                rests = 0;
            }
        }
    }

    /// Stops all of them. What they have spooled stays.
    pub(super) async fn stop(&self) {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).stop();
        let mut tasks = self.tasks.lock().await;
        while tasks.join_next().await.is_some() {}
    }
}

/// Does an errand and tells what came of it.
async fn done(agent: &Arc<Agent>, order: Order, stop: &CancellationToken) {
    let number = (order.errand, order.turn);
    let (integration, name) = (order.integration.id, order.integration.name.clone());
    agent.feeds.is_at(&integration, Some(order.errand));
    tracing::info!(integration = name, errand = order.errand, what = word(&order.what), "an errand begins");
    let outcome = match answered(agent, order, stop).await {
        Ok(answer) => {
            agent.feeds.went(&integration, None);
            Outcome::Done(Box::new(answer))
        }
        Err(message) => {
            agent.feeds.doubt(&integration, &message).await;
            if !matches!(message, Message::Interrupted {}) && !server::is_gone(&message) {
                let sentence = format!("{}: {message}", weir_model::clean(&name, 100));
                agent.complain(LogLevel::Error, &sentence);
                agent.feeds.went(&integration, Some(&message));
            }
            Outcome::Failed(Said::of(&message))
        }
    };
    agent.feeds.is_at(&integration, None);
    if stop.is_cancelled() {
        // Nobody wants it, or this satellite stops and the errand is handed out again.
        return;
    }
    tell(agent, number, &outcome, stop).await;
}

async fn tell(agent: &Agent, number: (i64, i64), outcome: &Outcome, stop: &CancellationToken) {
    let begun = agent.environment.clock.now();
    let mut pause = PAUSE;
    loop {
        match agent.server.end(agent.state.id(), number, outcome).await {
            Ok(()) => return,
            Err(message) if server::is_gone(&message) => return,
            Err(message) => tracing::debug!(reason = %message, "an outcome could not be told"),
        }
        if agent.environment.clock.now().since(begun) > agent.options.spool_ms {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
            () = stop.cancelled() => return,
        }
    }
}

fn word(what: &What) -> &'static str {
    match what {
        What::Pull => "pull",
        What::PullIds { .. } => "pull some",
        What::Projects | What::SiteProjects => "list projects",
        What::IssueIds { .. } | What::IssueKeys { .. } => "list issues",
        What::Look { .. } => "look again",
        What::Time => "look at the clock",
        What::Check => "check",
    }
}

async fn answered(agent: &Arc<Agent>, order: Order, stop: &CancellationToken) -> Result<Answer, Message> {
    if matches!(order.what, What::Check) {
        return check(agent, &order).await;
    }
    let source = agent.feeds.open(&order.integration).await.map_err(said)?;
    let source = source.as_ref();
    let number = (order.errand, order.turn);
    let progress = Arc::new(Progress::default());
    let work = async {
        match &order.what {
            What::Pull | What::PullIds { .. } => bring(agent, &order, source, &progress, stop).await,
            What::Projects => {
                unless_stalled(source, source.projects()).await.map(Answer::Projects).map_err(said)
            }
            What::IssueIds { project } => {
                unless_stalled(source, source.issue_ids(project)).await.map(Answer::IssueIds).map_err(said)
            }
            What::IssueKeys { ids } => {
                unless_stalled(source, source.issue_keys(ids)).await.map(Answer::IssueKeys).map_err(said)
            }
            What::SiteProjects => {
                unless_stalled(source, source.site_projects()).await.map(Answer::SiteProjects).map_err(said)
            }
            What::Look { ids } => {
                unless_stalled(source, source.look(ids)).await.map(Answer::Looked).map_err(said)
            }
            What::Time => unless_stalled(source, source.time()).await.map(Answer::Time).map_err(said),
            What::Check => Err(Message::Bug { detail: "a check needs no source".to_owned() }),
        }
    };
    tokio::select! {
        answer = work => {
            // What went over the wire until its very end counts too.
            sign(agent, number, source, &progress, stop).await;
            answer
        }
        never = signs(agent, number, source, &progress, stop) => match never {},
        () = cancelled(stop, &order.what) => Err(Message::Interrupted {}),
    }
}

/// What brings something ends in order by itself.
async fn cancelled(stop: &CancellationToken, what: &What) {
    match what {
        What::Pull | What::PullIds { .. } => std::future::pending().await,
        _ => stop.cancelled().await,
    }
}

/// Tells the server now and then how far an errand has come; stops it where that is wanted no longer.
async fn signs(
    agent: &Agent,
    number: (i64, i64),
    source: &dyn Source,
    progress: &Progress,
    stop: &CancellationToken,
) -> std::convert::Infallible {
    loop {
        sign(agent, number, source, progress, stop).await;
        tokio::time::sleep(SIGNS_EVERY).await;
    }
}

async fn sign(
    agent: &Agent,
    number: (i64, i64),
    source: &dyn Source,
    progress: &Progress,
    stop: &CancellationToken,
) {
    let sign = Sign { traffic: source.traffic(), progress: progress.snapshot() };
    match agent.server.sign(agent.state.id(), number, &sign).await {
        Err(message) if server::is_gone(&message) => stop.cancel(),
        Err(message) => tracing::debug!(reason = %message, "it could not be told how far an errand is"),
        Ok(()) => {}
    }
}

/// Brings everything, or some issues: reads into the spool, while that is carried to the server.
async fn bring(
    agent: &Arc<Agent>,
    order: &Order,
    source: &dyn Source,
    progress: &Arc<Progress>,
    stop: &CancellationToken,
) -> Result<Answer, Message> {
    let clock = Arc::clone(&agent.environment.clock);
    let limits = (agent.options.spool_bytes, Millis(clock.now().0.saturating_sub(agent.options.spool_ms)));
    let basis = basis(order)?;
    let name = || IntegrationId::generate(clock.now(), agent.environment.entropy.as_ref()).to_string();
    let committed = Place::among(&order.checkpoints);
    let place = agent.state.spool_of(&order.integration.id);
    let (spool, later) = Spool::open(place, (&basis, &name), committed.as_ref(), limits)?;
    let mut checkpoints = order.checkpoints.clone();
    checkpoints.retain(|one| one.partition.0 != SPOOL);
    let checkpoints = spool::merged(checkpoints, later);

    let spool = Arc::new(spool);
    let stopped = stop.child_token();
    let line = Arc::new(Line::new(
        Arc::clone(agent),
        (order.errand, order.turn),
        order.integration.id,
        stopped.clone(),
    ));
    let failed = Arc::<Mutex<Option<Message>>>::default();
    let sink = SpoolSink {
        agent: Arc::clone(agent),
        of: (order.integration.id, weir_model::clean(&order.integration.name, 100)),
        spool: Arc::clone(&spool),
        line: Arc::clone(&line),
        clock: Arc::clone(&clock),
        failed: Arc::clone(&failed),
        stop: stopped.clone(),
    };
    let carried = async {
        let outcome = post::carry(&spool, &line, clock.as_ref(), &stopped).await;
        if let Err(message) = outcome {
            *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(message);
            stopped.cancel();
        }
    };
    let read = async {
        let pulled = match &order.what {
            What::PullIds { ids } => {
                pull_ids(source, &sink, &checkpoints, ids, &stopped).await.map(|_| Pulled::default())
            }
            _ => {
                let done = pull(source, &sink, &checkpoints, Arc::clone(progress), stopped.clone()).await;
                done.map(|report| Pulled {
                    projects: report.projects,
                    incremental: report.incremental,
                    since: report.since,
                    timezone: source.timezone(),
                })
            }
        };
        let outcome = match pulled {
            Ok(pulled) => sink.drained().await.map(|()| pulled),
            // What was read until then is sent all the same.
            Err(error) if !stopped.is_cancelled() => match sink.drained().await {
                Ok(()) => Err(*error.message),
                Err(message) => Err(message),
            },
            Err(error) => Err(*error.message),
        };
        stopped.cancel();
        outcome
    };
    let ((), outcome) = tokio::join!(carried, read);
    let reason = failed.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (outcome, reason) {
        (Err(Message::Interrupted {}), Some(reason)) => Err(reason),
        (outcome, _) => outcome.map(Answer::Pulled),
    }
}

/// All that what is read depends on besides the site.
fn basis(order: &Order) -> Result<String, Message> {
    let settings = &order.integration.settings;
    let all = (
        &settings.scope,
        &settings.exclusions,
        &settings.history_months,
        &settings.cases,
        matches!(order.what, What::PullIds { .. }).then_some(order.errand),
    );
    serde_json::to_string(&all)
        .map_err(|error| Message::Bug { detail: format!("settings have no JSON: {error}") })
}

async fn check(agent: &Agent, order: &Order) -> Result<Answer, Message> {
    let target = agent.feeds.target(&order.integration)?;
    let done = jira::preflight(target, &agent.environment, &mut |_| {}).await;
    let outcome = match done.outcome {
        Ok(connected) => Ok(Learnt {
            account_id: connected.account_id,
            timezone: connected.timezone,
            projects: connected.projects,
        }),
        Err(message) => Err(Said::of(&message)),
    };
    Ok(Answer::Checked(Checked { checks: done.checks, outcome }))
}

fn said(error: SourceError) -> Message {
    *error.message
}
