//! One user or group: made, shown, changed and removed.

use super::{
    answer::{Refusal, resource, version},
    ask::Ask,
    change::{Aim, Wish, changed, created, removed},
    shelf::{Kept, Shelf},
};
use crate::app::App;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde_json::Value;
use weir_access::scim::{ResourceKind, ScimError, draft, lists, patch::Patch};

/// `POST /Users`, `POST /Groups`.
pub(super) async fn create(State(app): State<App>, ask: Ask) -> Result<Response, Refusal> {
    let kind = ask.kind()?;
    let draft = draft(kind, &ask.json()?)?;
    let projection = ask.projection()?;
    let shelf = Shelf::of(&app, &ask)?;
    let made = created(&shelf, &ask.caller, kind, draft).await?;
    let whole = whole(&shelf, kind, &made).await?;
    Ok(resource(StatusCode::CREATED, &whole, &projection.apply(kind, whole.clone())))
}

/// `GET /Users/{id}`, `GET /Groups/{id}`.
pub(super) async fn show(State(app): State<App>, ask: Ask) -> Result<Response, Refusal> {
    let kind = ask.kind()?;
    let projection = ask.projection()?;
    let shelf = Shelf::of(&app, &ask)?;
    let kept = known(&shelf, kind, &ask.id).await?;
    let whole = match kind == ResourceKind::User || projection.shows(kind, "members") {
        true => whole(&shelf, kind, &kept).await?,
        false => shelf.shown(kind, &[kept], false).await?.remove(0),
    };
    let seen = ask.if_none_match().zip(version(&whole));
    let response = resource(StatusCode::OK, &whole, &projection.apply(kind, whole.clone()));
    if seen.is_some_and(|(listed, version)| lists(&listed, version)) {
        let mut unchanged = StatusCode::NOT_MODIFIED.into_response();
        *unchanged.headers_mut() = response.headers().clone();
        return Ok(unchanged);
    }
    Ok(response)
}

/// `PUT /Users/{id}`, `PUT /Groups/{id}`.
pub(super) async fn replace(State(app): State<App>, ask: Ask) -> Result<Response, Refusal> {
    let kind = ask.kind()?;
    let shelf = Shelf::of(&app, &ask)?;
    known(&shelf, kind, &ask.id).await?;
    let wish = Wish::Replace(draft(kind, &ask.json()?)?);
    answered(&shelf, &ask, kind, &wish).await
}

/// `PATCH /Users/{id}`, `PATCH /Groups/{id}`: answered with the resource, which clients then need not ask for.
pub(super) async fn patch(State(app): State<App>, ask: Ask) -> Result<Response, Refusal> {
    let kind = ask.kind()?;
    let shelf = Shelf::of(&app, &ask)?;
    known(&shelf, kind, &ask.id).await?;
    let wish = Wish::Patch(Patch::read(kind, &ask.json()?)?);
    answered(&shelf, &ask, kind, &wish).await
}

/// `DELETE /Users/{id}`, `DELETE /Groups/{id}`.
pub(super) async fn remove(State(app): State<App>, ask: Ask) -> Result<Response, Refusal> {
    let kind = ask.kind()?;
    removed(&Shelf::of(&app, &ask)?, &ask.caller, kind, &ask.aim()).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn answered(
    shelf: &Shelf<'_>,
    ask: &Ask,
    kind: ResourceKind,
    wish: &Wish,
) -> Result<Response, Refusal> {
    let projection = ask.projection()?;
    let kept = changed(shelf, &ask.caller, kind, &ask.aim(), wish).await?;
    let whole = whole(shelf, kind, &kept).await?;
    Ok(resource(StatusCode::OK, &whole, &projection.apply(kind, whole.clone())))
}

/// The one that the path names.
pub(super) async fn known(shelf: &Shelf<'_>, kind: ResourceKind, id: &str) -> Result<Kept, Refusal> {
    shelf.one(kind, id).await?.ok_or_else(|| ScimError::not_found(kind.name(), id).into())
}

pub(super) async fn whole(shelf: &Shelf<'_>, kind: ResourceKind, kept: &Kept) -> Result<Value, Refusal> {
    Ok(shelf.shown(kind, std::slice::from_ref(kept), true).await?.remove(0))
}

/// That a resource still is one of the versions that the client names.
pub(super) fn still(listed: &str, whole: &Value) -> Result<(), ScimError> {
    match version(whole).is_some_and(|version| lists(listed, version)) {
        true => Ok(()),
        false => {
            let detail = "It has changed meanwhile: read it again, and change what is there now";
            Err(ScimError::status(412, detail))
        }
    }
}

impl Ask {
    fn aim(&self) -> Aim {
        Aim { id: self.id.clone(), if_match: self.if_match() }
    }
}
