//! Reading a body whole, within a cap, with one allocation where its length is announced.

use bytes::{Bytes, BytesMut};

use crate::classify::{Context, classify_body};
use crate::error::HttpError;

/// Reads the rest of `response`; `limit` is in bytes after decompression.
pub(crate) async fn read(
    mut response: reqwest::Response,
    limit: usize,
    context: &Context<'_>,
) -> Result<Bytes, HttpError> {
    let too_large = || HttpError::TooLarge { host: context.host.to_owned(), limit };
    let announced = response.content_length().map(usize::try_from);
    let announced = match announced {
        Some(Ok(length)) if length <= limit => Some(length),
        Some(_) => return Err(too_large()),
        None => None,
    };
    let mut first = Bytes::new();
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| classify_body(&error, context))? {
        if first.len() + body.len() + chunk.len() > limit {
            return Err(too_large());
        }
        if first.is_empty() && body.is_empty() {
            first = chunk;
            continue;
        }
        if body.is_empty() {
            body.reserve(announced.unwrap_or(0).max(first.len() + chunk.len()));
            body.extend_from_slice(&first);
            first = Bytes::new();
        }
        body.extend_from_slice(&chunk);
    }
    Ok(if body.is_empty() { first } else { body.freeze() })
}
