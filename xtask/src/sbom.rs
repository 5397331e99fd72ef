//! The list of what the program is made of: CycloneDX, written from cargo's own metadata and from the table of files that pages
//! need. It is committed, since it is built into the program; `cargo xtask check` says when it is stale.

use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Where it is, from the root.
const FILE: &str = "crates/web/sbom.cdx.json";

/// The table of files that others made.
const ASSETS: &str = "crates/web/assets/README.md";

/// The crate whose program it tells of.
const PROGRAM: &str = "weir";

/// The platform that it tells of, wherever it is written.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// Licences of what comes from npm, as `assets/LICENSES.txt` has them.
const OF_NPM: [(&str, &str); 3] = [("@tabler/core", "MIT"), ("@tabler/icons", "MIT"), ("htmx.org", "0BSD")];

/// What `cargo metadata` tells.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    /// Nothing for crates of ours.
    source: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    /// `None` for a normal one, else `dev` or `build`.
    kind: Option<String>,
}

/// Something that the program is made of.
#[derive(PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Part {
    purl: String,
    name: String,
    version: String,
    licence: String,
}

/// Writes it anew.
pub(crate) async fn write(workspace: &Workspace) -> Result<bool> {
    let text = fresh(workspace).await?;
    std::fs::write(workspace.root.join(FILE), text).with_context(|| format!("{FILE} cannot be written"))?;
    Ok(true)
}

/// Fails where the committed one is not what would be written now.
pub(crate) async fn check(workspace: &Workspace) -> Result<()> {
    let committed = std::fs::read_to_string(workspace.root.join(FILE)).unwrap_or_default();
    ensure!(committed == fresh(workspace).await?, "{FILE} is stale: cargo xtask sbom writes it anew");
    Ok(())
}

async fn fresh(workspace: &Workspace) -> Result<String> {
    let mut cargo = workspace.cargo(&["metadata", "--offline", "--locked", "--format-version", "1"]);
    let metadata = process::text(cargo.args(["--filter-platform", PLATFORM])).await?;
    let metadata: Metadata = serde_json::from_str(&metadata).context("cargo metadata's answer")?;
    let assets = read(&workspace.root, ASSETS)?;
    document(&metadata, &assets)
}

fn read(root: &Path, file: &str) -> Result<String> {
    std::fs::read_to_string(root.join(file)).with_context(|| format!("{file} cannot be read"))
}

/// The document, one part a line, so that a change of it can be read.
fn document(metadata: &Metadata, assets: &str) -> Result<String> {
    let program = metadata.packages.iter().find(|one| one.name == PROGRAM && one.source.is_none());
    let program = program.context("the program is not in the metadata")?;
    let mut parts = crates(metadata, &program.id)?;
    parts.extend(files(assets)?);
    let version = quoted(&program.version);
    let components: Vec<String> = parts.iter().map(Part::line).collect();
    Ok(format!(
        "{{\n  \"bomFormat\": \"CycloneDX\",\n  \"specVersion\": \"1.6\",\n  \"version\": 1,\n  \
         \"metadata\": {{ \"component\": {{ \"type\": \"application\", \"bom-ref\": \"{PROGRAM}\", \
         \"name\": \"{PROGRAM}\", \"version\": {version} }} }},\n  \"components\": [\n{}\n  ]\n}}\n",
        components.join(",\n")
    ))
}

impl Part {
    fn line(&self) -> String {
        let [name, version] = [&self.name, &self.version].map(|text| quoted(text));
        let [licence, purl] = [&self.licence, &self.purl].map(|text| quoted(text));
        format!(
            "    {{ \"type\": \"library\", \"bom-ref\": {purl}, \"name\": {name}, \"version\": {version}, \
             \"licenses\": [{{ \"expression\": {licence} }}], \"purl\": {purl} }}"
        )
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The crates of others that are built into the program or that build it; those that only test it are not.
fn crates(metadata: &Metadata, program: &str) -> Result<BTreeSet<Part>> {
    let nodes: BTreeMap<&str, &Node> =
        metadata.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let (mut reached, mut waiting) = (BTreeSet::from([program]), vec![program]);
    while let Some(id) = waiting.pop() {
        let node = nodes.get(id).with_context(|| format!("{id} is not resolved"))?;
        for edge in &node.deps {
            let is_used = edge.dep_kinds.iter().any(|kind| kind.kind.as_deref() != Some("dev"));
            if is_used && reached.insert(&edge.pkg) {
                waiting.push(&edge.pkg);
            }
        }
    }
    let others =
        metadata.packages.iter().filter(|one| one.source.is_some() && reached.contains(one.id.as_str()));
    others
        .map(|one| {
            let licence = one.license.as_deref().with_context(|| format!("{} has no licence", one.name))?;
            Ok(Part {
                purl: format!("pkg:cargo/{}@{}", one.name, one.version),
                name: one.name.clone(),
                version: one.version.clone(),
                licence: expression(licence),
            })
        })
        .collect()
}

/// A licence as SPDX writes it; a slash is how crates once wrote that either holds.
fn expression(licence: &str) -> String {
    licence.split('/').map(str::trim).collect::<Vec<_>>().join(" OR ")
}

/// What comes from npm, by the rows of the table: `` | `file` | npm `NAME` VERSION, … | ``.
fn files(table: &str) -> Result<BTreeSet<Part>> {
    let rows = table.lines().filter_map(|line| line.split_once("| npm `").map(|(_, rest)| rest));
    let parts: BTreeSet<Part> = rows
        .map(|row| {
            let (name, rest) = row.split_once("` ").context("a row has no version")?;
            let version = rest.split([',', ' ']).next().unwrap_or_default();
            let Some((_, licence)) = OF_NPM.iter().find(|(known, _)| *known == name) else {
                bail!("the licence of {name} is not known: xtask/src/sbom.rs has the others");
            };
            Ok(Part {
                purl: format!("pkg:npm/{}@{version}", name.replace('@', "%40")),
                name: name.to_owned(),
                version: version.to_owned(),
                licence: (*licence).to_owned(),
            })
        })
        .collect::<Result<_>>()?;
    ensure!(!parts.is_empty(), "{ASSETS} names nothing from npm");
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const TABLE: &str = "| File | From |\n|---|---|\n| `a.css` | npm `@tabler/core` 1.6.1, `dist/a.css` |\n";

    fn metadata() -> Metadata {
        let package = |name: &str, source: Option<&str>| json!({ "id": name, "name": name, "version": "1.0.0", "license": "MIT / Apache-2.0", "source": source });
        let edge = |name: &str, kind: Option<&str>| json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] });
        let node = |name: &str, deps: Vec<Value>| json!({ "id": name, "deps": deps });
        let all = json!({
            "packages": [package("weir", None), package("ours", None), package("used", Some("registry")),
                package("builds", Some("registry")), package("tests", Some("registry"))],
            "resolve": { "nodes": [
                node("weir", vec![edge("ours", None), edge("tests", Some("dev"))]),
                node("ours", vec![edge("used", None), edge("builds", Some("build"))]),
                node("used", vec![]), node("builds", vec![]), node("tests", vec![]),
            ] },
        });
        serde_json::from_value(all).unwrap()
    }

    #[test]
    fn it_names_what_is_built_in_and_not_what_tests_alone_need() {
        let text = document(&metadata(), TABLE).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        let parts = document["components"].as_array().unwrap();
        let purls: Vec<_> = parts.iter().map(|part| part["purl"].as_str().unwrap()).collect();
        assert_eq!(purls, ["pkg:cargo/builds@1.0.0", "pkg:cargo/used@1.0.0", "pkg:npm/%40tabler/core@1.6.1"]);
        assert_eq!(parts[0]["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(document["metadata"]["component"]["name"], "weir");
    }

    #[test]
    fn a_file_of_somebody_whose_licence_is_not_known_is_said() {
        let unknown = TABLE.replace("@tabler/core", "left-pad");
        assert!(document(&metadata(), &unknown).unwrap_err().to_string().contains("left-pad"));
    }
}
