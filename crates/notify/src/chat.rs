//! Texts for a chat, of which each understands markup of its own: Slack's `<…>`, and the Markdown of Mattermost and others. What one of
//! them hides behind a backslash another one shows with it, so characters that would be markup give way to some that look alike.

use weir_model::clean;

/// Keeps a letter from being read together with the one before.
const APART: char = '\u{200b}';

/// A text that came from somewhere: one line, in which nothing calls anybody, is a link, or changes how it looks.
pub(crate) fn inert(text: &str, longest: usize) -> String {
    let text: Vec<char> = clean(text, longest).chars().collect();
    let mut inert = String::with_capacity(text.len());
    let is_word = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(|c| c.is_alphanumeric());
    for (at, letter) in text.iter().enumerate() {
        match letter {
            '@' => inert.extend(['@', APART]),
            // Without these, what follows in parentheses is no address of a link.
            '[' => inert.push('［'),
            ']' => inert.push('］'),
            '*' => inert.push('∗'),
            '~' => inert.push('∼'),
            '`' => inert.push('ˋ'),
            '\\' => inert.push('＼'),
            // Between letters it is none, and ids have it there.
            '_' if !(is_word(at.checked_sub(1)) && is_word(Some(at + 1))) => inert.push('＿'),
            other => inert.push(*other),
        }
    }
    escaped(&inert)
}

/// An address of ours, which a chat makes a link of by itself.
pub(crate) fn address(url: &str) -> String {
    escaped(&clean(url, 1_000))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::inert;

    #[test]
    fn nothing_in_a_chat_is_markup_or_calls_anybody() {
        for (given, shown) in [
            ("@channel and <!here>", "@\u{200b}channel and &lt;!here&gt;"),
            ("[all good](https://evil.example)", "［all good］(https://evil.example)"),
            ("*bold* ~gone~ `code` \\*", "∗bold∗ ∼gone∼ ˋcodeˋ ＼∗"),
            ("_slanted_ customfield_10010 a__b c_", "＿slanted＿ customfield_10010 a＿＿b c＿"),
            ("Acme's site & more, 100 %.", "Acme's site &amp; more, 100 %."),
        ] {
            assert_eq!(inert(given, 200), shown);
        }
    }
}
