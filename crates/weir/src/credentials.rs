//! Where a secret comes from: a file, standard input, or a prompt that shows nothing. Never a flag's value.

use crate::{
    cli::{AdfsFlags, AuthFlags},
    consent,
    context::Context,
    failure::Failure,
};
use std::{
    fs::File,
    io::{self, IsTerminal as _, Read, Write as _},
    path::Path,
};
use weir_model::{Message, Transport};
use weir_source::{
    Secret,
    jira::{AdfsCredential, Credential, OAuthApp, adfs_address},
};

/// Longest token file; real ones have some hundred characters.
const LONGEST: u64 = 64 * 1024;

/// Whether the flags say how to sign in.
pub(crate) fn are_given(flags: &AuthFlags) -> bool {
    flags.email.is_some()
        || flags.token_stdin
        || flags.username.is_some()
        || flags.adfs.adfs_url.is_some()
        || flags.oauth.oauth_client_id.is_some()
        || [&flags.token_file, &flags.pat_file, &flags.password_file].iter().any(|file| file.is_some())
}

/// Reads the credential that the flags name; asks for what is missing where somebody can answer.
pub(crate) async fn read(
    context: &Context<'_>,
    flags: &AuthFlags,
    (address, transport): (&str, &Transport),
) -> Result<Credential, Failure> {
    let can_ask = !context.global.no_input && io::stdin().is_terminal();
    if let Some(path) = &flags.pat_file {
        return Ok(Credential::PersonalToken(Secret::from(from_file(path)?)));
    }
    if let Some(client_id) = &flags.oauth.oauth_client_id {
        let secret = match &flags.oauth.oauth_client_secret_file {
            Some(path) => from_file(path)?,
            None if can_ask => {
                asked("Secret of the app (not shown): ", "--oauth-client-secret-file", context).await?
            }
            None => return Err(Message::InputMissing { flag: "--oauth-client-secret-file".into() }.into()),
        };
        let app = OAuthApp::of(client_id, &secret, flags.oauth.oauth_callback.clone())?;
        return consent::ask(context, app, address, transport).await.map(Credential::OAuth);
    }
    if let Some(url) = flags.adfs.adfs_url.clone() {
        return adfs(context, url, &flags.adfs, can_ask).await.map(Credential::Adfs);
    }
    if let Some(user) = flags.username.clone() {
        if user.trim().is_empty() {
            return Err(Message::InputMissing { flag: "--username".into() }.into());
        }
        let password = match &flags.password_file {
            Some(path) => password_from_file(path)?,
            None if can_ask => asked("Password (not shown): ", "--password-file", context).await?,
            None => return Err(Message::InputMissing { flag: "--password-file".into() }.into()),
        };
        return Ok(Credential::Password { user, password: Secret::from(password) });
    }
    let mut email = flags.email.clone().filter(|email| !email.trim().is_empty());
    let token = if let Some(path) = &flags.token_file {
        from_file(path)?
    } else if flags.token_stdin {
        let read = tokio::task::spawn_blocking(|| bounded(io::stdin().lock(), "standard input"));
        context
            .lifecycle
            .droppable(async { Ok(read.await.map_err(|e| Failure::bug(e.to_string()))??) })
            .await?
    } else if can_ask {
        if email.is_none() {
            email = Some(ask("E-mail address of the account: ", context).await?);
        }
        asked("API token (not shown): ", "--token-file", context).await?
    } else {
        return Err(Message::AuthMissing {}.into());
    };
    Ok(Credential::ApiToken { email, token: Secret::from(token) })
}

/// What ADFS is asked for a token with.
async fn adfs(
    context: &Context<'_>,
    url: String,
    flags: &AdfsFlags,
    can_ask: bool,
) -> Result<AdfsCredential, Failure> {
    let given = |flag: &str, value: &Option<String>| {
        let value = value.clone().filter(|text| !text.trim().is_empty());
        value.ok_or_else(|| Message::InputMissing { flag: flag.to_owned() })
    };
    let client_id = given("--adfs-client-id", &flags.adfs_client_id)?;
    let resource = given("--adfs-resource", &flags.adfs_resource)?;
    let user = given("--adfs-username", &flags.adfs_username)?;
    // Before a password is asked for, or anything of the site.
    adfs_address(&url)?;
    let flag = "--adfs-password-file";
    let password = match &flags.adfs_password_file {
        Some(path) => password_from_file(path)?,
        None if can_ask => asked("Password at ADFS (not shown): ", flag, context).await?,
        None => return Err(Message::InputMissing { flag: flag.into() }.into()),
    };
    Ok(AdfsCredential { url, client_id, resource, user, password: Secret::from(password) })
}

fn from_file(path: &Path) -> Result<String, Message> {
    let shown = path.display().to_string();
    bounded(opened(path, &shown)?, &shown)
}

/// A secret of one word in a file.
pub(crate) fn secret_of_file(path: &Path) -> Result<weir_http::Secret, Message> {
    from_file(path).map(weir_http::Secret::from)
}

/// A password may hold blanks; a line break at its end is the file's.
fn password_from_file(path: &Path) -> Result<String, Message> {
    let shown = path.display().to_string();
    let text = text(opened(path, &shown)?, &shown)?;
    let password = text.strip_suffix('\n').unwrap_or(&text);
    let password = password.strip_suffix('\r').unwrap_or(password);
    match password.is_empty() || password.contains(char::is_control) {
        true => Err(Message::TokenFile { path: shown, detail: "it holds no password of one line".into() }),
        false => Ok(password.to_owned()),
    }
}

fn opened(path: &Path, shown: &str) -> Result<File, Message> {
    let failed = |detail: String| Message::TokenFile { path: shown.to_owned(), detail };
    let file = File::open(path).map_err(|error| failed(crate::home::sentence(&error)))?;
    match file.metadata() {
        Ok(metadata) if metadata.is_dir() => Err(failed("it is a folder".into())),
        Ok(_) => Ok(file),
        Err(error) => Err(failed(crate::home::sentence(&error))),
    }
}

fn text(source: impl Read, shown: &str) -> Result<String, Message> {
    let failed = |detail: &str| Message::TokenFile { path: shown.to_owned(), detail: detail.to_owned() };
    let mut bytes = Vec::new();
    let read = source.take(LONGEST + 1).read_to_end(&mut bytes);
    read.map_err(|error| failed(&crate::home::sentence(&error)))?;
    if bytes.len() as u64 > LONGEST {
        return Err(failed("it is larger than 64 KB"));
    }
    String::from_utf8(bytes).map_err(|_| failed("it is not text"))
}

fn bounded(source: impl Read, shown: &str) -> Result<String, Message> {
    let failed = |detail: &str| Message::TokenFile { path: shown.to_owned(), detail: detail.to_owned() };
    let text = text(source, shown)?;
    let token = text.trim_start_matches('\u{feff}').trim();
    if token.is_empty() {
        return Err(failed("it is empty"));
    }
    if token.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err(failed("it holds more than one line or word"));
    }
    Ok(token.to_owned())
}

async fn ask(question: &'static str, context: &Context<'_>) -> Result<String, Failure> {
    let answered = tokio::task::spawn_blocking(move || -> io::Result<String> {
        let mut stderr = io::stderr().lock();
        stderr.write_all(question.as_bytes())?;
        stderr.flush()?;
        let mut line = String::new();
        io::stdin().read_line(&mut line)?;
        Ok(line.trim().to_owned())
    });
    let answer = context
        .lifecycle
        .droppable(async { answered.await.map_err(|e| Failure::bug(e.to_string())) })
        .await?;
    match answer {
        Ok(text) if !text.is_empty() => Ok(text),
        _ => Err(Message::InputMissing { flag: "--email".into() }.into()),
    }
}

async fn asked(question: &'static str, flag: &str, context: &Context<'_>) -> Result<String, Failure> {
    let answered = tokio::task::spawn_blocking(move || rpassword::prompt_password(question));
    let answer = context
        .lifecycle
        .droppable(async { answered.await.map_err(|e| Failure::bug(e.to_string())) })
        .await?;
    match answer {
        Ok(text) if !text.trim().is_empty() => Ok(text),
        _ => Err(Message::InputMissing { flag: flag.into() }.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::bounded;

    #[test]
    fn a_token_is_one_word_and_small() {
        assert_eq!(bounded("\u{feff} a:b \r\n".as_bytes(), "f").unwrap(), "a:b");
        for bad in ["", " \n", "two words", "two\nlines", "nul\0"] {
            assert!(bounded(bad.as_bytes(), "f").is_err(), "{bad:?}");
        }
        assert!(bounded(std::io::repeat(b'a'), "f").is_err());
    }
}
