//! The agent at work.

mod errand;
mod feeds;
mod large;
mod line;
mod load;
mod logbook;
mod once;
mod post;
mod server;
mod sink;
mod skew;
mod spool;
mod state;
mod table;

pub use once::Brought;

use crate::config::Settings;
use errand::Errands;
use feeds::Feeds;
use load::Load;
use logbook::Logbook;
use server::{Heard, Server};
use skew::Skew;
use state::State;
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::sync::Notify;
use weir_model::{LogLevel, Message, Millis, Satellite as Known, SatelliteStatus};
use weir_source::{
    CancellationToken, Environment,
    errand::{Beat, PROTOCOL},
};

/// How long a satellite waits for an errand before it asks again.
const WAITS: Duration = Duration::from_secs(25);

/// How long it waits after the server could not be asked, at first and at most.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How often it says that certificates are not checked.
const WARNS_EVERY_MS: i64 = 60 * 60_000;

/// How soon it reports again after the server could not be asked.
const BEAT_AGAIN: Duration = Duration::from_secs(5);

/// Told, in a sentence, of what whoever runs a satellite should know.
#[derive(Clone)]
pub struct Tell(pub Arc<dyn Fn(&str) + Send + Sync>);

impl std::fmt::Debug for Tell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tell(..)")
    }
}

/// Asked before a satellite begins anew: whether it could.
#[derive(Clone)]
pub struct MayBegin(pub Arc<dyn Fn() -> bool + Send + Sync>);

impl std::fmt::Debug for MayBegin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MayBegin(..)")
    }
}

/// What a satellite runs with.
#[derive(Debug)]
pub struct Options {
    /// What its file says.
    pub settings: Settings,
    /// The folder that holds its id and its spool.
    pub state: PathBuf,
    /// How much the spool may hold, in bytes.
    pub spool_bytes: u64,
    /// For how long it keeps what could not be sent, in milliseconds.
    pub spool_ms: i64,
    /// Its version.
    pub version: String,
    /// Clock, randomness, addresses.
    pub environment: Environment,
    /// Who is told what happens.
    pub tell: Tell,
    /// Whether it could begin anew now.
    pub may_begin: MayBegin,
    /// Stops it.
    pub stop: CancellationToken,
}

/// Everything that the parts of a running satellite share.
#[derive(Debug)]
pub(crate) struct Agent {
    server: Server,
    feeds: Feeds,
    state: State,
    options: Limits,
    environment: Environment,
    version: String,
    tenant: String,
    tell: Tell,
    log: Logbook,
    /// Told when the server answers again.
    back: Notify,
    stop: CancellationToken,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) spool_bytes: u64,
    pub(crate) spool_ms: i64,
}

/// How a satellite ends that nobody refuses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// It was asked to stop.
    Stopped,
    /// It has nothing to do, and holds memory from what it did: it begins anew in the same place, as after any end. The server is not
    /// told that it leaves.
    Full,
}

/// Runs until it is stopped, or should begin anew.
///
/// # Errors
/// Where it cannot run at all: another one has its folder, or the server refuses it for good.
pub async fn run(options: Options) -> Result<Ended, Message> {
    let (stop, may_begin) = (options.stop.clone(), options.may_begin.clone());
    let agent = Agent::new(options)?;
    let errands = Errands::new(Arc::clone(&agent));
    let ended = tokio::select! {
        refused = agent.beats(&errands) => Err(refused),
        () = errands.taken() => Ok(Ended::Stopped),
        () = errands.rested(&may_begin) => Ok(Ended::Full),
        () = stop.cancelled() => Ok(Ended::Stopped),
    };
    errands.stop().await;
    if ended == Ok(Ended::Stopped) {
        agent.leave().await;
    }
    ended
}

/// Brings every integration of the file up to date.
///
/// # Errors
/// Where it cannot run at all.
pub async fn run_once(options: Options) -> Result<Vec<Brought>, Message> {
    let stop = options.stop.clone();
    let agent = Agent::new(options)?;
    let errands = Errands::new(Arc::clone(&agent));
    let brought = tokio::select! {
        refused = agent.beats(&errands) => Err(refused),
        () = errands.taken() => Err(Message::Interrupted {}),
        brought = once::bring(&agent) => brought,
        () = stop.cancelled() => Err(Message::Interrupted {}),
    };
    errands.stop().await;
    agent.leave().await;
    brought
}

impl Agent {
    fn new(options: Options) -> Result<Arc<Self>, Message> {
        let state = State::open(&options.state, &options.environment)?;
        let Settings { server, sites } = options.settings;
        let proxy = server.proxy.clone().filter(|proxy| proxy.all_traffic);
        Ok(Arc::new(Self {
            tenant: server.tenant.clone(),
            server: Server::new(&server, &options.environment)?,
            feeds: Feeds::new(sites, proxy, &options.environment),
            state,
            options: Limits { spool_bytes: options.spool_bytes, spool_ms: options.spool_ms },
            environment: options.environment,
            version: options.version,
            tell: options.tell,
            log: Logbook::default(),
            back: Notify::new(),
            stop: options.stop,
        }))
    }

    fn tell(&self, sentence: &str) {
        (self.tell.0)(sentence);
    }

    /// The same of what is wrong: the server is told of it too.
    fn complain(&self, level: LogLevel, sentence: &str) {
        self.log.write(self.environment.clock.now(), level, sentence);
        self.tell(sentence);
    }

    /// Reports, again and again; ends only where the server refuses this satellite for good.
    async fn beats(&self, errands: &Errands) -> Message {
        let (mut load, mut skew) = (Load::default(), Skew::default());
        let mut was_away = false;
        let mut warned_at: Option<Millis> = None;
        loop {
            let now = self.environment.clock.now();
            if self.feeds.is_insecure() && warned_at.is_none_or(|at| now.since(at) >= WARNS_EVERY_MS) {
                self.complain(
                    LogLevel::Warning,
                    "Certificates of Jira are not checked: allow_unsafe_ssl is set.",
                );
                warned_at = Some(now);
            }
            match self.beat(&mut load, errands.under_way(), false).await {
                Ok((reply, there)) => {
                    let here = self.environment.clock.now();
                    if let Some(told) = there.and_then(|there| skew.seen(here, there)) {
                        self.complain(LogLevel::Warning, &told);
                    }
                    if was_away {
                        self.tell("The server is back.");
                    }
                    for (is_refused, sentence) in self.feeds.heard(reply) {
                        match is_refused {
                            true => self.complain(LogLevel::Error, &sentence),
                            false => self.tell(&sentence),
                        }
                    }
                    if std::mem::take(&mut was_away) {
                        self.back.notify_waiters();
                    }
                }
                Err(message) if server::is_final(&message) => return message,
                Err(message) => {
                    if !was_away {
                        self.complain(LogLevel::Warning, &format!("{message} It is tried again."));
                    }
                    self.feeds.unheard();
                    was_away = true;
                }
            }
            let usual = Duration::from_millis(Known::BEAT_MS.unsigned_abs());
            tokio::time::sleep(if was_away { BEAT_AGAIN } else { usual }).await;
        }
    }

    async fn beat(&self, load: &mut Load, errands: Vec<i64>, leaves: bool) -> Result<Heard, Message> {
        let now = self.environment.clock.now();
        let (memory_bytes, cpu_permille) = load.measured(now);
        let waiting = self.state.waiting();
        let (up_to, log) = self.log.untold().map_or((0, None), |(up_to, lines)| (up_to, Some(lines)));
        let status = SatelliteStatus {
            version: self.version.clone(),
            protocol: PROTOCOL,
            zone: jiff::tz::TimeZone::system().iana_name().map(str::to_owned),
            ahead_ms: 0,
            left: false,
            memory_bytes,
            cpu_permille,
            waiting: waiting.batches,
            waiting_bytes: waiting.bytes,
            waiting_since: waiting.since,
            insecure_tls: self.feeds.is_insecure(),
            feeds: self.feeds.statuses(),
            keeps_hours: u64::try_from(self.options.spool_ms / 3_600_000).ok(),
            log,
            // Not for a satellite to say.
            key_ended: None,
        };
        let beat = Beat {
            id: self.state.id().to_owned(),
            name: load::host(),
            tenant: self.tenant.clone(),
            status,
            at: now,
            feeds: self.feeds.told(),
            errands,
            leaves,
        };
        let heard = self.server.beat(&beat).await?;
        self.log.told(up_to);
        self.feeds.told_of_full();
        Ok(heard)
    }

    /// Tells the server that this satellite stops, so that another one need not wait for its turn. It may be away.
    async fn leave(&self) {
        let mut load = Load::default();
        let told = self.beat(&mut load, vec![], true);
        if !matches!(tokio::time::timeout(Duration::from_secs(3), told).await, Ok(Ok(_))) {
            tracing::debug!("the server was not told that this satellite stops");
        }
    }
}
