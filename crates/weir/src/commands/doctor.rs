//! `weir doctor`: everything that a working installation needs, looked at without changing it.

use super::mail;
use crate::{cli::MailFlags, config::Origin, context::Context, failure::Failure, output::finding_lines};
use serde_json::json;
use std::env;
use weir_ingest::doctor::{FindingState, Installation, NamedProxy, Proxies, examine};

/// Variables that name a proxy, in the order in which they are looked at for `https://`.
const VARIABLES: [&str; 6] =
    ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

pub(super) async fn run(context: &Context<'_>, flags: MailFlags) -> Result<(), Failure> {
    context.output.format()?;
    let mail = mail::server(&flags)?;
    let installation = Installation {
        home: context.settings.home.value.clone(),
        address: context.settings.store.value.clone(),
        environment: context.environment(),
        proxy: context.settings.proxy.value.clone(),
        proxies: proxies(context),
        mail,
        holder: context.holder(),
    };
    let (output, people) = (context.output, context.output.for_people());
    let mut told: Result<(), Failure> = Ok(());
    let findings = examine(&installation, |finding| {
        if people && told.is_ok() {
            told = output.line(&finding_lines(output, finding));
        }
    })
    .await;
    told?;
    let count = |state: FindingState| findings.iter().filter(|one| one.state == state).count();
    let (warned, failed) = (count(FindingState::Warn), count(FindingState::Fail));
    if people {
        output.line("")?;
        output.line(&match (failed, warned) {
            (0, 0) => "All is well.".to_owned(),
            _ => format!("{failed} failed, {warned} to look at."),
        })?;
    } else {
        output.json(&json!({
            "passed": failed == 0,
            "failed": failed,
            "warned": warned,
            "checks": findings,
        }))?;
    }
    if failed == 0 { Ok(()) } else { Err(Failure::Negative) }
}

/// The proxies that settings and variables name.
pub(super) fn proxies(context: &Context<'_>) -> Proxies {
    let setting = &context.settings.proxy;
    let from = match setting.origin {
        Origin::File => "weir.toml".to_owned(),
        origin => origin.describe(),
    };
    let set = |name: &&str| env::var(name).ok().filter(|value| !value.is_empty());
    let mut named: Vec<NamedProxy> =
        setting.value.iter().map(|address| NamedProxy::new(from.as_str(), address)).collect();
    named.extend(VARIABLES.iter().filter_map(|name| Some(NamedProxy::new(*name, &set(name)?))));
    Proxies { named, except: ["NO_PROXY", "no_proxy"].iter().find_map(set) }
}
