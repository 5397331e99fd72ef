//! Everything that is served, and who may use it. What is not in this table is refused, and a test proves that the table and
//! the router have the same lines. Reference: `docs/reference/authorization.md`, written from here.

use super::policy::Action::{
    self, Change, Connect, Manage, Own, Public, Read, ReadAudit, ReadMetrics, Serve,
};

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
    /// That of the kept report `{id}`.
    Report,
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
    route("GET",    "/invitation",                                     Public,      PlaceKind::Nowhere,     Who::Anyone),
    route("POST",   "/invitation",                                     Public,      PlaceKind::Nowhere,     Who::Anyone),
    route("POST",   "/invitation/oidc",                                Public,      PlaceKind::Nowhere,     Who::Anyone),
    route("GET",    "/login/oidc",                                     Public,      PlaceKind::Nowhere,     Who::Anyone),
    route("GET",    "/login/oidc/callback",                            Public,      PlaceKind::Nowhere,     Who::Anyone),
    route("POST",   "/login/oidc/logout",                              Public,      PlaceKind::Nowhere,     Who::Anyone),
    route("GET",    "/opt-out/{token}",                                Public,      PlaceKind::Nowhere,     Who::Anyone),
    route("POST",   "/opt-out/{token}",                                Public,      PlaceKind::Nowhere,     Who::Anyone),
    route("POST",   "/settings/profile/link",                          Own,         PlaceKind::Own,         Who::People),
    route("POST",   "/logout",                                         Own,         PlaceKind::Own,         Who::People),
    route("POST",   "/settings/theme",                                 Own,         PlaceKind::Own,         Who::People),
    // pages
    route("GET",    "/",                                               Own,         PlaceKind::Own,         Who::People),
    route("GET",    "/integrations",                                   Read,        PlaceKind::List,        Who::People),
    route("POST",   "/integrations",                                   Change,      PlaceKind::List,        Who::People),
    route("GET",    "/integrations/available",                         Connect,     PlaceKind::List,        Who::People),
    route("GET",    "/integrations/new",                               Connect,     PlaceKind::List,        Who::People),
    route("GET",    "/integrations/new/jira",                          Connect,     PlaceKind::List,        Who::People),
    route("POST",   "/integrations/new/jira",                          Connect,     PlaceKind::List,        Who::People),
    route("GET",    "/integrations/new/jira/checks",                   Connect,     PlaceKind::List,        Who::People),
    route("POST",   "/integrations/new/jira/complete",                 Connect,     PlaceKind::List,        Who::People),
    route("POST",   "/integrations/new/jira/count",                    Connect,     PlaceKind::List,        Who::People),
    route("POST",   "/integrations/new/jira/discard",                  Connect,     PlaceKind::List,        Who::People),
    route("GET",    "/integrations/deleted",                           Connect,     PlaceKind::List,        Who::People),
    route("GET",    "/integrations/{name}",                            Read,        PlaceKind::Integration, Who::People),
    route("GET",    "/integrations/{name}/custom-fields",              Read,        PlaceKind::Integration, Who::People),
    route("GET",    "/integrations/{name}/logs",                       Read,        PlaceKind::Integration, Who::People),
    route("GET",    "/integrations/{name}/configuration",              Read,        PlaceKind::Integration, Who::People),
    route("POST",   "/integrations/{name}/configuration",              Connect,     PlaceKind::Integration, Who::People),
    route("POST",   "/integrations/{name}/complete",                   Connect,     PlaceKind::Integration, Who::People),
    route("GET",    "/integrations/{name}/authentication",             Connect,     PlaceKind::Integration, Who::People),
    route("POST",   "/integrations/{name}/authentication",             Connect,     PlaceKind::Integration, Who::People),
    route("GET",    "/integrations/{name}/authentication/progress",    Connect,     PlaceKind::Integration, Who::People),
    route("GET",    "/integrations/{name}/checks",                     Read,        PlaceKind::Integration, Who::People),
    route("POST",   "/integrations/{name}/checks",                     Change,      PlaceKind::Integration, Who::People),
    route("GET",    "/integrations/{name}/checks/progress",            Read,        PlaceKind::Integration, Who::People),
    route("GET",    "/integrations/{name}/hygiene",                    Read,        PlaceKind::Integration, Who::People),
    route("GET",    "/integrations/{name}/hygiene/issues",             Read,        PlaceKind::Integration, Who::People),
    route("GET",    "/integrations/{name}/hygiene/issues.csv",         Read,        PlaceKind::Integration, Who::People),
    route("GET",    "/integrations/{name}/hygiene/rules",              Read,        PlaceKind::Integration, Who::People),
    route("GET",    "/integrations/{name}/hygiene/rules/new",          Change,      PlaceKind::Integration, Who::People),
    route("POST",   "/integrations/{name}/hygiene/rules/new",          Change,      PlaceKind::Integration, Who::People),
    route("GET",    "/integrations/{name}/hygiene/rules/{id}",         Read,        PlaceKind::Integration, Who::People),
    route("POST",   "/integrations/{name}/hygiene/rules/{id}",         Change,      PlaceKind::Integration, Who::People),
    route("POST",   "/integrations/{name}/hygiene/rules/{id}/delete",  Change,      PlaceKind::Integration, Who::People),
    route("GET",    "/integrations/{name}/hygiene/rules/{id}/weight",  Read,        PlaceKind::Integration, Who::People),
    route("POST",   "/integrations/{name}/hygiene/rules/{id}/weight",  Change,      PlaceKind::Integration, Who::People),
    route("GET",    "/hygiene/reports",                                Read,        PlaceKind::List,        Who::People),
    route("GET",    "/hygiene/reports/new",                            Change,      PlaceKind::List,        Who::People),
    route("POST",   "/hygiene/reports/new",                            Change,      PlaceKind::List,        Who::People),
    route("GET",    "/hygiene/reports/{id}",                           Read,        PlaceKind::Report,      Who::People),
    route("GET",    "/hygiene/reports/{id}/edit",                      Change,      PlaceKind::Report,      Who::People),
    route("POST",   "/hygiene/reports/{id}/edit",                      Change,      PlaceKind::Report,      Who::People),
    route("POST",   "/hygiene/reports/{id}/delete",                    Change,      PlaceKind::Report,      Who::People),
    route("GET",    "/integrations/{name}/hygiene/nudges",                             Read,        PlaceKind::Integration, Who::People),
    route("POST",   "/integrations/{name}/hygiene/nudges",                             Connect,     PlaceKind::Integration, Who::People),
    route("GET",    "/integrations/{name}/hygiene/nudges/{nudge}",                     Read,        PlaceKind::Integration, Who::People),
    route("POST",   "/integrations/{name}/hygiene/nudges/{nudge}",                     Connect,     PlaceKind::Integration, Who::People),
    route("POST",   "/integrations/{name}/hygiene/nudges/{nudge}/preview",             Change,      PlaceKind::Integration, Who::People),
    route("POST",   "/integrations/{name}/hygiene/nudges/{nudge}/send",                Change,      PlaceKind::Integration, Who::People),
    route("POST",   "/integrations/{name}/hygiene/nudges/{nudge}/delete",              Connect,     PlaceKind::Integration, Who::People),
    route("POST",   "/integrations/{name}/hygiene/nudges/{nudge}/opt-outs",            Connect,     PlaceKind::Integration, Who::People),
    route("GET",    "/integrations/{name}/fields",                     Read,        PlaceKind::Integration, Who::People),
    route("POST",   "/integrations/{name}/fields",                     Change,      PlaceKind::Integration, Who::People),
    route("GET",    "/integrations/{name}/salesforce",                 Read,        PlaceKind::Integration, Who::People),
    route("POST",   "/integrations/{name}/salesforce",                 Change,      PlaceKind::Integration, Who::People),
    route("GET",    "/integrations/{name}/salesforce/unmatched.csv",   Read,        PlaceKind::Integration, Who::People),
    route("GET",    "/integrations/{name}/activity",                   Read,        PlaceKind::Integration, Who::People),
    route("GET",    "/integrations/{name}/delete",                     Connect,     PlaceKind::Integration, Who::People),
    route("POST",   "/integrations/{name}/delete",                     Connect,     PlaceKind::Integration, Who::People),
    route("POST",   "/integrations/{name}/delete/cancel",              Connect,     PlaceKind::Integration, Who::People),
    route("POST",   "/integrations/{name}/sync",                       Change,      PlaceKind::Integration, Who::People),
    route("POST",   "/integrations/{name}/verify",                     Change,      PlaceKind::Integration, Who::People),
    route("POST",   "/integrations/{name}/pause",                      Change,      PlaceKind::Integration, Who::People),
    route("POST",   "/integrations/{name}/resume",                     Change,      PlaceKind::Integration, Who::People),
    route("GET",    "/integrations/{name}/monitoring",                 Read,        PlaceKind::Integration, Who::People),
    route("GET",    "/integrations/{name}/monitoring/issues",          Read,        PlaceKind::Integration, Who::People),
    route("GET",    "/integrations/{name}/monitoring/runs",            Read,        PlaceKind::Integration, Who::People),
    route("GET",    "/runs/{id}",                                      Read,        PlaceKind::Run,         Who::People),
    route("POST",   "/runs/{id}/cancel",                               Change,      PlaceKind::Run,         Who::People),
    route("GET",    "/runs/{id}/log.jsonl",                            Read,        PlaceKind::Run,         Who::People),
    route("GET",    "/runs/{id}/log.txt",                              Read,        PlaceKind::Run,         Who::People),
    // settings
    route("GET",    "/settings",                                               Own,         PlaceKind::Own,         Who::People),
    route("POST",   "/settings/workspace",                                     Own,         PlaceKind::Own,         Who::People),
    route("GET",    "/settings/profile",                                       Own,         PlaceKind::Own,         Who::People),
    route("POST",   "/settings/profile",                                       Own,         PlaceKind::Own,         Who::People),
    route("POST",   "/settings/profile/password",                              Own,         PlaceKind::Own,         Who::People),
    route("POST",   "/settings/profile/sessions",                              Own,         PlaceKind::Own,         Who::People),
    route("GET",    "/settings/sessions",                                      Own,         PlaceKind::Own,         Who::People),
    route("GET",    "/settings/security",                                      Own,         PlaceKind::Own,         Who::People),
    route("GET",    "/settings/users",                                         Manage,      PlaceKind::List,        Who::People),
    route("POST",   "/settings/users",                                         Serve,       PlaceKind::Server,      Who::People),
    route("GET",    "/settings/users/{id}",                                    Serve,       PlaceKind::Server,      Who::People),
    route("POST",   "/settings/users/{id}",                                    Serve,       PlaceKind::Server,      Who::People),
    route("POST",   "/settings/users/{id}/invitation",                         Serve,       PlaceKind::Server,      Who::People),
    route("POST",   "/settings/users/{id}/deactivate",                         Serve,       PlaceKind::Server,      Who::People),
    route("POST",   "/settings/users/{id}/reactivate",                         Serve,       PlaceKind::Server,      Who::People),
    route("POST",   "/settings/users/{id}/end-sessions",                       Serve,       PlaceKind::Server,      Who::People),
    route("POST",   "/settings/users/{id}/unlink",                             Serve,       PlaceKind::Server,      Who::People),
    route("GET",    "/settings/workspaces",                                    Manage,      PlaceKind::List,        Who::People),
    route("POST",   "/settings/workspaces",                                    Serve,       PlaceKind::Server,      Who::People),
    route("GET",    "/settings/workspaces/{id}",                               Manage,      PlaceKind::Workspace,   Who::People),
    route("POST",   "/settings/workspaces/{id}",                               Manage,      PlaceKind::Workspace,   Who::People),
    route("POST",   "/settings/workspaces/{id}/members",                       Manage,      PlaceKind::Workspace,   Who::People),
    route("POST",   "/settings/workspaces/{id}/delete",                        Serve,       PlaceKind::Server,      Who::People),
    route("GET",    "/settings/workspaces/{id}/hygiene",                       Read,        PlaceKind::Workspace,   Who::People),
    route("POST",   "/settings/workspaces/{id}/hygiene",                       Change,      PlaceKind::Workspace,   Who::People),
    route("GET",    "/settings/hygiene",                                       Serve,       PlaceKind::Server,      Who::People),
    route("POST",   "/settings/hygiene",                                       Serve,       PlaceKind::Server,      Who::People),
    route("GET",    "/settings/api-keys",                                      Manage,      PlaceKind::List,        Who::People),
    route("POST",   "/settings/api-keys",                                      Manage,      PlaceKind::List,        Who::People),
    route("POST",   "/settings/api-keys/{id}/revoke",                          Manage,      PlaceKind::ApiKey,      Who::People),
    route("GET",    "/settings/audit",                                         ReadAudit,   PlaceKind::List,        Who::People),
    route("GET",    "/settings/audit/log.csv",                                 ReadAudit,   PlaceKind::List,        Who::People),
    route("GET",    "/settings/audit/log.jsonl",                               ReadAudit,   PlaceKind::List,        Who::People),
    route("GET",    "/settings/about",                                         Serve,       PlaceKind::Server,      Who::People),
    route("GET",    "/mapping",                                                Read,        PlaceKind::List,        Who::People),
    route("POST",   "/mapping",                                                Manage,      PlaceKind::List,        Who::People),
    route("GET",    "/integrations/{name}/projects",                           Read,        PlaceKind::Integration, Who::People),
    route("POST",   "/integrations/{name}/projects",                           Manage,      PlaceKind::Integration, Who::People),
    // API
    route("GET",    "/api/openapi.json",                               Own,         PlaceKind::Own,         Who::All),
    route("GET",    "/api/v1/me",                                      Own,         PlaceKind::Own,         Who::All),
    route("PATCH",  "/api/v1/me",                                      Own,         PlaceKind::Own,         Who::People),
    route("PUT",    "/api/v1/me/password",                             Own,         PlaceKind::Own,         Who::People),
    route("GET",    "/api/v1/me/sessions",                             Own,         PlaceKind::Own,         Who::People),
    route("DELETE", "/api/v1/me/sessions/{session}",                   Own,         PlaceKind::Own,         Who::People),
    route("GET",    "/api/v1/integrations",                            Read,        PlaceKind::List,        Who::All),
    route("POST",   "/api/v1/integrations",                            Connect,     PlaceKind::List,        Who::All),
    route("POST",   "/api/v1/integrations/validate",                   Connect,     PlaceKind::List,        Who::All),
    route("GET",    "/api/v1/deleted-integrations",                    Connect,     PlaceKind::List,        Who::All),
    route("GET",    "/api/v1/integrations/{name}",                     Read,        PlaceKind::Integration, Who::All),
    route("PATCH",  "/api/v1/integrations/{name}",                     Connect,     PlaceKind::Integration, Who::All),
    route("DELETE", "/api/v1/integrations/{name}",                     Connect,     PlaceKind::Integration, Who::All),
    route("POST",   "/api/v1/integrations/{name}/validate",            Change,      PlaceKind::Integration, Who::All),
    route("POST",   "/api/v1/integrations/{name}/reauth",              Connect,     PlaceKind::Integration, Who::All),
    route("GET",    "/api/v1/integrations/{name}/deletion",            Read,        PlaceKind::Integration, Who::All),
    route("POST",   "/api/v1/integrations/{name}/deletion/cancel",     Connect,     PlaceKind::Integration, Who::All),
    route("GET",    "/api/v1/integrations/{name}/schedule",            Read,        PlaceKind::Integration, Who::All),
    route("POST",   "/api/v1/integrations/{name}/sync",                Change,      PlaceKind::Integration, Who::All),
    route("POST",   "/api/v1/integrations/{name}/verify",              Change,      PlaceKind::Integration, Who::All),
    route("POST",   "/api/v1/integrations/{name}/pause",               Change,      PlaceKind::Integration, Who::All),
    route("POST",   "/api/v1/integrations/{name}/resume",              Change,      PlaceKind::Integration, Who::All),
    route("GET",    "/api/v1/integrations/{name}/monitoring",          Read,        PlaceKind::Integration, Who::All),
    route("GET",    "/api/v1/integrations/{name}/availability",        Read,        PlaceKind::Integration, Who::All),
    route("GET",    "/api/v1/integrations/{name}/ingested",            Read,        PlaceKind::Integration, Who::All),
    route("GET",    "/api/v1/integrations/{name}/hygiene/report",      Read,        PlaceKind::Integration, Who::All),
    route("GET",    "/api/v1/integrations/{name}/hygiene/trend",       Read,        PlaceKind::Integration, Who::All),
    route("GET",    "/api/v1/integrations/{name}/hygiene/issues",      Read,        PlaceKind::Integration, Who::All),
    route("GET",    "/api/v1/integrations/{name}/hygiene/rules",       Read,        PlaceKind::Integration, Who::All),
    route("GET",    "/api/v1/integrations/{name}/fields",              Read,        PlaceKind::Integration, Who::All),
    route("GET",    "/api/v1/integrations/{name}/fields/{field}/values", Read,      PlaceKind::Integration, Who::All),
    route("PUT",    "/api/v1/integrations/{name}/fields/{field}/mapping", Change,   PlaceKind::Integration, Who::All),
    route("DELETE", "/api/v1/integrations/{name}/fields/{field}/mapping", Change,   PlaceKind::Integration, Who::All),
    route("GET",    "/api/v1/integrations/{name}/salesforce",          Read,        PlaceKind::Integration, Who::All),
    route("GET",    "/api/v1/integrations/{name}/salesforce/unmatched", Read,       PlaceKind::Integration, Who::All),
    route("PUT",    "/api/v1/integrations/{name}/salesforce",          Change,      PlaceKind::Integration, Who::All),
    route("DELETE", "/api/v1/integrations/{name}/salesforce",          Change,      PlaceKind::Integration, Who::All),
    route("POST",   "/api/v1/integrations/{name}/hygiene/rules",       Change,      PlaceKind::Integration, Who::All),
    route("POST",   "/api/v1/integrations/{name}/hygiene/rules/preview", Change,    PlaceKind::Integration, Who::All),
    route("GET",    "/api/v1/integrations/{name}/hygiene/rules/{id}",  Read,        PlaceKind::Integration, Who::All),
    route("PUT",    "/api/v1/integrations/{name}/hygiene/rules/{id}",  Change,      PlaceKind::Integration, Who::All),
    route("DELETE", "/api/v1/integrations/{name}/hygiene/rules/{id}",  Change,      PlaceKind::Integration, Who::All),
    route("GET",    "/api/v1/hygiene/reports",                         Read,        PlaceKind::List,        Who::All),
    route("POST",   "/api/v1/hygiene/reports",                         Change,      PlaceKind::List,        Who::All),
    route("GET",    "/api/v1/hygiene/reports/{id}",                    Read,        PlaceKind::Report,      Who::All),
    route("PUT",    "/api/v1/hygiene/reports/{id}",                    Change,      PlaceKind::Report,      Who::All),
    route("DELETE", "/api/v1/hygiene/reports/{id}",                    Change,      PlaceKind::Report,      Who::All),
    route("GET",    "/api/v1/hygiene/reports/{id}/result",             Read,        PlaceKind::Report,      Who::All),
    route("GET",    "/api/v1/hygiene/settings",                        Read,        PlaceKind::Server,      Who::All),
    route("PUT",    "/api/v1/hygiene/settings",                        Serve,       PlaceKind::Server,      Who::All),
    route("DELETE", "/api/v1/hygiene/settings",                        Serve,       PlaceKind::Server,      Who::All),
    route("GET",    "/api/v1/workspaces/{id}/hygiene/settings",        Read,        PlaceKind::Workspace,   Who::All),
    route("PUT",    "/api/v1/workspaces/{id}/hygiene/settings",        Change,      PlaceKind::Workspace,   Who::All),
    route("DELETE", "/api/v1/workspaces/{id}/hygiene/settings",        Change,      PlaceKind::Workspace,   Who::All),
    route("GET",    "/api/v1/integrations/{name}/hygiene/nudges",                      Read,        PlaceKind::Integration, Who::All),
    route("POST",   "/api/v1/integrations/{name}/hygiene/nudges",                      Connect,     PlaceKind::Integration, Who::All),
    route("GET",    "/api/v1/integrations/{name}/hygiene/nudges/{nudge}",              Read,        PlaceKind::Integration, Who::All),
    route("PATCH",  "/api/v1/integrations/{name}/hygiene/nudges/{nudge}",              Connect,     PlaceKind::Integration, Who::All),
    route("DELETE", "/api/v1/integrations/{name}/hygiene/nudges/{nudge}",              Connect,     PlaceKind::Integration, Who::All),
    route("POST",   "/api/v1/integrations/{name}/hygiene/nudges/{nudge}/preview",      Change,      PlaceKind::Integration, Who::All),
    route("POST",   "/api/v1/integrations/{name}/hygiene/nudges/{nudge}/send",         Change,      PlaceKind::Integration, Who::All),
    route("GET",    "/api/v1/integrations/{name}/hygiene/nudges/{nudge}/messages",     Read,        PlaceKind::Integration, Who::All),
    route("GET",    "/api/v1/integrations/{name}/hygiene/nudges/{nudge}/opt-outs",     Read,        PlaceKind::Integration, Who::All),
    route("PUT",    "/api/v1/integrations/{name}/hygiene/nudges/{nudge}/opt-outs/{recipient}", Connect,     PlaceKind::Integration, Who::All),
    route("DELETE", "/api/v1/integrations/{name}/hygiene/nudges/{nudge}/opt-outs/{recipient}", Connect,     PlaceKind::Integration, Who::All),
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
    route("PUT",    "/api/v1/workspaces/{id}/integrations/{name}",     Manage,      PlaceKind::Workspace,   Who::All),
    route("DELETE", "/api/v1/workspaces/{id}/integrations/{name}",     Manage,      PlaceKind::Workspace,   Who::All),
    route("GET",    "/api/v1/workspaces/{id}/members",                 Manage,      PlaceKind::Workspace,   Who::All),
    route("PUT",    "/api/v1/workspaces/{id}/members/{user}",          Manage,      PlaceKind::Workspace,   Who::All),
    route("DELETE", "/api/v1/workspaces/{id}/members/{user}",          Manage,      PlaceKind::Workspace,   Who::All),
    route("GET",    "/api/v1/events",                                  Read,        PlaceKind::List,        Who::All),
    route("GET",    "/api/v1/mappings",                                Read,        PlaceKind::List,        Who::All),
    route("POST",   "/api/v1/mappings",                                Manage,      PlaceKind::List,        Who::All),
    route("GET",    "/api/v1/users",                                   Manage,      PlaceKind::List,        Who::All),
    route("POST",   "/api/v1/users",                                   Serve,       PlaceKind::Server,      Who::All),
    route("GET",    "/api/v1/users/{id}",                              Serve,       PlaceKind::Server,      Who::All),
    route("PATCH",  "/api/v1/users/{id}",                              Serve,       PlaceKind::Server,      Who::All),
    route("POST",   "/api/v1/users/{id}/invitation",                   Serve,       PlaceKind::Server,      Who::All),
    route("POST",   "/api/v1/users/{id}/deactivate",                   Serve,       PlaceKind::Server,      Who::All),
    route("POST",   "/api/v1/users/{id}/reactivate",                   Serve,       PlaceKind::Server,      Who::All),
    route("GET",    "/api/v1/users/{id}/identities",                   Serve,       PlaceKind::Server,      Who::All),
    route("PUT",    "/api/v1/users/{id}/identities",                   Serve,       PlaceKind::Server,      Who::All),
    route("DELETE", "/api/v1/users/{id}/identities",                   Serve,       PlaceKind::Server,      Who::All),
    route("GET",    "/api/v1/users/{id}/sessions",                     Serve,       PlaceKind::Server,      Who::All),
    route("DELETE", "/api/v1/users/{id}/sessions",                     Serve,       PlaceKind::Server,      Who::All),
    route("GET",    "/api/v1/api-keys",                                Manage,      PlaceKind::List,        Who::All),
    route("POST",   "/api/v1/api-keys",                                Manage,      PlaceKind::List,        Who::All),
    route("DELETE", "/api/v1/api-keys/{id}",                           Manage,      PlaceKind::ApiKey,      Who::All),
    route("GET",    "/api/v1/audit",                                   ReadAudit,   PlaceKind::List,        Who::All),
    route("GET",    "/api/v1/master-keys",                             Serve,       PlaceKind::Server,      Who::All),
    route("POST",   "/api/v1/master-keys/rotate",                      Serve,       PlaceKind::Server,      Who::All),
    route("GET",    "/api/v1/backups",                                 Serve,       PlaceKind::Server,      Who::All),
    route("POST",   "/api/v1/backups",                                 Serve,       PlaceKind::Server,      Who::All),
    route("GET",    "/api/v1/backups/{backup}",                        Serve,       PlaceKind::Server,      Who::All),
    route("POST",   "/api/v1/backups/{backup}/verify",                 Serve,       PlaceKind::Server,      Who::All),
    route("GET",    "/api/v1/doctor",                                  Serve,       PlaceKind::Server,      Who::All),
    route("GET",    "/api/v1/config",                                  Serve,       PlaceKind::Server,      Who::All),
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
