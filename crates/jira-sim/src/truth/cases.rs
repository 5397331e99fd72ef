//! Support-case ids inside free text.

use crate::world::values::suffix;

/// (case id, the piece it stands in) of every piece that holds one.
pub(super) fn cases(value: &str) -> Vec<(String, String)> {
    value
        .split(|letter: char| letter == ',' || letter == ';' || letter.is_whitespace())
        .filter(|piece| !piece.is_empty())
        .filter_map(|piece| Some((record_id(piece).or_else(|| digits(piece))?, piece.to_owned())))
        .collect()
}

/// A 15- or 18-character record id of a case, in its 18-character form.
fn record_id(piece: &str) -> Option<String> {
    let mut words = piece.split(|letter: char| !letter.is_ascii_alphanumeric());
    let word = words.find(|word| word.starts_with("500") && (word.len() == 15 || word.len() == 18))?;
    let id = &word[..15];
    Some(format!("{id}{}", suffix(id)))
}

/// The first run of at least five digits.
fn digits(piece: &str) -> Option<String> {
    piece.split(|letter: char| !letter.is_ascii_digit()).find(|run| run.len() >= 5).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::cases;

    fn ids(value: &str) -> Vec<String> {
        cases(value).into_iter().map(|(id, _)| id).collect()
    }

    #[test]
    fn ids_and_numbers_are_found_in_what_people_type() {
        assert_eq!(ids("00012345"), ["00012345"]);
        assert_eq!(ids("SF-00012345, 00000777"), ["00012345", "00000777"]);
        assert_eq!(ids("500A0000006Vm9u"), ["500A0000006Vm9uIAC"]);
        assert_eq!(ids("500A0000006Vm9uIAC;1234"), ["500A0000006Vm9uIAC"]);
        assert_eq!(ids("https://x.example/Case/500A0000006Vm9u/view"), ["500A0000006Vm9uIAC"]);
        assert!(ids("pending").is_empty());
    }
}
