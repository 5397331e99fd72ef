//! What a source promises.
//!
//! A source reads one site of one tool. What it reads falls into **partitions** that can be read apart from each other;
//! each is read from a checkpoint to its end, in **batches**. Within a partition batches come in order, and
//! each carries the checkpoint that is true once it and all before it are stored; so a sink that commits batches
//! in the order in which they come never has a checkpoint ahead of its rows.
//!
//! A source never takes silence for an answer: an empty list counts only from a site that proved, in the same
//! reply, that it knows who asks. What it cannot read is emitted as an anomaly, counted and named; an error means
//! that the partition cannot go on, and its checkpoint stays where it is.
//!
//! Rows are complete in themselves: an issue comes with its whole history and all its comments, worklogs and
//! links, or not at all.
//!
//! For a **census** a source lists: every project that the site shows, in whatever state, and the ids of a project's issues
//! inside the scope. An issue that a listing lacks is looked at once more by its id, past any index that may lag; what is
//! not given then is not shown to us, for whatever reason. Given ids are read by a reading like everything else.

use crate::{Progress, SourceError};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use weir_model::{Batch, Checkpoint, IssueId, Millis, Partition, ProjectState, Quota};

/// One site of one tool, with a credential that proved itself once.
#[async_trait]
pub trait Source: Send + Sync + std::fmt::Debug {
    /// Proves the credential again, learns what the site has, and settles what this run will read: everything, or what
    /// changed since the run that left these checkpoints.
    async fn begin(
        &self,
        progress: Arc<Progress>,
        checkpoints: &[Checkpoint],
    ) -> Result<Arc<dyn Reading>, SourceError>;

    /// The projects in scope, for a comparison of ids.
    async fn projects(&self) -> Result<Vec<ProjectRef>, SourceError>;

    /// Ids of every issue of a project that the site shows us inside the scope.
    async fn issue_ids(&self, project: &ProjectRef) -> Result<Vec<IssueId>, SourceError>;

    /// Keys of these issues; those that the site no longer shows, or fails to answer about, are left out.
    async fn issue_keys(&self, ids: &[IssueId]) -> Result<Vec<(IssueId, String)>, SourceError>;

    /// Proves the credential again, and lists every project that the site shows us, in the scope or not.
    async fn site_projects(&self) -> Result<SiteProjects, SourceError>;

    /// A second look at these issues, past any index.
    async fn look(&self, ids: &[IssueId]) -> Result<Looked, SourceError>;

    /// The site's time; `None` where it tells none. Proves the credential again.
    async fn time(&self) -> Result<Option<Millis>, SourceError>;

    /// What has gone over the wire so far.
    fn traffic(&self) -> Traffic;

    /// The time zone of the account that reads, once it has proved itself, where the site tells one.
    fn timezone(&self) -> Option<String> {
        None
    }
}

/// What has gone over the wire.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Traffic {
    /// Requests sent, repetitions included.
    pub requests: u64,
    /// Bytes of answers, unpacked.
    pub bytes_in: u64,
    /// Time during which a request was held back at the site's wish.
    pub waited_ms: u64,
    /// Until when requests are held back now at the site's wish, in epoch milliseconds.
    pub waiting_until: Option<i64>,
    /// Whether a request is held back now, at the site's wish or between attempts.
    pub is_held: bool,
    /// The quota that the site told last.
    #[serde(default)]
    pub quota: Option<Quota>,
}

/// A project by id and key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ProjectRef {
    /// The source's id.
    pub id: String,
    /// Its key.
    pub key: String,
}

/// The projects that a site shows, by their state.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct SiteProjects {
    /// Each with its state.
    pub projects: Vec<(ProjectRef, ProjectState)>,
    /// Whether the site also told which projects are archived: of one that is in no list it is known then that we do not
    /// see it.
    pub is_complete: bool,
    /// Keys in the scope that are former ones, each with the present one.
    pub former: Vec<(String, String)>,
}

/// What a second look at some issues told; the site does not show the others.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Looked {
    /// Those that the site shows.
    pub shown: Vec<Shown>,
    /// Those that the site fails to answer about: nothing is known of them.
    pub untold: Vec<IssueId>,
}

/// An issue as a look at it by its id shows it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Shown {
    /// Its id.
    pub id: IssueId,
    /// Its present key.
    pub key: String,
    /// Key of the project that it is in now.
    pub project_key: String,
}

/// One run's view of a source.
#[async_trait]
pub trait Reading: Send + Sync {
    /// Whether it reads what changed since an earlier run, and only what is new from end to end.
    fn is_incremental(&self) -> bool;

    /// Since when it asks for what changed; `None` where it reads everything.
    fn since(&self) -> Option<Millis>;

    /// Keys of the projects that this run reads from end to end.
    fn project_keys(&self) -> Vec<String>;

    /// Reads everything that there is to read from these checkpoints on, to its end.
    async fn read_all(
        &self,
        checkpoints: &[Checkpoint],
        progress: &Progress,
        out: &Emitter,
    ) -> Result<(), SourceError>;

    /// Reads reference data and these issues, whatever their listing says; those that are in no project of the scope are left
    /// out.
    async fn read_only(&self, ids: &[IssueId], out: &Emitter) -> Result<(), SourceError>;
}

/// A reading in parts: what [`in_parts`](crate::in_parts) makes a whole of.
#[async_trait]
pub trait Parts: Send + Sync {
    /// The parts that can be read apart from each other.
    fn partitions(&self) -> Vec<Partition>;

    /// Reads reference data: what issues point at.
    async fn reference(&self, out: &Emitter) -> Result<(), SourceError>;

    /// Reads a partition from its checkpoint, or from its beginning, to its end.
    async fn read(
        &self,
        partition: &Partition,
        from: Option<&Checkpoint>,
        out: &Emitter,
    ) -> Result<(), SourceError>;

    /// Reads these issues, whatever their listing says; those that are in no project of the scope are left out.
    async fn read_ids(&self, ids: &[IssueId], out: &Emitter) -> Result<(), SourceError>;

    /// Reads what changed while the partitions were read, and what is known only now; with it `outdated` issues, in which
    /// something changed that no edit tells of.
    async fn close(&self, outdated: &[IssueId], out: &Emitter) -> Result<(), SourceError>;
}

/// The bounded way from a source to a sink.
#[derive(Clone, Debug)]
pub struct Emitter {
    pub(crate) parcels: mpsc::Sender<Parcel>,
}

/// What goes from a source to a sink.
#[derive(Debug)]
pub(crate) enum Parcel {
    Batch(Box<Batch>),
    /// Everything before is to be committed before the answer.
    Commit(oneshot::Sender<()>),
    /// Everything before is to be committed; the answer names issues that are outdated by it.
    Settle(oneshot::Sender<Vec<IssueId>>),
    /// The answer names those of these issues that are not kept as the site shows them.
    News(Vec<(IssueId, Option<Millis>)>, oneshot::Sender<Vec<IssueId>>),
}

impl Emitter {
    /// Hands a batch on, waiting while the sink is behind. Fails when nobody takes batches any more.
    pub async fn emit(&self, batch: Batch) -> Result<(), SourceError> {
        if batch.is_empty() {
            return Ok(());
        }
        self.send(Parcel::Batch(Box::new(batch))).await
    }

    /// Waits until everything that was emitted is committed.
    pub async fn commit(&self) -> Result<(), SourceError> {
        let (answer, committed) = oneshot::channel();
        self.send(Parcel::Commit(answer)).await?;
        committed.await.map_err(|_| SourceError::new(weir_model::Message::Interrupted {}))
    }

    /// Waits until everything that was emitted is committed; gives the issues that are outdated by it.
    pub async fn settle(&self) -> Result<Vec<IssueId>, SourceError> {
        let (answer, outdated) = oneshot::channel();
        self.send(Parcel::Settle(answer)).await?;
        outdated.await.map_err(|_| SourceError::new(weir_model::Message::Interrupted {}))
    }

    /// Those of these issues, each with the `updated` that the site shows, that are not kept in this version, once everything
    /// that was emitted is committed.
    pub async fn news(&self, shown: Vec<(IssueId, Option<Millis>)>) -> Result<Vec<IssueId>, SourceError> {
        let (answer, news) = oneshot::channel();
        self.send(Parcel::News(shown, answer)).await?;
        news.await.map_err(|_| SourceError::new(weir_model::Message::Interrupted {}))
    }

    async fn send(&self, parcel: Parcel) -> Result<(), SourceError> {
        self.parcels.send(parcel).await.map_err(|_| SourceError::new(weir_model::Message::Interrupted {}))
    }
}
