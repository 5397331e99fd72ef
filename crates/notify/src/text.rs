//! A digest as plain text.

use crate::Digest;
use weir_model::{clean, thousands};

/// Longest summary and reason.
pub(crate) const LONGEST: usize = 300;

/// The text of a mail. Each line of it is ours: what comes from a tool is one line and has no control characters.
pub(crate) fn text(digest: &Digest) -> String {
    let mut lines = vec![digest.opening(), String::new()];
    for item in &digest.items {
        let summary = item.summary.as_deref().map(|text| format!("  {}", clean(text, LONGEST)));
        lines.push(format!("{}{}", clean(&item.key, 100), summary.unwrap_or_default()));
        lines.extend(
            item.misses
                .iter()
                .map(|miss| format!("    {}: {}", clean(&miss.name, 100), clean(&miss.why, LONGEST))),
        );
        lines.push(format!("    {}", clean(&item.url, 1_000)));
        lines.push(String::new());
    }
    match digest.rest() {
        0 => lines.push(format!("All their open issues, with what each misses: {}", digest.all)),
        rest => lines.push(format!(
            "And {} more. All their open issues, with what each misses: {}",
            thousands(rest),
            digest.all
        )),
    }
    lines.extend([
        String::new(),
        digest.closing(),
        format!("To get no more of them: {}", digest.opt_out),
        String::new(),
    ]);
    lines.join("\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::samples::digest;

    #[test]
    fn a_text_has_every_issue_with_why_and_counts_the_rest() {
        let text = text(&digest());
        assert!(text.contains("    No due date: due date is missing"), "{text}");
        assert!(text.contains("https://acme.atlassian.net/browse/ENG-1"), "{text}");
        assert!(text.contains("And 1 more."), "{text}");
        assert!(text.contains("To get no more of them: https://weir.example/opt-out/abc.def"), "{text}");
    }

    #[test]
    fn a_summary_cannot_begin_a_line() {
        let text = text(&digest());
        assert!(!text.lines().any(|line| line.starts_with("Bcc:")), "{text}");
        assert!(text.contains("<script>alert(1)</script>  Bcc: eve@evil.example"), "{text}");
    }
}
