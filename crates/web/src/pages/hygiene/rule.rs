//! One rule of an integration: a sentence with lines to choose from, tried before it is kept.

use super::{
    done,
    rule_form::{LineShown, MappedField, Typed},
    rules_path,
};
use crate::{
    api::hygiene::{
        Words, found, refused,
        rules::{change, found_rule},
    },
    app::App,
    auth::{policy::Action, principal::Caller},
    http::{
        Problem,
        extract::{Params, Segments},
    },
    pages::{
        format::{count, inert, moment, number, percent},
        forms::{Fields, Trouble, stamped},
        integration::{leaving::headed, withheld},
        monitoring::head::Head,
        shell::{Shell, rendered},
    },
};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use weir_ingest::hygiene::{self, KnownFields, OwnRule, Preview, PreviewWarning};
use weir_model::{Integration, Message};

/// In which form a rule is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Asked {
    /// `words`, or lines.
    #[serde(rename = "as")]
    form: Option<String>,
}

impl Asked {
    fn is_words(&self) -> bool {
        self.form.as_deref() == Some("words")
    }
}

#[derive(Template)]
#[template(path = "hygiene_rule.html")]
struct RulePage {
    shell: Shell,
    head: Head,
    /// Where the rules are.
    rules: String,
    path: String,
    title: String,
    /// The rule as it is kept.
    kept: Option<String>,
    may_change: bool,
    /// Why not, where they may not.
    withheld: Option<String>,
    name: String,
    is_words: bool,
    text: String,
    conditions: Vec<LineShown>,
    only: Vec<LineShown>,
    revision: i64,
    preview: Option<Tried>,
    trouble: Option<Trouble>,
}

/// What would come of a rule.
struct Tried {
    sentence: String,
    text: String,
    warning: Option<&'static str>,
    newest: Vec<(String, String, Option<String>, String)>,
    weeks: Vec<(String, String, String)>,
}

impl From<Preview> for Tried {
    fn from(preview: Preview) -> Self {
        let share = preview.misses as f64 * 100.0 / preview.in_scope.max(1) as f64;
        let warning = match preview.warning {
            Some(PreviewWarning::AlwaysMatches) => {
                Some("Every issue in scope would miss it, so it tells no issues apart.")
            }
            Some(PreviewWarning::NeverMatches) => Some("No issue in scope would miss it."),
            None if share > 50.0 => Some(
                "More than half of the issues would miss it. A rule states what nobody wants: if it says what you want, turn its comparison round.",
            ),
            None => None,
        };
        Self {
            sentence: format!(
                "{} of {} ({}) would be a miss.",
                number(preview.misses),
                count(preview.in_scope, "issue", "issues"),
                percent(share)
            ),
            text: inert(&preview.text),
            warning,
            newest: preview
                .newest
                .into_iter()
                .map(|head| {
                    let created = head.created_at.map(moment).unwrap_or_default();
                    (inert(&head.key), head.url, head.summary.as_deref().map(inert), created)
                })
                .collect(),
            weeks: preview
                .weeks
                .iter()
                .rev()
                .map(|week| (super::day_of(&week.day), number(week.misses), number(week.in_scope)))
                .collect(),
        }
    }
}

/// Fields of the form.
const FIELDS: [&str; 13] = [
    "do",
    "seen",
    "as",
    "name",
    "text",
    "field",
    "operator",
    "value",
    "only_mode",
    "only_field",
    "only_operator",
    "only_value",
    "form_token",
];

/// `GET /integrations/{name}/hygiene/rules/new`.
pub(in crate::pages) async fn blank(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let integration = found(&app, &name).await?;
    page(&app, &caller, &integration, None, Typed::empty(asked.is_words()), (None, None)).await
}

/// `GET /integrations/{name}/hygiene/rules/{id}`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments((name, id)): Segments<(String, String)>,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let integration = found(&app, &name).await?;
    let rule = found_rule(&app, &integration, &id).await?;
    let typed = Typed::of(&rule.rule, asked.is_words());
    page(&app, &caller, &integration, Some(&rule), typed, (None, None)).await
}

/// `POST /integrations/{name}/hygiene/rules/new`: shows what would come of it, or keeps it.
pub(in crate::pages) async fn create(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let integration = found(&app, &name).await?;
    sent(&app, &caller, &integration, None, &fields).await
}

/// `POST /integrations/{name}/hygiene/rules/{id}`: the same of a rule that is there.
pub(in crate::pages) async fn change(
    State(app): State<App>,
    caller: Caller,
    Segments((name, id)): Segments<(String, String)>,
    fields: Fields,
) -> Result<Response, Problem> {
    let integration = found(&app, &name).await?;
    let rule = found_rule(&app, &integration, &id).await?;
    sent(&app, &caller, &integration, Some(&rule), &fields).await
}

/// `POST /integrations/{name}/hygiene/rules/{id}/delete`.
pub(in crate::pages) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Segments((name, id)): Segments<(String, String)>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&["seen"])?;
    let integration = found(&app, &name).await?;
    let rule = found_rule(&app, &integration, &id).await?;
    let outcome = match fields.text("seen") == rule.revision.to_string() {
        true => change::delete(&app, &caller, &integration, &rule).await,
        false => Err(Message::ChangedMeanwhile {}.into()),
    };
    match outcome {
        Ok(()) => Ok(done(&rules_path(&integration), "deleted").into_response()),
        Err(problem) => {
            let trouble = Some(Trouble::from(&*problem.message));
            let typed = Typed::of(&rule.rule, false);
            let shown = page(&app, &caller, &integration, Some(&rule), typed, (None, trouble)).await;
            stamped(problem, |_| shown)
        }
    }
}

/// What became of a form.
enum Outcome {
    Kept(Redirect),
    Longer,
    Tried(Box<Preview>),
}

async fn sent(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    rule: Option<&OwnRule>,
    fields: &Fields,
) -> Result<Response, Problem> {
    fields.only(&FIELDS)?;
    let typed = Typed::entered(fields)?;
    let outcome = outcome(app, caller, integration, rule, (fields, &typed)).await;
    match outcome {
        Ok(Outcome::Kept(to)) => Ok(to.into_response()),
        Ok(Outcome::Longer) => page(app, caller, integration, rule, typed.longer(), (None, None)).await,
        Ok(Outcome::Tried(tried)) => {
            page(app, caller, integration, rule, typed, (Some((*tried).into()), None)).await
        }
        Err(problem) => {
            let trouble = Some(Trouble::from(&*problem.message));
            let shown = page(app, caller, integration, rule, typed, (None, trouble)).await;
            stamped(problem, |_| shown)
        }
    }
}

async fn outcome(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    rule: Option<&OwnRule>,
    (fields, typed): (&Fields, &Typed),
) -> Result<Outcome, Problem> {
    let known = KnownFields::of(&app.store, integration).await?;
    match fields.text("do") {
        "more" => return Ok(Outcome::Longer),
        "save" => {}
        _ => {
            let mut wish = typed.wish(&known)?;
            if wish.name.is_empty() {
                // It can be tried before it is called something.
                wish.name = "A rule without a name".to_owned();
            }
            let tried = wish.rule(integration, &known).map_err(refused)?;
            let question = Words::default().question(app, caller, integration).await?;
            let tried = hygiene::preview(&app.store, integration, (&tried, &question), app.now()).await?;
            return Ok(Outcome::Tried(Box::new(tried)));
        }
    }
    match rule {
        None => {
            let made = change::add(app, caller, integration, typed.wish(&known)?).await?;
            // A rule counts once it has a weight, so that is asked for next.
            Ok(Outcome::Kept(done(&format!("{}/{}/weight", rules_path(integration), made.id), "added")))
        }
        Some(seen) if fields.text("seen") == seen.revision.to_string() => {
            change::change(app, caller, integration, (seen, typed.wish(&known)?)).await?;
            Ok(Outcome::Kept(done(&rules_path(integration), "saved")))
        }
        Some(_) => Err(Message::ChangedMeanwhile {}.into()),
    }
}

async fn page(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    rule: Option<&OwnRule>,
    typed: Typed,
    (preview, trouble): (Option<Tried>, Option<Trouble>),
) -> Result<Response, Problem> {
    let rules = rules_path(integration);
    let title = rule.map_or_else(|| "A new rule".to_owned(), |rule| inert(&rule.rule.name));
    let withheld = withheld(app, caller, Action::Change, integration, ("this rule", "change it")).await?;
    let mapped = MappedField::all(app, integration).await?;
    rendered(&RulePage {
        shell: Shell::new(app, Some(caller), &format!("{}, {}", integration.name, title), "/integrations"),
        head: headed(app, caller, integration).await?.at("Hygiene"),
        path: match rule {
            Some(rule) => format!("{rules}/{}", rule.id),
            None => format!("{rules}/new"),
        },
        rules,
        title,
        kept: rule.map(|rule| inert(&rule.rule.to_string())),
        may_change: withheld.is_none(),
        withheld,
        name: inert(&typed.name),
        is_words: typed.is_words,
        text: inert(&typed.text),
        conditions: typed.conditions(&mapped),
        only: typed.only(&mapped),
        revision: rule.map_or(0, |rule| rule.revision),
        preview,
        trouble,
    })
}
