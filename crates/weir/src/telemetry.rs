//! What the program tells about itself while it works: on standard error, quiet unless asked for.
//!
//! `-v` shows what is done, `-vv` every request (method and path only). `WEIR_LOG` takes a filter of its own.
//! Secrets are never handed to a log line, so no filter can show them.

use tracing_subscriber::EnvFilter;

/// Starts logging; `verbose` counts the `-v` flags.
pub(crate) fn start(verbose: u8) {
    let default = match verbose {
        0 => "off",
        1 => {
            "warn,weir=info,weir_ingest=info,weir_satellite=info,weir_source=info,weir_store=info,weir_web=info"
        }
        _ => {
            "warn,weir=debug,weir_ingest=debug,weir_satellite=debug,weir_source=debug,weir_store=debug,weir_web=debug,weir_http=debug"
        }
    };
    let chosen = match std::env::var("WEIR_LOG") {
        Ok(text) if verbose == 0 && !text.is_empty() => text,
        _ => default.to_owned(),
    };
    let filter = EnvFilter::builder().parse_lossy(chosen);
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(true)
        .init();
}
