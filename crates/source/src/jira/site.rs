//! Requests to one Jira site as one account.
//!
//! Every answer is guarded before it is believed: it is JSON, and Jira knew who asked. Links in answers are never
//! followed; addresses are built from the site's own.

use super::{
    adfs::Adfs,
    clean,
    signing::Signing,
    unreached::{host, message},
    wire,
};
use crate::{Environment, SourceError, Traffic};
use serde::Serialize;
use std::{
    borrow::Cow,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};
use weir_http::{
    AddressPolicy, Client, ClientConfig, HeaderValue, HttpError, Idempotent, ProxySetting, Request, Response,
    Secret, Url, header,
};
use weir_model::{Deployment, Message, Millis, Quota, Transport};

/// How often a run asks before it gives up.
const RUN_ATTEMPTS: u32 = 5;
/// How often it asks for what can be asked for in parts, before it asks for less.
const PART_ATTEMPTS: u32 = 3;
/// How long a run goes on asking while a site is down that answered before.
const RUN_PATIENCE: Duration = Duration::from_secs(8 * 60);
/// How often a pre-flight asks before it gives up.
const PREFLIGHT_ATTEMPTS: u32 = 2;
/// How long it waits for a limit.
const PREFLIGHT_WAIT: Duration = Duration::from_secs(10);

/// Requests in flight at once on Data Center, whose nodes serve people as well. `jira-api` §12.2.
const DATA_CENTER_IN_FLIGHT: usize = 4;

/// The client for a site. It has no account until one has proved itself.
#[derive(Debug, Clone)]
pub(super) struct Site {
    client: Client,
    base: Url,
    signing: Signing,
    deployment: Deployment,
    attempts: u32,
    patience: Duration,
    /// The account as headers of answers name it.
    account: Arc<OnceLock<String>>,
    /// Its time zone.
    zone: Arc<OnceLock<String>>,
    /// A password that was refused once is not sent again: a few failures, and Jira asks for a CAPTCHA. `jira-api` §11.
    refused: Arc<AtomicBool>,
}

/// An answer with a status that the caller looks at.
#[derive(Debug)]
pub(super) struct Reply {
    what: &'static str,
    host: String,
    deployment: Deployment,
    /// Whose token the request carried, where it was one of ADFS.
    adfs: Option<Arc<Adfs>>,
    response: Response,
}

/// How many requests may be under way at once at a site, where so many are wanted.
pub fn in_flight(deployment: Deployment, wanted: usize) -> usize {
    match deployment {
        Deployment::Cloud => wanted,
        Deployment::DataCenter => wanted.min(DATA_CENTER_IN_FLIGHT),
    }
}

/// Makes the one client for a site.
pub(super) fn client(
    deployment: Deployment,
    transport: &Transport,
    environment: &Environment,
) -> Result<Client, Message> {
    let clock = environment.clock.clone();
    let entropy = environment.entropy.clone();
    let random = Arc::new(move || {
        let mut bytes = [0_u8; 4];
        entropy.fill(&mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
    });
    let mut config = ClientConfig::new(
        concat!("weir/", env!("CARGO_PKG_VERSION")),
        Arc::new(move || clock.now().0),
        random,
    );
    config.ca_pem = transport.ca_pem.as_ref().map(|pem| pem.clone().into_bytes());
    config.insecure_tls = transport.insecure_tls;
    config.max_in_flight = in_flight(deployment, environment.max_in_flight);
    if transport.guarded {
        config.address_policy = AddressPolicy::PublicOnly { allowed: environment.opened.clone() };
    }
    if let Some(proxy) = &transport.proxy {
        config.proxy = ProxySetting::Explicit(Secret::from(proxy.clone()));
    }
    Client::new(config).map_err(|error| match error {
        weir_http::ConfigError::BadCa => Message::CaFile {
            path: "of --ca-file".to_owned(),
            detail: "It holds no PEM certificate".to_owned(),
        },
        weir_http::ConfigError::BadProxy(detail) => Message::InputBad { flag: "--proxy".to_owned(), detail },
        other => Message::Bug { detail: other.to_string() },
    })
}

impl Site {
    /// A site without an account yet.
    pub(super) fn new(
        client: Client,
        base: Url,
        signing: impl Into<Signing>,
        deployment: Deployment,
    ) -> Self {
        Self {
            client,
            base,
            signing: signing.into(),
            deployment,
            attempts: RUN_ATTEMPTS,
            patience: RUN_PATIENCE,
            account: Arc::default(),
            zone: Arc::default(),
            refused: Arc::default(),
        }
    }

    /// What stands there.
    pub(super) fn deployment(&self) -> Deployment {
        self.deployment
    }

    /// The same site, for somebody who waits at a terminal: what does not answer is not asked for long.
    pub(super) fn impatient(self) -> Self {
        Self { attempts: PREFLIGHT_ATTEMPTS, patience: Duration::ZERO, ..self }
    }

    /// The same site with another credential.
    pub(super) fn with_auth(&self, signing: impl Into<Signing>) -> Self {
        Self { signing: signing.into(), account: Arc::default(), refused: Arc::default(), ..self.clone() }
    }

    /// From now on every answer must be for this account: its id on Cloud, its user name on Data Center.
    pub(super) fn expect_account(&self, account: &str) {
        // A second call names the same account: sign-in compares them first.
        let _ = self.account.set(account.to_owned());
    }

    /// Keeps the account's time zone, as it was told when the account proved itself.
    pub(super) fn learn_zone(&self, zone: &str) {
        // The first one holds for the run.
        let _ = self.zone.set(zone.to_owned());
    }

    /// The account's time zone, once it is known.
    pub(super) fn timezone(&self) -> Option<String> {
        self.zone.get().cloned()
    }

    /// What has gone over the wire so far.
    pub(super) fn traffic(&self) -> Traffic {
        let snapshot = self.client.stats().snapshot();
        Traffic {
            requests: snapshot.requests,
            bytes_in: snapshot.bytes_in,
            waited_ms: snapshot.waited_ms,
            waiting_until: snapshot.waiting_until_ms,
            is_held: snapshot.is_pausing || snapshot.waiting_until_ms.is_some(),
            quota: snapshot.quota.map(|quota| Quota {
                limit: quota.limit,
                left: quota.left,
                resets_at: Millis(quota.resets_at_ms),
            }),
        }
    }

    /// Name of the host that answers.
    pub(super) fn host(&self) -> String {
        host(&self.base)
    }

    /// A GET of `path` below the site; `api/` stands for the platform API in the version that the product speaks.
    pub(super) async fn get(
        &self,
        what: &'static str,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Reply, SourceError> {
        self.send(what, self.whole(self.getting(what, path, query)?)).await
    }

    /// The same for what is of one issue and may fail for it alone: it gives way early, and a time-out is told at once.
    pub(super) async fn get_part(
        &self,
        what: &'static str,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Reply, SourceError> {
        self.send(what, self.part(self.getting(what, path, query)?)).await
    }

    /// A POST of a JSON body; all that Weir posts are readings, safe to repeat.
    pub(super) async fn post(
        &self,
        what: &'static str,
        path: &str,
        body: &impl Serialize,
    ) -> Result<Reply, SourceError> {
        self.send(what, self.whole(self.posting(what, path, body)?)).await
    }

    /// The same for what can be asked for in parts: it gives way early, and a time-out is told at once.
    pub(super) async fn post_part(
        &self,
        what: &'static str,
        path: &str,
        body: &impl Serialize,
    ) -> Result<Reply, SourceError> {
        self.send(what, self.part(self.posting(what, path, body)?)).await
    }

    /// Waits until the site answers at all, as long as a run waits for it. Where one part of something could not be had,
    /// this tells whether it is the part or the site.
    pub(super) async fn answers(&self) -> Result<(), SourceError> {
        self.get("account", "api/myself", &[]).await.map(|_| ())
    }

    fn getting(
        &self,
        what: &'static str,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Request, SourceError> {
        let mut url = self.url(path)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(Request::get(url, what))
    }

    fn posting(&self, what: &'static str, path: &str, body: &impl Serialize) -> Result<Request, SourceError> {
        let body = serde_json::to_vec(body).map_err(|error| Message::Bug { detail: error.to_string() })?;
        Ok(Request::post(self.url(path)?, what).json_body(body).idempotent(Idempotent::Yes))
    }

    fn part(&self, request: Request) -> Request {
        let request = request.attempts(PART_ATTEMPTS.min(self.attempts)).divisible();
        // Asking for less helps against failures, not against limits.
        if self.patience.is_zero() {
            request.waits_at_most(PREFLIGHT_WAIT)
        } else {
            request.waits_for_limits()
        }
    }

    fn whole(&self, request: Request) -> Request {
        let request = request.attempts(self.attempts).patience(self.patience);
        if self.patience.is_zero() { request.waits_at_most(PREFLIGHT_WAIT) } else { request }
    }

    fn url(&self, path: &str) -> Result<Url, SourceError> {
        let version = match self.deployment {
            Deployment::Cloud => "3",
            Deployment::DataCenter => "2",
        };
        let path = match path.strip_prefix("api/") {
            Some(rest) => Cow::Owned(format!("rest/api/{version}/{rest}")),
            None => Cow::Borrowed(path),
        };
        self.base
            .join(&path)
            .map_err(|error| SourceError::new(Message::Bug { detail: format!("path {path}: {error}") }))
    }

    async fn send(&self, what: &'static str, request: Request) -> Result<Reply, SourceError> {
        if self.refused.load(Relaxed) {
            return Err(Message::AuthRevoked {}.into());
        }
        // Names of statuses, types and fields would otherwise follow the language of whoever owns the token.
        let request =
            request.expect_json().header(header::ACCEPT_LANGUAGE, HeaderValue::from_static("en")).header(
                header::HeaderName::from_static("x-force-accept-language"),
                HeaderValue::from_static("true"),
            );
        let mut signed = self.signing.sign(&self.client, self.attempts).await?;
        let mut again = if self.takes_401_for_passing() { self.signing.again() } else { 0 };
        let sent = loop {
            // Boxed: whatever reads a site is made of many of these.
            let signed_request = request.clone().auth(signed.auth.clone());
            let sent = Box::pin(self.client.send(signed_request)).await;
            if again == 0 || !self.is_turned_away(&sent) {
                break sent;
            }
            again -= 1;
            match self.signing.sign_again(&signed, &self.client, self.attempts).await? {
                Some(another) => signed = another,
                None => break sent,
            }
        };
        let mut response = match (sent, self.signing.adfs()) {
            (Err(HttpError::Redirected { to_host, to_origin, .. }), Some(adfs)) if to_host == adfs.host() => {
                return Err(adfs.not_taken(self.host(), format!("Sign in at {to_origin}")).into());
            }
            (sent, _) => sent.map_err(|error| message(error, what))?,
        };
        clean::mend(&mut response.body);
        let adfs = self.signing.adfs().cloned();
        let reply = Reply { what, host: self.host(), deployment: self.deployment, adfs, response };
        if self.deployment == Deployment::DataCenter && self.signing.is_password() {
            let denied = reply.status() == 401 || reply.captcha().is_some();
            self.refused.fetch_or(denied, Relaxed);
        }
        if let Some(said) = reply.address_refused() {
            return Err(Message::SiteAddressRefused { host: reply.host, said }.into());
        }
        self.guard(&reply)?;
        Ok(reply)
    }

    /// A token that is renewed may end while a request is on its way, and a node of Data Center refuses a good token now and then, while it starts or is out of step with the others. A
    /// password is never sent again after it was refused.
    fn takes_401_for_passing(&self) -> bool {
        let is_of_node = self.deployment == Deployment::DataCenter && !self.patience.is_zero();
        self.signing.is_renewed() || (is_of_node && self.signing.is_token())
    }

    /// Whether the token was not taken: a proxy may then send to where one signs in.
    fn is_turned_away(&self, sent: &Result<Response, HttpError>) -> bool {
        match sent {
            // A scope that is missing is none in another token of the same consent.
            Ok(response) => response.status == 401 && !tells_of_scope(&response.body),
            Err(HttpError::Redirected { to_host, .. }) => {
                self.signing.adfs().is_some_and(|adfs| *to_host == adfs.host())
            }
            Err(_) => false,
        }
    }

    /// Refuses answers that were given to a stranger or to somebody else.
    fn guard(&self, reply: &Reply) -> Result<(), SourceError> {
        if let Some(login_url) = reply.captcha() {
            return Err(Message::AuthCaptcha { login_url }.into());
        }
        let Some(expected) = self.account.get() else { return Ok(()) };
        if reply.is_anonymous() {
            return Err(reply.stranger().into());
        }
        match reply.account() {
            Some(found) if !names(found, expected) => Err(SourceError::new(Message::AuthOtherAccount {
                expected: expected.clone(),
                found: bounded(found),
            })),
            _ => Ok(()),
        }
    }
}

impl Reply {
    /// The status.
    pub(super) fn status(&self) -> u16 {
        self.response.status.as_u16()
    }

    /// Jira says that it did not take the credential.
    pub(super) fn is_anonymous(&self) -> bool {
        let refused = self.response.header("x-seraph-loginreason").is_some_and(|reason| {
            reason.contains("AUTHENTICATED_FAILED") || reason.contains("AUTHENTICATION_DENIED")
        });
        refused || (self.deployment == Deployment::DataCenter && self.account() == Some("anonymous"))
    }

    /// The account that the answer was given to, as a header names it.
    fn account(&self) -> Option<&str> {
        self.response.header(match self.deployment {
            Deployment::Cloud => "x-aaccountid",
            Deployment::DataCenter => "x-ausername",
        })
    }

    /// Whether the answer itself names the account it was given to.
    pub(super) fn names_account(&self) -> bool {
        self.account().is_some() && !self.is_anonymous()
    }

    /// Where somebody has to answer a CAPTCHA before this user may sign in again. `jira-api` §11.
    fn captcha(&self) -> Option<String> {
        let reason = self.response.header("x-authentication-denied-reason")?;
        reason.contains("CAPTCHA").then(|| {
            let (_, url) = reason.split_once("login-url=").unwrap_or(("", "the site's sign-in page"));
            bounded(url)
        })
    }

    /// What it means to be taken for nobody: Cloud answers a refused credential like that, Data Center refuses it.
    fn stranger(&self) -> Message {
        match self.deployment {
            Deployment::Cloud => Message::AuthAnonymous {},
            Deployment::DataCenter => self.revoked(),
        }
    }

    /// What it means that a credential is refused which was taken before.
    pub(super) fn revoked(&self) -> Message {
        match &self.adfs {
            Some(adfs) => {
                let is_page =
                    self.response.body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<');
                let said = if is_page { format!("HTTP {}", self.status()) } else { self.said() };
                adfs.not_taken(self.host.clone(), said)
            }
            None => Message::AuthRevoked {},
        }
    }

    /// What the site says where it lets nobody in from the address that we come from. `jira-api` §10.
    fn address_refused(&self) -> Option<String> {
        (self.status() == 403).then(|| about_addresses(&self.response.body)).flatten()
    }

    /// The server's clock, in epoch milliseconds.
    pub(super) fn server_date(&self) -> Option<i64> {
        self.response.server_date()
    }

    /// How long it took, in milliseconds.
    pub(super) fn took_ms(&self) -> u64 {
        u64::try_from(self.response.took.as_millis()).unwrap_or(u64::MAX)
    }

    /// A header.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.response.header(name)
    }

    /// This answer if its status is 200, and what Jira said otherwise.
    pub(super) fn ok(self) -> Result<Self, SourceError> {
        if self.response.status.is_success() { Ok(self) } else { Err(self.refusal()) }
    }

    /// The body, cleaned, when it is JSON.
    pub(super) fn text(&self) -> Result<Cow<'_, str>, SourceError> {
        match self.response.require_json() {
            Ok(body) => Ok(clean::text(body)),
            Err(_) if body_is_json(&self.response.body) => Ok(clean::text(&self.response.body)),
            Err(_) => Err(SourceError::new(Message::JiraHtml { host: self.host.clone() })),
        }
    }

    /// Reads the body as a type that owns what it holds.
    pub(super) fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, SourceError> {
        wire::read(&self.text()?).map_err(|error| self.malformed(error))
    }

    /// The error for a body that has another shape than documented.
    pub(super) fn malformed(&self, error: serde_json::Error) -> SourceError {
        SourceError::new(Message::JiraMalformed {
            what: self.what.to_owned(),
            detail: wire::Fault(error).to_string(),
        })
    }

    /// What a status other than 200 means.
    pub(super) fn refusal(&self) -> SourceError {
        let said = self.said();
        SourceError::new(match self.status() {
            401 if said.to_lowercase().contains("scope") => Message::AuthScope { said },
            401 => self.stranger(),
            403 => Message::JiraForbidden { what: self.what.to_owned(), said },
            status => Message::JiraRefused { what: self.what.to_owned(), status, said },
        })
    }

    /// Jira's own words, bounded and harmless.
    pub(super) fn said(&self) -> String {
        let errors: wire::Errors =
            serde_json::from_str(&clean::text(&self.response.body)).unwrap_or_default();
        let mut words = errors.error_messages;
        words.extend(
            errors
                .errors
                .iter()
                .map(|(field, error)| format!("{field}: {}", error.as_str().unwrap_or_default())),
        );
        words.extend(errors.message);
        let words = words.join(" ");
        if words.trim().is_empty() { self.response.snippet() } else { weir_http::snippet(words.as_bytes()) }
    }
}

/// Whether a refusal is about a scope.
fn tells_of_scope(body: &[u8]) -> bool {
    bounded(&String::from_utf8_lossy(&body[..body.len().min(1024)])).to_lowercase().contains("scope")
}

/// Whether a header names this account: in its own letters, or with those that a header cannot carry escaped.
fn names(header: &str, account: &str) -> bool {
    let is = |text: &str| text.to_lowercase() == account.to_lowercase();
    is(header) || is(&percent_decoded(header)) || is(&percent_decoded(&header.replace('+', " ")))
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match rest {
            [b'%', high, low, ..] => std::str::from_utf8(&[*high, *low])
                .ok()
                .and_then(|digits| u8::from_str_radix(digits, 16).ok()),
            _ => None,
        };
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &rest[3..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The sentence of a refusal, data or page, that speaks of the address that the request came from.
fn about_addresses(body: &[u8]) -> Option<String> {
    const LONGEST: usize = 64 * 1024;
    let text = String::from_utf8_lossy(&body[..body.len().min(LONGEST)]).into_owned();
    let speaks = |part: &&str| {
        let part = part.to_lowercase();
        let refuses = ["allow", "permit", "reject", "block"].iter().any(|word| part.contains(word));
        part.contains("ip address") && refuses
    };
    text.split(['<', '>', '"']).find(speaks).map(bounded)
}

/// Some proxies drop the content type of a JSON body.
fn body_is_json(body: &[u8]) -> bool {
    matches!(body.iter().find(|byte| !byte.is_ascii_whitespace()), Some(b'{' | b'['))
}

fn bounded(text: &str) -> String {
    weir_http::snippet(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_known_in_the_spelling_of_a_header() {
        assert!(names("712020:ab-1", "712020:ab-1") && names("712020%3Aab-1", "712020:ab-1"));
        assert!(!names("712020%3Aab-2", "712020:ab-1"));
        assert!(
            names("J%C3%B6rg", "jörg")
                && names("50%", "50%")
                && names("john+doe", "john doe")
                && !names("j%C3", "j")
        );
    }

    #[test]
    fn a_refusal_of_our_address_is_told_from_others() {
        let data = br#"{"errorMessages":["The IP address 203.0.113.7 has been rejected because it is not on the allowlist."]}"#;
        let said = about_addresses(data).unwrap();
        assert_eq!(said, "The IP address 203.0.113.7 has been rejected because it is not on the allowlist.");
        let page = b"<html><title>x</title><p>Your IP address is not permitted here</p></html>";
        assert_eq!(about_addresses(page).unwrap(), "Your IP address is not permitted here");
        assert_eq!(about_addresses(br#"{"errorMessages":["You do not have permission"]}"#), None);
    }
}
