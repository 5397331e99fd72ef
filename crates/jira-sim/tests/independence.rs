//! An oracle shares no code with what it judges.

#[test]
fn the_simulator_depends_on_none_of_our_own_crates() {
    let manifest = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
    assert!(manifest.contains("[dependencies]"));
    let own: Vec<&str> =
        manifest.lines().filter(|line| line.starts_with("weir") || line.contains("path = \"..")).collect();
    assert!(own.is_empty(), "{own:?}");
}
