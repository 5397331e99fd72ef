//! `weir integration delete`: only when the name is said once more.

use crate::{
    cli::Delete,
    context::Context,
    failure::Failure,
    output::{self, clean, thousands},
};
use std::io::{self, IsTerminal as _};
use weir_model::Message;
use weir_store::Compaction;

pub(super) async fn run(context: &Context<'_>, flags: Delete) -> Result<(), Failure> {
    let store = context.changed_store().await?;
    let integration = context.named(&store, flags.name.as_deref()).await?;
    let confirmed = match flags.confirm {
        Some(text) => text,
        None if !context.global.no_input && io::stdin().is_terminal() => asked(&integration.name).await?,
        None => String::new(),
    };
    if confirmed != integration.name {
        return Err(Message::ConfirmNeeded { name: integration.name }.into());
    }
    let (deleted, compaction) =
        weir_ingest::delete(&store, &integration, &context.holder(), &context.user()).await?;
    let removed: Vec<String> = deleted
        .removed
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| format!("{} {kind}", thousands(*count)))
        .collect();
    let removed = if removed.is_empty() { "nothing else".to_owned() } else { removed.join(", ") };
    output::note(&format!("Deleted \"{}\" and {removed}.", clean(&integration.name, 100)));
    if let Compaction::Failed(message) = compaction {
        output::note(&format!(
            "warning: the store's file could not be written anew, so unused parts of it may hold traces. {}",
            clean(&message.to_string(), 300)
        ));
    }
    Ok(())
}

/// `weir integration restore`: takes back a deletion that waits.
pub(super) async fn restore(context: &Context<'_>, name: Option<&str>) -> Result<(), Failure> {
    let store = context.changed_store().await?;
    let integration = context.named(&store, name).await?;
    weir_ingest::cancel_deletion(&store, &integration).await?;
    super::describe::print(context, &store, &integration).await
}

async fn asked(name: &str) -> Result<String, Failure> {
    output::note(&format!(
        "\"{}\" and all its rows will be deleted. Write its name to confirm:",
        clean(name, 100)
    ));
    let answer = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|_| line.trim_end_matches(['\n', '\r']).to_owned())
    });
    match answer.await {
        Ok(Ok(line)) => Ok(line),
        Ok(Err(_)) | Err(_) => Ok(String::new()),
    }
}
