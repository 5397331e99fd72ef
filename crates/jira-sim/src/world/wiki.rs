//! Documents as wiki markup, which Data Center has where Cloud has trees.

use super::text::Node;

/// Characters that begin markup; in plain text a backslash stands before them.
const SPECIAL: &[char] = &['\\', '{', '}', '[', ']', '*', '|', '!', '~', '^', '#', '+'];

/// Plain text in wiki markup.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if SPECIAL.contains(&letter) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

/// A node in wiki markup; blocks end their lines.
pub(crate) fn wiki(node: &Node) -> String {
    let mut out = String::new();
    write(&mut out, node, "");
    out.trim_end_matches('\n').to_owned()
}

/// `marks` are the signs of the lists around the node.
fn write(out: &mut String, node: &Node, marks: &str) {
    match node {
        Node::Text(text) => out.push_str(&escaped(text)),
        Node::Strong(text) => {
            out.push('*');
            out.push_str(&escaped(text));
            out.push('*');
        }
        Node::Mention { id, .. } => out.push_str(&format!("[~{id}]")),
        Node::Emoji { short, text } => out.push_str(text.unwrap_or(short)),
        Node::Status(text) => out.push_str(text),
        Node::Card { url, .. } => out.push_str(&format!("[{url}]")),
        Node::Date(days) => out.push_str(&crate::time::date(*days)),
        Node::HardBreak => out.push('\n'),
        Node::Leaf { kind: "rule", .. } => line(out, "----"),
        Node::Leaf { .. } => line(out, "!screenshot.png!"),
        Node::Block { kind, content, .. } => match *kind {
            "heading" => {
                line(out, "");
                out.push_str("h2. ");
                content.iter().for_each(|node| write(out, node, marks));
                out.push('\n');
            }
            "bulletList" | "orderedList" => {
                let marks = format!("{marks}{}", if *kind == "bulletList" { '*' } else { '#' });
                for item in content {
                    line(out, "");
                    out.push_str(&marks);
                    out.push(' ');
                    write(out, item, &marks);
                }
            }
            "codeBlock" => {
                line(out, "{code:rust}");
                for node in content {
                    if let Node::Text(text) = node {
                        out.push_str(text);
                    }
                }
                out.push_str("\n{code}\n");
            }
            "blockquote" => fenced(out, content, "{quote}", marks),
            "panel" => fenced(out, content, "{panel}", marks),
            _ => {
                if *kind == "paragraph" && marks.is_empty() {
                    line(out, "");
                }
                content.iter().for_each(|node| write(out, node, marks));
                line(out, "");
            }
        },
    }
}

fn fenced(out: &mut String, content: &[Node], fence: &str, marks: &str) {
    line(out, fence);
    content.iter().for_each(|node| write(out, node, marks));
    line(out, fence);
}

/// Begins a line of its own with this on it, and ends it; nothing on it only ends what is open.
fn line(out: &mut String, text: &str) {
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    if !text.is_empty() {
        out.push_str(text);
        out.push('\n');
    }
}
