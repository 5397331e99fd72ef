//! `weir integration reauth`: a fresh credential, of the same account unless another one is accepted.

use super::describe;
use crate::{
    cli::Reauth,
    commands::check::{Show, run_checks},
    context::Context,
    credentials,
    failure::Failure,
    output,
};
use weir_ingest::{Accepted, Given, day_of_end, keys};
use weir_model::Message;
use weir_source::jira::Target;

pub(super) async fn run(context: &Context<'_>, flags: Reauth) -> Result<(), Failure> {
    let now = context.clock().now();
    let expires_on = day_of_end("--expires", flags.expires.as_deref().unwrap_or_default(), now)?;
    let store = context.changed_store().await?;
    let integration = context.named(&store, flags.name.as_deref()).await?;
    if flags.satellite {
        if credentials::are_given(&flags.auth) {
            let detail = "With --satellite the credential is the satellite's, in satellite.yml".to_owned();
            return Err(Message::InputBad { flag: "--satellite".to_owned(), detail }.into());
        }
        let by = context.user();
        let given = Given { by: &by, at: now, expires_on: None };
        let integration = weir_ingest::leave_to_satellite(&store, &integration, given).await?;
        describe::print(context, &store, &integration).await?;
        output::note(&format!(
            "A satellite reads it from now on. Name it in satellite.yml by its id {} or its name.",
            integration.id
        ));
        return Ok(());
    }
    match keys::refuse_wrong_key(&store, &context.key_file()).await {
        // The fresh credential will be sealed with a new one.
        Err(Message::KeyMissing { .. }) | Ok(()) => {}
        Err(message) => return Err(message.into()),
    }
    let settings = context.travelling(integration.clone()).settings;
    let way = (settings.site_url.as_str(), &settings.transport);
    let credential = credentials::read(context, &flags.auth, way).await?;
    let target = Target::of(&settings, credential.for_account(&integration.settings.auth));
    let connected = run_checks(context, target, Show::AsMessages).await?.outcome?;
    let vault = context.vault_or_new_key(&store).await?;
    let accepted = match flags.accept_other_account {
        true => Accepted::AnyAccount,
        false => Accepted::SameAccount,
    };
    let before = integration.settings.account_id.clone();
    let by = context.user();
    let given = Given { by: &by, at: now, expires_on };
    let integration =
        weir_ingest::reauthenticate(&store, &vault, &integration, connected, &accepted, given).await?;
    describe::print(context, &store, &integration).await?;
    output::note("The credential was replaced.");
    if !before.is_empty() && integration.settings.account_id != before {
        output::note("It belongs to another account. Compare what that sees with: weir verify");
    }
    Ok(())
}
