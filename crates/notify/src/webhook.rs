//! A digest as a webhook: JSON by `POST`, signed as Standard Webhooks has it, through the client of `weir-http`.

use crate::{Digest, Outcome, WebhookSecret, outcome::said};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use weir_http::{
    AddressPolicy, Client, ClientConfig, HeaderName, HeaderValue, HttpError, Idempotent, Opened, Request,
    StatusCode, Url,
};
use weir_model::{Clock, Entropy, Millis};

/// Longest time that the other side has for one attempt.
const PATIENCE: Duration = Duration::from_secs(15);

/// Attempts at once, a few seconds apart; later ones are those of whoever asks for them.
const ATTEMPTS: u32 = 3;

/// Largest answer that is read.
const LARGEST: usize = 64 * 1024;

/// Why no webhooks can be sent.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct WebhooksError(String);

/// The client that webhooks leave through.
#[derive(Clone, Debug)]
pub struct Webhooks(Client);

/// A message to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Post<'a> {
    /// Where to.
    pub url: &'a Url,
    /// What it is signed with. Without a signature it has no id either, so that it is not repeated where the other side may have it.
    pub secret: Option<&'a WebhookSecret>,
    /// Its id: the same message has the same one, by which the other side knows it again.
    pub id: &'a str,
    /// When it is sent.
    pub at: Millis,
    /// Its body.
    pub body: &'a str,
}

/// The address of a webhook: public and over https, or opened by the operator. What a name leads to is seen when it is sent.
///
/// # Errors
/// Why it cannot be one, as a sentence without its full stop.
pub fn target(text: &str, opened: &[Opened]) -> Result<Url, WebhooksError> {
    let bad = |detail: String| WebhooksError(detail);
    let url: Url = text
        .trim()
        .parse()
        .map_err(|_| bad("It is not an address such as https://hooks.example/weir".into()))?;
    if !matches!(url.scheme(), "https" | "http") || !url.has_host() {
        return Err(bad("It must begin with https:// and name a host".into()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("It must not hold a user or a password; the signature proves who sends".into()));
    }
    let policy = AddressPolicy::PublicOnly { allowed: opened.to_vec() };
    let literal = url.host_str().map(|host| host.trim_start_matches('[').trim_end_matches(']'));
    let port = url.port_or_known_default().unwrap_or_default();
    let is_opened = literal.is_some_and(|host| policy.is_opened(host, port));
    if let Some(Ok(address)) = literal.map(str::parse::<std::net::IpAddr>) {
        if !is_opened && !policy.permits(address) {
            return Err(bad(format!(
                "{address} is not a public address; whoever runs this server can open it with --allow-address"
            )));
        }
        if url.scheme() == "http" && !is_opened && !policy.permits_plain_http(address) {
            return Err(bad("It must begin with https://".into()));
        }
    } else if url.scheme() == "http"
        && !is_opened
        && !opened.iter().any(|one| matches!(one, Opened::Range(_)))
    {
        return Err(bad("It must begin with https://".into()));
    }
    Ok(url)
}

/// The body that tells a digest.
pub fn document(digest: &Digest, at: Millis) -> String {
    json!({ "type": "hygiene.digest", "timestamp": at.rfc3339(), "data": digest }).to_string()
}

impl Webhooks {
    /// A client that leads to public addresses and to those that the operator opened.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(
        opened: &[Opened],
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, WebhooksError> {
        let random = Arc::new(move || {
            let mut bytes = [0_u8; 4];
            entropy.fill(&mut bytes);
            f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
        });
        let agent = concat!("weir/", env!("CARGO_PKG_VERSION"));
        let mut config = ClientConfig::new(agent, Arc::new(move || clock.now().0), random);
        config.max_body = LARGEST;
        config.address_policy = AddressPolicy::PublicOnly { allowed: opened.to_vec() };
        Client::new(config).map(Self).map_err(|error| WebhooksError(error.to_string()))
    }

    /// Sends a message. A signed one may arrive twice, and then has the same id.
    pub async fn send(&self, post: &Post<'_>) -> Outcome {
        let seconds = post.at.0.div_euclid(1_000);
        let headers = post.secret.map(|secret| {
            [
                ("webhook-id", post.id.to_owned()),
                ("webhook-timestamp", seconds.to_string()),
                ("webhook-signature", secret.sign(post.id, seconds, post.body)),
            ]
        });
        let mut request = Request::post(post.url.clone(), "webhook")
            .json_body(post.body.to_owned())
            .idempotent(if headers.is_some() { Idempotent::Yes } else { Idempotent::No })
            .attempts(ATTEMPTS)
            .timeout(PATIENCE);
        for (name, value) in headers.into_iter().flatten() {
            let Ok(value) = HeaderValue::try_from(value) else {
                return Outcome::Refused(format!("the header {name} cannot be written"));
            };
            request = request.header(HeaderName::from_static(name), value);
        }
        match self.0.send(request).await {
            Ok(response) => judged(response.status),
            Err(error) if error.is_transient() => Outcome::Later(said(&error)),
            Err(error @ HttpError::AddressBlocked { .. }) => Outcome::Refused(format!(
                "{}; whoever runs this server can open it with --allow-address",
                said(&error)
            )),
            Err(error) => Outcome::Refused(said(&error)),
        }
    }
}

/// What an answer means. Whoever answers 410 wants no more at all, which is for a person to see to.
fn judged(status: StatusCode) -> Outcome {
    let answered = format!("It was answered with {}", status.as_u16());
    match status.as_u16() {
        200..=299 => Outcome::Sent,
        408 | 425 | 429 | 500..=599 => Outcome::Later(answered),
        _ => Outcome::Refused(answered),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::samples::digest;

    #[test]
    fn a_webhook_leads_to_a_public_address_or_an_opened_one() {
        let opened: Vec<Opened> = vec!["127.0.0.0/8".parse().unwrap(), "inside.example".parse().unwrap()];
        for good in [
            "https://hooks.example/a?b=c",
            "http://127.0.0.1:9/x",
            "http://inside.example/x",
            "https://8.8.8.8/",
        ] {
            assert!(target(good, &opened).is_ok(), "{good}");
        }
        assert!(target("http://hooks.example/", &[]).is_err());
        for bad in [
            "",
            "hooks.example",
            "ftp://hooks.example",
            "https://10.0.0.1/",
            "http://8.8.8.8/",
            "https://u:p@hooks.example/",
            "https://[::1]/",
        ] {
            assert!(target(bad, &opened).is_err(), "{bad}");
        }
    }

    #[test]
    fn one_port_of_a_host_or_of_an_address_is_opened_and_no_other() {
        let opened: Vec<Opened> =
            vec!["127.0.0.1:9443".parse().unwrap(), "inside.example:9443".parse().unwrap()];
        for host in ["127.0.0.1", "inside.example"] {
            assert!(target(&format!("http://{host}:9443/x"), &opened).is_ok(), "{host}");
            assert!(target(&format!("http://{host}:9444/x"), &opened).is_err(), "{host}");
        }
        assert!(target("https://127.0.0.1:9443/x", &opened).is_ok());
        assert!(target("https://127.0.0.1:9444/x", &opened).is_err());
    }

    #[test]
    fn the_status_says_whether_it_is_worth_another_try() {
        let of = |status: u16| judged(StatusCode::from_u16(status).unwrap());
        assert_eq!(of(204), Outcome::Sent);
        assert!([408, 425, 429, 503].map(of).iter().all(|one| matches!(one, Outcome::Later(_))));
        assert!([301, 400, 404, 410].map(of).iter().all(|one| matches!(one, Outcome::Refused(_))));
    }

    #[test]
    fn a_document_has_the_digest_and_nothing_of_its_wording() {
        let text = document(&digest(), Millis(1_772_600_767_123));
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["type"], "hygiene.digest");
        assert_eq!(document["timestamp"], "2026-03-04T05:06:07.123Z");
        assert_eq!(document["data"]["items"][0]["misses"][0]["rule"], "no_due_date");
        assert!(document["data"].get("window").is_none());
    }
}
