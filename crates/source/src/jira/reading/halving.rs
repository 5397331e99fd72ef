//! What cannot be had together, asked for in smaller parts: down to the one issue that is the cause.

use crate::{SourceError, jira::site::Site};
use std::collections::HashSet;
use weir_model::Message;

/// What to ask for after some issues could not be had together.
pub(in crate::jira) enum Smaller<'a> {
    /// These, one after the other.
    Parts(Vec<&'a [u64]>),
    /// No less can be asked for: it is this issue.
    Never(u64, SourceError),
}

/// The same for what one issue among those that are named can spoil for all: Jira refuses the request, or its answer makes no
/// sense.
pub(in crate::jira) async fn smaller_or_spoilt<'a>(
    site: &Site,
    part: &'a [u64],
    error: SourceError,
    tried_alone: &mut HashSet<u64>,
) -> Result<Smaller<'a>, SourceError> {
    if !is_spoilt(&error) {
        return smaller(site, part, error, tried_alone).await;
    }
    Ok(match part {
        [id] => Smaller::Never(*id, error),
        _ => Smaller::Parts(halves(part)),
    })
}

pub(super) fn is_spoilt(error: &SourceError) -> bool {
    matches!(*error.message, Message::JiraRefused { status: 400, .. } | Message::JiraMalformed { .. })
}

fn halves(part: &[u64]) -> Vec<&[u64]> {
    let (first, second) = part.split_at(part.len() / 2);
    vec![second, first]
}

/// Halves a part that Jira could not give, was too slow with, gave more than we take of, or gave pages without end of; down
/// to the one issue that is the cause. Gives the error back where asking for less cannot help, and where it is the site that
/// does not answer: an outage must not be taken for issues that cannot be read.
pub(in crate::jira) async fn smaller<'a>(
    site: &Site,
    part: &'a [u64],
    error: SourceError,
    tried_alone: &mut HashSet<u64>,
) -> Result<Smaller<'a>, SourceError> {
    let is_too_large = matches!(*error.message, Message::JiraTooLarge { .. } | Message::JiraPaging { .. });
    let is_in_trouble = matches!(
        *error.message,
        Message::NetTimeout { .. } | Message::NetTruncated { .. } | Message::JiraUnavailable { .. }
    );
    if !is_too_large && !is_in_trouble {
        return Err(error);
    }
    if is_in_trouble {
        site.answers().await?;
    }
    Ok(match part {
        // The site may have been down when it was asked for, and be up again by now.
        [id] if is_in_trouble && tried_alone.insert(*id) => Smaller::Parts(vec![part]),
        [id] => Smaller::Never(*id, error),
        _ => Smaller::Parts(halves(part)),
    })
}
