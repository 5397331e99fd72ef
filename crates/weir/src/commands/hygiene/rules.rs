//! `weir hygiene rules …`: what a miss is, and rules that people write themselves.

use super::{base, csv};
use crate::{
    cli::{RuleFlags, Rules},
    commands::noted::noted_of,
    context::Context,
    failure::Failure,
    output::{Rows, clean},
    system::SystemEntropy,
};
use serde_json::{Value, json};
use std::fs;
use weir_ingest::hygiene::{
    self, Asked, Base, HygieneSettings, KnownFields, OwnRule, Preview, PreviewWarning, Question, RuleWish,
    add_rule, change_rule, delete_rule, own_rules,
};
use weir_model::{HygieneFault, Integration, Message, Millis};
use weir_store::{Store, StoreError};

pub(super) async fn run(context: &Context<'_>, command: Rules) -> Result<(), Failure> {
    match command {
        Rules::List { name, place } => {
            let store = context.used_store().await?;
            let integration = context.named(&store, name.as_deref()).await?;
            let base = base(&store, &integration, &place).await?;
            list(context, &store, &integration, &base).await
        }
        Rules::Show { rule } => show(context, rule.as_deref()).await,
        Rules::Add { rule, what } => add(context, rule, &what).await,
        Rules::Edit { rule, rename, what } => edit(context, &rule, (rename, &what)).await,
        Rules::Remove { rule } => remove(context, &rule).await,
        Rules::Preview { rule, what, question } => {
            let (basis, filters) = (question.basis.as_deref(), question.filters.as_slice());
            preview(context, rule.as_deref(), (&what, &Asked { basis, filters, ..Asked::default() })).await
        }
    }
}

async fn list(
    context: &Context<'_>,
    store: &Store,
    integration: &Integration,
    base: &hygiene::Base,
) -> Result<(), Failure> {
    let own = own_rules(store, &integration.id).await?;
    let off = HygieneSettings::default().built_in();
    let off = off.iter().filter(|rule| !base.rules.iter().any(|on| on.id == rule.id));
    let mut rows = Rows::new(&["rule", "name", "weight", "a miss is", "to note"], "");
    for (rule, on) in base.rules.iter().map(|rule| (rule, true)).chain(off.map(|rule| (rule, false))) {
        let mut row = json!({
            "rule": rule.id.to_string(),
            "name": hygiene::name_of(rule),
            "weight": if on { json!(base.weights.of(&rule.id)) } else { json!("off") },
            "a miss is": hygiene::definition(rule),
            "on": on,
        });
        let blocked = hygiene::blocked_of(rule, integration, &base.fields);
        let (gone, changed) = (base.fields.gone_of(rule), base.fields.changed_of(rule));
        row["to note"] = json!(match &blocked {
            Some(blocked) => Some(format!("not asked: {}", blocked.said())),
            None => gone.as_ref().or(changed.as_ref()).cloned(),
        });
        row["blocked_by"] = json!(blocked.as_ref().map(|blocked| &blocked.field));
        row["blocked_because"] = json!(blocked.as_ref().map(|blocked| blocked.because));
        row["field_gone"] = json!(gone);
        row["field_changed"] = json!(changed);
        if let (Some(row), Some(own)) =
            (row.as_object_mut(), own.iter().find(|own| own.id.to_string() == rule.id.to_string()))
            && let Value::Object(described) = described(own)
        {
            row.extend(described);
        }
        rows.push(row);
    }
    context.output.rows(&rows)
}

async fn show(context: &Context<'_>, rule: Option<&str>) -> Result<(), Failure> {
    let store = context.used_store().await?;
    let integration = context.named(&store, None).await?;
    let rules = match rule {
        Some(name) => vec![called(&store, &integration, name).await?],
        None => own_rules(&store, &integration.id).await?,
    };
    let as_written: Vec<Value> =
        rules.iter().map(|own| json!({ "name": own.rule.name, "text": own.rule.to_string() })).collect();
    context.output.json(&Value::Array(as_written))
}

async fn add(context: &Context<'_>, name: Option<String>, what: &RuleFlags) -> Result<(), Failure> {
    let wishes = match (&what.file, name) {
        (Some(path), _) => in_file(path)?,
        (None, name) => vec![wish(name.unwrap_or_default(), what)],
    };
    let store = context.changed_store().await?;
    let integration = context.named(&store, None).await?;
    let fields = KnownFields::of(&store, &integration).await?;
    let rules = wishes.into_iter().map(|wish| wish.rule(&integration, &fields).map_err(failed));
    // All of them are looked at before the first is kept.
    let rules = rules.collect::<Result<Vec<_>, Failure>>()?;
    let mut made = vec![];
    for rule in rules {
        let made_at = (context.clock().now(), &SystemEntropy as _);
        let own = add_rule(&store, &integration, rule, made_at).await.map_err(failed)?;
        note(context, &store, &integration, "hygiene_rule.create", &own).await?;
        made.push(own);
    }
    for own in &made {
        let told = "It has no weight yet, so no score changes.";
        said(context, own, &format!("Added \"{}\". {told}", clean(&own.rule.name, 40)))?;
    }
    Ok(())
}

async fn edit(
    context: &Context<'_>,
    name: &str,
    (rename, what): (Option<String>, &RuleFlags),
) -> Result<(), Failure> {
    if rename.is_none() && what.when.is_empty() && what.file.is_none() {
        let detail = "Give --rename, --when or --file";
        return Err(Message::InputBad { flag: "RULE".into(), detail: detail.into() }.into());
    }
    let store = context.changed_store().await?;
    let integration = context.named(&store, None).await?;
    let seen = called(&store, &integration, name).await?;
    let mut wish = match &what.file {
        Some(path) => one_of(in_file(path)?)?,
        None if what.when.is_empty() => RuleWish { text: Some(seen.rule.to_string()), ..RuleWish::default() },
        None => wish(String::new(), what),
    };
    if let Some(rename) = rename {
        wish.name = rename;
    } else if what.file.is_none() {
        wish.name.clone_from(&seen.rule.name);
    }
    let fields = KnownFields::of(&store, &integration).await?;
    let rule = wish.rule(&integration, &fields).map_err(failed)?;
    let now = context.clock().now();
    let changed = change_rule(&store, &integration, (&seen, rule), now).await.map_err(failed)?;
    note(context, &store, &integration, "hygiene_rule.change", &changed).await?;
    said(context, &changed, &format!("Changed \"{}\".", clean(&changed.rule.name, 40)))
}

async fn remove(context: &Context<'_>, name: &str) -> Result<(), Failure> {
    let store = context.changed_store().await?;
    let integration = context.named(&store, None).await?;
    let seen = called(&store, &integration, name).await?;
    delete_rule(&store, &integration, &seen).await?;
    note(context, &store, &integration, "hygiene_rule.delete", &seen).await?;
    said(
        context,
        &seen,
        &format!("Deleted \"{}\". Its weight falls to the others.", clean(&seen.rule.name, 40)),
    )
}

async fn preview(
    context: &Context<'_>,
    rule: Option<&str>,
    (what, asked): (&RuleFlags, &Asked<'_>),
) -> Result<(), Failure> {
    let store = context.used_store().await?;
    let integration = context.named(&store, None).await?;
    let base = Base { fields: KnownFields::of(&store, &integration).await?, ..Base::default() };
    let question = Question::of(base, asked)?;
    let fields = &question.fields;
    let rule = match (rule, &what.file) {
        (Some(name), _) => called(&store, &integration, name).await?.rule,
        (None, Some(path)) => one_of(in_file(path)?)?.rule(&integration, fields).map_err(failed)?,
        (None, None) => wish("preview".into(), what).rule(&integration, fields).map_err(failed)?,
    };
    let now = context.clock().now();
    let preview = hygiene::preview(&store, &integration, (&rule, &question), now).await?;
    match context.output.for_people() {
        _ if csv::is_wanted(context) => csv::preview(context, &preview),
        true => previewed(context, &preview),
        false => context.output.json(&preview_json(&preview)),
    }
}

fn previewed(context: &Context<'_>, preview: &Preview) -> Result<(), Failure> {
    let share = preview.misses as f64 * 100.0 / preview.in_scope.max(1) as f64;
    let lines = [
        format!("A miss is when {}.", clean(&preview.text, 2_000)),
        format!("{} of {} issues ({share:.1} %) would be a miss.", preview.misses, preview.in_scope),
    ];
    lines.iter().try_for_each(|line| context.output.line(line))?;
    match preview.warning {
        Some(PreviewWarning::AlwaysMatches) => {
            context.output.line("Every issue in scope would miss it, so it tells no issues apart.")?;
        }
        Some(PreviewWarning::NeverMatches) => context.output.line("No issue in scope would miss it.")?,
        None => {}
    }
    let mut newest = Rows::new(&["key", "created", "summary"], "");
    for head in &preview.newest {
        let created = head.created_at.map(Millis::rfc3339);
        newest.push(json!({ "key": head.key, "created": created, "summary": head.summary }));
    }
    if !preview.newest.is_empty() {
        context.output.rows(&newest)?;
    }
    let mut weeks = Rows::new(&["until the end of", "missing", "in scope"], "");
    for week in &preview.weeks {
        let (misses, in_scope) = (week.misses, week.in_scope);
        weeks.push(json!({ "until the end of": week.day, "missing": misses, "in scope": in_scope }));
    }
    context.output.rows(&weeks)
}

fn preview_json(preview: &Preview) -> Value {
    let issue = |head: &weir_store::IssueHead| {
        json!({
            "id": head.id,
            "key": head.key,
            "summary": head.summary,
            "created_at": head.created_at.map(Millis::rfc3339),
            "url": head.url,
        })
    };
    json!({
        "text": preview.text,
        "misses": preview.misses,
        "in_scope": preview.in_scope,
        "warning": preview.warning,
        "newest": preview.newest.iter().map(issue).collect::<Vec<_>>(),
        "weeks": preview.weeks,
    })
}

fn wish(name: String, what: &RuleFlags) -> RuleWish {
    let mut text = what.when.join(" and ");
    if !what.only.is_empty() {
        text.push_str(&format!(" only for {}", what.only.join(" and ")));
    }
    RuleWish { name, text: Some(text), ..RuleWish::default() }
}

/// The rules of a file of YAML, which JSON is too: one, or a list.
fn in_file(path: &str) -> Result<Vec<RuleWish>, Failure> {
    let unread = |detail: String| Message::FileRead { path: clean(path, 300), detail };
    let text = fs::read_to_string(path).map_err(|error| unread(error.to_string()))?;
    let begin = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with(['#', '%']));
    let begin = begin.map(|line| line.trim_start_matches("---").trim_start());
    let is_list = begin.is_some_and(|line| line.starts_with(['-', '[']));
    let read = match is_list {
        true => serde_saphyr::from_str::<Vec<RuleWish>>(&text),
        false => serde_saphyr::from_str::<RuleWish>(&text).map(|rule| vec![rule]),
    };
    Ok(read.map_err(|error| {
        let line: String = error.to_string().lines().next().unwrap_or_default().to_owned();
        unread(format!("It holds no rule and no list of rules: {}", clean(&line, 300)))
    })?)
}

fn one_of(rules: Vec<RuleWish>) -> Result<RuleWish, Failure> {
    let found = rules.len();
    let only = rules.into_iter().next().filter(|_| found == 1);
    Ok(only.ok_or_else(|| Message::InputBad {
        flag: "--file".into(),
        detail: format!("One rule is expected, and the file has {found}"),
    })?)
}

/// A rule of an integration by its name in any case of letters, or its id.
async fn called(store: &Store, integration: &Integration, name: &str) -> Result<OwnRule, Failure> {
    let wanted = name.trim().to_lowercase();
    let rules = own_rules(store, &integration.id).await?;
    let found =
        rules.into_iter().find(|own| own.rule.name.to_lowercase() == wanted || own.id.to_string() == wanted);
    Ok(found.ok_or_else(|| Message::from(HygieneFault::RuleNone { name: clean(name, 60) }))?)
}

fn failed(refused: hygiene::Refused) -> Failure {
    StoreError::from(refused).into()
}

fn described(own: &OwnRule) -> Value {
    json!({
        "id": own.id.to_string(),
        "name": own.rule.name,
        "text": own.rule.to_string(),
        "conditions": own.rule.conditions,
        "only": own.rule.only,
        "revision": own.revision,
        "created_at": own.created_at.rfc3339(),
        "changed_at": own.changed_at.rfc3339(),
    })
}

fn said(context: &Context<'_>, own: &OwnRule, line: &str) -> Result<(), Failure> {
    match context.output.for_people() {
        true => context.output.line(line),
        false => context.output.json(&described(own)),
    }
}

async fn note(
    context: &Context<'_>,
    store: &Store,
    integration: &Integration,
    action: &str,
    own: &OwnRule,
) -> Result<(), Failure> {
    noted_of(context, store, (action, integration), vec![("rule".into(), own.rule.name.clone())]).await
}
