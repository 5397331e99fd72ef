//! The published samples of `../shared/fixtures/satellite`, with their placeholders filled in, as a satellite runs them.

use super::Stage;
use super::imports::nowhere;
use super::scene::{EMAIL, Login, Plan, Scene, TENANT};
use crate::site::{Account, Credential, TokenKind};
use crate::weir::INTEGRATION;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// The host of the other product in the samples. Ours takes its place; the path behind it stays.
const OTHER: &str = "https://app.harness.io";

/// The time zone of the account, as the simulator has it.
const ZONE: &str = "America/Sao_Paulo";

/// Where the samples are.
pub(super) fn folder(workspace: &Workspace) -> PathBuf {
    workspace.root.join("../shared/fixtures/satellite")
}

pub(super) async fn token(stage: &Stage) -> Result<()> {
    story(stage, "token.yml", &["summary", "description_text"]).await
}

pub(super) async fn password(stage: &Stage) -> Result<()> {
    story(stage, "password.yml", &["description_text"]).await
}

pub(super) async fn adfs(stage: &Stage) -> Result<()> {
    story(stage, "adfs.yml", &[]).await
}

/// Every issue comes, without what the sample leaves out.
async fn story(stage: &Stage, name: &str, left_out: &[&str]) -> Result<()> {
    let path = folder(&stage.workspace).join(name);
    let sample = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let site = if name == "adfs.yml" { vec!["--adfs", "3600s", "--adfs-closed"] } else { vec![] };
    let login = if name == "adfs.yml" { Login::Adfs } else { Login::Token };
    let plan =
        Plan { issues: 150, site, login, keeps: true, server: vec!["--tenant", TENANT], ..Plan::default() };
    let mut scene = Scene::set(stage, plan).await?;
    scene.agent.write(&filled(&scene, &sample).await?)?;
    let ended = scene.agent.once().await?;
    ensure!(ended.success(), "{name}: {ended}\n{}", scene.agent.log());
    let mut theirs = BTreeSet::new();
    let of = |line: &[u8]| -> Result<Value> { Ok(serde_json::from_slice(line)?) };
    let visit = |line: &[u8]| {
        theirs.insert(of(line)?["id"].to_string());
        Ok(())
    };
    scene.simulator.truth("issues", EMAIL, visit).await?;
    let mut ours = BTreeSet::new();
    let visit = |line: &[u8]| {
        let row = of(line)?;
        for column in left_out {
            ensure!(row[*column].is_null(), "{column} is left out, and is here");
        }
        ensure!(ours.insert(row["id"].to_string()), "an issue is here twice");
        Ok(())
    };
    scene.server.weir.export("issues", visit).await?;
    ensure!(ours == theirs, "{} issues are here of {}", ours.len(), theirs.len());
    let mut comments = 0;
    let visit = |_: &[u8]| {
        comments += 1;
        Ok(())
    };
    scene.server.weir.export("issue_comments", visit).await?;
    ensure!((comments == 0) == (name == "adfs.yml"), "{comments} comments are here");
    let visit = |line: &[u8]| {
        let is_named = !of(line)?["name"].is_null();
        ensure!(!is_named || name != "password.yml", "somebody's name is left out, and is here");
        Ok(())
    };
    scene.server.weir.export("people", visit).await?;
    nowhere(&scene)?;
    scene.server.is_well()
}

/// The sample with values in the places of its placeholders.
async fn filled(scene: &Scene, sample: &str) -> Result<String> {
    let shown = scene.server.json(&["integration", "show", INTEGRATION]).await?;
    let id = shown["id"].as_str().context("the id of the integration")?;
    let secret =
        |kind| Credential::of(Account::Reader, kind).map(|credential| credential.secret().to_owned());
    let (token, password) = (secret(TokenKind::Pat)?, secret(TokenKind::Password)?);
    let mut values = vec![
        ("<ACCOUNT_NAME>", TENANT.to_owned()),
        ("<SEI_API_KEY>", scene.key.clone()),
        ("<INTEGRATION_ID>", id.to_owned()),
        ("<ATLASSIAN_ORGANIZATION_URL>", scene.simulator.url().to_owned()),
        ("<ATLASSIAN_USERNAME>", "reader".to_owned()),
        ("<ATLASSIAN_PASSWORD>", password),
        ("<ATLASSIAN_API_KEY>", token),
        ("<ATLASSIAN_ACCOUNT_TIMEZONE>", ZONE.to_owned()),
        ("<TIMEZONE>", ZONE.to_owned()),
    ];
    if let Some(adfs) = scene.simulator.adfs(EMAIL) {
        values.extend([
            ("<ADFS_SERVER_ENDPOINT>", adfs.url),
            ("<CLIENT_IDENTIFIER>", adfs.client_id),
            ("<RESOURCE_IDENTIFIER>", adfs.resource),
            ("<ADFS_USERNAME>", adfs.user),
            ("<ADFS_PASSWORD>", adfs.password),
        ]);
    }
    ensure!(sample.contains(OTHER), "the sample names another server");
    let text = sample.replace(OTHER, &format!("http://{}", scene.wire.address()));
    let filled = values.iter().fold(text, |text, (placeholder, value)| text.replace(placeholder, value));
    ensure!(!filled.contains('<'), "a placeholder is left:\n{filled}");
    Ok(filled)
}
