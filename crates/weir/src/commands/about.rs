//! `weir about`: what this program is, what it is made of, and a bundle for those who are asked for help.

use crate::{cli::About, context::Context, failure::Failure, output::Rows};
use serde_json::json;
use weir_web::{Build, SBOM, Told, support_bundle};

const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(super) async fn run(context: &Context<'_>, command: About) -> Result<(), Failure> {
    let output = context.output;
    match command {
        About::Show => {
            let build = Build::this();
            if !output.for_people() {
                return output.json(&json!({ "version": VERSION, "build": build }));
            }
            let mut rows = Rows::new(&["what", "value"], "");
            rows.push(json!({ "what": "version", "value": VERSION }));
            rows.push(json!({ "what": "build", "value": build.sentence() }));
            output.rows(&rows)
        }
        About::Sbom => output.line(SBOM.trim_end()),
        About::Bundle => {
            let store = context.used_store().await?;
            let told = Told {
                store: &store,
                key_file: &context.key_file(),
                explained: &context.settings.explain(),
                version: VERSION,
                now: context.clock().now(),
            };
            output.json(&support_bundle(told).await?)
        }
    }
}
