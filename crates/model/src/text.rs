//! Text that came from elsewhere, made fit for a terminal and a sentence; numbers for people.

/// `text` without control and direction characters, cut to `longest` characters.
pub fn clean(text: &str, longest: usize) -> String {
    let mut clean: String = text.chars().take(longest).map(shown).collect();
    if text.chars().nth(longest).is_some() {
        clean.pop();
        clean.push('…');
    }
    clean
}

/// A number in groups of three digits.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn shown(c: char) -> char {
    match c {
        '\n' | '\r' | '\t' => ' ',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::{clean, thousands};

    #[test]
    fn text_cannot_steer_a_terminal() {
        assert_eq!(clean("a\x1b[31mred\nb\u{202e}c", 50), "a\u{fffd}[31mred b\u{fffd}c");
    }

    #[test]
    fn long_text_ends_with_an_ellipsis() {
        assert_eq!(clean("abcdef", 4), "abc…");
        assert_eq!(clean("abcd", 4), "abcd");
    }

    #[test]
    fn numbers_are_grouped_by_threes() {
        assert_eq!([thousands(7), thousands(1_000), thousands(1_234_567)], ["7", "1,000", "1,234,567"]);
    }
}
