//! Bringing every integration up to date, once.

use super::{Agent, PAUSE};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use weir_model::Message;
use weir_source::errand::Said;

/// How long the server is waited for.
const LONGEST: Duration = Duration::from_secs(120);

/// How long the server holds a question after a run.
const WAITS: Duration = Duration::from_secs(20);

/// What became of an integration.
#[derive(Clone, Debug, Serialize)]
pub struct Brought {
    /// The id that stands in the file.
    pub named: String,
    /// Its name at the server.
    pub integration: Option<String>,
    /// The run.
    pub run_id: Option<String>,
    /// How it ended.
    pub result: Option<String>,
    /// Records read.
    pub read: u64,
    /// Records written.
    pub written: u64,
    /// Why not.
    #[serde(skip)]
    pub fault: Option<Message>,
}

/// A run as the server tells of it.
#[derive(Deserialize)]
struct Told {
    run_id: Option<String>,
    result: Option<String>,
    #[serde(default)]
    read: u64,
    #[serde(default)]
    written: u64,
    said: Option<Said>,
}

/// A run that was asked for.
#[derive(Deserialize)]
struct Asked {
    after: Option<String>,
}

pub(super) async fn bring(agent: &Agent) -> Result<Vec<Brought>, Message> {
    let mut all = vec![];
    for named in agent.feeds.names() {
        let mut one = Brought {
            named: named.clone(),
            integration: None,
            run_id: None,
            result: None,
            read: 0,
            written: 0,
            fault: None,
        };
        match brought(agent, &named, &mut one).await {
            Ok(()) => {}
            Err(message @ Message::Interrupted {}) => return Err(message),
            Err(message) => one.fault = Some(message),
        }
        all.push(one);
    }
    Ok(all)
}

async fn brought(agent: &Agent, named: &str, one: &mut Brought) -> Result<(), Message> {
    let id = turn(agent, named, one).await?;
    let satellite = serde_json::json!({ "satellite": agent.state.id() });
    let asked: Asked =
        agent.server.ask(&format!("integrations/{id}/runs"), &satellite, Duration::ZERO).await?;
    let waits = serde_json::json!({
        "satellite": agent.state.id(), "after": asked.after, "waits_ms": WAITS.as_millis() as u64,
    });
    loop {
        let told: Told = agent.server.ask(&format!("integrations/{id}/runs/next"), &waits, WAITS).await?;
        if let Some(run) = told.run_id {
            (one.run_id, one.result, one.read, one.written) =
                (Some(run), told.result, told.read, told.written);
            one.fault = told.said.map(Said::message);
            return Ok(());
        }
    }
}

/// Waits until the server has said how an integration stands; gives its id there.
async fn turn(agent: &Agent, named: &str, one: &mut Brought) -> Result<String, Message> {
    let until = tokio::time::Instant::now() + LONGEST;
    loop {
        if let Some(reply) = agent.feeds.reply_of(named) {
            one.integration = reply.name.clone();
            if let Some(id) = reply.integration.filter(|_| reply.has_turn) {
                return Ok(id.to_string());
            }
            if let Some(refused) = reply.refused {
                return Err(refused.message());
            }
        }
        if tokio::time::Instant::now() >= until {
            let name = named.to_owned();
            return Err(weir_model::FeedFault::None { name }.into());
        }
        tokio::time::sleep(PAUSE / 5).await;
    }
}
