//! The end of a session at the provider: OpenID Connect Back-Channel Logout 1.0, section 2.6.

use super::{Provider, token::Common};
use jsonwebtoken::Header;
use serde::Deserialize;
use std::collections::BTreeMap;
use weir_model::{Identity, Message, Millis};

/// How old a request to sign out may be.
const FRESH_S: f64 = 300.0;

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

#[derive(Debug, Deserialize)]
struct Claims {
    #[serde(flatten)]
    common: Common,
    sub: Option<String>,
    sid: Option<String>,
    #[serde(default)]
    events: BTreeMap<String, serde_json::Value>,
    nonce: Option<serde_json::Value>,
}

/// Whose sessions end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Ended {
    pub(crate) identity: Option<Identity>,
    pub(crate) sid: Option<String>,
}

impl Provider {
    /// Proves that the provider wants sessions to end.
    ///
    /// # Errors
    /// `sign_in.provider` with what does not fit; `sign_in.provider_away` when its keys cannot be had.
    pub(crate) async fn ended(&self, token: &str, now: Millis) -> Result<Ended, Message> {
        let (_, claims): (Header, Claims) = self.signed(token, now).await?;
        self.common(&claims.common, now)?;
        let is_fresh = claims.common.iat.is_some_and(|iat| now.0 as f64 / 1_000.0 - iat < FRESH_S);
        // An ID token is none: it has a nonce, and no such event.
        if !is_fresh || claims.nonce.is_some() || !claims.events.contains_key(EVENT) {
            return Err(self.refused("Its token does not say that somebody is to be signed out now"));
        }
        let sid = claims.sid.filter(|sid| !sid.is_empty());
        if claims.sub.is_none() && sid.is_none() {
            return Err(self.refused("Its token does not say who is to be signed out"));
        }
        let identity = claims.sub.map(|subject| Identity { issuer: claims.common.iss, subject });
        Ok(Ended { identity, sid })
    }
}
