//! `weir integration add jira`: the pre-flight, then the store. Nothing is kept when a check fails.

use super::describe;
use crate::{
    cli::{AddConnectApp, AddJira},
    commands::check::{Show, run_checks},
    context::Context,
    credentials,
    failure::Failure,
    output, values,
};
use weir_ingest::{Choices, keys};
use weir_model::{Message, Scope, Transport};
use weir_source::jira::Target;

pub(super) async fn run(context: &Context<'_>, flags: AddJira) -> Result<(), Failure> {
    let choices = values::choices(&flags.name, &flags.scope, &flags.transport, &flags.advanced)?;
    if let Some(store) = context.existing_store().await? {
        let taken = store.integration(&choices.name).await?.is_some();
        let locked = keys::refuse_wrong_key(&store, &context.key_file()).await;
        store.close().await?;
        if taken {
            return Err(Message::NameTaken { name: choices.name }.into());
        }
        locked?;
    }
    if flags.satellite {
        return left_to_satellite(context, &flags, choices).await;
    }
    let home = context.home()?;
    let transport = context.with_proxy(choices.transport.clone());
    let credential = credentials::read(context, &flags.auth, (&flags.url, &transport)).await?;
    let target = Target {
        address: flags.url,
        credential,
        scope: choices.scope.clone(),
        exclusions: choices.exclusions.clone(),
        transport,
    };
    let connected = run_checks(context, target, Show::AsMessages).await?.outcome?;

    let store = context.store().await?;
    let vault = context.vault(&store).await?;
    home.keep();
    let what = match &choices.scope {
        Scope::Everything => "everything the account can see".to_owned(),
        Scope::Projects(keys) => format!("projects {}", keys.join(", ")),
        Scope::Jql(_) => "the issues of the query".to_owned(),
    };
    let (environment, by) = (context.environment(), context.user());
    let integration = weir_ingest::add(&store, &vault, &environment, choices, connected, &by).await?;
    describe::print(context, &store, &integration).await?;
    output::note(&format!(
        "Added. Weir will read {what} from {}. Next: weir sync",
        output::clean(&integration.settings.site_url, 200)
    ));
    Ok(())
}

/// The record of a site that was read as a Connect app.
pub(super) async fn retired(context: &Context<'_>, flags: AddConnectApp) -> Result<(), Failure> {
    let home = context.home()?;
    let store = context.store().await?;
    // Bodies that cannot be read are sealed here.
    context.vault(&store).await?;
    home.keep();
    let choices = Choices::named(weir_ingest::values::name(&flags.name)?, Transport::default());
    let way = (flags.url.as_str(), flags.client_key.as_str());
    let integration = weir_ingest::add_retired(&store, &context.environment(), choices, way).await?;
    describe::print(context, &store, &integration).await?;
    output::note("Kept. It is not read before it has a credential: weir integration reauth");
    Ok(())
}

/// A satellite has the credential and runs the checks; here the integration is only kept.
async fn left_to_satellite(context: &Context<'_>, flags: &AddJira, choices: Choices) -> Result<(), Failure> {
    if credentials::are_given(&flags.auth) {
        let detail = "With --satellite the credential is the satellite's, in satellite.yml".to_owned();
        return Err(Message::InputBad { flag: "--satellite".to_owned(), detail }.into());
    }
    let home = context.home()?;
    let store = context.store().await?;
    // Bodies that cannot be read are sealed here.
    context.vault(&store).await?;
    home.keep();
    let integration = weir_ingest::add_fed(&store, &context.environment(), choices, &flags.url).await?;
    describe::print(context, &store, &integration).await?;
    output::note(&format!(
        "Added, with the id {}. Its satellite.yml: weir satellite init --integration NAME. Run there: weir satellite run",
        integration.id
    ));
    Ok(())
}
