//! The document of the API, and what all operations have in common in it.

use crate::{
    api,
    app::App,
    auth::routes::{ROUTES, Who},
    http::{Fault, Problem, ProblemDocument, repeat},
};
use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use std::{collections::HashSet, sync::OnceLock};
use utoipa::{
    OpenApi as _, PartialSchema as _, ToSchema as _,
    openapi::{
        ContentBuilder, Header, HeaderBuilder, OpenApi, Ref, RefOr, ResponseBuilder,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem},
        schema::{ObjectBuilder, Type},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

#[derive(utoipa::OpenApi)]
#[openapi(info(
    title = "Weir",
    description = "Everything that the command line does. Lists come in pages: `limit`, `after`, `has_more`, `next`, and a header `Link` with the address of the next page.",
    license(name = "Apache-2.0", identifier = "Apache-2.0")
))]
struct Base;

/// The document without operations.
pub(super) fn base() -> OpenApi {
    Base::openapi()
}

/// Adds what all operations have in common: errors, how to sign in, and that a `POST` may be sent again.
pub(super) fn finished(mut document: OpenApi) -> OpenApi {
    let components = document.components.get_or_insert_default();
    components.schemas.insert(ProblemDocument::name().into_owned(), ProblemDocument::schema());
    components.schemas.insert(Fault::name().into_owned(), Fault::schema());
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("An API key")).build();
    let session = ApiKey::Cookie(ApiKeyValue::with_description("weir", "A browser's session"));
    components.add_security_scheme("key", SecurityScheme::Http(bearer));
    components.add_security_scheme("session", SecurityScheme::ApiKey(session));
    document.security = Some(vec![
        SecurityRequirement::new("key", Vec::<String>::new()),
        SecurityRequirement::new("session", Vec::<String>::new()),
    ]);
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            operation.responses.responses.insert("default".to_owned(), problem().into());
            if is_list(operation)
                && let Some(RefOr::T(page)) = operation.responses.responses.get_mut("200")
            {
                page.headers.insert("Link".to_owned(), next_page().into());
            }
            if is_for_people(method, path) {
                operation.security = Some(vec![SecurityRequirement::new("session", Vec::<String>::new())]);
            }
        }
        if let Some(post) = &mut item.post {
            post.parameters.get_or_insert_default().push(repeat_key().into());
        }
    }
    document
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, put, post, patch, delete, .. } = item;
    let all = [("GET", get), ("PUT", put), ("POST", post), ("PATCH", patch), ("DELETE", delete)];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// Whether this is an operation that knows no parameters but those of its path.
pub(crate) fn takes_no_query(method: &str, path: &str) -> bool {
    static ALL: OnceLock<HashSet<(&'static str, String)>> = OnceLock::new();
    let is_query = |one: &RefOr<Parameter>| match one {
        RefOr::T(one) => one.parameter_in == ParameterIn::Query,
        RefOr::Ref(_) => false,
    };
    let all = ALL.get_or_init(|| those(|of| !of.parameters.iter().flatten().any(is_query)));
    all.iter().any(|(of, at)| *of == method && at == path)
}

/// Whether this is an operation that takes no body.
pub(crate) fn takes_no_body(method: &str, path: &str) -> bool {
    static ALL: OnceLock<HashSet<(&'static str, String)>> = OnceLock::new();
    let all = ALL.get_or_init(|| those(|of| of.request_body.is_none()));
    all.iter().any(|(of, at)| *of == method && at == path)
}

/// Method and path of the operations that are like this.
fn those(is_one: impl Fn(&Operation) -> bool) -> HashSet<(&'static str, String)> {
    let mut document = api::document();
    let paths = document.paths.paths.iter_mut();
    let all = paths.flat_map(|(path, item)| operations(item).map(move |(method, of)| (method, path, of)));
    all.filter(|(.., of)| is_one(of)).map(|(method, path, _)| (method, path.clone())).collect()
}

/// Whether no key opens it.
fn is_for_people(method: &str, path: &str) -> bool {
    ROUTES.iter().any(|route| route.method == method && route.path == path && route.who == Who::People)
}

/// Whether it gives a list in pages.
fn is_list(operation: &Operation) -> bool {
    let is_cursor = |one: &RefOr<Parameter>| match one {
        RefOr::T(one) => one.parameter_in == ParameterIn::Query && one.name == "after",
        RefOr::Ref(_) => false,
    };
    operation.parameters.iter().flatten().any(is_cursor)
}

fn next_page() -> Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).build()))
        .description(Some(
            "Where the next page is, with `rel=\"next\"` (RFC 8288); not sent with the last one",
        ))
        .build()
}

fn problem() -> utoipa::openapi::Response {
    let schema = Ref::from_schema_name(ProblemDocument::name());
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new().description("An error").content("application/problem+json", content).build()
}

fn repeat_key() -> utoipa::openapi::path::Parameter {
    let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(255));
    ParameterBuilder::new()
        .name(repeat::HEADER)
        .parameter_in(ParameterIn::Header)
        .description(Some("The same request with the same key is done once; its answer is kept for a day"))
        .schema(Some(text.pattern(Some(r"^[\t -~]*[!-~][\t -~]*$")).build()))
        .build()
}

/// This document
#[utoipa::path(get, path = "/api/openapi.json", tag = "server",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json", body = serde_json::Value)))]
pub(super) async fn show_openapi(State(app): State<App>) -> Result<Response, Problem> {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = TEXT.get_or_init(|| {
        let mut document = api::document();
        document.info.version = app.settings.version.to_owned();
        serde_json::to_string(&document).unwrap_or_default()
    });
    let kind = HeaderValue::from_static("application/json");
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, kind)], text.as_str()).into_response())
}
