//! What a provider says of itself: where things are, and its keys. Both are kept for a while; keys are asked for again when a
//! token names one that is not known, but not more often than once in a minute, so that nobody has us ask all day.

use super::{Provider, is_trusted};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use serde::{Deserialize, Deserializer, de::Error};
use std::{sync::Arc, time::Duration};
use url::Url;
use weir_http::Request;
use weir_model::{Message, Millis};

/// How long what a provider said is believed.
const BELIEVED_MS: i64 = 60 * 60 * 1_000;

/// How long keys are not asked for again, whatever tokens name.
const QUIET_MS: i64 = 60 * 1_000;

/// How long a provider may take for an answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(8);

/// What a provider is known to have.
#[derive(Debug)]
pub(crate) struct Known {
    pub(super) document: Document,
    pub(super) keys: Vec<Jwk>,
    at: Millis,
    keys_at: Millis,
}

/// OpenID Connect Discovery 1.0, section 3: what we use of it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Document {
    issuer: String,
    #[serde(deserialize_with = "address")]
    pub(super) authorization_endpoint: Url,
    #[serde(deserialize_with = "address")]
    pub(super) token_endpoint: Url,
    #[serde(deserialize_with = "address")]
    jwks_uri: Url,
    #[serde(default, deserialize_with = "maybe_address")]
    pub(super) end_session_endpoint: Option<Url>,
    #[serde(default)]
    pub(super) token_endpoint_auth_methods_supported: Vec<String>,
}

fn address<'de, D: Deserializer<'de>>(text: D) -> Result<Url, D::Error> {
    String::deserialize(text)?.parse().map_err(Error::custom)
}

fn maybe_address<'de, D: Deserializer<'de>>(text: D) -> Result<Option<Url>, D::Error> {
    Option::<String>::deserialize(text)?.map(|text| text.parse().map_err(Error::custom)).transpose()
}

impl Provider {
    /// What is known, asked for anew where it is old.
    ///
    /// # Errors
    /// `sign_in.provider_away`, `sign_in.provider`.
    pub(crate) async fn known(&self, now: Millis) -> Result<Arc<Known>, Message> {
        let mut known = self.known.lock().await;
        if let Some(known) = known.as_ref().filter(|known| now.since(known.at) < BELIEVED_MS) {
            return Ok(Arc::clone(known));
        }
        let address =
            format!("{}/.well-known/openid-configuration", self.settings.issuer.trim_end_matches('/'));
        let address: Url = address.parse().map_err(|_| self.refused("Its issuer is no address"))?;
        let document: Document = self.json(address).await?;
        if document.issuer != self.settings.issuer {
            return Err(self.refused("Its configuration names another issuer than the one that was set"));
        }
        let endpoints = [&document.authorization_endpoint, &document.token_endpoint, &document.jwks_uri];
        if !endpoints.into_iter().chain(&document.end_session_endpoint).all(is_trusted) {
            return Err(self.refused("Its configuration names an address without TLS"));
        }
        let keys = self.keys_at(&document).await?;
        let fresh = Arc::new(Known { document, keys, at: now, keys_at: now });
        Ok(Arc::clone(known.insert(fresh)))
    }

    /// The same with keys that were asked for again, unless that was just done.
    pub(super) async fn with_fresh_keys(&self, old: &Known, now: Millis) -> Result<Arc<Known>, Message> {
        let mut known = self.known.lock().await;
        let newest = known.as_ref().map_or(old.keys_at, |known| known.keys_at);
        if let Some(known) = known.as_ref().filter(|_| now.since(newest) < QUIET_MS) {
            return Ok(Arc::clone(known));
        }
        let keys = self.keys_at(&old.document).await?;
        let fresh = Arc::new(Known { document: old.document.clone(), keys, at: old.at, keys_at: now });
        Ok(Arc::clone(known.insert(fresh)))
    }

    /// Keys that can prove something; one that cannot be read keeps nobody from using the others.
    async fn keys_at(&self, document: &Document) -> Result<Vec<Jwk>, Message> {
        #[derive(Deserialize)]
        struct Listed {
            keys: Vec<serde_json::Value>,
        }
        let listed: Listed = self.json(document.jwks_uri.clone()).await?;
        let keys = listed.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect();
        Ok(JwkSet { keys }.keys)
    }

    async fn json<T: serde::de::DeserializeOwned>(&self, address: Url) -> Result<T, Message> {
        let request = Request::get(address, "sign-in").expect_json().attempts(1).timeout(PATIENCE);
        let response = self.client.send(request).await.map_err(|error| self.unreachable(&error))?;
        if response.status.as_u16() != 200 {
            return Err(self.refused(format!("It answered with HTTP {}", response.status.as_u16())));
        }
        serde_json::from_slice(&response.body)
            .map_err(|_| self.refused("Its configuration or its keys cannot be read"))
    }
}
