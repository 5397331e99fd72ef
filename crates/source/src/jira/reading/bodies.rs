//! Bodies of issues, a hundred a call, and the lists that Jira cut short in them.

use super::{
    Shared,
    halving::{Smaller, is_spoilt, smaller_or_spoilt},
    lists::{self, Listed, Outcome},
    walk::{Mark, Walk},
};
use crate::{
    SourceError,
    jira::{
        cloud, data_center,
        issue::{Mapper, Parsed, Unreadable},
        met::Met,
        reference, scrub, stream, wire,
    },
};
use futures::future::try_join_all;
use serde_json::value::RawValue;
use std::{
    collections::{HashMap, HashSet},
    sync::atomic::Ordering::Relaxed,
};
use weir_model::{Anomaly, AnomalyKind, Deployment, Exclusions, Kind, Message};

/// Ids in one call when all fields are asked for. `jira-api` §4.1.
pub(in crate::jira) const CALL: usize = 100;

/// So many issues may spoil what they are asked for with, all of one request: those in quarantine are asked for together.
const FEW: usize = 20;

/// Projects that are looked into, and issues of each that are asked for, where it is in doubt whether the site gives any.
const PROBES: usize = 5;

/// A site that does not track time shows no worklogs in an issue, and has no list of them either. After so many such
/// issues in a row no more are asked for a list.
const WITHOUT_WORKLOGS: u32 = 3;

/// The code of an issue whose body is not understood.
const UNREADABLE: &str = "issue.unreadable";

/// Issues that came, what they showed in passing, and what is to be said of the others.
#[derive(Debug)]
pub(in crate::jira) struct Bodies {
    pub(in crate::jira) issues: Vec<Parsed>,
    pub(in crate::jira) met: Met,
    pub(in crate::jira) anomalies: Vec<Anomaly>,
    /// Bodies of issues that could not be read, without what is excluded.
    pub(in crate::jira) unread: HashMap<u64, String>,
    /// Bodies that do not tell whose they are.
    nameless: Vec<String>,
}

/// Fetches bodies by id.
pub(in crate::jira) async fn fetch(shared: &Shared, ids: &[u64]) -> Result<Bodies, SourceError> {
    let mut bodies = Bodies::none(&shared.mapper.fields.exclusions);
    let mut retry = Vec::new();
    let mut parts = vec![ids];
    let mut tried_alone = HashSet::new();
    let mut refused = None;
    while let Some(part) = parts.pop() {
        let before = (bodies.issues.len(), bodies.anomalies.len());
        let error = match call(shared, part, &mut bodies).await {
            Ok(unread) => {
                retry.extend(unread);
                continue;
            }
            Err(error) => error,
        };
        bodies.issues.truncate(before.0);
        bodies.anomalies.truncate(before.1);
        match smaller_or_spoilt(&shared.site, part, error, &mut tried_alone).await? {
            Smaller::Parts(more) => parts.extend(more),
            Smaller::Never(id, error) => {
                bodies.anomalies.push(failed(id, error.message.id(), error.message.what()));
                refused = Some(error).filter(is_spoilt);
            }
        }
    }
    if let Some(error) = refused.filter(|_| ids.len() > FEW && bodies.issues.is_empty())
        && !gives_bodies(shared, ids).await?
    {
        // It is what is asked for that the site does not take.
        return Err(error);
    }
    if !retry.is_empty() {
        let again: Vec<u64> = retry.iter().map(|(id, _)| *id).collect();
        let before = (bodies.issues.len(), bodies.anomalies.len());
        // The rest of the page is there: it must not be lost to a second failure of these.
        let failing = match call(shared, &again, &mut bodies).await {
            Ok(failing) => failing,
            Err(error) => {
                bodies.issues.truncate(before.0);
                bodies.anomalies.truncate(before.1);
                // What is not about these issues ends the run here.
                smaller_or_spoilt(&shared.site, &again, error, &mut tried_alone).await?;
                retry
            }
        };
        for (id, detail) in failing {
            bodies.anomalies.push(failed(id, "jira.issue_error", format!("Jira said: {detail}")));
        }
    }
    name_absent(ids, &mut bodies);
    complete(shared, &mut bodies).await?;
    Ok(bodies)
}

/// Whether the site gives the body of any issue but these: then it is these that cannot be had.
async fn gives_bodies(shared: &Shared, but: &[u64]) -> Result<bool, SourceError> {
    let ask = async || {
        for project in shared.projects.iter().take(PROBES) {
            let mut walk = Walk::new(&shared.site, shared.query().project(&project.key), Mark::default());
            let Ok(Some(step)) = walk.next().await else { continue };
            let others: Vec<u64> = step.ids.into_iter().filter(|id| !but.contains(id)).collect();
            let places = (0..PROBES).map(|n| n * others.len() / PROBES);
            for id in places.filter_map(|place| others.get(place)) {
                let mut scratch = Bodies::none(&shared.mapper.fields.exclusions);
                match call(shared, &[*id], &mut scratch).await {
                    Ok(_) if !scratch.issues.is_empty() => return Ok(true),
                    Err(error) if !is_spoilt(&error) => return Err(error),
                    _ => {}
                }
            }
        }
        Ok(false)
    };
    shared.gives_bodies.get_or_try_init(ask).await.copied()
}

/// One call; gives back the ids that Jira says it could not read this time.
async fn call(shared: &Shared, ids: &[u64], bodies: &mut Bodies) -> Result<Vec<(u64, String)>, SourceError> {
    match shared.site.deployment() {
        Deployment::Cloud => cloud::bodies::call(shared, ids, bodies).await,
        Deployment::DataCenter => {
            data_center::bodies::call(shared, ids, bodies).await?;
            Ok(Vec::new())
        }
    }
}

/// What a page brought.
pub(in crate::jira) struct PageRead<'a> {
    /// Ids of its issues, also of those that could not be read.
    pub(in crate::jira) ids: Vec<u64>,
    /// What Jira says of issues that it did not give.
    pub(in crate::jira) errors: Vec<wire::IssueError<'a>>,
}

impl Bodies {
    fn none(exclusions: &Exclusions) -> Self {
        Self {
            issues: vec![],
            met: Met::new(exclusions),
            anomalies: vec![],
            unread: HashMap::new(),
            nameless: vec![],
        }
    }

    /// Takes over a page of issues.
    pub(in crate::jira) fn read_page<'a>(
        &mut self,
        text: &'a str,
        mapper: &Mapper,
    ) -> Result<PageRead<'a>, serde_json::Error> {
        let mut ids = Vec::new();
        if let Ok(page) = stream::page(text, mapper, &mut self.met)
            && page.issues.iter().all(|(_, read)| read.is_ok())
        {
            for (id, read) in page.issues {
                ids.extend(id.parse::<u64>());
                self.issues.extend(read);
            }
            return Ok(PageRead { ids, errors: page.errors });
        }
        // One issue of another shape must not cost the others of its page.
        let page: wire::BulkIssues<'_, &RawValue> = wire::read(text)?;
        for raw in page.issues {
            let id = wire::read::<wire::Named<'_>>(raw.get()).ok().and_then(|named| named.id);
            let id = id.and_then(|id| id.parse().ok());
            ids.extend(id);
            match mapper.issue(raw.get(), &mut self.met) {
                Ok(parsed) => self.issues.push(parsed),
                Err(error) => self.set_aside(id, raw.get(), &error, &mapper.fields.exclusions),
            }
        }
        Ok(PageRead { ids, errors: page.issue_errors.unwrap_or_default() })
    }

    /// Keeps the body of an issue that could not be read.
    fn set_aside(&mut self, id: Option<u64>, raw: &str, error: &Unreadable, exclusions: &Exclusions) {
        let body = scrub::whole(raw, exclusions);
        match id {
            Some(id) => {
                self.unread.extend(body.map(|body| (id, body)));
                self.anomalies.push(failed(id, UNREADABLE, format!("It could not be read: {error}.")));
            }
            None => self.nameless.push(body.unwrap_or_default()),
        }
    }
}

/// Says of each issue that was asked for what became of it. An id that the walk showed and bulkfetch leaves out was deleted
/// or hidden in between; which of the two, only a census can tell. Where as many bodies do not tell whose they are, it may be
/// one of these.
fn name_absent(ids: &[u64], bodies: &mut Bodies) {
    let came: HashSet<u64> =
        bodies.issues.iter().filter_map(|parsed| parsed.record.issue.id.as_str().parse().ok()).collect();
    let named: HashSet<u64> =
        bodies.anomalies.iter().filter_map(|anomaly| anomaly.subject.parse().ok()).collect();
    let absent: Vec<u64> =
        ids.iter().copied().filter(|id| !came.contains(id) && !named.contains(id)).collect();
    let nameless = std::mem::take(&mut bodies.nameless);
    if let ([id], [body]) = (absent.as_slice(), nameless.as_slice()) {
        bodies.unread.insert(*id, body.clone());
    }
    bodies.anomalies.extend(absent.into_iter().map(|id| match nameless.is_empty() {
        true => withheld(id, ""),
        false => {
            failed(id, UNREADABLE, "It could not be read: a body came that does not tell its id.".into())
        }
    }));
}

/// The code of an issue that was listed and is not given.
const WITHHELD: &str = "issue.withheld";

/// The issue that an anomaly says is not given.
pub(super) fn withheld_id(anomaly: &Anomaly) -> Option<u64> {
    (anomaly.code == WITHHELD).then(|| anomaly.subject.parse().ok()).flatten()
}

/// An issue that was listed and is not given. It is asked for again: an answer that lacks it proves nothing.
pub(in crate::jira) fn withheld(id: u64, said: &str) -> Anomaly {
    let said = if said.is_empty() { String::new() } else { format!(" Jira said: {said}") };
    Anomaly {
        kind: AnomalyKind::Skipped,
        what: Kind::Issues,
        subject: id.to_string(),
        code: WITHHELD.to_owned(),
        detail: format!("Jira listed it, then did not give it: deleted or hidden meanwhile.{said}"),
    }
}

pub(in crate::jira) fn failed(id: u64, code: &str, detail: String) -> Anomaly {
    Anomaly {
        kind: AnomalyKind::Unreadable,
        what: Kind::Issues,
        subject: id.to_string(),
        code: code.to_owned(),
        detail,
    }
}

/// Reads the comments and worklogs of issues that came with only some of them.
async fn complete(shared: &Shared, bodies: &mut Bodies) -> Result<(), SourceError> {
    let short = |wanted: &dyn Fn(&Parsed) -> bool| -> Vec<(usize, String)> {
        let issues = bodies.issues.iter().enumerate().filter(|(_, parsed)| wanted(parsed));
        issues.map(|(at, parsed)| (at, parsed.record.issue.id.as_str().to_owned())).collect()
    };
    let comments = short(&|parsed| parsed.comments_short || is_silent_on_customers(shared, parsed));
    let worklogs = match shared.without_worklogs.load(Relaxed) {
        0..WITHOUT_WORKLOGS => short(&|parsed| parsed.worklogs_short),
        _ => short(&|parsed| parsed.worklogs_short && parsed.worklogs_shown),
    };
    let (comment_lists, worklog_lists) = tokio::try_join!(
        try_join_all(comments.iter().map(|(_, id)| lists::comments(shared, id))),
        try_join_all(worklogs.iter().map(|(_, id)| lists::worklogs(shared, id))),
    )?;
    for ((at, id), list) in comments.into_iter().zip(comment_lists) {
        bodies.issues[at].record.comments = taken(shared, list, Kind::IssueComments, (at, &id), bodies);
    }
    for ((at, id), list) in worklogs.into_iter().zip(worklog_lists) {
        bodies.issues[at].record.worklogs = taken(shared, list, Kind::IssueWorklogs, (at, &id), bodies);
    }
    for parsed in &bodies.issues {
        bodies.anomalies.extend(parsed.odd_fields.iter().map(|field| Anomaly {
            kind: AnomalyKind::Notice,
            what: Kind::Issues,
            subject: parsed.record.issue.key.clone(),
            code: "field.shape".to_owned(),
            detail: format!("The value of {field} does not have the shape that Jira documents; it is kept as it came where it is kept at all."),
        }));
    }
    Ok(())
}

/// Whether comments came of which it is not known whether customers may read them: on Data Center those of service desks
/// do not tell, also after their issue moved elsewhere.
fn is_silent_on_customers(shared: &Shared, parsed: &Parsed) -> bool {
    let has_comments = parsed.record.comments.as_ref().is_some_and(|comments| !comments.is_empty());
    if shared.site.deployment() == Deployment::Cloud || !has_comments {
        return false;
    }
    let key = &*parsed.record.issue.project_key;
    let project = shared.projects.iter().find(|project| project.key == key);
    let mut changes = parsed.histories.iter().flat_map(|histories| &histories.changes);
    let mut has_moved = || changes.any(|change| change.field.eq_ignore_ascii_case("key"));
    project.and_then(|project| project.kind.as_deref()) == Some("service_desk") || has_moved()
}

/// The rows of a list. Where Jira would not give it nothing is known of it, which is not the same as an empty list: that
/// is said, and the next run tries again.
fn taken<T>(
    shared: &Shared,
    list: Outcome<T>,
    kind: Kind,
    (at, id): (usize, &str),
    bodies: &mut Bodies,
) -> Option<Vec<T>> {
    let error = match list {
        Ok(list) => {
            if kind == Kind::IssueWorklogs && !bodies.issues[at].worklogs_shown {
                shared.without_worklogs.store(0, Relaxed);
            }
            return Some(take(shared, list, kind, at, bodies));
        }
        Err(error) => error,
    };
    let parsed = &bodies.issues[at];
    let absent = matches!(*error.message, Message::JiraRefused { status: 404, .. });
    if kind == Kind::IssueWorklogs && !parsed.worklogs_shown && absent {
        shared.without_worklogs.fetch_add(1, Relaxed);
        return None;
    }
    bodies.anomalies.push(reference::skipped(kind, &parsed.record.issue.key, &error));
    if let Ok(id) = id.parse() {
        shared.next().read_again(id);
    }
    None
}

/// The rows of a list; what could not be read of it is said.
fn take<T>(shared: &Shared, list: Listed<T>, kind: Kind, at: usize, bodies: &mut Bodies) -> Vec<T> {
    let record = &mut bodies.issues[at].record;
    let subject = &record.issue.key;
    if list.odd > 0 {
        // What is known of such an entry is all that is known of it.
        record.partly.push(kind);
        if let Ok(id) = record.issue.id.as_str().parse() {
            shared.next().read_again(id);
        }
    }
    bodies.anomalies.extend((0..list.odd).map(|_| Anomaly {
        kind: AnomalyKind::Unreadable,
        what: kind,
        subject: subject.clone(),
        code: "jira.malformed".to_owned(),
        detail: "An entry could not be read.".to_owned(),
    }));
    bodies.met.absorb(list.met);
    list.rows
}
