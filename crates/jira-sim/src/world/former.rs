//! Names and keys that things had before. A history keeps saying the name of its time, whatever the thing is called now.

use std::collections::HashMap;

/// What can be renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Thing {
    Status,
    Sprint,
    Version,
    Component,
    Project,
    Person,
    /// The key of an issue.
    Issue,
}

/// Former names by thing and position, each with the last history that was written under it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Former(HashMap<(Thing, u32), Vec<(u32, String)>>);

impl Former {
    pub(crate) fn remember(&mut self, thing: Thing, at: u32, last_history: u32, name: String) {
        self.0.entry((thing, at)).or_default().push((last_history, name));
    }

    /// The name under which a history knows the thing; None when it is today's.
    pub(crate) fn name(&self, thing: Thing, at: u32, history: u32) -> Option<&str> {
        if self.0.is_empty() {
            return None;
        }
        let names = self.0.get(&(thing, at))?;
        names.iter().find(|(last, _)| history <= *last).map(|(_, name)| name.as_str())
    }
}
