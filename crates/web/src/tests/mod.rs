//! A server on loopback and those who use it, on every database that is there.

#![allow(clippy::expect_used, reason = "in a test a panic is the report")]

mod about;
mod access;
mod adfs;
mod api;
mod cases;
mod checking;
mod client;
mod connecting;
mod erasing;
mod events;
mod exact;
mod faults;
mod following;
mod hygiene;
mod hygiene_asked;
mod hygiene_out;
mod hygiene_parts;
mod hygiene_reports;
mod hygiene_settings;
mod hygiene_then;
mod issues;
mod leaving;
mod life;
mod manners;
mod mapped;
mod monitoring;
mod moving;
mod notifications;
mod nudges;
mod oauth;
mod oidc;
mod people;
mod provider;
mod rates;
mod retired;
mod routes;
mod satellites;
mod schedule;
mod scim;
mod setting_up;
mod settings;
mod shown_once;
mod signing_in;
mod steps;
mod upkeep;
mod walk;

use crate::{
    app::{App, Parts, ServerSettings},
    auth::{csrf, keys, principal::RequestInfo, sessions, used},
    server::serve,
};
use axum::http::HeaderMap;
use client::{Answer, Request};
use std::{net::SocketAddr, sync::Arc};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use weir_ingest::{
    Environment,
    doctor::Proxies,
    keys::{WhenMissing, unlock},
    nudges::Outlet,
};
use weir_model::{
    Account, AccountId, AuthMethod, Clock as _, Deployment, Exclusions, Integration, IntegrationId,
    IntegrationSettings, KeyScope, Millis, Role, RunId, Scope, Theme, Transport, Trigger, Workspace,
    WorkspaceId,
};
use weir_store::LeaseHolder;
use weir_testkit::{Engine, SeededEntropy, TempStore, TestClock};
use weir_vault::{Context, KeyFile, OsEntropy, Secret};

pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// What integrations sign in with; nobody takes it.
const CREDENTIAL: &str = "a token";

/// A server that runs until it is dropped.
pub(crate) struct Server {
    pub(crate) app: App,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) address: SocketAddr,
    pub(crate) stop: CancellationToken,
    pub(crate) ended: JoinHandle<std::io::Result<()>>,
    _place: TempStore,
    _home: TempDir,
}

/// Runs a test with a server on each database.
pub(crate) async fn with_server(test: impl AsyncFn(Server)) {
    for engine in Engine::all() {
        test(Server::start(&engine).await).await;
    }
}

impl Server {
    pub(crate) async fn start(engine: &Engine) -> Self {
        Self::start_with(engine, |_| {}).await
    }

    /// A server that lets users reach these networks and hosts, though they are not public.
    pub(crate) async fn with_opened(engine: &Engine, opened: &[&str]) -> Self {
        let opened = opened.iter().map(|one| one.parse().expect("a range or host")).collect();
        Self::start_with(engine, |parts| parts.environment.opened = opened).await
    }

    /// A server of parts that are changed before it begins.
    pub(crate) async fn start_with(engine: &Engine, change: impl FnOnce(&mut Parts)) -> Self {
        let place = engine.store().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let home = tempfile::tempdir().expect("a folder");
        let file = KeyFile::in_folder(home.path());
        let vault = unlock(&place.store, &file, WhenMissing::MakeForEmptyStore, Arc::new(OsEntropy)).await;
        let clock = Arc::clone(&place.clock);
        let mut parts = Parts {
            store: place.store.clone(),
            vault: vault.expect("a key is made"),
            environment: Environment {
                clock: Arc::clone(&clock) as _,
                entropy: Arc::new(SeededEntropy::new(7)),
                atlassian_api: "http://127.0.0.1:1".into(),
                atlassian_auth: "http://127.0.0.1:1".into(),
                grants: Arc::new(weir_ingest::connect::NotKept),
                max_in_flight: 2,
                opened: vec!["127.0.0.0/8".parse().expect("a range")],
            },
            home: home.path().to_owned(),
            proxy: None,
            proxies: Proxies::default(),
            explained: vec![("max_in_flight", "2".into(), "default".into())],
            settings: ServerSettings {
                listen: address,
                version: "0.0.0",
                // Here the clock stands still unless it is set, so that nothing comes back.
                api_rate: 60_000_000,
                ..ServerSettings::default()
            },
            provider: None,
            outlet: Outlet { mail: None, address: format!("http://{address}") },
        };
        change(&mut parts);
        let (app, stop) = (App::new(parts), CancellationToken::new());
        let ended = tokio::spawn(serve(app.clone(), listener, stop.clone()));
        Self { app, clock, address, stop, ended, _place: place, _home: home }
    }

    fn entropy(&self) -> &dyn weir_model::Entropy {
        self.app.environment.entropy.as_ref()
    }

    /// Sends a request, and waits until it is noted who used what.
    pub(crate) async fn send(&self, request: Request) -> Answer {
        let answer = request.send(self.address).await;
        self.noted().await;
        answer
    }

    /// Waits until nothing is left to be noted behind the answers of before.
    pub(crate) async fn noted(&self) {
        let all = u32::try_from(used::AT_ONCE).expect("a few");
        drop(self.app.noting.acquire_many(all).await.expect("it is not closed"));
    }

    pub(crate) async fn workspace(&self, name: &str) -> WorkspaceId {
        let now = self.clock.now();
        let id = WorkspaceId::generate(now, self.entropy());
        let workspace = Workspace { id, name: name.into(), created_at: now };
        self.app.store.add_workspace(&workspace).await.expect("a workspace is added");
        id
    }

    /// An integration with a run that has ended, mapped to these workspaces.
    pub(crate) async fn integration(&self, name: &str, within: &[WorkspaceId]) -> (IntegrationId, RunId) {
        let id = self.integration_alone(name).await;
        for workspace in within {
            self.app.store.map_integration(&id, workspace, true).await.expect("it is mapped");
        }
        (id, self.run(&id).await)
    }

    /// An integration that never ran, mapped to nothing.
    pub(crate) async fn integration_alone(&self, name: &str) -> IntegrationId {
        self.integration_with(name, CREDENTIAL).await.id
    }

    /// The same with this credential, sealed.
    pub(crate) async fn integration_with(&self, name: &str, credential: &str) -> Integration {
        let now = self.clock.now();
        let integration = Integration {
            id: IntegrationId::generate(now, self.entropy()),
            name: name.into(),
            kind: "jira".into(),
            settings: settings(),
            created_at: now,
        };
        let row = integration.id.to_string();
        let place = Context { purpose: "sign in", table: "integration", row: &row, column: "sealed" };
        let sealed = self.app.vault.seal(&place, &Secret::from(credential)).expect("it is sealed");
        let added = self.app.store.add_integration(&integration, sealed.as_str()).await;
        added.expect("an integration is added");
        integration
    }

    pub(crate) async fn run(&self, integration: &IntegrationId) -> RunId {
        let id = RunId::generate(self.clock.now(), self.entropy());
        let store = &self.app.store;
        let holder = LeaseHolder { token: id.to_string(), pid: 1, host: "here".into() };
        let lease =
            store.take_lease(integration, &holder, 60_000).await.expect("a lease").expect("it is free");
        store.begin_run(&lease, &id, (Trigger::Manual, None), 1).await.expect("a run begins");
        store.release_lease(&lease).await.expect("it is given back");
        id
    }

    fn person(&self, login: &str, is_admin: bool) -> Account {
        let now = self.clock.now();
        Account {
            id: AccountId::generate(now, self.entropy()),
            login: login.into(),
            name: login.into(),
            is_admin,
            theme: Theme::Auto,
            timezone: None,
            created_at: now,
            disabled_at: None,
            can_sign_in: true,
        }
    }

    /// An account with roles in a workspace.
    pub(crate) async fn account(
        &self,
        login: &str,
        is_admin: bool,
        roles: Option<(WorkspaceId, &[Role])>,
    ) -> Account {
        let account = self.person(login, is_admin);
        // Hashes take their time; those who enter a password get one.
        self.app.store.add_account(&account, "").await.expect("an account is added");
        if let Some((workspace, roles)) = roles {
            self.app.store.set_roles(&account.id, &workspace, roles).await.expect("roles are given");
        }
        account
    }

    /// An account that can sign in with [`PASSWORD`].
    pub(crate) async fn account_with_password(&self, login: &str, is_admin: bool) -> Account {
        let account = self.person(login, is_admin);
        let hash = self.app.passwords.hash(PASSWORD, self.entropy()).await.expect("it hashes");
        self.app.store.add_account(&account, &hash).await.expect("an account is added");
        account
    }

    /// A browser where somebody is signed in.
    pub(crate) async fn browser(&self, account: &Account) -> Browser {
        let request = RequestInfo { id: "test".into(), address: None };
        let cookie = sessions::begin(&self.app, account, &request, &HeaderMap::new(), None).await;
        let cookie = cookie.expect("a session begins");
        Browser::with_cookie(self, cookie.to_str().expect("text"))
    }

    /// A key of a workspace, or of the whole server.
    pub(crate) async fn key(&self, scope: KeyScope, workspace: Option<WorkspaceId>) -> keys::MadeKey {
        let new = keys::NewKey {
            name: scope.as_str().into(),
            scopes: vec![scope],
            workspace,
            created_by: None,
            expires_at: Some(Millis(self.clock.now().0 + 3_600_000)),
        };
        let made = keys::make_key(&self.app.store, self.clock.as_ref(), self.entropy(), new).await;
        made.expect("a key is made")
    }
}

/// A browser with a session.
#[derive(Clone, Debug)]
pub(crate) struct Browser {
    pub(crate) cookie: String,
    pub(crate) form_token: String,
}

impl Browser {
    /// With the cookie of a `Set-Cookie` header.
    pub(crate) fn with_cookie(server: &Server, set_cookie: &str) -> Self {
        let cookie = set_cookie.split(';').next().expect("a cookie").to_owned();
        let token = cookie.split_once('=').expect("a value").1.to_owned();
        let form_token = csrf::form_token(&token, server.entropy());
        Self { cookie, form_token }
    }

    pub(crate) fn get(&self, path: &str) -> Request {
        Request::new("GET", path).header("cookie", &self.cookie)
    }

    /// A form that the browser sends from a page of this server.
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Request {
        let fields: Vec<(&str, &str)> =
            fields.iter().copied().chain([("form_token", self.form_token.as_str())]).collect();
        Request::new("POST", path)
            .header("cookie", &self.cookie)
            .header("sec-fetch-site", "same-origin")
            .form(&fields)
    }
}

fn settings() -> IntegrationSettings {
    IntegrationSettings {
        deployment: Deployment::Cloud,
        site_url: "https://acme.example".into(),
        auth: AuthMethod::SiteToken { email: "me@acme.example".into() },
        account_id: "1".into(),
        credential: None,
        scope: Scope::Everything,
        exclusions: Exclusions::default(),
        transport: Transport {
            proxy: Some("http://user:hunter2@proxy.example".into()),
            ..Transport::default()
        },
        timezone: None,
        interval_minutes: 15,
        cron: None,
        census_minutes: None,
        reread_minutes: 720,
        history_months: None,
        cases: None,
        speed: Default::default(),
        description: String::new(),
        tags: vec![],
        owner: None,
        secondary_owner: None,
        rhythms: vec![],
    }
}
