//! The server: what it is, whether it is well, what it keeps things in, which keys seal them, and what is run when.

use super::{
    super::{
        assets, format,
        shell::{Shell, rendered},
    },
    Tab, frame,
};
use crate::{
    about::{Build, health::judged},
    app::App,
    auth::principal::Caller,
    http::Problem,
};
use askama::Template;
use axum::{extract::State, response::Response};
use weir_ingest::schedule;
use weir_store::KeyState;

#[derive(Template)]
#[template(path = "settings/about.html")]
struct AboutPage {
    shell: Shell,
    tabs: Vec<Tab>,
    facts: Vec<(&'static str, String)>,
    /// Each with whether it is well and a sentence.
    health: Vec<(String, bool, String)>,
    keys: Vec<Key>,
    schedules: Vec<Plan>,
    now: String,
    licences: String,
}

/// A master key, by its id alone.
struct Key {
    id: String,
    state: &'static str,
    values: String,
}

/// When an integration is run.
struct Plan {
    name: String,
    path: String,
    state: String,
    reason: String,
    next: Option<String>,
}

/// `GET /settings/about`.
pub(in crate::pages) async fn show(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let now = app.now();
    let settings = &app.settings;
    let proxies: Vec<String> = settings.trusted_proxies.iter().map(ToString::to_string).collect();
    let provider = app
        .provider
        .as_ref()
        .map(|provider| format!("{}: {}", provider.settings.name, provider.settings.issuer));
    let mail = app.outlet.mail.as_ref().map(|mail| format!("{}, from {}", mail.shown(), mail.from()));
    let none = || "none".to_owned();
    let facts = vec![
        ("Version", settings.version.to_owned()),
        ("Build", Build::this().sentence()),
        ("Address", settings.address()),
        ("Listens on", settings.listen.to_string()),
        ("Store", app.store.address().to_string()),
        ("Schema", app.store.schema_version().to_string()),
        ("Identity provider", provider.unwrap_or_else(none)),
        ("Mail", mail.unwrap_or_else(none)),
        ("Proxies that are believed", if proxies.is_empty() { none() } else { proxies.join(", ") }),
        ("Requests to the API for one caller", format!("{} a minute", settings.api_rate)),
    ];
    let sealed = app.store.sealed_by_key().await?;
    let keys = app.store.sealing_keys().await?.into_iter().filter(|key| key.state != KeyState::Retired);
    let keys = keys.map(|key| Key {
        values: format::number(sealed.get(&key.id).copied().unwrap_or_default()),
        state: match key.state {
            KeyState::Active => "seals what is new",
            KeyState::Retiring | KeyState::Retired => "opens what is not under the new one yet",
        },
        id: key.id,
    });
    let mut schedules = vec![];
    for integration in app.store.integrations().await? {
        let shown = schedule::show(&app.store, &integration, now).await?;
        schedules.push(Plan {
            path: format!("/integrations/{}/monitoring", format::segment(&integration.name)),
            name: integration.name,
            state: shown.state.as_str().replace('_', " "),
            reason: format::sentence(&shown.reason),
            next: shown.next_at.map(format::moment),
        });
    }
    let health = judged(&app.store, &app.key_file()).await;
    let health = health.into_iter().map(|one| (one.name, one.ok, format::inert(&one.sentence)));
    let (shell, tabs) = frame(&app, &caller, "Server", "/settings/about");
    rendered(&AboutPage {
        facts,
        health: health.collect(),
        keys: keys.collect(),
        schedules,
        now: format::instant(now),
        licences: assets::path("LICENSES.txt"),
        shell,
        tabs,
    })
}
