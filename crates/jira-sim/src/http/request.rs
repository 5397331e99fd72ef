//! A request with its query decoded and its body checked.

use bytes::Bytes;
use serde_json::{Map, Value};

use super::reply::{Reply, refuse};

#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Without the gateway's prefix.
    pub(crate) path: String,
    pub(crate) raw_query: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) content_type: String,
    pub(crate) authorization: Option<String>,
    /// The header of that name.
    pub(crate) cookies: Option<String>,
    pub(crate) body: Bytes,
}

impl Request {
    /// The value of a cookie.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let pairs = self.cookies.as_deref()?.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// The first value of a query parameter.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a query parameter, comma lists taken apart.
    pub(crate) fn params(&self, name: &str) -> Vec<String> {
        let values = self.query.iter().filter(|(key, _)| key == name);
        values
            .flat_map(|(_, value)| value.split(','))
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// A number in the query; 400 when it is none.
    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>, Box<Reply>> {
        match self.param(name) {
            None | Some("") => Ok(None),
            Some(text) => match text.parse() {
                Ok(number) => Ok(Some(number)),
                Err(_) => refuse(format!("The value '{text}' of '{name}' is not a number.")),
            },
        }
    }

    /// The body as an object with no members but these: 415 for another media type, 400 for anything else amiss.
    pub(crate) fn object(&self, members: &[&str]) -> Result<Map<String, Value>, Box<Reply>> {
        if !self.content_type.starts_with("application/json") {
            return Err(Box::new(Reply::error(415, "Unsupported Media Type")));
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(object)) => match object.keys().find(|key| !members.contains(&key.as_str())) {
                None => Ok(object),
                Some(_) => {
                    refuse("Invalid request payload. Refer to the REST API documentation and try again.")
                }
            },
            _ => refuse("There was an error parsing JSON. Check that your request body is valid."),
        }
    }
}

/// A list of texts in a body; None when the member is missing.
pub(crate) fn texts(object: &Map<String, Value>, name: &str) -> Result<Option<Vec<String>>, Box<Reply>> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(values)) => {
            let texts: Option<Vec<String>> =
                values.iter().map(|value| value.as_str().map(str::to_owned)).collect();
            texts.map_or_else(|| invalid(name), |texts| Ok(Some(texts)))
        }
        Some(_) => invalid(name),
    }
}

/// A list of numbers in a body.
pub(crate) fn numbers(object: &Map<String, Value>, name: &str) -> Result<Vec<i64>, Box<Reply>> {
    match object.get(name) {
        Some(Value::Array(values)) => {
            values.iter().map(Value::as_i64).collect::<Option<Vec<_>>>().map_or_else(|| invalid(name), Ok)
        }
        _ => invalid(name),
    }
}

/// A text in a body.
pub(crate) fn text(object: &Map<String, Value>, name: &str) -> Result<Option<String>, Box<Reply>> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => invalid(name),
    }
}

/// A number in a body.
pub(crate) fn integer(object: &Map<String, Value>, name: &str) -> Result<Option<i64>, Box<Reply>> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_i64().map_or_else(|| invalid(name), |number| Ok(Some(number))),
    }
}

fn invalid<T>(name: &str) -> Result<T, Box<Reply>> {
    refuse(format!("Invalid request payload: '{name}' has the wrong type."))
}

/// Query text to pairs.
pub(crate) fn decode_query(raw: &str) -> Vec<(String, String)> {
    raw.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key, true), decode(value, true))
        })
        .collect()
}

/// Percent-decoding; `+` is a blank in queries.
pub(crate) fn decode(text: &str, plus: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok()))
            .flatten();
        match (escaped, bytes[at]) {
            (Some(byte), _) => {
                out.push(byte);
                at += 2;
            }
            (None, b'+') if plus => out.push(b' '),
            (None, byte) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}
