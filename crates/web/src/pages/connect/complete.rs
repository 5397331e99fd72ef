//! What may come next in a query while it is being written, for browsers that run scripts. Nothing is kept of the query.

use super::{super::forms::Fields, door_of, wizard::Setup};
use crate::{
    app::App,
    auth::principal::Caller,
    http::{Problem, extract::Segments},
    life::revision,
};
use axum::{
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
};
use serde::Serialize;
use weir_ingest::connect::{Door, complete};
use weir_model::Message;

/// Characters of a query that are looked at.
const LONGEST: usize = 10_000;

/// What is offered.
#[derive(Debug, Default, Serialize)]
struct Offered {
    /// How many characters before the caret are replaced.
    back: usize,
    options: Vec<Choice>,
    /// Whether the account may not read what that takes.
    withheld: bool,
}

#[derive(Debug, Serialize)]
struct Choice {
    put: String,
    shown: String,
}

/// `POST /integrations/new/jira/complete`.
pub(in crate::pages) async fn of_setup(
    State(app): State<App>,
    caller: Caller,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&["draft", "text"])?;
    let setup = Setup::found(&app, &caller, fields.text("draft")).await?;
    let key = format!("set-up {} {:?}", setup.draft.id, setup.document.checked_at);
    offered(&app, &setup.door(&app).await?, key, fields.raw("text")).await
}

/// `POST /integrations/{name}/complete`.
pub(in crate::pages) async fn of_integration(
    State(app): State<App>,
    Segments(name): Segments<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&["text"])?;
    let integration = app.store.integration(&name).await?.ok_or(Message::PageUnknown {})?;
    let key = format!("integration {} {}", integration.id, revision(&integration)?);
    offered(&app, &door_of(&app, &integration).await?, key, fields.raw("text")).await
}

async fn offered(app: &App, door: &Door, key: String, text: &str) -> Result<Response, Problem> {
    if text.chars().count() > LONGEST {
        return answer(&Offered::default());
    }
    let words = app.vocabularies.of(key, app.now());
    let mut words = words.lock().await;
    let text = text.replace("\r\n", "\n");
    let offer = complete(door, &text, &mut words, &app.environment).await?;
    let withheld = offer.is_none();
    let offer = offer.unwrap_or_default();
    let options = offer.options.into_iter().map(|one| Choice { put: one.put, shown: one.shown }).collect();
    answer(&Offered { back: offer.back, options, withheld })
}

fn answer(offered: &Offered) -> Result<Response, Problem> {
    let text = serde_json::to_string(offered).map_err(|error| Problem::bug(&error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}
