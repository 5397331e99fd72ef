//! Why no answer came.

use std::net::IpAddr;
use std::time::Duration;

/// Everything that prevents an answer. Hosts are bare names, never full addresses; details are our
/// own words or the operating system's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The name does not resolve.
    #[error("the name {host} cannot be resolved")]
    Dns {
        /// The name asked for.
        host: String,
    },
    /// No connection, or it broke before an answer.
    #[error("no connection to {host}: {detail}")]
    Connect {
        /// The host asked for.
        host: String,
        /// What happened, such as `connection refused`.
        detail: String,
    },
    /// Time ran out.
    #[error("{host} did not answer within {} s", after.as_secs_f32())]
    Timeout {
        /// The host asked for.
        host: String,
        /// The limit that was reached.
        after: Duration,
    },
    /// The connection is not trusted.
    #[error("the TLS connection to {host} is not trusted: {problem}")]
    Tls {
        /// The host asked for.
        host: String,
        /// What is wrong.
        problem: TlsProblem,
    },
    /// The address policy forbids this address.
    #[error("{host} resolves to {addr}, which is not a public address")]
    AddressBlocked {
        /// The host asked for.
        host: String,
        /// The address that was refused.
        addr: IpAddr,
    },
    /// Plain `http://` is not allowed here.
    #[error("{host} must be reached over https")]
    PlainHttp {
        /// The host asked for.
        host: String,
    },
    /// A port that users may not name.
    #[error("{host}: port {port} is not among those that may be asked")]
    PortBlocked {
        /// The host.
        host: String,
        /// The port.
        port: u16,
    },
    /// The server sends us elsewhere; nothing was sent there.
    #[error("{host} redirects to {to_origin}")]
    Redirected {
        /// The host asked for.
        host: String,
        /// The other host, with its port where unusual.
        to_host: String,
        /// The other scheme, host and port.
        to_origin: String,
    },
    /// The server redirects to itself again and again.
    #[error("{host} redirects to itself more than {limit} times")]
    RedirectLoop {
        /// The host asked for.
        host: String,
        /// Redirects followed.
        limit: u32,
    },
    /// The body is larger than the client's cap.
    #[error("the answer of {host} is larger than {limit} bytes")]
    TooLarge {
        /// The host asked for.
        host: String,
        /// The cap in bytes.
        limit: usize,
    },
    /// The body ended before its announced end, or could not be decompressed.
    #[error("the answer of {host} broke off")]
    Truncated {
        /// The host asked for.
        host: String,
    },
    /// Status 200 without a body where JSON was expected.
    #[error("{host} gave an empty answer where JSON was expected")]
    Empty {
        /// The host asked for.
        host: String,
    },
    /// A web page where JSON was expected.
    #[error("{host} answered with a web page where JSON was expected")]
    NotJson {
        /// The host asked for.
        host: String,
        /// It looks like a sign-in page.
        looks_like_login: bool,
    },
    /// Still asked to slow down after all waits allowed.
    #[error("{host} keeps asking to slow down")]
    RateLimited {
        /// The host asked for.
        host: String,
        /// How long the last answer asked to wait.
        retry_after: Option<Duration>,
        /// `RateLimit-Reason`, when given.
        reason: Option<String>,
    },
    /// Status 500, 502, 503 or 504 on every attempt.
    #[error("{host} answers with status {status}")]
    Unavailable {
        /// The host asked for.
        host: String,
        /// The last status.
        status: u16,
        /// The beginning of the last body, harmless to show.
        snippet: String,
    },
    /// The proxy refused or failed.
    #[error("the proxy {proxy} failed: {detail}")]
    Proxy {
        /// The proxy's host and port.
        proxy: String,
        /// What happened.
        detail: String,
    },
    /// What answers does not speak HTTP.
    #[error("{host} does not answer in HTTP")]
    NotHttp {
        /// The host asked for.
        host: String,
    },
    /// A request that cannot be sent, or an answer that cannot be followed.
    #[error("not a usable exchange: {0}")]
    Invalid(String),
}

impl HttpError {
    /// Whether trying again later makes sense without changing anything.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Dns { .. }
                | Self::Connect { .. }
                | Self::Timeout { .. }
                | Self::Truncated { .. }
                | Self::Empty { .. }
                | Self::NotJson { .. }
                | Self::RateLimited { .. }
                | Self::Unavailable { .. }
                | Self::Proxy { .. }
        )
    }

    /// Whether it took too long, as asking for much at once does: asking for less may help.
    pub(crate) fn is_of_size(&self) -> bool {
        matches!(self, Self::Timeout { .. } | Self::Unavailable { status: 504, .. })
    }

    /// Whether the server certainly never saw the request.
    pub(crate) fn nothing_sent(&self) -> bool {
        matches!(self, Self::Dns { .. } | Self::Connect { .. }) && !self.broke_midway()
    }

    fn broke_midway(&self) -> bool {
        matches!(self, Self::Connect { detail, .. } if detail == crate::classify::BROKE_OFF)
    }

    /// A word for events and statistics.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Dns { .. } => "dns",
            Self::Connect { .. } => "connect",
            Self::Timeout { .. } => "timeout",
            Self::Tls { .. } => "tls",
            Self::AddressBlocked { .. } => "address_blocked",
            Self::PlainHttp { .. } => "plain_http",
            Self::PortBlocked { .. } => "port_blocked",
            Self::Redirected { .. } => "redirected",
            Self::RedirectLoop { .. } => "redirect_loop",
            Self::TooLarge { .. } => "too_large",
            Self::Truncated { .. } => "truncated",
            Self::Empty { .. } => "empty",
            Self::NotJson { .. } => "not_json",
            Self::RateLimited { .. } => "rate_limited",
            Self::Unavailable { .. } => "unavailable",
            Self::Proxy { .. } => "proxy",
            Self::NotHttp { .. } => "not_http",
            Self::Invalid(_) => "invalid",
        }
    }
}

/// Why a TLS connection is not trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsProblem {
    /// The certificate's issuer is unknown: a private or missing certificate authority.
    #[error("the certificate was issued by an unknown authority")]
    UnknownCa,
    /// The certificate's authority has a known name but another key: renewed, or forged.
    #[error("the certificate is not signed by the authority it names; was the authority renewed?")]
    BadSignature,
    /// The certificate has expired.
    #[error("the certificate has expired")]
    Expired,
    /// The certificate is not valid yet.
    #[error("the certificate is not valid yet")]
    NotYetValid,
    /// The certificate is for other names.
    #[error("the certificate is for another name ({})", names(presented))]
    NameMismatch {
        /// Names the certificate is for, at most five.
        presented: Vec<String>,
    },
    /// The certificate was revoked.
    #[error("the certificate was revoked")]
    Revoked,
    /// The other side does not speak TLS on this port.
    #[error("the other side does not speak TLS on this port")]
    NotTls,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

fn names(presented: &[String]) -> String {
    if presented.is_empty() { "unknown".to_owned() } else { presented.join(", ") }
}
