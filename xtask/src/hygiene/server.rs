//! Questions to a served Weir, with a key for everything.

use crate::http::Connection;
use crate::served::Served;
use crate::weir::{INTEGRATION, Weir};
use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::{Method, Request};
use serde_json::Value;

/// A server over a store that was filled, and how to talk to it.
#[derive(Debug)]
pub(super) struct Server {
    served: Served,
    connection: Connection,
    secret: String,
}

/// Parameters of a request.
pub(super) type Parameters = Vec<(&'static str, String)>;

impl Server {
    pub(super) async fn start(weir: &Weir) -> Result<Self> {
        let key = ["api-key", "create", "--scope", "admin", "--name", "hygiene", "--format", "json"];
        let key: Value = serde_json::from_str(&weir.answer(&key).await?)?;
        let secret = key.get("secret").and_then(Value::as_str).context("a key without a secret")?.to_owned();
        let served = Served::start(weir, &["--api-rate", "1000000"]).await?;
        let connection = Connection::open(served.url()).await?;
        Ok(Self { served, connection, secret })
    }

    /// What hygiene answers at a path below that of the integration.
    pub(super) async fn get(&mut self, path: &str, parameters: &Parameters) -> Result<Value> {
        let query: Vec<String> =
            parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let said = self.asked(Method::GET, &format!("{path}?{}", query.join("&")), Bytes::new()).await?;
        serde_json::from_slice(&said).with_context(|| path.to_owned())
    }

    /// What becomes of something that is sent there.
    pub(super) async fn post(&mut self, path: &str, body: &Value) -> Result<Value> {
        let said = self.asked(Method::POST, path, Bytes::from(body.to_string())).await?;
        serde_json::from_slice(&said).with_context(|| path.to_owned())
    }

    pub(super) async fn delete(&mut self, path: &str) -> Result<()> {
        self.asked(Method::DELETE, path, Bytes::new()).await.map(drop)
    }

    async fn asked(&mut self, method: Method, path: &str, body: Bytes) -> Result<Bytes> {
        let path = format!("/api/v1/integrations/{INTEGRATION}/hygiene/{path}");
        let mut request = Request::builder().method(method).uri(&path);
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let request =
            request.header(AUTHORIZATION, format!("Bearer {}", self.secret)).body(Full::from(body))?;
        let response = self.connection.send(request).await?;
        let status = response.status();
        let said = response.into_body().collect().await?.to_bytes();
        ensure!(status.is_success(), "{path}: HTTP {status}: {}", String::from_utf8_lossy(&said));
        Ok(said)
    }

    pub(super) async fn end(self) -> Result<()> {
        self.served.end().await
    }
}

fn encoded(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte.is_ascii_alphanumeric() {
            true => all.push(char::from(byte)),
            false => all.push_str(&format!("%{byte:02X}")),
        }
    }
    all
}
