//! The pages: rendered here, readable and usable without a script. One file a page, one line below.

mod assets;
pub(crate) mod errors;
mod home;
mod integrations;
mod login;
mod setup;
mod shell;
mod theme;

use crate::app::App;
use axum::{
    Router,
    routing::{get, post},
};

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/assets/{digest}/{name}", get(assets::show))
        .route("/login", get(login::show).post(login::sign_in))
        .route("/logout", post(login::sign_out))
        .route("/setup", get(setup::show).post(setup::finish))
        .route("/settings/theme", post(theme::change))
        .route("/", get(home::show))
        .route("/integrations", get(integrations::show))
}
