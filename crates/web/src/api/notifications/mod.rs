//! Notifications: the channels through which people are told when an integration needs them.

pub(crate) mod messages;
pub(crate) mod wish;

use crate::{
    api::hygiene::nudges::ways,
    app::App,
    audit::{self, Deed},
    auth::principal::Caller,
    http::{
        Faults, Problem,
        extract::{Json, Params, Segments},
        paging::{Page, PageQuery},
        tag::{Answer, Conditions},
    },
};
use axum::{extract::State, http::StatusCode, response::Response};
use messages::NotificationMessage;
use serde::Serialize;
use utoipa::ToSchema;
use weir_ingest::{
    notifications::{self, ChannelWish, GivenAnew},
    nudges::shown_once,
};
use weir_model::Channel;
use wish::{EventWord, KindWord, NotificationChange, NotificationNew, Quiet};

/// A channel through which people are told.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NotificationChannel {
    id: String,
    name: String,
    kind: KindWord,
    /// Addresses of mail; none where it is a webhook.
    to: Vec<String>,
    /// Where its webhooks go: the host; what follows may be a secret and is not shown.
    url: Option<String>,
    /// What it tells of.
    events: Vec<EventWord>,
    /// When nothing is sent.
    quiet: Option<Quiet>,
    /// Ids of workspaces: only of integrations that one of these sees; none for all.
    workspaces: Vec<String>,
    /// For how many hours an integration has to fail that may heal by itself.
    failing_hours: u16,
    /// Whether nothing is sent through it for now.
    off: bool,
    /// Counts its changes; `If-Match` takes it.
    revision: i64,
    created_at: String,
    /// What was last sent, or tried to be; nothing before.
    last: Option<NotificationMessage>,
}

/// A channel that was made or changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NotificationChannelMade {
    channel: NotificationChannel,
    /// What its webhooks are signed with, where it got a fresh secret: shown this once.
    secret: Option<String>,
}

async fn shown(app: &App, channel: &Channel) -> Result<NotificationChannel, Problem> {
    let settings = &channel.settings;
    Ok(NotificationChannel {
        id: channel.id.to_string(),
        name: channel.name.clone(),
        kind: settings.kind.into(),
        to: settings.to.clone(),
        url: settings.shown_url.clone(),
        events: settings.events.iter().copied().map(EventWord::from).collect(),
        quiet: settings.quiet.as_ref().map(Quiet::from),
        workspaces: settings.workspaces.iter().map(ToString::to_string).collect(),
        failing_hours: settings.failing_hours,
        off: channel.is_off,
        revision: channel.revision,
        created_at: channel.created_at.rfc3339(),
        last: app.store.last_notice(&channel.id).await?.map(NotificationMessage::from),
    })
}

/// Channels of notifications by name
#[utoipa::path(get, path = "/api/v1/notifications", tag = "notifications", params(PageQuery),
    responses((status = 200, description = "A page of them", body = Page<NotificationChannel>)))]
pub(in crate::api) async fn list_notifications(
    State(app): State<App>,
    Params(query): Params<PageQuery>,
) -> Result<Page<NotificationChannel>, Problem> {
    let window = query.window()?;
    let mut all = vec![];
    for channel in app.store.channels().await? {
        if window.after().is_none_or(|after| channel.name.as_str() > after) {
            all.push(shown(&app, &channel).await?);
        }
    }
    Ok(window.page(all, |channel| channel.name.clone(), |channel| channel))
}

/// Add a channel of notifications
#[utoipa::path(post, path = "/api/v1/notifications", tag = "notifications", request_body = NotificationNew,
    responses((status = 201, description = "It is kept", body = NotificationChannelMade)))]
pub(in crate::api) async fn create_notification(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<NotificationNew>,
) -> Result<Answer<NotificationChannelMade>, Problem> {
    let mut faults = Faults::default();
    let wish = new.wish(&mut faults);
    let (channel, secret) = add(&app, &caller, (wish, faults)).await?;
    let channel = shown(&app, &channel).await?;
    Ok(Answer(StatusCode::CREATED, NotificationChannelMade { channel, secret }))
}

/// Refuses what cannot be kept: all of it at once, after what could not be read.
async fn refuse(
    app: &App,
    before: Option<&Channel>,
    wish: &ChannelWish,
    mut faults: Faults,
) -> Result<(), Problem> {
    faults.extend(notifications::faults(ways(app), before, wish).await?);
    faults.end()
}

/// Adds a channel, and notes it; gives the secret of its webhooks where it got a fresh one.
pub(crate) async fn add(
    app: &App,
    caller: &Caller,
    (wish, faults): (ChannelWish, Faults),
) -> Result<(Channel, Option<String>), Problem> {
    refuse(app, None, &wish, faults).await?;
    let is_given = wish.secret.is_some();
    let (channel, secret) = notifications::add(ways(app), wish).await?;
    let detail = notifications::noted(&app.store, None, Some(&channel), GivenAnew::default()).await?;
    noted(app, caller, ("notification.create", &channel), detail).await?;
    Ok((channel, shown_once(secret, is_given)))
}

/// One channel of notifications
#[utoipa::path(get, path = "/api/v1/notifications/{channel}", tag = "notifications",
    params(("channel" = String, Path, description = "Its name, or its id")),
    responses((status = 200, description = "The channel", body = NotificationChannel)))]
pub(in crate::api) async fn show_notification(
    State(app): State<App>,
    Segments(name): Segments<String>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    let channel = notifications::named(&app.store, &name).await?;
    conditions.answer_of(&shown(&app, &channel).await?, &channel.revision.to_string())
}

/// Change a channel of notifications
///
/// What is not named stays as it is. `If-Match` may have the revision that was seen. What waits for a channel that is turned off is
/// never sent.
#[utoipa::path(patch, path = "/api/v1/notifications/{channel}", tag = "notifications", request_body = NotificationChange,
    params(("channel" = String, Path, description = "Its name, or its id")),
    responses((status = 200, description = "It is so now", body = NotificationChannelMade)))]
pub(in crate::api) async fn change_notification(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    conditions: Conditions,
    Json(wanted): Json<NotificationChange>,
) -> Result<Answer<NotificationChannelMade>, Problem> {
    let before = notifications::named(&app.store, &name).await?;
    conditions.still_at(&before.revision.to_string())?;
    let mut faults = Faults::default();
    let wish = wanted.wish(&before, &mut faults);
    let (channel, secret) = change(&app, &caller, &before, (wish, faults)).await?;
    let channel = shown(&app, &channel).await?;
    Ok(Answer(StatusCode::OK, NotificationChannelMade { channel, secret }))
}

/// Changes a channel, and notes it.
pub(crate) async fn change(
    app: &App,
    caller: &Caller,
    before: &Channel,
    (wish, faults): (ChannelWish, Faults),
) -> Result<(Channel, Option<String>), Problem> {
    refuse(app, Some(before), &wish, faults).await?;
    let (is_given, is_elsewhere) = (wish.secret.is_some(), wish.url.is_some());
    let (channel, secret) = notifications::change(ways(app), before, wish).await?;
    let anew = GivenAnew { url: is_elsewhere, secret: secret.is_some() };
    let detail = notifications::noted(&app.store, Some(before), Some(&channel), anew).await?;
    noted(app, caller, ("notification.edit", &channel), detail).await?;
    Ok((channel, shown_once(secret, is_given)))
}

/// Take a channel of notifications away
///
/// What is known of its messages goes with it.
#[utoipa::path(delete, path = "/api/v1/notifications/{channel}", tag = "notifications",
    params(("channel" = String, Path, description = "Its name, or its id")),
    responses((status = 204, description = "It is gone")))]
pub(in crate::api) async fn delete_notification(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    conditions: Conditions,
) -> Result<StatusCode, Problem> {
    let channel = notifications::named(&app.store, &name).await?;
    conditions.still_at(&channel.revision.to_string())?;
    remove(&app, &caller, &channel).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a channel away, and notes it.
pub(crate) async fn remove(app: &App, caller: &Caller, channel: &Channel) -> Result<(), Problem> {
    notifications::remove(&app.store, channel).await?;
    let detail = notifications::noted(&app.store, Some(channel), None, GivenAnew::default()).await?;
    noted(app, caller, ("notification.delete", channel), detail).await
}

/// Notes what was done to a channel, with values that may be shown.
async fn noted(
    app: &App,
    caller: &Caller,
    (action, channel): (&str, &Channel),
    detail: Vec<(String, String)>,
) -> Result<(), Problem> {
    let mut deed = Deed::done(action, &channel.name);
    for (name, value) in detail {
        deed = deed.with(&name, value);
    }
    audit::note(app, caller, deed).await
}
