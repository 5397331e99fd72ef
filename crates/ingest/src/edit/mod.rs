//! Changing an integration, with the right consequences: what is excluded now is deleted at once, projects that were
//! dropped leave the scope at once, and the next run brings in what is new.
//!
//! The source's watermark knows filters and exclusions by their digest, and projects one by one. It does not know that issues
//! it speaks of have left the scope here, since only an edit can say so. A scope that lets issues go is therefore marked by the
//! absence of its checkpoint until a run has come to its end under it; whoever takes issues in again before that finds no mark,
//! and has everything read anew.

mod words;

use crate::{lease, scope, sync::PARTS, unread};
use weir_model::{Checkpoint, Exclusions, Integration, Message, Scope, Speed, same_key};
use weir_source::jira;
use weir_store::{Compaction, Lease, LeaseHolder, Store};

/// What is to be another way. What is `None` stays as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Changes {
    /// Another name.
    pub name: Option<String>,
    /// Which issues.
    pub scope: Option<Scope>,
    /// What is never asked for, all of it.
    pub exclusions: Option<Exclusions>,
    /// A time zone.
    pub timezone: Option<String>,
    /// Minutes between runs.
    pub interval_minutes: Option<u32>,
    /// A cron pattern instead of the interval; inside, `None` for the interval.
    pub cron: Option<Option<String>>,
    /// Minutes between comparisons of everything with the site; inside, `None` for never by itself.
    pub census_minutes: Option<Option<u32>>,
    /// Minutes that each run looks back.
    pub reread_minutes: Option<u32>,
    /// How many months before it was added an issue may have been edited last; inside, `None` for any time.
    pub history_months: Option<Option<u32>>,
    /// How fast the site is read.
    pub speed: Option<Speed>,
    /// Free text.
    pub description: Option<String>,
    /// Free labels, all of them.
    pub tags: Option<Vec<String>>,
    /// Who answers for it; inside, `None` for nobody.
    pub owner: Option<Option<String>>,
    /// Who stands in for the owner; inside, `None` for nobody.
    pub secondary_owner: Option<Option<String>>,
}

impl Changes {
    /// The integration with these changes.
    pub fn applied_to(&self, integration: &Integration) -> Integration {
        let mut after = integration.clone();
        let settings = &mut after.settings;
        take(&self.name, &mut after.name);
        take(&self.scope, &mut settings.scope);
        take(&self.exclusions, &mut settings.exclusions);
        if self.timezone.is_some() {
            settings.timezone.clone_from(&self.timezone);
        }
        take(&self.interval_minutes, &mut settings.interval_minutes);
        take(&self.cron, &mut settings.cron);
        take(&self.census_minutes, &mut settings.census_minutes);
        take(&self.reread_minutes, &mut settings.reread_minutes);
        take(&self.history_months, &mut settings.history_months);
        take(&self.speed, &mut settings.speed);
        take(&self.description, &mut settings.description);
        take(&self.tags, &mut settings.tags);
        take(&self.owner, &mut settings.owner);
        take(&self.secondary_owner, &mut settings.secondary_owner);
        after
    }
}

fn take<T: Clone>(given: &Option<T>, into: &mut T) {
    if let Some(given) = given {
        into.clone_from(given);
    }
}

/// Why the next run goes through everything again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReadAnew {
    /// Another filter takes other issues: all are listed, and those are read that are not kept.
    Filter,
    /// Other fields are asked for.
    Exclusions,
    /// Issues that had left the scope come back to it, and no run has come to its end meanwhile.
    CameBack,
}

/// What an edit did, and what the next run will do.
#[derive(Clone, Debug)]
pub struct Edited {
    /// The integration as it was.
    pub before: Integration,
    /// The integration as it is.
    pub after: Integration,
    /// Projects that are no longer in scope, each with the number of issues that were live.
    pub left: Vec<(String, u64)>,
    /// Whether what was deleted has left the store's file.
    pub compaction: Compaction,
    /// Why the next run goes through everything again; `None` where it goes on.
    pub read_anew: Option<ReadAnew>,
    /// Whether anything was read before.
    pub was_read: bool,
}

impl Edited {
    /// What is excluded from now on.
    pub fn excluded(&self) -> Exclusions {
        self.after.settings.exclusions.beyond(&self.before.settings.exclusions)
    }

    /// Keys of projects that were named and were not before.
    pub fn added(&self) -> Vec<&str> {
        let Scope::Projects(now) = &self.after.settings.scope else { return vec![] };
        let before: &[String] = match &self.before.settings.scope {
            Scope::Projects(before) => before,
            Scope::Everything => return vec![],
            Scope::Jql(_) => &[],
        };
        let is_new = |key: &&str| !before.iter().any(|known| same_key(known, key));
        now.iter().map(String::as_str).filter(is_new).collect()
    }
}

/// Changes an integration under its lease. Another scope, or other exclusions, are first proved by `prove`.
///
/// # Errors
/// `run.busy` while it is being brought up to date, `name.taken`, `integration.changed`, and what `prove` says. Nothing is
/// changed then.
pub async fn edit<E: From<Message>>(
    store: &Store,
    integration: &Integration,
    changes: &Changes,
    holder: &LeaseHolder,
    prove: impl AsyncFnOnce(&Integration) -> Result<(), E>,
) -> Result<Edited, E> {
    let lease = lease::take(store, integration, holder).await?;
    let outcome = edit_leased(store, integration, changes, &lease, prove).await;
    lease::give_back(store, &lease).await;
    outcome
}

async fn edit_leased<E: From<Message>>(
    store: &Store,
    integration: &Integration,
    changes: &Changes,
    lease: &Lease,
    prove: impl AsyncFnOnce(&Integration) -> Result<(), E>,
) -> Result<Edited, E> {
    // As it is under the lease.
    let before = store.integration(&integration.name).await.map_err(said)?;
    let before = before.filter(|before| before.id == integration.id);
    let before = before.ok_or_else(|| Message::IntegrationChanged { name: integration.name.clone() })?;
    let mut after = changes.applied_to(&before);
    after.settings.remember_rhythm(&before.settings, store.instant());
    let mut edited = Edited {
        before,
        after,
        left: vec![],
        compaction: Compaction::NotNeeded,
        read_anew: None,
        was_read: false,
    };
    let (before, after) = (&edited.before, &edited.after);
    if before == after {
        return Ok(edited);
    }
    if before.name != after.name && store.integration(&after.name).await.map_err(said)?.is_some() {
        return Err(Message::NameTaken { name: after.name.clone() }.into());
    }
    let (old, new) = (&before.settings, &after.settings);
    if old.scope != new.scope || old.exclusions != new.exclusions {
        prove(after).await?;
    }
    // What came before may have taken a while.
    if !store.renew_lease(lease).await.map_err(said)? {
        return Err(Message::RunBusy { name: before.name.clone() }.into());
    }
    let checkpoints = store.checkpoints(&before.id).await.map_err(said)?;
    let (obsolete, read_anew) = followed(before, after, &checkpoints);
    let mut not_read = unread::words(store, before).await.map_err(said)?;
    not_read.extend(unread::owned(&after.settings.exclusions.beyond(&before.settings.exclusions)));
    let mut obsolete = obsolete.to_vec();
    if !not_read.is_subset(&unread::owned(&after.settings.exclusions)) {
        // Whatever the mark says of before: what is wanted again has to be read.
        obsolete.push(jira::MARK);
    }
    let done = store.edit_integration(lease, before, after, &obsolete, &not_read).await.map_err(said)?;
    // What was put off because it failed as it was need not wait any longer.
    let failing = store.planned_of(&before.id).await.map_err(said)?.and_then(|planned| planned.schedule);
    if failing.is_some_and(|schedule| schedule.failures > 0) {
        store.due_at_once(&before.id).await.map_err(said)?;
    }
    edited.left = done.left;
    edited.compaction = done.compaction;
    edited.read_anew = read_anew;
    edited.was_read = !checkpoints.is_empty();
    Ok(edited)
}

/// What an edit would do; nothing is changed, and nothing asked of the site.
///
/// # Errors
/// What the store says.
pub async fn preview(store: &Store, before: &Integration, changes: &Changes) -> Result<Edited, Message> {
    let after = changes.applied_to(before);
    let checkpoints = store.checkpoints(&before.id).await.map_err(said)?;
    let (_, read_anew) = followed(before, &after, &checkpoints);
    let left = match before.settings.scope == after.settings.scope {
        true => vec![],
        false => store.would_leave(&before.id, &after.settings.scope).await.map_err(said)?,
    };
    Ok(Edited {
        before: before.clone(),
        after,
        left,
        compaction: Compaction::NotNeeded,
        read_anew,
        was_read: !checkpoints.is_empty(),
    })
}

/// Beginnings of the names of checkpoints that do not hold any more, and why the next run goes through everything again.
fn followed(
    before: &Integration,
    after: &Integration,
    checkpoints: &[Checkpoint],
) -> (&'static [&'static str], Option<ReadAnew>) {
    let (old, new) = (&before.settings, &after.settings);
    let came_back = !old.takes_all_of(new)
        && !checkpoints.is_empty()
        && !checkpoints.iter().any(|one| one.partition.0 == scope::PARTITION);
    let obsolete: &'static [&'static str] = if came_back {
        &[""]
    } else if new.takes_all_of(old) {
        &[]
    } else {
        &[scope::PARTITION, PARTS]
    };
    let read_anew = if old.exclusions != new.exclusions {
        Some(ReadAnew::Exclusions)
    } else if !old.has_filter_of(new) {
        Some(ReadAnew::Filter)
    } else {
        came_back.then_some(ReadAnew::CameBack)
    };
    (obsolete, read_anew)
}

fn said(error: weir_store::StoreError) -> Message {
    error.message().clone()
}
