//! How pages look, kept with the account.

use crate::{
    app::App,
    auth::principal::Caller,
    http::{Problem, extract::Form},
};
use axum::{extract::State, response::Redirect};
use serde::Deserialize;
use weir_model::Theme;

/// What was chosen.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Choice {
    theme: Theme,
    /// Looked at by the guard already.
    #[serde(rename = "form_token")]
    _form_token: Option<String>,
}

/// `POST /settings/theme`.
pub(super) async fn change(
    State(app): State<App>,
    caller: Caller,
    Form(choice): Form<Choice>,
) -> Result<Redirect, Problem> {
    let signed_in = caller.signed_in().ok_or_else(|| Problem::bug("nobody is signed in"))?;
    app.store.set_theme(&signed_in.account.id, choice.theme).await?;
    Ok(Redirect::to("/"))
}
