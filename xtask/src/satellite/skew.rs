//! Clocks that are wrong, and versions that differ.

use super::Stage;
use super::clock::now;
use super::imports::until;
use super::scene::{Plan, Scene, TENANT};
use crate::weir::INTEGRATION;
use anyhow::{Context, Result, ensure};
use hyper::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

/// By how much a difference of clocks may be told wrongly.
const NEAR_MS: i64 = 60_000;

/// A minute is not worth a word.
const HOUR_MS: i64 = 3_600_000;

/// Exit code of what is against something that is.
const CONFLICT: i32 = 6;

/// Hours ahead.
pub(super) async fn ahead(stage: &Stage) -> Result<()> {
    skewed(stage, 5).await
}

/// Hours behind.
pub(super) async fn behind(stage: &Stage) -> Result<()> {
    skewed(stage, -7).await
}

/// No watermark goes by the satellite's clock: what changes is found, and both sides say that the clock is wrong.
async fn skewed(stage: &Stage, hours: i64) -> Result<()> {
    let by: &'static str = if hours < 0 { "-7h" } else { "+5h" };
    let plan = Plan { issues: 1_000, latency: Some("150ms"), agent_clock: Some(by), ..Plan::default() };
    let mut scene = Scene::set(stage, plan).await?;
    scene.agent.start()?;
    scene.amid_import().await?;
    // What waits goes on from there, whatever the clock says.
    scene.agent.kill().await?;
    scene.agent.start()?;
    scene.imported().await?;
    scene.is_true().await?;
    for turn in 0..2 {
        scene.edit(stage.seed + turn, 20).await?;
        let run = scene.sync(false).await?;
        ensure!(run["failed"] == 0, "{run}");
        scene.is_true().await.with_context(|| format!("after edits, turn {turn}"))?;
    }
    let ahead = scene.satellite().await?["ahead_ms"].as_i64().context("how far its clock is ahead")?;
    ensure!((ahead - hours * HOUR_MS).abs() < NEAR_MS, "the server says that it is {ahead} ms ahead");
    let words =
        format!("{} hours {} that of the server", hours.abs(), if hours < 0 { "behind" } else { "ahead of" });
    scene.agent.says(&words, Duration::ZERO).await?;
    scene.is_well()
}

/// The version before is served, and so is what a later one says besides; a protocol that is too new is refused in words.
pub(super) async fn versions(stage: &Stage) -> Result<()> {
    let mut scene = Scene::set(stage, Plan { issues: 200, ..Plan::default() }).await?;
    scene.wire.twist(("\"protocol\":1", "\"protocol\":9"));
    scene.agent.start()?;
    let ended = scene.agent.ended(Duration::from_secs(30)).await?;
    ensure!(ended.code() == Some(CONFLICT), "it ends with {ended}:\n{}", scene.agent.log());
    let words = ["do not understand each other", "version 9 of the protocol"];
    ensure!(words.iter().all(|words| scene.agent.log().contains(words)), "{}", scene.agent.log());

    scene.wire.twist(("\"protocol\":1", "\"protocol\":0"));
    scene.agent.start()?;
    scene.imported().await.context("a satellite of the version before")?;
    scene.is_true().await?;
    ensure!(scene.satellite().await?["protocol"] == 0, "it did not say that it is older");
    scene.agent.stop().await?;

    // Says less than we know, or more.
    for (id, more) in
        [("0190a0b0-0000-7000-8000-000000000001", false), ("0190a0b0-0000-7000-8000-000000000002", true)]
    {
        let mut beat = json!({
            "id": id, "name": "by hand", "tenant": TENANT, "status": { "protocol": u8::from(more) },
            "at": now().as_millisecond(),
            "feeds": [{ "named": INTEGRATION, "url": scene.simulator.url(),
                "exclusions": { "fields": [], "user_details": false }, "timezone": null }],
            "errands": [], "leaves": true,
        });
        if more {
            beat["later"] = json!({ "than": "this" });
            beat["status"]["later"] = json!(1);
            beat["feeds"][0]["later"] = json!([]);
        }
        let (status, reply) = scene.server.post("/satellite/v1/beat", &scene.key, &beat).await?;
        ensure!(status == StatusCode::OK, "HTTP {status}: {reply}");
        ensure!(reply["feeds"][0]["refused"].is_null(), "{reply}");
    }
    let listed = async || Ok(names(&scene).await?.iter().filter(|name| *name == "by hand").count() == 2);
    until("both are known", Duration::from_secs(5), listed).await?;
    scene.server.is_well()
}

async fn names(scene: &Scene) -> Result<Vec<Value>> {
    Ok(scene.satellites().await?.iter().map(|one| one["name"].clone()).collect())
}
