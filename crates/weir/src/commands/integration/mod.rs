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
    cli::{EditIntegration, Integration, IntegrationList, SortWord},
    context::Context,
    failure::Failure,
    output::Rows,
};
use serde_json::Value;
use std::cmp::Reverse;

pub(super) async fn run(context: &Context<'_>, command: Integration) -> Result<(), Failure> {
    context.output.format()?;
    match command {
        Integration::Add(crate::cli::Add::Jira(flags)) => add::run(context, *flags).await,
        Integration::Add(crate::cli::Add::ConnectApp(flags)) => add::retired(context, *flags).await,
        Integration::List(flags) => list(context, &flags).await,
        Integration::Show(flags) => describe::show(context, flags.name.as_deref()).await,
        Integration::Edit(flags) => edit(context, *flags).await,
        Integration::Check(flags) => check(context, flags.name.as_deref()).await,
        Integration::Reauth(flags) => reauth::run(context, *flags).await,
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

async fn list(context: &Context<'_>, flags: &IntegrationList) -> Result<(), Failure> {
    let mut rows =
        Rows::new(COLUMNS, "No integrations yet. Add one with: weir integration add jira URL --name NAME");
    if let Some(store) = context.existing_store().await? {
        let wanted = flags.search.as_deref().unwrap_or_default().to_lowercase();
        let takes = |one: &weir_model::Integration| {
            let has = |text: &str| text.to_lowercase().contains(&wanted);
            (has(&one.name) || has(&one.settings.site_url))
                && flags.tag.as_ref().is_none_or(|tag| one.settings.tags.contains(tag))
        };
        let mut found = vec![];
        for integration in store.integrations().await?.iter().filter(|one| takes(one)) {
            found.push(described(context, &store, integration).await?);
        }
        found.retain(|one| flags.status.is_none_or(|status| one["status"] == status.as_str()));
        sort(&mut found, flags.sort);
        found.into_iter().for_each(|one| rows.push(one));
    }
    context.output.rows(&rows)
}

/// By name, as they come, or by their last run; what never ran comes last in either order.
fn sort(found: &mut [Value], sort: SortWord) {
    let at = |one: &Value| one["last_run_at"].as_str().map(str::to_owned);
    match sort {
        SortWord::Name => {}
        SortWord::NameDown => found.reverse(),
        SortWord::LastRun => found.sort_by_key(|one| (at(one).is_none(), at(one))),
        SortWord::LastRunDown => found.sort_by_key(|one| (at(one).is_none(), Reverse(at(one)))),
    }
}

async fn check(context: &Context<'_>, name: Option<&str>) -> Result<(), Failure> {
    let store = context.used_store().await?;
    let integration = context.integration(&store, name).await?;
    if integration.is_fed() {
        return super::check::report_of_satellite(context, &store, &integration).await;
    }
    let target = super::check::target_of(context, &store, &integration).await?;
    super::check::report(context, target).await?;
    Ok(weir_ingest::password_passed(&store, &integration.id).await?)
}
