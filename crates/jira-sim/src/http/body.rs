//! Reply bodies: ready bytes, or a renderer that is asked for chunk after chunk while the socket takes them, so that a
//! reply of many megabytes needs one small buffer. Buffers are used again.

use std::io::Write as _;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::body::{Body, Frame, SizeHint};

use super::stats::{Stats, UnderWay};

const CHUNK: usize = 128 * 1024;

/// Appends more output; false when there is no more to come.
pub(crate) type Render = Box<dyn FnMut(&mut Vec<u8>) -> bool + Send>;

/// Buffers that wait to be used again.
#[derive(Debug, Default)]
pub(crate) struct Buffers(Mutex<Vec<Vec<u8>>>);

impl Buffers {
    fn take(&self) -> Vec<u8> {
        let spare = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        spare.unwrap_or_else(|| Vec::with_capacity(CHUNK * 2))
    }

    fn give(&self, mut buffer: Vec<u8>) {
        if buffer.capacity() <= CHUNK * 4 {
            buffer.clear();
            let mut spares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if spares.len() < 64 {
                spares.push(buffer);
            }
        }
    }
}

/// A buffer that goes back when the socket has taken it.
struct Lease {
    buffer: Vec<u8>,
    home: Arc<Buffers>,
}

impl AsRef<[u8]> for Lease {
    fn as_ref(&self) -> &[u8] {
        &self.buffer
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.home.give(std::mem::take(&mut self.buffer));
    }
}

pub(crate) enum Content {
    Ready(Bytes),
    Rendered(Render),
    Done,
}

/// What hyper sends.
pub(crate) struct ReplyBody {
    content: Content,
    /// Whether the reply is compressed; the encoder is gone once it is finished.
    zipped: bool,
    gzip: Option<GzEncoder<Vec<u8>>>,
    buffers: Arc<Buffers>,
    stats: Arc<Stats>,
    /// Ends with the body.
    pub(crate) under_way: Option<UnderWay>,
}

impl ReplyBody {
    pub(crate) fn new(content: Content, zipped: bool, buffers: Arc<Buffers>, stats: Arc<Stats>) -> Self {
        let gzip = zipped.then(|| GzEncoder::new(Vec::new(), Compression::fast()));
        ReplyBody { content, zipped, gzip, buffers, stats, under_way: None }
    }

    /// The next plain chunk; None at the end.
    fn plain(&mut self) -> Option<Bytes> {
        match std::mem::replace(&mut self.content, Content::Done) {
            Content::Done => None,
            Content::Ready(bytes) => (!bytes.is_empty()).then_some(bytes),
            Content::Rendered(mut render) => {
                let mut buffer = self.buffers.take();
                let mut more = true;
                while more && buffer.len() < CHUNK {
                    more = render(&mut buffer);
                }
                if more {
                    self.content = Content::Rendered(render);
                }
                Some(Bytes::from_owner(Lease { buffer, home: Arc::clone(&self.buffers) }))
            }
        }
    }

    /// The next compressed chunk. Writing into memory cannot fail.
    fn compressed(&mut self, mut encoder: GzEncoder<Vec<u8>>) -> Option<Bytes> {
        while encoder.get_ref().len() < CHUNK {
            match self.plain() {
                Some(bytes) => encoder.write_all(&bytes).ok()?,
                None => return encoder.finish().ok().map(Bytes::from),
            }
        }
        let ready = std::mem::take(encoder.get_mut());
        self.gzip = Some(encoder);
        Some(Bytes::from(ready))
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let zipped = self.zipped;
        let bytes = match self.gzip.take() {
            Some(encoder) => self.compressed(encoder),
            None if zipped => None,
            None => self.plain(),
        };
        let Some(bytes) = bytes else { return Poll::Ready(None) };
        self.stats.sent(bytes.len());
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.gzip.is_none() && (self.zipped || matches!(self.content, Content::Done))
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            _ if self.zipped => SizeHint::default(),
            Content::Ready(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Content::Done => SizeHint::with_exact(0),
            Content::Rendered(_) => SizeHint::default(),
        }
    }
}
