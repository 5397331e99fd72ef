//! Finding out what stands at an address, without a credential.

use super::{bounded, report::Report};
use crate::{
    Environment, Preflight, SourceError,
    jira::{address, site, site::Site, wire},
};
use weir_http::Url;
use weir_model::{Deployment, Message, Transport};

/// What stands at an address.
#[derive(Clone, Debug)]
pub struct Found {
    /// The site's address, normalised.
    pub site_url: String,
    /// What it is.
    pub deployment: Deployment,
    /// Its name and version.
    pub named: String,
}

/// Looks what stands at an address: the first checks of a pre-flight.
pub async fn find_site(address: &str, transport: &Transport, environment: &Environment) -> Preflight<Found> {
    let mut nobody = |_: &_| {};
    let mut report = Report::new(environment.clock.as_ref(), &mut nobody);
    let look = async {
        let url = address::parse(address)?;
        report.pass(format!("{} is used.", address::site(&url)));
        find(url, transport, environment, &mut report).await
    };
    let late = || Message::NetTimeout { host: bounded(address), seconds: super::LIMIT.as_secs() };
    let outcome = match tokio::time::timeout(super::LIMIT, look).await.unwrap_or_else(|_| Err(late().into()))
    {
        Ok(there) => Ok(Found {
            site_url: address::site(&there.url),
            deployment: there.deployment,
            named: there.named,
        }),
        Err(error) => {
            report.fail(&error.message);
            Err(error.message)
        }
    };
    Preflight { checks: report.checks(), outcome }
}

/// What answers at an address.
pub(super) struct There {
    pub(super) url: Url,
    pub(super) deployment: Deployment,
    /// Its name and version.
    named: String,
    /// How far our clock is behind theirs, in milliseconds.
    pub(super) skew: Option<i64>,
}

/// Finds Jira without a credential: at the address, or where its path is no context path, at the root of its host.
pub(super) async fn find(
    url: Url,
    transport: &Transport,
    environment: &Environment,
    report: &mut Report<'_>,
) -> Result<There, SourceError> {
    let client = site::client(Deployment::DataCenter, transport, environment)?;
    let stranger = |url: &Url| {
        let nobody = weir_http::Auth::None;
        // Both products answer to version 2 of the API.
        Site::new(client.clone(), address::below(url), nobody, Deployment::DataCenter).impatient()
    };
    let asked = environment.clock.now();
    let mut url = url;
    let mut site = stranger(&url);
    let mut reply = site.get("server_info", "api/serverInfo", &[]).await;
    if let (Ok(other), Some(root)) = (&reply, address::root(&url))
        && server_info(other, &url).is_err()
    {
        let at_root = stranger(&root);
        let answer = at_root.get("server_info", "api/serverInfo", &[]).await?;
        if server_info(&answer, &root).is_ok() {
            (url, site, reply) = (root, at_root, Ok(answer));
        }
    }
    let host = site.host();
    let reply = match reply {
        Ok(reply) => reply,
        Err(error) => {
            match *error.message {
                Message::NetDns { .. } | Message::UrlBlocked { .. } => {}
                Message::TlsUnknownCa { .. }
                | Message::TlsExpired { .. }
                | Message::TlsName { .. }
                | Message::TlsOther { .. } => {
                    report.reach("certificate", &format!("{host} answers."));
                }
                Message::NetConnect { .. } | Message::NetTimeout { .. } | Message::NetProxy { .. } => {
                    report.reach("connection", &format!("{host} is known."));
                }
                _ => report.reach("is_jira", &format!("{host} answers.")),
            }
            return Err(error);
        }
    };
    report.pass(format!("{host} is known."));
    report.pass(format!("{host} answers after {} ms.", reply.took_ms()));
    match (url.scheme(), transport.insecure_tls) {
        ("https", false) => report.pass("It is trusted."),
        ("https", true) => report.warn(
            "It is not checked (--insecure-tls).",
            "Give the authority's certificate with --ca-file instead.",
        ),
        _ => report.skip("The address is http://: nothing is encrypted."),
    }
    let server = server_info(&reply, &url)?;
    let named = format!("{} {}.", server.name, server.version).replace(" .", ".");
    match server.is_old {
        false => report.pass(named.clone()),
        true => report.warn(named.clone(), "Weir is tested with Data Center 8.14 and later; update Jira."),
    }
    let midway = asked.0 + i64::try_from(reply.took_ms()).unwrap_or(0) / 2;
    let skew = reply.server_date().map(|theirs| theirs - midway);
    Ok(There { url, deployment: server.deployment, named, skew })
}

/// What a server says of itself.
struct Server {
    deployment: Deployment,
    name: &'static str,
    version: String,
    is_old: bool,
}

/// Reads `serverInfo`; anything else than Jira's is an error.
fn server_info(reply: &site::Reply, url: &Url) -> Result<Server, SourceError> {
    let not_jira = |said: String| SourceError::new(Message::NotJira { url: address::site(url), said });
    let text = match (reply.status(), reply.text()) {
        (200, Ok(text)) => text,
        (status, Err(_)) => {
            return Err(not_jira(format!("It sent a page (HTTP {status}) where Jira sends data")));
        }
        (status, Ok(_)) => return Err(not_jira(format!("It has no serverInfo (HTTP {status})"))),
    };
    let info: wire::ServerInfo<'_> = match text.trim_start().starts_with('{') {
        true => wire::read(&text).map_err(|error| reply.malformed(error))?,
        false => return Err(not_jira("What it sent is not Jira's serverInfo".to_owned())),
    };
    let version = info.version.as_deref().map(bounded).unwrap_or_default();
    match info.deployment_type.as_deref() {
        Some("Cloud") => {
            Ok(Server { deployment: Deployment::Cloud, name: "Jira Cloud", version, is_old: false })
        }
        // Data Center calls itself a server too.
        Some("Server" | "Data Center" | "DataCenter") => {
            let deployment = Deployment::DataCenter;
            let is_old = matches!(info.version_numbers.as_slice(), [0..=7, ..] | [8, 0..=13, ..]);
            Ok(Server { deployment, name: "Jira Data Center or Server", version, is_old })
        }
        Some(_) => {
            Err(Message::JiraOther { deployment: format!("of an unknown kind {version}").trim_end().into() }
                .into())
        }
        None => Err(not_jira("What it sent is not Jira's serverInfo".to_owned())),
    }
}
