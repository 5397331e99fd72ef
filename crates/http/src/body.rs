//! Reading a body whole, within a cap, into a buffer of the announced length.

use std::{fmt, ops::Deref, sync::Arc};

use bytes::Bytes;

use crate::buffers::{Buffer, Buffers};
use crate::classify::{Context, classify_body};
use crate::error::HttpError;

/// A whole body.
pub struct Body(Kept);

enum Kept {
    Chunk(Bytes),
    Buffer(Buffer),
}

impl Body {
    /// The bytes, to be changed in place.
    pub fn make_mut(&mut self) -> &mut [u8] {
        if let Kept::Chunk(chunk) = &mut self.0 {
            self.0 = Kept::Buffer(Buffer::from(std::mem::take(chunk).to_vec()));
        }
        match &mut self.0 {
            Kept::Buffer(buffer) => buffer.as_mut(),
            Kept::Chunk(_) => &mut [],
        }
    }
}

impl Deref for Body {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match &self.0 {
            Kept::Chunk(chunk) => chunk,
            Kept::Buffer(buffer) => buffer.as_ref(),
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(Kept::Chunk(bytes))
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.len())
    }
}

/// Reads the rest of `response`; `limit` is in bytes after decompression.
pub(crate) async fn read(
    mut response: reqwest::Response,
    limit: usize,
    buffers: &Arc<Buffers>,
    context: &Context<'_>,
) -> Result<Body, HttpError> {
    let too_large = || HttpError::TooLarge { host: context.host.to_owned(), limit };
    let announced = response.content_length().map(usize::try_from);
    let announced = match announced {
        Some(Ok(length)) if length <= limit => Some(length),
        Some(_) => return Err(too_large()),
        None => None,
    };
    let mut first = Bytes::new();
    let mut body = None;
    while let Some(chunk) = response.chunk().await.map_err(|error| classify_body(&error, context))? {
        let so_far = body.as_ref().map_or(first.len(), Buffer::len);
        if so_far + chunk.len() > limit {
            return Err(too_large());
        }
        if so_far == 0 {
            first = chunk;
            continue;
        }
        let buffer = body.get_or_insert_with(|| {
            let mut buffer = buffers.take(announced.unwrap_or(0).max(first.len() + chunk.len()));
            buffer.extend(&first);
            first = Bytes::new();
            buffer
        });
        buffer.extend(&chunk);
    }
    Ok(Body(body.map_or(Kept::Chunk(first), Kept::Buffer)))
}
