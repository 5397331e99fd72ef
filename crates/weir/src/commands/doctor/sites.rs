//! The integrations: how each fares, whether its site can be reached, and how the clocks differ.

use super::Report;
use crate::{context::Context, failure::Failure, output::Finding};
use weir_ingest::health;
use weir_model::{Integration, Message, Millis, StatusFamily};
use weir_source::jira;
use weir_store::Store;

/// Clocks that differ by more than this make times here and there disagree visibly.
const NOTICED_MS: u64 = 2_000;

/// Clocks that differ by more than this make a sync lose changes.
const TOO_MUCH_MS: u64 = 60_000;

pub(super) async fn look(report: &mut Report<'_>, store: &Store) -> Result<(), Failure> {
    let integrations = match store.integrations().await {
        Ok(integrations) => integrations,
        Err(error) => return report.tell(Finding::fail("integration", error.message())),
    };
    for integration in integrations {
        let (fares, is_paused) = fares(report.context, store, &integration).await;
        report.tell(fares.about(&integration.name))?;
        if is_paused {
            report.tell(Finding::skipped("site", "It is paused.").about(&integration.name))?;
            continue;
        }
        for finding in site(report.context, integration.clone()).await {
            report.tell(finding.about(&integration.name))?;
        }
    }
    Ok(())
}

/// How an integration fares, and whether it is paused.
async fn fares(context: &Context<'_>, store: &Store, integration: &Integration) -> (Finding, bool) {
    let facts = match store.health_facts(&integration.id).await {
        Ok(facts) => facts,
        Err(error) => return (Finding::fail("integration", error.message()), false),
    };
    let health = health(integration, &facts, context.clock().now());
    let last = facts.last_successful.map(|run| run.ended_at.unwrap_or(run.started_at));
    let last = last.map_or_else(|| "never".to_owned(), Millis::rfc3339);
    let sentence = format!("{} Last success: {last}.", health.reason);
    let message = || Message::IntegrationUnwell {
        name: integration.name.clone(),
        status: health.status.replace('_', " "),
        reason: sentence.clone(),
        next: health.next_action.clone().unwrap_or_else(|| "Nothing: it mends itself".to_owned()),
    };
    let finding = match (health.status, health.family) {
        ("unhealthy", _) => Finding::fail("integration", &message()),
        (_, StatusFamily::NeedsYou) => Finding::warn("integration", &message()),
        _ => Finding::ok("integration", sentence),
    };
    (finding, facts.paused)
}

/// Whether the site answers, and what its clock says. Nobody signs in for it.
async fn site(context: &Context<'_>, integration: Integration) -> Vec<Finding> {
    let integration = context.travelling(integration);
    let reached = match jira::reach(&integration.settings, &context.environment()).await {
        Ok(reached) => reached,
        Err(error) => return vec![Finding::fail("site", &error.message)],
    };
    let host = integration.settings.site_url;
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
