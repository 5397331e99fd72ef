//! The source that stands here for one in a network that we do not reach.

use super::{
    desk::{self, Desk},
    said,
};
use async_trait::async_trait;
use flate2::read::GzDecoder;
use std::{
    io::Read as _,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};
use weir_model::{Checkpoint, FeedFault, Integration, IssueId, Message, Millis};
use weir_source::{
    Emitter, Looked, Progress, ProjectRef, Reading, SiteProjects, Source, SourceError, Traffic,
    errand::{Answer, LONGEST_PARCEL, Outcome, Parcel, Place, Pulled, Reply, Sign, What},
};
use weir_store::{Errand, Store, StoredParcel};

/// One integration that a satellite reads.
#[derive(Clone, Debug)]
pub(super) struct Remote {
    store: Store,
    integration: Arc<Integration>,
    /// What has gone over the wire there, by errands that are over, and by the present one.
    traffic: Arc<Mutex<(Traffic, Traffic)>>,
}

impl Remote {
    pub(super) fn new(store: Store, integration: &Integration) -> Self {
        Self { store, integration: Arc::new(integration.clone()), traffic: Arc::default() }
    }

    /// Sends a satellite on an errand that has one answer.
    pub(super) async fn ask(&self, what: What) -> Result<Answer, Message> {
        let mut desk = Desk::open(&self.store, &self.integration, &what).await?;
        loop {
            let given = desk.look().await?;
            self.note(given.sign.as_deref(), None);
            if let Some(text) = &given.outcome {
                let outcome = desk::outcome(text)?;
                desk.close().await?;
                return self.over(outcome);
            }
            desk.wait().await;
        }
    }

    /// Sends a satellite to bring something, and hands on what it brings.
    async fn bring(
        &self,
        what: What,
        progress: Option<&Progress>,
        out: &Emitter,
    ) -> Result<Pulled, SourceError> {
        let mut desk = Desk::open(&self.store, &self.integration, &what).await?;
        let (mut turn, mut place) = (0, None);
        loop {
            let given = desk.look().await?;
            self.note(given.sign.as_deref(), progress);
            if given.turn != turn {
                // Handed out, perhaps once more: it goes on from what is committed.
                turn = given.turn;
                let checkpoints = self.store.checkpoints(&self.integration.id).await.map_err(said)?;
                place = Place::among(&checkpoints);
            }
            if let Some(parcel) = self.store.next_parcel(desk.errand(), turn).await.map_err(said)? {
                let reply = self.handle(&parcel, &mut place, out).await?;
                self.reply(desk.errand(), (turn, parcel.seq), &reply).await?;
                continue;
            }
            if let Some(text) = &given.outcome {
                let outcome = desk::outcome(text)?;
                desk.close().await?;
                return match self.over(outcome)? {
                    Answer::Pulled(pulled) => {
                        learn_zone(&self.store, &self.integration, pulled.timezone.as_deref()).await?;
                        Ok(pulled)
                    }
                    _ => Err(unknown("an answer").into()),
                };
            }
            desk.wait().await;
        }
    }

    async fn handle(
        &self,
        parcel: &StoredParcel,
        place: &mut Option<Place>,
        out: &Emitter,
    ) -> Result<Reply, SourceError> {
        match unpacked(&parcel.body)? {
            Parcel::Batch { place: at, mut batch } => {
                let is_known =
                    place.as_ref().is_some_and(|known| known.spool == at.spool && known.seq >= at.seq);
                if !is_known {
                    batch.checkpoints.push(at.checkpoint());
                    out.emit(*batch).await?;
                    out.commit().await?;
                    *place = Some(at);
                }
                Ok(Reply::Committed)
            }
            Parcel::Settle => Ok(Reply::Issues { ids: out.settle().await? }),
            Parcel::News { shown } => Ok(Reply::Issues { ids: out.news(shown).await? }),
        }
    }

    async fn reply(&self, errand: Errand, (turn, seq): (i64, i64), reply: &Reply) -> Result<(), Message> {
        let text = serde_json::to_string(reply)
            .map_err(|error| Message::Bug { detail: format!("a reply has no JSON: {error}") })?;
        self.store.answer_parcel(errand, turn, seq, &text).await.map_err(said)
    }

    /// Notes what a satellite told of its errand.
    fn note(&self, text: Option<&str>, progress: Option<&Progress>) {
        let Some(Sign { traffic, progress: theirs }) = text.and_then(desk::sign) else { return };
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner).1 = traffic;
        if let Some(progress) = progress {
            progress.follow(&theirs);
        }
    }

    /// An errand is over: what it sent is added to that of those before.
    fn over(&self, outcome: Outcome) -> Result<Answer, Message> {
        {
            let mut traffic = self.traffic.lock().unwrap_or_else(PoisonError::into_inner);
            let (before, last) = *traffic;
            *traffic = (added(before, last), Traffic::default());
        }
        match outcome {
            Outcome::Done(answer) => Ok(*answer),
            Outcome::Failed(said) => Err(said.message()),
        }
    }
}

/// Keeps the time zone of the account that reads there, where none was known: without a satellite it is known from the first check on.
pub(super) async fn learn_zone(
    store: &Store,
    integration: &Integration,
    told: Option<&str>,
) -> Result<(), Message> {
    // What a satellite tells is looked at like everything from elsewhere.
    let Some(zone) = told.and_then(|zone| crate::values::zone(zone).ok()) else { return Ok(()) };
    let now = store.integration_of(&integration.id).await.map_err(said)?;
    let Some(now) = now.filter(|now| now.settings.timezone.is_none()) else { return Ok(()) };
    match store.learn_zone(&now, &zone).await {
        // Somebody else is changing it: the next run learns it.
        Err(error) if matches!(error.message(), Message::IntegrationChanged { .. }) => Ok(()),
        learnt => learnt.map(drop).map_err(said),
    }
}

fn added(one: Traffic, other: Traffic) -> Traffic {
    Traffic {
        requests: one.requests + other.requests,
        bytes_in: one.bytes_in + other.bytes_in,
        waited_ms: one.waited_ms + other.waited_ms,
        waiting_until: other.waiting_until,
        is_held: other.is_held,
        quota: other.quota.or(one.quota),
    }
}

/// A parcel as it travels: JSON, compressed.
fn unpacked(body: &[u8]) -> Result<Parcel, Message> {
    let mut text = Vec::new();
    let read = GzDecoder::new(body).take(LONGEST_PARCEL + 1).read_to_end(&mut text);
    if read.is_err() || text.len() as u64 > LONGEST_PARCEL {
        return Err(unknown("a parcel"));
    }
    serde_json::from_slice(&text).map_err(|_| unknown("a parcel"))
}

fn unknown(what: &str) -> Message {
    FeedFault::Unknown { what: what.to_owned() }.into()
}

macro_rules! answered {
    ($self:ident, $what:expr, $answer:ident) => {
        match $self.ask($what).await? {
            Answer::$answer(answer) => Ok(answer),
            _ => Err(unknown("an answer").into()),
        }
    };
}

#[async_trait]
impl Source for Remote {
    async fn begin(
        &self,
        progress: Arc<Progress>,
        _checkpoints: &[Checkpoint],
    ) -> Result<Arc<dyn Reading>, SourceError> {
        Ok(Arc::new(RemoteReading { remote: self.clone(), progress, pulled: OnceLock::new() }))
    }

    async fn projects(&self) -> Result<Vec<ProjectRef>, SourceError> {
        answered!(self, What::Projects, Projects)
    }

    async fn issue_ids(&self, project: &ProjectRef) -> Result<Vec<IssueId>, SourceError> {
        answered!(self, What::IssueIds { project: project.clone() }, IssueIds)
    }

    async fn issue_keys(&self, ids: &[IssueId]) -> Result<Vec<(IssueId, String)>, SourceError> {
        answered!(self, What::IssueKeys { ids: ids.to_vec() }, IssueKeys)
    }

    async fn site_projects(&self) -> Result<SiteProjects, SourceError> {
        answered!(self, What::SiteProjects, SiteProjects)
    }

    async fn look(&self, ids: &[IssueId]) -> Result<Looked, SourceError> {
        answered!(self, What::Look { ids: ids.to_vec() }, Looked)
    }

    async fn time(&self) -> Result<Option<Millis>, SourceError> {
        answered!(self, What::Time, Time)
    }

    fn traffic(&self) -> Traffic {
        let (before, now) = *self.traffic.lock().unwrap_or_else(PoisonError::into_inner);
        added(before, now)
    }
}

/// One run's view of it. What it reads from, and since when, is settled there, by the checkpoints that go with the errand.
struct RemoteReading {
    remote: Remote,
    progress: Arc<Progress>,
    pulled: OnceLock<Pulled>,
}

#[async_trait]
impl Reading for RemoteReading {
    fn is_incremental(&self) -> bool {
        self.pulled.get().is_some_and(|pulled| pulled.incremental)
    }

    fn since(&self) -> Option<Millis> {
        self.pulled.get().and_then(|pulled| pulled.since)
    }

    fn project_keys(&self) -> Vec<String> {
        self.pulled.get().map(|pulled| pulled.projects.clone()).unwrap_or_default()
    }

    async fn read_all(
        &self,
        _checkpoints: &[Checkpoint],
        _progress: &Progress,
        out: &Emitter,
    ) -> Result<(), SourceError> {
        let pulled = self.remote.bring(What::Pull, Some(&self.progress), out).await?;
        // A reading reads once.
        let _ = self.pulled.set(pulled);
        Ok(())
    }

    async fn read_only(&self, ids: &[IssueId], out: &Emitter) -> Result<(), SourceError> {
        self.remote.bring(What::PullIds { ids: ids.to_vec() }, None, out).await.map(drop)
    }
}
