//! The census: their ids against ours, project by project, and what follows from each difference.
//!
//! First everything is listed and looked at, and nothing is changed; then the account is proved once more; only then issues
//! get another state, and what is missing or moved is read the way everything is read. A project that lost too much for
//! absence alone to prove it stays as it is, and a person is asked.

mod came;
mod judge;
mod unseen;

pub(crate) use unseen::PARTITION as UNSEEN;

use crate::{
    journal::Journal,
    verify::{ProjectVerdict, Repair, VerifyReport, ours, worst},
};
use came::Came;
use judge::{Fate, Home, Places};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use weir_model::{
    Certificate, Clock, Integration, IssueId, Message, Millis, ProjectState, ShownProjects, State, Tally,
    Verdict,
};
use weir_source::{CancellationToken, Shown, SiteProjects, Source, SourceError, pull_ids, unless_stalled};
use weir_store::{Lease, Retries, Sealer, Settled, Store, crash_point};

/// Keys that the log names before it only counts.
const NAMED: usize = 20;

/// Issues that are looked at of a project that may be archived.
const LOOKED_AT: usize = 20;

/// One census.
pub(crate) struct Census<'a> {
    pub(crate) store: &'a Store,
    pub(crate) integration: &'a Integration,
    pub(crate) source: &'a dyn Source,
    pub(crate) journal: &'a Journal<'a>,
    pub(crate) sealer: Sealer,
    pub(crate) lease: &'a Lease,
    pub(crate) cancel: &'a CancellationToken,
    pub(crate) clock: &'a dyn Clock,
    /// A person said that a large loss is meant.
    pub(crate) accept_loss: bool,
}

/// What the listing of a project told.
struct Found {
    certificate: Certificate,
    /// Issues that an earlier census did not see, and this listing has.
    seen_again: Vec<IssueId>,
    missing: Vec<IssueId>,
    extra: Vec<(IssueId, String)>,
    fates: Vec<Fate>,
    /// The listing was refused for want of "Browse projects".
    is_refused: bool,
    /// Why it proves nothing, or why nothing is done.
    held: Option<Message>,
}

impl Found {
    fn unproven(mut self, why: Message) -> Self {
        self.certificate.verdict = Verdict::Unproven;
        self.certificate.theirs = 0;
        (self.missing, self.extra, self.fates) = (vec![], vec![], vec![]);
        self.held = Some(why);
        self
    }
}

impl Census<'_> {
    /// Compares, repairs, and certifies what was found before the repair.
    ///
    /// # Errors
    /// When nothing could be compared, the account is not what it was, or the repair failed half-way. A project whose
    /// listing fails is `unproven`, not an error.
    pub(crate) async fn run(&self, tally: &mut Tally) -> Result<VerifyReport, Message> {
        let site = self.asked(self.source.site_projects()).await?;
        if site.projects.is_empty() {
            let account = self.integration.settings.account_id.clone();
            return Err(Message::PermNoProjects { account });
        }
        let settings = &self.integration.settings;
        let places = Places::new(&site, &settings.scope, self.accept_loss).filtered(settings.has_filter());
        let mut unseen = unseen::kept(self.store, self.integration).await?;
        let (mut found, archived, looked_at) = self.find(&places, &unseen).await?;
        self.judge(&places, &mut found).await?;
        self.hold_back(&mut found);
        self.prove_again(&site, &found).await?;
        self.note_projects(&site, &looked_at).await?;

        let (mut settled, mut lost) = (Vec::new(), Vec::new());
        for one in found.iter().filter(|one| one.held.is_none()) {
            for ((id, key), fate) in one.extra.iter().zip(&one.fates) {
                if let Fate::Becomes(state, reason) = *fate {
                    settled.push(Settled { id: id.clone(), state, reason });
                    if state != State::OutOfScope {
                        lost.push(key.clone());
                    }
                }
            }
        }
        crash_point("census.found");
        self.store.settle(self.lease, &settled).await.map_err(said)?;
        crash_point("census.settled");
        let mut around = self.around(&places, &lost).await?;
        around.extend(self.unread().await?);
        let seen_again: BTreeSet<IssueId> =
            found.iter().flat_map(|one| one.seen_again.iter().cloned()).collect();
        let before = unseen.len();
        unseen.extend(unseen::of(&found));
        if unseen.len() > before {
            unseen::keep(self, &unseen).await?;
        }
        around.extend(seen_again.iter().cloned());
        let read = self.read(&found, around, tally).await;
        crash_point("census.read");
        if let Ok(came) = &read {
            let before = unseen.len();
            let is_over = |id: &IssueId| {
                (seen_again.contains(id) && came.contains(id)) || settled.iter().any(|one| one.id == *id)
            };
            unseen.retain(|id| !is_over(id));
            if unseen.len() < before {
                unseen::keep(self, &unseen).await?;
            }
        }
        let verdicts = self.told(found, read.is_ok()).await?;
        for one in &verdicts {
            self.record(one).await?;
        }
        for key in &archived {
            let sentence = "It is archived: its issues stay as they are.".to_owned();
            self.journal.info("census.archived", key, sentence).await?;
        }
        let certificates: Vec<Certificate> = verdicts.iter().map(|one| one.certificate.clone()).collect();
        self.store.certify(self.lease, &self.journal.run, &certificates).await.map_err(said)?;
        read?;
        Ok(VerifyReport {
            integration: self.integration.name.clone(),
            run_id: self.journal.run,
            verdict: worst(&verdicts, &archived),
            projects: verdicts,
            archived,
        })
    }

    /// Issues that show one that is lost, or of which nothing is known that could be there: of a loss that an earlier census
    /// was interrupted in, or of an issue that came and went between two runs. The site shows it no more, and no edit of
    /// theirs tells of that.
    async fn around(&self, places: &Places<'_>, lost: &[String]) -> Result<Vec<IssueId>, Message> {
        let is_ours = |key: &str| {
            let project = key.rsplit_once('-').map_or(key, |(project, _)| project);
            // Of a project beside the scope nothing is read, and of one that may be archived nothing is known.
            !matches!(places.home(project), Home::OutOfScope | Home::Untold | Home::Archived)
        };
        // An issue that left the scope may have gone since, and nobody has looked at it.
        let mut beside = self.store.shown_out_of_scope(&self.integration.id).await.map_err(said)?;
        beside.retain(|(_, key)| is_ours(key));
        let ids: Vec<IssueId> = beside.iter().map(|(id, _)| id.clone()).collect();
        let looked = self.asked(self.source.look(&ids)).await?;
        let there: HashSet<IssueId> =
            looked.shown.into_iter().map(|shown| shown.id).chain(looked.untold).collect();
        let gone = beside.into_iter().filter(|(id, _)| !there.contains(id)).map(|(_, key)| key);
        let lost: Vec<String> = lost.iter().cloned().chain(gone).collect();
        let mut around = self.store.issues_showing(&self.integration.id, &lost).await.map_err(said)?;
        let dangling = self.store.issues_showing_nobody(&self.integration.id).await.map_err(said)?;
        around.extend(dangling.into_iter().filter(|(_, key)| is_ours(key)).map(|(id, _)| id));
        Ok(around)
    }

    /// Live issues that could not be read as they are now: no listing lacks them. What is in quarantine and was never here is
    /// missing, and is read as such.
    async fn unread(&self) -> Result<Vec<IssueId>, Message> {
        let kept = self.store.quarantine(&self.integration.id, None).await.map_err(said)?;
        let ids: Vec<IssueId> = kept.into_iter().map(|one| one.issue).collect();
        let states = self.store.states(&self.integration.id, &ids).await.map_err(said)?;
        Ok(ids.into_iter().filter(|id| matches!(states.get(id), Some((_, State::Live)))).collect())
    }

    /// An answer of the site, as long as it sends anything at all.
    async fn asked<T>(&self, work: impl Future<Output = Result<T, SourceError>>) -> Result<T, Message> {
        unless_stalled(self.source, work).await.map_err(|error| *error.message)
    }

    /// Lists every project of the scope, and those that we hold live issues of; archived ones apart.
    async fn find(
        &self,
        places: &Places<'_>,
        unseen: &BTreeSet<IssueId>,
    ) -> Result<(Vec<Found>, Vec<String>, Vec<(String, ProjectState)>), Message> {
        let mut listed: BTreeMap<String, Option<_>> = BTreeMap::new();
        for project in places.listed() {
            listed.insert(project.key.clone(), Some(project));
        }
        for key in self.store.project_keys(&self.integration.id).await.map_err(said)? {
            listed.entry(key).or_default();
        }
        let (mut found, mut archived, mut looked_at) = (Vec::new(), Vec::new(), Vec::new());
        for (key, project) in listed {
            let home = places.home(&key);
            if home == Home::Archived {
                archived.push(key);
                continue;
            }
            let at = self.clock.now();
            let ours = ours(self.store, self.integration, &key).await?;
            if home == Home::Untold {
                match self.is_frozen(&key, &ours).await? {
                    // Nothing of it is live: there is nothing to prove.
                    None => continue,
                    Some(false) => looked_at.push((key.clone(), ProjectState::Hidden)),
                    Some(true) => {
                        looked_at.push((key.clone(), ProjectState::Archived));
                        archived.push(key);
                        continue;
                    }
                }
            }
            let theirs = match project {
                Some(project) => self.asked(self.source.issue_ids(project)).await,
                None if home == Home::Untold => {
                    let name = self.integration.name.clone();
                    Err(Message::CensusUntold { name, key: key.clone() })
                }
                None => Ok(vec![]),
            };
            found.push(self.compared((key, at), theirs, ours, unseen).await?);
        }
        Ok((found, archived, looked_at))
    }

    /// Keeps how each project stands, and that a loss is meant, where a person says so.
    async fn note_projects(
        &self,
        site: &SiteProjects,
        looked_at: &[(String, ProjectState)],
    ) -> Result<(), Message> {
        let states = site.projects.iter().map(|(project, state)| (project.id.clone(), *state)).collect();
        let shown = ShownProjects { states, is_complete: site.is_complete };
        self.store.note_projects(self.lease, &shown, looked_at).await.map_err(said)?;
        if self.accept_loss {
            self.store.accept_lost_projects(self.lease).await.map_err(said)?;
        }
        Ok(())
    }

    /// Whether the site still shows issues of a project that it does not list: then it is archived. `None` where there are none.
    async fn is_frozen(&self, key: &str, ours: &HashMap<IssueId, String>) -> Result<Option<bool>, Message> {
        let mut ids: Vec<IssueId> = ours.keys().cloned().collect();
        ids.sort();
        ids.truncate(LOOKED_AT);
        if ids.is_empty() {
            return Ok(None);
        }
        let looked = self.asked(self.source.look(&ids)).await?;
        Ok(Some(looked.shown.iter().any(|shown| shown.project_key == key)))
    }

    /// Compares. Nobody else writes while a census has the lease, so that all that we hold was here before the listing.
    async fn compared(
        &self,
        (key, at): (String, Millis),
        theirs: Result<Vec<IssueId>, Message>,
        ours: HashMap<IssueId, String>,
        unseen: &BTreeSet<IssueId>,
    ) -> Result<Found, Message> {
        let mut found = Found {
            certificate: Certificate {
                at,
                project_key: key,
                theirs: 0,
                ours: ours.len() as i64,
                missing: vec![],
                extra: vec![],
                verdict: Verdict::Equal,
            },
            seen_again: vec![],
            missing: vec![],
            extra: vec![],
            fates: vec![],
            is_refused: false,
            held: None,
        };
        let theirs: HashSet<IssueId> = match theirs {
            Ok(theirs) => theirs.into_iter().collect(),
            Err(Message::PermBrowse { .. }) => {
                found.is_refused = true;
                HashSet::new()
            }
            // Then nothing that the site says is about us.
            Err(message) if is_of_the_account(&message) => return Err(message),
            Err(message) => return Ok(found.unproven(message)),
        };
        let mut missing: Vec<IssueId> = theirs.iter().filter(|id| !ours.contains_key(*id)).cloned().collect();
        missing.sort();
        // What a person put away is on neither side.
        let states = self.store.states(&self.integration.id, &missing).await.map_err(said)?;
        let listed = missing.len();
        missing.retain(|id| !matches!(states.get(id), Some((_, State::Removed))));
        found.certificate.theirs = (theirs.len() + missing.len() - listed) as i64;
        found.missing = missing;
        found.extra = ours.into_iter().filter(|(id, _)| !theirs.contains(id)).collect();
        found.extra.sort_by(|a, b| a.1.cmp(&b.1));
        if !found.missing.is_empty() || !found.extra.is_empty() {
            found.certificate.verdict = Verdict::Different;
        }
        found.seen_again = unseen.iter().filter(|id| theirs.contains(*id)).cloned().collect();
        Ok(found)
    }

    /// Looks once more at everything that a listing lacks, and says what becomes of it.
    async fn judge(&self, places: &Places<'_>, found: &mut [Found]) -> Result<(), Message> {
        let missing: HashSet<IssueId> = found.iter().flat_map(|one| one.missing.iter().cloned()).collect();
        for one in found.iter_mut().filter(|one| !one.extra.is_empty()) {
            let ids: Vec<IssueId> = one.extra.iter().map(|(id, _)| id.clone()).collect();
            let looked = self.asked(self.source.look(&ids)).await?;
            let shown: HashMap<IssueId, Shown> =
                looked.shown.into_iter().map(|one| (one.id.clone(), one)).collect();
            let key = one.certificate.project_key.clone();
            if one.is_refused && shown.values().any(|shown| shown.project_key == key) {
                // It shows its issues and does not list them: that is no lost permission.
                let emptied = std::mem::take(&mut one.extra);
                one.certificate.verdict = Verdict::Unproven;
                one.held = Some(Message::PermBrowse { key });
                drop(emptied);
                continue;
            }
            let fate = |id: &IssueId| match looked.untold.contains(id) {
                true => Fate::Stays,
                false => places.fate(&key, shown.get(id), missing.contains(id), one.is_refused),
            };
            one.fates = ids.iter().map(fate).collect();
        }
        Ok(())
    }

    /// Lets projects that lost too much be as they are. Many small projects that vanish together are judged as one.
    fn hold_back(&self, found: &mut [Found]) {
        if self.accept_loss {
            return;
        }
        let ours: usize = found.iter().map(|one| one.certificate.ours as usize).sum();
        let is_hidden =
            |one: &Found| one.fates.iter().any(|fate| matches!(fate, Fate::Becomes(State::Hidden, _)));
        let hidden: usize =
            found.iter().filter(|one| is_hidden(one)).map(|one| judge::losses(&one.fates)).sum();
        let vanished_together = judge::is_mass(hidden, ours);
        for one in found {
            let (lost, ours) = (judge::losses(&one.fates), one.certificate.ours as usize);
            if judge::is_mass(lost, ours) || (vanished_together && is_hidden(one)) {
                one.held = Some(Message::CensusMassLoss {
                    name: self.integration.name.clone(),
                    key: one.certificate.project_key.clone(),
                    lost: lost as u64,
                    ours: ours as u64,
                });
            }
        }
    }

    /// Before anything is believed lost, the account must still be itself, and the site's projects what they were.
    async fn prove_again(&self, before: &SiteProjects, found: &[Found]) -> Result<(), Message> {
        if found.iter().all(|one| one.held.is_some() || judge::losses(&one.fates) == 0) {
            return Ok(());
        }
        let sorted = |site: &SiteProjects| -> BTreeSet<(String, &'static str)> {
            site.projects.iter().map(|(project, state)| (project.key.clone(), state.as_str())).collect()
        };
        let now = self.asked(self.source.site_projects()).await?;
        if sorted(&now) == sorted(before) {
            return Ok(());
        }
        let detail = "The list of projects changed while issues were compared".to_owned();
        Err(Message::JiraPaging { what: "projects".to_owned(), detail })
    }

    /// Reads what is missing here, what moved, and what is around lost issues; gives what came.
    async fn read(
        &self,
        found: &[Found],
        around: Vec<IssueId>,
        tally: &mut Tally,
    ) -> Result<HashSet<IssueId>, Message> {
        let mut ids: BTreeSet<IssueId> = around.into_iter().collect();
        for one in found.iter().filter(|one| one.held.is_none()) {
            ids.extend(one.missing.iter().cloned());
            let moved = one.extra.iter().zip(&one.fates).filter(|(_, fate)| **fate == Fate::Reread);
            ids.extend(moved.map(|((id, _), _)| id.clone()));
        }
        if ids.is_empty() {
            return Ok(HashSet::new());
        }
        let ids: Vec<IssueId> = ids.into_iter().collect();
        let checkpoints = self.store.checkpoints(&self.integration.id).await.map_err(said)?;
        let (run, sealer) = (&self.journal.run, self.sealer.clone());
        let sink = self.store.sink(&self.integration.id, run, self.lease.clone(), sealer, Retries::All).await;
        let sink = sink.map_err(said)?;
        let came = Came::new(&sink);
        let outcome = pull_ids(self.source, &came, &checkpoints, &ids, self.cancel).await;
        match outcome {
            Ok(read) => *tally = read,
            Err(error) => {
                *tally = error.report.tally;
                return Err(*error.message);
            }
        }
        Ok(came.into_ids())
    }

    /// What is to be said of each project, with the keys of everything.
    async fn told(&self, found: Vec<Found>, may_ask: bool) -> Result<Vec<ProjectVerdict>, Message> {
        let missing: Vec<IssueId> = found.iter().flat_map(|one| one.missing.iter().cloned()).collect();
        let states = self.store.states(&self.integration.id, &missing).await.map_err(said)?;
        let nameless: Vec<IssueId> = missing.iter().filter(|id| !states.contains_key(*id)).cloned().collect();
        let named = match nameless.is_empty() || !may_ask {
            true => vec![],
            false => self.asked(self.source.issue_keys(&nameless)).await.unwrap_or_default(),
        };
        let named: HashMap<IssueId, String> = named.into_iter().collect();
        let key_of = |id: &IssueId| match states.get(id) {
            Some((key, _)) => key.clone(),
            None => named.get(id).cloned().unwrap_or_else(|| id.to_string()),
        };
        let mut verdicts = Vec::with_capacity(found.len());
        for one in found {
            let (mut certificate, mut repair) = (one.certificate, Repair::default());
            for id in &one.missing {
                let key = key_of(id);
                match states.get(id) {
                    _ if one.held.is_some() => {}
                    Some((_, State::Live)) => repair.fetched.push(key.clone()),
                    _ => repair.left.push(key.clone()),
                }
                certificate.missing.push(key);
            }
            for ((_, key), fate) in one.extra.into_iter().zip(&one.fates) {
                certificate.extra.push(key.clone());
                match fate {
                    _ if one.held.is_some() => {}
                    Fate::Reread => repair.moved.push(key),
                    Fate::Stays => repair.left.push(key),
                    Fate::Becomes(State::Gone, _) => repair.gone.push(key),
                    Fate::Becomes(State::Deleted, _) => repair.deleted.push(key),
                    Fate::Becomes(State::Hidden, _) => repair.hidden.push(key),
                    Fate::Becomes(..) => repair.out_of_scope.push(key),
                }
            }
            verdicts.push(ProjectVerdict { certificate, repair, held: one.held });
        }
        Ok(verdicts)
    }

    async fn record(&self, one: &ProjectVerdict) -> Result<(), Message> {
        let (certificate, journal) = (&one.certificate, self.journal);
        let key = &certificate.project_key;
        match certificate.verdict {
            Verdict::Equal => {
                let sentence = format!("{} issues on both sides.", certificate.ours);
                journal.info("verify.equal", key, sentence).await?;
            }
            Verdict::Different => {
                let sentence = format!(
                    "They show {}, we hold {}: {} missing here, {} extra.",
                    certificate.theirs,
                    certificate.ours,
                    certificate.missing.len(),
                    certificate.extra.len()
                );
                journal.warn("verify.different", key, sentence).await?;
            }
            Verdict::Unproven => {
                let reason = one.held.as_ref().map(Message::to_string).unwrap_or_default();
                return journal.warn("verify.unproven", key, reason).await;
            }
        }
        if let Some(held) = &one.held {
            journal.warn(held.id(), key, held.to_string()).await?;
        }
        for (word, keys) in one.repair.outcomes() {
            if !keys.is_empty() {
                let more = if keys.len() > NAMED { " …" } else { "" };
                let named = keys.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
                let sentence = format!("{} {}: {named}{more}", keys.len(), word.replace('_', " "));
                journal.info(&format!("census.{word}"), key, sentence).await?;
            }
        }
        Ok(())
    }
}

/// Whether a message says that we are not who we were, or that nothing else can be asked either.
pub(crate) fn is_of_the_account(message: &Message) -> bool {
    message.id().starts_with("auth.")
        || matches!(message, Message::Interrupted {} | Message::RunStalled { .. })
}

fn said(error: weir_store::StoreError) -> Message {
    error.message().clone()
}
