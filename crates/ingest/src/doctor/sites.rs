//! The integrations: how each fares, whether its site can be reached, and how the clocks differ.

use super::{Finding, Installation, Report};
use crate::health;
use futures::{StreamExt as _, stream};
use std::time::Duration;
use weir_model::{Integration, Message, Millis, StatusFamily};
use weir_source::jira;
use weir_store::Store;

/// Clocks that differ by more than this make times here and there disagree visibly.
const NOTICED_MS: u64 = 2_000;

/// Clocks that differ by more than this make a sync lose changes.
const TOO_MUCH_MS: u64 = 60_000;

/// How long a site may take to answer, and how many are asked at a time.
const PATIENCE: Duration = Duration::from_secs(10);
const AT_A_TIME: usize = 20;

pub(super) async fn look(report: &mut Report<'_, impl FnMut(&Finding)>, store: &Store) {
    let integrations = match store.integrations().await {
        Ok(integrations) => integrations,
        Err(error) => return report.tell(Finding::fail("integration", error.message())),
    };
    // Side by side: one that does not answer keeps nobody waiting for the rest.
    let installation = report.installation;
    let looked_at = integrations.into_iter().map(|integration| async move {
        let (fares, is_paused) = fares(installation, store, &integration).await;
        let site = match is_paused {
            true => vec![Finding::skipped("site", "It is paused.")],
            false if integration.is_fed() => {
                vec![Finding::skipped("site", "A satellite reads it; this machine need not reach it.")]
            }
            false => site(installation, integration.clone()).await,
        };
        (integration.name, fares, site)
    });
    let mut looked_at = stream::iter(looked_at).buffered(AT_A_TIME);
    while let Some((name, fares, site)) = looked_at.next().await {
        for finding in [fares].into_iter().chain(site) {
            report.tell(finding.about(&name));
        }
    }
}

/// How an integration fares, and whether it is paused.
async fn fares(installation: &Installation, store: &Store, integration: &Integration) -> (Finding, bool) {
    let facts = match store.health_facts(&integration.id).await {
        Ok(facts) => facts,
        Err(error) => return (Finding::fail("integration", error.message()), false),
    };
    let health = health(integration, &facts, installation.environment.clock.now());
    let last = facts.last_successful.map(|run| run.ended_at.unwrap_or(run.started_at));
    let last = last.map_or_else(|| "never".to_owned(), Millis::rfc3339);
    let sentence = format!("{} Last success: {last}.", health.reason);
    let message = || Message::IntegrationUnwell {
        name: integration.name.clone(),
        status: health.status.replace('_', " "),
        reason: sentence.clone(),
        next: health
            .next
            .map_or_else(|| "Nothing: it mends itself".to_owned(), |next| next.command(&integration.name)),
    };
    let finding = match (health.status, health.family) {
        ("unhealthy", _) => Finding::fail("integration", &message()),
        (_, StatusFamily::NeedsYou) => Finding::warn("integration", &message()),
        _ => Finding::ok("integration", sentence),
    };
    (finding, facts.paused)
}

/// Whether the site answers, and what its clock says. Nobody signs in for it.
async fn site(installation: &Installation, mut integration: Integration) -> Vec<Finding> {
    let transport = &mut integration.settings.transport;
    if transport.proxy.is_none() {
        transport.proxy.clone_from(&installation.proxy);
    }
    let reach = jira::reach(&integration.settings, &installation.environment);
    let reached = tokio::time::timeout(PATIENCE, reach).await;
    let host = integration.settings.site_url;
    let reached = match reached {
        Ok(Ok(reached)) => reached,
        Ok(Err(error)) => return vec![Finding::fail("site", &error.message)],
        Err(_) => {
            let silent = Message::NetTimeout { host, seconds: PATIENCE.as_secs() };
            return vec![Finding::fail("site", &silent)];
        }
    };
    let mut found = vec![Finding::ok("site", format!("{host} answers after {} ms.", reached.took_ms))];
    found.push(match reached.behind_ms.map(i64::unsigned_abs) {
        None => Finding::skipped("clock", "The site does not tell its time."),
        Some(off) if off <= NOTICED_MS => Finding::ok("clock", "It agrees with the site's."),
        Some(off) => {
            let message = Message::ClockOff { host, seconds: off / 1000 };
            if off > TOO_MUCH_MS {
                Finding::fail("clock", &message)
            } else {
                Finding::warn("clock", &message)
            }
        }
    });
    found
}
