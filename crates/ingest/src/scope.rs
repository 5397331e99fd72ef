//! After a run under another scope: issues that are here, and that the scope does not take any more.
//!
//! A run reads what the scope takes; what it takes no more is in no answer. So when a run has come to its end and the scope is
//! not the one that the last finished run had, ids are compared project by project. An issue that the site shows by its id,
//! and does not list in the scope, has left it. One that the site does not show at all was deleted or hidden: that is for a
//! census to say, and until then it stays as it is. Nor is anything said of one that a filter's index may not know yet as it
//! is: what was edited just now is looked at once more by the next run.
//!
//! The scope that was compared is kept as a checkpoint, committed after what was found. A run that is interrupted before leaves
//! the old one, and the next run compares again; projects that could not be listed are named in it, and are tried again.

use crate::{journal::Journal, verify::ours};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};
use weir_model::{
    Anomaly, AnomalyKind, Batch, Checkpoint, Integration, IssueId, Kind, Message, Millis, Partition, Scope,
    Sink, Tally,
};
use weir_source::{ProjectRef, Source, SourceError, Traffic, unless_stalled};
use weir_store::Store;

/// The partition under which the scope is kept that was compared last.
pub(crate) const PARTITION: &str = "scope";

/// An empty list of a project of which we hold more issues than this needs another proof.
const FEW: usize = 20;

/// How far Jira's index lags as a rule.
const LAG: i64 = 10 * 60 * 1_000;

/// What was compared last.
#[derive(Serialize, Deserialize)]
struct Compared {
    scope: Scope,
    #[serde(default)]
    history_months: Option<u32>,
    /// Keys of projects that could not be listed.
    #[serde(default)]
    unlisted: BTreeSet<String>,
}

/// What a run has to compare once it has come to its end.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Due {
    /// Nothing: the scope is the one of the last finished run.
    Nothing,
    /// Nothing either, since nothing was here before, or nothing is out of the scope.
    Mark,
    /// All projects.
    All,
    /// Projects that could not be listed before.
    Unlisted(BTreeSet<String>),
}

impl Due {
    /// What a run that begins with these checkpoints has to compare.
    pub(crate) async fn of(
        store: &Store,
        integration: &Integration,
        checkpoints: &[Checkpoint],
        full: bool,
    ) -> Result<Self, Message> {
        let kept = checkpoints.iter().find(|one| one.partition.0 == PARTITION);
        let known: Option<Compared> = kept.and_then(|kept| serde_json::from_str(&kept.position).ok());
        let (scope, depth) = (&integration.settings.scope, integration.settings.history_months);
        // What a query takes can change without anybody's edit: by the time that passes, for one.
        let asks_anew = full && matches!(scope, Scope::Jql(_));
        let is_same = |known: &Compared| known.scope == canonical(scope) && known.history_months == depth;
        match known.filter(|known| is_same(known) && !asks_anew) {
            Some(known) if known.unlisted.is_empty() => Ok(Self::Nothing),
            Some(known) => Ok(Self::Unlisted(known.unlisted)),
            None if *scope == Scope::Everything && depth.is_none() => Ok(Self::Mark),
            None if store.project_keys(&integration.id).await.map_err(said)?.is_empty() => Ok(Self::Mark),
            None => Ok(Self::All),
        }
    }
}

/// The scope in one form, in whatever order its projects were named.
fn canonical(scope: &Scope) -> Scope {
    match scope {
        Scope::Projects(keys) => {
            let mut keys = keys.clone();
            keys.sort();
            Scope::Projects(keys)
        }
        other => other.clone(),
    }
}

/// Opens the same site without the scope's filter.
pub(crate) type OpenUnfiltered<'a> = dyn Fn() -> Result<Arc<dyn Source>, Message> + Send + Sync + 'a;

/// A comparison after a run.
pub(crate) struct Comparison<'a, S> {
    pub(crate) store: &'a Store,
    pub(crate) integration: &'a Integration,
    pub(crate) source: &'a dyn Source,
    pub(crate) open_unfiltered: &'a OpenUnfiltered<'a>,
    pub(crate) sink: &'a S,
    pub(crate) journal: &'a Journal<'a>,
    /// The same site without the filter, once it was needed.
    pub(crate) unfiltered: Option<Arc<dyn Source>>,
}

/// What a project's listing tells.
enum Told {
    /// These issues are not in scope any more.
    Left(Vec<IssueId>),
    /// Nothing, for this reason.
    Nothing { code: &'static str, why: String, again: bool },
}

impl<S: Sink> Comparison<'_, S> {
    /// Compares what is due and adds to `tally` what was done.
    ///
    /// # Errors
    /// When the site or the store cannot be reached. A project that the site refuses to list is skipped, which is counted.
    pub(crate) async fn run(&mut self, due: Due, tally: &mut Tally) -> Result<(), Message> {
        let only = match due {
            Due::Nothing => return Ok(()),
            Due::Mark => return self.mark(BTreeSet::new(), tally).await,
            Due::All => None,
            Due::Unlisted(keys) => Some(keys),
        };
        // What changed just now is told by the site's clock. Ours, where it runs ahead, would take it for old.
        let site_time = asked(self.source, self.source.time()).await?;
        let begun_at = site_time.unwrap_or_else(|| self.journal.clock.now());
        let projects = asked(self.source, self.source.projects()).await?;
        let in_scope: HashSet<&str> = projects.iter().map(|project| project.key.as_str()).collect();
        let held = self.store.project_keys(&self.integration.id).await.map_err(said)?;
        let mut unlisted = BTreeSet::new();
        for project in &projects {
            let is_due = only.as_ref().is_none_or(|only| only.contains(&project.key));
            if !is_due || !held.contains(&project.key) {
                continue;
            }
            let batch = match self.told(project, &in_scope, begun_at).await? {
                Told::Left(out_of_scope) => {
                    if !out_of_scope.is_empty() {
                        let sentence = format!("{} issues are not in scope any more.", out_of_scope.len());
                        self.journal.info("scope.left", &project.key, sentence).await?;
                    }
                    Batch { out_of_scope, ..Batch::default() }
                }
                Told::Nothing { code, why, again } => {
                    if again {
                        unlisted.insert(project.key.clone());
                    }
                    let skipped = Anomaly {
                        kind: AnomalyKind::Skipped,
                        what: Kind::Projects,
                        subject: project.key.clone(),
                        code: code.to_owned(),
                        detail: why,
                    };
                    Batch { anomalies: vec![skipped], ..Batch::default() }
                }
            };
            self.commit(batch, tally).await?;
        }
        self.mark(unlisted, tally).await
    }

    /// What went over the wire without the filter.
    pub(crate) fn traffic(&self) -> Traffic {
        self.unfiltered.as_ref().map(|source| source.traffic()).unwrap_or_default()
    }

    async fn told(
        &mut self,
        project: &ProjectRef,
        in_scope: &HashSet<&str>,
        begun_at: Millis,
    ) -> Result<Told, Message> {
        let theirs = match asked(self.source, self.source.issue_ids(project)).await {
            Ok(theirs) => theirs.into_iter().collect::<HashSet<IssueId>>(),
            Err(message) => return refused(message),
        };
        let ours = ours(self.store, self.integration, &project.key).await?;
        let mut surplus: Vec<IssueId> = ours.keys().filter(|id| !theirs.contains(*id)).cloned().collect();
        if theirs.is_empty()
            && ours.len() > FEW
            && let Some(nothing) = self.doubt(project, &surplus).await?
        {
            return Ok(nothing);
        }
        surplus.sort();
        let shown = match asked(self.source, self.source.issue_keys(&surplus)).await {
            Ok(shown) => shown,
            Err(message) => return refused(message),
        };
        let since = Millis(begun_at.0 - LAG);
        let too_new = self.store.live_since(&self.integration.id, &surplus, since).await.map_err(said)?;
        let has_filter = self.integration.settings.has_filter();
        let has_left = |id: &IssueId, key: &str| match key.rsplit_once('-') {
            // Moved while we looked: the next run reads it where it is.
            Some((home, _)) if home != project.key && in_scope.contains(home) => false,
            // Without a filter it is in scope, and only an index is behind.
            Some((home, _)) if in_scope.contains(home) => has_filter && !too_new.contains(id),
            _ => true,
        };
        Ok(Told::Left(shown.into_iter().filter(|(id, key)| has_left(id, key)).map(|(id, _)| id).collect()))
    }

    /// What there is to say of an empty list. Where the site lists the project's issues without the filter, it is the filter
    /// that takes none of them, and there is no doubt; otherwise the account may see nothing any more.
    async fn doubt(&mut self, project: &ProjectRef, surplus: &[IssueId]) -> Result<Option<Told>, Message> {
        if self.integration.settings.has_filter() {
            let source = match &self.unfiltered {
                Some(source) => source.clone(),
                None => self.unfiltered.insert((self.open_unfiltered)()?).clone(),
            };
            let listed: HashSet<IssueId> = match asked(source.as_ref(), source.issue_ids(project)).await {
                Ok(listed) => listed.into_iter().collect(),
                Err(message) => return refused(message).map(Some),
            };
            if surplus.iter().any(|id| listed.contains(id)) {
                return Ok(None);
            }
        }
        let why = format!(
            "The site lists none of its issues, and {} are here. They stay as they are; weir verify names them.",
            surplus.len()
        );
        Ok(Some(Told::Nothing { code: "scope.empty", why, again: false }))
    }

    async fn mark(&self, unlisted: BTreeSet<String>, tally: &mut Tally) -> Result<(), Message> {
        let settings = &self.integration.settings;
        let (scope, history_months) = (canonical(&settings.scope), settings.history_months);
        let compared = Compared { scope, history_months, unlisted };
        let position = serde_json::to_string(&compared)
            .map_err(|error| Message::Bug { detail: format!("a scope has no JSON: {error}") })?;
        let checkpoint = Checkpoint { partition: Partition(PARTITION.to_owned()), position };
        self.commit(Batch { checkpoints: vec![checkpoint], ..Batch::default() }, tally).await
    }

    async fn commit(&self, batch: Batch, tally: &mut Tally) -> Result<(), Message> {
        if !batch.is_empty() {
            tally.add(&self.sink.commit(batch).await.map_err(|error| *error.0)?.tally);
        }
        Ok(())
    }
}

/// An answer of the site, as long as it sends anything at all.
async fn asked<T>(
    source: &dyn Source,
    work: impl Future<Output = Result<T, SourceError>>,
) -> Result<T, Message> {
    unless_stalled(source, work).await.map_err(|error| *error.message)
}

/// A refusal is of one project; anything else is of the site, and ends the run.
fn refused(message: Message) -> Result<Told, Message> {
    match message {
        Message::PermBrowse { .. }
        | Message::JqlRefused { .. }
        | Message::JiraRefused { .. }
        | Message::JiraForbidden { .. } => {
            let why = format!("Which of its issues are still in scope could not be compared. {message}");
            Ok(Told::Nothing { code: "scope.unlisted", why, again: true })
        }
        other => Err(other),
    }
}

fn said(error: weir_store::StoreError) -> Message {
    error.message().clone()
}

#[cfg(test)]
mod tests;
