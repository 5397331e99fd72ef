//! Reading other people's systems.
//!
//! [`Source`] and [`Reading`] say what a source promises, [`registry`] which kinds there are, and [`pull()`] drives any source
//! into any sink. Everything that knows a vendor's wire format stays inside that vendor's folder.

mod check;
mod contract;
mod environment;
mod error;
pub mod jira;
mod progress;
mod pull;
mod pull_ids;
pub mod registry;
mod watch;

pub use check::{Check, CheckState, Preflight};
pub use contract::{Emitter, Looked, ProjectRef, Reading, Shown, SiteProjects, Source, Traffic};
pub use environment::Environment;
pub use error::SourceError;
pub use progress::{Phase, Progress, ProgressSnapshot};
pub use pull::{PullError, PullReport, pull};
pub use pull_ids::pull_ids;
pub use tokio_util::sync::CancellationToken;
pub use watch::unless_stalled;
pub use weir_http::{Secret, Url, mask_url};
