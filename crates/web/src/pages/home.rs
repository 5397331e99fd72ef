//! `/`: where a person begins.

use axum::response::Redirect;

/// The first page that is worth it.
pub(super) async fn show() -> Redirect {
    Redirect::to("/integrations")
}
