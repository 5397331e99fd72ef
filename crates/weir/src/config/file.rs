//! `weir.toml` in the home folder. A name that it does not know is an error, not a silence.

use serde::Deserialize;
use std::path::Path;
use weir_model::Message;

/// Longest file read.
const LONGEST: u64 = 64 * 1024;

/// What the file may say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) store: Option<String>,
    pub(super) atlassian_api: Option<String>,
    pub(super) atlassian_auth: Option<String>,
    pub(super) proxy: Option<String>,
    pub(super) max_in_flight: Option<i64>,
    pub(super) allow_address: Option<Vec<String>>,
    pub(super) tenant: Option<String>,
}

/// Reads the file; one that is not there says nothing.
pub(super) fn read(path: &Path) -> Result<File, Message> {
    let failed = |detail: String| Message::ConfigBad { path: path.display().to_string(), detail };
    match std::fs::metadata(path) {
        Err(error)
            if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) =>
        {
            return Ok(File::default());
        }
        Err(error) => return Err(failed(error.to_string())),
        Ok(metadata) if metadata.len() > LONGEST => return Err(failed("it is larger than 64 KB".into())),
        Ok(_) => {}
    }
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    toml::from_str(&text).map_err(|error| {
        // The parser's own rendering quotes the line, which may hold a password.
        let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        let place = line.map_or_else(String::new, |line| format!("line {line}: "));
        failed(format!("{place}{}", error.message().lines().next().unwrap_or("it cannot be read")))
    })
}
