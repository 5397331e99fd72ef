//! `weir user …`: people. Whoever may use the store here may let somebody in, also when nobody can sign in any more.

use super::{noted::noted, serve::public_url, workspace};
use crate::{
    cli::{User, UserAdd, UserEdit, UserIdentity, Users},
    context::Context,
    failure::Failure,
    output::{self, Rows, clean},
    system::SystemEntropy,
    values::typed,
};
use serde_json::{Value, json};
use weir_model::{Account, Identity, Message, Millis, Reach};
use weir_store::Store;
use weir_web::{Invitation, NewPerson, access_of, checked_name, invite, invite_again, linked};

/// People that are listed at most.
const MOST: u32 = 100_000;

pub(super) async fn run(context: &Context<'_>, command: Users) -> Result<(), Failure> {
    context.output.format()?;
    match command {
        Users::List => list(context).await,
        Users::Add(flags) => add(context, flags).await,
        Users::Invite(flags) => {
            let (store, account) = whom(context, &flags.login).await?;
            let server = public_url(&flags.server.public_url)?;
            let invitation = invite_again(&store, context.clock().as_ref(), &SystemEntropy, account).await?;
            note(context, &store, "user.invite_again", &invitation.account).await?;
            shown(context, &invitation, server.as_str())
        }
        Users::Edit(flags) => edit(context, flags).await,
        Users::Deactivate(flags) => close(context, &flags, true).await,
        Users::Reactivate(flags) => close(context, &flags, false).await,
        Users::Access(flags) => access(context, &flags).await,
        Users::Sessions(flags) => sessions(context, &flags).await,
        Users::EndSessions(flags) => {
            let (store, account) = whom(context, &flags.login).await?;
            let ended = store.end_sessions(&account.id).await?;
            note(context, &store, "session.end_all", &account).await?;
            done(context, &account, &format!("Ended {ended} sessions of"))
        }
        Users::Link(flags) => identity(context, flags, true).await,
        Users::Unlink(flags) => identity(context, flags, false).await,
    }
}

async fn list(context: &Context<'_>) -> Result<(), Failure> {
    let columns = &["login", "name", "state", "admin", "workspaces", "id"];
    let mut rows = Rows::new(columns, "Nobody yet. Invite somebody with: weir user add LOGIN");
    if let Some(store) = context.existing_store().await? {
        let workspaces = store.workspaces(&Reach::Everything).await?;
        for account in store.accounts(&Reach::Everything, None, MOST).await? {
            let mut facts = described(&account);
            let roles = store.roles_of(&account.id).await?;
            let named = roles.iter().filter_map(|(id, role)| {
                let workspace = workspaces.iter().find(|one| one.id == *id)?;
                Some(format!("{}: {role}", workspace.name))
            });
            facts["workspaces"] = json!(named.collect::<Vec<_>>());
            rows.push(facts);
        }
    }
    context.output.rows(&rows)
}

/// What somebody sees and may do: one row for each, with the roles by which they may.
async fn access(context: &Context<'_>, flags: &User) -> Result<(), Failure> {
    let (store, account) = whom(context, &flags.login).await?;
    let columns = &["workspace", "may", "by", "integrations"];
    let mut rows = Rows::new(columns, "Nothing: they look after no server and have no role in a workspace.");
    for place in access_of(&store, &account).await? {
        let name = place.name.unwrap_or_else(|| "(the whole server)".to_owned());
        for grant in place.may {
            rows.push(json!({
                "workspace": name,
                "workspace_id": place.workspace,
                "may": grant.what,
                "action": grant.action,
                "by": grant.by,
                "integrations": place.integrations,
            }));
        }
    }
    context.output.rows(&rows)
}

async fn add(context: &Context<'_>, flags: UserAdd) -> Result<(), Failure> {
    let server = public_url(&flags.server.public_url)?;
    let roles = workspace::roles(&flags.role)?;
    let home = context.home()?;
    let store = context.store().await?;
    home.keep();
    let place = match flags.workspace.as_deref() {
        Some(name) => Some(workspace::named(&store, name).await?),
        None => None,
    };
    let person = NewPerson { login: flags.login, name: flags.name, is_admin: flags.admin };
    let invitation = invite(&store, context.clock().as_ref(), &SystemEntropy, person).await?;
    note(context, &store, "user.invite", &invitation.account).await?;
    if let Some(place) = place {
        workspace::set_roles(context, &store, &place, &invitation.account, &roles).await?;
    }
    shown(context, &invitation, server.as_str())
}

fn shown(context: &Context<'_>, invitation: &Invitation, server: &str) -> Result<(), Failure> {
    let link = invitation.link(server.trim_end_matches('/'));
    if !context.output.for_people() {
        let mut facts = described(&invitation.account);
        facts["link"] = json!(link);
        facts["link_expires_at"] = json!(invitation.expires_at.rfc3339());
        return context.output.json(&facts);
    }
    output::note(&format!(
        "Give this link to {} now: it is not shown again, and works once, until {}.",
        clean(&invitation.account.login, 200),
        invitation.expires_at.rfc3339(),
    ));
    context.output.line(&link)
}

async fn edit(context: &Context<'_>, flags: UserEdit) -> Result<(), Failure> {
    if flags.name.is_none() && !flags.admin && !flags.no_admin {
        return Err(Message::InputMissing { flag: "--name, --admin or --no-admin".into() }.into());
    }
    let (store, seen) = whom(context, &flags.login).await?;
    let name = match &flags.name {
        Some(name) => typed("--name", checked_name(name))?,
        None => seen.name.clone(),
    };
    let is_admin = flags.admin || (seen.is_admin && !flags.no_admin);
    store.edit_account(&seen, &name, is_admin).await?;
    let account = Account { name, is_admin, ..seen };
    note(context, &store, "user.edit", &account).await?;
    done(context, &account, "Changed")
}

async fn close(context: &Context<'_>, flags: &User, closed: bool) -> Result<(), Failure> {
    let (store, account) = whom(context, &flags.login).await?;
    store.disable_account(&account.id, closed).await?;
    let (action, said) = match closed {
        true => ("user.deactivate", "Closed"),
        false => ("user.reactivate", "Opened"),
    };
    note(context, &store, action, &account).await?;
    let disabled_at = closed.then(|| context.clock().now());
    done(context, &Account { disabled_at, ..account }, said)
}

async fn sessions(context: &Context<'_>, flags: &User) -> Result<(), Failure> {
    let (store, account) = whom(context, &flags.login).await?;
    let columns = &["id", "created_at", "seen_at", "expires_at", "address", "agent"];
    let mut rows = Rows::new(columns, "Signed in nowhere.");
    for session in store.sessions_of(&account.id).await? {
        rows.push(json!({
            "id": session.id.to_string(),
            "created_at": session.created_at.rfc3339(),
            "seen_at": session.seen_at.rfc3339(),
            "expires_at": session.expires_at.rfc3339(),
            "address": session.address,
            "agent": session.agent,
        }));
    }
    context.output.rows(&rows)
}

async fn identity(context: &Context<'_>, flags: UserIdentity, link: bool) -> Result<(), Failure> {
    let identity = typed("--issuer or --subject", linked(&flags.issuer, &flags.subject))?;
    let (store, account) = whom(context, &flags.login).await?;
    match link {
        true => store.link_identity(&account.id, &identity).await?,
        false if store.unlink_identity(&account.id, &identity).await? => {}
        false => return Err(Message::IdentityUnknown {}.into()),
    }
    let Identity { issuer, subject } = identity;
    let action = if link { "user.link" } else { "user.unlink" };
    let detail = vec![("issuer".into(), issuer), ("subject".into(), subject)];
    noted(context, &store, (action, &account.login), None, detail).await?;
    done(context, &account, if link { "Linked" } else { "Unlinked" })
}

/// The account that signs in as this.
pub(super) async fn account(store: &Store, login: &str) -> Result<Account, Failure> {
    let found = store.account_named(&login.trim().to_lowercase()).await?;
    Ok(found.ok_or_else(|| Message::AccountUnknown { id: clean(login, 200) })?)
}

async fn whom(context: &Context<'_>, login: &str) -> Result<(Store, Account), Failure> {
    let unknown = || Message::AccountUnknown { id: clean(login, 200) };
    let store = context.existing_store().await?.ok_or_else(unknown)?;
    let account = account(&store, login).await?;
    Ok((store, account))
}

async fn note(context: &Context<'_>, store: &Store, action: &str, account: &Account) -> Result<(), Failure> {
    let detail = vec![
        ("id".into(), account.id.to_string()),
        ("name".into(), account.name.clone()),
        ("is_admin".into(), account.is_admin.to_string()),
    ];
    noted(context, store, (action, &account.login), None, detail).await
}

fn done(context: &Context<'_>, account: &Account, said: &str) -> Result<(), Failure> {
    match context.output.for_people() {
        true => context.output.line(&format!("{said} \"{}\".", clean(&account.login, 200))),
        false => context.output.json(&described(account)),
    }
}

fn described(account: &Account) -> Value {
    let state = match (account.disabled_at, account.can_sign_in) {
        (Some(_), _) => "closed",
        (None, true) => "active",
        (None, false) => "invited",
    };
    json!({
        "id": account.id.to_string(),
        "login": account.login,
        "name": account.name,
        "state": state,
        "admin": account.is_admin,
        "created_at": account.created_at.rfc3339(),
        "closed_at": account.disabled_at.map(Millis::rfc3339),
    })
}
