//! `weir verify`: the completeness certificate, and the repair of what differs; exits with 1 unless it says equal.

use crate::{cli::Verify, context::Context, failure::Failure, output};
use weir_ingest::VerifyOptions;
use weir_model::{Requester, Verdict};

pub(super) async fn run(context: &Context<'_>, flags: Verify) -> Result<(), Failure> {
    context.output.format()?;
    let store = context.changed_store().await?;
    let integration = context.integration(&store, flags.name.as_deref()).await?;
    let settings = &integration.settings;
    super::check::warn(&settings.site_url, settings.auth.adfs_url(), &settings.transport);
    let vault = context.vault(&store).await?;
    let options = VerifyOptions {
        holder: context.holder(),
        cancel: context.lifecycle.cancel(),
        environment: context.environment(),
        accept_loss: flags.accept_loss,
        asked_by: Requester::command_line(),
    };
    let report = weir_ingest::verify(&store, &vault, &integration, options).await?;
    if context.output.for_people() {
        output::verify_summary(context.output, &report)?;
    } else {
        context.output.json(&output::verify_json(&report))?;
    }
    if report.verdict == Verdict::Equal { Ok(()) } else { Err(Failure::Negative) }
}
