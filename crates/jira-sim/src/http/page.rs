//! Pages: by offset, as most listings have them, and opaque tokens that belong to one query.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::reply::{Reply, refuse};
use super::request::Request;
use crate::rng::{hash, mix};

/// An asked-for stretch of a listing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    pub(crate) start: usize,
    pub(crate) most: usize,
}

impl Stretch {
    /// `startAt` and `maxResults`; more than the cap is silently the cap.
    pub(crate) fn of(request: &Request, usual: usize, cap: usize) -> Result<Stretch, Box<Reply>> {
        let start = request.number("startAt")?.unwrap_or(0).max(0) as usize;
        let most = match request.number("maxResults")? {
            Some(asked) if asked < 0 => return refuse("The value of maxResults must not be negative."),
            Some(asked) => (asked as usize).min(cap),
            None => usual,
        };
        Ok(Stretch { start, most })
    }

    pub(crate) fn cut<'a, T>(&self, items: &'a [T]) -> &'a [T] {
        let start = self.start.min(items.len());
        &items[start..items.len().min(start + self.most)]
    }

    /// The envelope with `values`.
    pub(crate) fn page<T>(&self, items: &[T], each: impl Fn(&T) -> Value) -> Value {
        let cut = self.cut(items);
        json!({
            "maxResults": self.most,
            "startAt": self.start,
            "total": items.len(),
            "isLast": self.start + cut.len() >= items.len(),
            "values": cut.iter().map(each).collect::<Vec<_>>(),
        })
    }
}

/// Makes the token that continues a walk at an offset.
pub(crate) fn token(identity: &str, offset: usize) -> String {
    let check = mix(hash(identity.as_bytes()) ^ offset as u64);
    URL_SAFE_NO_PAD.encode(format!("{check:016x}:{offset}"))
}

/// The offset inside a token; None when it is not a token of this walk.
pub(crate) fn offset(identity: &str, token: &str) -> Option<usize> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let offset = text.split_once(':')?.1.parse().ok()?;
    (self::token(identity, offset) == token).then_some(offset)
}
