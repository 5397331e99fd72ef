//! Why a request has no answer, in the words of the catalogue.

use weir_http::{HttpError, TlsProblem, Url};
use weir_model::{AddressFault, Message, OAuthFault};

/// The host of an address, with its port where it names one.
pub(super) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The catalogue's sentence for a request without an answer.
pub(super) fn message(error: HttpError, what: &str) -> Message {
    match error {
        HttpError::Dns { host } => Message::NetDns { host },
        HttpError::Connect { host, detail } => Message::NetConnect { host, detail },
        HttpError::Timeout { host, after } => Message::NetTimeout { host, seconds: after.as_secs() },
        HttpError::Tls { host, problem } => match problem {
            TlsProblem::UnknownCa => Message::TlsUnknownCa { host },
            TlsProblem::Expired | TlsProblem::NotYetValid => Message::TlsExpired { host },
            TlsProblem::NameMismatch { .. } => Message::TlsName { host },
            other => Message::TlsOther { host, detail: other.to_string() },
        },
        HttpError::AddressBlocked { host, addr } => Message::UrlBlocked { host, address: addr.to_string() },
        HttpError::PlainHttp { host } => AddressFault::Plain { host }.into(),
        HttpError::PortBlocked { host, port } => AddressFault::Port { host, port }.into(),
        HttpError::Redirected { host, to_origin, .. } => Message::NetRedirect { host, to: to_origin },
        HttpError::TooLarge { limit, .. } => {
            Message::JiraTooLarge { what: what.to_owned(), limit_mb: limit as u64 / 1_048_576 }
        }
        HttpError::Truncated { host } => Message::NetTruncated { host },
        HttpError::Empty { host } => {
            Message::NetConnect { host, detail: "Its answers were empty".to_owned() }
        }
        HttpError::NotJson { host, .. } => Message::JiraHtml { host },
        HttpError::RateLimited { retry_after, reason, .. } => {
            let wait = retry_after.map_or_else(|| "an unknown time".to_owned(), in_words);
            match reason {
                Some(reason) if reason.starts_with("jira-quota-") => OAuthFault::PointsGone { wait }.into(),
                reason => Message::JiraRateLimited {
                    wait,
                    reason: reason.map_or_else(
                        || "of requests".to_owned(),
                        |reason| weir_http::snippet(reason.as_bytes()),
                    ),
                },
            }
        }
        HttpError::Unavailable { status, snippet, .. } => Message::JiraUnavailable { status, said: snippet },
        HttpError::NotHttp { host } => Message::NetConnect {
            host,
            detail: "What answers there does not speak HTTP; perhaps its address begins with https://"
                .to_owned(),
        },
        HttpError::Proxy { proxy, detail } => Message::NetProxy { proxy, detail },
        other => Message::NetConnect { host: "The site".to_owned(), detail: other.to_string() },
    }
}

/// A time that somebody waits.
fn in_words(wait: std::time::Duration) -> String {
    match wait.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds => format!("{} min", seconds.div_ceil(60)),
    }
}
