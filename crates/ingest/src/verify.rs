//! The census in its first form: their ids against ours, project by project.

use crate::{credential, journal::Journal, lease};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use weir_model::{
    Certificate, Integration, IssueId, Message, RunId, RunOutcome, RunResult, Tally, Trigger, Verdict,
};
use weir_source::{CancellationToken, Environment, ProjectRef, Source, Traffic, registry};
use weir_store::{LeaseHolder, Store};
use weir_vault::Vault;

/// How a comparison is to be done.
#[derive(Debug)]
pub struct VerifyOptions {
    /// Who holds the lease; nothing is written while ids are compared.
    pub holder: LeaseHolder,
    /// Stops it.
    pub cancel: CancellationToken,
    /// Clock, randomness, addresses.
    pub environment: Environment,
}

/// The comparison of one project, with the reason where it proves nothing.
#[derive(Clone, Debug, Serialize)]
pub struct ProjectVerdict {
    /// The certificate.
    #[serde(flatten)]
    pub certificate: Certificate,
    /// Why their side could not be listed.
    pub reason: Option<String>,
}

/// The comparison of everything in scope.
#[derive(Clone, Debug, Serialize)]
pub struct VerifyReport {
    /// The integration's name.
    pub integration: String,
    /// The run that compared.
    pub run_id: RunId,
    /// The worst of the projects' verdicts; a difference is worse than a lack of proof.
    pub verdict: Verdict,
    /// By project, ordered by key.
    pub projects: Vec<ProjectVerdict>,
}

/// Compares the ids of live issues with those that the site shows, both within the integration's scope.
///
/// # Errors
/// When nothing could be compared at all. A project whose listing fails is `unproven`, not an error.
pub async fn verify(
    store: &Store,
    vault: &Vault,
    integration: &Integration,
    options: VerifyOptions,
) -> Result<VerifyReport, Message> {
    let lease = lease::take(store, integration, &options.holder).await?;
    let outcome =
        lease::held(store, &lease, integration, &options.cancel, begin(store, vault, integration, &options))
            .await;
    lease::give_back(store, &lease).await;
    outcome
}

async fn begin(
    store: &Store,
    vault: &Vault,
    integration: &Integration,
    options: &VerifyOptions,
) -> Result<VerifyReport, Message> {
    let environment = &options.environment;
    let run = RunId::generate(environment.clock.now(), environment.entropy.as_ref());
    store.begin_run(&run, &integration.id, Trigger::Verify, 1).await.map_err(said)?;
    let journal = Journal { store, run, clock: environment.clock.clone() };
    let mut traffic = Traffic::default();
    let outcome = tokio::select! {
        outcome = compare(store, vault, integration, options, &journal, &mut traffic) => outcome,
        () = options.cancel.cancelled() => Err(Message::Interrupted {}),
    };
    let result = match &outcome {
        Ok(report) if report.verdict == Verdict::Unproven => RunResult::Partial,
        Ok(_) => RunResult::Success,
        Err(Message::Interrupted {}) => RunResult::Cancelled,
        Err(_) => RunResult::Failed,
    };
    if let Err(message) = &outcome {
        journal.error(&integration.name, message).await?;
    }
    let ended = RunOutcome {
        result,
        tally: Tally::default(),
        requests: traffic.requests,
        waited_ms: traffic.waited_ms,
        error_code: outcome.as_ref().err().map(|message| message.id().to_owned()),
    };
    store.finish_run(&run, &ended).await.map_err(said)?;
    outcome
}

async fn compare(
    store: &Store,
    vault: &Vault,
    integration: &Integration,
    options: &VerifyOptions,
    journal: &Journal<'_>,
    traffic: &mut Traffic,
) -> Result<VerifyReport, Message> {
    let secret = credential::open_secret(store, vault, integration).await?;
    let source = registry::open(integration, secret, &options.environment).map_err(|error| *error.message)?;
    let mut projects: BTreeMap<String, Option<ProjectRef>> = BTreeMap::new();
    for project in source.projects().await.map_err(|error| *error.message)? {
        projects.insert(project.key.clone(), Some(project));
    }
    for key in store.project_keys(&integration.id).await.map_err(said)? {
        projects.entry(key).or_default();
    }

    let mut verdicts = Vec::with_capacity(projects.len());
    for (key, project) in projects {
        let ours = ours(store, integration, &key).await?;
        let theirs = match &project {
            Some(project) => listed(source.as_ref(), project, &ours).await,
            None => Ok(Theirs { total: 0, missing: vec![], shown: HashSet::new() }),
        };
        *traffic = source.traffic();
        verdicts.push(judged(key, theirs, ours, options.environment.clock.now()));
    }
    for one in &verdicts {
        record(journal, one).await?;
    }
    let certificates: Vec<Certificate> = verdicts.iter().map(|one| one.certificate.clone()).collect();
    store.certify(&integration.id, &journal.run, &certificates).await.map_err(said)?;
    Ok(VerifyReport {
        integration: integration.name.clone(),
        run_id: journal.run,
        verdict: worst(&verdicts),
        projects: verdicts,
    })
}

/// Their side of a project, as far as it matters.
struct Theirs {
    total: usize,
    missing: Vec<String>,
    shown: HashSet<IssueId>,
}

/// Live issues of a project that we hold: their keys by id.
pub(crate) async fn ours(
    store: &Store,
    integration: &Integration,
    key: &str,
) -> Result<HashMap<IssueId, String>, Message> {
    let mut ours = HashMap::new();
    store
        .live_ids(&integration.id, key, |id, issue_key| {
            ours.insert(IssueId::from(id), issue_key.to_owned());
        })
        .await
        .map_err(said)?;
    Ok(ours)
}

async fn listed(
    source: &dyn Source,
    project: &ProjectRef,
    ours: &HashMap<IssueId, String>,
) -> Result<Theirs, Message> {
    let ids = source.issue_ids(project).await.map_err(|error| *error.message)?;
    let shown: HashSet<IssueId> = ids.into_iter().collect();
    let mut lacking: Vec<IssueId> = shown.iter().filter(|id| !ours.contains_key(*id)).cloned().collect();
    lacking.sort();
    let mut missing = Vec::with_capacity(lacking.len());
    if !lacking.is_empty() {
        let keys: HashMap<IssueId, String> =
            source.issue_keys(&lacking).await.map_err(|error| *error.message)?.into_iter().collect();
        missing.extend(lacking.iter().map(|id| keys.get(id).cloned().unwrap_or_else(|| id.to_string())));
    }
    Ok(Theirs { total: shown.len(), missing, shown })
}

fn judged(
    key: String,
    theirs: Result<Theirs, Message>,
    ours: HashMap<IssueId, String>,
    at: weir_model::Millis,
) -> ProjectVerdict {
    let held = ours.len() as i64;
    let mut certificate = Certificate {
        at,
        project_key: key,
        theirs: 0,
        ours: held,
        missing: vec![],
        extra: vec![],
        verdict: Verdict::Unproven,
    };
    let theirs = match theirs {
        Ok(theirs) => theirs,
        Err(message) => return ProjectVerdict { certificate, reason: Some(message.to_string()) },
    };
    let mut extra: Vec<String> =
        ours.into_iter().filter(|(id, _)| !theirs.shown.contains(id)).map(|(_, key)| key).collect();
    extra.sort();
    let same = theirs.missing.is_empty() && extra.is_empty();
    certificate.theirs = theirs.total as i64;
    certificate.missing = theirs.missing;
    certificate.extra = extra;
    certificate.verdict = if same { Verdict::Equal } else { Verdict::Different };
    ProjectVerdict { certificate, reason: None }
}

fn worst(verdicts: &[ProjectVerdict]) -> Verdict {
    let any = |verdict| verdicts.iter().any(|one| one.certificate.verdict == verdict);
    if any(Verdict::Different) {
        Verdict::Different
    } else if verdicts.is_empty() || any(Verdict::Unproven) {
        Verdict::Unproven
    } else {
        Verdict::Equal
    }
}

async fn record(journal: &Journal<'_>, one: &ProjectVerdict) -> Result<(), Message> {
    let certificate = &one.certificate;
    let key = &certificate.project_key;
    match (certificate.verdict, &one.reason) {
        (Verdict::Equal, _) => {
            journal.info("verify.equal", key, format!("{} issues on both sides.", certificate.ours)).await
        }
        (Verdict::Different, _) => {
            let sentence = format!(
                "They show {}, we hold {}: {} missing here, {} extra.",
                certificate.theirs,
                certificate.ours,
                certificate.missing.len(),
                certificate.extra.len()
            );
            journal.warn("verify.different", key, sentence).await
        }
        (Verdict::Unproven, reason) => {
            journal.warn("verify.unproven", key, reason.clone().unwrap_or_default()).await
        }
    }
}

fn said(error: weir_store::StoreError) -> Message {
    error.message().clone()
}
