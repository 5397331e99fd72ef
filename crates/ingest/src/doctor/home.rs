//! The home folder, who can read what is in it, what was left behind, and how much room there is.

use super::{Finding, Installation};
use crate::{backups, system::sentence};
use std::{
    fs::{self, File, Metadata},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};
use weir_model::Message;
use weir_store::StoreAddress;

/// With less than this nothing can be kept any more.
const TOO_LITTLE_MB: u64 = 64;

/// With less than this somebody should look, however small the store is.
const LITTLE_MB: u64 = 512;

/// How names of files and folders begin that are there only while somebody works on them.
const PASSING: [&str; 4] = [".weir-backup-", ".weir-restoring-", ".secret.key.", ".writable"];

pub(super) fn look(installation: &Installation) -> Vec<Finding> {
    let home = &installation.home;
    let metadata = match fs::metadata(home) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return vec![Finding::skipped("home", "There is none yet; the first integration makes it.")];
        }
        Err(error) => return vec![Finding::fail("home", &unwritable(home, &error))],
    };
    let mut found = vec![folder(home, &metadata)];
    if metadata.is_dir() {
        let kept = kept(installation);
        found.extend(open_files(&kept));
        found.extend(left(&kept));
        found.push(room(installation));
    }
    found
}

fn folder(home: &Path, metadata: &Metadata) -> Finding {
    if !metadata.is_dir() {
        return Finding::fail("home", &unwritable(home, &std::io::ErrorKind::NotADirectory.into()));
    }
    if let Err(error) = tempfile::Builder::new().prefix(".writable").tempfile_in(home) {
        return Finding::fail("home", &unwritable(home, &error));
    }
    match mode(metadata) & 0o077 {
        0 => Finding::ok("home", format!("{} is for its owner alone.", home.display())),
        _ => {
            let message = Message::HomeOpen { path: shown(home), mode: format!("{:04o}", mode(metadata)) };
            // Whoever can write into it can replace the key.
            if mode(metadata) & 0o022 == 0 {
                Finding::warn("home", &message)
            } else {
                Finding::fail("home", &message)
            }
        }
    }
}

/// Everything in the home, in its folder of backups, and the store's own files.
fn kept(installation: &Installation) -> Vec<PathBuf> {
    let home = &installation.home;
    let folders = [home.clone(), backups::folder(home)];
    let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    let mut kept: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    if let StoreAddress::Sqlite(path) = &installation.address {
        kept.extend(path.exists().then(|| path.clone()));
    }
    kept.sort();
    kept.dedup();
    kept
}

fn open_files(kept: &[PathBuf]) -> Vec<Finding> {
    let files: Vec<(&PathBuf, Metadata)> = kept
        .iter()
        .filter_map(|path| Some((path, fs::metadata(path).ok()?)))
        .filter(|(_, metadata)| metadata.is_file())
        .collect();
    let mut found = vec![];
    for (path, metadata) in files.iter().filter(|(_, metadata)| mode(metadata) & 0o077 != 0) {
        let message = Message::FileOpen { path: shown(path), mode: format!("{:04o}", mode(metadata)) };
        let is_key = name(path).starts_with("secret.key");
        found.push(if is_key { Finding::fail("files", &message) } else { Finding::warn("files", &message) });
    }
    if found.is_empty() {
        found.push(Finding::ok("files", format!("{} files, each for its owner alone.", files.len())));
    }
    found
}

fn left(kept: &[PathBuf]) -> Vec<Finding> {
    let is_passing = |path: &&PathBuf| PASSING.iter().any(|start| name(path).starts_with(start));
    // Who works on one holds a lock on it.
    let is_left = |path: &&PathBuf| File::open(path).is_ok_and(|file| file.try_lock().is_ok());
    let left = kept.iter().filter(is_passing).filter(is_left);
    left.map(|path| Finding::warn("files", &Message::FileLeft { path: shown(path) })).collect()
}

fn room(installation: &Installation) -> Finding {
    let home = &installation.home;
    let (folder, store_mb) = match &installation.address {
        StoreAddress::Sqlite(path) => {
            let folder = path.parent().filter(|folder| folder.is_dir()).unwrap_or(home);
            (folder, fs::metadata(path).map_or(0, |metadata| metadata.len() >> 20))
        }
        StoreAddress::Postgres(_) => (home.as_path(), 0),
    };
    let free_mb = match rustix::fs::statvfs(folder) {
        Ok(found) => found.f_bavail.saturating_mul(found.f_frsize) >> 20,
        Err(error) => return Finding::fail("disk", &unwritable(folder, &error.into())),
    };
    let wanted_mb = store_mb.max(LITTLE_MB);
    let message = Message::DiskLow { path: shown(folder), free_mb, wanted_mb };
    match free_mb {
        0..TOO_LITTLE_MB => Finding::fail("disk", &message),
        _ if free_mb < wanted_mb => Finding::warn("disk", &message),
        _ => Finding::ok("disk", format!("{free_mb} MB are free, the store has {store_mb} MB.")),
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Message {
    Message::StoreUnwritable { path: shown(path), detail: sentence(error) }
}

fn mode(metadata: &Metadata) -> u32 {
    metadata.permissions().mode() & 0o7777
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
