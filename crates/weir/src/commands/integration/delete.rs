//! `weir integration delete`: only when the name is said once more.

use crate::{
    cli::Delete,
    context::Context,
    failure::Failure,
    output::{self, clean},
};
use std::io::{self, IsTerminal as _};
use weir_model::Message;

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
    weir_ingest::delete(&store, &integration, &context.holder()).await?;
    output::note(&format!(
        "Deleted \"{}\" and everything that was read from it.",
        clean(&integration.name, 100)
    ));
    Ok(())
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
