//! A small client for the tests: one account at one address, answers as status, headers and JSON.
#![allow(
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    missing_debug_implementations,
    reason = "every test file uses its own part"
)]

pub mod access;
pub mod schema;

use jira_sim::{DcVersion, Flavor, Sim, SimOptions, Truth, TruthView, World, WorldSpec};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    /// The body of an expected success.
    #[track_caller]
    pub fn good(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()
    }

    /// The first message of an expected refusal.
    #[track_caller]
    pub fn refused(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text);
        self.json()["errorMessages"][0].as_str().unwrap_or_default().to_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

#[derive(Clone)]
pub struct Client {
    base: String,
    authorization: Option<String>,
    cookie: Option<String>,
    http: reqwest::Client,
}

pub fn basic(email: &str, token: &str) -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{email}:{token}")))
}

impl Client {
    pub fn new(base: impl Into<String>, authorization: Option<String>) -> Client {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Client { base: base.into(), authorization, cookie: None, http }
    }

    /// The same, and every request sends this cookie.
    pub fn with_cookie(&self, cookie: &str) -> Client {
        Client { cookie: Some(cookie.to_owned()), ..self.clone() }
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let request = match &self.authorization {
            Some(value) => request.header("authorization", value),
            None => request,
        };
        let request = match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        };
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, text: response.text().await.unwrap() }
    }

    /// None where the connection broke before the answer was whole.
    pub async fn try_get(&self, path: &str) -> Option<Answer> {
        let request = self.http.get(format!("{}{path}", self.base));
        let request = match &self.authorization {
            Some(value) => request.header("authorization", value),
            None => request,
        };
        let response = request.send().await.ok()?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Some(Answer { status, headers, text: response.text().await.ok()? })
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.http.get(format!("{}{path}", self.base))).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_text(path, "application/json", &body.to_string()).await
    }

    pub async fn post_text(&self, path: &str, content_type: &str, body: &str) -> Answer {
        let request = self.http.post(format!("{}{path}", self.base));
        self.send(request.header("content-type", content_type).body(body.to_owned())).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        let request = self.http.put(format!("{}{path}", self.base));
        self.send(request.header("content-type", "application/json").body(body.to_string())).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.http.delete(format!("{}{path}", self.base))).await
    }

    pub async fn search(&self, jql: &str) -> Answer {
        self.post("/rest/api/3/search/jql", &json!({ "jql": jql, "maxResults": 100 })).await
    }

    /// Every id that a query finds, walked page by page.
    pub async fn ids(&self, jql: &str) -> Vec<String> {
        let mut ids = Vec::new();
        let mut token = Value::Null;
        loop {
            let mut body = json!({ "jql": jql, "maxResults": 5000 });
            if !token.is_null() {
                body["nextPageToken"] = token;
            }
            let page = self.post("/rest/api/3/search/jql", &body).await.good();
            ids.extend(page["issues"].as_array().unwrap().iter().map(|issue| text(&issue["id"])));
            token = page["nextPageToken"].clone();
            assert_eq!(page["isLast"], json!(token.is_null()));
            if token.is_null() {
                return ids;
            }
        }
    }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}

pub async fn start(issues: usize) -> Sim {
    start_with(WorldSpec::sized(issues), SimOptions::default()).await
}

pub async fn start_with(spec: WorldSpec, options: SimOptions) -> Sim {
    Sim::start(World::generate(spec), options).await.unwrap()
}

/// The account at the site's own address.
pub fn client(sim: &Sim, email: &str) -> Client {
    let world = sim.world();
    let account = world.account(email).unwrap();
    Client::new(sim.url(), Some(basic(email, &account.unscoped_token())))
}

pub const VERSIONS: [DcVersion; 4] = [DcVersion::V8_20, DcVersion::V9_12, DcVersion::V10_3, DcVersion::V11];

/// A site of Data Center.
pub async fn dc(version: DcVersion, issues: usize, options: SimOptions) -> Sim {
    start_with(WorldSpec { flavor: Flavor::DataCenter(version), ..WorldSpec::sized(issues) }, options).await
}

/// The account with its personal access token.
pub fn token(sim: &Sim, email: &str) -> Client {
    let world = sim.world();
    let account = world.account(email).unwrap();
    Client::new(sim.url(), Some(format!("Bearer {}", account.unscoped_token())))
}

/// The rows that are true for an account.
pub fn rows(sim: &Sim, email: &str, view: TruthView) -> Vec<Value> {
    Truth::for_account(sim.world(), sim.url(), email).unwrap().rows(view)
}

/// The address of the gateway for the site.
pub fn gateway(sim: &Sim) -> String {
    format!("{}/ex/jira/{}", sim.gateway(), sim.world().cloud_id())
}

pub const ADMIN: &str = "admin@sim.example";
pub const READER: &str = "reader@sim.example";
pub const PARTIAL: &str = "partial@sim.example";
pub const NOBODY: &str = "nobody@sim.example";
