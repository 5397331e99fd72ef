//! Every cell of the authorization table, asked for at a running server: each route, for each kind of caller, for what is in
//! their workspace, in another, and in none.

use super::{Browser, Server, client::Request, with_server};
use crate::auth::{
    oidc::{Provider, ProviderSettings},
    routes::{PlaceKind, ROUTES, Route, SCIM, Who},
    routes_table::{Column, Placement, decided, placements, word},
};
use std::sync::atomic::{AtomicU32, Ordering};
use weir_model::{
    Account, Clock as _, HygieneReportId, IntegrationId, KeptReport, KeyScope, Role, RunId, WorkspaceId,
};
use weir_testkit::Engine;

/// Two workspaces with something in each, and something in none.
struct World {
    own: WorkspaceId,
    other: WorkspaceId,
    integrations: Vec<(Placement, &'static str, IntegrationId, RunId)>,
    accounts: Vec<(Column, Account)>,
    made: AtomicU32,
}

async fn world(server: &Server) -> World {
    let (own, other) = (server.workspace("own").await, server.workspace("other").await);
    let mut integrations = vec![];
    for (placement, name, within) in [
        (Placement::Same, "in own", vec![own]),
        (Placement::Other, "in other", vec![other]),
        (Placement::None, "in none", vec![]),
    ] {
        let (id, run) = server.integration(name, &within).await;
        integrations.push((placement, name, id, run));
    }
    let mut accounts = vec![
        (Column::NoRole, server.account("nobody", false, None).await),
        (Column::ServerAdmin, server.account("root", true, None).await),
    ];
    for role in Role::ALL {
        let account = server.account(role.as_str(), false, Some((own, &[*role]))).await;
        accounts.push((Column::Role(*role), account));
    }
    World { own, other, integrations, accounts, made: AtomicU32::new(0) }
}

impl World {
    fn integration(&self, placement: Placement) -> &(Placement, &'static str, IntegrationId, RunId) {
        self.integrations.iter().find(|(found, ..)| *found == placement).expect("one in each place")
    }

    fn workspace(&self, placement: Placement) -> Option<WorkspaceId> {
        match placement {
            Placement::Same => Some(self.own),
            Placement::Other => Some(self.other),
            Placement::None => None,
        }
    }

    fn fresh_name(&self) -> String {
        format!("fresh{}", self.made.fetch_add(1, Ordering::Relaxed))
    }

    /// The path of a route for something in a place; what a caller before has taken away is put back.
    async fn path(&self, server: &Server, route: &Route, placement: Placement) -> String {
        let (_, name, integration, run) = self.integration(placement);
        let workspace = self.workspace(placement).unwrap_or(self.own);
        if route.path.contains("/integrations/{name}") && route.path.contains("/workspaces/") {
            server
                .app
                .store
                .map_integration(integration, &workspace, true)
                .await
                .expect("it is mapped again");
        }
        // Somebody fresh for each, since some are closed on the way.
        let user = match route.path.contains("/users/{id}") || route.path.contains("{user}") {
            true => server.account(&self.fresh_name(), false, None).await.id.to_string(),
            false => String::new(),
        };
        let id = match route.place {
            _ if route.path.contains("/users/{id}") => user.clone(),
            PlaceKind::Run => run.to_string(),
            PlaceKind::ApiKey => {
                server.key(KeyScope::Read, self.workspace(placement)).await.key.id.to_string()
            }
            PlaceKind::Satellite | PlaceKind::KeyOfSatellite => {
                let key = server.key(KeyScope::Satellite, self.workspace(placement)).await.key.id;
                server.satellite(&self.fresh_name(), key, &[]).await
            }
            PlaceKind::Report => self.report(server, self.workspace(placement)).await,
            _ => workspace.to_string(),
        };
        let path = route.path.replace("{name}", &name.replace(' ', "%20")).replace("{id}", &id);
        let path = path
            .replace("{digest}", "0")
            .replace("{view}", "issues")
            .replace("{issue}", "1")
            .replace("{backup}", "none.tar")
            .replace("{nudge}", "none")
            .replace("{channel}", "none")
            .replace("{recipient}", "nobody");
        // Of sessions that have ended already nothing is told.
        path.replace("{user}", &user).replace("{session}", &id)
    }

    /// A report that is kept in a workspace, or in none.
    async fn report(&self, server: &Server, workspace: Option<WorkspaceId>) -> String {
        let now = server.clock.now();
        let report = KeptReport {
            id: HygieneReportId::generate(now, server.entropy()),
            workspace,
            name: self.fresh_name(),
            document: "{}".into(),
            revision: 1,
            created_at: now,
            changed_at: now,
        };
        server.app.store.add_hygiene_report(&report).await.expect("a report is kept");
        report.id.to_string()
    }

    async fn request(&self, server: &Server, route: &Route, column: Column, path: &str) -> Request {
        let request = Request::new(route.method, path).header("if-match", "\"not this one\"");
        let browser = async |column| {
            let account = self.accounts.iter().find(|(found, _)| *found == column).expect("an account");
            server.browser(&account.1).await
        };
        match column {
            Column::Stranger => request,
            Column::NoRole | Column::Role(_) | Column::ServerAdmin => {
                let Browser { cookie, form_token } = browser(column).await;
                request.header("cookie", &cookie).header("x-form-token", &form_token)
            }
            Column::Key(scope) => request.key(&server.key(scope, Some(self.own)).await.secret),
            Column::ServerKey(scope) => request.key(&server.key(scope, None).await.secret),
        }
    }
}

#[tokio::test]
async fn every_cell_of_the_table_is_what_a_running_server_says() {
    for engine in Engine::all() {
        // There is a provider, so that its routes are there; nobody answers at it.
        let server = Server::start_with(&engine, |parts| {
            let settings = ProviderSettings {
                issuer: "http://127.0.0.1:1".into(),
                client_id: "weir".into(),
                client_secret: None,
                name: "Away".into(),
                ca_pem: None,
                scope: None,
                groups_claim: "groups".into(),
                groups: vec![],
            };
            parts.provider = Some(Provider::new(settings, &parts.environment).expect("settings that fit"));
        })
        .await;
        let world = world(&server).await;
        let mut asked = 0;
        for route in ROUTES.iter().filter(|route| route.who != Who::Anyone) {
            for column in Column::all() {
                for placement in placements(route) {
                    let path = world.path(&server, route, *placement).await;
                    let answer = server.send(world.request(&server, route, column, &path).await).await;
                    let led_to_login = answer
                        .header("location")
                        .is_some_and(|to| to.starts_with("/login") && route.path != "/logout");
                    let said = match answer.status {
                        303 if led_to_login => "login",
                        401 => "401",
                        403 => "403",
                        // Let in, and there is no such issue, field, rule, nudge, channel, consent, backup, user or group.
                        404 if answer.body.contains("quarantine.unknown") => "yes",
                        404 if answer.body.contains("backup.unknown") => "yes",
                        404 if answer.body.contains("The integration has no rule") => "yes",
                        404 if answer.body.contains("field.unlisted") => "yes",
                        404 if answer.body.contains("field.unmapped") => "yes",
                        404 if answer.body.contains("There is no nudge") => "yes",
                        404 if route.path.starts_with(SCIM) && answer.body.contains("There is no ") => "yes",
                        404 if answer.body.contains("There is no channel") => "yes",
                        404 if answer.body.contains("There is no such consent") => "yes",
                        404 => "404",
                        _ => "yes",
                    };
                    let expected = word(route, decided(route, column, *placement));
                    let said =
                        if route.path == "/logout" && column == Column::Stranger { "login" } else { said };
                    assert_eq!(
                        said, expected,
                        "{} {path} for {column:?}, {placement:?}: {answer:?}",
                        route.method
                    );
                    asked += 1;
                }
            }
        }
        assert!(asked > 500, "{asked}");
    }
}

#[tokio::test]
async fn what_everybody_may_is_answered_to_strangers() {
    with_server(async |server| {
        server.account("root", true, None).await;
        for (path, status) in [
            ("/healthz", 200),
            ("/livez", 200),
            ("/readyz", 200),
            ("/login", 200),
            ("/setup", 303),
            ("/assets/0/x.css", 404),
        ] {
            assert_eq!(server.send(Request::get(path)).await.status, status, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_not_in_the_table_is_refused() {
    with_server(async |server| {
        let root = server.account("root", true, None).await;
        let browser = server.browser(&root).await;
        let key = server.key(KeyScope::Admin, None).await.secret;
        assert_eq!(server.send(Request::get("/api/v1/nothing")).await.code(), "access.sign_in");
        assert_eq!(server.send(Request::get("/api/v1/nothing").key(&key)).await.code(), "page.unknown");
        assert_eq!(
            server.send(Request::get("/nothing")).await.header("location"),
            Some("/login?next=%2Fnothing")
        );
        assert_eq!(server.send(browser.get("/nothing")).await.status, 404);
        let answer = server.send(Request::new("DELETE", "/api/v1/me").key(&key)).await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, PATCH, HEAD")));
        for method in ["TRACE", "OPTIONS", "PUT", "WEIRD"] {
            assert_eq!(
                server.send(Request::new(method, "/api/v1/me").key(&key)).await.status,
                405,
                "{method}"
            );
            assert_eq!(server.send(Request::new(method, "/api/v1/me")).await.status, 401, "{method}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_two_workspaces_share_is_seen_by_both_and_lists_show_what_is_within_reach() {
    with_server(async |server| {
        let (own, other) = (server.workspace("own").await, server.workspace("other").await);
        server.integration("both", &[own, other]).await;
        server.integration("theirs", &[other]).await;
        server.integration("nobody's", &[]).await;
        let names = async |request: Request| -> Vec<String> {
            let items = server.send(request).await.json()["items"].clone();
            let items = items.as_array().expect("a list").clone();
            items
                .iter()
                .map(|item| item["name"].as_str().or(item["integration"].as_str()).unwrap_or("").into())
                .collect()
        };
        let own = server.key(KeyScope::Read, Some(own)).await.secret;
        let other = server.key(KeyScope::Read, Some(other)).await.secret;
        let all = server.key(KeyScope::Read, None).await.secret;
        for path in ["/api/v1/integrations", "/api/v1/runs"] {
            let mut seen = vec![];
            for key in [&own, &other, &all] {
                let mut names = names(Request::get(path).key(key)).await;
                names.sort();
                seen.push(names);
            }
            assert_eq!(
                seen,
                [vec!["both"], vec!["both", "theirs"], vec!["both", "nobody's", "theirs"]],
                "{path}"
            );
        }
        let hidden = server.send(Request::get("/api/v1/runs?integration=theirs").key(&own)).await;
        let absent = server.send(Request::get("/api/v1/runs?integration=absent").key(&own)).await;
        assert_eq!((hidden.code(), absent.code()), ("page.unknown".into(), "page.unknown".into()));
    })
    .await;
}
