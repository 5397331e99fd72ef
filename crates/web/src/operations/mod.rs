//! What those ask who run the server.

mod figures;
mod health;
pub(crate) mod metrics;

use crate::{app::App, http::routes::Routes};
use axum::{Router, routing::get};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/healthz", health::alive)
        .get("/livez", health::alive)
        .get("/readyz", health::ready)
        .get("/metrics", figures::show)
}

/// The same on an address of its own, where nobody is asked who they are. Nothing else is served there.
pub(crate) fn without_key(app: &App) -> Router {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/livez", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(figures::show))
        .layer(axum::middleware::from_fn_with_state(app.clone(), crate::http::answer::finished))
        .with_state(app.clone())
}
