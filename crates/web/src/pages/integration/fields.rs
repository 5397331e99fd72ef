//! Custom fields: which there are, of what kind, and which of them are left out.

use super::{leaving::headed, named, path, withheld};
use crate::{
    api::fields as api,
    app::App,
    auth::{policy::Action, principal::Caller},
    http::{
        Problem,
        body::{self, query},
        extract::{Params, Segments},
    },
    pages::{
        format::{count, inert, instant, percent},
        login::Sentence,
        monitoring::head::Head,
        shell::{Shell, rendered},
    },
    tallied::Tallied,
};
use askama::Template;
use axum::{
    body::Bytes,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use weir_ingest::fields::{self, FoundField, MapWish, Mapped};
use weir_model::{FieldRole, Integration};

/// Fields on a page.
const ON_A_PAGE: usize = 100;

/// Which fields.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Asked {
    /// Those that have this in their name or id.
    #[serde(default)]
    q: String,
    /// The page, from 1 on.
    #[serde(default)]
    page: Option<usize>,
    /// What was just done.
    #[serde(default)]
    done: Option<String>,
}

/// A field.
struct Row {
    name: String,
    id: String,
    kind: String,
    source: String,
    /// How many issues of how many projects have it filled in.
    used: String,
    filled: String,
    samples: String,
    /// What somebody says that it is.
    mapped: Option<String>,
    /// Whether the site gives it another type since.
    has_changed: bool,
    /// That the site has it no more.
    gone: Option<String>,
    /// Whether another field has this name.
    is_namesake: bool,
    /// Why nothing is told of its values.
    not_told: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "fields.html")]
struct FieldsPage {
    shell: Shell,
    head: Head,
    here: String,
    sentence: String,
    /// Whether there is none at all, so that there is nothing to choose from either.
    is_empty: bool,
    asked: String,
    counted: String,
    rows: Vec<Row>,
    done: Option<&'static str>,
    problem: Option<Sentence>,
    may_change: bool,
    /// Why not, where they may not.
    withheld: Option<String>,
    /// What a form holds that was refused.
    typed: String,
    types: Vec<&'static str>,
    roles: Vec<(&'static str, &'static str)>,
    before: Option<String>,
    next: Option<String>,
}

/// `GET /integrations/{name}/fields`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let integration = named(&app, &name).await?;
    page(&app, &caller, &integration, asked, None).await
}

async fn page(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    asked: Asked,
    refused: Option<(Sentence, String)>,
) -> Result<Response, Problem> {
    let found = Tallied::fields(app, integration).await?;
    let (all, mut fields) = (found.issues, found.fields);
    let sentence = sentence(fields.len(), fields.iter().filter(|found| found.shares_name).count());
    let is_empty = fields.is_empty();
    let wanted = asked.q.trim().to_lowercase();
    fields.retain(|found| {
        found.field.name.to_lowercase().contains(&wanted) || found.field.id.contains(&wanted)
    });
    let page = asked.page.unwrap_or(1).max(1);
    let skipped = (page - 1).saturating_mul(ON_A_PAGE);
    let has_more = fields.len() > skipped.saturating_add(ON_A_PAGE);
    let rows = fields.iter().skip(skipped).take(ON_A_PAGE).map(|found| Row::new(found, all));
    let here = path(integration, "fields");
    let (problem, typed) = refused.map_or((None, String::new()), |(problem, typed)| (Some(problem), typed));
    let at = |page: usize| format!("{here}?{}", query(&[("q", &asked.q), ("page", &page.to_string())]));
    let withheld =
        withheld(app, caller, Action::Change, integration, ("these fields", "say what they are")).await?;
    rendered(&FieldsPage {
        shell: Shell::new(
            app,
            Some(caller),
            &format!("{}, Custom fields", integration.name),
            "/integrations",
        ),
        head: headed(app, caller, integration).await?.at("Custom fields"),
        sentence,
        is_empty,
        done: match asked.done.as_deref() {
            Some("mapped") => Some("Saved. Filters and rules may name the field from now on."),
            Some("unmapped") => Some("Forgotten. Filters and rules may not name the field any more."),
            _ => None,
        },
        problem,
        may_change: withheld.is_none(),
        withheld,
        typed: inert(&typed),
        types: fields::type_words().collect(),
        roles: FieldRole::ALL.map(|role| (role.as_str(), word_of(role))).into(),
        counted: instant(found.counted_at),
        rows: rows.collect(),
        before: (page > 1).then(|| at(page - 1)),
        next: has_more.then(|| at(page + 1)),
        asked: inert(&asked.q),
        here,
    })
}

/// `POST /integrations/{name}/fields`: a field is mapped, or what was said of it forgotten.
pub(in crate::pages) async fn change(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    form: Bytes,
) -> Result<Response, Problem> {
    let integration = named(&app, &name).await?;
    let given = |name| body::form_field(&form, name).filter(|text| !text.is_empty());
    let field = given("field").map(|field| field.trim().to_owned()).filter(|field| !field.is_empty());
    let field = field.ok_or_else(|| Problem::bad("Name the field by its id"))?;
    if given("forget").is_some() {
        api::unmap(&app, &caller, &integration, &field).await?;
        return Ok(Redirect::to(&format!("{}?done=unmapped", path(&integration, "fields"))).into_response());
    }
    let outcome = match given("role").map(|role| FieldRole::named(&role)) {
        Some(None) => Err(Problem::bad("The role is one of those that the page offers")),
        role => {
            let wish = MapWish { holds: given("holds"), role: role.flatten() };
            api::map(&app, &caller, &integration, (&field, &wish)).await
        }
    };
    let Err(problem) = outcome else {
        return Ok(Redirect::to(&format!("{}?done=mapped", path(&integration, "fields"))).into_response());
    };
    if problem.status.is_server_error() {
        return Err(problem);
    }
    let refused = Some((Sentence::from(&*problem.message), field));
    let mut response = page(&app, &caller, &integration, Asked::default(), refused).await?;
    problem.stamp(&mut response);
    Ok(response)
}

fn word_of(role: FieldRole) -> &'static str {
    match role {
        FieldRole::StoryPoints => "Story points",
        FieldRole::Sprint => "Sprint",
        FieldRole::Epic => "Epic",
        FieldRole::Team => "Team",
        FieldRole::Severity => "Severity",
        FieldRole::Environment => "Environment",
    }
}

fn said(mapped: &Mapped) -> String {
    match mapped.mapping.role {
        Some(role) => format!("{}, as {}", word_of(role), mapped.mapping.holds),
        None => mapped.mapping.holds.clone(),
    }
}

impl Row {
    fn new(found: &FoundField, all: u64) -> Self {
        let field = &found.field;
        let source = field.source.as_deref().and_then(|source| source.rsplit(':').next());
        Self {
            name: inert(&field.name),
            id: inert(&field.id),
            kind: inert(field.kind.as_deref().unwrap_or("unknown")),
            source: inert(source.unwrap_or_default()),
            used: used(found),
            filled: found.filled(all).map(percent).unwrap_or_default(),
            samples: inert(&found.samples.join(" · ")),
            mapped: found.mapped.as_ref().map(said),
            has_changed: found.mapped.as_ref().is_some_and(Mapped::type_has_changed),
            gone: found.gone_said().as_deref().map(inert),
            is_namesake: found.shares_name,
            not_told: not_told(found),
        }
    }
}

/// Why nothing is told of the values of a field, where that is so.
fn not_told(found: &FoundField) -> Option<&'static str> {
    match (found.is_left_out, found.is_unread) {
        (true, _) => Some("left out by configuration"),
        (false, true) => Some("not read again yet: it is once a run has come to its end"),
        (false, false) => None,
    }
}

/// Projects that are named.
const NAMED: usize = 3;

fn used(found: &FoundField) -> String {
    let projects: Vec<&str> = found.projects.keys().map(String::as_str).collect();
    match projects.len() {
        0 => "in no issue".to_owned(),
        1..=NAMED => format!("{} of {}", count(found.issues, "issue", "issues"), projects.join(", ")),
        many => format!(
            "{} of {}",
            count(found.issues, "issue", "issues"),
            count(many as u64, "project", "projects")
        ),
    }
}

/// What there is, in a sentence.
fn sentence(all: usize, namesakes: usize) -> String {
    match (all, namesakes) {
        (0, _) => "No custom field yet: they come with the first sync.".to_owned(),
        (all, 0) => {
            format!("{}, each with a name of its own.", count(all as u64, "custom field", "custom fields"))
        }
        (all, some) => format!(
            "{}. {some} of them share a name with another: their ids tell them apart.",
            count(all as u64, "custom field", "custom fields")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn the_sentence_says_how_many_and_which_cannot_be_told_by_their_names() {
        assert_eq!(sentence(0, 0), "No custom field yet: they come with the first sync.");
        assert_eq!(sentence(1, 0), "1 custom field, each with a name of its own.");
        assert!(sentence(9, 2).starts_with("9 custom fields. 2 of them share"));
    }
}
