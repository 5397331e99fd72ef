//! One file a command.

mod about;
mod api_key;
mod audit;
mod backup;
mod check;
mod completions;
mod config;
mod demo;
mod doctor;
mod export;
mod fields;
mod follow;
mod hygiene;
mod integration;
mod issues;
mod keys;
mod mail;
mod noted;
mod notifications;
mod nudges;
mod quarantine;
mod runs;
mod satellite;
mod serve;
mod signing_in;
mod status;
mod sync;
mod user;
mod verify;
mod worker;
mod workspace;

use crate::{
    cli::{self, Cli, Command},
    context::Context,
    failure::Failure,
    lifecycle::Lifecycle,
    output::Output,
};

/// Runs a command to its end.
pub(crate) async fn run(cli: Cli, output: &Output, lifecycle: &Lifecycle) -> Result<(), Failure> {
    let context = match &cli.command {
        Command::Completions { shell } => return completions::run(*shell),
        _ => Context::new(cli.global, output, lifecycle)?,
    };
    let outcome = dispatched(&context, cli.command).await;
    let closed = context.close().await;
    outcome.and(closed)
}

async fn dispatched(context: &Context<'_>, command: Command) -> Result<(), Failure> {
    match command {
        Command::Demo(flags) => demo::run(context, flags).await,
        Command::Sync(flags) => sync::run(context, flags).await,
        Command::Verify(flags) => verify::run(context, flags).await,
        Command::Issues(command) => issues::run(context, command).await,
        Command::Keys(command) => keys::run(context, command).await,
        Command::Serve(flags) => serve::run(context, flags).await,
        Command::Worker(flags) => worker::run(context, flags).await,
        Command::Satellite(command @ cli::Satellite::Run(_)) => satellite::run(context, command).await,
        Command::Integration(cli::Integration::Edit(flags)) => integration::edit(context, *flags).await,
        other => context.lifecycle.droppable(quick(context, other)).await,
    }
}

/// Commands that may be dropped at any await.
async fn quick(context: &Context<'_>, command: Command) -> Result<(), Failure> {
    match command {
        Command::Check(flags) => check::run(context, flags).await,
        Command::Integration(command) => integration::run(context, command).await,
        Command::Status(flags) => status::run(context, flags).await,
        Command::Runs(command) => runs::run(context, command).await,
        Command::Fields(command) => fields::run(context, command).await,
        Command::Hygiene(command) => hygiene::run(context, command).await,
        Command::Export(flags) => export::run(context, flags).await,
        Command::Backup(command) => backup::run(context, command).await,
        Command::Satellite(command) => satellite::run(context, command).await,
        Command::ApiKey(command) => api_key::run(context, command).await,
        Command::User(command) => user::run(context, command).await,
        Command::Workspace(command) => workspace::run(context, command).await,
        Command::Notifications(command) => notifications::run(context, command).await,
        Command::Audit(flags) => audit::run(context, flags).await,
        Command::Doctor(flags) => doctor::run(context, flags).await,
        Command::Config(command) => config::run(context, command),
        Command::About(command) => about::run(context, command).await,
        Command::Completions { shell } => completions::run(shell),
        Command::Demo(_)
        | Command::Sync(_)
        | Command::Serve(_)
        | Command::Worker(_)
        | Command::Verify(_)
        | Command::Issues(_)
        | Command::Keys(_) => Err(Failure::bug("a long command was run as a quick one".into())),
    }
}
