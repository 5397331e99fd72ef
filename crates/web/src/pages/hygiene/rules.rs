//! The rules of an integration: those that everybody has, and those of its own.

use super::{issues, path_of, points, rules_path};
use crate::{
    api::hygiene::{Words, found, rules::all_rules},
    app::App,
    auth::{policy::Action, principal::Caller},
    http::{
        Problem,
        extract::{Params, Segments},
    },
    pages::{
        format::{inert, number},
        integration::{leaving::headed, withheld},
        monitoring::head::Head,
        shell::{Shell, rendered},
    },
};
use askama::Template;
use axum::{extract::State, response::Response};
use serde::Deserialize;
use weir_ingest::hygiene::{self, MOST_RULES, Question, Rule, RuleId, RuleLine};

/// What was just done.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Asked {
    done: Option<String>,
}

impl Asked {
    fn line(&self) -> Option<&'static str> {
        Some(match self.done.as_deref()? {
            "weighed" => "The weight is given; the other rules share the rest.",
            "saved" => "Saved. Reports count by it from now on.",
            "deleted" => "The rule is gone; its weight falls to the others.",
            _ => return None,
        })
    }
}

#[derive(Template)]
#[template(path = "hygiene_rules.html")]
struct RulesPage {
    shell: Shell,
    head: Head,
    back: String,
    new: String,
    done: Option<&'static str>,
    may_change: bool,
    /// Why not, where they may not.
    withheld: Option<String>,
    built_in: Vec<Row>,
    own: Vec<Row>,
    in_scope: String,
    most: u64,
}

/// A rule.
struct Row {
    name: String,
    definition: String,
    /// Where it is changed; nothing of a rule that everybody has.
    path: Option<String>,
    is_on: bool,
    misses: String,
    issues: String,
    blocked: Option<String>,
    /// That the site has a field no more that it looks at, or gives it another type.
    review: Option<String>,
    weight: String,
    is_counted: bool,
    give: Option<String>,
}

/// `GET /integrations/{name}/hygiene/rules`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let integration = found(&app, &name).await?;
    let words = Words::default();
    let base = words.base(&app, &caller, &integration).await?;
    let question = Question::from(base.clone());
    let report = hygiene::report(&app.store, &app.counted, &integration, &question, app.now()).await?;
    let here = path_of(&integration);
    let rules = rules_path(&integration);
    let fields = &question.fields;
    let row = |(rule, is_on): (Rule, bool)| {
        let id = rule.id.to_string();
        let line = report.rules.iter().find(|line| line.rule == id);
        let weight = question.weights.of(&rule.id);
        let row = Row {
            name: inert(&hygiene::name_of(&rule)),
            definition: inert(&hygiene::definition(&rule)),
            path: matches!(rule.id, RuleId::Custom(_)).then(|| format!("{rules}/{id}")),
            is_on,
            misses: line.map_or_else(String::new, |line| number(line.misses)),
            issues: issues::path(&here, Some(&id), &words),
            blocked: line.and_then(RuleLine::blocked_shown).as_deref().map(inert),
            review: fields.gone_of(&rule).or_else(|| fields.changed_of(&rule)).as_deref().map(inert),
            weight: points(weight),
            is_counted: weight > 0.0,
            give: matches!(rule.id, RuleId::Custom(_)).then(|| format!("{rules}/{id}/weight")),
        };
        (matches!(rule.id, RuleId::BuiltIn(_)), row)
    };
    let (built_in, own): (Vec<_>, Vec<_>) =
        all_rules(&base).into_iter().map(row).partition(|(is_built_in, _)| *is_built_in);
    let only_rows = |rows: Vec<(bool, Row)>| rows.into_iter().map(|(_, row)| row).collect();
    let withheld =
        withheld(&app, &caller, Action::Change, &integration, ("these rules", "change them")).await?;
    rendered(&RulesPage {
        shell: Shell::new(&app, Some(&caller), &format!("{}, Rules", integration.name), "/integrations"),
        head: headed(&app, &caller, &integration).await?.at("Hygiene"),
        back: here,
        new: format!("{rules}/new"),
        done: asked.line(),
        may_change: withheld.is_none(),
        withheld,
        built_in: only_rows(built_in),
        own: only_rows(own),
        in_scope: number(report.in_scope),
        most: MOST_RULES,
    })
}
