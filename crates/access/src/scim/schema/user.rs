//! A user (RFC 7643 §4.1) and what companies add to it (§4.3).

use super::{Attribute, ENTERPRISE, Schema, USER};

/// The parts of an attribute with several values of one kind: the value, what it is called, its kind, and whether it is the first one.
fn several(name: &'static str, description: &'static str, value: Attribute) -> Attribute {
    let parts = vec![
        value,
        Attribute::text("display", "How it is shown to people"),
        Attribute::text("type", "What kind it is, such as work or home"),
        Attribute::flag("primary", "Whether it is the one that is preferred; at most one is"),
    ];
    Attribute::complex(name, description, parts).several()
}

fn name() -> Attribute {
    let parts = vec![
        Attribute::text("formatted", "The whole name as it is shown"),
        Attribute::text("familyName", "The family name"),
        Attribute::text("givenName", "The given name"),
        Attribute::text("middleName", "The middle names"),
        Attribute::text("honorificPrefix", "What stands before the name, such as Dr."),
        Attribute::text("honorificSuffix", "What stands after the name, such as III"),
    ];
    Attribute::complex("name", "The parts of the name", parts)
}

fn addresses() -> Attribute {
    let parts = vec![
        Attribute::text("formatted", "The whole address as it is shown"),
        Attribute::text("streetAddress", "Street and house"),
        Attribute::text("locality", "The town"),
        Attribute::text("region", "The state or region"),
        Attribute::text("postalCode", "The postal code"),
        Attribute::text("country", "The country"),
        Attribute::text("type", "What kind it is, such as work or home"),
        Attribute::flag("primary", "Whether it is the one that is preferred; at most one is"),
    ];
    Attribute::complex("addresses", "Where the user lives or works", parts).several()
}

fn groups() -> Attribute {
    let parts = vec![
        Attribute::text("value", "The id of the group").exact(),
        Attribute::reference("$ref", &["Group"], "Where the group is"),
        Attribute::text("display", "The name of the group"),
        Attribute::text("type", "How the user belongs to it").usually(&["direct", "indirect"]),
    ];
    Attribute::complex("groups", "The groups that have the user as a member", parts).several().read_only()
}

pub(super) fn user() -> Schema {
    let value = |description| Attribute::text("value", description);
    Schema {
        id: USER,
        name: "User",
        description: "A person",
        attributes: vec![
            Attribute::text("userName", "What the identity provider calls the user; no two have the same")
                .required()
                .unique(),
            name(),
            Attribute::text("displayName", "The name as it is shown"),
            Attribute::text("nickName", "How the user is called by others"),
            Attribute::reference("profileUrl", &["external"], "A page about the user"),
            Attribute::text("title", "What the user is, such as Vice President"),
            Attribute::text("userType", "How the user belongs to the organisation, such as Employee"),
            Attribute::text("preferredLanguage", "The languages that the user prefers"),
            Attribute::text("locale", "How the user writes dates and numbers"),
            Attribute::text("timezone", "The time zone of the user"),
            Attribute::flag("active", "Whether the user is one at present"),
            several("emails", "Addresses of mail", value("The address")),
            several("phoneNumbers", "Numbers of telephones", value("The number")),
            several("ims", "Addresses for chats", value("The address")),
            several(
                "photos",
                "Pictures of the user",
                Attribute::reference("value", &["external"], "Where the picture is"),
            ),
            addresses(),
            groups(),
            several("entitlements", "What the user may do elsewhere", value("The entitlement")),
            several("roles", "What the user is elsewhere", value("The role")),
            several(
                "x509Certificates",
                "Certificates of the user",
                Attribute::binary("value", "The certificate, DER as base64"),
            ),
        ],
    }
}

pub(super) fn enterprise() -> Schema {
    let manager = vec![
        Attribute::text("value", "The id of the manager").exact(),
        Attribute::reference("$ref", &["User"], "Where the manager is"),
        Attribute::text("displayName", "The name of the manager, as the client calls them"),
    ];
    Schema {
        id: ENTERPRISE,
        name: "EnterpriseUser",
        description: "What companies know of a person",
        attributes: vec![
            Attribute::text("employeeNumber", "The number of the employee"),
            Attribute::text("costCenter", "The cost centre"),
            Attribute::text("organization", "The organisation"),
            Attribute::text("division", "The division"),
            Attribute::text("department", "The department"),
            Attribute::complex("manager", "Who the user reports to", manager),
        ],
    }
}
