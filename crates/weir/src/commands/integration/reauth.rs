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

pub(super) async fn run(context: &Context<'_>, flags: Reauth) -> Result<(), Failure> {
    let store = context.changed_store().await?;
    let integration = context.named(&store, flags.name.as_deref()).await?;
    let credential = credentials::read(context, &flags.auth).await?;
    let holds_email = weir_http::ExposeSecret::expose_secret(&credential.token).contains('@');
    let email = match credential.email {
        Some(email) => Some(email),
        None if holds_email => None,
        None => Some(integration.settings.auth.account().to_owned()),
    };
    let target = target_with(&context.travelling(integration.clone()), email, credential.token);
    let connected = run_checks(context, target, Show::AsMessages).await?.outcome?;
    let vault = context.vault_or_new_key()?;
    let integration = weir_ingest::reauthenticate(&store, &vault, integration, connected).await?;
    describe::print(context, &store, &integration).await?;
    output::note("The credential was replaced.");
    Ok(())
}
