//! Replies against Atlassian's OpenAPI documents, with the deviations that are known. The documents lie beside the
//! project, in `../shared/openapi`.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    dead_code,
    unreachable_pub,
    missing_debug_implementations,
    reason = "every test file uses its own part"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::PathBuf;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

/// The folder of the documents. Where it is absent, the skip is printed and written into the file of `WEIR_SKIP_LOG`.
pub fn documents(test: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/openapi"));
    if folder.is_dir() {
        return Some(folder);
    }
    println!("SKIPPED: ../shared/openapi is absent");
    if let Ok(log) = std::env::var("WEIR_SKIP_LOG") {
        let mut log = std::fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
        writeln!(log, "jira-sim/{test}: ../shared/openapi is absent").unwrap();
    }
    None
}

/// How a document describes the reply of an operation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As it is.
    Whole,
    /// By one element of the array that it is.
    Elements,
    /// By one element of its `values`.
    Values,
}

pub struct Document {
    pub body: Value,
    /// What stands before the paths of the document.
    prefix: &'static str,
    validators: BTreeMap<String, Validator>,
}

impl Document {
    /// A document as it is.
    pub fn load(path: PathBuf) -> Document {
        Document::changed(path, "", allow_null)
    }

    /// A document whose schemas do not say that there are no other members than those they name, but mean it.
    pub fn closed(path: PathBuf, prefix: &'static str) -> Document {
        Document::changed(path, prefix, close)
    }

    fn changed(path: PathBuf, prefix: &'static str, change: fn(&mut Value)) -> Document {
        let mut body: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        change(&mut body["components"]["schemas"]);
        Document { body, prefix, validators: BTreeMap::new() }
    }

    /// The schema of the 200 reply of an operation.
    pub fn validator(&mut self, method: &str, path: &str, form: Form) -> &Validator {
        let operation = &self.body["paths"][path.strip_prefix(self.prefix).unwrap_or(path)][method];
        assert!(operation.is_object(), "{method} {path} is in no document");
        let mut schema = operation["responses"]["200"]["content"]["application/json"]["schema"].clone();
        assert!(schema.is_object(), "{method} {path} has no schema");
        allow_null(&mut schema);
        self.compiled(format!("{method} {path}"), schema, form)
    }

    /// A schema by its name.
    pub fn named(&mut self, name: &str, form: Form) -> &Validator {
        let schema = json!({ "$ref": format!("#/components/schemas/{name}") });
        self.compiled(name.to_owned(), schema, form)
    }

    fn compiled(&mut self, name: String, schema: Value, form: Form) -> &Validator {
        let mut schema = match form {
            Form::Whole => schema,
            Form::Elements => json!({ "type": "array", "items": schema }),
            Form::Values => json!({
                "type": "object",
                "required": ["values"],
                "properties": { "values": { "type": "array", "items": schema } },
            }),
        };
        schema["components"] = json!({ "schemas": self.body["components"]["schemas"] });
        let build = || jsonschema::options().with_draft(Draft::Draft4).build(&schema).unwrap();
        self.validators.entry(name).or_insert_with(build)
    }
}

/// OpenAPI 3.0 says `nullable: true` where JSON Schema lists `null` among the types.
fn allow_null(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(allow_null);
            if members.get("nullable") == Some(&json!(true)) {
                members.remove("nullable");
                if let Some(kind) = members.get("type").cloned() {
                    members.insert("type".to_owned(), json!([kind, "null"]));
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(allow_null),
        _ => {}
    }
}

/// No members but the named ones. An object without any named one stands for any value: so the document of Data Center
/// writes Java's `Object`.
fn close(schema: &mut Value) {
    let Value::Object(members) = schema else {
        if let Value::Array(values) = schema {
            values.iter_mut().for_each(close);
        }
        return;
    };
    members.values_mut().for_each(close);
    if members.get("type") != Some(&json!("object")) {
        return;
    }
    let named = members.get("properties").and_then(Value::as_object).is_some_and(|it| !it.is_empty());
    match (named, members.contains_key("additionalProperties")) {
        (true, false) => drop(members.insert("additionalProperties".to_owned(), json!(false))),
        (false, false) => drop(members.remove("type")),
        _ => {}
    }
}

/// The place of an error with list positions left out.
fn place(path: &str) -> String {
    let parts = path
        .split('/')
        .map(|part| if !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()) { "*" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// What does not fit, by operation and place.
#[derive(Default)]
pub struct Judge(BTreeMap<(String, String), String>);

impl Judge {
    pub fn judge(&mut self, name: &str, validator: &Validator, answer: &Value) {
        for error in validator.iter_errors(answer) {
            let at = place(&error.instance_path().to_string());
            let places = match error.kind() {
                ValidationErrorKind::AdditionalProperties { unexpected } => {
                    unexpected.iter().map(|member| format!("{at}/{member}")).collect()
                }
                _ => vec![at],
            };
            for place in places {
                let said = || error.to_string().chars().take(300).collect();
                self.0.entry((name.to_owned(), place)).or_insert_with(said);
            }
        }
    }

    /// Lines are `METHOD PATH | place in the reply | source`; what is not listed fails, and what is listed in vain too.
    #[track_caller]
    pub fn compare(self, deviations: &str) {
        let lines = deviations.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let known: BTreeSet<(String, String)> = lines
            .map(|line| {
                let parts: Vec<&str> = line.split('|').map(str::trim).collect();
                assert!(parts.len() == 3 && !parts[2].is_empty(), "a deviation names its source: {line}");
                (parts[0].to_owned(), parts[1].to_owned())
            })
            .collect();
        let unknown: Vec<_> = self.0.iter().filter(|(place, _)| !known.contains(*place)).collect();
        assert!(unknown.is_empty(), "not as documented: {unknown:#?}");
        let unused: Vec<_> = known.iter().filter(|place| !self.0.contains_key(*place)).collect();
        assert!(unused.is_empty(), "listed deviations that do not occur: {unused:#?}");
    }
}
