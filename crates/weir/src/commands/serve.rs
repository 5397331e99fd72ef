//! `weir serve`: the API, the pages and the scheduler, until somebody stops it.

use super::{doctor::proxies, mail, signing_in};
use crate::{cli::Serve, context::Context, failure::Failure, home, output};
use std::{io, net::SocketAddr};
use tokio::net::TcpListener;
use weir_ingest::{
    nudges::Outlet,
    schedule::{Scheduler, Selection},
};
use weir_model::Message;
use weir_web::{App, Parts, ServerSettings, serve, serve_metrics, setup_link};

/// How long the number of live issues is shown before it is counted anew.
const COUNTS_FOR_MS: i64 = 10_000;

pub(super) async fn run(context: &Context<'_>, flags: Serve) -> Result<(), Failure> {
    let public_url = flags.public_url.as_deref().map(public_url).transpose()?;
    let trusted_proxies = signing_in::trusted_proxies(&flags.callers)?;
    let environment = context.environment_with(&flags.allow_address)?;
    let mut explained = explained(context, &flags);
    let mail = mail::outlet(&flags.mail, String::new())?;
    explained.extend(mail::explained(&mail).map(|(setting, value)| told(setting, value, &flag_of(setting))));
    let provider = signing_in::provider(context, flags.provider)?;
    let home = context.home()?;
    // Whoever cannot listen leaves nothing behind.
    let (listener, listen) = listening(flags.listen).await?;
    let metrics = match flags.metrics_listen {
        Some(address) => Some(listening(address).await?),
        None => None,
    };
    explained.push(("listen", listen.to_string(), "--listen, or its default".into()));
    let store = context.store().await?.remembering_counts(COUNTS_FOR_MS);
    let vault = context.vault(&store).await?;
    home.keep();
    let settings = ServerSettings {
        listen,
        public_url,
        outgoing_addresses: flags.outgoing_address,
        version: env!("CARGO_PKG_VERSION"),
        tenant: context.settings.tenant(flags.tenant.clone()),
        trusted_proxies,
        api_rate: flags.callers.api_rate,
    };
    let address = settings.address();
    let outlet = Outlet { address: address.clone(), ..mail };
    let stop = context.lifecycle.cancel().child_token();
    let mut scheduled = context.scheduler(&store, Selection::All, flags.workers);
    scheduled.environment = environment.clone();
    scheduled.outlet = Some(outlet.clone());
    let scheduler = Scheduler::new(scheduled);
    let proxy = context.settings.proxy.value.clone();
    let parts = Parts {
        store,
        vault,
        environment,
        home: context.settings.home.value.clone(),
        proxy,
        proxies: proxies(context),
        explained,
        settings,
        provider,
        outlet,
    };
    let link = setup_link(&parts).await?;
    let app = App::new(parts);
    let serving = serve(app.clone(), listener, context.lifecycle.cancel());
    output::note(&format!("Weir is at {address}"));
    let metrics = metrics.map(|(listener, listen)| {
        output::note(&format!("Figures are at http://{listen}/metrics, for whoever gets there"));
        tokio::spawn(serve_metrics(app, listener, context.lifecycle.cancel()))
    });
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
    if let Some(metrics) = metrics
        && let Ok(Err(error)) = metrics.await
    {
        tracing::error!(%error, "the figures broke");
    }
    served.map_err(|error| failed(flags.listen, &error).into())
}

/// The settings in force, with what the flags of this command add to them.
fn explained(context: &Context<'_>, flags: &Serve) -> Vec<(&'static str, String, String)> {
    let mut explained = context.settings.explain();
    let opened = explained.iter_mut().find(|(setting, ..)| *setting == "allow_address");
    if let Some((_, value, from)) = opened.filter(|_| !flags.allow_address.is_empty()) {
        let more = flags.allow_address.join(",");
        let is_alone = context.settings.allow_address.value.is_empty();
        (*value, *from) = match is_alone {
            true => (more, "--allow-address".to_owned()),
            false => (format!("{value},{more}"), format!("{from} and --allow-address")),
        };
    }
    let list = |addresses: &[std::net::IpAddr]| {
        addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    };
    let mut add = |setting, value, from: &str| explained.push(told(setting, value, from));
    let outgoing = Some(list(&flags.outgoing_address)).filter(|list| !list.is_empty());
    let proxies = Some(flags.callers.trust_proxy.join(",")).filter(|list| !list.is_empty());
    add("public_url", flags.public_url.clone(), "--public-url or WEIR_PUBLIC_URL");
    add("outgoing_address", outgoing, "--outgoing-address or WEIR_OUTGOING_ADDRESS");
    add("trust_proxy", proxies, "--trust-proxy or WEIR_TRUST_PROXY");
    add("tenant", context.settings.tenant(flags.tenant.clone()), "--tenant, WEIR_TENANT or weir.toml");
    add("api_rate", Some(flags.callers.api_rate.to_string()), "--api-rate, or its default");
    add("workers", Some(flags.workers.to_string()), "--workers, or its default");
    explained
}

/// A setting with its value, or that it has none.
fn told(setting: &'static str, value: Option<String>, from: &str) -> (&'static str, String, String) {
    let from = if value.is_some() { from } else { "default" };
    (setting, value.unwrap_or_else(|| "none".into()), from.to_owned())
}

/// The flag and the variable of a setting.
fn flag_of(setting: &str) -> String {
    format!("--{} or WEIR_{}", setting.replace('_', "-"), setting.to_uppercase())
}

/// Takes an address, and says which one it became.
async fn listening(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Message> {
    let listener = TcpListener::bind(address).await.map_err(|error| failed(address, &error))?;
    let listen = listener.local_addr().map_err(|error| failed(address, &error))?;
    Ok((listener, listen))
}

fn failed(address: SocketAddr, error: &io::Error) -> Message {
    Message::ListenFailed { address: address.to_string(), detail: home::sentence(error) }
}

/// The address that people type: a site, without a path of its own.
pub(super) fn public_url(text: &str) -> Result<url::Url, Message> {
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
