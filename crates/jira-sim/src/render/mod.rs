//! From structs to what Jira puts on the wire. `Fragments` holds the objects that repeat; `View` is one account looking.

mod dc;
pub(crate) mod field;
pub(crate) mod fragments;
pub(crate) mod history;
pub(crate) mod issue;

use crate::world::{Account, World, issue::Issue};
use fragments::Fragments;

/// A name as it stands in an address.
fn escaped(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    name.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// One account looking at the world through one address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) world: &'a World,
    pub(crate) fragments: &'a Fragments,
    pub(crate) account: &'a Account,
    /// The site's time, in epoch milliseconds.
    pub(crate) now: i64,
    /// The time of the index that answers searches; a node of Data Center may be behind.
    pub(crate) indexed_at: i64,
}

impl<'a> View<'a> {
    pub(crate) fn sees(&self, issue: &Issue) -> bool {
        self.world.sees(self.account, issue)
    }

    /// Whether the issue can be read by id.
    pub(crate) fn reads(&self, issue: &Issue) -> bool {
        self.world.reads(self.account, issue)
    }

    /// An issue as searches see it.
    pub(crate) fn indexed(&self, at: u32) -> Option<&'a Issue> {
        self.world.index.seen(at, self.indexed_at, &self.world.issues[at as usize])
    }

    /// An issue by id or key, if the account can read it.
    pub(crate) fn find(&self, id_or_key: &str) -> Option<(u32, &'a Issue)> {
        let at = self.world.find(id_or_key)?;
        let issue = &self.world.issues[at as usize];
        self.reads(issue).then_some((at, issue))
    }
}
