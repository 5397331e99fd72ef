//! Secrets: in the file itself, in another one, or in a variable of the environment.

use super::{
    fields::{Fields, Text},
    read::Reader,
};
use weir_http::Secret;
use weir_model::SatelliteFault;

/// Secrets are short.
const LONGEST: u64 = 16 * 1024;

impl Reader<'_> {
    /// A secret that has to be there; `is_word` where it has no blanks.
    pub(super) fn needed_secret(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        holds: &str,
        is_word: bool,
    ) -> Option<Secret> {
        let ways = [key.to_owned(), format!("{key}_file"), format!("{key}_env")];
        if !ways.iter().any(|way| fields.has(way)) {
            fields.missing(key, holds, &mut self.findings);
            return None;
        }
        self.secret(fields, key, is_word)
    }

    /// The secret under `key`, or in what `key_file` or `key_env` names.
    pub(super) fn secret(&mut self, fields: &Fields<'_>, key: &str, is_word: bool) -> Option<Secret> {
        let (file, variable) = (format!("{key}_file"), format!("{key}_env"));
        let there: Vec<&str> = [key, &file, &variable].into_iter().filter(|way| fields.has(way)).collect();
        let way = *there.first()?;
        if let Some(other) = there.get(1) {
            let fault = SatelliteFault::SecretTwice { key: way.to_owned(), other: (*other).to_owned() };
            self.findings.error(&fields.at(other), fields.place_of(other), fault);
            return None;
        }
        let given = fields.text(way, &mut self.findings)?;
        let secret = match way {
            _ if way == file => self.secret_in_file(fields, way, given)?,
            _ if way == variable => self.secret_in_variable(fields, way, given)?,
            _ => {
                self.holds_secret = true;
                if given.text.starts_with("${") && given.text.ends_with('}') {
                    let fault = SatelliteFault::SecretReference { key: way.to_owned() };
                    self.findings.warning(&fields.at(way), given.place, fault);
                }
                // The lines of a | block end with a line break.
                Secret::from(if is_word { given.text } else { given.raw.trim_end_matches('\n') })
            }
        };
        if is_word && has_blank(&secret) {
            let fault = SatelliteFault::SecretWord { key: way.to_owned() };
            self.findings.error(&fields.at(way), given.place, fault);
            return None;
        }
        Some(secret)
    }

    fn secret_in_file(&mut self, fields: &Fields<'_>, way: &str, given: Text<'_>) -> Option<Secret> {
        let held = self.around.file(given.text, LONGEST).and_then(|held| {
            let text = std::str::from_utf8(&held.bytes).map_err(|_| "It is not UTF-8".to_owned())?;
            // Whatever wrote it ended the line.
            let text = text.trim_end_matches(['\n', '\r']);
            match text.trim().is_empty() || text.contains('\n') {
                true => Err("It holds one line, the secret, and nothing else".to_owned()),
                false => Ok((Secret::from(text), held.is_shared())),
            }
        });
        let at = fields.at(way);
        match held {
            Ok((secret, is_shared)) => {
                if is_shared {
                    let fault = SatelliteFault::SecretShared { key: way.to_owned() };
                    self.findings.warning(&at, given.place, fault);
                }
                Some(secret)
            }
            Err(detail) => {
                let fault = SatelliteFault::SecretFile { key: way.to_owned(), detail };
                self.findings.error(&at, given.place, fault);
                None
            }
        }
    }

    fn secret_in_variable(&mut self, fields: &Fields<'_>, way: &str, given: Text<'_>) -> Option<Secret> {
        let (key, at) = (way.to_owned(), fields.at(way));
        let is_name = given.text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_name {
            self.findings.error(&at, given.place, SatelliteFault::SecretVariableName { key });
            return None;
        }
        let value = self.around.variable(given.text);
        if value.is_none() {
            self.findings.error(&at, given.place, SatelliteFault::SecretVariable { key });
        }
        value.map(|value| Secret::from(value.as_str()))
    }
}

fn has_blank(secret: &Secret) -> bool {
    use weir_http::ExposeSecret as _;
    secret.expose_secret().chars().any(|c| c.is_whitespace() || c.is_control())
}
