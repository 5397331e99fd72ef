//! Nothing in the project speaks of the machine or the tools it happened to be written with.

use anyhow::{Result, bail};
use std::path::{Path, PathBuf};

/// First folders of absolute paths that exist on somebody's machine only.
const FOLDERS: &[&str] = &["home", "root", "Users", "work", "farm", "workspace", "tmp/prompts"];

/// The one of them that is an address of SCIM too, and the files that speak of it.
const OF_SCIM: &str = "Users";
const SCIM: &[&str] = &["/scim/", "scim.rs", "docs/guide/provision.md"];

/// Words, in two halves so that this list does not find itself.
const WORDS: &[(&str, &str)] = &[
    (".lib", "rary"),
    ("before", "-stop"),
    ("sub", "agent"),
    ("developers", "-have"),
    ("farm", "-studio"),
    ("farm", "-bench"),
    ("closing", " note"),
];

/// Fails on every line that does, and names it.
pub(super) fn check(root: &Path, files: &[PathBuf]) -> Result<()> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| !file.ends_with("Cargo.lock")) {
        let bytes = std::fs::read(root.join(file))?;
        let text = String::from_utf8_lossy(&bytes);
        let name = file.to_string_lossy();
        let is_of_scim = SCIM.iter().any(|part| name.contains(part));
        for (number, line) in text.lines().enumerate() {
            if let Some(what) = offence(line, is_of_scim) {
                found.push(format!("{}:{}: {what}", file.display(), number + 1));
            }
        }
    }
    if !found.is_empty() {
        bail!("{}", found.join("\n"));
    }
    Ok(())
}

fn offence(line: &str, is_of_scim: bool) -> Option<String> {
    let lower = line.to_lowercase();
    let words = WORDS.iter().map(|(first, second)| format!("{first}{second}"));
    let folders = FOLDERS.iter().filter(|folder| !is_of_scim || **folder != OF_SCIM);
    let folders = folders.map(|folder| format!("/{folder}/"));
    words
        .into_iter()
        .find(|word| lower.contains(word.as_str()))
        .or_else(|| folders.into_iter().find(|folder| begins_a_path(line, folder)))
}

/// Whether the folder stands at the beginning of a path, not within one.
fn begins_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|character| !character.is_alphanumeric() && !"}>._-~*/".contains(character))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_a_machine_are_found_and_others_are_not() {
        for folder in FOLDERS {
            assert_eq!(offence(&format!("see /{folder}/me/x"), false), Some(format!("/{folder}/")));
            assert_eq!(offence(&format!("(\"/{folder}/x\")"), false), Some(format!("/{folder}/")));
        }
        assert_eq!(offence("https://example.com/home/x", false), None);
        assert_eq!(offence("{site}/work/x and /var/lib/weir", false), None);
        assert_eq!(offence(&format!("GET /{OF_SCIM}/1"), true), None);
        assert!(offence(&format!("see /{}/me", FOLDERS[0]), true).is_some());
    }

    #[test]
    fn words_are_found_in_any_case() {
        let word = format!("Sub{}", "Agent");
        assert!(offence(&format!("by a {word}."), true).is_some());
    }
}
