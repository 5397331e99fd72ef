//! Relative links in the documents lead somewhere.

use anyhow::{Result, bail};
use std::path::{Path, PathBuf};

/// Fails on a link to a file that is not there.
pub(super) fn check(root: &Path, files: &[PathBuf]) -> Result<()> {
    let mut broken = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "md")) {
        let text = std::fs::read_to_string(root.join(file))?;
        let folder = root.join(file.parent().unwrap_or(Path::new("")));
        for target in targets(&text).filter(|target| !folder.join(target).exists()) {
            broken.push(format!("{}: {target}", file.display()));
        }
    }
    if !broken.is_empty() {
        bail!("links that lead nowhere:\n{}", broken.join("\n"));
    }
    Ok(())
}

/// The relative targets of inline links, without their anchors.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    let ends = text.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(target, _)| target));
    let relative = ends.filter(|target| !target.contains("://") && !target.contains(char::is_whitespace));
    relative.map(|target| target.split('#').next().unwrap_or_default()).filter(|target| !target.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_relative_targets_are_followed() {
        let text = "[a](docs/a.md#part) [b](https://example.com/x) [c](#here) and `f](g h)`";
        assert_eq!(targets(text).collect::<Vec<_>>(), ["docs/a.md"]);
    }
}
