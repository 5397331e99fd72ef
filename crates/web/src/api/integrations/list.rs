//! The list of integrations: which of them, in which order, and which members of each.

use super::{Integration, revision};
use crate::{
    app::App,
    auth::{
        policy::{self, Action},
        principal::Caller,
    },
    fares::{Fare, Fares},
    http::{
        Problem,
        extract::Params,
        paging::{Page, Window},
    },
};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{borrow::Cow, cmp::Ordering};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, RefOr,
        schema::{Schema, Type},
    },
};
use weir_ingest::describe;
use weir_model::{Integration as Kept, Millis};

/// Integrations that are looked at for a list that is not simply by name.
const MOST: u32 = 10_000;

/// An integration, or those members of it that were asked for.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(in crate::api) struct IntegrationPart(Map<String, Value>);

impl PartialSchema for IntegrationPart {
    fn schema() -> RefOr<Schema> {
        match Integration::schema() {
            RefOr::T(Schema::Object(mut whole)) => {
                whole.required.clear();
                whole.description =
                    Some("An integration; with `fields`, those members of it alone.".to_owned());
                RefOr::T(Schema::Object(whole))
            }
            other => other,
        }
    }
}

impl ToSchema for IntegrationPart {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("IntegrationPart")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Integration::schemas(schemas);
    }
}

/// Names of members, with commas between them.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(in crate::api) struct FieldList(Vec<String>);

impl TryFrom<String> for FieldList {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let known = members();
        let all: Vec<String> = text.split(',').map(str::to_owned).collect();
        match all.iter().find(|one| !known.contains(one)) {
            None => Ok(Self(all)),
            Some(other) => Err(format!(
                "Fields are members of an integration with commas between them, and \"{}\" is none",
                weir_model::clean(other, 50)
            )),
        }
    }
}

impl PartialSchema for FieldList {
    fn schema() -> RefOr<Schema> {
        let one = members().join("|");
        let text = ObjectBuilder::new().schema_type(Type::String);
        text.pattern(Some(format!("^({one})(,({one}))*$"))).into()
    }
}

impl ToSchema for FieldList {}

/// The members that an integration has.
fn members() -> Vec<String> {
    match Integration::schema() {
        RefOr::T(Schema::Object(whole)) => whole.properties.keys().cloned().collect(),
        _ => vec![],
    }
}

/// A status.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum StatusWord {
    Healthy,
    Unhealthy,
    Pending,
    NoData,
}

impl StatusWord {
    fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
            Self::Pending => "pending",
            Self::NoData => "no_data",
        }
    }
}

/// An order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, ToSchema)]
enum SortWord {
    #[default]
    #[serde(rename = "name")]
    Name,
    #[serde(rename = "-name")]
    NameDown,
    #[serde(rename = "last_run_at")]
    LastRun,
    #[serde(rename = "-last_run_at")]
    LastRunDown,
}

impl SortWord {
    fn as_str(self) -> &'static str {
        match self {
            Self::Name => "",
            Self::NameDown => "-name",
            Self::LastRun => "last_run_at",
            Self::LastRunDown => "-last_run_at",
        }
    }
}

/// Which integrations, and how they are told.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct ListQuery {
    /// Those of this status alone.
    #[param(inline)]
    status: Option<StatusWord>,
    /// Those alone that have this in their name or their address, in capitals or not.
    #[param(max_length = 100, pattern = r"^[^\u0000]*$")]
    search: Option<String>,
    /// Those alone that have this tag.
    #[param(max_length = 100, pattern = r"^[^\u0000]*$")]
    tag: Option<String>,
    /// `name`, unless said otherwise, or `last_run_at`; with `-` before it the other way round. What never ran comes last.
    #[param(inline)]
    sort: Option<SortWord>,
    /// Those members of each alone, with commas between them.
    #[param(inline)]
    fields: Option<FieldList>,
    /// At most this many.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// `next` of the page before, for the same filters and the same order.
    #[param(pattern = "^([0-9a-f]{2})+$")]
    after: Option<String>,
}

/// Where an integration stands in a list.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Place {
    /// When the run that ended last did; nothing in a list by name.
    at: Option<Millis>,
    name: String,
}

impl Place {
    /// As a cursor has it.
    fn text(&self) -> String {
        format!("{}|{}", self.at.map(|at| at.0.to_string()).unwrap_or_default(), self.name)
    }

    fn read(text: &str) -> Option<Self> {
        let (at, name) = text.split_once('|')?;
        let at = if at.is_empty() { None } else { Some(Millis(at.parse().ok()?)) };
        Some(Self { at, name: name.to_owned() })
    }

    fn order(&self, other: &Self, sort: SortWord) -> Ordering {
        let by_name = self.name.cmp(&other.name);
        let by_time = |ordered: Ordering| match (self.at, other.at) {
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            _ => ordered,
        };
        match sort {
            SortWord::Name => by_name,
            SortWord::NameDown => by_name.reverse(),
            SortWord::LastRun => by_time(self.at.cmp(&other.at)).then(by_name),
            SortWord::LastRunDown => by_time(other.at.cmp(&self.at)).then(by_name),
        }
    }
}

/// Integrations by name, or in another order
///
/// A cursor is good for the filters and the order that it was given for.
#[utoipa::path(get, path = "/api/v1/integrations", tag = "integrations", params(ListQuery),
    responses((status = 200, description = "A page of those within reach", body = Page<IntegrationPart>)))]
pub(in crate::api) async fn list_integrations(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<ListQuery>,
) -> Result<Page<IntegrationPart>, Problem> {
    let (search, tag) = (given("search", &query.search)?, given("tag", &query.tag)?);
    let sort = query.sort.unwrap_or_default();
    let filters = [
        ("status", query.status.map_or("", StatusWord::as_str)),
        ("search", search),
        ("tag", tag),
        ("sort", sort.as_str()),
    ];
    let window = Window::narrowed(query.limit, query.after.as_deref(), &filters)?;
    let after = match window.after() {
        Some(text) => Some(Place::read(text).ok_or_else(crate::http::paging::not_ours)?),
        None => None,
    };
    let reach = policy::reach(&caller.principal, Action::Read);
    let wanted = search.to_lowercase();
    let takes = |one: &Kept| {
        let has = |text: &str| text.to_lowercase().contains(&wanted);
        (has(&one.name) || has(&one.settings.site_url))
            && (tag.is_empty() || one.settings.tags.iter().any(|has| has == tag))
    };
    let mut placed: Vec<(Place, Kept)> = match (query.status, sort) {
        // Nothing has to be judged for it, and no more is looked at than the page holds.
        (None, SortWord::Name) => {
            let after = after.as_ref().map(|place| place.name.as_str());
            let found = app.store.integrations_where(&reach, after, window.wanted(), takes).await?;
            found.into_iter().map(|one| (Place { at: None, name: one.name.clone() }, one)).collect()
        }
        (status, _) => {
            let found = app.store.integrations_where(&reach, None, MOST, takes).await?;
            let fares = Fares::of(&app, &found).await?;
            let placed = |one: Kept| {
                let fare: &Fare = fares.get(&one.id)?;
                let is_taken = status.is_none_or(|status| status.as_str() == fare.status);
                let at = fare.last_run_at.filter(|_| !matches!(sort, SortWord::Name | SortWord::NameDown));
                is_taken.then(|| (Place { at, name: one.name.clone() }, one))
            };
            found.into_iter().filter_map(placed).collect()
        }
    };
    placed.sort_by(|(one, _), (other, _)| one.order(other, sort));
    if let Some(after) = &after {
        placed.retain(|(place, _)| place.order(after, sort) == Ordering::Greater);
    }
    placed.truncate(window.wanted() as usize);
    let mut told = Vec::with_capacity(placed.len());
    for (place, one) in &placed {
        told.push((place.text(), part(&app, one, query.fields.as_ref()).await?));
    }
    Ok(window.page(told, |(place, _)| place.clone(), |(_, part)| part))
}

fn given<'a>(name: &str, value: &'a Option<String>) -> Result<&'a str, Problem> {
    let text = value.as_deref().unwrap_or_default();
    match text.chars().count() {
        0..=100 => Ok(text),
        _ => Err(Problem::bad(format!("{name} has at most 100 characters"))),
    }
}

/// An integration as it was asked for.
async fn part(app: &App, one: &Kept, fields: Option<&FieldList>) -> Result<IntegrationPart, Problem> {
    let whole = Integration::new(describe(&app.store, one, app.now()).await?, revision(one)?);
    let Ok(Value::Object(mut whole)) = serde_json::to_value(whole) else {
        return Err(Problem::bug("an integration is no object"));
    };
    if let Some(FieldList(fields)) = fields {
        whole.retain(|name, _| fields.contains(name));
    }
    Ok(IntegrationPart(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_ran_comes_last_in_either_order() {
        let place = |at: Option<i64>, name: &str| Place { at: at.map(Millis), name: name.into() };
        let all = [place(None, "a"), place(Some(7), "b"), place(Some(9), "c"), place(Some(7), "a")];
        for (sort, expected) in [
            (SortWord::LastRun, ["7|a", "7|b", "9|c", "|a"]),
            (SortWord::LastRunDown, ["9|c", "7|a", "7|b", "|a"]),
        ] {
            let mut all = all.to_vec();
            all.sort_by(|one, other| one.order(other, sort));
            assert_eq!(all.iter().map(Place::text).collect::<Vec<_>>(), expected);
            assert_eq!(Place::read(&all[0].text()).as_ref(), Some(&all[0]));
        }
        assert_eq!(Place::read("x|a"), None);
    }

    #[test]
    fn fields_are_members_of_an_integration() {
        assert!(FieldList::try_from("name,status".to_owned()).is_ok());
        for bad in ["", "name,", "password", "name status"] {
            assert!(FieldList::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
