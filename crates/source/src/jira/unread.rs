//! For the golden list: which members of a body no wire type reads.

use serde::Deserialize;
use std::{cell::RefCell, collections::BTreeSet};

thread_local! {
    static UNREAD: RefCell<Option<BTreeSet<String>>> = const { RefCell::new(None) };
}

/// Whether somebody wants to know.
pub(super) fn is_watching() -> bool {
    UNREAD.with_borrow(Option::is_some)
}

/// Reads, and notes what was passed over; positions in arrays are not told apart.
pub(super) fn read<'de, T: Deserialize<'de>>(json: &'de str) -> Result<T, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let kind = std::any::type_name::<T>();
    let kind = kind
        .strip_prefix("core::option::Option<")
        .unwrap_or(kind)
        .split(['<', '>'])
        .next()
        .unwrap_or_default();
    let kind = kind.rsplit("::").next().unwrap_or_default();
    let value = serde_ignored::deserialize(&mut deserializer, |path| {
        let path = path.to_string();
        let named: Vec<_> =
            path.split('.').filter(|part| *part != "?" && part.parse::<usize>().is_err()).collect();
        UNREAD.with_borrow_mut(|unread| {
            if let Some(unread) = unread {
                unread.insert(format!("{kind}.{}", named.join(".")));
            }
        });
    })?;
    deserializer.end()?;
    Ok(value)
}

/// Watches while `work` runs.
pub(super) fn watch<R>(work: impl FnOnce() -> R) -> (R, BTreeSet<String>) {
    UNREAD.with_borrow_mut(|unread| *unread = Some(BTreeSet::new()));
    let result = work();
    (result, UNREAD.with_borrow_mut(Option::take).unwrap_or_default())
}
