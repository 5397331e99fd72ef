//! `weir integration reauth`: a fresh credential of the same account.

use super::describe;
use crate::{
    cli::Reauth,
    commands::check::{Show, run_checks, target_with},
    context::Context,
    credentials,
    failure::Failure,
    output,
};
use weir_http::ExposeSecret as _;
use weir_ingest::keys;
use weir_model::{Integration, Message};
use weir_source::jira::Credential;

pub(super) async fn run(context: &Context<'_>, flags: Reauth) -> Result<(), Failure> {
    let store = context.changed_store().await?;
    let integration = context.named(&store, flags.name.as_deref()).await?;
    match keys::refuse_wrong_key(&store, &context.key_file()).await {
        // The fresh credential will be sealed with a new one.
        Err(Message::KeyMissing { .. }) | Ok(()) => {}
        Err(message) => return Err(message.into()),
    }
    let credential = with_known_email(credentials::read(context, &flags.auth).await?, &integration);
    let target = target_with(&context.travelling(integration.clone()), credential);
    let connected = run_checks(context, target, Show::AsMessages).await?.outcome?;
    let vault = context.vault_or_new_key(&store).await?;
    let integration = weir_ingest::reauthenticate(&store, &vault, integration, connected).await?;
    describe::print(context, &store, &integration).await?;
    output::note("The credential was replaced.");
    Ok(())
}

/// A token without an e-mail address is one of the account that is known already.
fn with_known_email(credential: Credential, integration: &Integration) -> Credential {
    match credential {
        Credential::ApiToken { email: None, token } if !token.expose_secret().contains('@') => {
            Credential::ApiToken { email: Some(integration.settings.auth.account().to_owned()), token }
        }
        other => other,
    }
}
