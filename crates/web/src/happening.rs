//! Events as they happen: streams that ask the store again and again, a few for each caller, until they are old or the server ends.

use crate::{
    api::events::{Event, SETTLED_MS},
    app::App,
    auth::{
        guard::who,
        policy::{self, Action},
        principal::Principal,
    },
    http::{Problem, paging::Window},
};
use axum::http::{HeaderMap, header};
use futures::{Stream, StreamExt as _, stream::unfold};
use std::{
    collections::{HashMap, VecDeque},
    convert::Infallible,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use weir_model::{Message, Millis};
use weir_store::{Happening, Moment, MomentRank, MomentWhich, What};

/// Streams that one caller can have, and all of them together.
const MOST_OF_ONE: usize = 4;
const MOST: usize = 200;

/// How often the store is asked, how often something is sent at least, and when a stream ends.
const EVERY: Duration = Duration::from_secs(2);
const HEARTBEAT: Duration = Duration::from_secs(15);
const LONGEST: Duration = Duration::from_secs(120);

/// Events that are read together.
const TOGETHER: u32 = 100;

/// The streams that are open.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    open: Mutex<HashMap<String, usize>>,
    /// Said when the server ends.
    pub(crate) end: CancellationToken,
}

impl Streams {
    /// A place for another stream of a caller.
    ///
    /// # Errors
    /// `request.rate` when they, or all, have too many.
    pub(crate) fn place(app: &App, caller: String) -> Result<Place, Problem> {
        let mut open = app.streams.open.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = open.values().sum();
        let own = open.get(&caller).copied().unwrap_or_default();
        if own >= MOST_OF_ONE || all >= MOST {
            return Err(Message::RequestRate { seconds: LONGEST.as_secs().cast_signed() }.into());
        }
        open.insert(caller.clone(), own + 1);
        Ok(Place { app: app.clone(), caller })
    }

    /// How many are open.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }
}

/// The place of a stream, given back when it ends.
pub(crate) struct Place {
    app: App,
    caller: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.app.streams.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = open.get_mut(&self.caller) {
            *own -= 1;
            if *own == 0 {
                open.remove(&self.caller);
            }
        }
    }
}

/// A stream that is under way.
struct Streaming {
    app: App,
    /// What the request said of who asks: it is looked at again before each reading, since a key may be revoked meanwhile.
    headers: HeaderMap,
    window: Window,
    after: Moment,
    waiting: VecDeque<Event>,
    said_at: Instant,
    ends_at: Instant,
    has_begun: bool,
    _place: Place,
}

/// Server-sent events from a moment on.
pub(crate) fn stream(
    app: App,
    headers: &HeaderMap,
    window: Window,
    after: Moment,
    place: Place,
) -> impl Stream<Item = Result<String, Infallible>> + use<> {
    let now = Instant::now();
    let mut asked_by = HeaderMap::new();
    for name in [header::AUTHORIZATION, header::COOKIE] {
        headers.get_all(&name).iter().for_each(|value| _ = asked_by.append(&name, value.clone()));
    }
    let streaming = Streaming {
        app,
        headers: asked_by,
        window,
        after,
        waiting: VecDeque::new(),
        said_at: now,
        ends_at: now + LONGEST,
        has_begun: false,
        _place: place,
    };
    unfold(streaming, async |mut streaming| streaming.next().await.map(|text| (Ok(text), streaming))).fuse()
}

impl Streaming {
    /// What is sent next; `None` at the end.
    async fn next(&mut self) -> Option<String> {
        if !self.has_begun {
            self.has_begun = true;
            return Some("retry: 2000\n\n".to_owned());
        }
        loop {
            if let Some(event) = self.waiting.pop_front() {
                self.said_at = Instant::now();
                return Some(text(&event));
            }
            if Instant::now() >= self.ends_at {
                return None;
            }
            self.read().await?;
            if !self.waiting.is_empty() {
                continue;
            }
            if self.said_at.elapsed() >= HEARTBEAT {
                self.said_at = Instant::now();
                return Some(": nothing new\n\n".to_owned());
            }
            tokio::select! {
                () = self.app.streams.end.cancelled() => return None,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    /// Reads what has happened since; `None` where whoever asks may not any more, or the store does not answer.
    async fn read(&mut self) -> Option<()> {
        let principal = who(&self.app, &self.headers).await.ok()?;
        if matches!(principal, Principal::Stranger) {
            return None;
        }
        let reach = policy::reach(&principal, Action::Read);
        let until = Millis(self.app.now().0 - SETTLED_MS);
        match self.app.store.happenings(&reach, self.after, until, TOGETHER).await {
            Ok(found) => {
                if let Some(last) = found.last() {
                    self.after = last.moment;
                }
                self.waiting.extend(found.into_iter().map(|one| event_of(one, &self.window)));
                Some(())
            }
            Err(error) => {
                tracing::warn!(code = error.message().id(), "a stream of events broke off");
                None
            }
        }
    }
}

fn text(event: &Event) -> String {
    let data = serde_json::to_string(event).unwrap_or_default();
    format!("id: {}\nevent: {}\ndata: {data}\n\n", event.id, event.kind)
}

/// A moment as a cursor has it.
pub(crate) fn cursor(moment: Moment) -> String {
    let rank = match moment.rank {
        MomentRank::Deed => "deed",
        MomentRank::Began => "began",
        MomentRank::Ended => "ended",
    };
    let which = match moment.which {
        MomentWhich::First => String::new(),
        MomentWhich::Line(no) => no.to_string(),
        MomentWhich::Run(run) => run.to_string(),
    };
    format!("{}|{rank}|{which}", moment.at.0)
}

/// The moment of a cursor, where it is one.
pub(crate) fn moment_of(text: &str) -> Option<Moment> {
    let mut parts = text.splitn(3, '|');
    let (at, rank, which) = (parts.next()?, parts.next()?, parts.next()?);
    let rank = match rank {
        "deed" => MomentRank::Deed,
        "began" => MomentRank::Began,
        "ended" => MomentRank::Ended,
        _ => return None,
    };
    let which = match rank {
        _ if which.is_empty() => MomentWhich::First,
        MomentRank::Deed => MomentWhich::Line(which.parse().ok()?),
        MomentRank::Began | MomentRank::Ended => MomentWhich::Run(which.parse().ok()?),
    };
    Some(Moment { at: Millis(at.parse().ok()?), rank, which })
}

/// Something that happened, as it is told.
pub(crate) fn event_of(one: Happening, window: &Window) -> Event {
    let mut event = Event {
        id: window.cursor(&cursor(one.moment)),
        at: one.moment.at.rfc3339(),
        kind: match one.moment.rank {
            MomentRank::Deed => "deed",
            MomentRank::Began => "run.started",
            MomentRank::Ended => "run.ended",
        },
        integration: one.integration,
        run: None,
        trigger: None,
        result: None,
        error_code: None,
        action: None,
        actor: None,
        outcome: None,
    };
    match one.what {
        What::Deed(deed) => {
            event.action = Some(deed.action);
            event.actor = Some(deed.actor);
            event.outcome = Some(deed.outcome);
        }
        What::Run { run, trigger, result, error_code } => {
            event.run = Some(run.to_string());
            event.trigger = Some(trigger);
            event.result = result;
            event.error_code = error_code;
        }
    }
    event
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_names_its_moment() {
        for text in ["7|deed|", "7|deed|12", "9|began|", "9|ended|0198f1d0-0000-7000-8000-000000000001"] {
            assert_eq!(cursor(moment_of(text).unwrap()), text);
        }
        for bad in ["", "7", "7|deed", "x|deed|1", "7|deed|x", "7|ended|12", "7|other|1"] {
            assert_eq!(moment_of(bad), None, "{bad}");
        }
    }
}
