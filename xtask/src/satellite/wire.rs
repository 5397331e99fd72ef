//! What lies between a satellite and its server: a proxy of loopback that passes on, refuses or swallows, and keeps what went
//! through it.

use anyhow::{Context, Result, ensure};
use flate2::read::GzDecoder;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What becomes of connections.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    /// What one side says is passed on to the other.
    Open,
    /// Nobody is let in, and who was is sent away.
    Cut,
    /// Everybody is let in and heard by nobody, as where a cable is pulled.
    Silent,
}

/// Words of the satellite that reach the server as others, equally long.
pub(super) type Twist = (&'static str, &'static str);

/// The way to a server.
#[derive(Debug)]
pub(super) struct Wire {
    address: String,
    mode: watch::Sender<Mode>,
    shared: Arc<Shared>,
    listens: tokio::task::JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    target: String,
    keeps: bool,
    twist: Mutex<Option<Twist>>,
    kept: Mutex<Vec<Stream>>,
}

/// What one side said over one connection.
type Stream = Arc<Mutex<Vec<u8>>>;

impl Wire {
    /// Lays one to an address; with `keeps` all that goes through it stays to be looked at.
    pub(super) async fn to(target: &str, keeps: bool) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let (mode, follows) = watch::channel(Mode::Open);
        let (twist, kept) = (Mutex::default(), Mutex::default());
        let shared = Arc::new(Shared { target: target.to_owned(), keeps, twist, kept });
        let owned = Arc::clone(&shared);
        let listens = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(through(stream, Arc::clone(&owned), follows.clone()));
            }
        });
        Ok(Self { address, mode, shared, listens })
    }

    /// Where it begins.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Opens or cuts it.
    pub(super) fn be(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    /// Twists words from now on.
    pub(super) fn twist(&self, twist: Twist) {
        *self.shared.twist.lock().unwrap_or_else(PoisonError::into_inner) = Some(twist);
    }

    /// All that went through, compressed or not; fails where a part of it cannot be read.
    pub(super) fn texts(&self) -> Result<Vec<Vec<u8>>> {
        let kept = self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = Vec::new();
        for stream in kept.iter() {
            let bytes = stream.lock().unwrap_or_else(PoisonError::into_inner).clone();
            all.extend(unpacked(&bytes)?);
            all.push(bytes);
        }
        Ok(all)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.listens.abort();
    }
}

async fn through(near: TcpStream, shared: Arc<Shared>, mut mode: watch::Receiver<Mode>) {
    let now = *mode.borrow_and_update();
    match now {
        Mode::Cut => return,
        Mode::Silent => return std::future::pending().await,
        Mode::Open => {}
    }
    // A server that is away refuses, and so does the wire.
    let Ok(far) = TcpStream::connect(&shared.target).await else { return };
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    let changes = async {
        loop {
            match mode.changed().await {
                Err(_) => return Mode::Cut,
                Ok(()) if *mode.borrow() == Mode::Open => {}
                Ok(()) => return *mode.borrow(),
            }
        }
    };
    let twist = *shared.twist.lock().unwrap_or_else(PoisonError::into_inner);
    // Both stay where they are while the wire is silent, and go when this is over.
    let mut there = std::pin::pin!(carry(near_in, far_out, shared.stream(), twist));
    let mut back = std::pin::pin!(carry(far_in, near_out, shared.stream(), None));
    let mode = tokio::select! {
        _ = async { tokio::join!(&mut there, &mut back) } => return,
        mode = changes => mode,
    };
    if mode == Mode::Silent {
        std::future::pending::<()>().await;
    }
}

/// Carries what one side says to the other until either ends, or the wire is cut.
async fn carry(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    kept: Option<Stream>,
    twist: Option<Twist>,
) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let part = &mut buffer[..length];
        if let Some((word, other)) = twist {
            while let Some(at) = find(part, word.as_bytes()) {
                part[at..at + word.len()].copy_from_slice(other.as_bytes());
            }
        }
        if let Some(kept) = &kept {
            kept.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(part);
        }
        if to.write_all(part).await.is_err() {
            return;
        }
    }
    // The other side hears that nothing more comes; it may be gone.
    let _ = to.shutdown().await;
}

impl Shared {
    fn stream(&self) -> Option<Stream> {
        let stream = self.keeps.then(Stream::default)?;
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&stream));
        Some(stream)
    }
}

/// Where a text begins among bytes.
pub(super) fn find(bytes: &[u8], text: &[u8]) -> Option<usize> {
    bytes.windows(text.len()).position(|part| part == text)
}

/// The bodies of the messages of HTTP/1.1 in a stream that are compressed, as they were before. The last may be cut short.
fn unpacked(mut stream: &[u8]) -> Result<Vec<Vec<u8>>> {
    let mut all = Vec::new();
    while let Some(end) = find(stream, b"\r\n\r\n") {
        let head = String::from_utf8_lossy(&stream[..end]).to_lowercase();
        let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        stream = &stream[end + 4..];
        let body = match (field("content-length:"), field("transfer-encoding:")) {
            (Some(length), _) => {
                let length: usize = length.parse().context("the length of a body")?;
                let (body, rest) = stream.split_at(length.min(stream.len()));
                stream = rest;
                body.to_vec()
            }
            (None, Some(_)) => chunks(&mut stream),
            (None, None) => continue,
        };
        match field("content-encoding:") {
            None => {}
            Some("gzip") => {
                let mut text = Vec::new();
                // What was cut short ends in an error, and is looked at as far as it came.
                let _ = GzDecoder::new(&*body).read_to_end(&mut text);
                all.push(text);
            }
            Some(other) => ensure!(body.is_empty(), "a body on the wire is compressed as {other}"),
        }
    }
    Ok(all)
}

/// A body that came in chunks.
fn chunks(stream: &mut &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = find(stream, b"\r\n") {
        let length = std::str::from_utf8(&stream[..end]).ok();
        let length = length.and_then(|text| usize::from_str_radix(text.split(';').next()?.trim(), 16).ok());
        *stream = &stream[end + 2..];
        let Some(length) = length.map(|length| length.min(stream.len())) else { break };
        body.extend_from_slice(&stream[..length]);
        *stream = &stream[(length + 2).min(stream.len())..];
        if length == 0 {
            break;
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_word_is_found_in_bodies_that_are_compressed_whole_or_in_chunks_or_cut_short() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(b"the word is herons").unwrap();
        let packed = packed.finish().unwrap();
        let head = "POST / HTTP/1.1\r\nContent-Encoding: gzip\r\n";
        let length = format!("Content-Length: {}\r\n\r\n", packed.len());
        let whole = [head.as_bytes(), length.as_bytes(), &packed];
        let chunk = format!("Transfer-Encoding: chunked\r\n\r\n{:x}\r\n", packed.len());
        let chunked = [head.as_bytes(), chunk.as_bytes(), &packed, b"\r\n0\r\n\r\n"];
        let plain: [&[u8]; 1] = [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"];
        let stream = [whole.concat(), plain.concat(), chunked.concat(), whole.concat()].concat();
        let all = unpacked(&stream).unwrap();
        assert_eq!(all, vec![b"the word is herons".to_vec(); 3]);
        assert_eq!(unpacked(&stream[..stream.len() - 9]).unwrap().len(), 3);
        assert!(unpacked(b"GET / HTTP/1.1\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx").is_err());
    }
}
