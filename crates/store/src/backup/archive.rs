//! Reading the archive: what is in it, and the lines of a table one by one. Nothing is believed that is not proved.

use super::{
    broken,
    manifest::{FORMAT, Manifest, TablePart},
    writer::{Hashed, hex},
};
use crate::{StoreError, error::bounded, schema};
use flate2::read::GzDecoder;
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Take},
    path::{Path, PathBuf},
};
use weir_model::Message;

pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const MANIFEST_SUM: &str = "manifest.json.sha256";

/// Longest manifest read.
const LONGEST_MANIFEST: u64 = 16 * 1024 * 1024;

/// Longest line read; bodies that come in are bounded far below.
const LONGEST_LINE: u64 = 512 * 1024 * 1024;

/// A backup file whose manifest is whole and fits its parts.
#[derive(Clone, Debug)]
pub struct Backup {
    path: PathBuf,
    manifest: Manifest,
    /// Where each part begins, and how long it is.
    parts: BTreeMap<String, (u64, u64)>,
}

impl Backup {
    /// Looks through a file.
    ///
    /// # Errors
    /// `file.read`, `backup.foreign` for other files, `backup.broken` for one that breaks off or was changed in what it says
    /// of itself, `backup.newer` for one that this program does not know how to read.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut parts = BTreeMap::new();
        let mut archive = tar::Archive::new(read_from(path)?);
        let entries = archive.entries_with_seek().map_err(|error| foreign(path, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| match parts.is_empty() {
                true => foreign(path, &error),
                false => {
                    broken(path, format!("It breaks off or was changed: {}", bounded(&error.to_string())))
                }
            })?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            if parts.is_empty() && !name.starts_with("tables/") {
                let what = io::Error::other(format!("It begins with {}", bounded(&name)));
                return Err(foreign(path, &what));
            }
            let place = (entry.raw_file_position(), entry.size());
            if parts.insert(name.clone(), place).is_some() {
                return Err(broken(path, format!("It holds {} twice", bounded(&name))));
            }
        }
        if parts.is_empty() {
            return Err(foreign(path, &io::Error::other("It is empty")));
        }
        let manifest = manifest(path, &parts)?;
        let backup = Self { path: path.to_owned(), manifest, parts };
        backup.fits()?;
        Ok(backup)
    }

    /// What it says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Every part has the length and the digest that the manifest says.
    pub(super) fn check_sums(&self) -> Result<(), StoreError> {
        for table in &self.manifest.tables {
            let mut part = Hashed::new(self.part(table)?);
            io::copy(&mut part, &mut io::sink()).map_err(|error| unread(&self.path, &error))?;
            if part.sum() != (table.bytes, table.sha256.clone()) {
                return Err(self.changed(table));
            }
        }
        Ok(())
    }

    /// The lines of a table.
    pub(super) fn lines<'a>(&'a self, table: &'a TablePart) -> Result<Lines<'a>, StoreError> {
        let unpacked = GzDecoder::new(Hashed::new(self.part(table)?));
        Ok(Lines {
            backup: self,
            table,
            unpacked: BufReader::with_capacity(64 * 1024, unpacked),
            hash: Sha256::new(),
            line: vec![],
            count: 0,
        })
    }

    fn part(&self, table: &TablePart) -> Result<Take<BufReader<File>>, StoreError> {
        part(&self.path, &self.parts, &table.part)
    }

    fn changed(&self, table: &TablePart) -> StoreError {
        broken(&self.path, format!("The table {} is not as it was written", table.name))
    }

    /// The archive holds what the manifest says, and nothing else.
    fn fits(&self) -> Result<(), StoreError> {
        let mut names: Vec<&str> = self.manifest.tables.iter().map(|table| table.part.as_str()).collect();
        names.extend([MANIFEST, MANIFEST_SUM]);
        names.sort_unstable();
        if !names.iter().copied().eq(self.parts.keys().map(String::as_str)) {
            return Err(broken(&self.path, "Its parts are not those that its manifest names"));
        }
        Ok(())
    }
}

/// The lines of a table, one by one.
pub(super) struct Lines<'a> {
    backup: &'a Backup,
    table: &'a TablePart,
    unpacked: BufReader<GzDecoder<Hashed<Take<BufReader<File>>>>>,
    hash: Sha256,
    line: Vec<u8>,
    count: u64,
}

impl Lines<'_> {
    /// The next line, without its end.
    pub(super) fn next(&mut self) -> Result<Option<&str>, StoreError> {
        self.line.clear();
        let mut bounded = self.unpacked.by_ref().take(LONGEST_LINE);
        // A part that does not unpack was changed, whatever the reader says of it.
        bounded.read_until(b'\n', &mut self.line).map_err(|_| self.backup.changed(self.table))?;
        if self.line.is_empty() {
            return Ok(None);
        }
        self.hash.update(&self.line);
        self.count += 1;
        let line = self.line.strip_suffix(b"\n").and_then(|line| std::str::from_utf8(line).ok());
        line.map(Some).ok_or_else(|| self.backup.changed(self.table))
    }

    /// What is wrong with the line that came last.
    pub(super) fn wrong(&self, detail: &str) -> StoreError {
        let place = format!("Line {} of the table {} does not fit", self.count, self.table.name);
        broken(&self.backup.path, format!("{place}: {}", bounded(detail)))
    }

    /// All lines were there and are as they were written.
    pub(super) fn end(self) -> Result<u64, StoreError> {
        let mut part = self.unpacked.into_inner().into_inner();
        io::copy(&mut part, &mut io::sink()).map_err(|error| unread(&self.backup.path, &error))?;
        let is_same = part.sum() == (self.table.bytes, self.table.sha256.clone())
            && hex(&self.hash.finalize()) == self.table.lines_sha256
            && self.count == self.table.rows;
        if is_same { Ok(self.count) } else { Err(self.backup.changed(self.table)) }
    }
}

fn manifest(path: &Path, parts: &BTreeMap<String, (u64, u64)>) -> Result<Manifest, StoreError> {
    if !parts.contains_key(MANIFEST) || !parts.contains_key(MANIFEST_SUM) {
        return Err(broken(path, "It has no manifest, so it was not written to its end"));
    }
    let content = |name: &str| -> Result<Vec<u8>, StoreError> {
        let mut content = vec![];
        let mut part = part(path, parts, name)?.take(LONGEST_MANIFEST);
        part.read_to_end(&mut content).map_err(|error| unread(path, &error))?;
        Ok(content)
    };
    let text = content(MANIFEST)?;
    if content(MANIFEST_SUM)? != sum_line(&text).as_bytes() {
        return Err(broken(path, "Its manifest is not as it was written"));
    }
    /// What every format says first.
    #[derive(serde::Deserialize)]
    struct Head {
        format: u32,
        schema: i64,
    }
    let unfit = |error: serde_json::Error| {
        broken(path, format!("Its manifest does not fit: {}", bounded(&error.to_string())))
    };
    let head: Head = serde_json::from_slice(&text).map_err(unfit)?;
    if head.format > FORMAT || head.schema > schema::KNOWN {
        let detail = format!(
            "Its format is {} and its schema {}; this program knows up to {FORMAT} and {}",
            head.format,
            head.schema,
            schema::KNOWN
        );
        return Err(Message::BackupNewer { path: path.display().to_string(), detail }.into());
    }
    serde_json::from_slice(&text).map_err(unfit)
}

/// The digest of a manifest, as `sha256sum` writes and reads it.
pub(super) fn sum_line(manifest: &[u8]) -> String {
    format!("{}  {MANIFEST}\n", hex(&Sha256::digest(manifest)))
}

fn part(
    path: &Path,
    parts: &BTreeMap<String, (u64, u64)>,
    name: &str,
) -> Result<Take<BufReader<File>>, StoreError> {
    let (start, bytes) =
        parts.get(name).copied().ok_or_else(|| broken(path, format!("It has no {}", bounded(name))))?;
    let mut file = read_from(path)?;
    file.seek(SeekFrom::Start(start)).map_err(|error| unread(path, &error))?;
    Ok(file.take(bytes))
}

fn read_from(path: &Path) -> Result<BufReader<File>, StoreError> {
    let file = File::open(path).map_err(|error| unread(path, &error))?;
    if !file.metadata().map_err(|error| unread(path, &error))?.is_file() {
        return Err(unread(path, &io::ErrorKind::IsADirectory.into()));
    }
    Ok(BufReader::with_capacity(256 * 1024, file))
}

fn unread(path: &Path, error: &io::Error) -> StoreError {
    Message::FileRead { path: path.display().to_string(), detail: bounded(&error.to_string()) }.into()
}

fn foreign(path: &Path, error: &io::Error) -> StoreError {
    let detail = bounded(&error.to_string());
    Message::BackupForeign { path: path.display().to_string(), detail }.into()
}
