//! One run's view of a site, of Cloud or of Data Center.
//!
//! Ids are walked project by project, in an order that no edit moves; for each group of ids the bodies and the histories
//! are fetched, in bulk and in parallel; lists that Jira cut short are read apart. A group becomes one batch, and batches
//! leave in the order of the walk, each with the last id that it reaches. What the products do differently is in
//! `cloud` and `data_center`.

mod around;
pub(super) mod bodies;
mod closing;
mod group;
pub(super) mod halving;
pub(super) mod lists;
mod memory;
pub(super) mod named;
mod position;
mod trailing;
pub(super) mod walk;
pub(super) mod watermark;
mod worklogs;

use super::{
    Jira, boards, cloud, data_center,
    fields::FieldMap,
    issue::Mapper,
    jql::{IdWindow, Query},
    met::Book,
    people, projects,
    reference::{self, Listed},
    site::Site,
};
use crate::{Emitter, Parts, Progress, Reading, SourceError, in_parts};
use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use memory::Memory;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicU32},
};
use tokio::sync::{OnceCell, Semaphore};
use watermark::Watermark;
use weir_model::{
    Anomaly, Batch, Checkpoint, Clock, Deployment, IssueId, Kind, Message, Millis, Partition, Project,
    ReferenceSet, Scope, ShownProjects,
};

/// Ids in a group: two calls for bodies, and on Cloud one for histories.
const GROUP: usize = 200;

/// Groups that are fetched or wait for their turn, over all partitions; they bound the memory of a run.
const GROUPS_AT_ONCE: usize = 4;

/// Requests for lists that may wait for an answer beside the issues'.
const LISTS_AT_ONCE: usize = 4;

/// A run on a site.
#[derive(Debug)]
pub(super) struct SiteReading {
    shared: Arc<Shared>,
    partitions: HashMap<Partition, Part>,
    order: Vec<Partition>,
    elsewhere: Vec<Project>,
    shown_projects: ShownProjects,
    fields: ReferenceSet,
    /// What is to be said of fields that could not be read.
    odd_fields: Vec<Anomaly>,
    /// What is to be said of projects that were named and are not there.
    absent: Vec<Anomaly>,
}

/// What every task of a run needs.
pub(super) struct Shared {
    pub(super) site: Site,
    pub(super) mapper: Mapper,
    book: Book,
    filter: Option<String>,
    scope_ids: Option<Vec<String>>,
    projects: Vec<Project>,
    progress: Arc<Progress>,
    groups: Arc<Semaphore>,
    /// Issues in a row that neither showed worklogs nor had a list of them.
    without_worklogs: AtomicU32,
    clock: Arc<dyn Clock>,
    started_at: Millis,
    begun_at: Millis,
    earliest: Mutex<Option<Millis>>,
    settings: u64,
    /// How far a run looks back, in milliseconds.
    reread: i64,
    /// The last run had another filter: of what this one takes, only what is not kept is read.
    is_rescoped: bool,
    /// Names that issues which are stored show: those of the last run, or of the one that is gone on with. Without them
    /// nothing is gone on with.
    former: Option<BTreeMap<String, u64>>,
    /// Issues of which runs that did not come to their end were not given some list.
    unfinished: Mutex<BTreeSet<u64>>,
    /// Names that no list has, met in passing by this run or by those that did not come to their end.
    met: Mutex<BTreeMap<String, u64>>,
    /// How much of what is to be remembered the store knows.
    told: tokio::sync::Mutex<memory::Told>,
    /// Whether bodies can be had at all, once that was in doubt.
    gives_bodies: OnceCell<bool>,
    /// What the last run left; without it everything is read.
    last: Option<Watermark>,
    /// What this run will leave.
    next: Mutex<Watermark>,
    /// Issues that were asked for and left out without an error.
    withheld: Mutex<BTreeSet<u64>>,
    /// Names that are no longer what issues were read with.
    renamed: Mutex<Vec<(Kind, Vec<String>)>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("site", &self.site).finish_non_exhaustive()
    }
}

/// A part of a project.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) project: Project,
    pub(super) window: IdWindow,
    pub(super) expected: u64,
    pub(super) last_of_project: bool,
}

/// Proves the account, and settles which fields, projects and windows this run reads.
pub(super) async fn begin(
    jira: &Jira,
    progress: Arc<Progress>,
    checkpoints: &[Checkpoint],
) -> Result<SiteReading, SourceError> {
    let site = jira.site.clone();
    let begun_at = jira.environment.clock.now();
    let site_time = super::auth::prove(&site, &jira.account_id).await?;
    let started_at = Millis(site_time.unwrap_or(begun_at.0));

    let (fields, listed) = tokio::try_join!(read_fields(jira), projects::all(&site, &jira.site_url))?;
    let (field_rows, field_map, odd_fields) = fields;
    let shown_projects = listed.shown();
    let chosen = projects::chosen(&site, listed.live, &jira.scope).await?;
    let (live, absent) = (chosen.projects, projects::absent(&chosen.absent));
    if live.is_empty() {
        return Err(Message::PermNoProjects { account: jira.account_id.clone() }.into());
    }
    let elsewhere = match jira.scope {
        Scope::Projects(_) => Vec::new(),
        _ => listed.elsewhere,
    };
    let filter = jira.filter.clone();
    progress.projects(live.len() as u64);
    let settings = watermark::settings(filter.as_deref(), &jira.exclusions);
    let digests = (settings, watermark::kept(&jira.exclusions));
    let same = Watermark::of(checkpoints, settings);
    let rescoped = match same {
        Some(_) => None,
        None => Watermark::of_another_filter(checkpoints, digests),
    };
    let is_rescoped = rescoped.is_some();
    let last = same.or(rescoped);
    let begun_with = Watermark::begun_with(checkpoints, settings);
    let memory = Memory::of(checkpoints);
    let mut former = last.as_ref().map(|last| &last.names).or(begun_with.as_ref()).cloned();
    if let Some(former) = &mut former {
        for (name, digest) in &memory.met {
            former.entry(name.clone()).or_insert(*digest);
        }
    }
    let mut next = Watermark::of_run(started_at, digests, &live, former.clone().unwrap_or_default());
    next.left_out = Some(jira.exclusions.fields.clone());
    if let Some(last) = &last
        && !trailing::is_wide(started_at, Some(last.wide_at))
    {
        next.wide_at = last.wide_at;
    }
    let is_wide = last.as_ref().is_none_or(|last| trailing::is_wide(started_at, Some(last.wide_at)));
    if let Some(last) = last.as_ref().filter(|_| !is_rescoped) {
        next.keep_short(last, is_wide);
    }
    if let Some(last) = &last {
        next.around.keep_waiting(&last.around, is_wide);
    }
    let is_new = |project: &&Project| {
        is_rescoped
            || last.as_ref().is_none_or(|last| !last.has(project) || last.is_short(&project.id, is_wide))
    };
    let unread: Vec<&Project> = live.iter().filter(is_new).collect();
    let splits: Vec<_> = unread.into_iter().map(|project| split(&site, filter.as_deref(), project)).collect();
    let windows: Vec<Vec<Part>> = stream::iter(splits).buffered(LISTS_AT_ONCE * 2).try_collect().await?;
    let parts = windows.into_iter().flatten();

    let mut order = Vec::new();
    let mut partitions = HashMap::new();
    for part in parts {
        progress.expect_issues(0, part.expected);
        let name = Partition(name(&part));
        order.push(name.clone());
        partitions.insert(name, part);
    }
    let scope_ids = matches!(jira.scope, Scope::Projects(_))
        .then(|| live.iter().map(|project| project.id.clone()).collect());
    Ok(SiteReading {
        shared: Arc::new(Shared {
            site,
            mapper: Mapper::new(field_map, &jira.site_url, jira.site.deployment()),
            book: Book::default(),
            filter,
            scope_ids,
            projects: live,
            progress,
            groups: Arc::new(Semaphore::new(GROUPS_AT_ONCE)),
            without_worklogs: AtomicU32::new(0),
            clock: jira.environment.clock.clone(),
            started_at,
            begun_at,
            earliest: Mutex::new(None),
            settings,
            reread: jira.reread,
            is_rescoped,
            former,
            told: tokio::sync::Mutex::new(memory.told()),
            unfinished: Mutex::new(memory.again),
            met: Mutex::new(memory.met),
            gives_bodies: OnceCell::new(),
            last,
            next: Mutex::new(next),
            withheld: Mutex::default(),
            renamed: Mutex::default(),
        }),
        partitions,
        order,
        elsewhere,
        shown_projects,
        fields: field_rows,
        odd_fields,
        absent,
    })
}

async fn read_fields(jira: &Jira) -> Result<(ReferenceSet, FieldMap, Vec<Anomaly>), SourceError> {
    let reply = jira.site.get("fields", "api/field", &[]).await?.ok()?;
    let text = reply.text()?;
    let (wires, odd) = reference::field_list(&text).map_err(|error| reply.malformed(error))?;
    Ok((reference::fields(&wires), FieldMap::new(&wires, &jira.exclusions, jira.cases.as_ref()), odd))
}

/// The parts that a project is read in. Data Center gives the next page only to who knows the one before, so that cutting
/// a project into windows of ids would gain nothing but the trust that its ids are in order.
async fn split(site: &Site, filter: Option<&str>, project: &Project) -> Result<Vec<Part>, SourceError> {
    match site.deployment() {
        Deployment::Cloud => cloud::window::split(site, filter, project).await,
        Deployment::DataCenter => {
            let query = Query::within(filter).project(&project.key);
            let expected = data_center::total(site, &query).await?.unwrap_or(0);
            let window = IdWindow::default();
            Ok(vec![Part { project: project.clone(), window, expected, last_of_project: true }])
        }
    }
}

/// The partition's name; the same window has the same name in every run.
fn name(part: &Part) -> String {
    let edge = |edge: Option<u64>| edge.map(|id| id.to_string()).unwrap_or_default();
    format!("project:{}:{}-{}", part.project.id, edge(part.window.from), edge(part.window.until))
}

#[async_trait]
impl Reading for SiteReading {
    fn is_incremental(&self) -> bool {
        self.shared.last.is_some()
    }

    fn since(&self) -> Option<Millis> {
        self.shared.last.as_ref().map(|last| last.since)
    }

    fn project_keys(&self) -> Vec<String> {
        let refused = |project: &&Project| !self.shared.next().projects.contains_key(&project.id);
        let read = self.partitions.values().filter(|part| part.last_of_project).map(|part| &part.project);
        read.filter(|project| !refused(project)).map(|project| project.key.clone()).collect()
    }

    async fn read_all(
        &self,
        checkpoints: &[Checkpoint],
        progress: &Progress,
        out: &Emitter,
    ) -> Result<(), SourceError> {
        in_parts(self, checkpoints, progress, out).await
    }

    async fn read_only(&self, ids: &[IssueId], out: &Emitter) -> Result<(), SourceError> {
        self.reference(out).await?;
        self.read_ids(ids, out).await
    }
}

#[async_trait]
impl Parts for SiteReading {
    fn partitions(&self) -> Vec<Partition> {
        self.order.clone()
    }

    async fn reference(&self, out: &Emitter) -> Result<(), SourceError> {
        let shared = &self.shared;
        let mut projects = shared.projects.clone();
        projects.extend(self.elsewhere.iter().cloned());
        let first = vec![ReferenceSet::Projects(projects), self.fields.clone()];
        let anomalies = self.odd_fields.iter().chain(&self.absent).cloned().collect();
        let shown_projects = Some(self.shown_projects.clone());
        out.emit(Batch { reference: first, shown_projects, anomalies, ..Batch::default() }).await?;
        tokio::try_join!(self.people(out), self.boards(out), self.lists(out))?;
        if shared.last.is_some() {
            return Ok(());
        }
        let former = shared.former.clone().unwrap_or_default();
        let names = shared
            .next()
            .names_checkpoint(&former)
            .map_err(|error| Message::Bug { detail: format!("names have no JSON: {error}") })?;
        out.emit(Batch { checkpoints: vec![names], ..Batch::default() }).await
    }

    async fn read(
        &self,
        partition: &Partition,
        from: Option<&Checkpoint>,
        out: &Emitter,
    ) -> Result<(), SourceError> {
        let part = self.partitions.get(partition).ok_or_else(|| {
            SourceError::new(Message::Bug {
                detail: format!("{} is not a partition of this run", partition.0),
            })
        })?;
        group::read_part(&self.shared, partition, part, from, out).await
    }

    async fn read_ids(&self, ids: &[IssueId], out: &Emitter) -> Result<(), SourceError> {
        let ids: Vec<u64> = ids.iter().filter_map(|id| id.as_str().parse().ok()).collect();
        closing::read_ids(&self.shared, &ids, out).await
    }

    async fn close(&self, outdated: &[IssueId], out: &Emitter) -> Result<(), SourceError> {
        closing::read(&self.shared, outdated, out).await
    }
}

impl SiteReading {
    async fn people(&self, out: &Emitter) -> Result<(), SourceError> {
        let book = &self.shared.book;
        let details = !self.shared.mapper.fields.exclusions.user_details;
        let batch = match people::list(&self.shared.site, details).await {
            Ok((people, anomalies)) => {
                Batch { people: book.list_people(people), anomalies, ..Batch::default() }
            }
            Err(error) if people::is_withheld(&error) => {
                anomaly(reference::skipped(Kind::People, "users", &error))
            }
            Err(error) => return Err(error),
        };
        book.people_listed();
        out.emit(batch).await
    }

    async fn boards(&self, out: &Emitter) -> Result<(), SourceError> {
        let shared = &self.shared;
        let (boards, mut odd) = match boards::list(&shared.site).await {
            Ok(listed) => listed,
            Err(error) if reference::is_refusal(&error) => {
                shared.book.sprints_listed();
                return out.emit(anomaly(reference::skipped(Kind::Boards, "boards", &error))).await;
            }
            Err(error) => return Err(error),
        };
        let homes = boards.into_iter().map(|board| boards::at_home(&shared.site, board));
        let mut homes = stream::iter(homes.collect::<Vec<_>>()).buffered(LISTS_AT_ONCE);
        let mut boards = Vec::new();
        while let Some(found) = homes.next().await {
            let (board, unknown) = found?;
            boards.push(board);
            odd.extend(unknown);
        }
        let wanted: Vec<_> =
            boards.into_iter().filter(|board| shared.has_project(board.project_key.as_deref())).collect();
        let mut batch = Batch {
            reference: vec![ReferenceSet::Boards(wanted.clone())],
            anomalies: odd,
            ..Batch::default()
        };
        let lists: Vec<_> = wanted.iter().map(|board| boards::sprints(&shared.site, board)).collect();
        let mut lists = stream::iter(lists).buffer_unordered(LISTS_AT_ONCE);
        while let Some(listed) = lists.next().await {
            let (sprints, odd) = listed?;
            let sprints = ReferenceSet::Sprints(shared.book.list_sprints(sprints));
            shared.note_names(&sprints);
            batch.reference.push(sprints);
            batch.anomalies.extend(odd);
        }
        shared.book.sprints_listed();
        out.emit(batch).await
    }

    async fn lists(&self, out: &Emitter) -> Result<(), SourceError> {
        let site = &self.shared.site;
        let mut wanted: Vec<(Kind, Option<&str>)> = reference::SITE_WIDE.map(|kind| (kind, None)).into();
        for project in &self.shared.projects {
            wanted.extend([Kind::Versions, Kind::Components].map(|kind| (kind, Some(project.key.as_str()))));
        }
        let lists: Vec<_> = wanted.into_iter().map(|(kind, key)| reference::list(site, kind, key)).collect();
        let mut lists = stream::iter(lists).buffer_unordered(LISTS_AT_ONCE);
        while let Some(listed) = lists.next().await {
            let Listed { set, anomalies } = listed?;
            set.iter().for_each(|set| self.shared.note_names(set));
            out.emit(Batch { reference: set.into_iter().collect(), anomalies, ..Batch::default() }).await?;
        }
        Ok(())
    }
}

impl Shared {
    /// The operator's filter, to be narrowed.
    fn query(&self) -> Query {
        Query::within(self.filter.as_deref())
    }

    /// What this run will leave to the next.
    fn next(&self) -> MutexGuard<'_, Watermark> {
        lock(&self.next)
    }

    fn note_met(&self, set: &ReferenceSet) {
        let mut met = lock(&self.met);
        for (name, digest) in watermark::digests(set) {
            met.entry(name).or_insert(digest);
        }
        drop(met);
        self.note_names(set);
    }

    fn note_names(&self, set: &ReferenceSet) {
        let renamed = self.next().note_names(set);
        if !renamed.is_empty() {
            lock(&self.renamed).push((set.kind(), renamed));
        }
    }

    /// Whether something that lives in a project is in scope; what lives in none is.
    fn has_project(&self, key: Option<&str>) -> bool {
        self.scope_ids.is_none()
            || key.is_none_or(|key| self.projects.iter().any(|project| project.key == key))
    }

    /// Whether an issue of this project is in scope. Ids decide where the issue tells one: keys can change meanwhile.
    fn holds(&self, id: Option<&str>, key: &str) -> bool {
        match (&self.scope_ids, id) {
            (None, _) => true,
            (Some(ids), Some(id)) => ids.iter().any(|known| known == id),
            (Some(_), None) => self.has_project(Some(key)),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn anomaly(anomaly: Anomaly) -> Batch {
    Batch { anomalies: vec![anomaly], ..Batch::default() }
}
