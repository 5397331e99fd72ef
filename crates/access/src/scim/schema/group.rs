//! A group (RFC 7643 §4.2).

use super::{Attribute, GROUP, Schema};

pub(super) fn group() -> Schema {
    let members = vec![
        Attribute::text("value", "The id of the member").exact().immutable().required(),
        Attribute::reference("$ref", &["User", "Group"], "Where the member is").immutable(),
        Attribute::text("display", "The name of the member, as the client calls it").immutable(),
        Attribute::text("type", "Whether it is a user or a group").immutable().usually(&["User", "Group"]),
    ];
    Schema {
        id: GROUP,
        name: "Group",
        description: "People and groups that belong together",
        attributes: vec![
            Attribute::text("displayName", "The name of the group").required(),
            Attribute::complex("members", "Who belongs to it", members).several(),
        ],
    }
}
