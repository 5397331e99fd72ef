//! The custom fields of a site: how much each is used, and what stands in it.

use crate::{
    app::App,
    audit::{self, Deed},
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Json, Params, Segments},
        tag::Answer,
    },
    tallied::Tallied,
};
use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use weir_ingest::fields::{self, FoundField, MapWish, Mapped, Sample};
use weir_model::{FieldFault, FieldRole, Integration, Message, Millis};
use weir_store::StoreError;

/// Values that are told unless said otherwise, and at most.
const USUAL: u32 = 10;
const MOST: u32 = 100;

/// The custom fields of a site.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomFields {
    /// When they were counted: not before the end of the last run.
    counted_at: String,
    /// Live issues that were counted.
    issues: u64,
    /// By name, then by id.
    fields: Vec<CustomField>,
}

/// A custom field.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomField {
    id: String,
    name: String,
    /// `string`, `number`, `array` …
    schema_type: Option<String>,
    /// The add-on and the sort of field that it comes from.
    schema_custom: Option<String>,
    /// Live issues in which it is filled in.
    issues: u64,
    /// The same in per cent of all; nothing where there is no issue.
    filled_percent: Option<f64>,
    /// The same of each project that has any, by its key.
    projects: BTreeMap<String, u64>,
    /// Whether another field has this name: ids and projects tell them apart.
    shares_name: bool,
    /// Whether configuration leaves it out: nothing is known of its values then.
    left_out: bool,
    /// Whether it was left out before and has not been read again yet: nothing is known of its values then either.
    not_read_yet: bool,
    /// Since when the site has it no more; nothing of one that it has.
    gone_at: Option<String>,
    /// What somebody says that it is.
    mapping: Option<FieldMapping>,
    /// Some of its values; people are not named.
    samples: Vec<String>,
}

impl CustomField {
    fn new(found: FoundField, all: u64) -> Self {
        Self {
            filled_percent: found.filled(all),
            id: found.field.id,
            name: found.field.name,
            schema_type: found.field.kind,
            schema_custom: found.field.source,
            issues: found.issues,
            projects: found.projects,
            shares_name: found.shares_name,
            left_out: found.is_left_out,
            not_read_yet: found.is_unread,
            gone_at: found.field.gone_at.map(Millis::rfc3339),
            mapping: found.mapped.as_ref().map(FieldMapping::from),
            samples: found.samples,
        }
    }
}

/// What values of a field are read as.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum HoldsWord {
    Text,
    RichText,
    Person,
    Number,
    Date,
    Instant,
    List,
    Flag,
}

/// What a field stands for.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RoleWord {
    StoryPoints,
    Sprint,
    Epic,
    Team,
    Severity,
    Environment,
}

impl From<RoleWord> for FieldRole {
    fn from(word: RoleWord) -> Self {
        match word {
            RoleWord::StoryPoints => Self::StoryPoints,
            RoleWord::Sprint => Self::Sprint,
            RoleWord::Epic => Self::Epic,
            RoleWord::Team => Self::Team,
            RoleWord::Severity => Self::Severity,
            RoleWord::Environment => Self::Environment,
        }
    }
}

impl HoldsWord {
    fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::RichText => "rich_text",
            Self::Person => "person",
            Self::Number => "number",
            Self::Date => "date",
            Self::Instant => "instant",
            Self::List => "list",
            Self::Flag => "flag",
        }
    }
}

/// What somebody wants a field to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MappingWish {
    /// What its values are read as; what fits the type that the site gives it, unless said otherwise.
    #[schema(inline)]
    holds: Option<HoldsWord>,
    /// What it stands for; filters may say so instead of its id.
    #[schema(inline)]
    role: Option<RoleWord>,
}

/// What somebody says that a field is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldMapping {
    /// What its values are read as.
    holds: String,
    /// What it stands for.
    role: Option<&'static str>,
    /// Whether the site gives it another type since, or has it no more: map it again, or unmap it. It is read as before.
    schema_changed: bool,
    mapped_at: String,
}

impl From<&Mapped> for FieldMapping {
    fn from(mapped: &Mapped) -> Self {
        Self {
            holds: mapped.mapping.holds.clone(),
            role: mapped.mapping.role.map(FieldRole::as_str),
            schema_changed: mapped.has_changed,
            mapped_at: mapped.mapping.mapped_at.rfc3339(),
        }
    }
}

/// How many values.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SampleQuery {
    /// At most this many: 10, unless said otherwise.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// A value, and where it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldValue {
    key: String,
    project: String,
    value: String,
}

impl From<Sample> for FieldValue {
    fn from(sample: Sample) -> Self {
        Self { key: sample.key, project: sample.project, value: sample.value }
    }
}

/// The custom fields of a site, and how much each is used
#[utoipa::path(get, path = "/api/v1/integrations/{name}/fields", tag = "fields",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "Every custom field", body = CustomFields)))]
pub(in crate::api) async fn list_fields(
    State(app): State<App>,
    Segments(name): Segments<String>,
) -> Result<Answer<CustomFields>, Problem> {
    let integration = found(&app, &name).await?;
    let all = Tallied::fields(&app, &integration).await?;
    let shown = all.fields.into_iter().map(|field| CustomField::new(field, all.issues)).collect();
    let answer = CustomFields { counted_at: all.counted_at.rfc3339(), issues: all.issues, fields: shown };
    Ok(Answer(StatusCode::OK, answer))
}

/// Values of a custom field, from the newest issues that have it filled in
#[utoipa::path(get, path = "/api/v1/integrations/{name}/fields/{field}/values", tag = "fields",
    params(("name" = String, Path, description = "The integration's name"),
        ("field" = String, Path, description = "The field's id"), SampleQuery),
    responses((status = 200, description = "Each value once; people are not named", body = Vec<FieldValue>)))]
pub(in crate::api) async fn list_field_values(
    State(app): State<App>,
    Segments((name, field)): Segments<(String, String)>,
    Params(query): Params<SampleQuery>,
) -> Result<Answer<Vec<FieldValue>>, Problem> {
    let limit = query.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::bad("limit is 1 to 100"));
    }
    let integration = found(&app, &name).await?;
    let values = fields::sample(&app.store, &integration, &field, limit as usize).await?;
    Ok(Answer(StatusCode::OK, values.into_iter().map(FieldValue::from).collect()))
}

/// Say what a custom field is
///
/// Filters and rules may name it from now on. To say it again is to say that a change of its type is seen to.
#[utoipa::path(put, path = "/api/v1/integrations/{name}/fields/{field}/mapping", tag = "fields", request_body = MappingWish,
    params(("name" = String, Path, description = "The integration's name"),
        ("field" = String, Path, description = "The field's id")),
    responses((status = 200, description = "It is mapped", body = FieldMapping)))]
pub(in crate::api) async fn map_field(
    State(app): State<App>,
    caller: Caller,
    Segments((name, field)): Segments<(String, String)>,
    Json(wish): Json<MappingWish>,
) -> Result<Answer<FieldMapping>, Problem> {
    let integration = found(&app, &name).await?;
    let wish = MapWish {
        holds: wish.holds.map(|holds| holds.as_str().to_owned()),
        role: wish.role.map(FieldRole::from),
    };
    let mapped = map(&app, &caller, &integration, (&field, &wish)).await?;
    Ok(Answer(StatusCode::OK, FieldMapping::from(&mapped)))
}

/// Forget what was said of a custom field
#[utoipa::path(delete, path = "/api/v1/integrations/{name}/fields/{field}/mapping", tag = "fields",
    params(("name" = String, Path, description = "The integration's name"),
        ("field" = String, Path, description = "The field's id")),
    responses((status = 204, description = "It is not mapped any more")))]
pub(in crate::api) async fn unmap_field(
    State(app): State<App>,
    caller: Caller,
    Segments((name, field)): Segments<(String, String)>,
) -> Result<StatusCode, Problem> {
    let integration = found(&app, &name).await?;
    unmap(&app, &caller, &integration, &field).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Maps a field, and notes it.
pub(crate) async fn map(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    (field, wish): (&str, &MapWish),
) -> Result<Mapped, Problem> {
    let mapped = fields::map(&app.store, integration, (field, wish), app.now()).await.map_err(unfit)?;
    let role = mapped.mapping.role.map_or("", FieldRole::as_str);
    let deed = Deed::done("field.map", &integration.name)
        .with("field", field)
        .with("holds", mapped.mapping.holds.as_str())
        .with("role", role);
    audit::note_of(app, caller, deed, integration).await?;
    Ok(mapped)
}

/// Forgets what was said of a field, and notes it.
pub(crate) async fn unmap(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    field: &str,
) -> Result<(), Problem> {
    fields::unmap(&app.store, integration, field).await?;
    let deed = Deed::done("field.unmap", &integration.name).with("field", field);
    audit::note_of(app, caller, deed, integration).await
}

/// A type that the field cannot be read as has the form that the document asks for, and cannot be as things are.
fn unfit(error: StoreError) -> Problem {
    let is_type = matches!(error.message(), Message::FieldFault(FieldFault::Type { .. }));
    let problem = Problem::from(error);
    if is_type { problem.with_status(StatusCode::CONFLICT) } else { problem }
}

async fn found(app: &App, name: &str) -> Result<Integration, Problem> {
    Ok(app.store.integration(name).await?.ok_or(Message::PageUnknown {})?)
}
