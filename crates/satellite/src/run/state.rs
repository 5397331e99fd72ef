//! The folder of a satellite: its id, its lock, and a spool for each integration.

use super::spool::Waiting;
use rustix::fs::{FlockOperation, flock};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};
use weir_model::{FeedFault, IntegrationId, Message};
use weir_source::Environment;

/// What a satellite keeps on disk.
#[derive(Debug)]
pub(super) struct State {
    folder: PathBuf,
    id: String,
    /// What waits in the spools, by integration.
    waiting: Mutex<Vec<(IntegrationId, Arc<Mutex<Waiting>>)>>,
    _lock: File,
}

impl State {
    /// Opens the folder; makes it where there is none.
    pub(super) fn open(folder: &Path, environment: &Environment) -> Result<Self, Message> {
        let failed = |error: &io::Error| unkept(folder, error);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| failed(&error))?;
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true).mode(0o600);
        let lock = options.open(folder.join("lock")).map_err(|error| failed(&error))?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)
            .map_err(|_| Message::from(FeedFault::Taken { path: folder.display().to_string() }))?;
        let id = id(folder, environment).map_err(|error| failed(&error))?;
        Ok(Self { folder: folder.to_owned(), id, waiting: Mutex::default(), _lock: lock })
    }

    /// The id by which the server knows this satellite.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Where the spool of an integration is, and what is said of it.
    pub(super) fn spool_of(&self, integration: &IntegrationId) -> (PathBuf, Arc<Mutex<Waiting>>) {
        let mut all = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.iter().find(|(id, _)| id == integration).map(|(_, waiting)| Arc::clone(waiting));
        let waiting = known.unwrap_or_else(|| {
            let waiting = Arc::<Mutex<Waiting>>::default();
            all.push((*integration, Arc::clone(&waiting)));
            waiting
        });
        // An id of ours, and nothing that came from elsewhere, is part of the path.
        (self.folder.join("spool").join(integration.to_string()), waiting)
    }

    /// What waits to be sent, of all integrations.
    pub(super) fn waiting(&self) -> Waiting {
        let all = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().fold(Waiting::default(), |sum, (_, one)| {
            sum.with(&one.lock().unwrap_or_else(PoisonError::into_inner))
        })
    }
}

/// The id of before, or a new one.
fn id(folder: &Path, environment: &Environment) -> io::Result<String> {
    let path = folder.join("id");
    match fs::read_to_string(&path) {
        Ok(text) if uuid::Uuid::parse_str(text.trim()).is_ok() => return Ok(text.trim().to_owned()),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let id = IntegrationId::generate(environment.clock.now(), environment.entropy.as_ref()).to_string();
    let fresh = folder.join("id.new");
    let mut file = File::create(&fresh)?;
    file.write_all(id.as_bytes())?;
    file.sync_all()?;
    fs::rename(&fresh, &path)?;
    File::open(folder)?.sync_all()?;
    Ok(id)
}

/// That something could not be kept.
pub(super) fn unkept(path: &Path, error: &io::Error) -> Message {
    let detail = weir_model::clean(&error.to_string(), 200);
    FeedFault::Spool { path: path.display().to_string(), detail }.into()
}
