//! How things are counted in a workspace, or where a workspace says nothing: thresholds, goals, which rules are on, weights.

use super::{
    super::{
        format::inert,
        forms::{Fields, Trouble, stamped},
        hygiene::points,
        shell::{Shell, rendered},
    },
    Done, Tab, done, frame,
};
use crate::{
    api::{
        hygiene::settings::{forget, keep},
        workspaces::found,
    },
    app::App,
    auth::{
        policy::{self, Action, Place},
        principal::Caller,
    },
    http::{
        Problem,
        extract::{Params, Segments},
    },
};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use std::collections::{BTreeMap, BTreeSet};
use weir_ingest::hygiene::{
    self, Goal, Held, HygieneSettings, Origin, ResolutionSettings, Response as Responded, ResponseSettings,
    RuleId, Weights, goal_of, listed, own_rules_within, settings_of, words_of_goal,
};
use weir_model::{HygieneFault, Message, Workspace};

#[derive(Template)]
#[template(path = "settings/hygiene.html")]
struct SettingsPage {
    shell: Shell,
    tabs: Vec<Tab>,
    done: Option<&'static str>,
    trouble: Option<Trouble>,
    path: String,
    name: Option<String>,
    origin: &'static str,
    may_change: bool,
    is_own: bool,
    /// Weights were worked out anew, and not kept yet.
    is_worked_out: bool,
    revision: i64,
    typed: Typed,
    rules: Vec<Row>,
    sum: String,
    /// Goals that are for no issue.
    remarks: Vec<String>,
}

/// What the form holds.
#[derive(Clone, Debug, Default)]
struct Typed {
    idle_days: String,
    description_words: String,
    response_days: String,
    response_by: Vec<&'static str>,
    response_goals: String,
    resolution_days: String,
    resolution_goals: String,
    left_out: String,
    /// Ids of built-in rules that are on.
    on: BTreeSet<String>,
    /// Points of rules by their ids.
    weights: BTreeMap<String, String>,
}

/// A rule with its weight.
struct Row {
    id: String,
    name: String,
    definition: String,
    /// Whose rule it is; nothing of one that everybody has.
    integration: Option<String>,
    is_on: bool,
    weight: String,
}

/// What counts as a response.
const RESPONSES: [(&str, Responded); 3] = [
    ("status_change", Responded::StatusChange),
    ("comment", Responded::Comment),
    ("assignment", Responded::Assignment),
];

/// Fields of the form.
const FIELDS: [&str; 13] = [
    "do",
    "seen",
    "idle_days",
    "description_words",
    "response_days",
    "response_by",
    "response_goals",
    "resolution_days",
    "resolution_goals",
    "left_out",
    "on",
    "rule",
    "weight",
];

impl Typed {
    fn of(settings: &HygieneSettings) -> Self {
        let goals = |goals: &[Goal]| goals.iter().map(words_of_goal).collect::<Vec<_>>().join("\n");
        let is_on = |rule: &hygiene::Rule| !settings.off.contains(&rule.id);
        let by = RESPONSES.iter().filter(|(_, one)| settings.response.by.contains(one));
        Self {
            idle_days: settings.idle_days.to_string(),
            description_words: settings.description_words.to_string(),
            response_days: settings.response.days.to_string(),
            response_by: by.map(|(word, _)| *word).collect(),
            response_goals: goals(&settings.response.goals),
            resolution_days: settings.resolution.days.to_string(),
            resolution_goals: goals(&settings.resolution.goals),
            left_out: hygiene::unlisted(&settings.resolution.left_out),
            on: settings
                .built_in()
                .iter()
                .filter(|rule| is_on(rule))
                .map(|rule| rule.id.to_string())
                .collect(),
            weights: settings
                .weights
                .iter()
                .map(|(rule, weight)| (rule.to_string(), points(*weight)))
                .collect(),
        }
    }

    fn entered(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).to_owned();
        let lines = |name: &str| fields.raw(name).trim().replace("\r\n", "\n");
        let chosen: BTreeSet<&str> = fields.all("response_by").collect();
        let by = RESPONSES.iter().filter(|(word, _)| chosen.contains(word));
        Self {
            idle_days: text("idle_days"),
            description_words: text("description_words"),
            response_days: text("response_days"),
            response_by: by.map(|(word, _)| *word).collect(),
            response_goals: lines("response_goals"),
            resolution_days: text("resolution_days"),
            resolution_goals: lines("resolution_goals"),
            left_out: text("left_out"),
            on: fields.all("on").map(str::to_owned).collect(),
            weights: fields
                .all("rule")
                .zip(fields.all("weight"))
                .map(|(rule, weight)| (rule.to_owned(), weight.trim().to_owned()))
                .collect(),
        }
    }

    /// The settings that it asks for.
    fn settings(&self) -> Result<HygieneSettings, Message> {
        let number = |text: &str| {
            let found = || {
                Message::from(HygieneFault::Range { found: format!("\"{}\"", weir_model::clean(text, 40)) })
            };
            text.replace(',', ".").parse::<f64>().ok().filter(|number| number.is_finite()).ok_or_else(found)
        };
        let goals = |text: &str| {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            lines.map(goal_of).collect::<Result<Vec<Goal>, Message>>()
        };
        let words = number(&self.description_words)?;
        let is_whole = words.fract() == 0.0 && (0.0..=1e9).contains(&words);
        let words = if is_whole { words as u64 } else { 0 };
        Ok(HygieneSettings {
            idle_days: number(&self.idle_days)?,
            description_words: words,
            response: ResponseSettings {
                days: number(&self.response_days)?,
                goals: goals(&self.response_goals)?,
                by: RESPONSES
                    .iter()
                    .filter(|(word, _)| self.response_by.contains(word))
                    .map(|(_, one)| *one)
                    .collect(),
            },
            resolution: ResolutionSettings {
                days: number(&self.resolution_days)?,
                goals: goals(&self.resolution_goals)?,
                left_out: listed(&self.left_out),
            },
            off: HygieneSettings::default()
                .built_in()
                .into_iter()
                .map(|rule| rule.id)
                .filter(|rule| !self.on.contains(&rule.to_string()))
                .collect(),
            weights: self.points()?,
        })
    }

    fn points(&self) -> Result<BTreeMap<RuleId, f64>, Message> {
        let given = self.weights.iter().filter(|(_, weight)| !weight.is_empty());
        given
            .map(|(rule, weight)| {
                let bad = || {
                    let (rule, weight) = (weir_model::clean(rule, 60), weir_model::clean(weight, 40));
                    Message::from(HygieneFault::WeightBad { rule, weight })
                };
                let points = weight.replace(',', ".").parse::<f64>().map_err(|_| bad())?;
                if !(0.0..=1e6).contains(&points) {
                    return Err(bad());
                }
                Ok((RuleId::from(rule.as_str()), points))
            })
            .collect()
    }

    /// With weights of the rules that are on worked out anew.
    fn weighed(mut self, anew: impl FnOnce(Vec<(RuleId, f64)>) -> Option<Weights>) -> Result<Self, Message> {
        let points = self.points()?;
        let is_on = |rule: &RuleId| matches!(rule, RuleId::Custom(_)) || self.on.contains(&rule.to_string());
        let rules: Vec<RuleId> = self.weights.keys().map(|rule| RuleId::from(rule.as_str())).collect();
        let asked = rules.into_iter().filter(is_on).map(|rule| {
            let weight = points.get(&rule).copied().unwrap_or(0.0);
            (rule, weight)
        });
        let weights = anew(asked.collect()).ok_or_else(|| Message::from(HygieneFault::WeightsNone {}))?;
        for (rule, shown) in &mut self.weights {
            *shown = super::super::hygiene::points(weights.of(&RuleId::from(rule.as_str())));
        }
        Ok(self)
    }
}

/// `GET /settings/hygiene`.
pub(in crate::pages) async fn show_all(
    State(app): State<App>,
    caller: Caller,
    Params(asked): Params<Done>,
) -> Result<Response, Problem> {
    show(&app, &caller, None, &asked).await
}

/// `POST /settings/hygiene`.
pub(in crate::pages) async fn change_all(
    State(app): State<App>,
    caller: Caller,
    fields: Fields,
) -> Result<Response, Problem> {
    sent(&app, &caller, None, &fields).await
}

/// `GET /settings/workspaces/{id}/hygiene`.
pub(in crate::pages) async fn show_one(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    Params(asked): Params<Done>,
) -> Result<Response, Problem> {
    let workspace = found(&app, &id).await?;
    show(&app, &caller, Some(&workspace), &asked).await
}

/// `POST /settings/workspaces/{id}/hygiene`.
pub(in crate::pages) async fn change_one(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let workspace = found(&app, &id).await?;
    sent(&app, &caller, Some(&workspace), &fields).await
}

async fn show(
    app: &App,
    caller: &Caller,
    workspace: Option<&Workspace>,
    asked: &Done,
) -> Result<Response, Problem> {
    let held = settings_of(&app.store, workspace).await?;
    let typed = Typed::of(&held.settings);
    page(app, caller, workspace, (&held, typed), Told { done: asked.line(), ..Told::default() }).await
}

/// What a page says besides.
#[derive(Default)]
struct Told {
    done: Option<&'static str>,
    trouble: Option<Trouble>,
    is_worked_out: bool,
}

/// What became of a form.
enum Outcome {
    Done(&'static str),
    WorkedOut(Box<Typed>),
}

async fn sent(
    app: &App,
    caller: &Caller,
    workspace: Option<&Workspace>,
    fields: &Fields,
) -> Result<Response, Problem> {
    fields.only(&FIELDS)?;
    let typed = Typed::entered(fields);
    let held = settings_of(&app.store, workspace).await?;
    let outcome = async {
        match fields.text("do") {
            "share" => {
                let equal = |all: Vec<(RuleId, f64)>| Weights::equal(all.into_iter().map(|(rule, _)| rule));
                return Ok(Outcome::WorkedOut(Box::new(typed.clone().weighed(equal)?)));
            }
            "scale" => return Ok(Outcome::WorkedOut(Box::new(typed.clone().weighed(Weights::scaled)?))),
            _ => {}
        }
        if fields.text("seen") != held.revision.to_string() {
            return Err(Problem::from(Message::ChangedMeanwhile {}));
        }
        if fields.text("do") == "reset" {
            forget(app, caller, workspace, held.revision).await?;
            return Ok(Outcome::Done("forgotten"));
        }
        keep(app, caller, workspace, (typed.settings()?, held.revision)).await?;
        Ok(Outcome::Done("saved"))
    };
    match outcome.await {
        Ok(Outcome::Done(what)) => Ok(done(&path(workspace), what).into_response()),
        Ok(Outcome::WorkedOut(typed)) => {
            let told = Told { is_worked_out: true, ..Told::default() };
            page(app, caller, workspace, (&held, *typed), told).await
        }
        Err(problem) => {
            let told = Told { trouble: Some(Trouble::from(&*problem.message)), ..Told::default() };
            let shown = page(app, caller, workspace, (&held, typed), told).await;
            stamped(problem, |_| shown)
        }
    }
}

/// Where the settings of a workspace are, or those of the installation.
pub(in crate::pages) fn path(workspace: Option<&Workspace>) -> String {
    match workspace {
        Some(workspace) => format!("/settings/workspaces/{}/hygiene", workspace.id),
        None => "/settings/hygiene".to_owned(),
    }
}

/// Whether the caller may change these settings.
pub(in crate::pages) fn may_change(caller: &Caller, workspace: Option<&Workspace>) -> bool {
    match workspace {
        Some(workspace) => {
            policy::check(&caller.principal, Action::Change, &Place::Workspaces(vec![workspace.id])).is_ok()
        }
        None => policy::looks_after_server(&caller.principal),
    }
}

async fn page(
    app: &App,
    caller: &Caller,
    workspace: Option<&Workspace>,
    (held, typed): (&Held, Typed),
    told: Told,
) -> Result<Response, Problem> {
    let path = path(workspace);
    let (shell, tabs) = frame(app, caller, "Hygiene", &path);
    let weight = |id: &str| typed.weights.get(id).cloned().unwrap_or_else(|| "0".to_owned());
    let built_in = held.settings.built_in().into_iter().map(|rule| {
        let id = rule.id.to_string();
        Row {
            name: hygiene::name_of(&rule),
            definition: inert(&hygiene::definition(&rule)),
            integration: None,
            is_on: typed.on.contains(&id),
            weight: inert(&weight(&id)),
            id,
        }
    });
    let mut rules: Vec<Row> = built_in.collect();
    for (integration, own) in own_rules_within(&app.store, workspace.map(|workspace| &workspace.id)).await? {
        let id = own.id.to_string();
        rules.push(Row {
            name: inert(&own.rule.name),
            definition: inert(&own.rule.to_string()),
            integration: Some(inert(&integration)),
            is_on: true,
            weight: inert(&weight(&id)),
            id,
        });
    }
    let counted = rules.iter().filter(|row| row.is_on);
    let sum: f64 = counted.filter_map(|row| row.weight.replace(',', ".").parse::<f64>().ok()).sum();
    let id = workspace.map(|workspace| &workspace.id);
    let remarks = hygiene::goals_for_none(&app.store, id, &held.settings).await?;
    rendered(&SettingsPage {
        remarks: remarks.iter().map(|remark| inert(remark)).collect(),
        shell,
        tabs,
        done: told.done,
        trouble: told.trouble,
        path,
        name: workspace.map(|workspace| inert(&workspace.name)),
        origin: match (&held.origin, workspace) {
            (Origin::Workspace(_), _) => "These are its own settings.",
            (Origin::Installation, Some(_)) => "It has none of its own: those of the installation hold.",
            (Origin::Installation, None) => "They hold where a workspace has none of its own.",
            (Origin::Default, _) => "Nobody has changed them: they are the usual ones.",
        },
        may_change: may_change(caller, workspace),
        is_own: held.revision > 0,
        is_worked_out: told.is_worked_out,
        revision: held.revision,
        typed: Typed {
            idle_days: inert(&typed.idle_days),
            description_words: inert(&typed.description_words),
            response_days: inert(&typed.response_days),
            response_goals: typed.response_goals.lines().map(inert).collect::<Vec<_>>().join("\n"),
            resolution_days: inert(&typed.resolution_days),
            resolution_goals: typed.resolution_goals.lines().map(inert).collect::<Vec<_>>().join("\n"),
            left_out: inert(&typed.left_out),
            ..typed
        },
        rules,
        sum: points(sum),
    })
}
