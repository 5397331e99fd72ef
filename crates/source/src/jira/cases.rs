//! Support cases named in a field: one spelling for each case.
//!
//! A Salesforce record id has a 15-character case-sensitive form and an 18-character form whose last three characters
//! encode the case of the first fifteen; ids of cases begin with `500`. A case number is a run of digits with leading
//! zeros that count.

use weir_model::IssueCase;

/// Every case in a field's text. Several may stand in one field, separated by commas, semicolons or white space.
pub(super) fn parse(text: &str) -> Vec<IssueCase> {
    let mut cases: Vec<IssueCase> = Vec::new();
    for piece in
        text.split(|c: char| c == ',' || c == ';' || c.is_whitespace()).filter(|piece| !piece.is_empty())
    {
        let Some(case_id) = record_id(piece).or_else(|| number(piece)) else { continue };
        if !cases.iter().any(|known| known.case_id == case_id) {
            cases.push(IssueCase { case_id, raw: piece.to_owned() });
        }
    }
    cases
}

fn record_id(piece: &str) -> Option<String> {
    piece
        .split(|c: char| !c.is_ascii_alphanumeric())
        .find(|word| word.starts_with("500") && matches!(word.len(), 15 | 18))
        .map(|word| format!("{}{}", &word[..15], suffix(&word[..15])))
}

/// One character for each group of five: bit `n` is set where the group's `n`-th character is upper case.
fn suffix(id: &str) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    id.as_bytes()
        .chunks(5)
        .map(|group| {
            let bits = group.iter().enumerate().filter(|(_, byte)| byte.is_ascii_uppercase());
            char::from(ALPHABET[bits.fold(0, |sum, (place, _)| sum | (1 << place))])
        })
        .collect()
}

fn number(piece: &str) -> Option<String> {
    piece.split(|c: char| !c.is_ascii_digit()).find(|digits| digits.len() >= 5).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, ids: &[&str]) {
        let found: Vec<_> = parse(text).into_iter().map(|case| case.case_id).collect();
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
    fn case_numbers_keep_their_zeros_and_lose_their_prefix() {
        check("00012345", &["00012345"]);
        check("SF-00012345; Case 00012346", &["00012345", "00012346"]);
        check("none yet", &[]);
        check("", &[]);
    }
}
