//! Reply bodies: ready bytes, or a renderer that is asked for chunk after chunk while the socket takes them, so that a
//! reply of many megabytes needs one small buffer. Buffers are used again.

use std::collections::VecDeque;
use std::future::Future as _;
use std::io::Write as _;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::body::{Body, Frame, SizeHint};
use thiserror::Error;
use tokio::time::Sleep;

use super::line::Breaker;
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
    Pieces(Pieces),
    Done,
}

impl Content {
    /// All of it at once.
    fn whole(self) -> Bytes {
        match self {
            Content::Ready(bytes) => bytes,
            Content::Rendered(mut render) => {
                let mut all = Vec::new();
                while render(&mut all) {}
                Bytes::from(all)
            }
            Content::Pieces(_) | Content::Done => Bytes::new(),
        }
    }

    /// In small pieces that together take so long.
    pub(crate) fn dripping(self, takes: Duration) -> Content {
        const PIECES: usize = 20;
        let whole = self.whole();
        let size = whole.len().div_ceil(PIECES).max(1);
        let pieces: VecDeque<Bytes> =
            (0..whole.len()).step_by(size).map(|at| whole.slice(at..whole.len().min(at + size))).collect();
        let pause = takes / PIECES as u32;
        Content::Pieces(Pieces { length: Some(whole.len()), pieces, pause, timer: None, end: End::Whole })
    }

    /// Half of it, then nothing; `told`: the length of the whole was promised, otherwise it goes in chunks. With a
    /// breaker the connection is reset there.
    pub(crate) fn cut(self, told: bool, breaker: Option<Breaker>) -> Content {
        let whole = self.whole();
        let length = told.then_some(whole.len());
        let pieces = [whole.slice(..whole.len() / 2)].into_iter().filter(|piece| !piece.is_empty()).collect();
        // The pause lets the first half reach the client.
        let pause = Duration::from_millis(30);
        Content::Pieces(Pieces { length, pieces, pause, timer: None, end: End::Cut(breaker) })
    }
}

/// A body that comes slowly, or not to its end.
pub(crate) struct Pieces {
    /// The length that is told.
    length: Option<usize>,
    pieces: VecDeque<Bytes>,
    pause: Duration,
    timer: Option<Pin<Box<Sleep>>>,
    end: End,
}

enum End {
    Whole,
    Cut(Option<Breaker>),
}

/// A body that ends too early, on purpose.
#[derive(Debug, Error)]
#[error("cut on purpose")]
pub(crate) struct Cut;

impl Pieces {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Cut>>> {
        if let Some(timer) = &mut self.timer {
            ready!(timer.as_mut().poll(context));
            self.timer = None;
        }
        match (self.pieces.pop_front(), &self.end) {
            (Some(piece), _) => {
                self.timer = Some(Box::pin(tokio::time::sleep(self.pause)));
                Poll::Ready(Some(Ok(piece)))
            }
            (None, End::Whole) => Poll::Ready(None),
            (None, End::Cut(breaker)) => {
                if let Some(breaker) = breaker {
                    breaker.reset();
                }
                Poll::Ready(Some(Err(Cut)))
            }
        }
    }
}

/// What hyper sends.
pub(crate) struct ReplyBody {
    content: Content,
    /// Whether the reply is compressed; the encoder is gone once it is finished.
    zipped: bool,
    gzip: Option<GzEncoder<Vec<u8>>>,
    buffers: Arc<Buffers>,
    stats: Arc<Stats>,
    /// NUL becomes half of a surrogate pair.
    pub(crate) half_pairs: bool,
    /// Ends with the body.
    pub(crate) under_way: Option<UnderWay>,
}

impl ReplyBody {
    pub(crate) fn new(content: Content, zipped: bool, buffers: Arc<Buffers>, stats: Arc<Stats>) -> Self {
        let gzip = zipped.then(|| GzEncoder::new(Vec::new(), Compression::fast()));
        ReplyBody { content, zipped, gzip, buffers, stats, half_pairs: false, under_way: None }
    }

    /// The next plain chunk; None at the end.
    fn plain(&mut self) -> Option<Bytes> {
        match std::mem::replace(&mut self.content, Content::Done) {
            Content::Done | Content::Pieces(_) => None,
            Content::Ready(bytes) if self.half_pairs => {
                let mut bytes = bytes.to_vec();
                halve_pairs(&mut bytes);
                (!bytes.is_empty()).then(|| Bytes::from(bytes))
            }
            Content::Ready(bytes) => (!bytes.is_empty()).then_some(bytes),
            Content::Rendered(mut render) => {
                let mut buffer = self.buffers.take();
                let mut more = true;
                while more && buffer.len() < CHUNK {
                    more = render(&mut buffer);
                }
                if self.half_pairs {
                    halve_pairs(&mut buffer);
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
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Content::Pieces(pieces) = &mut self.content {
            let piece = ready!(pieces.poll(context));
            if let Some(Ok(bytes)) = &piece {
                self.stats.sent(bytes.len());
            }
            return Poll::Ready(piece.map(|piece| piece.map(Frame::data)));
        }
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
            Content::Pieces(Pieces { length: Some(length), .. }) => SizeHint::with_exact(*length as u64),
            Content::Pieces(_) => SizeHint::default(),
            Content::Done => SizeHint::with_exact(0),
            Content::Rendered(_) => SizeHint::default(),
        }
    }
}

/// Every `\u0000` becomes `\ud83d`, half of a pair that means nothing alone, and just as long.
fn halve_pairs(json: &mut [u8]) {
    let mut at = 0;
    while at + 6 <= json.len() {
        if json[at] != b'\\' {
            at += 1;
        } else if &json[at..at + 6] == b"\\u0000" {
            json[at..at + 6].copy_from_slice(b"\\ud83d");
            at += 6;
        } else {
            // Whatever is escaped, a backslash too, is not the beginning of an escape.
            at += 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_escaped_nul_becomes_half_a_pair() {
        let mut json = br#"{"a":"x\u0000\\u0000\\\u0000\n"}"#.to_vec();
        halve_pairs(&mut json);
        assert_eq!(String::from_utf8(json).unwrap(), r#"{"a":"x\ud83d\\u0000\\\ud83d\n"}"#);
    }
}
