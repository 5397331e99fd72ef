//! When and whether: what surrounds a pull.
//!
//! [`add()`] keeps an integration once its pre-flight has passed. [`sync()`] brings one up to date: it takes the
//! lease, writes the run's record, hands the source and the store's sink to `pull`, and says what came of it.
//! [`edit()`] changes an integration with all that follows from it. [`verify()`] compares ids with the site and
//! repairs what differs. [`health()`]
//! puts what the store knows into one status. [`schedule`] runs each integration when it is due.
//! [`satellite`] stands for sources in networks that we do not reach.
//! [`keys`], [`backups`] and [`doctor`] are for whoever looks after the installation.
//!
//! A run that was begun is always finished in the store, whatever became of it, as long as the store answers.

mod add;
mod asked;
pub mod backups;
pub mod cases;
mod census;
pub mod connect;
pub mod consent;
mod credential;
mod delete;
mod describe;
pub mod doctor;
mod edit;
mod expiry;
pub mod fields;
mod grants;
mod health;
pub mod hygiene;
mod issues;
mod journal;
pub mod keys;
mod lease;
mod monitoring;
pub mod notifications;
pub mod nudges;
mod onboarded;
mod password;
mod quarantine;
mod reauth;
#[cfg(test)]
mod samples;
pub mod satellite;
pub mod schedule;
mod scope;
mod sync;
mod system;
mod telling;
mod unread;
pub mod values;
mod verify;

pub use add::{Choices, add, add_fed, add_retired};
pub use asked::{ask_run, pause, resume};
pub use credential::{Given, ending, open_secret, quarantined_body};
pub use delete::{WAITS_MINUTES, ask_deletion, cancel_deletion, delete, deletion_delay};
pub use describe::{Description, PauseDescription, describe, describe_by, scope_text};
pub use edit::{Changes, Edited, ReadAnew, edit, preview};
pub use expiry::{day_of_end, ends_on, reminder};
pub use grants::{renewals_ended, with_grants};
pub use health::health;
pub use issues::{remove_issues, restore_issues};
pub use monitoring::{Availability, Figures, Monitoring, ProjectTotals, availability, monitor};
pub use password::{password_passed, refuse_held_password};
pub use reauth::{Accepted, leave_to_satellite, reauthenticate};
pub use sync::{SyncOptions, SyncReport, sync};
pub use system::sentence;
pub use verify::{ProjectVerdict, Repair, VerifyOptions, VerifyReport, verify};
pub use weir_source::Environment;
