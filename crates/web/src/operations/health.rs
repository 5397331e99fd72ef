//! Whether the server is alive, and whether it can do its work.

use crate::{app::App, http::tag::Answer};
use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use weir_ingest::keys;

/// Alive, without looking at anything else.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// What was looked at, and what is wrong with it.
#[derive(Debug, Serialize)]
pub(super) struct Ready {
    ready: bool,
    checks: Vec<Check>,
}

#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    ok: bool,
    /// The stable code of what is wrong; never more, since anybody may ask.
    code: Option<&'static str>,
}

/// Ready when the store answers, its schema is the one that this program knows, and the key file opens what is sealed in it:
/// each run reads that file anew, so that a server may lose it while it is up.
pub(super) async fn ready(State(app): State<App>) -> Answer<Ready> {
    let schema = app.store.schema_found().await;
    let code = schema.as_ref().err().map(|error| error.message().id());
    let fits = schema.as_ref().is_ok_and(|found| *found == app.store.schema_version());
    let key = match fits {
        true => keys::refuse_wrong_key(&app.store, &app.key_file()).await.err().map(|message| message.id()),
        false => None,
    };
    let mut checks = vec![
        Check { name: "store", ok: code.is_none(), code },
        Check { name: "schema", ok: fits, code: (code.is_none() && !fits).then_some("store.older") },
    ];
    // What the store says of the key is known only where it can be asked.
    if fits {
        checks.push(Check { name: "key", ok: key.is_none(), code: key });
    }
    let ready = checks.iter().all(|check| check.ok);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Answer(status, Ready { ready, checks })
}
