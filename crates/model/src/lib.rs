//! The words of the domain. Pure: no I/O, no clock of its own, no vendor's wire format.
//!
//! A source turns what a tool says into these rows, a store keeps them, metrics and access compute from
//! them. The rows carry the source's own ids as text; the store adds the integration they belong to.

pub mod access;
mod account;
mod anomaly;
mod availability;
mod batch;
mod checkpoint;
mod consent;
mod counts;
mod export;
mod field_mapping;
mod hygiene;
mod ids;
mod integration;
mod issue;
mod jql_place;
mod lifecycle;
mod message;
mod monitoring;
mod notification;
mod nudge;
mod quarantine;
mod reference;
mod run;
mod satellite;
mod schedule;
mod scim;
mod scope;
mod sink;
mod support_case;
mod text;
mod time;
mod verify;

pub use account::{
    Account, ApiKey, AuditEvent, Identity, KeyScope, Membership, ProviderSession, Reach, Role, Session,
    Theme, UnknownWord, Workspace,
};
pub use anomaly::{Anomaly, AnomalyKind};
pub use availability::{
    Gap, GapKind, History, PastRhythm, PastRun, PausedTime, Segment, SegmentCounts, SegmentReason,
    SegmentState,
};
pub use batch::{Batch, ReferenceSet, ShownProjects};
pub use checkpoint::{Checkpoint, Partition};
pub use consent::{Consent, ConsentState};
pub use counts::{Counts, Kind, ProjectCounts, Tally};
pub use export::View;
pub use field_mapping::{FieldMapping, FieldRole};
pub use hygiene::{KeptReport, KeptRule, KeptSettings};
pub use ids::{
    AccountId, ChannelId, ConsentId, DraftId, Entropy, HygieneReportId, HygieneRuleId, IntegrationId,
    IssueId, KeyId, NudgeId, RunId, ScimId, SessionId, WorkspaceId,
};
pub use integration::{
    AuthMethod, CredentialNote, Deployment, Health, Integration, IntegrationSettings, NextStep, Speed,
    StatusFamily, Transport,
};
pub use issue::{
    Change, Comment, Issue, IssueCase, IssueKey, IssueLink, IssueRecord, LinkDirection, State,
    StatusCategory, Worklog,
};
pub use jql_place::JqlPlace;
pub use lifecycle::{Checked, DeletedIntegration, Deletion, Draft};
pub use message::{
    AccessFault, AddressFault, AdfsFault, ExitCode, FeedFault, FieldFault, HygieneFault, HygieneWords,
    Message, NotificationFault, NudgeFault, OAuthFault, PreflightFault, SatelliteFault, Surface,
};
pub use monitoring::{
    DAY_MS, Ingested, IngestedDay, IngestedIssue, IngestedTotal, Lag, OnboardedProject, Range, RunLoad,
    Window, day_of,
};
pub use notification::{
    Channel, ChannelKind, ChannelSettings, Incident, Notice, NoticeContent, NoticeEvent, NoticeState,
    QuietHours,
};
pub use nudge::{
    MessageState, Nudge, NudgeChannel, NudgeMessage, NudgeOptOut, NudgePeriod, NudgeSettings, NudgeTeam,
    NudgeTurn,
};
pub use quarantine::{InQuarantine, Quarantined};
pub use reference::{
    Board, Component, Field, IssueType, Person, PersonKind, Priority, Project, ProjectState, Resolution,
    Sprint, Status, Version,
};
pub use run::{Quota, Requester, Run, RunEvent, RunLevel, RunOutcome, RunProgress, RunResult, Trigger};
pub use satellite::{
    FeedStatus, LogLevel, LogLine, Pulse, Satellite, SatelliteFeed, SatelliteState, SatelliteStatus,
};
pub use schedule::{Asked, MissedRuns, Pause, Planned, RunRequest, Schedule};
pub use scim::{ScimDirectory, ScimKind, ScimMember, ScimMembership, ScimResource};
pub use scope::{Exclusions, Scope, same_key};
pub use sink::{Committed, Sink, SinkError};
pub use support_case::{CaseField, CasePiece, CaseSpelling};
pub use text::{clean, thousands};
pub use time::{Clock, Millis, PlainDate};
pub use verify::{Certificate, Verdict};
