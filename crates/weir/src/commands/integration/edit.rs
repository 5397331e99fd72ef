//! `weir integration edit`: another scope, other exclusions, another name, interval or description; and what follows.

use super::describe;
use crate::{
    cli::EditIntegration,
    commands::check::{Show, run_checks, target_of},
    context::Context,
    failure::Failure,
    output, values,
};
use weir_model::{Integration, Message};

pub(super) async fn run(context: &Context<'_>, flags: EditIntegration) -> Result<(), Failure> {
    let changes = values::changes(&flags)?;
    let store = context.changed_store().await?;
    let integration = context.named(&store, flags.name.as_deref()).await?;
    let prove = async |after: &Integration| -> Result<(), Failure> {
        if after.is_fed() {
            // Its satellite finds that out when it reads next, and says so.
            return Ok(());
        }
        let travelling = context.travelling(after.clone());
        let target = target_of(context, &store, &travelling).await?;
        let checked = context.lifecycle.droppable(run_checks(context, target, Show::AsMessages)).await?;
        let connected = checked.outcome?;
        if connected.account_id != after.settings.account_id {
            let expected = after.settings.account_id.clone();
            return Err(Message::AuthOtherAccount { expected, found: connected.account_id }.into());
        }
        Ok(())
    };
    let edited = weir_ingest::edit(&store, &integration, &changes, &context.holder(), prove).await?;
    describe::print(context, &store, &edited.after).await?;
    for sentence in edited.sentences() {
        output::note(&sentence);
    }
    Ok(())
}
