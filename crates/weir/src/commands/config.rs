//! `weir config explain`.

use crate::{cli, context::Context, failure::Failure, output::Rows};
use serde_json::json;

pub(super) fn run(context: &Context<'_>, command: cli::Config) -> Result<(), Failure> {
    let cli::Config::Explain = command;
    let mut rows = Rows::new(&["setting", "value", "from"], "");
    for (setting, value, from) in context.settings.explain() {
        rows.push(json!({ "setting": setting, "value": value, "from": from }));
    }
    context.output.rows(&rows)
}
