//! Files that pages need: styles, the script, icons. They are in the program, and their address changes with their content.

use crate::{auth::digest::hex, http::Problem, http::extract::Segments};
use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use rust_embed::RustEmbed;
use std::{collections::BTreeMap, sync::OnceLock};
use weir_model::Message;

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Files;

/// Characters of a digest that stand in an address.
const SHOWN: usize = 16;

/// The address of a file.
pub(super) fn path(name: &str) -> String {
    format!("/assets/{}/{name}", digests().get(name).map_or("none", String::as_str))
}

fn digests() -> &'static BTreeMap<String, String> {
    static DIGESTS: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    DIGESTS.get_or_init(|| {
        let digest = |name: &str| {
            let file = Files::get(name)?;
            Some(hex(&file.metadata.sha256_hash()).split_at(SHOWN).0.to_owned())
        };
        Files::iter().filter_map(|name| Some((name.to_string(), digest(&name)?))).collect()
    })
}

/// `GET /assets/{digest}/{name}`.
pub(super) async fn show(Segments((digest, name)): Segments<(String, String)>) -> Result<Response, Problem> {
    let known = digests().get(&name).is_some_and(|known| *known == digest);
    let (Some(file), Some(kind)) = (Files::get(&name).filter(|_| known), kind(&name)) else {
        return Err(Message::PageUnknown {}.into());
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    ];
    Ok((headers, file.data).into_response())
}

/// The media type by a name's ending; files of other kinds are not served.
fn kind(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        "txt" => Some("text/plain; charset=utf-8"),
        _ => None,
    }
}
