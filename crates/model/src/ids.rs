//! Typed ids. Ours are UUIDv7; a source's are text and never interpreted.

use crate::Millis;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr, sync::Arc};
use uuid::{Builder, Uuid};

/// Where randomness comes from; the binary passes the system's, tests a seeded one.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

macro_rules! own_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id, ordered by `now`.
            pub fn generate(now: Millis, entropy: &dyn Entropy) -> Self {
                let mut random = [0_u8; 10];
                entropy.fill(&mut random);
                Self(Builder::from_unix_timestamp_millis(now.0.max(0) as u64, &random).into_uuid())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

own_id!(
    /// One connection to one site of one tool.
    IntegrationId
);
own_id!(
    /// One attempt to bring an integration up to date.
    RunId
);
own_id!(
    /// A person who can sign in.
    AccountId
);
own_id!(
    /// A part of the organisation that integrations are mapped to.
    WorkspaceId
);
own_id!(
    /// A rule of hygiene that somebody wrote.
    HygieneRuleId
);
own_id!(
    /// A report that somebody keeps.
    HygieneReportId
);
own_id!(
    /// A key for programs.
    KeyId
);
own_id!(
    /// A set-up that somebody has begun.
    DraftId
);
own_id!(
    /// Consent that somebody was asked for.
    ConsentId
);
own_id!(
    /// Somebody, or a group, that an identity provider has pushed.
    ScimId
);
own_id!(
    /// A nudge of an integration.
    NudgeId
);
own_id!(
    /// A channel through which people are told of integrations.
    ChannelId
);
own_id!(
    /// Somebody who is signed in.
    SessionId
);

/// An issue's id at its source. Cheap to clone: every child row of the issue names it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IssueId(pub Arc<str>);

impl IssueId {
    /// The id as the source writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for IssueId {
    fn from(text: &str) -> Self {
        Self(Arc::from(text))
    }
}

impl fmt::Display for IssueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
