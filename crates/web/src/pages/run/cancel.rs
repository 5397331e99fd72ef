//! Ending a run before its time, from its page.

use super::super::{format::inert, forms::Fields, integration::may};
use crate::{
    app::App,
    auth::{policy::Action, principal::Caller},
    http::{Problem, extract::Segments},
    life,
};
use axum::{extract::State, response::Redirect};
use weir_model::Integration;

/// What the page of a run that is under way says of its end.
pub(super) struct Cancel {
    /// Who has asked for it already.
    pub(super) asked_by: Option<String>,
    /// What the form sends, for those who may ask.
    pub(super) form_token: Option<String>,
}

impl Cancel {
    /// `None` where nobody has asked, and who looks may not.
    pub(super) async fn of(
        app: &App,
        caller: &Caller,
        integration: &Integration,
    ) -> Result<Option<Self>, Problem> {
        let asked_by = app.store.cancel_requested(&integration.id).await?.map(|by| inert(&by));
        let form_token = match may(app, caller, Action::Change, integration).await? {
            true => caller.signed_in().map(|one| one.form_token.clone()),
            false => None,
        };
        Ok((asked_by.is_some() || form_token.is_some()).then_some(Self { asked_by, form_token }))
    }
}

/// `POST /runs/{id}/cancel`.
pub(in crate::pages) async fn ask(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    fields.only(&[])?;
    let run = life::cancel_run(&app, &caller, &id).await?;
    Ok(Redirect::to(&format!("/runs/{}", run.id)))
}
