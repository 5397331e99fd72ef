//! Boards and their sprints, from the Agile API.

use super::{met, pages, reference, site::Site, wire};
use crate::SourceError;
use serde_json::value::RawValue;
use weir_model::{Anomaly, Board, Deployment, Kind, Message, Sprint};

/// The boards that the account sees.
pub(super) async fn list(site: &Site) -> Result<(Vec<Board>, Vec<Anomaly>), SourceError> {
    let (mut boards, mut odd) = (Vec::new(), Vec::new());
    pages::each(site, "boards", "rest/agile/1.0/board", &[], 50, |raw| match row(raw) {
        Ok(board) => boards.push(board),
        Err(error) => odd.push(reference::unreadable(Kind::Boards, "", error)),
    })
    .await?;
    Ok((boards, odd))
}

/// A board as a row.
pub(super) fn row(raw: &RawValue) -> Result<Board, serde_json::Error> {
    let wire: wire::Board<'_> = wire::read(raw.get())?;
    Ok(Board {
        id: wire.id.owned(),
        name: wire.name.map(wire::Text::owned).unwrap_or_default(),
        kind: wire.kind.map(wire::Text::owned),
        project_key: wire.location.and_then(|location| location.project()).map(wire::Text::owned),
    })
}

/// A board with the project that it belongs to. Data Center does not tell; there it is the one project that the board's
/// filter speaks of, where it is one.
pub(super) async fn at_home(site: &Site, mut board: Board) -> Result<(Board, Option<Anomaly>), SourceError> {
    if site.deployment() == Deployment::Cloud || board.project_key.is_some() {
        return Ok((board, None));
    }
    let path = format!("rest/agile/1.0/board/{}/project", reference::segment(&board.id));
    let mut keys = Vec::new();
    let outcome = pages::each(site, "boards", &path, &[], 50, |raw| {
        let named = wire::read::<wire::Named<'_>>(raw.get()).ok();
        keys.extend(named.and_then(|named| named.key).map(wire::Text::owned));
    })
    .await;
    match outcome {
        Ok(()) => {
            board.project_key = match keys.as_slice() {
                [key] => Some(key.clone()),
                _ => None,
            };
            Ok((board, None))
        }
        Err(error) if reference::is_refusal(&error) => {
            let subject = format!("board {}", board.id);
            Ok((board, Some(reference::skipped(Kind::Boards, &subject, &error))))
        }
        Err(error) => Err(error),
    }
}

/// The sprints of a board. A board without sprints is no failure; one that cannot be read is skipped and named.
pub(super) async fn sprints(site: &Site, board: &Board) -> Result<(Vec<Sprint>, Vec<Anomaly>), SourceError> {
    let (mut sprints, mut odd) = (Vec::new(), Vec::new());
    if board.kind.as_deref() == Some("kanban") {
        return Ok((sprints, odd));
    }
    let subject = format!("board {}", board.id);
    let path = format!("rest/agile/1.0/board/{}/sprint", reference::segment(&board.id));
    let outcome = pages::each(site, "sprints", &path, &[], 50, |raw| {
        match wire::read::<wire::SprintValue<'_>>(raw.get()) {
            Ok(wire) => sprints.push(met::sprint(&wire)),
            Err(error) => odd.push(reference::unreadable(Kind::Sprints, &subject, error)),
        }
    })
    .await;
    match outcome {
        Ok(()) => {}
        // 400 is the documented answer of a board that has no sprints. `jira-api` §8.
        Err(error) if matches!(*error.message, Message::JiraRefused { status: 400, .. }) => {}
        Err(error) if reference::is_refusal(&error) => {
            odd.push(reference::skipped(Kind::Sprints, &subject, &error))
        }
        Err(error) => return Err(error),
    }
    Ok((sprints, odd))
}
