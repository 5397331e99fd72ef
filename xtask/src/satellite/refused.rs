//! Satellites that are not let in, or no longer; and one that is told to stop.

use super::Stage;
use super::scene::{Plan, Scene, TENANT};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::process::ExitStatus;
use std::time::Duration;

/// How long a satellite may take to end when it is refused for good.
const ENDS_WITHIN: Duration = Duration::from_secs(30);

/// Exit code of what is not permitted.
const NOT_PERMITTED: i32 = 5;

/// A wrong tenant, a key that is revoked in the middle of an import, a satellite that is; each is told, and nothing is lost.
pub(super) async fn refused(stage: &Stage) -> Result<()> {
    let plan =
        Plan { issues: 1_000, latency: Some("150ms"), server: vec!["--tenant", TENANT], ..Plan::default() };
    let mut scene = Scene::set(stage, plan).await?;
    scene.agent.write(&scene.file("OTHER")?)?;
    scene.agent.start()?;
    let ended = scene.agent.ended(ENDS_WITHIN).await?;
    is_refused(&scene, ended, "is not that of the tenant \"OTHER\"")?;
    ensure!(scene.satellites().await?.is_empty(), "a satellite of another tenant is known");
    scene.agent.write(&scene.file(TENANT)?)?;
    scene.agent.start()?;
    scene.amid_import().await?;

    let keys = scene.server.json(&["api-key", "list"]).await?;
    let of_it = |key: &&Value| key["name"] == "sat";
    let id = keys.as_array().and_then(|keys| keys.iter().find(of_it)).and_then(|key| key["id"].as_str());
    scene.server.answer(&["api-key", "revoke", id.context("the key of the satellite")?]).await?;
    scene.agent.says("does not take the API key", Duration::from_secs(40)).await?;
    scene.is_well()?;
    ensure!(scene.agent.stop().await?.success(), "it does not stop in order");
    scene.key = scene.server.key("satellite", "another").await?;
    scene.agent.write(&scene.file(TENANT)?)?;
    scene.agent.start()?;
    scene.imported().await.context("with a new key")?;
    scene.is_true().await.context("with a new key")?;
    ensure!(scene.satellite().await?["state"] == "online", "the satellite is not the one of before");

    scene.edit(stage.seed, 20).await?;
    let known = scene.known().await?;
    scene.ask(true).await?;
    tokio::time::sleep(Duration::from_millis(700)).await;
    let id = scene.satellite().await?["id"].as_str().context("its id")?.to_owned();
    scene.server.answer(&["satellite", "revoke", &id]).await?;
    let ended = scene.agent.ended(ENDS_WITHIN).await?;
    is_refused(&scene, ended, "was revoked")?;
    scene.at_rest().await?;
    // As the sentence says: its folder goes, and it is another one.
    std::fs::remove_dir_all(scene.agent.state())?;
    scene.agent.start()?;
    let known = { scene.known().await?.union(&known).cloned().collect() };
    scene.through(&known).await.context("a satellite in the place of one that was revoked")?;
    scene.sync(false).await?;
    scene.is_true().await.context("after a satellite was revoked")?;
    let states: Vec<Value> = scene.satellites().await?.iter().map(|one| one["state"].clone()).collect();
    ensure!(states.contains(&"revoked".into()) && states.contains(&"online".into()), "{states:?}");
    scene.is_well()
}

fn is_refused(scene: &Scene, ended: ExitStatus, words: &str) -> Result<()> {
    ensure!(ended.code() == Some(NOT_PERMITTED), "it ends with {ended}:\n{}", scene.agent.log());
    ensure!(scene.agent.log().contains(words), "it does not say \"{words}\":\n{}", scene.agent.log());
    Ok(())
}

/// In the middle of an import it ends at once, in order, and the server knows; the next start goes on.
pub(super) async fn stopped(stage: &Stage) -> Result<()> {
    let plan = Plan { issues: 1_000, latency: Some("150ms"), ..Plan::default() };
    let mut scene = Scene::set(stage, plan).await?;
    scene.agent.start()?;
    scene.amid_import().await?;
    let ended = scene.agent.stop().await?;
    ensure!(ended.code() == Some(0), "it ends with {ended}:\n{}", scene.agent.log());
    scene.agent.says("The satellite has stopped.", Duration::ZERO).await?;
    ensure!(!scene.agent.log().contains("Interrupted"), "{}", scene.agent.log());
    let told = scene.satellite().await?;
    ensure!(told["state"] == "offline" && told["has_turn"] == serde_json::json!([]), "{told}");
    scene.agent.start()?;
    scene.imported().await?;
    scene.is_true().await?;
    scene.is_well()
}
