//! What was read and not yet committed at the server: a file for each batch, in their order.
//!
//! A file is written beside its place, made durable, and moved to it; so a file that is there is whole, whatever became of the
//! process. It goes once the server has committed it. A spool has a name; what it holds is good only for an integration that is
//! asked for as it was then, and where the server has come up to what comes before it: otherwise it is thrown away, under another
//! name is begun anew, and everything is read again from where the server is.

use super::state::unkept;
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Deserialize, Serialize};
use std::{
    collections::VecDeque,
    fs::{self, File},
    io::{self, Read as _, Write as _},
    os::unix::fs::DirBuilderExt as _,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Notify;
use weir_model::{Batch, Checkpoint, FeedFault, Message, Millis};
use weir_source::errand::{Parcel, Place};

/// A spool that is full for so long is told of: before, the server may only be slower than the site.
const TOLD_AFTER: std::time::Duration = std::time::Duration::from_secs(5);

/// What waits in a spool.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Waiting {
    pub(super) batches: u64,
    pub(super) bytes: u64,
    /// When the oldest was read.
    pub(super) since: Option<Millis>,
}

impl Waiting {
    pub(super) fn with(self, other: &Self) -> Self {
        Self {
            batches: self.batches + other.batches,
            bytes: self.bytes + other.bytes,
            since: self.since.into_iter().chain(other.since).min(),
        }
    }
}

/// The first file of a spool: which one it is, and what it was read for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Head {
    name: String,
    basis: String,
}

/// A batch that waits.
#[derive(Clone, Copy, Debug)]
struct Entry {
    seq: u64,
    bytes: u64,
    at: Millis,
}

#[derive(Debug)]
struct Inner {
    entries: VecDeque<Entry>,
    next: u64,
}

/// The spool of one integration.
#[derive(Debug)]
pub(super) struct Spool {
    folder: PathBuf,
    head: Head,
    inner: Mutex<Inner>,
    most_bytes: u64,
    told: Arc<Mutex<Waiting>>,
    moved: Notify,
}

/// A spool that was opened, and the checkpoints that are true once all that waits in it is committed.
pub(super) type Opened = (Spool, Vec<Checkpoint>);

impl Spool {
    /// Opens the spool of an integration whose server has come to `committed`. What waits in it is kept where it goes on from there.
    pub(super) fn open(
        (folder, told): (PathBuf, Arc<Mutex<Waiting>>),
        (basis, name): (&str, &dyn Fn() -> String),
        committed: Option<&Place>,
        (most_bytes, oldest): (u64, Millis),
    ) -> Result<Opened, Message> {
        let failed = |error: io::Error| unkept(&folder, &error);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(failed)?;
        let head = read_head(&folder).filter(|head| head.basis == basis);
        let entries = match &head {
            Some(head) => going_on(&folder, head, committed, oldest).map_err(failed)?,
            None => None,
        };
        let (head, entries) = match head.zip(entries) {
            Some(found) => found,
            None => {
                clear(&folder).map_err(failed)?;
                let head = Head { name: name(), basis: basis.to_owned() };
                write_head(&folder, &head).map_err(failed)?;
                (head, VecDeque::new())
            }
        };
        let after = committed.filter(|place| place.spool == head.name).map_or(0, |place| place.seq);
        let next = entries.back().map_or(after, |entry| entry.seq) + 1;
        let spool = Self {
            folder,
            head,
            inner: Mutex::new(Inner { entries, next }),
            most_bytes,
            told,
            moved: Notify::new(),
        };
        spool.tell();
        let checkpoints = spool.checkpoints()?;
        Ok((spool, checkpoints))
    }

    /// The next batch as it is kept and sent, whatever else is put in before.
    pub(super) fn packed(&self, batch: &Batch) -> Result<Packed, Message> {
        let place = Place { spool: self.head.name.clone(), seq: self.lock().next };
        pack(&ParcelOf::Batch { place, batch })
    }

    /// Keeps a batch, packed as the next one; waits while there is no room, and calls `full` where that takes a while.
    pub(super) async fn put(&self, packed: &[u8], at: Millis, full: impl Fn()) -> Result<(), Message> {
        let seq = self.lock().next;
        let bytes = packed.len() as u64;
        let mut told_after = std::pin::pin!(tokio::time::sleep(TOLD_AFTER));
        let mut is_told = false;
        loop {
            let moved = self.moved.notified();
            let held: u64 = self.lock().entries.iter().map(|entry| entry.bytes).sum();
            if held == 0 || held + bytes <= self.most_bytes {
                break;
            }
            tokio::select! {
                () = moved => {}
                () = &mut told_after, if !is_told => {
                    is_told = true;
                    full();
                }
            }
        }
        let path = self.folder.join(file_of(seq));
        write_durably(&path, packed).map_err(|error| unkept(&path, &error))?;
        let mut inner = self.lock();
        inner.next = seq + 1;
        inner.entries.push_back(Entry { seq, bytes, at });
        drop(inner);
        self.tell();
        self.moved.notify_waiters();
        Ok(())
    }

    /// The oldest batch, as it is sent; nothing where none waits.
    pub(super) fn oldest(&self) -> Result<Option<(u64, Vec<u8>)>, Message> {
        let Some(entry) = self.lock().entries.front().copied() else { return Ok(None) };
        let path = self.folder.join(file_of(entry.seq));
        fs::read(&path).map(|packed| Some((entry.seq, packed))).map_err(|error| unkept(&path, &error))
    }

    /// The server has committed this one.
    pub(super) fn sent(&self, seq: u64) -> Result<(), Message> {
        let path = self.folder.join(file_of(seq));
        fs::remove_file(&path).map_err(|error| unkept(&path, &error))?;
        self.lock().entries.retain(|entry| entry.seq != seq);
        self.tell();
        self.moved.notify_waiters();
        Ok(())
    }

    /// Waits until something was put in or taken out.
    pub(super) async fn moves(&self) {
        let moved = self.moved.notified();
        tokio::select! {
            () = moved => {}
            () = tokio::time::sleep(std::time::Duration::from_millis(200)) => {}
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().entries.is_empty()
    }

    /// When the oldest of what waits was read.
    pub(super) fn since(&self) -> Option<Millis> {
        self.lock().entries.front().map(|entry| entry.at)
    }

    /// The checkpoints of everything that waits, the last of each partition.
    fn checkpoints(&self) -> Result<Vec<Checkpoint>, Message> {
        let entries: Vec<Entry> = self.lock().entries.iter().copied().collect();
        let mut all: Vec<Checkpoint> = vec![];
        for entry in entries {
            let path = self.folder.join(file_of(entry.seq));
            let packed = fs::read(&path).map_err(|error| unkept(&path, &error))?;
            let Parcel::Batch { batch, .. } = unpack(&packed).map_err(|error| unkept(&path, &error))? else {
                continue;
            };
            all = merged(all, batch.checkpoints);
        }
        Ok(all)
    }

    fn tell(&self) {
        let inner = self.lock();
        let told = Waiting {
            batches: inner.entries.len() as u64,
            bytes: inner.entries.iter().map(|entry| entry.bytes).sum(),
            since: inner.entries.front().map(|entry| entry.at),
        };
        drop(inner);
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = told;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Checkpoints, with those that came later in the places of the earlier ones.
pub(super) fn merged(mut all: Vec<Checkpoint>, later: Vec<Checkpoint>) -> Vec<Checkpoint> {
    for one in later {
        match all.iter_mut().find(|known| known.partition == one.partition) {
            Some(known) => *known = one,
            None => all.push(one),
        }
    }
    all
}

/// A batch as it goes into a parcel, without a copy of it.
#[derive(Serialize)]
#[serde(rename_all = "snake_case", tag = "parcel")]
enum ParcelOf<'a> {
    Batch { place: Place, batch: &'a Batch },
}

/// A parcel as it is kept and sent.
#[derive(Debug)]
pub(super) struct Packed {
    pub(super) bytes: Vec<u8>,
    /// How long it is when it is unpacked.
    pub(super) text: u64,
}

/// Packs a parcel.
pub(super) fn pack(parcel: &impl Serialize) -> Result<Packed, Message> {
    let bug = |detail: String| Message::Bug { detail: format!("a parcel cannot be packed: {detail}") };
    let mut packed = Counted { into: GzEncoder::new(Vec::new(), Compression::fast()), text: 0 };
    serde_json::to_writer(&mut packed, parcel).map_err(|error| bug(error.to_string()))?;
    let bytes = packed.into.finish().map_err(|error| bug(error.to_string()))?;
    Ok(Packed { bytes, text: packed.text })
}

/// Counts what goes through it.
struct Counted<W> {
    into: W,
    text: u64,
}

impl<W: io::Write> io::Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.into.write(bytes)?;
        self.text += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.into.flush()
    }
}

fn unpack(packed: &[u8]) -> io::Result<Parcel> {
    let mut text = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut text)?;
    serde_json::from_slice(&text).map_err(io::Error::from)
}

fn file_of(seq: u64) -> String {
    format!("{seq:016x}.gz")
}

fn seq_of(name: &str) -> Option<u64> {
    u64::from_str_radix(name.strip_suffix(".gz")?, 16).ok().filter(|seq| file_of(*seq) == name)
}

/// What waits in a folder, where it goes on from what is committed; `None` where it does not.
fn going_on(
    folder: &std::path::Path,
    head: &Head,
    committed: Option<&Place>,
    oldest: Millis,
) -> io::Result<Option<VecDeque<Entry>>> {
    let mut found = vec![];
    for file in fs::read_dir(folder)? {
        let file = file?;
        if let Some(seq) = file.file_name().to_str().and_then(seq_of) {
            let about = file.metadata()?;
            let written = about.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            let at = Millis(i64::try_from(written.as_millis()).unwrap_or(i64::MAX));
            found.push(Entry { seq, bytes: about.len(), at });
        }
    }
    found.sort_by_key(|entry| entry.seq);
    let after = committed.filter(|place| place.spool == head.name).map_or(0, |place| place.seq);
    let is_known = committed.is_some_and(|place| place.spool == head.name);
    for entry in found.extract_if(.., |entry| is_known && entry.seq <= after) {
        // Committed, and the answer was lost.
        fs::remove_file(folder.join(file_of(entry.seq)))?;
    }
    let is_whole = found.iter().zip(after + 1..).all(|(entry, seq)| entry.seq == seq);
    let is_readable = found
        .iter()
        .all(|entry| fs::read(folder.join(file_of(entry.seq))).and_then(|packed| unpack(&packed)).is_ok());
    let is_fresh = found.iter().all(|entry| entry.at >= oldest);
    // What the server has never heard of may be of before somebody had everything read anew.
    let goes_on = is_whole && is_readable && is_fresh && (found.is_empty() || is_known);
    Ok(goes_on.then(|| found.into()))
}

fn read_head(folder: &std::path::Path) -> Option<Head> {
    serde_json::from_slice(&fs::read(folder.join("head.json")).ok()?).ok()
}

fn write_head(folder: &std::path::Path, head: &Head) -> io::Result<()> {
    write_durably(&folder.join("head.json"), &serde_json::to_vec(head)?)
}

/// Takes everything of ours out of a folder.
fn clear(folder: &std::path::Path) -> io::Result<()> {
    for file in fs::read_dir(folder)? {
        let file = file?;
        let name = file.file_name();
        let is_ours = name
            .to_str()
            .is_some_and(|name| name == "head.json" || seq_of(name).is_some() || name.ends_with(".new"));
        if is_ours {
            fs::remove_file(file.path())?;
        }
    }
    Ok(())
}

fn write_durably(path: &std::path::Path, bytes: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let written = File::create(&fresh).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    if let Err(error) = written {
        // On a disk that is full even a part takes room. Where it cannot be removed the reason is the same.
        let _ = fs::remove_file(&fresh);
        return Err(error);
    }
    fs::rename(&fresh, path)?;
    File::open(path.parent().unwrap_or(path))?.sync_all()
}

/// That what waits is older than it is kept.
pub(super) fn too_old(kept_ms: i64) -> Message {
    FeedFault::SpoolOld { hours: u64::try_from(kept_ms / 3_600_000).unwrap_or(0) }.into()
}
