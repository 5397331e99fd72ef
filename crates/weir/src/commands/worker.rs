//! `weir worker`: a scheduler beside those of servers and other workers, until somebody stops it.

use super::{mail, serve::public_url};
use crate::{cli::Worker, context::Context, failure::Failure, output};
use weir_ingest::schedule::{Scheduler, Selection};

pub(super) async fn run(context: &Context<'_>, flags: Worker) -> Result<(), Failure> {
    let environment = context.environment_with(&flags.allow_address)?;
    let outlet = match flags.public_url.as_deref().map(public_url).transpose()? {
        Some(url) => Some(mail::outlet(&flags.mail, url.as_str().trim_end_matches('/').to_owned())?),
        None => None,
    };
    let store = context.changed_store().await?;
    // A key that does not fit is said now, not at the first run.
    context.vault(&store).await?;
    output::note("Running what is due.");
    let mut parts = context.scheduler(&store, Selection::All, flags.workers);
    parts.environment = environment;
    parts.outlet = outlet;
    Scheduler::new(parts).run(context.lifecycle.cancel()).await;
    Ok(())
}
