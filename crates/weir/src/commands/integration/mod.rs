//! `weir integration …`: adding integrations and looking after them.

mod add;
mod availability;
mod delete;
mod describe;
mod edit;
mod pause;
mod reauth;

pub(super) use describe::{COLUMNS, described};

use crate::{
    cli::{EditIntegration, Integration},
    context::Context,
    failure::Failure,
    output::Rows,
};

pub(super) async fn run(context: &Context<'_>, command: Integration) -> Result<(), Failure> {
    context.output.format()?;
    match command {
        Integration::Add(crate::cli::Add::Jira(flags)) => add::run(context, *flags).await,
        Integration::List => list(context).await,
        Integration::Show(flags) => describe::show(context, flags.name.as_deref()).await,
        Integration::Edit(flags) => edit(context, *flags).await,
        Integration::Check(flags) => check(context, flags.name.as_deref()).await,
        Integration::Reauth(flags) => reauth::run(context, flags).await,
        Integration::Pause(flags) => pause::pause(context, flags).await,
        Integration::Resume(flags) => pause::resume(context, flags.name.as_deref()).await,
        Integration::Restore(flags) => delete::restore(context, flags.name.as_deref()).await,
        Integration::Delete(flags) => delete::run(context, flags).await,
        Integration::Availability(flags) => availability::run(context, &flags).await,
    }
}

/// Changes an integration. What it has begun to delete it deletes to the end.
pub(super) async fn edit(context: &Context<'_>, flags: EditIntegration) -> Result<(), Failure> {
    context.output.format()?;
    edit::run(context, flags).await
}

async fn list(context: &Context<'_>) -> Result<(), Failure> {
    let mut rows =
        Rows::new(COLUMNS, "No integrations yet. Add one with: weir integration add jira URL --name NAME");
    if let Some(store) = context.existing_store().await? {
        for integration in store.integrations().await? {
            rows.push(described(context, &store, &integration).await?);
        }
    }
    context.output.rows(&rows)
}

async fn check(context: &Context<'_>, name: Option<&str>) -> Result<(), Failure> {
    let store = context.used_store().await?;
    let integration = context.integration(&store, name).await?;
    let target = super::check::target_of(context, &store, &integration).await?;
    super::check::report(context, target).await?;
    Ok(weir_ingest::password_passed(&store, &integration.id).await?)
}
