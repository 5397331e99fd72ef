//! What those ask who run the server.

mod health;
pub(crate) mod metrics;

use crate::app::App;
use axum::{Router, routing::get};

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/livez", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
}
