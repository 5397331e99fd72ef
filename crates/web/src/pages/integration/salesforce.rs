//! Support cases of Salesforce: in which field issues name them, what that finds, and what it does not.

use super::{leaving::headed, may, named, path};
use crate::{
    api::salesforce::{self as api, CasesQuery},
    app::App,
    auth::{policy::Action, principal::Caller},
    http::{
        Problem,
        body::{self, query},
        extract::{Params, Segments},
    },
    pages::{
        format::{count, inert, instant, number, percent},
        login::Sentence,
        monitoring::head::Head,
        shell::{Shell, rendered},
        spreadsheet,
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
use std::sync::Arc;
use weir_ingest::cases::{self, CasesFound, CasesRead};
use weir_model::{CaseField, CaseSpelling, Integration};
use weir_store::{Store, StoreError};

/// Lines of a file that are made at a time.
const AT_A_TIME: usize = 1_000;

/// What a page shows.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Asked {
    /// A field to try; nothing for what is kept.
    #[serde(default)]
    field: String,
    #[serde(default)]
    prefix: String,
    /// Whether a value may name several.
    #[serde(default)]
    several: Option<bool>,
    /// What was just done.
    #[serde(default)]
    done: Option<String>,
}

impl Asked {
    fn query(&self) -> CasesQuery {
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        // A spelling is about a field that is tried; without one the form was sent empty.
        match given(&self.field) {
            Some(field) => {
                CasesQuery { field: Some(field), prefix: given(&self.prefix), several: self.several }
            }
            None => CasesQuery::default(),
        }
    }
}

/// A field that may be chosen.
struct Choice {
    id: String,
    name: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "salesforce.html")]
struct SalesforcePage {
    shell: Shell,
    head: Head,
    here: String,
    /// How cases are read today, or would be.
    sentence: String,
    /// What that finds.
    result: Option<Found>,
    is_trial: bool,
    is_kept: bool,
    done: Option<&'static str>,
    problem: Option<Sentence>,
    may_change: bool,
    choices: Vec<Choice>,
    field: String,
    prefix: String,
    several: bool,
    longest_prefix: usize,
}

/// What a reading finds.
struct Found {
    counted: String,
    filled: String,
    matched: String,
    cases: String,
    unmatched: String,
    has_unmatched: bool,
    csv: String,
    examples: Vec<[String; 3]>,
    others: Vec<[String; 2]>,
}

impl Found {
    fn new(here: &str, asked: &Asked, found: &CasesFound) -> Self {
        let share = |share: Option<f64>| share.map_or_else(|| "none".to_owned(), percent);
        let mut pairs = vec![];
        let several = asked.several.map(|several| several.to_string()).unwrap_or_default();
        if !asked.field.is_empty() {
            pairs = vec![("field", &*asked.field), ("prefix", &*asked.prefix)];
            pairs.extend(asked.several.is_some().then_some(("several", &*several)));
        }
        let asked = query(&pairs);
        Self {
            counted: instant(found.counted_at),
            filled: format!(
                "{} of {} have a value ({})",
                number(found.filled),
                count(found.issues, "issue", "issues"),
                share(found.filled_percent())
            ),
            matched: format!(
                "{} of these name a case ({})",
                number(found.named),
                share(found.matched_percent())
            ),
            cases: count(found.cases, "different case", "different cases"),
            unmatched: count(found.unmatched, "part names none", "parts name none"),
            has_unmatched: found.unmatched > 0,
            csv: format!("{here}/unmatched.csv{}{asked}", if asked.is_empty() { "" } else { "?" }),
            examples: found
                .examples
                .iter()
                .map(|one| [inert(&one.key), inert(&one.raw), inert(&one.case_id)])
                .collect(),
            others: found
                .unmatched_examples
                .iter()
                .map(|one| {
                    [inert(&one.key), one.raw.as_deref().map_or_else(|| "(no text)".to_owned(), inert)]
                })
                .collect(),
        }
    }
}

/// `GET /integrations/{name}/salesforce`.
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
    refused: Option<Problem>,
) -> Result<Response, Problem> {
    let kept = cases::cases_read(&app.store, integration).await?;
    // What is refused is shown beside what is kept, and stays in the form.
    let (read, refused) = match refused {
        Some(problem) => (None, Some(problem)),
        None => match asked.query().read(app, integration).await {
            Ok(read) => (Some(read), None),
            Err(problem) if problem.status.is_server_error() => return Err(problem),
            Err(problem) => (None, Some(problem)),
        },
    };
    let here = path(integration, "salesforce");
    let result = match &read {
        Some(read) if !read.fields.is_empty() => {
            let found = Tallied::cases(app, integration, read).await?;
            Some(Found::new(&here, &asked, &found))
        }
        _ => None,
    };
    let is_trial = !asked.field.is_empty();
    let (field, spelling) = match (is_trial, &kept) {
        (true, _) => {
            let prefix = Some(asked.prefix.clone()).filter(|prefix| !prefix.is_empty());
            (asked.field.clone(), CaseSpelling { prefix, several: asked.several.unwrap_or(true) })
        }
        (false, kept) => {
            let field = kept.missing.clone().or_else(|| kept.fields.first().map(|field| field.id.clone()));
            (field.unwrap_or_default(), kept.spelling.clone())
        }
    };
    let choices = cases::cases_fields(&app.store, integration).await?.into_iter().map(|known| Choice {
        is_chosen: known.id == field,
        name: inert(&format!("{} ({})", known.name, known.id)),
        id: inert(&known.id),
    });
    let mut response = rendered(&SalesforcePage {
        shell: Shell::new(app, Some(caller), &format!("{}, Salesforce", integration.name), "/integrations"),
        head: headed(app, caller, integration).await?.at("Salesforce"),
        sentence: sentence(read.as_ref().unwrap_or(&kept), is_trial && read.is_some()),
        result,
        is_trial: is_trial && read.is_some(),
        is_kept: kept.is_chosen,
        done: match asked.done.as_deref() {
            Some("kept") => {
                Some("Saved. All issues were read anew by it. Links appear once Salesforce is connected.")
            }
            Some("forgotten") => Some("Forgotten. Cases are read by the names of fields again."),
            _ => None,
        },
        problem: refused.as_ref().map(|problem| Sentence::from(&*problem.message)),
        may_change: may(app, caller, Action::Change, integration).await?,
        choices: choices.collect(),
        field: inert(&field),
        prefix: inert(spelling.prefix.as_deref().unwrap_or_default()),
        several: spelling.several,
        longest_prefix: CaseSpelling::LONGEST_PREFIX,
        here,
    })?;
    if let Some(problem) = refused {
        problem.stamp(&mut response);
    }
    Ok(response)
}

/// How cases are read, in a sentence.
fn sentence(read: &CasesRead, is_trial: bool) -> String {
    let named = |field: &weir_store::CustomField| format!("“{}” ({})", inert(&field.name), inert(&field.id));
    let fields: Vec<String> = read.fields.iter().map(named).collect();
    let gone =
        read.gone_said().map(|gone| format!(" {}. Choose another field.", inert(&gone))).unwrap_or_default();
    match (read.missing_said(), fields.is_empty(), is_trial, read.is_chosen) {
        (Some(missing), ..) => format!("Cases are not read: {}. Choose another field.", inert(&missing)),
        (None, _, true, _) => {
            format!("This is what {} would give. Nothing is kept yet.{gone}", fields.join(" and "))
        }
        (None, true, ..) => {
            "No field is named after cases of Salesforce, and nobody chose one: none are read.".to_owned()
        }
        (None, false, false, true) => format!("Cases are read from {}.{gone}", fields.join(" and ")),
        (None, false, false, false) => format!("Cases are read from {}, by the name.", fields.join(" and ")),
    }
}

/// `POST /integrations/{name}/salesforce`: a field is chosen, or the choice forgotten.
pub(in crate::pages) async fn change(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    form: Bytes,
) -> Result<Response, Problem> {
    let integration = named(&app, &name).await?;
    let given = |name| body::form_field(&form, name).filter(|text| !text.is_empty());
    let here = path(&integration, "salesforce");
    if given("forget").is_some() {
        api::keep(&app, &caller, &integration, None).await?;
        return Ok(Redirect::to(&format!("{here}?done=forgotten")).into_response());
    }
    let asked = Asked {
        field: given("field").unwrap_or_default(),
        prefix: given("prefix").unwrap_or_default(),
        several: given("several").map(|several| several == "true"),
        done: None,
    };
    let outcome = match wish_of(&asked) {
        Ok(wish) => api::keep(&app, &caller, &integration, Some(wish)).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(_) => Ok(Redirect::to(&format!("{here}?done=kept")).into_response()),
        Err(problem) if problem.status.is_server_error() => Err(problem),
        Err(problem) => page(&app, &caller, &integration, asked, Some(problem)).await,
    }
}

fn wish_of(asked: &Asked) -> Result<CaseField, Problem> {
    let query = asked.query();
    api::wished(query.field.unwrap_or_default(), query.prefix, query.several)
}

/// `GET /integrations/{name}/salesforce/unmatched.csv`: everything that names no case, as a file for a spreadsheet.
pub(in crate::pages) async fn csv(
    State(app): State<App>,
    Segments(name): Segments<String>,
    Params(asked): Params<CasesQuery>,
) -> Result<Response, Problem> {
    let integration = named(&app, &name).await?;
    let read = asked.read(&app, &integration).await?;
    read.refuse_unread()?;
    let file = Arc::new(File { store: app.store.clone(), integration, read });
    let next = move |after: Option<Place>| {
        let file = Arc::clone(&file);
        async move { some_lines(&file, after).await }
    };
    Ok(spreadsheet::file(("unmatched.csv", "key,project,value"), next).await?)
}

/// What a file is made of.
struct File {
    store: Store,
    integration: Integration,
    read: CasesRead,
}

type Place = (i64, usize);

/// Lines after a place, and the place to go on after, where there may be more.
async fn some_lines(file: &File, after: Option<Place>) -> Result<(String, Option<Place>), StoreError> {
    let rows = cases::unmatched_cases(&file.store, &file.integration, &file.read, (after, AT_A_TIME)).await?;
    let next = rows.last().filter(|_| rows.len() == AT_A_TIME).map(|last| last.place);
    let cells = rows.into_iter().map(|row| vec![row.key, row.project, row.raw.unwrap_or_default()]);
    Ok((spreadsheet::lines(cells)?, next))
}
