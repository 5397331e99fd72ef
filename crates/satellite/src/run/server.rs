//! The server, as a satellite asks it.

use crate::config;
use serde::{Serialize, de::DeserializeOwned};
use std::{sync::Arc, time::Duration};
use weir_http::{
    Auth, Client, ClientConfig, ConfigError, HeaderValue, HttpError, Idempotent, ProxySetting, Request,
    Response, Secret, Url, header,
};
use weir_model::{FeedFault, Message, Millis, SatelliteFault};
use weir_source::{
    Environment,
    errand::{Beat, BeatReply, Order, Outcome, Reply, Said, Sign},
};

/// How long an answer may take besides what is waited for there.
const ANSWER: Duration = Duration::from_secs(30);

/// How long the answer to a report may take: who waits longer is late when the server is back.
const ANSWER_TO_BEAT: Duration = Duration::from_secs(12);

/// The server that a satellite belongs to.
#[derive(Clone, Debug)]
pub(super) struct Server {
    client: Client,
    base: Url,
    key: Secret,
}

/// What a server answers to a report, and its time, where it tells that.
pub(super) type Heard = (BeatReply, Option<Millis>);

/// Which errand: its number, and how often it was handed out.
pub(super) type Turn = (i64, i64);

/// Which parcel: of an errand, handed out for the so manieth time, the so manieth.
pub(super) type Number = (i64, i64, i64);

impl Server {
    pub(super) fn new(server: &config::Server, environment: &Environment) -> Result<Self, Message> {
        let (clock, entropy) = (environment.clock.clone(), environment.entropy.clone());
        let random = Arc::new(move || {
            let mut bytes = [0_u8; 4];
            entropy.fill(&mut bytes);
            f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
        });
        let mut config = ClientConfig::new(
            concat!("weir-satellite/", env!("CARGO_PKG_VERSION")),
            Arc::new(move || clock.now().0),
            random,
        );
        config.ca_pem = server.ca_pem.as_ref().map(|pem| pem.clone().into_bytes());
        if let Some(proxy) = &server.proxy {
            config.proxy = ProxySetting::Explicit(proxy.address.clone());
        }
        let client = Client::new(config).map_err(|error| match error {
            ConfigError::BadProxy(detail) => Message::InputBad { flag: "satellite.proxy".to_owned(), detail },
            other => Message::from(SatelliteFault::Certificates {
                key: "ca_file".to_owned(),
                detail: other.to_string(),
            }),
        })?;
        let mut base = server.url.clone();
        if base.path().trim_end_matches('/').ends_with("/sei/api") {
            // The address of a Harness in published files: Weir is asked at the root of its host.
            base.set_path("/");
        }
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        Ok(Self { client, base, key: server.api_key.clone() })
    }

    /// Its address, to be shown.
    pub(super) fn shown(&self) -> String {
        weir_http::mask_url(self.base.as_str())
    }

    /// Reports.
    pub(super) async fn beat(&self, beat: &Beat) -> Result<Heard, Message> {
        let request = Request::post(self.at("beat")?, "server").json_body(json(beat)?);
        let response = self.send(request.idempotent(Idempotent::Yes), ANSWER_TO_BEAT).await?;
        Ok((self.read(&response)?, response.server_date().map(Millis)))
    }

    /// Takes an errand, waiting for one.
    pub(super) async fn take(&self, id: &str, waits: Duration) -> Result<Option<Order>, Message> {
        let body = json(&serde_json::json!({ "satellite": id, "waits_ms": waits.as_millis() as u64 }))?;
        let response = self.post("errands/take", body, waits).await?;
        if response.status.as_u16() == 204 { Ok(None) } else { self.read(&response).map(Some) }
    }

    /// Hands a parcel in, as it was packed; nothing where it is not answered yet.
    pub(super) async fn parcel(
        &self,
        id: &str,
        (errand, turn, seq): Number,
        packed: Vec<u8>,
        waits: Duration,
    ) -> Result<Option<Reply>, Message> {
        let path = format!(
            "errands/{errand}/turns/{turn}/parcels/{seq}?satellite={id}&waits_ms={}",
            waits.as_millis()
        );
        let gzip = HeaderValue::from_static("gzip");
        let request = Request::post(self.at(&path)?, "parcels")
            .idempotent(Idempotent::Yes)
            .body(packed, "application/json")
            .header(header::CONTENT_ENCODING, gzip);
        let response = self.send(request, ANSWER + waits).await?;
        if response.status.as_u16() == 202 { Ok(None) } else { self.read(&response).map(Some) }
    }

    /// Tells how far an errand has come.
    pub(super) async fn sign(
        &self,
        id: &str,
        (errand, turn): (i64, i64),
        sign: &Sign,
    ) -> Result<(), Message> {
        let path = format!("errands/{errand}/turns/{turn}/sign?satellite={id}");
        self.post(&path, json(sign)?, Duration::ZERO).await.map(drop)
    }

    /// Tells what came of an errand.
    pub(super) async fn end(
        &self,
        id: &str,
        (errand, turn): (i64, i64),
        outcome: &Outcome,
    ) -> Result<(), Message> {
        let path = format!("errands/{errand}/turns/{turn}/end?satellite={id}");
        self.post(&path, json(outcome)?, Duration::ZERO).await.map(drop)
    }

    /// Asks something else of the server; `None` for a 204.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        waits: Duration,
    ) -> Result<T, Message> {
        let response = self.post(path, json(body)?, waits).await?;
        self.read(&response)
    }

    async fn post(&self, path: &str, body: Vec<u8>, waits: Duration) -> Result<Response, Message> {
        // Each of these may be said twice.
        let request = Request::post(self.at(path)?, "server").json_body(body).idempotent(Idempotent::Yes);
        self.send(request, ANSWER + waits).await
    }

    async fn send(&self, request: Request, at_most: Duration) -> Result<Response, Message> {
        let request = request.auth(Auth::Bearer(self.key.clone())).timeout(at_most).attempts(1);
        let response = self.client.send(request).await.map_err(|error| self.away(&error))?;
        match response.status.as_u16() {
            200..=299 => Ok(response),
            status => Err(refusal(status, &response.body, || self.shown())),
        }
    }

    fn at(&self, path: &str) -> Result<Url, Message> {
        self.base
            .join(&format!("satellite/v1/{path}"))
            .map_err(|error| Message::Bug { detail: format!("{path} is no path: {error}") })
    }

    fn read<T: DeserializeOwned>(&self, response: &Response) -> Result<T, Message> {
        let not_weir = || Message::from(FeedFault::NotWeir { url: self.shown() });
        serde_json::from_slice(&response.body).map_err(|_| not_weir())
    }

    fn away(&self, error: &HttpError) -> Message {
        FeedFault::Server { url: self.shown(), detail: error.to_string() }.into()
    }
}

/// What the server says in a refusal; what says nothing that we understand is no Weir, or something before it.
fn refusal(status: u16, body: &[u8], shown: impl FnOnce() -> String) -> Message {
    #[derive(serde::Deserialize)]
    struct Refusal {
        said: Said,
    }
    if status == 401 {
        return FeedFault::Key {}.into();
    }
    match (serde_json::from_slice::<Refusal>(body), status) {
        (Ok(refusal), _) => refusal.said.message(),
        // The guard lets no other keys in.
        (Err(_), 403) => FeedFault::Key {}.into(),
        (Err(_), 413) => FeedFault::TooLarge { url: shown() }.into(),
        (Err(_), _) => FeedFault::NotWeir { url: shown() }.into(),
    }
}

/// Whether it makes no sense to ask again.
pub(super) fn is_final(message: &Message) -> bool {
    matches!(
        message,
        Message::FeedFault(FeedFault::Revoked { .. } | FeedFault::Tenant { .. } | FeedFault::Protocol { .. })
    )
}

/// Whether the server could not be asked at all.
pub(super) fn is_away(message: &Message) -> bool {
    matches!(message, Message::FeedFault(FeedFault::Server { .. }))
}

/// Whether the errand is somebody else's, or nobody's, by now.
pub(super) fn is_gone(message: &Message) -> bool {
    matches!(message, Message::FeedFault(FeedFault::Gone {})) || is_final(message)
}

fn json(of: &impl Serialize) -> Result<Vec<u8>, Message> {
    serde_json::to_vec(of)
        .map_err(|error| Message::Bug { detail: format!("there is no JSON of it: {error}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_in_the_words_of_whoever_refuses() {
        let refused = |status, body: &[u8]| refusal(status, body, || "https://weir.example".to_owned()).id();
        let said = serde_json::json!({ "said": Said::of(&FeedFault::Gone {}.into()) }).to_string();
        assert_eq!(refused(409, said.as_bytes()), "satellite.gone");
        assert_eq!(refused(401, b""), "satellite.key");
        assert_eq!(refused(413, b"<html>Request Entity Too Large</html>"), "satellite.too_large");
        assert_eq!(refused(404, b"<html>Not Found</html>"), "satellite.not_weir");
    }
}
