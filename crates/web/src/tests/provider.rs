//! An identity provider that says what a test wants, with keys of its own.

use axum::{
    Form, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rcgen::{KeyPair, PublicKeyData as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tokio::net::TcpListener;
use weir_http::Secret;

use crate::auth::oidc::ProviderSettings;

pub(crate) const CLIENT: &str = "weir here";
pub(crate) const SECRET: &str = "s3cr:t/+ä";

/// A provider that runs as long as the test does.
#[derive(Clone)]
pub(crate) struct Stub(Arc<Mutex<Inner>>);

struct Inner {
    issuer: String,
    /// Keys by their name; the last one signs.
    keys: Vec<(String, KeyPair)>,
    /// What is in the configuration in place of what should be.
    configuration: Value,
    /// The token that is given for the next code, and the challenge that its verifier must fit.
    granted: Option<(String, String)>,
    /// How often keys were asked for.
    asked_for_keys: usize,
}

impl Stub {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let inner =
            Inner { issuer, keys: vec![], configuration: json!({}), granted: None, asked_for_keys: 0 };
        let stub = Self(Arc::new(Mutex::new(inner)));
        stub.rotate("one");
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(configuration))
            .route("/jwks", get(keys))
            .route("/token", post(token))
            .with_state(stub.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        stub
    }

    fn with<T>(&self, look: impl FnOnce(&mut Inner) -> T) -> T {
        look(&mut self.0.lock().expect("nobody broke"))
    }

    pub(crate) fn settings(&self) -> ProviderSettings {
        ProviderSettings {
            issuer: self.issuer(),
            client_id: CLIENT.into(),
            client_secret: Some(Secret::from(SECRET.to_owned())),
            name: "Acme Login".into(),
            ca_pem: None,
            scope: None,
            groups_claim: "groups".into(),
            groups: vec![],
        }
    }

    pub(crate) fn issuer(&self) -> String {
        self.with(|inner| inner.issuer.clone())
    }

    /// From now on there is another key, and no other.
    pub(crate) fn rotate(&self, name: &str) {
        let key = KeyPair::generate().expect("a key");
        self.with(|inner| inner.keys = vec![(name.to_owned(), key)]);
    }

    /// Says something else in its configuration.
    pub(crate) fn configure(&self, instead: Value) {
        self.with(|inner| inner.configuration = instead);
    }

    /// The public half of the key that signs.
    pub(crate) fn public(&self) -> Vec<u8> {
        self.with(|inner| inner.keys[0].1.der_bytes().to_vec())
    }

    pub(crate) fn asked_for_keys(&self) -> usize {
        self.with(|inner| inner.asked_for_keys)
    }

    /// What the next code is good for.
    pub(crate) fn grant(&self, token: String, challenge: &str) {
        self.with(|inner| inner.granted = Some((token, challenge.to_owned())));
    }

    /// The header of its tokens.
    pub(crate) fn header(&self) -> Header {
        let kid = self.with(|inner| inner.keys[0].0.clone());
        Header { kid: Some(kid), ..Header::new(Algorithm::ES256) }
    }

    /// Signs claims.
    pub(crate) fn signed(&self, claims: &Value) -> String {
        self.signed_with(&self.header(), claims)
    }

    pub(crate) fn signed_with(&self, header: &Header, claims: &Value) -> String {
        let key = self.with(|inner| inner.keys[0].1.serialize_der());
        encode(header, claims, &EncodingKey::from_ec_der(&key)).expect("it signs")
    }
}

/// The parts of a token that nobody signed, or somebody else.
pub(crate) fn assembled(header: &Value, claims: &Value, signature: &str) -> String {
    let part = |value: &Value| BASE64.encode(value.to_string());
    format!("{}.{}.{signature}", part(header), part(claims))
}

async fn configuration(State(stub): State<Stub>) -> String {
    let issuer = stub.issuer();
    let mut document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize?tenant=1"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "end_session_endpoint": format!("{issuer}/logout"),
    });
    stub.with(|inner| {
        for (name, value) in inner.configuration.as_object().expect("an object") {
            document[name] = value.clone();
        }
    });
    document.to_string()
}

async fn keys(State(stub): State<Stub>) -> String {
    stub.with(|inner| {
        inner.asked_for_keys += 1;
        let key = |(name, key): &(String, KeyPair)| {
            let point = key.der_bytes();
            let (x, y) = (BASE64.encode(&point[1..33]), BASE64.encode(&point[33..65]));
            json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": name, "use": "sig", "alg": "ES256" })
        };
        let mut keys: Vec<Value> = inner.keys.iter().map(key).collect();
        // Others are passed over: one that encrypts, and one that nobody can read.
        keys.push(json!({ "kty": "oct", "k": "AAAA", "kid": "secret" }));
        keys.push(json!({ "kty": "unheard of" }));
        json!({ "keys": keys }).to_string()
    })
}

async fn token(
    State(stub): State<Stub>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> (StatusCode, String) {
    let refused = |error: &str| (StatusCode::BAD_REQUEST, json!({ "error": error }).to_string());
    let basic = base64::engine::general_purpose::STANDARD.encode("weir+here:s3cr%3At%2F%2B%C3%A4");
    if headers.get("authorization").and_then(|value| value.to_str().ok()) != Some(&format!("Basic {basic}")) {
        return refused("invalid_client");
    }
    let Some((token, challenge)) = stub.with(|inner| inner.granted.take()) else {
        return refused("invalid_grant");
    };
    let verifier = form.get("code_verifier").cloned().unwrap_or_default();
    let proves = BASE64.encode(Sha256::digest(verifier.as_bytes())) == challenge;
    if !proves || form.get("code").map(String::as_str) != Some("the code") {
        return refused("invalid_grant");
    }
    (StatusCode::OK, json!({ "access_token": "a", "token_type": "Bearer", "id_token": token }).to_string())
}
