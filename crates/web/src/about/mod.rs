//! What this program is: its version, how it was built, what it is made of, whether it is well, and a bundle of all that for those
//! who are asked for help.

pub(crate) mod bundle;
pub(crate) mod health;
pub(crate) mod ran;

use serde::Serialize;
use utoipa::ToSchema;

/// What the program is made of: CycloneDX 1.6, in JSON. `cargo xtask sbom` writes it.
pub const SBOM: &str = include_str!("../../sbom.cdx.json");

/// How this program was built.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Build {
    /// The commit, where whoever built it said so with `WEIR_COMMIT`.
    pub commit: Option<String>,
    /// The machine that it is for.
    pub target: String,
    /// `release` or `debugging`.
    pub profile: String,
    /// What it can do beside what every program of this version does.
    pub features: Vec<String>,
}

impl Build {
    /// That of this program.
    pub fn this() -> Self {
        let library = match () {
            () if cfg!(target_env = "gnu") => "-gnu",
            () if cfg!(target_env = "musl") => "-musl",
            () => "",
        };
        let is_debug = cfg!(debug_assertions);
        Self {
            commit: option_env!("WEIR_COMMIT").filter(|commit| !commit.is_empty()).map(str::to_owned),
            target: format!("{}-{}{library}", std::env::consts::ARCH, std::env::consts::OS),
            profile: if is_debug { "debugging" } else { "release" }.to_owned(),
            features: is_debug.then(|| "crash points".to_owned()).into_iter().collect(),
        }
    }

    /// The same for people.
    pub fn sentence(&self) -> String {
        let commit = self.commit.as_deref().unwrap_or("not told");
        let features = if self.features.is_empty() { "none".to_owned() } else { self.features.join(", ") };
        format!("commit {commit}, for {}, {}, features: {features}", self.target, self.profile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::BTreeSet;

    #[test]
    fn the_list_of_parts_has_the_shape_of_cyclonedx_and_names_each_once() {
        let list: Value = serde_json::from_str(SBOM).expect("JSON");
        assert_eq!((&list["bomFormat"], &list["specVersion"]), (&"CycloneDX".into(), &"1.6".into()));
        assert_eq!(list["version"], 1);
        assert_eq!(list["metadata"]["component"]["version"], env!("CARGO_PKG_VERSION"));
        let parts = list["components"].as_array().expect("parts");
        let mut named = BTreeSet::new();
        for part in parts {
            let text = |name: &str| part[name].as_str().filter(|text| !text.is_empty()).expect(name);
            assert_eq!(text("type"), "library");
            assert!(named.insert(text("purl")), "{part} stands twice");
            assert_eq!(text("purl"), text("bom-ref"));
            assert!(text("purl").ends_with(&format!("@{}", text("version"))), "{part}");
            let name = text("name").replace('@', "%40");
            assert!(
                ["cargo", "npm"].iter().any(|kind| text("purl").starts_with(&format!("pkg:{kind}/{name}@")))
            );
            let licence = part["licenses"][0]["expression"].as_str().expect("a licence");
            assert!(!licence.is_empty() && !licence.contains('/'), "{part}");
        }
        for part in ["pkg:cargo/axum@", "pkg:npm/htmx.org@", "pkg:npm/%40tabler/core@"] {
            assert!(named.iter().any(|purl| purl.starts_with(part)), "{part}");
        }
        assert!(!named.iter().any(|purl| purl.contains("rcgen")), "what tests alone need is not in it");
    }
}
