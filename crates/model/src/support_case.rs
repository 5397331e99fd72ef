//! Support cases named in a text: one spelling for each case.
//!
//! A Salesforce record id has a 15-character case-sensitive form and an 18-character form whose last three characters
//! encode the case of the first fifteen; ids of cases begin with `500`. A case number is a run of digits with leading
//! zeros that count.

use crate::IssueCase;
use serde::{Deserialize, Serialize};

/// The field of a site that names support cases, and how people write them there.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CaseField {
    /// The field's id.
    pub field: String,
    /// How.
    #[serde(flatten)]
    pub spelling: CaseSpelling,
}

/// How people write cases in a field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CaseSpelling {
    /// What stands before a number and is no part of it, in any case of letters: behind it a number of any length is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Whether a text may name several, separated by commas, semicolons or white space.
    #[serde(default = "yes")]
    pub several: bool,
}

fn yes() -> bool {
    true
}

impl Default for CaseSpelling {
    fn default() -> Self {
        Self { prefix: None, several: true }
    }
}

/// A part of a text that may name a case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CasePiece<'a> {
    /// As it is written.
    pub raw: &'a str,
    /// The case; nothing where it looks like none.
    pub case_id: Option<String>,
}

impl CaseSpelling {
    /// The longest prefix.
    pub const LONGEST_PREFIX: usize = 40;

    /// Each part of a text, in order.
    pub fn pieces<'a>(&self, text: &'a str) -> Vec<CasePiece<'a>> {
        let separates = |c: char| self.several && (c == ',' || c == ';' || c.is_whitespace());
        let pieces = text.split(separates).map(str::trim).filter(|piece| !piece.is_empty());
        pieces.map(|raw| CasePiece { raw, case_id: self.case_id(raw) }).collect()
    }

    /// Every case that a text names, each once.
    pub fn cases(&self, text: &str) -> Vec<IssueCase> {
        let mut cases: Vec<IssueCase> = Vec::new();
        for piece in self.pieces(text) {
            let Some(case_id) = piece.case_id else { continue };
            if !cases.iter().any(|known| known.case_id == case_id) {
                cases.push(IssueCase { case_id, raw: piece.raw.to_owned() });
            }
        }
        cases
    }

    fn case_id(&self, piece: &str) -> Option<String> {
        record_id(piece).or_else(|| self.after_prefix(piece)).or_else(|| number(piece))
    }

    fn after_prefix(&self, piece: &str) -> Option<String> {
        let prefix = self.prefix.as_deref().filter(|prefix| !prefix.is_empty())?;
        let (before, rest) = piece.split_at_checked(prefix.len())?;
        let rest = before.eq_ignore_ascii_case(prefix).then(|| rest.trim_start())?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        (!digits.is_empty()).then_some(digits)
    }
}

fn record_id(piece: &str) -> Option<String> {
    let mut words = piece.split(|c: char| !c.is_ascii_alphanumeric());
    let word = words.find(|word| word.starts_with("500") && matches!(word.len(), 15 | 18))?;
    let (id, given) = word.split_at_checked(15)?;
    let id = restored(id, given).unwrap_or_else(|| id.to_owned());
    Some(format!("{id}{}", suffix(&id)))
}

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// An id whose case of letters was lost on the way, as its last three characters say that it was.
fn restored(id: &str, suffix: &str) -> Option<String> {
    let is_lost = |lost: fn(&u8) -> bool| !id.bytes().any(|byte| lost(&byte));
    if suffix.is_empty() || !(is_lost(u8::is_ascii_uppercase) || is_lost(u8::is_ascii_lowercase)) {
        return None;
    }
    let mut whole = String::with_capacity(id.len());
    for (group, code) in id.as_bytes().chunks(5).zip(suffix.bytes()) {
        let bits = ALPHABET.iter().position(|known| *known == code.to_ascii_uppercase())?;
        for (place, byte) in group.iter().enumerate() {
            let is_upper = bits & (1 << place) != 0;
            if is_upper && !byte.is_ascii_alphabetic() {
                return None;
            }
            let letter = if is_upper { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() };
            whole.push(char::from(letter));
        }
    }
    Some(whole)
}

/// One character for each group of five: bit `n` is set where the group's `n`-th character is upper case.
fn suffix(id: &str) -> String {
    let of_group = |group: &[u8]| {
        let bits = group.iter().enumerate().filter(|(_, byte)| byte.is_ascii_uppercase());
        char::from(ALPHABET[bits.fold(0, |sum, (place, _)| sum | (1 << place))])
    };
    id.as_bytes().chunks(5).map(of_group).collect()
}

fn number(piece: &str) -> Option<String> {
    piece.split(|c: char| !c.is_ascii_digit()).find(|digits| digits.len() >= 5).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, ids: &[&str]) {
        check_as(&CaseSpelling::default(), text, ids);
    }

    fn check_as(spelling: &CaseSpelling, text: &str, ids: &[&str]) {
        let found: Vec<_> = spelling.cases(text).into_iter().map(|case| case.case_id).collect();
        assert_eq!(found, ids, "{text}");
    }

    #[test]
    fn two_spellings_of_a_case_are_one_case() {
        check("5003000000D8cuI", &["5003000000D8cuIAAR"]);
        check("5003000000D8cuIAAR", &["5003000000D8cuIAAR"]);
        check(
            "https://acme.lightning.force.com/lightning/r/Case/5003000000D8cuIAAR/view",
            &["5003000000D8cuIAAR"],
        );
        check("5003000000D8cuI, 5003000000D8cuIAAR", &["5003000000D8cuIAAR"]);
    }

    #[test]
    fn letters_that_lost_their_case_get_it_back_where_the_id_says_it() {
        check("5003000000d8cuiaar", &["5003000000D8cuIAAR"]);
        check("5003000000D8CUIAAR", &["5003000000D8cuIAAR"]);
        // Of fifteen characters nobody knows.
        check("5003000000d8cui", &["5003000000d8cuiAAA"]);
        // A suffix that cannot be: a digit has no case.
        check("500300000012345555", &["500300000012345AAA"]);
    }

    #[test]
    fn case_numbers_keep_their_zeros_and_lose_their_prefix() {
        check("00012345", &["00012345"]);
        check("SF-00012345; Case 00012346", &["00012345", "00012346"]);
        check("none yet", &[]);
        check("", &[]);
    }

    #[test]
    fn behind_a_prefix_a_number_may_be_short() {
        let spelling = CaseSpelling { prefix: Some("CS-".into()), several: true };
        check_as(&spelling, "cs-042, CS-7 00012345 x-99", &["042", "7", "00012345"]);
        check("CS-042", &[]);
    }

    #[test]
    fn a_text_that_names_one_case_is_not_cut() {
        let spelling = CaseSpelling { prefix: Some("Case no. ".into()), several: false };
        check_as(&spelling, " Case no. 0042 ", &["0042"]);
        let whole = CaseSpelling { prefix: None, several: false };
        assert_eq!(whole.pieces(" see 00012345, 00012346")[0].case_id.as_deref(), Some("00012345"));
        assert_eq!(whole.pieces("a, b").len(), 1);
    }
}
