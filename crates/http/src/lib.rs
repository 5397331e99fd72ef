//! The one way out of the house: every request to another system leaves through [`Client`].
//!
//! It promises: credentials never reach a host other than the one asked for; the address actually
//! connected to obeys the [`AddressPolicy`]; bodies are read whole, once, and never beyond a cap;
//! failures that pass are retried by class; a server that asks us to slow down is obeyed by the
//! endpoint group or the client that it means, and no more is under way than it says remains; and nothing secret appears in errors, events or `Debug` output.
//!
//! Status codes below 500 other than 429 are answers, not errors: the caller reads them from
//! [`Response::status`]. Everything that prevents an answer is an [`HttpError`].

mod address;
mod body;
mod budget;
mod buffers;
mod classify;
mod client;
mod config;
mod error;
mod json;
mod proxy;
mod rate_limit;
mod redact;
mod redirect;
mod request;
mod resolve;
mod response;
mod retry;
mod standing;
mod stats;
mod text;
mod time;
mod tls;
mod typed;

pub use address::{AddressPolicy, Cidr, CidrError, Opened, OpenedError};
pub use body::Body;
pub use bytes::Bytes;
pub use client::Client;
pub use config::{ClientConfig, ConfigError, ProxySetting};
pub use error::{HttpError, TlsProblem};
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
pub use json::NotJson;
pub use redact::{mask_url, redact};
pub use request::{Auth, Expect, Idempotent, Request};
pub use response::Response;
pub use secrecy::{ExposeSecret, SecretString as Secret};
pub use standing::Quota;
pub use stats::{Finished, GroupStats, Observer, Stats, StatsSnapshot};
pub use text::snippet;
pub use time::{Random, Timing, TokioTiming, WallClock};
pub use typed::address_fault;
pub use url::Url;
