//! `weir serve`: the API, the pages and the scheduler, until somebody stops it.

use crate::{cli::Serve, context::Context, failure::Failure, home, output};
use std::io;
use tokio::net::TcpListener;
use weir_ingest::schedule::{Scheduler, Selection};
use weir_model::Message;
use weir_web::{App, Parts, ServerSettings, serve, setup_link};

pub(super) async fn run(context: &Context<'_>, flags: Serve) -> Result<(), Failure> {
    let public_url = flags.public_url.as_deref().map(public_url).transpose()?;
    let failed = |error: io::Error| {
        let detail = home::sentence(&error);
        Message::ListenFailed { address: flags.listen.to_string(), detail }
    };
    let home = context.home()?;
    // Whoever cannot listen leaves nothing behind.
    let listener = TcpListener::bind(flags.listen).await.map_err(failed)?;
    let listen = listener.local_addr().map_err(failed)?;
    let store = context.store().await?;
    let vault = context.vault(&store).await?;
    home.keep();
    let settings = ServerSettings { listen, public_url, version: env!("CARGO_PKG_VERSION") };
    let address = settings.address();
    let stop = context.lifecycle.cancel().child_token();
    let scheduler = Scheduler::new(context.scheduler(&store, Selection::All, flags.workers));
    let parts = Parts { store, vault, environment: context.environment(), settings };
    let link = setup_link(&parts).await?;
    let serving = serve(App::new(parts), listener, context.lifecycle.cancel());
    output::note(&format!("Weir is at {address}"));
    if let Some(link) = link {
        output::note(&format!(
            "Nobody can sign in yet. Make the first account within an hour, with this link:\n  {link}"
        ));
    }
    let scheduling = tokio::spawn(scheduler.run(stop.clone()));
    let served = serving.await;
    stop.cancel();
    if let Err(error) = scheduling.await {
        tracing::error!(%error, "the scheduler broke");
    }
    served.map_err(|error| Failure::from(failed(error)))
}

/// The address that people type: a site, without a path of its own.
fn public_url(text: &str) -> Result<url::Url, Message> {
    let bad = |detail: &str| Message::InputBad { flag: "--public-url".into(), detail: detail.to_owned() };
    let url: url::Url = text.parse().map_err(|_| bad("It is not an address such as https://weir.example"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(bad("It must begin with http:// or https:// and name a host"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(bad("It names the server alone: no path, no query and no user"));
    }
    Ok(url)
}
