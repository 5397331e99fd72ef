//! `weir check`: everything that reading a site needs, tried in order; nothing is kept.

use crate::{
    cli,
    context::Context,
    credentials,
    failure::Failure,
    output::{self, check_line, checks_json, clean},
    values,
};
use std::net::IpAddr;
use weir_model::{Integration, Transport};
use weir_source::{
    Preflight,
    jira::{self, Connected, Credential, Target},
};
use weir_store::Store;

/// Where the lines of a pre-flight go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Show {
    /// They are the answer.
    AsData,
    /// They are progress.
    AsMessages,
}

pub(super) async fn run(context: &Context<'_>, flags: cli::Check) -> Result<(), Failure> {
    context.output.format()?;
    let target = match stored(context, &flags).await? {
        Some(Stored::Fed(store, integration)) => {
            return report_of_satellite(context, &store, &integration).await;
        }
        Some(Stored::Here(target, store, integration)) => {
            let target = *target;
            report(context, target).await?;
            return Ok(weir_ingest::password_passed(&store, &integration.id).await?);
        }
        None => {
            let address = flags.target.ok_or(weir_model::Message::UrlEmpty {})?;
            let scope = values::scope(&flags.scope)?;
            let transport = values::transport(&flags.transport)?;
            let transport = context.with_proxy(transport);
            let credential = credentials::read(context, &flags.auth, (&address, &transport)).await?;
            Target { address, credential, scope, exclusions: values::exclusions(&flags.scope), transport }
        }
    };
    report(context, target).await
}

/// An integration of this store.
enum Stored {
    /// With what reaches its site.
    Here(Box<Target>, Store, Box<Integration>),
    /// A satellite reaches its site.
    Fed(Store, Box<Integration>),
}

/// The integration of this store that is meant, where one is.
async fn stored(context: &Context<'_>, flags: &cli::Check) -> Result<Option<Stored>, Failure> {
    if credentials::are_given(&flags.auth) {
        return Ok(None);
    }
    let name = flags.target.as_deref().or(context.global.integration.as_deref());
    let Some(store) = context.existing_store().await? else { return Ok(None) };
    let integration = match name {
        Some(name) => match store.integration(name).await? {
            Some(found) => context.travelling(found),
            None => return Ok(None),
        },
        None => context.integration(&store, None).await?,
    };
    if integration.is_fed() {
        return Ok(Some(Stored::Fed(store, Box::new(integration))));
    }
    let target = target_of(context, &store, &integration).await?;
    Ok(Some(Stored::Here(Box::new(target), store, Box::new(integration))))
}

/// The checks of an integration that a satellite reads, run there.
pub(super) async fn report_of_satellite(
    context: &Context<'_>,
    store: &Store,
    integration: &Integration,
) -> Result<(), Failure> {
    let checked = weir_ingest::satellite::check(store, integration).await?;
    let failure = checked.outcome.err();
    if context.output.for_people() {
        for check in &checked.checks {
            context.output.line(&check_line(context.output, check, true))?;
        }
    } else {
        let address = clean(&integration.settings.site_url, 300);
        context.output.json(&checks_json(&address, &checked.checks, failure.as_deref()))?;
    }
    match failure {
        Some(message) => Err(Failure::Said(message)),
        None => Ok(()),
    }
}

/// What reaches the site of an integration.
pub(super) async fn target_of(
    context: &Context<'_>,
    store: &weir_store::Store,
    integration: &Integration,
) -> Result<Target, Failure> {
    let vault = context.vault(store).await?;
    let secret = weir_ingest::open_secret(store, &vault, integration).await?;
    Ok(Target::of(&integration.settings, Credential::stored(&integration.settings.auth, secret)))
}

/// Runs the pre-flight as the command's answer.
pub(super) async fn report(context: &Context<'_>, target: Target) -> Result<(), Failure> {
    let address = clean(&target.address, 300);
    let done = run_checks(context, target, Show::AsData).await?;
    let failure = done.outcome.err();
    if !context.output.for_people() {
        context.output.json(&checks_json(&address, &done.checks, failure.as_deref()))?;
    }
    match failure {
        Some(message) => Err(Failure::Said(message)),
        None => Ok(()),
    }
}

/// Runs the pre-flight, each check shown as it ends.
pub(super) async fn run_checks(
    context: &Context<'_>,
    target: Target,
    show: Show,
) -> Result<Preflight<Connected>, Failure> {
    let adfs_url = match &target.credential {
        Credential::Adfs(adfs) => Some(adfs.url.as_str()),
        _ => None,
    };
    warn(&target.address, adfs_url, &target.transport);
    let environment = context.environment();
    let (output, people) = (context.output, context.output.for_people());
    let mut broken: Result<(), Failure> = Ok(());
    let mut shown = 0;
    // Checks end in any order, and are shown in their own.
    let done = jira::preflight(target, &environment, &mut |checks| {
        while let Some(check) = checks.get(shown).filter(|check| check.state.is_ended()) {
            shown += 1;
            match show {
                Show::AsData if people && broken.is_ok() => {
                    broken = output.line(&check_line(output, check, true));
                }
                Show::AsData => {}
                Show::AsMessages => output::note(&check_line(output, check, false)),
            }
        }
    })
    .await;
    broken.map(|()| done)
}

/// Says what weakens the way to a site, and to ADFS where one signs in there; at every run.
pub(super) fn warn(address: &str, adfs_url: Option<&str>, transport: &Transport) {
    if transport.insecure_tls {
        output::note(
            "warning: certificates are not checked (--insecure-tls); anyone on the way can read the token",
        );
    }
    if is_plain(address) {
        output::note("warning: the address begins with http://; anyone on the way can read the token");
    }
    if adfs_url.is_some_and(is_plain) {
        output::note(
            "warning: the address of ADFS begins with http://; anyone on the way can read the password",
        );
    }
}

fn is_plain(address: &str) -> bool {
    url::Url::parse(address).is_ok_and(|url| url.scheme() == "http" && !is_loopback(&url))
}

fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(url::Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}
