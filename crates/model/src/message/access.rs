//! Sentences about who may do what, and whom they can ask.

use super::{ExitCode, Surface, entries::catalogue};

catalogue! {
    /// Why somebody may not do something with what they see.
    AccessFault, parts {};
    Refused { action: String, whom: String } = "access.refused", Permission,
        "You may not do this: {action}.", "Your role here, or the scope of the key, does not include it.",
        "Ask {whom}";
    NotForKeys { action: String } = "access.refused", Permission,
        "No key may do this: {action}.", "It is done by a person who is signed in, in their own name.",
        "Sign in and do it in the browser";
    Shared { action: String, elsewhere: String, whom: String } = "access.shared", Permission,
        "You may not do this: {action}.", "It is also mapped to {elsewhere}, and what several workspaces share is changed by those alone who may in each of them.",
        "Ask {whom}";
    LastWorkspace { name: String } = "mapping.last", Conflict,
        "\"{name}\" was not taken out of the workspace.", "No other workspace sees it: you could not see it any more, and could not map it again.",
        "Map it to another workspace first, or ask an administrator of this server";
}

impl AccessFault {
    /// What stands on a page in place of the buttons, of a thing that can be seen and a deed that is not for whoever sees it:
    /// "this integration" and "change it", say. Nothing where the sentence is not about that.
    pub fn in_place_of_buttons(&self, thing: &str, deed: &str) -> Option<String> {
        let (why, whom) = match self {
            Self::Refused { whom, .. } => ("your role here does not include that".to_owned(), whom),
            Self::Shared { elsewhere, whom, .. } => (format!("it is also mapped to {elsewhere}"), whom),
            Self::LastWorkspace { .. } | Self::NotForKeys { .. } => return None,
        };
        Some(format!("You can view {thing} but not {deed}: {why}. Ask {whom}."))
    }
}
