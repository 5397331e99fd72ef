//! `weir backup …`: the whole store in one file, and back.

use crate::{
    cli::{Backup, BackupCreate, BackupDepth, BackupRestore, BackupVerify},
    context::Context,
    failure::Failure,
    output::{self, Rows, thousands},
};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};
use weir_ingest::backups;
use weir_model::Message;
use weir_store::{Depth, Existing, Manifest, create_backup, restore_backup, verify_backup};

pub(super) async fn run(context: &Context<'_>, command: Backup) -> Result<(), Failure> {
    context.output.format()?;
    match command {
        Backup::Create(flags) => create(context, flags).await,
        Backup::List => list(context),
        Backup::Verify(flags) => verify(context, flags).await,
        Backup::Restore(flags) => restore(context, flags).await,
    }
}

async fn create(context: &Context<'_>, flags: BackupCreate) -> Result<(), Failure> {
    let address = context.settings.store.value.to_string();
    let store = context.unchanged_store().await?.ok_or(Message::StoreNone { address })?;
    let path = match flags.output {
        Some(path) => path,
        None => usual_place(context)?,
    };
    let manifest = create_backup(&store, env!("CARGO_PKG_VERSION"), &path).await?;
    let bytes = fs::metadata(&path).map(|metadata| metadata.len()).unwrap_or(0);
    if context.output.for_people() {
        context.output.line(&format!(
            "{}: {} rows of {} tables, {} bytes",
            path.display(),
            thousands(manifest.rows()),
            manifest.tables.len(),
            thousands(bytes)
        ))?;
    } else {
        let mut facts = facts(&path, &manifest);
        facts["bytes"] = json!(bytes);
        context.output.json(&facts)?;
    }
    if let Some(key) = &manifest.key_id {
        output::note(&format!(
            "Credentials in it are sealed with the key {key}, which is not in it: keep a copy of {} in another place.",
            context.key_file().path().display()
        ));
    }
    Ok(())
}

/// A file of its own in the folder of backups.
fn usual_place(context: &Context<'_>) -> Result<PathBuf, Failure> {
    Ok(backups::place(&context.settings.home.value, &backups::usual_name(context.clock().now()))?)
}

fn list(context: &Context<'_>) -> Result<(), Failure> {
    let mut rows =
        Rows::new(&["name", "bytes", "made_at"], "No backups yet. Make one with: weir backup create");
    for one in backups::list(&context.settings.home.value)? {
        rows.push(json!({ "name": one.name, "bytes": one.bytes, "made_at": one.made_at.rfc3339() }));
    }
    context.output.rows(&rows)
}

async fn verify(context: &Context<'_>, flags: BackupVerify) -> Result<(), Failure> {
    let backup = weir_store::Backup::open(&flags.file)?;
    let (depth, proved) = match flags.depth {
        BackupDepth::Checksum => (Depth::Checksum, "its digests are right"),
        BackupDepth::Structure => (Depth::Structure, "every row can be read"),
        BackupDepth::Restore => (Depth::Restore, "it was restored, checked and compared"),
    };
    let done = verify_backup(&backup, depth, &std::env::temp_dir(), context.clock().now()).await?;
    if context.output.for_people() {
        return context.output.line(&format!(
            "{}: whole; {proved}: {} rows of {} tables, of {}",
            flags.file.display(),
            thousands(done.rows),
            done.tables,
            backup.manifest().created_at
        ));
    }
    let mut facts = facts(&flags.file, backup.manifest());
    facts["verdict"] = json!("whole");
    facts["depth"] = json!(format!("{:?}", flags.depth).to_lowercase());
    context.output.json(&facts)
}

async fn restore(context: &Context<'_>, flags: BackupRestore) -> Result<(), Failure> {
    let backup = weir_store::Backup::open(&flags.file)?;
    let home = context.home()?;
    let address = &context.settings.store.value;
    let existing = if flags.replace { Existing::PutAside } else { Existing::Refuse };
    let done = restore_backup(&backup, address, context.clock().now(), existing).await?;
    home.keep();
    let manifest = backup.manifest();
    if context.output.for_people() {
        context.output.line(&format!(
            "{address}: {} rows of {} tables, as they were at {}",
            thousands(manifest.rows()),
            manifest.tables.len(),
            manifest.created_at
        ))?;
    } else {
        let mut facts = facts(&flags.file, manifest);
        facts["store"] = json!(address.to_string());
        facts["schema_now"] = json!(done.schema);
        facts["put_aside"] = json!(done.put_aside);
        facts["key_at_hand"] = json!(key_at_hand(context, manifest));
        context.output.json(&facts)?;
    }
    if let Some(aside) = done.put_aside {
        output::note(&format!("The store that was there before is {aside}. Delete it when you are sure."));
    }
    if let (Some(key), Some(false)) = (&manifest.key_id, key_at_hand(context, manifest)) {
        output::note(&format!(
            "warning: credentials in it are sealed with the key {key}, which {} does not hold. Put that key back, or give each \
             integration a fresh credential with weir integration reauth",
            context.key_file().path().display()
        ));
    }
    Ok(())
}

/// Whether the key that a backup's credentials need is in the key file; nothing when they need none.
fn key_at_hand(context: &Context<'_>, manifest: &Manifest) -> Option<bool> {
    let needed = manifest.key_id.as_deref()?;
    Some(context.key_file().load().is_ok_and(|ring| ring.get(needed).is_some()))
}

fn facts(path: &Path, manifest: &Manifest) -> Value {
    json!({
        "file": path.display().to_string(),
        "created_at": manifest.created_at,
        "weir": manifest.weir,
        "database": manifest.database,
        "schema": manifest.schema,
        "key_id": manifest.key_id,
        "sealed": manifest.sealed,
        "rows": manifest.rows(),
        "tables": manifest.tables.iter().map(|table| (table.name.clone(), json!(table.rows)))
            .collect::<serde_json::Map<_, _>>(),
    })
}
