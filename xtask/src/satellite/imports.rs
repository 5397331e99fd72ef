//! Imports as they should be: a large one with edits, a census and figures of memory, and one behind AD FS with a look for
//! credentials where none may be.

use super::Stage;
use super::scene::{LIMIT, Login, Plan, Scene};
use super::wire::find;
use crate::output;
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Megabytes that a satellite may hold while it waits, and while it reads. Of the former the code is not counted, which takes 18 of the
/// 30 that are promised where it is built for release, and twice that where it is built for debugging.
const IDLE: u64 = 12;
const READING: u64 = 200;

/// A satellite that has worked has given its memory back after so long.
const SETTLES: Duration = Duration::from_secs(60);

/// Everything arrives; then what changes; a census agrees, and a census repairs what only it can see.
pub(super) async fn large(stage: &Stage) -> Result<()> {
    let mut scene = Scene::set(stage, Plan { issues: stage.issues, ..Plan::default() }).await?;
    scene.agent.start()?;
    let begun = Instant::now();
    scene.imported().await?;
    let took = begun.elapsed();
    let (_, most) = scene.agent.memory()?;
    scene.is_true().await.context("after the first import")?;
    for turn in 1..=2 {
        scene.edit(stage.seed + turn, 40).await?;
        let run = scene.sync(false).await?;
        ensure!(run["failed"] == 0, "{run}");
        scene.is_true().await.with_context(|| format!("after edits, turn {turn}"))?;
    }
    ensure!(scene.server.weir.census().await?, "a census finds differences");
    let rests = Instant::now();
    let (mut idle, _) = scene.agent.memory()?;
    while idle >= IDLE && rests.elapsed() < SETTLES {
        tokio::time::sleep(Duration::from_secs(1)).await;
        (idle, _) = scene.agent.memory()?;
    }
    output::line(&format!(
        "satellite: {} issues in {took:.1?}; it holds {idle} MB besides its code while it waits, and {most} MB at most while it reads",
        stage.issues
    ));
    ensure!(idle < IDLE, "it holds {idle} MB while it waits");
    scene.edit(stage.seed + 3, 40).await?;
    scene.sync(false).await?;
    scene.is_true().await.context("after a rest")?;
    ensure!(most < READING, "it held {most} MB while it read");
    scene.is_well()
}

/// The same behind AD FS, whose tokens end meanwhile; and no credential of the site leaves the satellite.
pub(super) async fn adfs(stage: &Stage) -> Result<()> {
    let plan = Plan {
        site: vec!["--adfs", "15s", "--adfs-closed"],
        login: Login::Adfs,
        latency: Some("20ms"),
        keeps: true,
        ..Plan::default()
    };
    let mut scene = Scene::set(stage, plan).await?;
    scene.agent.start()?;
    scene.imported().await?;
    scene.is_true().await?;
    scene.edit(stage.seed, 30).await?;
    scene.sync(false).await?;
    scene.is_true().await.context("after edits")?;
    scene.server.answer(&["check", crate::weir::INTEGRATION]).await?;
    nowhere(&scene)?;
    scene.is_well()
}

/// No credential of the site is in the server's files, in what either side says, in what waits, or on the wire.
pub(super) fn nowhere(scene: &Scene) -> Result<()> {
    let secrets = scene.secrets()?;
    let mut places: Vec<(String, Vec<u8>)> = vec![
        ("what the server said".to_owned(), scene.server.log().into_bytes()),
        ("what the satellite said".to_owned(), scene.agent.log().into_bytes()),
    ];
    for folder in [scene.server.weir.home(), scene.agent.state().to_owned()] {
        for path in files(&folder)? {
            places.push((path.display().to_string(), std::fs::read(&path)?));
        }
    }
    let wire = scene.wire.texts()?;
    ensure!(wire.iter().map(Vec::len).sum::<usize>() > 0, "nothing of the wire was kept");
    places.extend(wire.into_iter().map(|text| ("the wire".to_owned(), text)));
    let said: usize = places.iter().filter(|(_, bytes)| find(bytes, b"/satellite/v1/").is_some()).count();
    ensure!(said > 0, "the wire cannot be read");
    for (place, bytes) in &places {
        for secret in &secrets {
            ensure!(find(bytes, secret.as_bytes()).is_none(), "a credential is in {place}");
        }
    }
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() { all.extend(files(&path)?) } else { all.push(path) }
    }
    Ok(all)
}

/// Waits so long at most for something that is looked at now and then.
pub(super) async fn until(
    what: &str,
    within: Duration,
    mut is_so: impl AsyncFnMut() -> Result<bool>,
) -> Result<Duration> {
    let begun = Instant::now();
    while !is_so().await? {
        ensure!(begun.elapsed() < within.min(LIMIT), "it does not come about in {within:.0?} that {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(begun.elapsed())
}
