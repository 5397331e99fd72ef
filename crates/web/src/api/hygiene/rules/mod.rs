//! The rules: those that everybody has, and those that people wrote for an integration.

pub(crate) mod change;
pub(crate) mod preview;
mod wish;

pub(crate) use wish::RuleBody;

use super::found;
use crate::{
    app::App,
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Params, Segments},
        tag::{Answer, Conditions},
    },
};
use axum::{extract::State, http::StatusCode, response::Response};
use serde::Serialize;
use utoipa::ToSchema;
use weir_ingest::hygiene::{
    self, Base, BuiltIn, ConditionWish, FilterWish, HygieneSettings, OwnRule, Rule, own_rule, own_rules,
};
use weir_model::{HygieneFault, Integration, Message};
use wish::{ConditionBody, FilterBody};

/// A rule and what it looks for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HygieneRuleShown {
    /// Its id.
    rule: String,
    /// What people call it.
    name: String,
    /// Its weight in points where a question gives none; 0: it is not counted.
    weight: f64,
    /// What a miss is.
    definition: String,
    /// Whether it is asked where a question says nothing else.
    on: bool,
    /// The field that keeps it from being asked, so that no issue misses it.
    blocked_by: Option<String>,
    /// Why: `left_out` by configuration, `not_read_yet` since it was brought in again, `unmapped`, or `read_differently` than the rule
    /// compares it.
    blocked_because: Option<&'static str>,
    /// That the site has a field no more that it looks at, and since when. It is asked as before.
    field_gone: Option<String>,
    /// That the site gives a field that it looks at another type than when it was mapped. It is asked as before.
    field_changed: Option<String>,
    /// What somebody wrote; nothing of a rule that everybody has.
    #[serde(skip_serializing_if = "Option::is_none")]
    own: Option<OwnRuleShown>,
}

/// A rule that somebody wrote for an integration.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnRuleShown {
    id: String,
    name: String,
    /// What nobody wants, in words.
    text: String,
    /// The same as conditions, all of which hold of a miss.
    conditions: Vec<ConditionBody>,
    /// Issues that these filters do not let through cannot miss it.
    only: Vec<FilterBody>,
    /// Grows by one with every change.
    revision: i64,
    created_at: String,
    changed_at: String,
}

impl From<&OwnRule> for OwnRuleShown {
    fn from(own: &OwnRule) -> Self {
        Self {
            id: own.id.to_string(),
            name: own.rule.name.clone(),
            text: own.rule.to_string(),
            conditions: own.rule.conditions.iter().map(|one| ConditionWish::from(one).into()).collect(),
            only: own.rule.only.iter().map(|one| FilterWish::from(one).into()).collect(),
            revision: own.revision,
            created_at: own.created_at.rfc3339(),
            changed_at: own.changed_at.rfc3339(),
        }
    }
}

super::question!(
    /// By whose settings.
    RulesQuery {}
);

/// The rules, and what a miss of each is
#[utoipa::path(get, path = "/api/v1/integrations/{name}/hygiene/rules", tag = "hygiene",
    params(("name" = String, Path, description = "Its name"), RulesQuery),
    responses((status = 200, description = "Every rule: those that everybody has, then those of the integration", body = Vec<HygieneRuleShown>)))]
pub(in crate::api) async fn list_hygiene_rules(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Params(query): Params<RulesQuery>,
) -> Result<Answer<Vec<HygieneRuleShown>>, Problem> {
    let integration = found(&app, &name).await?;
    let words = query.words();
    let base = words.base(&app, &caller, &integration).await?;
    let question = words.asked(base.clone())?;
    let own = own_rules(&app.store, &integration.id).await?;
    let shown = all_rules(&base).into_iter().map(|(rule, on)| {
        let blocked = hygiene::blocked_of(&rule, &integration, &question.fields);
        HygieneRuleShown {
            rule: rule.id.to_string(),
            name: hygiene::name_of(&rule),
            weight: question.weights.of(&rule.id),
            definition: hygiene::definition(&rule),
            on,
            blocked_because: blocked.as_ref().map(|blocked| blocked.because.word()),
            blocked_by: blocked.map(|blocked| blocked.field),
            field_gone: question.fields.gone_of(&rule),
            field_changed: question.fields.changed_of(&rule),
            own: own.iter().find(|own| own.id.to_string() == rule.id.to_string()).map(OwnRuleShown::from),
        }
    });
    Ok(Answer(StatusCode::OK, shown.collect()))
}

/// The rules that hold, and the built-in ones that are off, each with whether it is on.
pub(crate) fn all_rules(base: &Base) -> Vec<(Rule, bool)> {
    let off = HygieneSettings::default().built_in().into_iter();
    let mut all: Vec<(Rule, bool)> = base.rules.iter().map(|rule| (rule.clone(), true)).collect();
    for (place, rule) in off.enumerate() {
        if !base.rules.iter().any(|on| on.id == rule.id) {
            all.insert(place.min(BuiltIn::ALL.len()).min(all.len()), (rule, false));
        }
    }
    all
}

/// One rule of an integration's own
#[utoipa::path(get, path = "/api/v1/integrations/{name}/hygiene/rules/{id}", tag = "hygiene",
    params(("name" = String, Path, description = "Its name"), ("id" = String, Path, description = "The id of the rule")),
    responses((status = 200, description = "The rule", body = OwnRuleShown)))]
pub(in crate::api) async fn show_hygiene_rule(
    State(app): State<App>,
    Segments((name, rule)): Segments<(String, String)>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    let integration = found(&app, &name).await?;
    let rule = found_rule(&app, &integration, &rule).await?;
    conditions.answer_of(&OwnRuleShown::from(&rule), &rule.revision.to_string())
}

/// A rule of an integration's own, by its id.
pub(crate) async fn found_rule(app: &App, integration: &Integration, id: &str) -> Result<OwnRule, Problem> {
    let unknown = || Message::from(HygieneFault::RuleNone { name: weir_model::clean(id, 60) });
    let parsed = id.parse().map_err(|_| unknown())?;
    Ok(own_rule(&app.store, &integration.id, &parsed).await?.ok_or_else(unknown)?)
}
