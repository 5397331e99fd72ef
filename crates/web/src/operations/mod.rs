//! What those ask who run the server.

mod health;
pub(crate) mod metrics;

use crate::http::routes::Routes;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/healthz", health::alive)
        .get("/livez", health::alive)
        .get("/readyz", health::ready)
        .get("/metrics", metrics::show)
}
