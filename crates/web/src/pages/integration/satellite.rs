//! The satellites of an integration: the file and the command for one, the key that it signs in with, which is shown once, whether one
//! has reported, and the way to leave an integration to a satellite.

use super::{leaving::headed, may, named, path, withheld};
use crate::{
    api::{
        api_keys::{self, USUAL_DAYS},
        satellites::Sight,
    },
    app::App,
    auth::{
        policy::{self, Action, Place},
        principal::Caller,
    },
    http::{
        Problem,
        extract::{Params, Segments},
    },
    life,
    pages::{
        format::{inert, segment},
        forms::Fields,
        monitoring::head::{Head, Mark},
        satellites::{ago, mark, sentence},
        shell::{Shell, rendered},
    },
};
use askama::Template;
use axum::{
    extract::State,
    http::header,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use weir_http::{ExposeSecret as _, Secret};
use weir_model::{Integration, KeyScope};

#[derive(Template)]
#[template(path = "integration_satellite.html")]
struct SatellitePage {
    shell: Shell,
    head: Head,
    path: String,
    download: String,
    authentication: String,
    checks: String,
    site: String,
    is_fed: bool,
    /// The file, as it is downloaded.
    file: String,
    /// The key that was just made, for this once.
    made: Option<String>,
    satellites: Vec<Row>,
    is_read: bool,
    /// Whether the key is good for this workspace alone; nothing where whoever looks may make none.
    may_make: bool,
    place: String,
    may_connect: bool,
    withheld: Option<String>,
    /// Whether this server's own address is one that no other machine reaches.
    is_local: bool,
}

/// A satellite that names it in its file.
struct Row {
    name: String,
    path: String,
    status: Mark,
    sentence: Option<String>,
    turn: &'static str,
    beat: String,
    error: Option<String>,
}

/// What the page is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Asked {
    /// The id of the key that was made.
    made: Option<String>,
}

/// `GET /integrations/{name}/satellite`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let integration = named(&app, &name).await?;
    let made = asked.made.and_then(|id| {
        let session = caller.signed_in()?.session.id;
        app.shown_once.take(&session, &id, app.now())
    });
    let (workspace, place) = place_of_key(&app, &integration).await?;
    let may_make = policy::check(&caller.principal, Action::Manage, &workspace).is_ok();
    let is_fed = integration.is_fed();
    let satellites = rows(&app, &caller, &integration).await?;
    let words = ("this integration", "leave it to a satellite");
    rendered(&SatellitePage {
        shell: Shell::new(&app, Some(&caller), &format!("{}, Satellite", integration.name), "/integrations"),
        head: headed(&app, &caller, &integration).await?.at("Configuration"),
        path: path(&integration, "satellite"),
        download: path(&integration, "satellite.yml"),
        authentication: path(&integration, "authentication"),
        checks: path(&integration, "checks"),
        site: inert(&integration.settings.site_url),
        file: if is_fed { life::fed::file(&app, &integration)? } else { String::new() },
        is_fed,
        made: made.map(|secret| secret.expose_secret().to_owned()),
        is_read: satellites.iter().any(|row| row.status.shape == "healthy"),
        satellites,
        may_make,
        place,
        may_connect: may(&app, &caller, Action::Connect, &integration).await?,
        withheld: withheld(&app, &caller, Action::Connect, &integration, words).await?,
        is_local: app.settings.public_url.is_none() && app.settings.listen.ip().is_loopback(),
    })
}

async fn rows(app: &App, caller: &Caller, integration: &Integration) -> Result<Vec<Row>, Problem> {
    let sight = Sight::of(app, caller).await?;
    let now = app.now();
    let feeders = app.store.feeders_of(&integration.id).await?;
    let mut all = app.store.satellites().await?;
    all.retain(|one| feeders.iter().any(|feeder| feeder.id == one.id));
    let mut rows = vec![];
    for one in &all {
        let shown = sight.shown(app, one).await?;
        let feed = shown.feeds.iter().find(|feed| feed.integration == integration.name);
        rows.push(Row {
            name: inert(&shown.name),
            path: format!("/satellites/{}", segment(&shown.id)),
            status: mark(shown.state),
            sentence: sentence(&shown, now),
            turn: if feed.is_some_and(|feed| feed.has_turn) { "reads it" } else { "stands by" },
            beat: ago(now.since(shown.beat)),
            error: feed.and_then(|feed| feed.error.as_deref()).map(inert),
        });
    }
    Ok(rows)
}

/// Where a key for it stays: in the workspace that sees it, where that is one, else in none.
async fn place_of_key(app: &App, integration: &Integration) -> Result<(Place, String), Problem> {
    Ok(match app.store.workspaces_of(&integration.id).await?.as_slice() {
        [one] => (Place::Workspaces(vec![*one]), one.to_string()),
        _ => (Place::Server, String::new()),
    })
}

/// `POST /integrations/{name}/satellite`: leaves it to a satellite.
pub(in crate::pages) async fn leave(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&[])?;
    let integration = named(&app, &name).await?;
    let after = life::fed::leave(&app, &caller, &integration).await?;
    Ok(Redirect::to(&path(&after, "satellite")).into_response())
}

/// `POST /integrations/{name}/satellite/key`: leads to the page that shows the key, so that a reload makes no other.
pub(in crate::pages) async fn key(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&[])?;
    let integration = named(&app, &name).await?;
    let signed_in = caller.signed_in().ok_or_else(|| Problem::bug("nobody is signed in"))?;
    let (_, place) = place_of_key(&app, &integration).await?;
    let workspace = Some(place.as_str()).filter(|place| !place.is_empty());
    let called = weir_model::clean(&format!("Satellite of {}", integration.name), 100);
    let made =
        api_keys::make(&app, &caller, called, vec![KeyScope::Satellite], workspace, USUAL_DAYS).await?;
    let id = made.key.id.to_string();
    app.shown_once.keep(&signed_in.session.id, &id, Secret::from(made.secret), app.now());
    Ok(Redirect::to(&format!("{}?made={id}", path(&integration, "satellite"))).into_response())
}

/// `GET /integrations/{name}/satellite.yml`.
pub(in crate::pages) async fn file(
    State(app): State<App>,
    Segments(name): Segments<String>,
) -> Result<Response, Problem> {
    let integration = named(&app, &name).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/yaml"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"satellite.yml\""),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, life::fed::file(&app, &integration)?).into_response())
}
