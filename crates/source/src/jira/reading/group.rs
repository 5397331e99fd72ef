//! Groups of issues: bodies and histories side by side, one batch each, leaving in the order of the walk.

use super::{
    GROUP, GROUPS_AT_ONCE, Part, Shared,
    bodies::{self, CALL},
    lock,
    position::Position,
    trailing,
    walk::{Mark, Walk, WalkError},
    watermark::{self, Tries},
};
use crate::{
    Emitter, SourceError,
    jira::{
        cloud::{
            histories::{self, Histories},
            silent,
        },
        history::Embedded,
        issue,
        jql::Query,
    },
};
use futures::{StreamExt, future::try_join_all, stream::FuturesOrdered};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use tokio::{sync::mpsc, task::JoinError};
use weir_model::{
    Anomaly, AnomalyKind, Batch, Checkpoint, Deployment, IssueId, Kind, Message, Millis, Partition,
    Quarantined, ReferenceSet,
};

/// Groups of ids that a walk may be ahead: one page, so that it fetches the next meanwhile.
const GROUPS_WALKED_AHEAD: usize = 25;

/// What is kept of the body of an issue that cannot be read.
const MOST_OF_A_BODY: usize = 4 << 20;

/// Ids to fetch together.
#[derive(Debug, Default)]
struct Group {
    ids: Vec<u64>,
    /// Where the walk can be gone on from once these are stored.
    mark: Option<Mark>,
    /// Some may be kept already as the site shows them.
    may_be_kept: bool,
    warnings: Vec<String>,
    refused: Option<String>,
}

/// Reads a part from its checkpoint to its end.
pub(super) async fn read_part(
    shared: &Arc<Shared>,
    partition: &Partition,
    part: &Part,
    from: Option<&Checkpoint>,
    out: &Emitter,
) -> Result<(), SourceError> {
    // Of issues whose former names are not known nobody could tell later that they are outdated.
    let from = from.filter(|_| shared.former.is_some());
    let settings = shared.settings ^ watermark::fnv(part.project.key.as_bytes());
    let mut position = Position::from(from, shared.started_at, settings);
    shared.note_since(position.since);
    shared.note_short(part, position.short);
    shared.progress.reading(&part.project.key);
    if !position.done {
        let (sender, receiver) = mpsc::channel(GROUPS_WALKED_AHEAD);
        let walk = walk_groups(shared, part, position.mark, sender);
        let fetch = emit_groups(shared, partition, part, &mut position, receiver, out);
        let (walked, ()) = tokio::try_join!(walk, fetch)?;
        // Of a project that could not be listed to its end a run that goes on must not believe that it was.
        if walked == Walked::ToTheEnd {
            position.done = true;
            position.short = shared.is_short(part);
            out.emit(Batch { checkpoints: vec![position.checkpoint(partition)], ..Batch::default() }).await?;
        }
    }
    if part.last_of_project {
        shared.progress.project_done();
    }
    Ok(())
}

/// How far a walk came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Walked {
    ToTheEnd,
    UntilRefused,
}

/// Walks the ids and cuts them into groups.
async fn walk_groups(
    shared: &Arc<Shared>,
    part: &Part,
    from: Mark,
    groups: mpsc::Sender<Group>,
) -> Result<Walked, SourceError> {
    let query = shared.query().project(&part.project.key).ids(part.window);
    let mut walk = Walk::new(&shared.site, query, from);
    let mut walked = 0;
    let mut mark = from;
    loop {
        let step = match walk.next().await {
            Ok(Some(step)) => step,
            Ok(None) => break,
            Err(WalkError::Failed(error)) => return Err(error),
            Err(WalkError::Refused(said)) => {
                if shared.filter.is_some() && takes_project(shared, &part.project.key).await? {
                    return Err(Message::JqlRefused { said }.into());
                }
                shared.next().projects.remove(&part.project.id);
                let refused = Group { refused: Some(said), ..Group::default() };
                send(&groups, refused).await?;
                return Ok(Walked::UntilRefused);
            }
        };
        let came = step.ids.len() as u64;
        walked += came;
        if walked > part.expected {
            shared.progress.expect_issues(part.expected.max(walked - came), walked);
        }
        for ids in step.ids.chunks(GROUP) {
            mark.walked += ids.len() as u64;
            mark.last_id = ids.last().copied().unwrap_or(mark.last_id);
            let mark = step.in_order.then_some(mark);
            let warnings = walk.take_warnings();
            shared.note_short(part, !warnings.is_empty());
            // What is walked once more is kept, but for what the first list lacked.
            let is_again = shared.last.as_ref().is_some_and(|last| last.has(&part.project));
            let may_be_kept = step.may_be_kept || is_again || shared.is_rescoped;
            send(&groups, Group { ids: ids.to_vec(), mark, may_be_kept, warnings, refused: None }).await?;
        }
    }
    // A page may be empty of all but a warning.
    let warnings = walk.take_warnings();
    if !warnings.is_empty() {
        shared.note_short(part, true);
        let last = Group { warnings, ..Group::default() };
        send(&groups, last).await?;
    }
    shared.progress.expect_issues(part.expected.max(walked), walked);
    Ok(Walked::ToTheEnd)
}

/// Whether the project can be searched at all: then it is the filter that Jira does not take.
pub(super) async fn takes_project(shared: &Shared, key: &str) -> Result<bool, SourceError> {
    let mut walk = Walk::new(&shared.site, Query::default().project(key), Mark::default());
    match walk.next().await {
        Ok(_) => Ok(true),
        Err(WalkError::Refused(_)) => Ok(false),
        Err(WalkError::Failed(error)) => Err(error),
    }
}

async fn send(groups: &mpsc::Sender<Group>, group: Group) -> Result<(), SourceError> {
    groups.send(group).await.map_err(|_| SourceError::new(Message::Interrupted {}))
}

/// Fetches groups side by side and emits them in order.
async fn emit_groups(
    shared: &Arc<Shared>,
    partition: &Partition,
    part: &Part,
    position: &mut Position,
    mut groups: mpsc::Receiver<Group>,
    out: &Emitter,
) -> Result<(), SourceError> {
    let mut fetched = FuturesOrdered::new();
    let mut next: Option<Group> = None;
    let mut walking = true;
    while walking || next.is_some() || !fetched.is_empty() {
        tokio::select! {
            biased;
            Some((joined, permit)) = fetched.next(), if !fetched.is_empty() => {
                let joined: Result<(Option<Mark>, Result<Batch, SourceError>), JoinError> = joined;
                let (mark, batch) = joined.map_err(|error| Message::Bug { detail: format!("a task died: {error}") })?;
                let mut batch = batch?;
                if let Some(mark) = mark {
                    position.mark = mark;
                    position.short = shared.is_short(part);
                    batch.checkpoints.push(position.checkpoint(partition));
                }
                shared.emit(batch, out).await?;
                // Held until now, so that a slow sink holds back the fetching.
                drop(permit);
            }
            group = groups.recv(), if walking && next.is_none() => match group {
                Some(group) => next = Some(group),
                None => walking = false,
            },
            permit = shared.groups.clone().acquire_owned(), if next.is_some() && fetched.len() < GROUPS_AT_ONCE => {
                let Some(group) = next.take() else { continue };
                let (shared, project_key, out) = (shared.clone(), part.project.key.clone(), out.clone());
                let mut task = AbortOnDrop(tokio::spawn(async move {
                    (group.mark, fetch_group(&shared, &project_key, group, &out).await)
                }));
                fetched.push_back(async move { ((&mut task.0).await, permit) });
            }
        }
    }
    Ok(())
}

/// A task that does not outlive the run that wants its result.
struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Fetches everything of some issues as one batch.
pub(super) async fn fetch(shared: &Shared, ids: &[u64]) -> Result<Batch, SourceError> {
    // Histories after bodies: what is edited in between is then in the histories, and the next run finds the body older than
    // what the site shows. The other way round a history would be missing of a body that passes for the newest.
    let bodies = try_join_all(ids.chunks(CALL).map(|ids| bodies::fetch(shared, ids))).await?;
    let mut histories = histories(shared, ids).await?;
    if shared.site.deployment() == Deployment::Cloud {
        silent::ask(shared, bodies.iter().flat_map(|part| &part.issues), &mut histories).await?;
    }
    let Histories { mut by_issue, met, mut odd, failed } = histories;
    let mut batch = Batch::default();
    let mut mets = vec![met];
    let (mut unread, mut short) = (HashMap::new(), Vec::new());
    // An issue comes with its whole history, or not at all.
    let without_history: HashSet<String> = failed.iter().map(|one| one.subject.clone()).collect();
    for part in bodies {
        mets.push(part.met);
        unread.extend(part.unread);
        batch.anomalies.extend(part.anomalies);
        for parsed in part.issues {
            // Moved out of the scope since the walk: what it is now is not ours to keep.
            if !shared.holds(parsed.project_id.as_deref(), &parsed.record.issue.project_key) {
                continue;
            }
            if without_history.contains(parsed.record.issue.id.as_str()) {
                continue;
            }
            let mut record = parsed.record;
            let id = record.issue.id.as_str().to_owned();
            let embedded = parsed.histories.unwrap_or_else(|| Embedded::absent(shared.site.deployment()));
            odd.extend(embedded.odd.into_iter().map(|detail| (id.clone(), detail)));
            short.extend(embedded.short.map(|detail| (id, detail)));
            let changes = by_issue.remove(record.issue.id.as_str()).unwrap_or(embedded.changes);
            issue::with_history(&mut record, changes);
            batch.issues.push(record);
        }
    }
    // Of an issue whose body failed too, that was said already.
    let named: HashSet<String> = batch.anomalies.iter().map(|anomaly| anomaly.subject.clone()).collect();
    batch.anomalies.extend(failed.into_iter().filter(|one| !named.contains(&one.subject)));
    batch.quarantined = quarantined(&batch.anomalies, unread);
    let mut sprints = Vec::new();
    for met in mets {
        let (people, met_sprints) = shared.book.meet(met);
        batch.people.extend(people);
        sprints.extend(met_sprints);
    }
    if !sprints.is_empty() {
        // Where no board lists a sprint, or its list was refused, this is what issues were read with.
        let sprints = ReferenceSet::Sprints(sprints);
        shared.note_met(&sprints);
        batch.reference.push(sprints);
    }
    let withheld: Vec<u64> = batch.anomalies.iter().filter_map(bodies::withheld_id).collect();
    shared.next().keep_absent(shared.last.as_ref(), &withheld);
    lock(&shared.withheld).extend(withheld);
    odd.extend(short);
    for id in odd.iter().filter_map(|(id, _)| id.parse().ok()) {
        shared.next().read_again(id);
    }
    batch.anomalies.extend(odd.into_iter().map(|(id, detail)| Anomaly {
        kind: AnomalyKind::Unreadable,
        what: Kind::IssueChanges,
        subject: id,
        code: "history.unreadable".to_owned(),
        detail: format!("A history could not be read: {detail}."),
    }));
    Ok(batch)
}

/// Issues that could not be read, for whatever reason, to be kept aside with their bodies until they can be.
fn quarantined(anomalies: &[Anomaly], mut unread: HashMap<u64, String>) -> Vec<Quarantined> {
    let unreadable = anomalies
        .iter()
        .filter(|anomaly| anomaly.kind == AnomalyKind::Unreadable && anomaly.what == Kind::Issues);
    let quarantined = unreadable.map(|anomaly| Quarantined {
        issue: IssueId::from(anomaly.subject.as_str()),
        code: anomaly.code.clone(),
        detail: anomaly.detail.clone(),
        raw: anomaly.subject.parse().ok().and_then(|id: u64| unread.remove(&id)).map(bounded),
    });
    quarantined.collect()
}

/// A body, or as much of it as is kept.
fn bounded(mut body: String) -> String {
    body.truncate(body.floor_char_boundary(MOST_OF_A_BODY));
    body
}

async fn fetch_group(
    shared: &Shared,
    project_key: &str,
    group: Group,
    out: &Emitter,
) -> Result<Batch, SourceError> {
    let mut ids = group.ids;
    if group.may_be_kept && !ids.is_empty() {
        let walked = ids.len();
        // What changes meanwhile is read by the closing pass.
        ids = trailing::news(shared, Millis(i64::MAX), &ids, out).await?;
        shared.progress.issues_done((walked - ids.len()) as u64);
    }
    let mut batch = if ids.is_empty() { Batch::default() } else { fetch(shared, &ids).await? };
    let skipped = |code: &str, detail: String| Anomaly {
        kind: AnomalyKind::Skipped,
        what: Kind::Projects,
        subject: project_key.to_owned(),
        code: code.to_owned(),
        detail,
    };
    batch.anomalies.extend(
        group.refused.map(|said| skipped("perm.browse", format!("It cannot be searched. Jira said: {said}"))),
    );
    batch.anomalies.extend(group.warnings.into_iter().map(|said| {
        skipped("search.warning", format!("The list of its issues may be incomplete. Jira said: {said}"))
    }));
    Ok(batch)
}

/// Histories by issue; Data Center gives them with the bodies.
async fn histories(shared: &Shared, ids: &[u64]) -> Result<Histories, SourceError> {
    match shared.site.deployment() {
        Deployment::Cloud => histories::of(shared, ids).await,
        Deployment::DataCenter => Ok(Histories::none(&shared.mapper.fields.exclusions)),
    }
}

impl Shared {
    /// Remembers the oldest begin of any part: the closing pass has to look back as far as that.
    fn note_since(&self, since: Millis) {
        let mut earliest = lock(&self.earliest);
        *earliest = Some(earliest.map_or(since, |known| known.min(since)));
    }

    /// Remembers that the list of a project may be short.
    fn note_short(&self, part: &Part, is_short: bool) {
        if is_short {
            let before = self.last.as_ref().and_then(|last| last.short.get(&part.project.id).copied());
            let tries = before.map_or(Tries::ONE, Tries::again);
            self.next().short.entry(part.project.id.clone()).or_insert(tries);
        }
    }

    fn is_short(&self, part: &Part) -> bool {
        self.next().short.contains_key(&part.project.id)
    }
}
