//! Where Weir keeps what it brings in: the only crate that knows SQL.
//!
//! One code base serves SQLite, a single file, and PostgreSQL, the schema `weir`. Every difference between the two
//! is in `dialect`. Rows arrive in batches through [`StoreSink`]: rows and checkpoints of a batch are committed in
//! one transaction, only rows that differ are written, and the counts of what was done add up. People and
//! dashboards read the public views, which [`Store::export`] streams.

mod accounts;
mod address;
mod answered;
mod api_keys;
mod arrays;
mod audit;
mod backup;
mod bulk;
mod by_project;
mod cases;
mod catalogue;
mod census;
mod checkpoints;
mod children;
mod condition;
mod consents;
mod crash;
mod db;
mod deletions;
mod dialect;
mod drafts;
mod edits;
mod error;
mod export;
mod facts;
mod fields;
mod figures;
mod forget;
mod group_roles;
mod health;
mod hygiene;
mod identities;
mod inspect;
mod integrations;
mod issues;
mod leases;
mod live;
mod log;
mod mapping;
mod members;
mod monitoring;
mod notifications;
mod nudges;
mod outdated;
mod people;
mod placing;
mod projects;
mod quarantine;
mod quotas;
mod reference;
mod renewals;
mod row_text;
mod runs;
mod satellites;
mod schedules;
mod schema;
mod scim;
mod sealing;
mod sessions;
mod sink;
mod states;
mod store;
mod unread;
mod value;
mod workspaces;

pub use address::StoreAddress;
pub use answered::Answered;
pub use api_keys::is_to_be_noted;
pub use audit::AuditFilter;
pub use backup::{
    Backup, Depth, Existing, Manifest, Restored, TablePart, Verified, create_backup, restore_backup,
    verify_backup,
};
pub use cases::CaseDocument;
pub use catalogue::{ColumnKind, ColumnOf};
pub use crash::{CRASH_POINTS, OPERATION_POINTS, crash_point};
pub use edits::{Compaction, Edited};
pub use error::StoreError;
pub use facts::{
    Blob, Blobs, Documents, FactState, IssueHead, IssueParts, KnownVersion, OutdatedFacts, ReportContext,
    Which,
};
pub use fields::{CustomField, FieldDocument, FieldUse, FieldUses};
pub use figures::{RunDurations, RunFigures, SiteFigures};
pub use health::{CountedAsOf, HealthFacts};
pub use leases::{HeldLease, Lease, LeaseHolder};
pub use mapping::{Mapping, MappingFilter};
pub use monitoring::{
    EventFilter, Happening, IngestedList, Moment, MomentRank, MomentWhich, PAST_RUNS, RunFilter, RunLine,
    What,
};
pub use notifications::{IncidentChange, NewNotice, NoticeBatch};
pub use nudges::{DueNudge, MessageClaim, NudgePerson};
pub use projects::LostProject;
pub use quarantine::{Retries, Sealer, Waiting};
pub use renewals::TokenHome;
pub use row_text::{ExportFormat, RowText, spreadsheet_safe};
pub use satellites::{Errand, Given, StoredParcel, TakenErrand};
pub use scim::{ScimSought, ScimWritten};
pub use sealing::{KeyState, Rewrapped, SealingKey};
pub use sink::StoreSink;
pub use states::{NamedIssue, Settled};
pub use store::Store;
pub use value::Cell;
