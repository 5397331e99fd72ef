//! The server: the layers around the routes, and its beginning and end.
//!
//! From the outside in: headers, compression, errors as documents or pages, time and breakage, and the guard.

use crate::{
    api,
    app::App,
    auth::guard::guard,
    http::{Problem, answer, headers},
    operations, pages, satellites, scim,
};
use axum::{Router, middleware::from_fn, middleware::from_fn_with_state};
use std::{future::IntoFuture as _, io, net::SocketAddr, time::Duration};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::compression::CompressionLayer;
use weir_model::Message;

/// How long requests that are under way may still take once the server is asked to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(10);

/// Everything that is served, behind the guard.
pub(crate) fn router(app: &App) -> Router {
    let (api, _) = api::router().split_for_parts();
    api.merge(pages::routes().into_router())
        .merge(operations::routes().into_router())
        .merge(satellites::routes().into_router())
        .merge(scim::routes().into_router())
        .fallback(nothing)
        .method_not_allowed_fallback(nothing)
        .layer(from_fn_with_state(app.clone(), guard))
        .layer(from_fn(answer::limited))
        .layer(from_fn_with_state(app.clone(), answer::finished))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(app.clone(), headers::add))
        .with_state(app.clone())
}

/// The guard lets nothing through to here; should it ever, there is nothing here.
async fn nothing() -> Problem {
    Message::PageUnknown {}.into()
}

/// Serves the figures alone, to whoever asks, until it is asked to stop.
pub async fn serve_metrics(app: App, listener: TcpListener, stop: CancellationToken) -> io::Result<()> {
    let serving = axum::serve(listener, operations::without_key(&app).into_make_service());
    serving.with_graceful_shutdown(stop.cancelled_owned()).await
}

/// Serves until it is asked to stop, and then until the requests under way are answered, but not much longer.
pub async fn serve(app: App, listener: TcpListener, stop: CancellationToken) -> io::Result<()> {
    let service = router(&app).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(stop.clone().cancelled_owned());
    let ended = async {
        stop.cancelled().await;
        app.streams.end.cancel();
        tokio::time::sleep(LAST_REQUESTS).await;
    };
    tokio::select! {
        served = serving.into_future() => served,
        () = ended => {
            tracing::warn!("requests were still under way when the server ended");
            Ok(())
        }
    }
}
