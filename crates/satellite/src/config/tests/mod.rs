//! Files as people write them, and what is said of them.

mod faults;
mod samples;
mod secrecy;

use super::{Held, Reading, Surroundings, read};
use std::collections::HashMap;
use zeroize::Zeroizing;

/// A file without a fault.
const GOOD: &str = "\
satellite:
  tenant: ACME
  api_key: srv-k3y-1
  url: https://weir.acme.example
integrations:
  - id: '12'
    application: jira
    url: https://jira.acme.example
    api_key: pat-t0k3n-2
";

/// What a file can point to.
#[derive(Default)]
struct Around {
    files: HashMap<&'static str, (&'static str, u32)>,
    variables: HashMap<&'static str, &'static str>,
}

impl Around {
    fn usual() -> Self {
        Self {
            files: HashMap::from([
                ("key", ("from-f1l3\n", 0o600)),
                ("shared", ("from-f1l3", 0o644)),
                ("two-lines", ("from-f1l3\nand more\n", 0o600)),
                ("empty", ("\n", 0o600)),
                ("ca.pem", ("-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n", 0o644)),
            ]),
            variables: HashMap::from([("WEIR_KEY", "from-v4r")]),
        }
    }
}

impl Surroundings for Around {
    fn variable(&self, name: &str) -> Option<Zeroizing<String>> {
        self.variables.get(name).map(|value| Zeroizing::new((*value).to_owned()))
    }

    fn file(&self, path: &str, longest: u64) -> Result<Held, String> {
        let (text, mode) = self.files.get(path).ok_or_else(|| "No such file or directory".to_owned())?;
        assert!(text.len() as u64 <= longest);
        Ok(Held { bytes: Zeroizing::new(text.as_bytes().to_vec()), mode: Some(*mode) })
    }
}

fn looked(text: &str) -> Reading {
    read(text.as_bytes(), &Around::usual())
}

/// The findings as lines: how bad, where, what about, which.
fn lines(reading: &Reading) -> Vec<String> {
    let line = |finding: &super::Finding| {
        let (severity, id) = (finding.severity.as_str(), finding.fault.id());
        format!("{severity} {}:{} {} {id}", finding.line, finding.column, finding.path)
    };
    reading.findings.iter().map(line).collect()
}

/// The good file with something in the place of something else.
fn changed(from: &str, to: &str) -> String {
    assert_eq!(GOOD.matches(from).count(), 1, "{from:?} stands once in the good file");
    GOOD.replace(from, to)
}
