//! Sentences about custom fields, and what they are said to be.

use super::{ExitCode, Surface, entries::catalogue};

catalogue! {
    /// What is wrong with a custom field, or with what somebody says that it is.
    FieldFault, parts {};
    Unknown { field: String, integration: String } = "field.unlisted", NotFound,
        "\"{integration}\" has no custom field {field}.", "The site has not named one of this id in its last reading.",
        "See the ids with weir fields list", server: "See the ids in the list of fields";
    Type { field: String, wanted: String, known: String } = "field.type", Usage,
        "{field} is not read as \"{wanted}\".", "By the type that the site gives it, it can be read as {known}.",
        "Choose one of them";
    RoleTaken { role: String, field: String } = "field.role_taken", Conflict,
        "The field {field} is the {role} already.", "Each of these has one field.",
        "Unmap {field} first, or map this field without a role";
    Unmapped { field: String, integration: String } = "field.unmapped", NotFound,
        "{field} of \"{integration}\" is not mapped.", "Nobody has said what it is.",
        "See which are with weir fields list", server: "See which are in the list of fields";
    CasesUnread { why: String } = "field.cases_unread", Conflict,
        "Support cases are not read.", "{why}.",
        "Choose another field of cases, or let this one be read";
    NotReadYet { field: String, integration: String } = "field.unread", Conflict,
        "{field} of \"{integration}\" has not been read again yet.", "It was left out, and what was stored of it was deleted. Until a run that reads it has come to its end, nothing is known of its values.",
        "Wait for the next run, or start it with weir sync", server: "Wait for the next run, or start it";
    Excluded { field: String, integration: String } = "field.excluded", Conflict,
        "{field} is left out of \"{integration}\".", "Configuration says so, and nothing is known of its values.",
        "Change --exclude with weir integration edit, if it is to be read", server: "Take it from what is left out, if it is to be read";
}
