//! The settings in force.

use crate::{
    app::App,
    http::{Problem, tag::Conditions},
};
use axum::{extract::State, response::Response};
use serde::Serialize;
use utoipa::ToSchema;

/// A setting that the server was started with; never a password.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct SettingInForce {
    setting: &'static str,
    value: String,
    /// A flag, a variable, `weir.toml`, or the default.
    from: String,
}

/// Settings and where they come from.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct Config {
    items: Vec<SettingInForce>,
}

/// Every setting, its value, and where it comes from
#[utoipa::path(get, path = "/api/v1/config", tag = "server",
    responses((status = 200, description = "All of them", body = Config)))]
pub(in crate::api) async fn show_config(
    State(app): State<App>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    let items = app.explained.iter().map(|(setting, value, from)| SettingInForce {
        setting,
        value: value.clone(),
        from: from.clone(),
    });
    conditions.answer(&Config { items: items.collect() })
}
