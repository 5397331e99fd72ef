//! What `docs/reliability.md` promises is shown by tests that exist.
//!
//! Whatever stands there in code marks with a `::` is the full name of a test, as `cargo nextest list` has it, with the
//! crate before it; and the list of what went wrong elsewhere has every number once, with something said of each.

use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The page.
const PAGE: &str = "docs/reliability.md";

/// What went wrong elsewhere is numbered from 1 to this.
const CASES: usize = 88;

/// Fails on a test that the page names and no source has, and on a case without an answer.
pub(super) fn check(root: &Path, files: &[PathBuf]) -> Result<()> {
    let page = std::fs::read_to_string(root.join(PAGE)).with_context(|| format!("{PAGE} cannot be read"))?;
    let named = named(&page);
    if named.is_empty() {
        bail!("{PAGE} names no test");
    }
    let known = known(root, files)?;
    let unknown = named.iter().filter(|name| !known.contains(**name));
    let mut wrong: Vec<String> = unknown.map(|name| format!("{PAGE}: there is no test {name}")).collect();
    wrong.extend(unanswered(&page).into_iter().map(|case| format!("{PAGE}: case {case} has not one answer")));
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    Ok(())
}

/// Names of tests on the page.
fn named(page: &str) -> BTreeSet<&str> {
    page.split('`').skip(1).step_by(2).filter(|code| code.contains("::")).collect()
}

/// Cases that have no row, more than one, or nothing in the last cell of it.
fn unanswered(page: &str) -> Vec<usize> {
    let rows: Vec<Vec<&str>> = page.lines().map(|line| line.split('|').map(str::trim).collect()).collect();
    let answers = |case: usize| {
        let number = case.to_string();
        let of_case = rows.iter().filter(|cells| cells.len() > 3 && cells[1] == number);
        let answered = of_case.clone().filter(|cells| cells[cells.len() - 2].len() > 10);
        (of_case.count(), answered.count())
    };
    (1..=CASES).filter(|case| answers(*case) != (1, 1)).collect()
}

/// The full names of all tests.
fn known(root: &Path, files: &[PathBuf]) -> Result<BTreeSet<String>> {
    let mut known = BTreeSet::new();
    for manifest in files.iter().filter(|file| file.ends_with("Cargo.toml")) {
        let folder = manifest.parent().unwrap_or(Path::new(""));
        let text = std::fs::read_to_string(root.join(manifest))?;
        let Some(package) = package(&text) else { continue };
        for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs")) {
            let Ok(inside) = file.strip_prefix(folder) else { continue };
            let Some(modules) = modules(inside) else { continue };
            let text = std::fs::read_to_string(root.join(file))?;
            known.extend(tests(&text).map(|test| format!("{package}{modules}::{test}")));
        }
    }
    Ok(known)
}

/// The name of the package that a manifest describes.
fn package(manifest: &str) -> Option<&str> {
    let (_, package) = manifest.split_once("[package]")?;
    let name = package.lines().find_map(|line| line.strip_prefix("name = "))?;
    Some(name.trim_matches('"'))
}

/// The module of a source file within its package, with `::` before each part. Integration tests begin with the name of
/// their program.
fn modules(inside: &Path) -> Option<String> {
    let mut parts = inside.iter().map(|part| part.to_string_lossy());
    if !matches!(&*parts.next()?, "src" | "tests") {
        return None;
    }
    let mut path = String::new();
    for part in parts {
        let part = part.strip_suffix(".rs").unwrap_or(&part);
        if !matches!(part, "mod" | "lib" | "main") {
            path.push_str("::");
            path.push_str(part);
        }
    }
    Some(path)
}

/// The tests of a source file, each behind the module inside the file that it stands in.
fn tests(text: &str) -> impl Iterator<Item = String> {
    let (mut module, mut is_test) = (String::new(), false);
    text.lines().filter_map(move |line| {
        if let Some(name) = line.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(" {")) {
            module = format!("{name}::");
        } else if line == "}" {
            module.clear();
        }
        let line = line.trim_start();
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        }
        let (_, name) = line.split_once("fn ").filter(|_| !line.starts_with("//"))?;
        let name = name.split('(').next().filter(|_| std::mem::take(&mut is_test))?;
        Some(format!("{module}{name}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_code_marks_are_found_and_other_code_is_not() {
        let page = "see `weir::cli::sync::a_b` and `weir sync`, not weir::cli::sync::c";
        assert_eq!(named(page).into_iter().collect::<Vec<_>>(), ["weir::cli::sync::a_b"]);
    }

    #[test]
    fn a_test_is_known_by_its_file_and_the_module_in_it() {
        let text = "fn helper() {}\nmod tests {\n    #[test]\n    fn inside() {}\n    fn no_test() {}\n}\n\
                    #[tokio::test(flavor = \"multi_thread\")]\nasync fn outside() {}\n";
        assert_eq!(tests(text).collect::<Vec<_>>(), ["tests::inside", "outside"]);
        let at = |path: &str| modules(Path::new(path));
        assert_eq!(at("src/jira/mod.rs").as_deref(), Some("::jira"));
        assert_eq!(at("src/lib.rs").as_deref(), Some(""));
        assert_eq!(at("tests/cli/sync.rs").as_deref(), Some("::cli::sync"));
        assert_eq!(at("examples/bulk.rs"), None);
        assert_eq!(package("[package]\nname = \"weir\"\n"), Some("weir"));
    }

    #[test]
    fn a_case_without_an_answer_or_with_two_is_found() {
        let row = |case: usize| format!("| {case} | it was lost | a test shows that it is not |\n");
        let mut page: String = (1..=CASES).map(row).collect();
        assert_eq!(unanswered(&page), [0; 0]);
        page.push_str(&row(7));
        page = page.replace("| 9 | it was lost | a test shows that it is not |", "| 9 | it was lost | |");
        assert_eq!(unanswered(&page), [7, 9]);
    }
}
