//! A digest as minimal HTML: no style, no picture, no script. Everything that is not ours is escaped.

use crate::{Digest, text::LONGEST};
use weir_model::{clean, thousands};

/// The HTML of a mail.
pub(crate) fn html(digest: &Digest) -> String {
    let mut page =
        format!("<!doctype html><html lang=\"en\"><body><p>{}</p><ul>", escaped(&digest.opening()));
    for item in &digest.items {
        let summary = item.summary.as_deref().map(|text| format!(" {}", escaped(&clean(text, LONGEST))));
        page.push_str(&format!("<li>{}{}<br>", link(&item.url, &item.key), summary.unwrap_or_default()));
        let why = |miss: &crate::Miss| {
            format!("<b>{}</b>: {}", escaped(&clean(&miss.name, 100)), escaped(&clean(&miss.why, LONGEST)))
        };
        page.push_str(&item.misses.iter().map(why).collect::<Vec<_>>().join("<br>"));
        page.push_str("</li>");
    }
    page.push_str("</ul><p>");
    if digest.rest() > 0 {
        page.push_str(&format!("And {} more. ", thousands(digest.rest())));
    }
    page.push_str(&link(&digest.all, "All their open issues, with what each misses"));
    page.push_str(&format!(
        "</p><p>{} {}</p></body></html>",
        escaped(&digest.closing()),
        link(&digest.opt_out, "Get no more of them")
    ));
    page
}

/// A link where the address is one of the web, else the words alone.
pub(crate) fn link(url: &str, words: &str) -> String {
    let words = escaped(&clean(words, 100));
    if url.starts_with("https://") || url.starts_with("http://") {
        format!("<a href=\"{}\">{words}</a>", escaped(&clean(url, 1_000)))
    } else {
        words
    }
}

pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::samples::digest;

    #[test]
    fn no_text_of_a_tool_is_markup() {
        let mut hostile = digest();
        let bad = "\"><img src=x onerror=alert(1)>'&";
        hostile.recipient_name = bad.into();
        hostile.integration = bad.into();
        hostile.nudge = bad.into();
        hostile.items[0].key = bad.into();
        hostile.items[0].misses[0].why = bad.into();
        hostile.items[0].misses[0].name = bad.into();
        let page = html(&hostile);
        assert!(!page.contains("<img") && !page.contains("<script"), "{page}");
        assert!(page.contains("&quot;&gt;&lt;img src=x onerror=alert(1)&gt;&#39;&amp;"), "{page}");
    }

    #[test]
    fn an_address_that_is_none_of_the_web_is_no_link() {
        let mut hostile = digest();
        hostile.items[0].url = "javascript:alert(1)".into();
        assert!(!html(&hostile).contains("javascript:"));
        hostile.items[0].url = "https://acme.example/\" onclick=\"x".into();
        assert!(html(&hostile).contains("https://acme.example/&quot; onclick=&quot;x"));
    }
}
