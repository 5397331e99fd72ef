//! Redirects: within the origin, or not at all.

use http::{HeaderMap, Method, StatusCode, header};
use url::Url;

use crate::error::HttpError;
use crate::proxy::host_and_port;

/// How many redirects within the origin are followed.
pub(crate) const LIMIT: u32 = 3;

/// Where to go next, if the answer is a redirect. Only a GET that stays on scheme, host and port is
/// followed; anything else is an error that names the other place.
pub(crate) fn next_hop(
    method: &Method,
    from: &Url,
    status: StatusCode,
    headers: &HeaderMap,
) -> Result<Option<Url>, HttpError> {
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let host = from.host_str().unwrap_or_default().to_owned();
    let target = headers
        .get(header::LOCATION)
        .and_then(|location| location.to_str().ok())
        .and_then(|location| from.join(location).ok())
        .ok_or_else(|| HttpError::Invalid(format!("{host} redirects without a readable target")))?;
    if method == Method::GET && target.origin() == from.origin() {
        return Ok(Some(target));
    }
    Err(HttpError::Redirected {
        host,
        to_host: host_and_port(&target),
        to_origin: target.origin().ascii_serialization(),
    })
}
