//! One request, as a caller describes it.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::error::HttpError;

/// Whether sending a request twice does no harm. Only such requests are repeated after a failure
/// that may have happened while the server was at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idempotent {
    /// Safe to repeat.
    Yes,
    /// Repeated only when the server cannot have acted on it: no connection, or 429.
    No,
}

/// What a successful body must look like for the attempt to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Anything, also nothing.
    Any,
    /// JSON: an empty 200 is a passing failure of the server and is retried; so is, for a patient
    /// request, a web page.
    Json,
}

/// Who asks.
#[derive(Clone, Default)]
pub enum Auth {
    /// Nobody: no `Authorization` header.
    #[default]
    None,
    /// `Basic`, with a user name or e-mail and its password or token.
    Basic {
        /// User name or e-mail.
        user: String,
        /// Password or token.
        secret: SecretString,
    },
    /// `Bearer`.
    Bearer(SecretString),
}

impl Auth {
    pub(crate) fn header(&self) -> Result<Option<HeaderValue>, HttpError> {
        let text = match self {
            Self::None => return Ok(None),
            Self::Basic { user, secret } => {
                format!("Basic {}", STANDARD.encode(format!("{user}:{}", secret.expose_secret())))
            }
            Self::Bearer(secret) => format!("Bearer {}", secret.expose_secret()),
        };
        let mut value = HeaderValue::try_from(text).map_err(|_| {
            HttpError::Invalid("the credential has characters that a header cannot carry".to_owned())
        })?;
        value.set_sensitive(true);
        Ok(Some(value))
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Basic { .. } => "Basic(..)",
            Self::Bearer(_) => "Bearer(..)",
        })
    }
}

/// A request to be sent by [`crate::Client::send`].
#[derive(Clone)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
    pub(crate) auth: Auth,
    pub(crate) group: &'static str,
    pub(crate) idempotent: Idempotent,
    pub(crate) expect: Expect,
    pub(crate) timeout: Option<Duration>,
    pub(crate) max_attempts: u32,
    pub(crate) patience: Duration,
    pub(crate) divisible: bool,
    pub(crate) waits_for_limits: bool,
    pub(crate) longest_wait: Option<Duration>,
}

impl Request {
    /// A request with any method. GET, HEAD, PUT and DELETE count as idempotent (RFC 9110 §9.2.2).
    pub fn new(method: Method, url: Url, group: &'static str) -> Self {
        let idempotent = if method.is_idempotent() { Idempotent::Yes } else { Idempotent::No };
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: None,
            auth: Auth::None,
            group,
            idempotent,
            expect: Expect::Any,
            timeout: None,
            max_attempts: 5,
            patience: Duration::ZERO,
            divisible: false,
            waits_for_limits: false,
            longest_wait: None,
        }
    }

    /// A GET; `group` names the endpoint group whose waits and counts it shares.
    pub fn get(url: Url, group: &'static str) -> Self {
        Self::new(Method::GET, url, group)
    }

    /// A POST, taken as not safe to repeat.
    pub fn post(url: Url, group: &'static str) -> Self {
        Self::new(Method::POST, url, group)
    }

    /// Adds a header, replacing one of the same name.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Sets the body and its `Content-Type`.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>, content_type: &'static str) -> Self {
        self.body = Some(body.into());
        self.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        self
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json_body(self, body: impl Into<Bytes>) -> Self {
        self.body(body, "application/json")
    }

    /// Sets a form as the body.
    #[must_use]
    pub fn form(self, pairs: &[(&str, &str)]) -> Self {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.body(form, "application/x-www-form-urlencoded")
    }

    /// Sets who asks.
    #[must_use]
    pub fn auth(mut self, auth: Auth) -> Self {
        self.auth = auth;
        self
    }

    /// Says whether the request may be repeated.
    #[must_use]
    pub fn idempotent(mut self, idempotent: Idempotent) -> Self {
        self.idempotent = idempotent;
        self
    }

    /// Asks for JSON (`Accept`) and treats an empty 200 as a failure that passes.
    #[must_use]
    pub fn expect_json(mut self) -> Self {
        self.expect = Expect::Json;
        self.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        self
    }

    /// Replaces the client's request timeout.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How often to try at most, default 5. With 1 nothing is retried, a 429 neither.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// How long to go on beyond the attempts while the whole site is down that answered before;
    /// default zero. A patient request also waits for limits.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Waits for a limit as long as it lasts, however impatient it is with failures.
    #[must_use]
    pub fn waits_for_limits(mut self) -> Self {
        self.waits_for_limits = true;
        self
    }

    /// Somebody looks on: a limit that lasts longer than this is told at once instead of waited for.
    #[must_use]
    pub fn waits_at_most(mut self, longest: Duration) -> Self {
        self.longest_wait = Some(longest);
        self
    }

    /// The caller can ask for less: a time-out is told at once instead of tried again.
    #[must_use]
    pub fn divisible(mut self) -> Self {
        self.divisible = true;
        self
    }

    /// Whether a wait is longer than whoever asks would wait.
    pub(crate) fn is_too_long(&self, wait: Option<Duration>) -> bool {
        self.longest_wait.zip(wait).is_some_and(|(longest, wait)| wait > longest)
    }

    /// The address asked for.
    pub fn url(&self) -> &Url {
        &self.url
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("host", &self.url.host_str())
            .field("path", &self.url.path())
            .field("auth", &self.auth)
            .field("group", &self.group)
            .field("idempotent", &self.idempotent)
            .field("body_bytes", &self.body.as_ref().map(Bytes::len))
            .finish_non_exhaustive()
    }
}
