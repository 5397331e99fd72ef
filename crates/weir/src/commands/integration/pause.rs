//! `weir integration pause` and `resume`.

use super::describe;
use crate::{cli::Pause, context::Context, failure::Failure, values};

pub(super) async fn pause(context: &Context<'_>, flags: Pause) -> Result<(), Failure> {
    let now = context.clock().now();
    let until = flags.until.as_deref().map(|text| values::until(text, now)).transpose()?;
    let store = context.changed_store().await?;
    let integration = context.named(&store, flags.name.as_deref()).await?;
    weir_ingest::pause(&store, &integration, &context.user(), until).await?;
    describe::print(context, &store, &integration).await
}

pub(super) async fn resume(context: &Context<'_>, name: Option<&str>) -> Result<(), Failure> {
    let store = context.changed_store().await?;
    let integration = context.named(&store, name).await?;
    weir_ingest::resume(&store, &integration).await?;
    describe::print(context, &store, &integration).await
}
