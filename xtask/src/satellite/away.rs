//! The network is cut, by a clock that is set: what waits is sent on, or read again, and states say how it is.

use super::Stage;
use super::clock::now;
use super::imports::until;
use super::scene::{Plan, Scene};
use super::wire::Mode;
use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use serde_json::json;
use std::time::Duration;

/// How soon a satellite is online once it can be.
const BACK_WITHIN: Duration = Duration::from_secs(20);

/// What the satellite says of what waited for too long.
const TOO_OLD: &str = "What was read could not be sent for 72 hours.";

/// Seconds of silence, each with the state that a satellite has then: five before and behind each bound.
const SILENCES: [(i64, &str); 6] =
    [(2, "online"), (40, "online"), (50, "late"), (115, "late"), (125, "offline"), (7_200, "offline")];

/// States go by the server's clock and by nothing else; and who is back is online within seconds, whether the way was refused
/// or silent.
pub(super) async fn states(stage: &Stage) -> Result<()> {
    let plan = Plan { issues: 60, server_clock: Some("+0s"), agent_clock: Some("-3h"), ..Plan::default() };
    let mut scene = Scene::set(stage, plan).await?;
    scene.agent.start()?;
    scene.imported().await?;
    for mode in [Mode::Cut, Mode::Silent] {
        scene.wire.be(mode);
        // Long enough that the satellite waits for an answer, and then for its next try.
        tokio::time::sleep(Duration::from_secs(if mode == Mode::Silent { 22 } else { 8 })).await;
        let before = beat_at(&scene).await?;
        scene.wire.be(Mode::Open);
        let took = until("a satellite that is back reports", BACK_WITHIN, async || {
            Ok(beat_at(&scene).await? > before)
        });
        took.await.with_context(|| format!("{mode:?}\n{}", scene.agent.log()))?;
        ensure!(scene.satellite().await?["state"] == "online", "it is back and not online");
    }
    scene.wire.be(Mode::Cut);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let last = beat_at(&scene).await?;
    let clock = scene.server_clock.clone().context("the server has its own clock")?;
    for (silent, state) in SILENCES {
        let shift = silent - (now().as_second() - last.as_second());
        clock.set(&format!("{shift:+}s"))?;
        let told = scene.satellite().await?;
        ensure!(told["state"] == state, "after {silent} s it is not {state}: {told}");
    }
    // The next run of the integration finds nobody who reads it.
    let says = async || Ok(scene.server.json(&["status"]).await?.to_string().contains("satellite.offline"));
    until("the integration says that its satellite is offline", Duration::from_secs(60), says).await?;
    clock.set("+0s")?;
    scene.is_well()
}

/// When the server heard of the satellite last.
async fn beat_at(scene: &Scene) -> Result<Timestamp> {
    let told = scene.satellite().await?;
    Ok(told["beat_at"].as_str().context("a time")?.parse()?)
}

/// For less than the spool keeps.
pub(super) async fn shorter(stage: &Stage) -> Result<()> {
    let (scene, before) = cut_for(stage, 71).await?;
    ensure!(scene.agent.spools()[0].0 == before, "the spool was begun anew, and everything read again");
    ensure!(!scene.agent.log().contains(TOO_OLD), "it was thrown away:\n{}", scene.agent.log());
    Ok(())
}

/// For longer.
pub(super) async fn longer(stage: &Stage) -> Result<()> {
    let (scene, before) = cut_for(stage, 73).await?;
    ensure!(scene.agent.spools()[0].0 != before, "what is older than it may be was sent");
    ensure!(scene.agent.log().contains(TOO_OLD), "nobody was told:\n{}", scene.agent.log());
    Ok(())
}

/// Cuts the network for so many hours in the middle of an import; the scene, and the name of the spool of before.
async fn cut_for(stage: &Stage, hours: i64) -> Result<(Scene, String)> {
    let plan = Plan {
        issues: 1_500,
        latency: Some("80ms"),
        server_clock: Some("+0s"),
        agent_clock: Some("+0s"),
        ..Plan::default()
    };
    let mut scene = Scene::set(stage, plan).await?;
    scene.agent.start()?;
    scene.amid_import().await?;
    scene.wire.be(Mode::Cut);
    until("reading goes on while the server is away", Duration::from_secs(60), async || {
        Ok(scene.agent.waiting() >= 2)
    })
    .await?;
    let before = scene.agent.spools()[0].0.clone();
    let by = format!("+{hours}h");
    for clock in scene.server_clock.iter().chain(&scene.agent_clock) {
        clock.set(&by)?;
    }
    let there = now() + jiff::SignedDuration::from_hours(hours);
    scene.simulator.order("clock", &json!({ "now": there.to_string(), "runs": true })).await?;
    scene.edit(stage.seed, 20).await?;
    let run = scene.at_rest().await?;
    ensure!(run["result"] == "failed", "the run does not say that the satellite is away: {run}");
    let state = &scene.satellite().await?["state"];
    ensure!(state == "offline", "after {hours} hours the satellite is {state}");
    if hours > 72 {
        scene.agent.says(TOO_OLD, Duration::from_secs(60)).await?;
    }
    let known = scene.known().await?;
    scene.wire.be(Mode::Open);
    let online = async || Ok(scene.satellite().await?["state"] == "online");
    until("a satellite that is back is online", BACK_WITHIN, online).await?;
    // Nobody asks for this run: it is due because the satellite is back.
    scene.through(&known).await?;
    scene.is_true().await?;
    scene.sync(false).await?;
    scene.is_true().await.context("after one run more")?;
    scene.is_well()?;
    Ok((scene, before))
}
