//! `weir integration pause` and `resume`.

use super::describe;
use crate::{context::Context, failure::Failure};

pub(super) async fn run(context: &Context<'_>, name: Option<&str>, paused: bool) -> Result<(), Failure> {
    let store = context.changed_store().await?;
    let integration = context.named(&store, name).await?;
    store.set_paused(&integration.id, paused).await?;
    describe::print(context, &store, &integration).await?;
    Ok(())
}
