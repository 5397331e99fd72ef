//! The line on every page of an integration that waits for its deletion: when it goes, and the way to keep it.

use super::{path, withheld};
use crate::{
    app::App,
    auth::{policy::Action, principal::Caller},
    http::Problem,
    pages::{format::instant, monitoring::head::Head},
};
use weir_model::Integration;

/// A deletion that waits.
pub(in crate::pages) struct Leaving {
    pub(in crate::pages) at: String,
    /// Where it is looked at, and below that taken back.
    pub(in crate::pages) path: String,
    /// Why whoever looks may do neither.
    pub(in crate::pages) withheld: Option<String>,
}

/// Name and tabs of an integration, and whether it waits for its deletion.
pub(in crate::pages) async fn headed(
    app: &App,
    caller: &Caller,
    integration: &Integration,
) -> Result<Head, Problem> {
    let mut head = Head::of(integration);
    if let Some(deletion) = app.store.deletion(&integration.id).await? {
        let words = ("this integration", "cancel its deletion");
        head.leaving = Some(Leaving {
            at: instant(deletion.due_at),
            path: path(integration, "delete"),
            withheld: withheld(app, caller, Action::Connect, integration, words).await?,
        });
    }
    Ok(head)
}
