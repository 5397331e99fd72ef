//! `kill -9` of either side, again and again, at moments of imports that a seed draws.

use super::Stage;
use super::scene::{Plan, Scene};
use crate::draw::Draw;
use crate::output;
use crate::store::StoreKind;
use anyhow::{Context, Result, ensure};
use std::time::{Duration, Instant};

/// Issues of the site: an import takes some seconds.
const ISSUES: usize = 300;

/// Who is killed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Side {
    Server,
    Satellite,
}

/// A kill comes so many milliseconds at most after the one before.
const APART: u64 = 1_200;

/// How long it may take until an import is under way.
const BEGINS_WITHIN: Duration = Duration::from_secs(60);

/// Into a file.
pub(super) async fn into_sqlite(stage: &Stage) -> Result<()> {
    story(stage, StoreKind::Sqlite).await
}

/// Into a server.
pub(super) async fn into_postgres(stage: &Stage) -> Result<()> {
    story(stage, StoreKind::Postgres).await
}

async fn story(stage: &Stage, store: StoreKind) -> Result<()> {
    let database = (store == StoreKind::Postgres).then_some("satellite_kills");
    let plan = Plan { issues: ISSUES, latency: Some("15ms"), database, ..Plan::default() };
    let mut scene = Scene::set(stage, plan).await?;
    let mut draw = Draw::new(stage.seed, if database.is_some() { 2 } else { 1 });
    let each = usize::try_from(stage.kills)?;
    let sides = draw.shuffled(&[[Side::Server].repeat(each), [Side::Satellite].repeat(each)].concat());
    scene.agent.start()?;
    let (mut ended, mut edits) = (0, 0);
    for (nth, side) in sides.iter().enumerate() {
        let begun = Instant::now();
        loop {
            amid(&mut scene, &mut ended).await.with_context(|| format!("kill {nth}"))?;
            tokio::time::sleep(Duration::from_millis(draw.range(1, APART))).await;
            // One that was over by then is not counted.
            if scene.is_under_way().await? {
                break;
            }
            ensure!(begun.elapsed() < BEGINS_WITHIN, "kill {nth} meets no import");
        }
        match side {
            Side::Satellite => {
                scene.agent.kill().await?;
                scene.agent.start()?;
            }
            Side::Server => {
                scene.server.kill().await?;
                scene.server.start().await?;
            }
        }
        if draw.chance(30) {
            edits += 1;
            scene.edit(stage.seed + edits, 5).await?;
        }
    }
    scene.settled().await?;
    scene.sync(false).await.context("the run after the last kill")?;
    scene.settled().await?;
    scene.is_true().await.context("after the last kill")?;
    ensure!(scene.server.weir.census().await?, "a census finds differences");
    let run = scene.sync(true).await?;
    ensure!(run["written"] == 0, "everything once more writes something: {run}");
    scene.is_true().await.context("after everything was read once more")?;
    output::line(&format!(
        "satellite: each side was killed {} times, into {}; {} runs began, {edits} times the site was edited",
        stage.kills,
        store.word(),
        scene.known().await?.len()
    ));
    scene.is_well()
}

/// Waits until an import is under way; where none is, asks for everything once more.
async fn amid(scene: &mut Scene, asked: &mut usize) -> Result<()> {
    let begun = Instant::now();
    loop {
        scene.is_well()?;
        if scene.is_under_way().await? {
            return Ok(());
        }
        let ended = scene.runs().await?.iter().filter(|run| !run["result"].is_null()).count();
        if ended > *asked {
            // Once for each that has ended.
            *asked = ended;
            scene.ask(true).await?;
        }
        ensure!(begun.elapsed() < BEGINS_WITHIN, "no import begins:\n{}", scene.agent.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
