//! `weir hygiene settings …`: how things are counted in a workspace, or where a workspace says nothing.

use super::workspace;
use crate::{
    cli::{GoalFlags, PlaceFlags, SettingsCommand, SettingsFlags},
    commands::noted::noted,
    context::Context,
    failure::Failure,
    output::{Rows, clean},
};
use serde_json::{Value, json};
use weir_ingest::hygiene::{
    self, Goal, Held, HygieneSettings, Response, RuleId, RuleOf, Weights, giving, goal_of, keep_settings,
    points, settings_of, weighable, words_of_goal,
};
use weir_model::{HygieneFault, Message, Workspace};
use weir_store::{Store, StoreError};

pub(super) async fn run(context: &Context<'_>, command: SettingsCommand) -> Result<(), Failure> {
    match command {
        SettingsCommand::Show { place } => {
            let store = context.used_store().await?;
            let workspace = workspace(&store, &place).await?;
            let held = settings_of(&store, workspace.as_ref()).await?;
            let rules = rules(&store, workspace.as_ref(), &held.settings).await?;
            let remarks = remarks(&store, workspace.as_ref(), &held).await?;
            show(context, &held, (&rules, &remarks))
        }
        SettingsCommand::Set { place, what } => set(context, &place, &what).await,
        SettingsCommand::Reset { place } => reset(context, &place).await,
    }
}

/// Every rule that settings can weigh.
async fn rules(
    store: &Store,
    workspace: Option<&Workspace>,
    settings: &HygieneSettings,
) -> Result<Vec<RuleOf>, Failure> {
    Ok(weighable(store, workspace.map(|workspace| &workspace.id), settings).await?)
}

fn show(context: &Context<'_>, held: &Held, (rules, remarks): (&[RuleOf], &[String])) -> Result<(), Failure> {
    let settings = &held.settings;
    if !context.output.for_people() {
        return context.output.json(&described(held, remarks)?);
    }
    let whose = match held.origin {
        hygiene::Origin::Workspace(_) => "These are its own settings.",
        hygiene::Origin::Installation => "These are the settings of the installation.",
        hygiene::Origin::Default => "Nobody has changed them: they are the usual ones.",
    };
    context.output.line(whose)?;
    let mut rows = Rows::new(&["rule", "name", "of", "weight", "a miss is"], "");
    for RuleOf { rule, integration } in rules {
        let is_off = settings.off.contains(&rule.id);
        let weight = settings.weights.get(&rule.id).copied().unwrap_or(0.0);
        rows.push(json!({
            "rule": rule.id.to_string(),
            "name": hygiene::name_of(rule),
            "of": integration.as_deref().unwrap_or("all"),
            "weight": if is_off { json!("off") } else { json!(weight) },
            "a miss is": hygiene::definition(rule),
        }));
    }
    context.output.rows(&rows)?;
    remarks.iter().try_for_each(|remark| context.output.line(remark))?;
    let goals = |of: &str, goals: &[Goal]| {
        let lines: Vec<String> = goals
            .iter()
            .map(|goal| format!("{of} for {} days", words_of_goal(goal).replace(':', ": ")))
            .collect();
        lines
    };
    let lines =
        [goals("Response", &settings.response.goals), goals("Resolution", &settings.resolution.goals)];
    lines.concat().iter().try_for_each(|line| context.output.line(&clean(line, 300)))
}

/// Which goals are for no issue.
async fn remarks(store: &Store, workspace: Option<&Workspace>, held: &Held) -> Result<Vec<String>, Failure> {
    let id = workspace.map(|workspace| &workspace.id);
    Ok(hygiene::goals_for_none(store, id, &held.settings).await?)
}

fn described(held: &Held, remarks: &[String]) -> Result<Value, Failure> {
    let settings = serde_json::to_value(&held.settings).map_err(|error| Failure::bug(error.to_string()))?;
    let mut described =
        json!({ "origin": held.origin.word(), "revision": held.revision, "settings": settings });
    if !remarks.is_empty() {
        described["remarks"] = json!(remarks);
    }
    Ok(described)
}

async fn set(context: &Context<'_>, place: &PlaceFlags, what: &SettingsFlags) -> Result<(), Failure> {
    let store = context.changed_store().await?;
    let workspace = workspace(&store, place).await?;
    let held = settings_of(&store, workspace.as_ref()).await?;
    let all = rules(&store, workspace.as_ref(), &held.settings).await?;
    let settings = changed(held.settings.clone(), what, &all)?;
    if settings == held.settings {
        let detail = "Nothing was given to change";
        return Err(Message::InputBad { flag: "set".into(), detail: detail.into() }.into());
    }
    let known =
        all.iter().map(|one| one.rule.id.clone()).filter(|id| matches!(id, RuleId::Custom(_))).collect();
    let settings = settings.checked(&known).map_err(StoreError::from)?;
    let id = workspace.as_ref().map(|workspace| &workspace.id);
    keep_settings(&store, id, (&settings, held.revision), context.clock().now()).await?;
    note(context, &store, workspace.as_ref(), "hygiene_settings.change").await?;
    let held = settings_of(&store, workspace.as_ref()).await?;
    let remarks = remarks(&store, workspace.as_ref(), &held).await?;
    if !context.output.for_people() {
        return context.output.json(&described(&held, &remarks)?);
    }
    context.output.line("Saved. It holds from now on.")?;
    remarks.iter().try_for_each(|remark| context.output.line(remark))
}

/// Settings with what flags say.
fn changed(
    mut settings: HygieneSettings,
    what: &SettingsFlags,
    rules: &[RuleOf],
) -> Result<HygieneSettings, Failure> {
    if let Some(days) = what.idle_days {
        settings.idle_days = days;
    }
    if let Some(words) = what.description_words {
        settings.description_words = words;
    }
    if !what.response_by.is_empty() {
        let by = what.response_by.iter().map(|word| serde_json::from_value::<Response>(json!(word)));
        settings.response.by =
            by.collect::<Result<_, _>>().map_err(|_| Message::from(HygieneFault::NoResponse {}))?;
    }
    let GoalFlags { response_days, response_goals, resolution_days, resolution_goals, no_goals } =
        &what.goals;
    if *no_goals {
        settings.response.goals.clear();
        settings.resolution.goals.clear();
    }
    let goals =
        |texts: &[String]| texts.iter().map(|text| goal_of(text)).collect::<Result<Vec<_>, Message>>();
    if !response_goals.is_empty() {
        settings.response.goals = goals(response_goals)?;
    }
    if !resolution_goals.is_empty() {
        settings.resolution.goals = goals(resolution_goals)?;
    }
    settings.response.days = response_days.unwrap_or(settings.response.days);
    settings.resolution.days = resolution_days.unwrap_or(settings.resolution.days);
    if !what.leave_out.is_empty() {
        settings.resolution.left_out =
            what.leave_out.iter().filter(|name| !name.is_empty()).cloned().collect();
    }
    let one = |name: &String| called(rules, name);
    for name in &what.off {
        settings.off.insert(one(name)?);
    }
    for name in &what.on {
        settings.off.remove(&one(name)?);
    }
    if !what.weights.is_empty() {
        settings.weights = points(&what.weights, rules)?;
    }
    if what.share_equally {
        let on = rules.iter().map(|one| one.rule.id.clone()).filter(|rule| !settings.off.contains(rule));
        settings.weights = weights(Weights::equal(on))?;
    }
    if what.scale {
        let on = settings.weights.clone().into_iter().filter(|(rule, _)| !settings.off.contains(rule));
        settings.weights = weights(Weights::scaled(on))?;
    }
    for (rule, weight) in points(&what.give, rules)? {
        settings = giving(&settings, &rule, weight).map_err(StoreError::from)?;
    }
    Ok(settings)
}

fn weights(of: Option<Weights>) -> Result<std::collections::BTreeMap<RuleId, f64>, Message> {
    Ok(of.ok_or_else(|| Message::from(HygieneFault::WeightsNone {}))?.into())
}

/// The id of a rule by its id or name.
fn called(rules: &[RuleOf], name: &str) -> Result<RuleId, Message> {
    let given = points(&[format!("{name}=0")], rules)?;
    given.into_keys().next().ok_or_else(|| HygieneFault::NoName {}.into())
}

async fn reset(context: &Context<'_>, place: &PlaceFlags) -> Result<(), Failure> {
    let store = context.changed_store().await?;
    let workspace = workspace(&store, place).await?;
    let held = settings_of(&store, workspace.as_ref()).await?;
    if held.revision == 0 {
        return Err(Message::from(HygieneFault::SettingsNone {}).into());
    }
    let id = workspace.as_ref().map(|workspace| &workspace.id);
    store.forget_hygiene_settings(id, held.revision).await?;
    note(context, &store, workspace.as_ref(), "hygiene_settings.delete").await?;
    let held = settings_of(&store, workspace.as_ref()).await?;
    match context.output.for_people() {
        true => context.output.line("These settings are forgotten."),
        false => {
            let remarks = remarks(&store, workspace.as_ref(), &held).await?;
            context.output.json(&described(&held, &remarks)?)
        }
    }
}

async fn note(
    context: &Context<'_>,
    store: &Store,
    workspace: Option<&Workspace>,
    action: &str,
) -> Result<(), Failure> {
    let name = workspace.map_or("the installation", |workspace| &workspace.name);
    noted(context, store, (action, name), workspace.map(|workspace| workspace.id), vec![]).await
}
