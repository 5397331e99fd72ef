//! The table of routes, the router and the committed page say the same.

use crate::{
    api,
    auth::{routes::ROUTES, routes_table::authorization_table},
    operations, pages, satellites, scim,
};
use std::{collections::BTreeSet, env, fs, path::Path};
use weir_ingest::values::RESERVED_NAMES;

#[test]
fn the_router_has_the_lines_of_the_table_and_no_others() {
    let table: BTreeSet<(String, String)> =
        ROUTES.iter().map(|route| (route.method.to_owned(), route.path.to_owned())).collect();
    assert_eq!(table.len(), ROUTES.len(), "a line stands twice");
    let mut router = BTreeSet::new();
    for routes in [pages::routes(), operations::routes(), satellites::routes(), scim::routes()] {
        router.extend(routes.lines().iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned())));
    }
    for (path, item) in &api::document().paths.paths {
        let methods = [
            ("GET", item.get.is_some()),
            ("PUT", item.put.is_some()),
            ("POST", item.post.is_some()),
            ("PATCH", item.patch.is_some()),
            ("DELETE", item.delete.is_some()),
        ];
        router.extend(
            methods.into_iter().filter(|(_, there)| *there).map(|(m, _)| (m.to_owned(), path.clone())),
        );
    }
    assert_eq!(router, table);
}

#[test]
fn no_integration_is_called_like_an_address_beside_it() {
    let words = ROUTES.iter().filter_map(|route| {
        let path = route.path.strip_prefix("/api/v1").unwrap_or(route.path);
        path.strip_prefix("/integrations/")?.split('/').next()
    });
    // A browser takes these two for steps along the path.
    let beside: BTreeSet<&str> = words.filter(|word| !word.starts_with('{')).chain([".", ".."]).collect();
    assert_eq!(beside, BTreeSet::from(RESERVED_NAMES));
}

/// `WEIR_WRITE=1` writes the page anew.
#[test]
fn the_committed_page_is_what_the_policy_decides() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/authorization.md");
    let page = authorization_table();
    if env::var_os("WEIR_WRITE").is_some() {
        fs::write(&path, &page).expect("the page can be written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == page,
        "run this test with WEIR_WRITE=1 and look at what changed in {}",
        path.display()
    );
}

#[test]
fn every_operation_has_an_id_of_its_own_a_summary_and_an_error() {
    let document = api::document();
    let mut ids = BTreeSet::new();
    for (path, item) in &document.paths.paths {
        for operation in [&item.get, &item.put, &item.post, &item.patch, &item.delete].into_iter().flatten() {
            let id = operation.operation_id.clone().expect("an id");
            assert!(ids.insert(id), "{path} has the id of another operation");
            assert!(operation.summary.is_some(), "{path} has no summary");
            assert!(operation.responses.responses.contains_key("default"), "{path} has no error");
        }
    }
    let text = serde_json::to_value(&document).expect("it can be written");
    assert_eq!(text["openapi"], "3.1.0");
}
