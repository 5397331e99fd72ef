//! How far a pull has come, for people who watch. Written by many tasks, read at any time.

use crate::Traffic;
use serde::{Deserialize, Serialize};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, Ordering::Relaxed};
use weir_model::Quota;

/// What a pull is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Phase {
    /// Signing in and looking around.
    Connecting = 0,
    /// Reading issues.
    Reading = 1,
    /// Reading what changed meanwhile.
    Closing = 2,
    /// Done.
    Done = 3,
}

/// Shared by a pull and whoever draws it.
#[derive(Debug, Default)]
pub struct Progress {
    phase: AtomicU8,
    projects_total: AtomicU64,
    projects_done: AtomicU64,
    issues_expected: AtomicU64,
    issues_done: AtomicU64,
    requests: AtomicU64,
    waited_ms: AtomicU64,
    commits: AtomicU64,
    waiting_until: AtomicI64,
    current: Mutex<String>,
    quota: Mutex<Option<Quota>>,
}

/// A reading of [`Progress`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ProgressSnapshot {
    /// What is being done.
    pub phase: Phase,
    /// Projects in scope, once known.
    pub projects_total: u64,
    /// Projects read to their end.
    pub projects_done: u64,
    /// Issues expected: an estimate that the walk corrects.
    pub issues_expected: u64,
    /// Issues stored or found unchanged.
    pub issues_done: u64,
    /// Requests sent.
    pub requests: u64,
    /// Time spent waiting at the site's wish.
    pub waited_ms: u64,
    /// Until when the site asked us to wait (epoch milliseconds), or 0.
    pub waiting_until: i64,
    /// Key of a project being read.
    pub current: String,
}

impl Progress {
    /// Enters a phase.
    pub fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Relaxed);
    }

    /// Says how many projects there are.
    pub fn projects(&self, total: u64) {
        self.projects_total.store(total, Relaxed);
    }

    /// One more project was read to its end.
    pub fn project_done(&self) {
        self.projects_done.fetch_add(1, Relaxed);
    }

    /// Names a project that is being read.
    pub fn reading(&self, project_key: &str) {
        if let Ok(mut current) = self.current.lock() {
            current.clear();
            current.push_str(project_key);
        }
    }

    /// Corrects the estimate of issues: `was` of it becomes `is`.
    pub fn expect_issues(&self, was: u64, is: u64) {
        if is >= was {
            self.issues_expected.fetch_add(is - was, Relaxed);
        } else {
            self.issues_expected.fetch_sub(was - is, Relaxed);
        }
    }

    /// A batch with `n` issues is committed.
    pub fn issues_done(&self, n: u64) {
        self.commits.fetch_add(1, Relaxed);
        self.issues_done.fetch_add(n, Relaxed);
    }

    /// Batches committed so far.
    pub fn commits(&self) -> u64 {
        self.commits.load(Relaxed)
    }

    /// What has gone over the wire.
    pub fn traffic(&self, traffic: Traffic) {
        self.requests.store(traffic.requests, Relaxed);
        self.waited_ms.store(traffic.waited_ms, Relaxed);
        self.waiting_until.store(traffic.waiting_until.unwrap_or(0), Relaxed);
        if let (Some(told), Ok(mut quota)) = (traffic.quota, self.quota.lock()) {
            *quota = Some(told);
        }
    }

    /// The quota that the site told last.
    pub fn quota(&self) -> Option<Quota> {
        self.quota.lock().map(|quota| *quota).unwrap_or_default()
    }

    /// Takes over how far somebody else has come who reads in our place; what is stored is counted here.
    pub fn follow(&self, theirs: &ProgressSnapshot) {
        self.phase.store(theirs.phase as u8, Relaxed);
        self.projects_total.store(theirs.projects_total, Relaxed);
        self.projects_done.store(theirs.projects_done, Relaxed);
        self.issues_expected.store(theirs.issues_expected, Relaxed);
        self.reading(&theirs.current);
    }

    /// A reading of everything.
    pub fn snapshot(&self) -> ProgressSnapshot {
        ProgressSnapshot {
            phase: match self.phase.load(Relaxed) {
                0 => Phase::Connecting,
                1 => Phase::Reading,
                2 => Phase::Closing,
                _ => Phase::Done,
            },
            projects_total: self.projects_total.load(Relaxed),
            projects_done: self.projects_done.load(Relaxed),
            issues_expected: self.issues_expected.load(Relaxed),
            issues_done: self.issues_done.load(Relaxed),
            requests: self.requests.load(Relaxed),
            waited_ms: self.waited_ms.load(Relaxed),
            waiting_until: self.waiting_until.load(Relaxed),
            current: self.current.lock().map(|current| current.clone()).unwrap_or_default(),
        }
    }
}
