//! Everything that is served, and who may use it. What is not in this table is refused, and a test proves that the table and
//! the router have the same lines. Reference: `docs/reference/authorization.md`, written from here.

use super::policy::Action::{self, Change, Manage, Own, Public, Read, ReadAudit, ReadMetrics, Serve};

/// Which kinds of callers a route is for at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Who {
    /// Anybody, strangers too.
    Anyone,
    /// People who are signed in, with a browser.
    People,
    /// People, and programs with a key.
    All,
}

/// Whose the thing is that a route speaks of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum PlaceKind {
    /// Nobody's.
    Nowhere,
    /// The caller's own.
    Own,
    /// The server's.
    Server,
    /// A list: it shows what is within the caller's reach.
    List,
    /// That of the integration named `{name}`.
    Integration,
    /// That of the integration of the run `{id}`.
    Run,
    /// The workspace `{id}`.
    Workspace,
    /// That of the API key `{id}`.
    ApiKey,
}

/// A line of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) action: Action,
    pub(crate) place: PlaceKind,
    pub(crate) who: Who,
}

const fn route(
    method: &'static str,
    path: &'static str,
    action: Action,
    place: PlaceKind,
    who: Who,
) -> Route {
    Route { method, path, action, place, who }
}

/// The table.
#[rustfmt::skip]
pub(crate) const ROUTES: &[Route] = &[
    // operations
    route("GET",    "/healthz",                                        Public,      PlaceKind::Nowhere,     Who::Anyone),
    route("GET",    "/livez",                                          Public,      PlaceKind::Nowhere,     Who::Anyone),
    route("GET",    "/readyz",                                         Public,      PlaceKind::Nowhere,     Who::Anyone),
    route("GET",    "/metrics",                                        ReadMetrics, PlaceKind::Server,      Who::All),
    // signing in
    route("GET",    "/assets/{digest}/{name}",                         Public,      PlaceKind::Nowhere,     Who::Anyone),
    route("GET",    "/login",                                          Public,      PlaceKind::Nowhere,     Who::Anyone),
    route("POST",   "/login",                                          Public,      PlaceKind::Nowhere,     Who::Anyone),
    route("GET",    "/setup",                                          Public,      PlaceKind::Nowhere,     Who::Anyone),
    route("POST",   "/setup",                                          Public,      PlaceKind::Nowhere,     Who::Anyone),
    route("POST",   "/logout",                                         Own,         PlaceKind::Own,         Who::People),
    route("POST",   "/settings/theme",                                 Own,         PlaceKind::Own,         Who::People),
    // pages
    route("GET",    "/",                                               Own,         PlaceKind::Own,         Who::People),
    route("GET",    "/integrations",                                   Read,        PlaceKind::List,        Who::People),
    route("GET",    "/integrations/{name}/monitoring",                 Read,        PlaceKind::Integration, Who::People),
    route("GET",    "/integrations/{name}/monitoring/issues",          Read,        PlaceKind::Integration, Who::People),
    route("GET",    "/integrations/{name}/monitoring/runs",            Read,        PlaceKind::Integration, Who::People),
    route("GET",    "/runs/{id}",                                      Read,        PlaceKind::Run,         Who::People),
    route("GET",    "/runs/{id}/log.jsonl",                            Read,        PlaceKind::Run,         Who::People),
    route("GET",    "/runs/{id}/log.txt",                              Read,        PlaceKind::Run,         Who::People),
    // API
    route("GET",    "/api/openapi.json",                               Own,         PlaceKind::Own,         Who::All),
    route("GET",    "/api/v1/me",                                      Own,         PlaceKind::Own,         Who::All),
    route("GET",    "/api/v1/integrations",                            Read,        PlaceKind::List,        Who::All),
    route("GET",    "/api/v1/integrations/{name}",                     Read,        PlaceKind::Integration, Who::All),
    route("GET",    "/api/v1/integrations/{name}/schedule",            Read,        PlaceKind::Integration, Who::All),
    route("POST",   "/api/v1/integrations/{name}/sync",                Change,      PlaceKind::Integration, Who::All),
    route("POST",   "/api/v1/integrations/{name}/verify",              Change,      PlaceKind::Integration, Who::All),
    route("POST",   "/api/v1/integrations/{name}/pause",               Change,      PlaceKind::Integration, Who::All),
    route("POST",   "/api/v1/integrations/{name}/resume",              Change,      PlaceKind::Integration, Who::All),
    route("GET",    "/api/v1/integrations/{name}/monitoring",          Read,        PlaceKind::Integration, Who::All),
    route("GET",    "/api/v1/integrations/{name}/availability",        Read,        PlaceKind::Integration, Who::All),
    route("GET",    "/api/v1/integrations/{name}/ingested",            Read,        PlaceKind::Integration, Who::All),
    route("POST",   "/api/v1/integrations/{name}/issues/remove",       Change,      PlaceKind::Integration, Who::All),
    route("POST",   "/api/v1/integrations/{name}/issues/restore",      Change,      PlaceKind::Integration, Who::All),
    route("GET",    "/api/v1/integrations/{name}/quarantine",          Read,        PlaceKind::Integration, Who::All),
    route("GET",    "/api/v1/integrations/{name}/quarantine/{issue}/body", Change,  PlaceKind::Integration, Who::All),
    route("GET",    "/api/v1/integrations/{name}/views/{view}",        Read,        PlaceKind::Integration, Who::All),
    route("GET",    "/api/v1/runs/{id}/events",                        Read,        PlaceKind::Run,         Who::All),
    route("GET",    "/api/v1/runs",                                    Read,        PlaceKind::List,        Who::All),
    route("GET",    "/api/v1/runs/{id}",                               Read,        PlaceKind::Run,         Who::All),
    route("POST",   "/api/v1/runs/{id}/cancel",                        Change,      PlaceKind::Run,         Who::All),
    route("GET",    "/api/v1/workspaces",                              Read,        PlaceKind::List,        Who::All),
    route("POST",   "/api/v1/workspaces",                              Serve,       PlaceKind::Server,      Who::All),
    route("GET",    "/api/v1/workspaces/{id}",                         Read,        PlaceKind::Workspace,   Who::All),
    route("PATCH",  "/api/v1/workspaces/{id}",                         Manage,      PlaceKind::Workspace,   Who::All),
    route("DELETE", "/api/v1/workspaces/{id}",                         Serve,       PlaceKind::Server,      Who::All),
    route("GET",    "/api/v1/workspaces/{id}/integrations",            Read,        PlaceKind::Workspace,   Who::All),
    route("PUT",    "/api/v1/workspaces/{id}/integrations/{name}",     Serve,       PlaceKind::Server,      Who::All),
    route("DELETE", "/api/v1/workspaces/{id}/integrations/{name}",     Manage,      PlaceKind::Workspace,   Who::All),
    route("GET",    "/api/v1/api-keys",                                Manage,      PlaceKind::List,        Who::All),
    route("POST",   "/api/v1/api-keys",                                Manage,      PlaceKind::List,        Who::All),
    route("DELETE", "/api/v1/api-keys/{id}",                           Manage,      PlaceKind::ApiKey,      Who::All),
    route("GET",    "/api/v1/audit",                                   ReadAudit,   PlaceKind::List,        Who::All),
];

/// The line for a method and the path that the router found; `HEAD` is a `GET` without its body.
pub(crate) fn find(method: &str, path: &str) -> Option<&'static Route> {
    let method = if method == "HEAD" { "GET" } else { method };
    ROUTES.iter().find(|route| route.method == method && route.path == path)
}

/// The methods that a path takes, as the header `Allow` lists them.
pub(crate) fn allowed_methods(path: &str) -> String {
    let mut methods: Vec<&str> =
        ROUTES.iter().filter(|route| route.path == path).map(|route| route.method).collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.join(", ")
}

/// What those ask who only want to know whether the server is well.
pub(crate) const PROBES: &[&str] = &["/healthz", "/livez", "/readyz"];
