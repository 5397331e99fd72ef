//! `weir api-key …`: keys for programs. They work at once, also with a server that is running.

use super::{noted::noted, workspace};
use crate::{
    cli::{ApiKeyCreate, ApiKeys},
    context::Context,
    failure::Failure,
    output::{self, Rows, clean},
    system::SystemEntropy,
    values,
};
use serde_json::{Value, json};
use weir_model::{ApiKey, KeyScope, Message, Millis, Reach};
use weir_store::Store;
use weir_web::{NewKey, make_key};

/// Keys that are listed at most.
const MOST: u32 = 10_000;

pub(super) async fn run(context: &Context<'_>, command: ApiKeys) -> Result<(), Failure> {
    context.output.format()?;
    match command {
        ApiKeys::Create(flags) => create(context, flags).await,
        ApiKeys::List => list(context).await,
        ApiKeys::Revoke { id } => revoke(context, &id).await,
    }
}

async fn create(context: &Context<'_>, flags: ApiKeyCreate) -> Result<(), Failure> {
    let expires_at = match flags.expires.as_str() {
        "never" => None,
        text => Some(Millis(context.clock().now().0 + i64::from(values::interval(text)?) * 60_000)),
    };
    let home = context.home()?;
    let store = context.store().await?;
    home.keep();
    let workspace = match flags.workspace.as_deref() {
        Some(name) => Some(workspace::named(&store, name).await?.id),
        None => None,
    };
    let scopes = flags.scope.iter().map(|word| scope(word)).collect::<Result<_, _>>()?;
    let new = NewKey { name: flags.name, scopes, workspace, created_by: None, expires_at };
    let made = make_key(&store, context.clock().as_ref(), &SystemEntropy, new).await?;
    note(context, &store, "key.create", &made.key).await?;
    if !context.output.for_people() {
        let mut facts = described(&made.key);
        facts["secret"] = json!(made.secret);
        return context.output.json(&facts);
    }
    output::note("Keep this key now: it is not shown again.");
    context.output.line(&made.secret)
}

async fn list(context: &Context<'_>) -> Result<(), Failure> {
    let columns = &["id", "name", "scopes", "workspace", "hint", "expires_at", "used_at", "revoked_at"];
    let mut rows = Rows::new(columns, "No API keys.");
    if let Some(store) = context.existing_store().await? {
        for key in store.api_keys(&Reach::Everything, None, MOST).await? {
            rows.push(described(&key));
        }
    }
    context.output.rows(&rows)
}

async fn revoke(context: &Context<'_>, id: &str) -> Result<(), Failure> {
    let unknown = || Message::ApiKeyUnknown { id: clean(id, 60) };
    let parsed = id.parse().map_err(|_| unknown())?;
    let store = context.existing_store().await?.ok_or_else(unknown)?;
    let key = store.api_key(&parsed).await?.ok_or_else(unknown)?;
    if !store.revoke_api_key(&key.id).await? {
        return Err(unknown().into());
    }
    note(context, &store, "key.revoke", &key).await?;
    match context.output.for_people() {
        true => context.output.line(&format!("Revoked \"{}\".", clean(&key.name, 100))),
        false => context.output.json(&json!({ "id": key.id.to_string(), "revoked": true })),
    }
}

fn scope(word: &str) -> Result<KeyScope, Message> {
    word.parse().map_err(|_| {
        let all: Vec<&str> = KeyScope::ALL.iter().map(|scope| scope.as_str()).collect();
        Message::InputBad { flag: "--scope".into(), detail: format!("Scopes are {}", all.join(", ")) }
    })
}

async fn note(context: &Context<'_>, store: &Store, action: &str, key: &ApiKey) -> Result<(), Failure> {
    let detail = vec![("id".into(), key.id.to_string()), ("scopes".into(), scopes(key))];
    noted(context, store, (action, &key.name), key.workspace, detail).await
}

fn scopes(key: &ApiKey) -> String {
    key.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
}

fn described(key: &ApiKey) -> Value {
    json!({
        "id": key.id.to_string(),
        "name": key.name,
        "scopes": key.scopes,
        "workspace": key.workspace.map(|id| id.to_string()),
        "hint": key.hint,
        "created_at": key.created_at.rfc3339(),
        "expires_at": key.expires_at.map(Millis::rfc3339),
        "used_at": key.used_at.map(Millis::rfc3339),
        "revoked_at": key.revoked_at.map(Millis::rfc3339),
    })
}
