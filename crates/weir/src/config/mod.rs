//! Settings, and where each came from: flags, then environment, then `weir.toml`, then defaults.

mod file;
mod settings;

pub(crate) use settings::{Origin, Settings, opened};
