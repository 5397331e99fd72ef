//! From nodes to settings: the blocks of a file, one by one, each as far as it can be understood.

use super::{
    around::Surroundings,
    fields::{Fields, Text},
    finding::Findings,
    tree::{Content, Node},
    values::{Proxy, Server, Settings},
};
use std::net::IpAddr;
use weir_http::{ExposeSecret as _, Secret, Url, address_fault};
use weir_model::SatelliteFault;

const ROOT: &[&str] = &["satellite", "integrations", "jira", "levelops"];
const SERVER: &[&str] = &["tenant", "api_key", "api_key_file", "api_key_env", "url", "ca_file", "proxy"];
const PROXY: &[&str] =
    &["host", "port", "username", "password", "password_file", "password_env", "all_traffic"];
const JIRA: &[&str] = &["allow_unsafe_ssl", "ca_file"];

/// A PEM file is not read beyond this.
const LONGEST_PEM: u64 = 1024 * 1024;

/// The domain of the product whose samples are in the field.
const OTHER_PRODUCT: &str = "harness.io";

/// Who answers at an address.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Server,
    Tool,
}

/// What holds for every site of Jira.
pub(super) struct Jira {
    pub(super) insecure_tls: bool,
    pub(super) ca_pem: Option<String>,
}

/// Reads one file.
pub(super) struct Reader<'a> {
    pub(super) around: &'a dyn Surroundings,
    pub(super) findings: Findings,
    /// Whether a secret stands in the file itself.
    pub(super) holds_secret: bool,
}

impl Reader<'_> {
    /// The settings, where what all sites have in common is sound and a site is left.
    pub(super) fn settings(&mut self, root: &Node) -> Option<Settings> {
        let fields = Fields::of(root, "", Some(ROOT), &mut self.findings)?;
        let server = self.server(&fields);
        let jira = self.jira(&fields);
        let is_sound = self.findings.errors() == 0;
        let sites = self.sites(&fields, &jira);
        Some(Settings { server: server?, sites }).filter(|settings| is_sound && !settings.sites.is_empty())
    }

    fn server(&mut self, root: &Fields<'_>) -> Option<Server> {
        let name = match (root.has("satellite"), root.has("levelops")) {
            (true, false) => "satellite",
            (true, true) => {
                let place = root.place_of("levelops");
                self.findings.warning("levelops", place, SatelliteFault::LegacyUnused {});
                "satellite"
            }
            (false, true) => {
                let place = root.place_of("levelops");
                self.findings.warning("levelops", place, SatelliteFault::Legacy {});
                "levelops"
            }
            (false, false) => {
                root.missing("satellite", "the server, and the key for it", &mut self.findings);
                return None;
            }
        };
        let fields = Fields::of(root.node(name)?, name, Some(SERVER), &mut self.findings)?;
        let tenant = fields.needed("tenant", "the name of the account at the server", &mut self.findings);
        let api_key =
            self.needed_secret(&fields, "api_key", "the key that the server gave the satellite", true);
        let url = self.address(&fields, "url", "the address of the server", Whose::Server);
        if let Some(url) = &url
            && url.host_str().and_then(|host| host.strip_suffix(OTHER_PRODUCT)).is_some_and(is_subdomain)
        {
            self.findings.warning(&fields.at("url"), fields.place_of("url"), SatelliteFault::OtherServer {});
        }
        let ca_pem = self.certificates(&fields);
        let proxy = self.proxy(&fields);
        Some(Server { url: url?, tenant: tenant?.text.to_owned(), api_key: api_key?, ca_pem, proxy })
    }

    fn proxy(&mut self, server: &Fields<'_>) -> Option<Proxy> {
        let path = server.at("proxy");
        let fields = Fields::of(server.node("proxy")?, &path, Some(PROXY), &mut self.findings)?;
        if fields.is_empty() {
            return None;
        }
        let host = fields.needed("host", "the name of the proxy", &mut self.findings);
        let port = fields.needed("port", "the port that the proxy listens on", &mut self.findings);
        let user = fields.text("username", &mut self.findings);
        let password = self.secret(&fields, "password", false);
        let all_traffic = fields.switch("all_traffic", &mut self.findings);
        if user.is_none() && password.is_some() {
            self.findings.error(&path, fields.place, SatelliteFault::ProxyUser {});
        }
        let port: Option<u16> = port.and_then(|Text { text, place, .. }| {
            let port = text.parse().ok().filter(|port| *port != 0);
            if port.is_none() {
                self.findings.error(&fields.at("port"), place, SatelliteFault::Port {});
            }
            port
        });
        let address = host.and_then(|Text { text, place, .. }| {
            let address = in_address(text).and_then(|host| format!("http://{host}/").parse::<Url>().ok());
            if address.is_none() {
                self.findings.error(&fields.at("host"), place, SatelliteFault::ProxyHost {});
            }
            address
        });
        let mut address = address?;
        address.set_port(Some(port?)).ok()?;
        if let Some(user) = user {
            let password = password.as_ref().map(|password| password.expose_secret());
            address.set_username(user.text).and_then(|()| address.set_password(password)).ok()?;
        }
        Some(Proxy { address: Secret::from(String::from(address)), all_traffic })
    }

    fn jira(&mut self, root: &Fields<'_>) -> Jira {
        let fields =
            root.node("jira").and_then(|node| Fields::of(node, "jira", Some(JIRA), &mut self.findings));
        let Some(fields) = fields else { return Jira { insecure_tls: false, ca_pem: None } };
        let insecure_tls = fields.switch("allow_unsafe_ssl", &mut self.findings);
        if insecure_tls {
            let place = fields.place_of("allow_unsafe_ssl");
            self.findings.warning(&fields.at("allow_unsafe_ssl"), place, SatelliteFault::UnsafeTls {});
        }
        Jira { insecure_tls, ca_pem: self.certificates(&fields) }
    }

    /// An address that has to be there.
    pub(super) fn address(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        holds: &str,
        whose: Whose,
    ) -> Option<Url> {
        let Text { text, place, .. } = fields.needed(key, holds, &mut self.findings)?;
        let (at, key) = (fields.at(key), key.to_owned());
        let url: Url = match text.parse() {
            Ok(url) => url,
            Err(error) => {
                let detail = address_fault(error).to_owned();
                self.findings.error(&at, place, SatelliteFault::Url { key, detail });
                return None;
            }
        };
        let is_plain = url.scheme() == "http";
        let fault = if !(is_plain || url.scheme() == "https") || !url.has_host() {
            SatelliteFault::Url { key, detail: "It does not begin with https://".to_owned() }
        } else if !url.username().is_empty() || url.password().is_some() {
            SatelliteFault::UrlLogin { key }
        } else if url.query().is_some() || url.fragment().is_some() {
            SatelliteFault::UrlRest { key }
        } else if is_plain && whose == Whose::Server && !is_loopback(&url) {
            SatelliteFault::PlainServer {}
        } else {
            if is_plain && (whose == Whose::Server || !is_loopback(&url)) {
                self.findings.warning(&at, place, SatelliteFault::Plain { key });
            }
            return Some(url);
        };
        self.findings.error(&at, place, fault);
        None
    }

    /// The certificates of the file that `ca_file` names.
    pub(super) fn certificates(&mut self, fields: &Fields<'_>) -> Option<String> {
        let Text { text, place, .. } = fields.text("ca_file", &mut self.findings)?;
        let pem = self.around.file(text, LONGEST_PEM).and_then(|held| {
            let pem = std::str::from_utf8(&held.bytes).ok();
            let pem = pem.filter(|pem| pem.contains("-----BEGIN CERTIFICATE-----"));
            pem.map(str::to_owned).ok_or_else(|| "It has no CERTIFICATE block".to_owned())
        });
        pem.map_err(|detail| {
            let fault = SatelliteFault::Certificates { key: "ca_file".to_owned(), detail };
            self.findings.error(&fields.at("ca_file"), place, fault);
        })
        .ok()
    }
}

/// The nodes of a list.
pub(super) fn list(node: &Node) -> Option<&[Node]> {
    match &node.content {
        Content::List(nodes) => Some(nodes),
        _ => None,
    }
}

/// A host as it stands in an address; `None` for anything else.
fn in_address(text: &str) -> Option<String> {
    match text.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => Some(format!("[{address}]")),
        Ok(IpAddr::V4(_)) => Some(text.to_owned()),
        Err(_) => {
            let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
            (text.len() <= 253 && text.chars().all(is_name)).then(|| text.to_owned())
        }
    }
}

/// Whether what stands before a domain leaves that domain as it is.
fn is_subdomain(before: &str) -> bool {
    before.is_empty() || before.ends_with('.')
}

/// Whether an address points at this machine.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || literal.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
