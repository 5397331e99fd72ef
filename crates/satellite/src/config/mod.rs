//! The file of a satellite: YAML as it is in the field, and what we add to it.
//!
//! [`read()`] gives typed values and a list of findings, each with its line and column. An error in one integration takes that one
//! out and leaves the others; an error in what they have in common leaves nothing. What a file says is bounded: a text of
//! at most [`LONGEST`] bytes becomes at most a few megabytes, whatever its aliases say.

mod around;
mod fields;
mod finding;
mod read;
mod sealed;
mod secret;
mod site;
#[cfg(test)]
mod tests;
mod tree;
mod values;

pub use around::{Held, Here, Surroundings};
pub use finding::{Finding, Severity};
pub use sealed::{open_file, seal_file};
pub use values::{Adfs, Login, Proxy, Server, Settings, Site};

use finding::Findings;
use read::Reader;
use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    path::Path,
};
use tree::{Node, Place, Refused};
use weir_model::SatelliteFault;
use weir_vault::KeyFile;

/// A longer file is not read, in bytes.
pub const LONGEST: u64 = 256 * 1024;

/// A file with comments, to fill in.
pub const TEMPLATE: &str = include_str!("template.yml");

/// What became of a file.
#[derive(Clone, Debug)]
pub struct Reading {
    /// What it says; `None` where a satellite cannot run with it.
    pub settings: Option<Settings>,
    /// What was found, in the order of the file.
    pub findings: Vec<Finding>,
    /// How many of them are errors, with those that are left out.
    pub errors: usize,
    /// How many findings are left out.
    pub left_out: usize,
}

/// Reads the text of a file.
pub fn read(bytes: &[u8], around: &dyn Surroundings) -> Reading {
    let mut reader = Reader { around, findings: Findings::default(), holds_secret: false };
    let settings = reader.read(bytes);
    finished(settings, reader.findings)
}

/// Reads a file of this machine; one that is encrypted with this key.
///
/// # Errors
/// A fault of the file as a whole, where there is none that can be read.
pub fn read_file(path: &Path, key: Option<&KeyFile>) -> Result<Reading, SatelliteFault> {
    let (held, is_sealed) = sealed::held(path, key)?;
    let around = Here::beside(path);
    let mut reader = Reader { around: &around, findings: Findings::default(), holds_secret: false };
    let settings = reader.read(&held.bytes);
    if let Some(mode) = held.mode.filter(|_| held.is_shared() && reader.holds_secret && !is_sealed) {
        let fault = SatelliteFault::Shared { mode: format!("{mode:04o}") };
        reader.findings.warning("", Place::START, fault);
    }
    Ok(finished(settings, reader.findings))
}

fn finished(settings: Option<Settings>, findings: Findings) -> Reading {
    let errors = findings.errors();
    let (findings, left_out) = findings.into_parts();
    Reading { settings, findings, errors, left_out }
}

impl Reader<'_> {
    fn read(&mut self, bytes: &[u8]) -> Option<Settings> {
        match document(bytes) {
            Ok(root) => self.settings(&root),
            Err((place, fault)) => {
                self.findings.error("", place, fault);
                None
            }
        }
    }
}

/// The one document of a text.
fn document(bytes: &[u8]) -> Result<Node, Refused> {
    if bytes.len() as u64 > LONGEST {
        return Err((Place::START, SatelliteFault::Large { most_kb: LONGEST / 1024 }));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let (before, _) = bytes.split_at(error.valid_up_to());
        (Place::after(&String::from_utf8_lossy(before)), SatelliteFault::Encoding {})
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let root = tree::grow(text)?.filter(|root| !root.is_blank());
    root.ok_or((Place::START, SatelliteFault::Empty {}))
}

/// Writes a file to fill in, for its owner alone; one that is there stays as it is.
///
/// # Errors
/// The system's own; [`io::ErrorKind::AlreadyExists`] where there is a file of this name.
pub fn write_new(path: &Path, text: &str) -> io::Result<()> {
    write_private(path, text.as_bytes())
}

/// Writes a new file for its owner alone.
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
