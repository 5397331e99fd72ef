//! Support cases of Salesforce that issues name: in which field, and how they are written there.

use crate::{
    app::App,
    audit::{self, Deed},
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Json, Params, Segments},
        paging::{Page, Window},
        tag::Answer,
    },
    life::to_its_end,
    tallied::Tallied,
};
use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use weir_ingest::{
    cases::{self, CasesFound, CasesRead, UnmatchedCase},
    values::case_prefix,
};
use weir_model::{CaseField, CaseSpelling, FieldFault, Integration, Message, Millis};
use weir_store::{LeaseHolder, StoreError};

/// How cases are read, and what that finds in the live issues.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CasesShown {
    /// Whether somebody chose the field; else all that are named after cases of Salesforce are read.
    chosen: bool,
    /// Ids of the fields that are read.
    fields: Vec<String>,
    /// The chosen field, or the one that would be read by its name, where it is not read.
    missing: Option<String>,
    /// Whether that is because configuration leaves it out.
    left_out: bool,
    /// Whether that is because it was left out before and has not been read again yet.
    not_read_yet: bool,
    /// Since when Jira lists the chosen field no more. What is kept of it is read as before.
    gone_at: Option<String>,
    prefix: Option<String>,
    several: bool,
    /// When the issues were counted: not before the end of the last run, or while they are counted anew.
    counted_at: String,
    /// Live issues.
    issues: u64,
    /// Those of them in which something stands there.
    filled: u64,
    filled_percent: Option<f64>,
    /// Those of these that name a case.
    matched: u64,
    matched_percent: Option<f64>,
    /// Different cases.
    cases: u64,
    /// Parts of texts that name none.
    unmatched: u64,
    /// The newest that name one.
    examples: Vec<CaseExample>,
    /// The newest that name none.
    unmatched_examples: Vec<UnmatchedShown>,
}

/// A case, as it is written and as it is read.
#[derive(Debug, Serialize, ToSchema)]
struct CaseExample {
    key: String,
    raw: String,
    case_id: String,
}

/// What names no case.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnmatchedShown {
    key: String,
    project: String,
    /// As it is written; nothing of a value that holds no text.
    raw: Option<String>,
}

impl From<UnmatchedCase> for UnmatchedShown {
    fn from(one: UnmatchedCase) -> Self {
        Self { key: one.key, project: one.project, raw: one.raw }
    }
}

impl CasesShown {
    fn new(read: CasesRead, found: &CasesFound) -> Self {
        let example = |one: &cases::CaseExample| CaseExample {
            key: one.key.clone(),
            raw: one.raw.clone(),
            case_id: one.case_id.clone(),
        };
        Self {
            gone_at: read.gone_at().map(Millis::rfc3339),
            chosen: read.is_chosen,
            fields: read.fields.into_iter().map(|field| field.id).collect(),
            missing: read.missing,
            left_out: read.is_left_out,
            not_read_yet: read.is_unread,
            prefix: read.spelling.prefix,
            several: read.spelling.several,
            counted_at: found.counted_at.rfc3339(),
            issues: found.issues,
            filled: found.filled,
            filled_percent: found.filled_percent(),
            matched: found.named,
            matched_percent: found.matched_percent(),
            cases: found.cases,
            unmatched: found.unmatched,
            examples: found.examples.iter().map(example).collect(),
            unmatched_examples: found.unmatched_examples.iter().cloned().map(UnmatchedShown::from).collect(),
        }
    }
}

/// Which field names support cases.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CasesWish {
    /// Its id.
    #[schema(min_length = 1, max_length = 200)]
    field: String,
    /// What stands before a number and is no part of it, in any case of letters: behind it a number of any length is one.
    #[schema(max_length = 40)]
    prefix: Option<String>,
    /// Whether a text may name several, separated by commas, semicolons or white space: yes, unless said otherwise.
    several: Option<bool>,
}

impl CasesWish {
    fn checked(self) -> Result<CaseField, Problem> {
        wished(self.field, self.prefix, self.several)
    }
}

/// The same as a query; without a field, what is kept.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CasesQuery {
    /// A field to try, by its id; without it, those that are read today.
    #[param(max_length = 200, pattern = "^[^\\x00]*$")]
    pub(crate) field: Option<String>,
    /// What stands before a number there and is no part of it.
    #[param(max_length = 40, pattern = "^[^\\x00]*$")]
    pub(crate) prefix: Option<String>,
    /// Whether a text may name several there: yes, unless said otherwise.
    pub(crate) several: Option<bool>,
}

/// The same, with which page.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UnmatchedQuery {
    /// A field to try, by its id; without it, those that are read today.
    #[param(max_length = 200, pattern = "^[^\\x00]*$")]
    field: Option<String>,
    /// What stands before a number there and is no part of it.
    #[param(max_length = 40, pattern = "^[^\\x00]*$")]
    prefix: Option<String>,
    /// Whether a text may name several there: yes, unless said otherwise.
    several: Option<bool>,
    /// At most this many.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// `next` of the page before.
    #[param(pattern = "^([0-9a-f]{2})+$")]
    after: Option<String>,
}

/// A wish whose parts are bounded.
pub(crate) fn wished(
    field: String,
    prefix: Option<String>,
    several: Option<bool>,
) -> Result<CaseField, Problem> {
    if field.is_empty() || field.chars().count() > 200 {
        return Err(Problem::bad("field is the id of a field, of 1 to 200 characters"));
    }
    Ok(CaseField { field, spelling: spelled(prefix, several)? })
}

fn spelled(prefix: Option<String>, several: Option<bool>) -> Result<CaseSpelling, Problem> {
    let is_long = |prefix: &String| prefix.chars().count() > CaseSpelling::LONGEST_PREFIX;
    if prefix.as_ref().is_some_and(is_long) {
        return Err(Problem::bad("prefix has 40 characters at most"));
    }
    let prefix = match prefix {
        Some(text) => case_prefix("prefix", &text)?,
        None => None,
    };
    Ok(CaseSpelling { prefix, several: several.unwrap_or(true) })
}

impl CasesQuery {
    /// How cases are to be read.
    ///
    /// # Errors
    /// `request.bad` for parts that are too long, and what [`cases::cases_wished`] refuses.
    pub(crate) async fn read(&self, app: &App, integration: &Integration) -> Result<CasesRead, Problem> {
        let Some(field) = self.field.clone().filter(|field| !field.is_empty()) else {
            let mut read = cases::cases_read(&app.store, integration).await?;
            if self.prefix.is_some() || self.several.is_some() {
                read.spelling = spelled(self.prefix.clone(), self.several)?;
            }
            return Ok(read);
        };
        let wish = wished(field, self.prefix.clone(), self.several)?;
        cases::cases_wished(&app.store, integration, &wish).await.map_err(refused)
    }
}

/// How support cases are read, and what that finds
///
/// With `field`, or with another spelling, what another reading would find; nothing is kept of it.
#[utoipa::path(get, path = "/api/v1/integrations/{name}/salesforce", tag = "fields",
    params(("name" = String, Path, description = "Its name"), CasesQuery),
    responses((status = 200, description = "How they are read, and what is found", body = CasesShown)))]
pub(in crate::api) async fn show_cases(
    State(app): State<App>,
    Segments(name): Segments<String>,
    Params(query): Params<CasesQuery>,
) -> Result<Answer<CasesShown>, Problem> {
    let integration = found(&app, &name).await?;
    let read = query.read(&app, &integration).await?;
    let found = Tallied::cases(&app, &integration, &read).await?;
    Ok(Answer(StatusCode::OK, CasesShown::new(read, &found)))
}

/// What stands in the field of support cases and names none
#[utoipa::path(get, path = "/api/v1/integrations/{name}/salesforce/unmatched", tag = "fields",
    params(("name" = String, Path, description = "Its name"), UnmatchedQuery),
    responses((status = 200, description = "A page, in the order in which issues came", body = Page<UnmatchedShown>)))]
pub(in crate::api) async fn list_unmatched_cases(
    State(app): State<App>,
    Segments(name): Segments<String>,
    Params(query): Params<UnmatchedQuery>,
) -> Result<Page<UnmatchedShown>, Problem> {
    let window = Window::new(query.limit, query.after.as_deref())?;
    let after = window.after_as::<Place>()?.map(|Place(no, part)| (no, part));
    let integration = found(&app, &name).await?;
    let asked = CasesQuery { field: query.field, prefix: query.prefix, several: query.several };
    let read = asked.read(&app, &integration).await?;
    read.refuse_unread()?;
    let wanted = (after, window.wanted() as usize);
    let rows = cases::unmatched_cases(&app.store, &integration, &read, wanted).await?;
    Ok(window.page(rows, |one| format!("{}.{}", one.place.0, one.place.1), UnmatchedShown::from))
}

/// Where a page of what names no case ends: an issue, and a part of its texts.
struct Place(i64, usize);

impl std::str::FromStr for Place {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (no, part) = text.split_once('.').unwrap_or((text, ""));
        Ok(Self(no.parse()?, part.parse()?))
    }
}

/// Say which field names support cases
///
/// The view `issue_cases` is read anew by it; nothing is asked of the site.
#[utoipa::path(put, path = "/api/v1/integrations/{name}/salesforce", tag = "fields", request_body = CasesWish,
    params(("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "It is kept", body = CasesShown)))]
pub(in crate::api) async fn map_cases(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Json(wish): Json<CasesWish>,
) -> Result<Answer<CasesShown>, Problem> {
    let wish = wish.checked()?;
    let integration = found(&app, &name).await?;
    let read = keep(&app, &caller, &integration, Some(wish)).await?;
    let found = Tallied::cases(&app, &integration, &read).await?;
    Ok(Answer(StatusCode::OK, CasesShown::new(read, &found)))
}

/// Read support cases by the names of fields again
#[utoipa::path(delete, path = "/api/v1/integrations/{name}/salesforce", tag = "fields",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 204, description = "No field is chosen any more")))]
pub(in crate::api) async fn unmap_cases(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
) -> Result<StatusCode, Problem> {
    let integration = found(&app, &name).await?;
    keep(&app, &caller, &integration, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Keeps how cases are read, and notes it.
pub(crate) async fn keep(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    wish: Option<CaseField>,
) -> Result<CasesRead, Problem> {
    let (app, caller, integration) = (app.clone(), caller.clone(), integration.clone());
    to_its_end(async move || {
        let holder = LeaseHolder::this_process(app.environment.entropy.as_ref());
        let kept = cases::keep_cases(&app.store, &integration, wish.as_ref(), &holder).await;
        let read = kept.map_err(|message| refused(message.into()))?;
        let (field, prefix) = match wish {
            Some(wish) => (wish.field, wish.spelling.prefix.unwrap_or_default()),
            None => Default::default(),
        };
        let deed = Deed::done("field.cases", &integration.name).with("field", field).with("prefix", prefix);
        audit::note_of(&app, &caller, deed, &integration).await?;
        Ok(read)
    })
    .await?
}

/// A field in which no text can stand has the form that the document asks for, and cannot be as things are.
fn refused(error: StoreError) -> Problem {
    let is_type = matches!(error.message(), Message::FieldFault(FieldFault::Type { .. }));
    let problem = Problem::from(error);
    if is_type { problem.with_status(StatusCode::CONFLICT) } else { problem }
}

async fn found(app: &App, name: &str) -> Result<Integration, Problem> {
    Ok(app.store.integration(name).await?.ok_or(Message::PageUnknown {})?)
}
