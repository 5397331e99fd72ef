//! What becomes of issues that could not be read once a run has come to its end.

use crate::journal::Journal;
use std::collections::HashSet;
use weir_model::{Counts, Integration, IssueId, Kind, Message, Scope, Tally, same_key};
use weir_source::{Source, unless_stalled};
use weir_store::{StoreSink, Waiting};

/// Settles the quarantine: what did not come when it was tried is looked at once more, by its id; and what stays is counted and
/// told.
pub(crate) async fn settle(
    source: &dyn Source,
    sink: &StoreSink,
    integration: &Integration,
    (tally, journal): (&mut Tally, &Journal<'_>),
) -> Result<(), Message> {
    let absent = sink.absent().await.map_err(said)?;
    let shown = still_shown(source, integration, absent).await;
    let Waiting { passed, absent } = sink.settled(&shown).await.map_err(said)?;
    if passed > 0 {
        skip(tally.of_mut(Kind::Issues), passed);
        let sentence = format!(
            "{passed} issues that could not be read were not tried this time: they are after a pause that grows up to a day, \
             once they change, and whenever somebody types weir sync."
        );
        journal.warn("quarantine.waiting", &integration.name, sentence).await?;
    }
    if absent > 0 {
        skip(tally.of_mut(Kind::Issues), absent);
        let sentence = format!(
            "{absent} issues that could not be read before did not come this time, although they are there: they are tried again."
        );
        journal.warn("quarantine.absent", &integration.name, sentence).await?;
    }
    Ok(())
}

/// Those of these issues that are in the scope, as far as that can be told. Where the site does not answer now, nothing is
/// known of any.
async fn still_shown(
    source: &dyn Source,
    integration: &Integration,
    absent: Vec<IssueId>,
) -> HashSet<IssueId> {
    if absent.is_empty() {
        return HashSet::new();
    }
    match unless_stalled(source, source.look(&absent)).await {
        Ok(looked) => {
            let in_scope = |project: &str| match &integration.settings.scope {
                Scope::Projects(wanted) => wanted.iter().any(|wanted| same_key(wanted, project)),
                Scope::Everything | Scope::Jql(_) => true,
            };
            let shown = looked.shown.into_iter().filter(|one| in_scope(&one.project_key));
            shown.map(|one| one.id).chain(looked.untold).collect()
        }
        Err(_) => absent.into_iter().collect(),
    }
}

fn skip(counts: &mut Counts, issues: u64) {
    (counts.read, counts.skipped) = (counts.read + issues, counts.skipped + issues);
}

fn said(error: weir_store::StoreError) -> Message {
    error.message().clone()
}
