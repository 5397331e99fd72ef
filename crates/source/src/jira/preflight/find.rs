//! Finding out what stands at an address, without a credential.

use super::{
    bounded,
    report::{Report, Step},
};
use crate::{
    Environment, Preflight, SourceError,
    jira::{address, signing::Signing, site, site::Site, unreached::host, wire},
};
use weir_http::Url;
use weir_model::{AddressFault, Deployment, Message, PreflightFault, Transport};

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
    let mut nobody = |_: &[_]| {};
    let report = Report::new(environment.clock.as_ref(), &mut nobody);
    let look = async {
        report.begin(Step::Address);
        let url = address::parse(address)?;
        report.pass(Step::Address, format!("{} is used.", address::site(&url)));
        find(url, (transport, None), environment, &report).await
    };
    let limited = tokio::time::timeout(super::LIMIT, Box::pin(look)).await;
    let found = limited.unwrap_or_else(|_| Err(late(address, &report))).map(|there| Found {
        site_url: address::site(&there.url),
        deployment: there.deployment,
        named: there.named,
    });
    let (checks, outcome) = report.finish(found);
    Preflight { checks, outcome }
}

/// Whether a text has the form of an address; nothing is asked of the site.
///
/// # Errors
/// `url.empty`, `url.malformed`.
pub fn check_address(address: &str) -> Result<(), Message> {
    address::parse(address).map(drop)
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

/// Finds Jira without a credential: at the address, or where its path is no context path, at the root of its host. Where a
/// stranger is told nothing, and something is there to sign in with, it is asked for with that.
pub(super) async fn find(
    url: Url,
    (transport, signing): (&Transport, Option<&Signing>),
    environment: &Environment,
    report: &Report<'_>,
) -> Result<There, SourceError> {
    report.begin(Step::NameLookup);
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
        // What does not come from there changes nothing: the address itself has answered.
        if let Ok(answer) = at_root.get("server_info", "api/serverInfo", &[]).await
            && server_info(&answer, &root).is_ok()
        {
            (url, site, reply) = (root, at_root, Ok(answer));
        }
    }
    let is_told = |reply: &Result<site::Reply, SourceError>, url: &Url| match reply {
        Ok(reply) => server_info(reply, url).is_ok(),
        // Anything else is of the way there.
        Err(error) => !matches!(*error.message, Message::NetRedirect { .. }),
    };
    if let Some(signing) = signing.filter(|_| !is_told(&reply, &url)) {
        report.begin(Step::SignIn);
        let known = site.with_auth(signing.clone());
        reply = match known.get("server_info", "api/serverInfo", &[]).await {
            Ok(reply) if reply.status() == 401 => Err(reply.revoked().into()),
            reply => reply,
        };
        if let Err(error) = &reply {
            tell_way(&url, transport, (&site.host(), Stop::Beyond), None, report);
            report.skip(Step::IsJira, "It tells that to nobody whom it does not know.");
            report.fail(Step::SignIn, &error.message);
        }
    }
    let host = site.host();
    let reply = match reply {
        Ok(reply) => reply,
        Err(error) => {
            tell_way(&url, transport, (&host, stop_of(&error.message)), None, report);
            return Err(error);
        }
    };
    tell_way(&url, transport, (&host, Stop::Beyond), Some(reply.took_ms()), report);
    report.begin(Step::IsJira);
    let server = server_info(&reply, &url)?;
    let named = format!("{} {}.", server.name, server.version).replace(" .", ".");
    match server.is_old {
        false => report.pass(Step::IsJira, named.clone()),
        true => report.warn(
            Step::IsJira,
            named.clone(),
            "Weir is tested with Data Center 8.14 and later; update Jira.",
        ),
    }
    let midway = asked.0 + i64::try_from(reply.took_ms()).unwrap_or(0) / 2;
    let skew = reply.server_date().map(|theirs| theirs - midway);
    Ok(There { url, deployment: server.deployment, named, skew })
}

/// What the way to a site ended at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stop {
    NameLookup,
    Connection,
    Certificate,
    /// An answer came, whatever it was.
    Beyond,
}

fn stop_of(message: &Message) -> Stop {
    match message {
        Message::NetDns { .. }
        | Message::UrlBlocked { .. }
        | Message::AddressFault(AddressFault::Port { .. } | AddressFault::Plain { .. }) => Stop::NameLookup,
        Message::NetConnect { .. } | Message::NetTimeout { .. } | Message::NetProxy { .. } => {
            Stop::Connection
        }
        Message::TlsUnknownCa { .. }
        | Message::TlsExpired { .. }
        | Message::TlsName { .. }
        | Message::TlsOther { .. } => Stop::Certificate,
        _ => Stop::Beyond,
    }
}

/// Tells of each check of the way to a site that came before its end.
fn tell_way(
    url: &Url,
    transport: &Transport,
    (host, stop): (&str, Stop),
    took_ms: Option<u64>,
    report: &Report<'_>,
) {
    if stop > Stop::NameLookup {
        report.pass(Step::NameLookup, format!("{host} is known."));
        report.begin(Step::Connection);
    }
    if stop > Stop::Connection {
        let sentence = match took_ms {
            Some(took_ms) => format!("{host} answers after {took_ms} ms."),
            None => format!("{host} takes connections."),
        };
        report.pass(Step::Connection, sentence);
        report.begin(Step::Certificate);
    }
    if stop > Stop::Certificate {
        match (url.scheme(), transport.insecure_tls) {
            ("https", false) => report.pass(Step::Certificate, "It is trusted."),
            ("https", true) => report.warn(
                Step::Certificate,
                "It is not checked (--insecure-tls).",
                "Give the authority's certificate with --ca-file instead.",
            ),
            _ => report.skip(Step::Certificate, "The address is http://: nothing is encrypted."),
        }
    }
}

/// A site that keeps us waiting longer than somebody waits. Where nothing was heard of it yet, that is of the connection: a
/// name that cannot be looked up is told sooner. Otherwise it is of the check in hand.
pub(super) fn late(address: &str, report: &Report<'_>) -> SourceError {
    let host = address::parse(address).ok().map_or_else(|| bounded(address), |url| host(&url));
    let seconds = super::LIMIT.as_secs();
    if report.is_before_connection() {
        report.pass(Step::NameLookup, format!("{host} is known."));
        report.begin(Step::Connection);
        return Message::NetTimeout { host, seconds }.into();
    }
    let in_hand = report.in_hand();
    let check = in_hand.map_or_else(String::new, |(_, name)| name.to_owned());
    let message = Message::from(PreflightFault::Slow { host, check, seconds });
    if let Some((step, _)) = in_hand {
        report.fail(step, &message);
    }
    message.into()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Check, CheckState};
    use weir_model::{Clock, Millis};

    #[derive(Debug)]
    struct Still;

    impl Clock for Still {
        fn now(&self) -> Millis {
            Millis(0)
        }
    }

    /// Id and state of each check up to the one that failed, with its sentence.
    fn told(message: &Message) -> Vec<(String, CheckState, String)> {
        let mut nobody = |_: &[Check]| {};
        let report = Report::new(&Still, &mut nobody);
        report.pass(Step::Address, "It is used.");
        report.begin(Step::NameLookup);
        let url = address::parse("https://jira.acme.com").unwrap();
        match message {
            Message::NetTimeout { .. } => drop(late("jira.acme.com", &report)),
            other => {
                let way = ("jira.acme.com", stop_of(other));
                tell_way(&url, &Transport::default(), way, None, &report);
            }
        }
        let (mut checks, outcome) = report.finish::<()>(Err(message.clone().into()));
        assert_eq!(*outcome.unwrap_err(), *message);
        checks.retain(|check| check.state != CheckState::Skipped);
        checks.into_iter().map(|check| (check.id.into_owned(), check.state, check.sentence)).collect()
    }

    #[test]
    fn a_site_that_answers_too_slowly_fails_at_the_check_in_hand_and_what_was_checked_before_holds() {
        let mut seen = vec![];
        let mut tell = |checks: &[Check]| seen.push(checks.to_vec());
        let report = Report::new(&Still, &mut tell);
        for step in [Step::Address, Step::NameLookup, Step::Connection, Step::Certificate, Step::IsJira] {
            report.pass(step, "Good.");
        }
        report.pass(Step::SignIn, "Good.");
        report.pass(Step::Account, "Good.");
        report.pass(Step::Projects, "Good.");
        report.begin(Step::Search);
        report.begin(Step::Fields);
        report.begin(Step::Boards);
        report.pass(Step::Boards, "Good.");
        let error = late("https://jira.acme.com", &report);
        let (checks, outcome) = report.finish::<()>(Err(error));
        let message = outcome.unwrap_err();
        assert_eq!(message.id(), "check.slow");
        let said = message.to_string();
        assert!(
            said.contains("30 seconds") && said.contains("\"Search\"") && said.contains("jira.acme.com"),
            "{said}"
        );
        let state = |id: &str| checks.iter().find(|check| check.id == id).unwrap();
        assert_eq!(state("projects").state, CheckState::Passed);
        assert_eq!(state("search").state, CheckState::Failed);
        assert_eq!(
            (state("fields").state, &*state("fields").sentence),
            (CheckState::Skipped, "Given up when Search failed.")
        );
        assert_eq!(
            (state("history").state, &*state("history").sentence),
            (CheckState::Skipped, "Not tried: Search failed.")
        );
        assert_eq!(state("boards").state, CheckState::Passed, "it came sooner, and stays");
        let running = |checks: &Vec<Check>| checks.iter().any(|check| check.state == CheckState::Running);
        assert!(seen.iter().any(running) && !running(seen.last().unwrap()), "each change is told");
    }

    #[test]
    fn what_fails_on_the_way_to_a_site_is_the_check_that_it_is_of() {
        let host = || "jira.acme.com".to_owned();
        for (message, check) in [
            (Message::NetDns { host: host() }, "name_lookup"),
            (Message::NetConnect { host: host(), detail: "connection refused".into() }, "connection"),
            (Message::NetTimeout { host: host(), seconds: 30 }, "connection"),
            (Message::TlsOther { host: host(), detail: "no TLS".into() }, "certificate"),
            (Message::NetRedirect { host: host(), to: "https://b.example".into() }, "is_jira"),
        ] {
            let told = told(&message);
            let (last, before) = told.split_last().unwrap();
            assert_eq!((&*last.0, last.1), (check, CheckState::Failed), "{told:?}");
            for (id, state, sentence) in before {
                assert_eq!(*state, CheckState::Passed);
                let fits = match id.as_str() {
                    "name_lookup" => "jira.acme.com is known.",
                    "connection" => "jira.acme.com takes connections.",
                    "certificate" => "It is trusted.",
                    _ => "It is used.",
                };
                assert_eq!(sentence, fits, "{id}");
            }
        }
    }
}
