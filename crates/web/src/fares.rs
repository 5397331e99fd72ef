//! How every integration of the server fares, for the few seconds in which many may look at a list that does not fit a page. Those
//! who ask at the same time wait for one judgement.

use crate::app::App;
use std::{collections::HashMap, sync::Arc};
use tokio::sync::Mutex as Turn;
use weir_ingest::health;
use weir_model::{Integration, IntegrationId, Millis, StatusFamily};
use weir_store::{HealthFacts, StoreError};

/// So many are judged whenever somebody looks.
const FEW: usize = 50;

/// How long a judgement is shown before another is made.
const FRESH_MS: i64 = 5_000;

/// How an integration fares.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Fare {
    /// `healthy`, `unhealthy`, `pending` or `no_data`.
    pub(crate) status: &'static str,
    /// Who has to act.
    pub(crate) family: StatusFamily,
    /// When the run that ended last did.
    pub(crate) last_run_at: Option<Millis>,
    /// The facts behind it, where it was judged just now.
    pub(crate) facts: Option<Arc<HealthFacts>>,
}

type Judged = Option<(Millis, Arc<HashMap<IntegrationId, Fare>>)>;

/// The judgement that was made last.
#[derive(Debug, Default)]
pub(crate) struct Fares(Turn<Judged>);

impl Fares {
    /// How each of these fares: where they are few now, otherwise now or a few seconds ago.
    pub(crate) async fn of(
        app: &App,
        wanted: &[Integration],
    ) -> Result<Arc<HashMap<IntegrationId, Fare>>, StoreError> {
        if wanted.len() <= FEW {
            return Ok(Arc::new(judge(app, wanted, true).await?));
        }
        let now = app.now();
        let mut judged = app.fares.0.lock().await;
        let has_all = |fares: &HashMap<_, _>| wanted.iter().all(|one| fares.contains_key(&one.id));
        if let Some((at, fares)) = judged.as_ref()
            && now.since(*at).abs() < FRESH_MS
            && has_all(fares)
        {
            return Ok(Arc::clone(fares));
        }
        let fares = Arc::new(judge(app, &app.store.integrations().await?, false).await?);
        *judged = Some((now, Arc::clone(&fares)));
        Ok(fares)
    }
}

async fn judge(
    app: &App,
    integrations: &[Integration],
    with_facts: bool,
) -> Result<HashMap<IntegrationId, Fare>, StoreError> {
    let mut fares = HashMap::with_capacity(integrations.len());
    for integration in integrations {
        let facts = app.store.health_facts(&integration.id).await?;
        let health = health(integration, &facts, app.now());
        let fare = Fare {
            status: health.status,
            family: health.family,
            last_run_at: facts.last_finished.as_ref().and_then(|run| run.ended_at),
            facts: with_facts.then(|| Arc::new(facts)),
        };
        fares.insert(integration.id, fare);
    }
    Ok(fares)
}
