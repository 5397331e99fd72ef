//! No room: the spool may hold no more, or the disk does not.

use super::Stage;
use super::imports::until;
use super::scene::{Plan, Scene};
use super::wire::Mode;
use crate::chaos::disk::SmallDisk;
use anyhow::{Context, Result, ensure};
use std::time::Duration;

/// What is told of a full spool.
const FULL: &str = "fills the satellite's folder";

/// What is told of a full disk.
const UNKEPT: &str = "What was read could not be kept in";

/// Kilobytes of a disk that holds the files of a satellite and no batch, and of one that holds many.
const SMALL: u64 = 48;
const ROOMY: u64 = 256 * 1024;

/// Reading waits while the spool is full, and goes on when the server takes what waits; whoever runs the satellite is told at
/// once, and the server as soon as it can be.
pub(super) async fn spool(stage: &Stage) -> Result<()> {
    let plan = Plan { issues: 2_500, latency: Some("15ms"), ..Plan::default() };
    let mut scene = Scene::set(stage, plan).await?;
    scene.agent.with(&["--spool-mb", "1"]);
    scene.agent.start()?;
    scene.amid_import().await?;
    scene.wire.be(Mode::Cut);
    tokio::time::sleep(Duration::from_secs(1)).await;
    scene.agent.says(FULL, Duration::from_secs(90)).await?;
    let waits = scene.agent.waiting();
    tokio::time::sleep(Duration::from_secs(3)).await;
    ensure!(waits > 0 && scene.agent.waiting() == waits, "reading goes on though the spool is full");
    ensure!(
        scene.agent.log().matches(FULL).count() == 1,
        "it is said again and again:\n{}",
        scene.agent.log()
    );
    scene.wire.be(Mode::Open);
    let told = async || {
        let satellite = scene.satellite().await?;
        Ok(satellite["error"].as_str().is_some_and(|error| error.contains(FULL)))
    };
    until("the server is told of the full spool", Duration::from_secs(25), told).await?;
    scene.imported().await?;
    scene.is_true().await?;
    let forgets = async || Ok(scene.satellite().await?["error"].is_null());
    until("what is over is told no more", Duration::from_secs(40), forgets).await?;
    scene.is_well()
}

/// A run ends with the reason; once there is room the next one brings everything.
pub(super) async fn disk(stage: &Stage) -> Result<()> {
    let mut scene = Scene::set(stage, Plan::default()).await?;
    std::fs::create_dir_all(scene.agent.state())?;
    let disk = SmallDisk::mount(scene.agent.state(), SMALL).await?;
    scene.agent.start()?;
    scene.agent.says(UNKEPT, Duration::from_secs(60)).await?;
    let run = scene.at_rest().await?;
    ensure!(run["error_code"] == "satellite.spool", "the run does not say why: {run}");
    disk.grow(ROOMY).await?;
    scene.sync(false).await.context("once there is room")?;
    scene.is_true().await?;
    scene.agent.kill().await?;
    drop(disk);
    Ok(())
}
