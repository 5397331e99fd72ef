//! Every command has its operation in the API, or a reason for having none: `docs/reference/api.md` says which, and is true.

use super::Cli;
use clap::CommandFactory as _;
use std::{collections::BTreeSet, fs, path::Path};
use weir_web::{authorization_table, document};

/// The word of a command that nobody can give from elsewhere.
const LOCAL: &str = "local";

/// The cells of every line of a table whose first cell is code.
fn rows() -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/api.md");
    let page = fs::read_to_string(path).expect("the page");
    let lines = page.lines().filter(|line| line.starts_with("| `"));
    lines.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// What stands in a cell as code.
fn code(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn is_operation(text: &str) -> bool {
    text.contains(" /api/")
}

/// Every command that has none below it.
fn leaves(command: &clap::Command, path: &str, into: &mut BTreeSet<String>) {
    let path = format!("{path}{}", command.get_name());
    let below: Vec<_> = command.get_subcommands().filter(|one| one.get_name() != "help").collect();
    if below.is_empty() {
        into.insert(path);
        return;
    }
    for one in below {
        leaves(one, &format!("{path} "), into);
    }
}

#[test]
fn every_command_has_a_line_with_its_operations_or_the_reason_why_it_is_local() {
    let mut commands = BTreeSet::new();
    leaves(&Cli::command(), "", &mut commands);
    let rows: Vec<_> = rows().into_iter().filter(|row| row[0].starts_with("`weir ")).collect();
    let named: BTreeSet<String> = rows.iter().flat_map(|row| code(&row[0])).collect();
    assert_eq!(named, commands);
    assert_eq!(rows.len(), commands.len(), "one line a command");
    for row in &rows {
        let [command, operations, _, besides] = row.as_slice() else { panic!("{row:?}") };
        let has_operation = code(operations).iter().any(|text| is_operation(text));
        let is_local = operations == LOCAL && !besides.is_empty();
        assert!(has_operation != is_local, "{command} has an operation, or is local for a reason");
    }
}

#[test]
fn every_operation_of_the_api_is_named_and_no_other() {
    let document = serde_json::to_value(document()).expect("it can be written");
    let paths = document["paths"].as_object().expect("paths").iter();
    let there: BTreeSet<String> = paths
        .flat_map(|(path, item)| {
            let methods = item.as_object().expect("operations").keys();
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let named = rows().into_iter().flatten().flat_map(|cell| code(&cell)).filter(|text| is_operation(text));
    assert_eq!(named.collect::<BTreeSet<_>>(), there);
}

#[test]
fn every_page_that_is_named_is_served() {
    let table = authorization_table();
    let pages =
        rows().into_iter().flatten().flat_map(|cell| code(&cell)).filter(|text| text.starts_with('/'));
    let pages: BTreeSet<String> = pages.collect();
    assert!(pages.len() > 10, "{pages:?}");
    for page in pages {
        assert!(table.contains(&format!("`GET {page}`")), "{page}");
    }
}
