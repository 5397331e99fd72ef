//! An answer whose body has been read whole.

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, StatusCode, header};

use crate::body::Body;
use crate::rate_limit::http_date_ms;

/// What the server answered.
#[non_exhaustive]
pub struct Response {
    /// The status; 429 and 500, 502, 503, 504 never get here.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body, decompressed.
    pub body: Body,
    /// How long the last attempt took, body included.
    pub took: Duration,
    /// Attempts made, at least 1.
    pub attempts: u32,
    /// Time spent held back by rate limits and between attempts.
    pub waited: Duration,
}

impl Response {
    /// A header's value when present and plain ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The server's own clock (`Date`), in milliseconds since the Unix epoch.
    pub fn server_date(&self) -> Option<i64> {
        http_date_ms(self.headers.get(header::DATE)?.to_str().ok()?)
    }

    /// The beginning of the body as one harmless line, for "Jira said: …".
    pub fn snippet(&self) -> String {
        crate::text::snippet(&self.body)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .field("took", &self.took)
            .field("attempts", &self.attempts)
            .field("waited", &self.waited)
            .finish_non_exhaustive()
    }
}
