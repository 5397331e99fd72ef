//! Backups in the folder that a home has for them, each by its name alone.
//!
//! A name is a plain one of a file: whoever may only use names cannot reach what lies elsewhere.

use crate::system::sentence;
use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};
use weir_model::{Message, Millis, clean};
use weir_store::{Manifest, Store};

/// How the name of a backup ends.
const ENDING: &str = ".tar";

/// Backups that the folder holds before no more are made through the API: nobody is to fill the disk from afar.
pub const MOST: usize = 50;

/// Longest name, with its ending.
const LONGEST_NAME: usize = 100;

/// A file in the folder of backups.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// When it was written.
    pub made_at: Millis,
}

/// The folder of backups in a home.
pub fn folder(home: &Path) -> PathBuf {
    home.join("backups")
}

/// The name of a backup that is given none.
pub fn usual_name(now: Millis) -> String {
    let stamp: String = now.rfc3339().chars().filter(char::is_ascii_alphanumeric).collect();
    format!("weir-{stamp}{ENDING}")
}

/// Whether a text can name a backup: letters, digits, `.`, `_` and `-`, none of the last three first, and `.tar` at the end.
pub fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    text.len() <= LONGEST_NAME
        && text.strip_suffix(ENDING).is_some_and(|stem| {
            stem.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric()) && stem.bytes().all(plain)
        })
}

/// Where a backup of this name is to be written. Makes the folder where there is none.
///
/// # Errors
/// `backup.unknown` for what is no name, `file.write`.
pub fn place(home: &Path, name: &str) -> Result<PathBuf, Message> {
    let folder = folder(home);
    if !is_name(name) {
        return Err(unknown(name));
    }
    let made = DirBuilder::new().recursive(true).mode(0o700).create(&folder);
    made.map_err(|error| Message::FileWrite {
        path: folder.display().to_string(),
        detail: sentence(&error),
    })?;
    Ok(folder.join(name))
}

/// Writes a backup of this name.
///
/// # Errors
/// `backup.unknown`, `file.exists`, `file.write`, and what the store says.
pub async fn create(store: &Store, weir: &str, home: &Path, name: &str) -> Result<Manifest, Message> {
    let path = place(home, name)?;
    weir_store::create_backup(store, weir, &path).await.map_err(|error| error.message().clone())
}

/// Refuses one more backup where the folder holds as many as may be made from afar.
///
/// # Errors
/// `backup.full`, `file.read`.
pub fn refuse_full(home: &Path) -> Result<(), Message> {
    match list(home)?.len() {
        held if held >= MOST => Err(Message::BackupsFull { held, most: MOST }),
        _ => Ok(()),
    }
}

/// Every backup in the folder, by name, the last first.
///
/// # Errors
/// `file.read`.
pub fn list(home: &Path) -> Result<Vec<Listed>, Message> {
    let folder = folder(home);
    let failed = |error: io::Error| unread(&folder, &error);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => return Err(failed(error)),
    };
    let mut listed = vec![];
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_name(&name) {
            // One that is gone again meanwhile is none.
            listed.extend(looked_at(&folder, name)?);
        }
    }
    listed.sort_by(|one, other| other.name.cmp(&one.name));
    Ok(listed)
}

/// The backup of this name, and where it is.
///
/// # Errors
/// `backup.unknown`, `file.read`.
pub fn find(home: &Path, name: &str) -> Result<(Listed, PathBuf), Message> {
    let folder = folder(home);
    let found = if is_name(name) { looked_at(&folder, name.to_owned())? } else { None };
    let found = found.ok_or_else(|| unknown(name))?;
    Ok((found, folder.join(name)))
}

/// What a name stands for, where it is a file; a link is none.
fn looked_at(folder: &Path, name: String) -> Result<Option<Listed>, Message> {
    let path = folder.join(&name);
    let metadata = match path.symlink_metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unread(&path, &error)),
    };
    if !metadata.is_file() {
        return Ok(None);
    }
    let written = metadata.modified().map_err(|error| unread(&path, &error))?;
    let since = written.duration_since(UNIX_EPOCH).unwrap_or_default();
    let made_at = Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
    Ok(Some(Listed { name, bytes: metadata.len(), made_at }))
}

fn unknown(name: &str) -> Message {
    Message::BackupUnknown { name: clean(name, LONGEST_NAME) }
}

fn unread(path: &Path, error: &io::Error) -> Message {
    Message::FileRead { path: path.display().to_string(), detail: sentence(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_else() {
        for good in ["weir.tar", "weir-20261119T142605123Z.tar", "a..b_c.tar", "7.tar"] {
            assert!(is_name(good), "{good}");
        }
        let long = format!("{}.tar", "x".repeat(97));
        for bad in
            ["", ".tar", "..tar", "../weir.tar", "a/b.tar", "a\\b.tar", "weir", "w\0.tar", "é.tar", &long]
        {
            assert!(!is_name(bad), "{bad}");
            assert_eq!(find(Path::new("/"), bad).unwrap_err().id(), "backup.unknown");
        }
        assert!(is_name(&usual_name(Millis(0))));
    }

    #[test]
    fn what_is_listed_is_what_was_written_and_no_link() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(list(home.path()).unwrap(), []);
        for name in ["a.tar", "b.tar", "notes.txt", ".weir-backup-x"] {
            let path = place(home.path(), "x.tar").unwrap().with_file_name(name);
            fs::write(path, "text").unwrap();
        }
        std::os::unix::fs::symlink("/etc/hostname", folder(home.path()).join("c.tar")).unwrap();
        let listed = list(home.path()).unwrap();
        let names: Vec<_> = listed.iter().map(|one| (one.name.as_str(), one.bytes)).collect();
        assert_eq!(names, [("b.tar", 4), ("a.tar", 4)]);
        assert_eq!(find(home.path(), "c.tar").unwrap_err().id(), "backup.unknown");
        assert_eq!(find(home.path(), "a.tar").unwrap().0, listed[1]);
    }
}
