//! The closing pass: what changed since the last run, or while the partitions were read.
//!
//! An issue that moved from a project not yet read into one already read is in no walk; but a move is an edit. So
//! everything edited since the run began, or since the last one did, is read once more, with some overlap for the lag of
//! Jira's index ([`trailing`]), and without an upper bound; and with it what changes without an edit: issues that show a name that is
//! another now, issues that could not be read, and issues in whose worklogs something changed. `jira-api` §13.

use super::{
    GROUP, Shared,
    around::Moved,
    group, lock,
    memory::Memory,
    named,
    trailing::{self, Window},
    walk::{self, Mark, Walk, WalkError},
    watermark, worklogs,
};
use crate::{
    Emitter, SourceError,
    jira::{jql::Query, met::Met, reference},
};
use std::collections::{BTreeSet, HashSet};
use weir_model::{Anomaly, AnomalyKind, Batch, IssueId, Kind, Message, Project, ReferenceSet};

/// Projects in one query; an account that lost one of them makes Jira refuse the whole.
const PROJECTS: usize = 50;

/// Ids in one query.
const IDS: usize = 500;

/// Issues that are looked at by their ids at the end of a run.
const MOST_LOOKS: usize = 500;

/// Reads what changed, emits what was held back, and leaves the mark for the next run.
pub(super) async fn read(shared: &Shared, outdated: &[IssueId], out: &Emitter) -> Result<(), SourceError> {
    let begun =
        [*lock(&shared.earliest), shared.last.as_ref().map(|last| last.since), Some(shared.started_at)];
    let base = begun.into_iter().flatten().min().unwrap_or(shared.started_at);
    let window =
        Window::of(base, shared.started_at, shared.last.as_ref().map(|last| last.wide_at), shared.reread);
    let mut pass = Pass::new(shared, out, window);
    pass.edits().await?;
    pass.renamed().await?;
    pass.around_moved().await?;
    let unfinished = lock(&shared.unfinished).clone();
    let turns = shared.last.as_ref().map(|last| {
        let is_wide = trailing::is_wide(shared.started_at, Some(last.wide_at));
        last.turns(is_wide)
    });
    let (due, mut waiting) = turns.unwrap_or_default();
    let outdated = outdated.iter().filter_map(|id| id.as_str().parse().ok());
    let named: BTreeSet<u64> = due.into_iter().chain(unfinished).chain(outdated).collect();
    pass.read_in_scope(named.iter().copied().collect()).await?;
    if shared.last.is_some() {
        pass.worklogs().await?;
    }
    // Sprints that were met in passing meanwhile may be others now as well.
    pass.renamed().await?;
    let (people, sprints) = shared.book.meet(Met::new(&shared.mapper.fields.exclusions));
    let reference = if sprints.is_empty() { vec![] } else { vec![ReferenceSet::Sprints(sprints)] };
    waiting.retain(|id| !pass.fetched.contains(id));
    let doubted: BTreeSet<u64> = named.into_iter().chain(lock(&shared.withheld).iter().copied()).collect();
    let (there, gone) = pass.looked_at(doubted).await?;
    let (mark, anomalies) = {
        let mut next = shared.next();
        next.forget(&gone);
        next.keep_absent(shared.last.as_ref(), &there);
        let passed = shared.last.as_ref().map_or(0, |last| next.take_over(last, &waiting));
        (next.checkpoint(), put_off(passed, next.forgotten))
    };
    let mark = mark.map_err(|error| Message::Bug { detail: format!("a watermark has no JSON: {error}") })?;
    let checkpoints = std::iter::once(mark).chain(Memory::default().checkpoints()?).collect();
    out.emit(Batch { people, reference, anomalies, checkpoints, ..Batch::default() }).await
}

/// What is to be said of issues of which a list was not given, and that were not read again this time, or never will be.
fn put_off(passed: u64, forgotten: u64) -> Vec<Anomaly> {
    let skipped = |code: &str, detail: String| Anomaly {
        kind: AnomalyKind::Skipped,
        what: Kind::Issues,
        subject: "lists".to_owned(),
        code: code.to_owned(),
        detail,
    };
    let waiting = (passed > 0).then(|| {
        let detail = format!(
            "{passed} issues of which a list was not given were not read again this time: they are after a pause that grows up to a day."
        );
        skipped("lists.waiting", detail)
    });
    let forgotten = (forgotten > 0).then(|| {
        let detail = format!(
            "{forgotten} more lists were not given than are remembered: only weir sync --full, or an edit, brings them in."
        );
        skipped("lists.forgotten", detail)
    });
    waiting.into_iter().chain(forgotten).collect()
}

/// Reads these issues and leaves no mark.
pub(super) async fn read_ids(shared: &Shared, ids: &[u64], out: &Emitter) -> Result<(), SourceError> {
    let window = Window::of(shared.started_at, shared.started_at, None, shared.reread);
    let mut pass = Pass::new(shared, out, window);
    pass.read(ids).await
}

pub(super) struct Pass<'a> {
    pub(super) shared: &'a Shared,
    out: &'a Emitter,
    /// Issues that this pass has asked for.
    fetched: HashSet<u64>,
    /// Those of them that came, or are in quarantine.
    came: HashSet<u64>,
    pub(super) window: Window,
    pub(super) moved: Moved,
}

/// What of a list is to be read.
#[derive(Clone, Copy)]
pub(super) enum Wanted {
    All,
    /// What is not kept as the site shows it.
    News,
}

/// Issues that match a query.
pub(super) struct Matching {
    ids: HashSet<u64>,
    /// Jira did not warn that some may be missing.
    pub(super) is_whole: bool,
}

impl<'a> Pass<'a> {
    fn new(shared: &'a Shared, out: &'a Emitter, window: Window) -> Self {
        Self {
            shared,
            out,
            window,
            fetched: HashSet::new(),
            came: HashSet::new(),
            moved: Moved::due(shared.last.as_ref(), shared.started_at),
        }
    }

    async fn edits(&mut self) -> Result<(), SourceError> {
        for projects in self.shared.projects.chunks(PROJECTS) {
            let projects: Vec<&Project> = projects.iter().collect();
            if let Some(said) = self.edits_in(&projects).await? {
                for project in &projects {
                    let said = match projects.len() {
                        1 => Some(said.clone()),
                        _ => self.edits_in(&[project]).await?,
                    };
                    if let Some(said) = said {
                        if self.shared.filter.is_some()
                            && group::takes_project(self.shared, &project.key).await?
                        {
                            return Err(Message::JqlRefused { said }.into());
                        }
                        self.shared.next().projects.remove(&project.id);
                        let what = "What changed in it meanwhile could not be searched.";
                        let code = Message::PermBrowse { key: project.key.clone() }.id();
                        self.skipped(Kind::Projects, &project.key, code, what, &said).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads what was edited in these projects; gives what Jira said when it refuses the query.
    async fn edits_in(&mut self, projects: &[&Project]) -> Result<Option<String>, SourceError> {
        let (shared, since) = (self.shared, self.window.since);
        let all = Query::default().projects(projects.iter().map(|project| project.key.as_str()));
        let elapsed = shared.clock.now().since(shared.begun_at);
        let minutes = (shared.started_at.since(since) + elapsed) / 60_000 + 2;
        let mut refused = None;
        let ways = [
            all.clone().updated_since(since),
            all.clone().updated_within(minutes),
            all.updated_since_the_day_before(since),
        ];
        for query in ways {
            match self.edited(query).await {
                Ok(()) => return Ok(None),
                Err(WalkError::Refused(said)) => refused = Some(said),
                Err(WalkError::Failed(error)) => return Err(error),
            }
        }
        Ok(refused)
    }

    /// Reads edited issues; says of those that the filter does not take that they are not in scope, or not any more.
    async fn edited(&mut self, query: Query) -> Result<(), WalkError> {
        let Some(filter) = self.shared.filter.as_deref() else {
            return self.matching(query, Wanted::News).await.map(drop);
        };
        // All first: what is edited between the two walks is then missing here, and not there.
        let (all, warnings) = walk::collect(&self.shared.site, query.clone()).await?;
        self.warned(warnings).await?;
        let matching = self.matching(query.within_scope(filter), Wanted::News).await?;
        // What a list lacks that may be short is in scope for all that is known.
        if !matching.is_whole {
            return Ok(());
        }
        let others = all.iter().filter(|id| !matching.ids.contains(id));
        let out_of_scope = others.map(|id| IssueId::from(id.to_string().as_str())).collect();
        Ok(self.out.emit(Batch { out_of_scope, ..Batch::default() }).await?)
    }

    /// Reads the issues that show a name which is another now.
    async fn renamed(&mut self) -> Result<(), SourceError> {
        let renamed = std::mem::take(&mut *lock(&self.shared.renamed));
        for (kind, ids) in renamed {
            let Some(fields) = watermark::fields(kind) else { continue };
            let mut parts: Vec<Vec<String>> = ids.chunks(IDS).map(<[String]>::to_vec).collect();
            while let Some(ids) = parts.pop() {
                match self.matching(self.shared.query().any_field(fields, &ids), Wanted::All).await {
                    Ok(found) if found.is_whole => {}
                    Ok(_) => self.shared.next().look_again(kind, &ids),
                    Err(WalkError::Failed(error)) => return Err(error),
                    Err(WalkError::Refused(_)) if ids.len() > 1 => parts.extend(halves(ids)),
                    Err(WalkError::Refused(said)) => {
                        let what = "Issues that show their former names could not be searched.";
                        self.skipped(kind, &ids.join(", "), "search.refused", what, &said).await?;
                        self.shared.next().look_again(kind, &ids);
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads the issues in whose worklogs something changed, and passes on which worklogs were deleted.
    async fn worklogs(&mut self) -> Result<(), SourceError> {
        if self.shared.mapper.fields.exclusions.excludes("worklog") {
            return Ok(());
        }
        let left = self.shared.last.as_ref().and_then(|last| last.worklogs_since);
        let since = left.map_or(self.window.overlap, |left| left.min(self.window.overlap));
        match worklogs::changed(&self.shared.site, since).await {
            Ok(changed) => {
                let issues = changed.issues.into_iter().collect();
                if !self.read_in_scope(issues).await? {
                    self.shared.next().worklogs_since = Some(since);
                }
                self.out.emit(Batch { deleted_worklogs: changed.deleted, ..Batch::default() }).await
            }
            Err(error) if reference::is_refusal(&error) => {
                self.shared.next().worklogs_since = Some(since);
                let skipped = reference::skipped(Kind::IssueWorklogs, "worklog feeds", &error);
                self.out.emit(Batch { anomalies: vec![skipped], ..Batch::default() }).await
            }
            Err(error) => Err(error),
        }
    }

    /// Reads these issues, as far as the operator's filter takes them; `false` where Jira warned that it may take more.
    async fn read_in_scope(&mut self, ids: Vec<u64>) -> Result<bool, SourceError> {
        if self.shared.filter.is_none() {
            self.read(&ids).await?;
            return Ok(true);
        }
        let mut is_whole = true;
        let mut parts: Vec<Vec<u64>> = ids.chunks(IDS).map(<[u64]>::to_vec).collect();
        while let Some(part) = parts.pop() {
            match self.matching(self.shared.query().id_in(&part), Wanted::All).await {
                Ok(found) => is_whole &= found.is_whole,
                Err(WalkError::Failed(error)) => return Err(error),
                // The filter was taken just before: Jira refuses a list for one issue that is gone.
                Err(WalkError::Refused(_)) => parts.extend(halves(part)),
            }
        }
        Ok(is_whole)
    }

    /// Reads what is wanted of what matches, and says which issues match.
    pub(super) async fn matching(&mut self, query: Query, wanted: Wanted) -> Result<Matching, WalkError> {
        let mut walk = Walk::new(&self.shared.site, query, Mark::default());
        let mut ids = HashSet::new();
        while let Some(step) = walk.next().await? {
            match wanted {
                Wanted::All => self.read(&step.ids).await?,
                Wanted::News => self.read_news(&step.ids).await?,
            }
            ids.extend(step.ids);
        }
        let warnings = walk.take_warnings();
        let is_whole = warnings.is_empty();
        self.warned(warnings).await?;
        Ok(Matching { ids, is_whole })
    }

    async fn warned(&self, warnings: Vec<String>) -> Result<(), SourceError> {
        for said in warnings {
            let what = "The list of what changed may be incomplete.";
            self.skipped(Kind::Issues, "search", "search.warning", what, &said).await?;
        }
        Ok(())
    }

    /// Of those of these issues that did not come, which are there all the same as far as a look at them by their ids tells, and
    /// which are not.
    async fn looked_at(&self, mut doubted: BTreeSet<u64>) -> Result<(Vec<u64>, Vec<u64>), SourceError> {
        doubted.retain(|id| !self.came.contains(id));
        let doubted: Vec<u64> = doubted.into_iter().collect();
        let (look, rest) = doubted.split_at(doubted.len().min(MOST_LOOKS));
        if look.is_empty() {
            return Ok((vec![], vec![]));
        }
        let looked = named::look(&self.shared.site, look).await?;
        let mut there: HashSet<u64> = looked.shown.iter().filter_map(|(id, _)| id.parse().ok()).collect();
        there.extend(looked.untold);
        let (mut there, gone): (Vec<u64>, Vec<u64>) = look.iter().partition(|id| there.contains(id));
        there.extend(rest);
        Ok((there, gone))
    }

    async fn read_news(&mut self, ids: &[u64]) -> Result<(), SourceError> {
        let unread: Vec<u64> = ids.iter().copied().filter(|id| !self.fetched.contains(id)).collect();
        if unread.is_empty() {
            return Ok(());
        }
        let news = trailing::news(self.shared, self.window.overlap, &unread, self.out).await?;
        self.read(&news).await
    }

    async fn read(&mut self, ids: &[u64]) -> Result<(), SourceError> {
        let unread: Vec<u64> = ids.iter().copied().filter(|id| self.fetched.insert(*id)).collect();
        self.shared.progress.expect_issues(0, unread.len() as u64);
        for ids in unread.chunks(GROUP) {
            let batch = group::fetch(self.shared, ids).await?;
            self.note_moved(&batch);
            let came = batch.issues.iter().map(|one| &one.issue.id);
            let came = came.chain(batch.quarantined.iter().map(|one| &one.issue));
            self.came.extend(came.filter_map(|id| id.as_str().parse::<u64>().ok()));
            self.shared.emit(batch, self.out).await?;
        }
        Ok(())
    }

    async fn skipped(
        &self,
        kind: Kind,
        subject: &str,
        code: &str,
        what: &str,
        said: &str,
    ) -> Result<(), SourceError> {
        let skipped = Anomaly {
            kind: AnomalyKind::Skipped,
            what: kind,
            subject: subject.to_owned(),
            code: code.to_owned(),
            detail: format!("{what} Jira said: {said}"),
        };
        self.out.emit(Batch { anomalies: vec![skipped], ..Batch::default() }).await
    }
}

/// Both halves of a list; nothing of a list that cannot be cut.
fn halves<T: Clone>(list: Vec<T>) -> Vec<Vec<T>> {
    if list.len() < 2 {
        return Vec::new();
    }
    let (first, second) = list.split_at(list.len() / 2);
    vec![second.to_vec(), first.to_vec()]
}
