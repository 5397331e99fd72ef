//! `weir status`: what is connected, what needs somebody, what to do next.

use super::integration::{COLUMNS, described};
use crate::{
    cli::Named,
    context::Context,
    failure::Failure,
    output::{Rows, clean},
};
use serde_json::Value;
use weir_model::thousands;

pub(super) async fn run(context: &Context<'_>, flags: Named) -> Result<(), Failure> {
    context.output.format()?;
    let one = flags.name.is_some() || context.global.integration.is_some();
    let Some(store) = context.existing_store().await? else {
        if one {
            return Err(weir_model::Message::IntegrationNone {}.into());
        }
        return nothing(context);
    };
    let integrations = if one {
        vec![context.named(&store, flags.name.as_deref()).await?]
    } else {
        store.integrations().await?
    };
    if integrations.is_empty() {
        return nothing(context);
    }
    let mut rows = Rows::new(COLUMNS, "");
    let mut next: Vec<String> = vec![];
    let mut held: Vec<String> = vec![];
    let mut quotas: Vec<String> = vec![];
    for integration in &integrations {
        let facts = described(context, &store, integration).await?;
        if let Some(action) = facts.get("next_action").and_then(Value::as_str) {
            next.push(action.to_owned());
        }
        if let (Some("missed" | "backing_off"), Some(reason)) =
            (facts["schedule_state"].as_str(), facts["schedule"].as_str())
        {
            held.push(format!("{}: {reason}", integration.name));
        }
        let now = context.clock().now();
        if let Some(quota) = store.quota(&integration.id).await? {
            let left = (thousands(quota.left_at(now)), thousands(quota.limit));
            let when = if now < quota.resets_at { "full again at" } else { "full again since" };
            quotas.push(format!(
                "{}: {} of {} points left, {when} {}",
                integration.name, left.0, left.1, quota.resets_at
            ));
        }
        if one && !context.output.for_people() {
            return context.output.json(&facts);
        }
        rows.push(facts);
    }
    context.output.rows(&rows)?;
    if context.output.for_people() {
        listed(context, "Schedule:", &held)?;
        listed(context, "Quota:", &quotas)?;
        listed(context, "Next:", &next)?;
    }
    Ok(())
}

fn listed(context: &Context<'_>, title: &str, lines: &[String]) -> Result<(), Failure> {
    if lines.is_empty() {
        return Ok(());
    }
    context.output.line("")?;
    context.output.line(title)?;
    lines.iter().try_for_each(|line| context.output.line(&format!("  {}", clean(line, 200))))
}

fn nothing(context: &Context<'_>) -> Result<(), Failure> {
    if !context.output.for_people() {
        return context.output.rows(&Rows::new(COLUMNS, ""));
    }
    context.output.line("No integrations yet.")?;
    context.output.line("")?;
    context.output.line("Next:")?;
    context.output.line("  weir demo                                  look around with a simulated Jira")?;
    context.output.line("  weir integration add jira URL --name NAME  connect your own")
}
