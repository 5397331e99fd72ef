//! What a signed token of a provider proves: OpenID Connect Core 1.0, section 3.1.3.7.

use super::Provider;
use crate::auth::digest::same;
use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, Header, Validation, decode, decode_header,
    jwk::{AlgorithmParameters, Jwk, PublicKeyUse},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use std::collections::HashMap;
use weir_model::{Identity, Message, Millis};

/// How far a provider's clock may be from ours.
const SKEW_S: i64 = 60;

/// Longest token.
const LONGEST: usize = 64 * 1024;

/// What may prove a token: signatures with a key whose other half nobody else has. Never "none", and never a secret that could
/// be mistaken for one of these keys.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// Who somebody is, as an ID token that was proved has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Proved {
    pub(crate) identity: Identity,
    /// What the provider calls its own session.
    pub(crate) sid: Option<String>,
    /// The groups that they are in.
    pub(crate) groups: Groups,
}

/// The groups that somebody is in, as the token says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Groups(Vec<String>);

impl Groups {
    /// A list of names, or one name; whatever else stands there names none.
    fn of(claim: Option<&Value>) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Self(match claim {
            Some(Value::Array(all)) => all.iter().filter_map(text).collect(),
            Some(one) => text(one).into_iter().collect(),
            None => vec![],
        })
    }

    pub(crate) fn has(&self, group: &str) -> bool {
        self.0.iter().any(|one| one == group)
    }
}

/// Claims that every token of a provider has.
#[derive(Debug, Deserialize)]
pub(super) struct Common {
    pub(super) iss: String,
    pub(super) aud: Audience,
    pub(super) exp: Option<f64>,
    pub(super) iat: Option<f64>,
    nbf: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Audience {
    One(String),
    Many(Vec<String>),
}

#[derive(Debug, Deserialize)]
struct Claims {
    #[serde(flatten)]
    common: Common,
    sub: String,
    azp: Option<String>,
    nonce: Option<String>,
    sid: Option<String>,
    #[serde(flatten)]
    rest: HashMap<String, Value>,
}

impl Provider {
    /// Proves an ID token, and that it is the one that was asked for.
    ///
    /// # Errors
    /// `sign_in.provider` with what does not fit; `sign_in.provider_away` when its keys cannot be had.
    pub(crate) async fn proved(&self, token: &str, nonce: &str, now: Millis) -> Result<Proved, Message> {
        let (header, claims): (Header, Claims) = self.signed(token, now).await?;
        if header.typ.as_deref().is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT")) {
            return Err(self.refused("Its token is of another kind"));
        }
        self.common(&claims.common, now)?;
        if claims.common.exp.is_none() || claims.common.iat.is_none() {
            return Err(self.refused("Its token does not say when it was made and when it ends"));
        }
        let several = matches!(&claims.common.aud, Audience::Many(all) if all.len() > 1);
        match &claims.azp {
            Some(azp) if *azp != self.settings.client_id => {
                return Err(self.refused("Its token was made for another program"));
            }
            None if several => {
                return Err(self.refused("Its token does not say which program it was made for"));
            }
            _ => {}
        }
        if !claims.nonce.is_some_and(|found| same(found.as_bytes(), nonce.as_bytes())) {
            return Err(self.refused("Its token belongs to another attempt to sign in"));
        }
        let identity = crate::people::linked(&claims.common.iss, &claims.sub)
            .map_err(|_| self.refused("Its token does not say who somebody is"))?;
        let groups = Groups::of(claims.rest.get(&self.settings.groups_claim));
        Ok(Proved { identity, sid: claims.sid, groups })
    }

    /// Issuer, audience and times.
    pub(super) fn common(&self, claims: &Common, now: Millis) -> Result<(), Message> {
        let now = now.0 as f64 / 1_000.0;
        let skew = SKEW_S as f64;
        if claims.iss != self.settings.issuer {
            return Err(self.refused("Its token is of another issuer"));
        }
        let ours = |one: &String| *one == self.settings.client_id;
        let is_ours = match &claims.aud {
            Audience::One(one) => ours(one),
            Audience::Many(all) => all.iter().any(ours),
        };
        if !is_ours {
            return Err(self.refused("Its token is for another program"));
        }
        if claims.exp.is_some_and(|exp| now >= exp + skew) {
            return Err(self.refused("Its token has run out; compare the clocks of both machines"));
        }
        if claims.iat.into_iter().chain(claims.nbf).any(|begins| begins > now + skew) {
            return Err(self.refused("Its token is of a time to come; compare the clocks of both machines"));
        }
        Ok(())
    }

    /// What a token says, once its signature is proved. Keys that are not known are asked for.
    pub(super) async fn signed<T: DeserializeOwned>(
        &self,
        token: &str,
        now: Millis,
    ) -> Result<(Header, T), Message> {
        let unreadable =
            || self.refused("Its token cannot be read, or is signed in a way that proves nothing");
        if token.len() > LONGEST {
            return Err(unreadable());
        }
        let header = decode_header(token).map_err(|_| unreadable())?;
        if !ALGORITHMS.contains(&header.alg) || header.crit.is_some() || header.enc.is_some() {
            return Err(unreadable());
        }
        let mut known = self.known(now).await?;
        if chosen(&known.keys, &header).is_none() {
            known = self.with_fresh_keys(&known, now).await?;
        }
        let Some(key) = chosen(&known.keys, &header) else {
            return Err(self.refused("Its token is signed with a key that it does not have"));
        };
        let key = DecodingKey::from_jwk(key).map_err(|_| unreadable())?;
        let mut validation = Validation::new(header.alg);
        // The library would take the machine's clock, and we look at these ourselves.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let data = decode(token, &key, &validation).map_err(|_| {
            self.refused("The signature of its token does not fit, or the token cannot be read")
        })?;
        Ok((data.header, data.claims))
    }
}

/// The one key that a header names, of the family of its algorithm.
fn chosen<'a>(keys: &'a [Jwk], header: &Header) -> Option<&'a Jwk> {
    let fits = |key: &&Jwk| {
        let family = match key.algorithm {
            AlgorithmParameters::RSA(_) => AlgorithmFamily::Rsa,
            AlgorithmParameters::EllipticCurve(_) => AlgorithmFamily::Ec,
            AlgorithmParameters::OctetKeyPair(_) => AlgorithmFamily::Ed,
            _ => return false,
        };
        let signs = matches!(key.common.public_key_use, None | Some(PublicKeyUse::Signature));
        let named = match (&header.kid, &key.common.key_id) {
            (Some(wanted), Some(found)) => wanted == found,
            (Some(_), None) => false,
            (None, _) => true,
        };
        let meant =
            key.common.key_algorithm.is_none_or(|meant| meant.to_string() == format!("{:?}", header.alg));
        family == header.alg.family() && signs && named && meant
    };
    let mut fitting = keys.iter().filter(fits);
    match (fitting.next(), fitting.next()) {
        (Some(key), None) => Some(key),
        // Which of several it is must be said.
        _ => None,
    }
}
