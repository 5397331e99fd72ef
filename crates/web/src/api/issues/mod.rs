//! Single issues: what a person decides about them, and those that cannot be read.

pub(super) mod body;
pub(super) mod put_away;
pub(super) mod quarantine;

use crate::{app::App, http::Problem};
use weir_model::{Integration, Message};

async fn named(app: &App, name: &str) -> Result<Integration, Problem> {
    Ok(app.store.integration(name).await?.ok_or(Message::PageUnknown {})?)
}
