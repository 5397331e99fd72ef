//! Writing the archive, in one pass: the header of a part is put before it once its length is known.

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest as _, Sha256};
use std::{
    fs::File,
    io::{self, BufWriter, Seek as _, SeekFrom, Write},
};

/// The unit of a tar archive.
const BLOCK: u64 = 512;

/// An archive that grows.
pub(super) struct Writer {
    out: BufWriter<File>,
    /// The time that every part carries, in seconds since 1970.
    time: u64,
}

/// A part with the lines of a table, that grows.
pub(super) struct Lines {
    packed: GzEncoder<Hashed<BufWriter<File>>>,
    lines: Sha256,
    start: u64,
    time: u64,
}

/// What a part came to.
pub(super) struct Written {
    pub(super) bytes: u64,
    pub(super) sha256: String,
    pub(super) lines_sha256: String,
}

impl Writer {
    pub(super) fn new(file: File, time: u64) -> Self {
        Self { out: BufWriter::with_capacity(256 * 1024, file), time }
    }

    /// Begins a part; the archive comes back with its end.
    pub(super) fn lines(mut self) -> io::Result<Lines> {
        let start = self.out.stream_position()?;
        self.out.write_all(&[0; BLOCK as usize])?;
        let packed = GzEncoder::new(Hashed::new(self.out), Compression::fast());
        Ok(Lines { packed, lines: Sha256::new(), start, time: self.time })
    }

    /// Adds a small part.
    pub(super) fn add(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        self.out.write_all(header(name, content.len() as u64, self.time)?.as_bytes())?;
        self.out.write_all(content)?;
        self.out.write_all(&padding(content.len() as u64))
    }

    /// Ends the archive; all of it is on the disk then.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.write_all(&[0; 2 * BLOCK as usize])?;
        self.out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }
}

impl Lines {
    pub(super) fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        self.lines.update(lines);
        self.packed.write_all(lines)
    }

    pub(super) fn end(self, name: &str) -> io::Result<(Writer, Written)> {
        let Hashed { mut inner, hash, bytes } = self.packed.finish()?;
        inner.write_all(&padding(bytes))?;
        let end = inner.stream_position()?;
        inner.seek(SeekFrom::Start(self.start))?;
        inner.write_all(header(name, bytes, self.time)?.as_bytes())?;
        inner.seek(SeekFrom::Start(end))?;
        let written =
            Written { bytes, sha256: hex(&hash.finalize()), lines_sha256: hex(&self.lines.finalize()) };
        Ok((Writer { out: inner, time: self.time }, written))
    }
}

fn header(name: &str, bytes: u64, time: u64) -> io::Result<tar::Header> {
    let mut header = tar::Header::new_ustar();
    header.set_path(name)?;
    header.set_size(bytes);
    header.set_mode(0o600);
    header.set_mtime(time);
    header.set_entry_type(tar::EntryType::Regular);
    header.set_cksum();
    Ok(header)
}

fn padding(bytes: u64) -> Vec<u8> {
    vec![0; ((BLOCK - bytes % BLOCK) % BLOCK) as usize]
}

/// Counts and digests what goes through it.
pub(super) struct Hashed<T> {
    inner: T,
    hash: Sha256,
    bytes: u64,
}

impl<T> Hashed<T> {
    pub(super) fn new(inner: T) -> Self {
        Self { inner, hash: Sha256::new(), bytes: 0 }
    }

    /// How many bytes went through, and their SHA-256.
    pub(super) fn sum(self) -> (u64, String) {
        (self.bytes, hex(&self.hash.finalize()))
    }
}

impl<T: Write> Write for Hashed<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<T: io::Read> io::Read for Hashed<T> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.hash.update(&into[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
