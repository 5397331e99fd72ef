//! Reading other people's systems.
//!
//! [`Source`] and [`Reading`] say what a source promises, [`registry`] which kinds there are, and [`pull()`] drives any source
//! into any sink. An [`errand`] is what a server asks of a satellite, which reads in its place. Everything that knows a vendor's wire format stays inside that vendor's folder.

mod check;
mod contract;
mod environment;
pub mod errand;
mod error;
pub mod jira;
mod parts;
mod progress;
mod pull;
mod pull_ids;
pub mod registry;
mod watch;

pub use check::{Check, CheckState, Preflight};
pub use contract::{Emitter, Looked, Parts, ProjectRef, Reading, Shown, SiteProjects, Source, Traffic};
pub use environment::Environment;
pub use error::SourceError;
pub use parts::in_parts;
pub use progress::{Phase, Progress, ProgressSnapshot};
pub use pull::{PullError, PullReport, pull};
pub use pull_ids::pull_ids;
pub use tokio_util::sync::CancellationToken;
pub use watch::unless_stalled;
pub use weir_http::{Secret, Url, mask_url};
