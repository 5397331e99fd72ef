//! Finding the cause of a failed exchange by walking the chain of sources down to the error that
//! tells: our resolver's, rustls's, or the operating system's.

use std::error::Error;
use std::io;
use std::time::Duration;

use rustls::{CertificateError, InvalidMessage};

use crate::error::{HttpError, TlsProblem};
use crate::resolve::ResolveError;

/// What is said when a connection breaks after it was made.
pub(crate) const BROKE_OFF: &str = "the connection broke off";

/// What a failure is judged with.
pub(crate) struct Context<'a> {
    pub(crate) host: &'a str,
    pub(crate) proxy: Option<&'a str>,
    pub(crate) connect_timeout: Duration,
    pub(crate) request_timeout: Duration,
}

/// The typed reason of a failure while connecting, sending, or reading headers.
pub(crate) fn classify(error: &reqwest::Error, context: &Context<'_>) -> HttpError {
    let host = context.host.to_owned();
    let cause = find_cause(error);
    if let Some(Cause::Blocked(addr)) = cause {
        return HttpError::AddressBlocked { host, addr };
    }
    if let Some(Cause::Tls(problem)) = cause {
        return HttpError::Tls { host, problem };
    }
    if let Some(proxy) = context.proxy
        && error.is_connect()
    {
        return HttpError::Proxy { proxy: proxy.to_owned(), detail: connect_detail(error, cause) };
    }
    if error.is_timeout() {
        let after = if error.is_connect() { context.connect_timeout } else { context.request_timeout };
        return HttpError::Timeout { host, after };
    }
    match cause {
        Some(Cause::Unresolved) => HttpError::Dns { host },
        _ if error.is_connect() => HttpError::Connect { host, detail: connect_detail(error, cause) },
        Some(Cause::Io(_) | Cause::Incomplete) => HttpError::Connect { host, detail: BROKE_OFF.to_owned() },
        _ if error.is_builder() => HttpError::Invalid("the request cannot be built".to_owned()),
        _ => HttpError::NotHttp { host },
    }
}

/// The typed reason of a failure while reading the body.
pub(crate) fn classify_body(error: &reqwest::Error, context: &Context<'_>) -> HttpError {
    let host = context.host.to_owned();
    if error.is_timeout() {
        return HttpError::Timeout { host, after: context.request_timeout };
    }
    HttpError::Truncated { host }
}

enum Cause {
    Blocked(std::net::IpAddr),
    Unresolved,
    Tls(TlsProblem),
    Incomplete,
    Io(io::ErrorKind),
}

fn find_cause(error: &reqwest::Error) -> Option<Cause> {
    let mut deepest = None;
    let mut next: Option<&(dyn Error + 'static)> = error.source();
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<ResolveError>() {
            return Some(match error {
                ResolveError::Blocked { addr } => Cause::Blocked(*addr),
                ResolveError::NotFound => Cause::Unresolved,
            });
        }
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return Some(Cause::Tls(tls_problem(error)));
        }
        if let Some(error) = error.downcast_ref::<hyper::Error>()
            && (error.is_incomplete_message() || error.is_closed() || error.is_canceled())
        {
            deepest = Some(Cause::Incomplete);
        }
        if let Some(io) = error.downcast_ref::<io::Error>() {
            deepest = Some(Cause::Io(io.kind()));
            // `source` of an I/O error skips the error it wraps.
            next = match io.get_ref() {
                Some(inner) => Some(inner),
                None => io.source(),
            };
            continue;
        }
        next = error.source();
    }
    deepest
}

fn connect_detail(error: &reqwest::Error, cause: Option<Cause>) -> String {
    if error.is_timeout() {
        return "timed out".to_owned();
    }
    match cause {
        Some(Cause::Unresolved) => "its name cannot be resolved".to_owned(),
        Some(Cause::Io(kind)) => match kind {
            io::ErrorKind::UnexpectedEof => "the connection was closed during set-up".to_owned(),
            io::ErrorKind::Other => innermost(error),
            kind => kind.to_string(),
        },
        Some(Cause::Incomplete) => BROKE_OFF.to_owned(),
        _ => innermost(error),
    }
}

fn innermost(error: &reqwest::Error) -> String {
    let mut last: &(dyn Error + 'static) = error;
    while let Some(source) = last.source() {
        last = source;
    }
    if last.is::<reqwest::Error>() {
        return "unknown reason".to_owned();
    }
    crate::text::snippet(last.to_string().as_bytes())
}

fn tls_problem(error: &rustls::Error) -> TlsProblem {
    match error {
        rustls::Error::InvalidCertificate(problem) => match problem {
            CertificateError::UnknownIssuer => TlsProblem::UnknownCa,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsProblem::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                TlsProblem::NotYetValid
            }
            CertificateError::NotValidForName => TlsProblem::NameMismatch { presented: Vec::new() },
            CertificateError::NotValidForNameContext { presented, .. } => TlsProblem::NameMismatch {
                presented: presented.iter().take(5).map(|name| bare_name(name)).collect(),
            },
            CertificateError::BadSignature => TlsProblem::BadSignature,
            CertificateError::Revoked => TlsProblem::Revoked,
            other => TlsProblem::Other(crate::text::snippet(other.to_string().as_bytes())),
        },
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => TlsProblem::NotTls,
        other => TlsProblem::Other(crate::text::snippet(other.to_string().as_bytes())),
    }
}

/// `DnsName("a.example")`, as the verifier writes names, becomes `a.example`.
fn bare_name(presented: &str) -> String {
    let name = presented.split('"').nth(1).unwrap_or(presented);
    crate::text::snippet(name.as_bytes())
}
