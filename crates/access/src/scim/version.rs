//! The version of a resource: a strong entity tag made of all that is shown of it.

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// The tag of a resource as it is shown, but for `meta.version` itself and for its members, who may be many: that they are others is
/// told by the revision, which grows with each change.
pub fn version_of(resource: &Value, revision: i64) -> String {
    let mut shown = resource.clone();
    if let Some(meta) = shown.get_mut("meta").and_then(Value::as_object_mut) {
        meta.remove("version");
    }
    if let Some(shown) = shown.as_object_mut() {
        shown.remove("members");
    }
    let digest = Sha256::digest(format!("{revision} {shown}"));
    let mut tag = String::from("\"");
    for byte in digest.iter().take(16) {
        // Writing to a string does not fail.
        _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

/// Whether a list of tags, as `If-Match` and `If-None-Match` have it, names this one. A tag that was weakened on its way, as proxies do
/// that compress, is still it, and so is one without quotes, which some clients take out of `meta.version`.
pub fn lists(listed: &str, version: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").trim_matches('"').to_owned();
    let version = bare(version);
    listed.split(',').any(|one| one.trim() == "*" || bare(one) == version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_version_changes_with_the_content_and_is_not_part_of_it() {
        let one = json!({"userName": "a", "meta": {"lastModified": "2026-01-01T00:00:00Z"}});
        let same = json!({"meta": {"lastModified": "2026-01-01T00:00:00Z", "version": "x"}, "userName": "a"});
        let other = json!({"userName": "b", "meta": {"lastModified": "2026-01-01T00:00:00Z"}});
        assert_eq!(version_of(&one, 1), version_of(&same, 1));
        assert_ne!(version_of(&one, 1), version_of(&other, 1));
        assert_ne!(version_of(&one, 1), version_of(&one, 2));
    }

    #[test]
    fn a_list_names_a_version_as_it_is_weakened_or_bare() {
        for listed in ["\"a\"", "W/\"a\"", "a", "\"b\", W/\"a\"", "*"] {
            assert!(lists(listed, "\"a\""), "{listed}");
        }
        assert!(!lists("\"b\"", "\"a\"") && !lists("", "\"a\""));
    }
}
