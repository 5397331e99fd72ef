//! Two satellites with one file.

use super::Stage;
use super::agent::Agent;
use super::scene::{Plan, Scene, TENANT};
use crate::weir::Weir;
use crate::workspace::Profile;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::time::{Duration, Instant};

/// The server's clock is put forward in steps in which nobody else falls silent, until the turn of the dead one is over.
const STEPS: [&str; 3] = ["+40s", "+80s", "+120s"];
const STEP: Duration = Duration::from_secs(6);

/// The one that reads is killed in the middle of an import, and the other goes on.
pub(super) async fn killed(stage: &Stage) -> Result<()> {
    let plan = Plan { issues: 900, latency: Some("80ms"), server_clock: Some("+0s"), ..Plan::default() };
    let mut scene = Scene::set(stage, plan).await?;
    let home = Weir::new(&stage.workspace, Profile::Debug, None, scene.simulator.gateway())?;
    let mut other = Agent::new(home, &scene.file(TENANT)?)?;
    scene.agent.start()?;
    scene.amid_import().await?;
    other.start()?;
    other.says("this one stands by", Duration::from_secs(30)).await?;
    ensure!(turns(&scene).await? == 1, "not one of both has the turn");
    ensure!(scene.is_under_way().await?, "the import was over before the satellite was killed");
    scene.agent.kill().await?;
    let clock = scene.server_clock.clone().context("the server has its own clock")?;
    for step in STEPS {
        tokio::time::sleep(STEP).await;
        clock.set(step)?;
    }
    let begun = Instant::now();
    other.says("This satellite reads it.", Duration::from_secs(30)).await?;
    scene.imported().await.with_context(|| other.log())?;
    ensure!(begun.elapsed() < Duration::from_secs(120), "the other one takes too long");
    scene.stored_is_true().await?;
    ensure!(other.waiting() == 0, "batches wait still");
    // The first one comes back and stands by; what it spooled is of no use any more, and does no harm.
    scene.agent.start()?;
    scene.agent.says("this one stands by", Duration::from_secs(30)).await?;
    ensure!(other.stop().await?.success(), "it does not stop in order");
    scene.edit(stage.seed, 20).await?;
    // The turn is given back, so that nobody waits for it to end.
    scene.sync(false).await.context("the first one, once the other has stopped")?;
    scene.is_true().await.context("the first one, once the other has stopped")?;
    scene.is_well()
}

/// How many have the turn.
async fn turns(scene: &Scene) -> Result<usize> {
    let all = scene.satellites().await?;
    Ok(all
        .iter()
        .filter(|one| one["has_turn"].as_array().is_some_and(|of: &Vec<Value>| !of.is_empty()))
        .count())
}
