//! Asking for consent from the command line: the address to open is shown, and whoever has accepted is waited for, on a listener
//! of this machine where the app's callback leads here, or until the address that they were led to is pasted.

use crate::{context::Context, failure::Failure, output};
use futures::{StreamExt as _, stream::FuturesUnordered};
use std::{
    io::{self, IsTerminal as _},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use url::Url;
use weir_model::{Message, OAuthFault, Transport, clean};
use weir_source::jira::{OAuthApp, OAuthCredential, consent_address, exchange, site_address};

/// How long somebody may take at Atlassian.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// The longest head of a request that is read.
const LONGEST: u64 = 16 * 1024;

/// What somebody is led back with.
struct Returned(Vec<(String, String)>);

impl Returned {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Asks for consent to read a site, and gives what it is signed in with.
pub(crate) async fn ask(
    context: &Context<'_>,
    app: OAuthApp,
    address: &str,
    transport: &Transport,
) -> Result<OAuthCredential, Failure> {
    if context.global.no_input {
        return Err(Message::from(OAuthFault::Interactive {}).into());
    }
    let site_url = site_address(address)?;
    let callback = callback(&app.callback)?;
    let environment = context.environment();
    let mut random = [0_u8; 32];
    environment.entropy.fill(&mut random);
    let state: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let to_open = consent_address(&app, &state, &environment)?;
    let listener = match listens_here(&callback) {
        Some(place) => Some(TcpListener::bind(&place).await.map_err(|error| Message::ListenFailed {
            address: place.clone(),
            detail: crate::home::sentence(&error),
        })?),
        None => None,
    };
    let can_paste = io::stdin().is_terminal();
    if listener.is_none() && !can_paste {
        let detail =
            "It is not of this machine, and nobody can paste the address that it leads to".to_owned();
        return Err(Message::InputBad { flag: "--oauth-callback".to_owned(), detail }.into());
    }
    output::note(&format!("Open this address in a browser and accept:\n{to_open}"));
    if can_paste {
        output::note(
            "Then paste the address that the browser was led to here, where it shows an error there:",
        );
    }
    let returned = context.lifecycle.droppable(async {
        let answer = async {
            tokio::select! {
                answer = heard(listener.as_ref(), &callback, &state) => answer,
                answer = pasted(can_paste, &callback) => answer,
            }
        };
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(Message::from(OAuthFault::Stale {}).into()),
        }
    });
    let returned = returned.await?;
    if returned.get("state") != Some(&*state) {
        return Err(Message::from(OAuthFault::Stale {}).into());
    }
    let Some(code) = returned.get("code").filter(|_| returned.get("error").is_none()) else {
        let said = returned.get("error_description").or(returned.get("error")).unwrap_or("It gave no code.");
        return Err(Message::from(OAuthFault::Denied { said: clean(said, 300) }).into());
    };
    let (grant, cloud_id) =
        exchange(&app, code, &site_url, &context.with_proxy(transport.clone()), &environment).await?;
    Ok(OAuthCredential { client_id: app.client_id, cloud_id, grant: grant.text()? })
}

fn callback(text: &str) -> Result<Url, Message> {
    let bad =
        |detail: &str| Message::InputBad { flag: "--oauth-callback".to_owned(), detail: detail.to_owned() };
    let url = Url::parse(text).map_err(|_| bad("It is no address"))?;
    match url.host_str() {
        Some(_) if matches!(url.scheme(), "http" | "https") => Ok(url),
        _ => Err(bad("It begins with http:// or https://")),
    }
}

/// Where to listen for a callback of this machine.
fn listens_here(callback: &Url) -> Option<String> {
    let host = callback.host_str()?;
    let is_here = callback.scheme() == "http" && matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    let port = callback.port_or_known_default()?;
    is_here.then(|| format!("{}:{port}", if host == "localhost" { "127.0.0.1" } else { host }))
}

/// Waits for a browser that comes back with this state. Browsers open connections ahead of need: one that says nothing holds up
/// no other.
async fn heard(listener: Option<&TcpListener>, callback: &Url, state: &str) -> Result<Returned, Message> {
    let Some(listener) = listener else { return std::future::pending().await };
    let mut answering = FuturesUnordered::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                answering.push(answer(stream, callback, state));
            }
            Some(returned) = answering.next(), if !answering.is_empty() => {
                if let Some(returned) = returned {
                    return Ok(returned);
                }
            }
        }
    }
}

/// Answers one connection; gives what it came back with where it is what is waited for.
async fn answer(mut stream: TcpStream, callback: &Url, state: &str) -> Option<Returned> {
    let asked = tokio::time::timeout(Duration::from_secs(10), asked(&mut stream)).await.ok().flatten();
    let returned = asked.as_deref().and_then(|target| read(callback, target));
    let is_it = returned.as_ref().is_some_and(|returned| returned.get("state") == Some(state));
    let (status, words) = match is_it {
        true => ("200 OK", "Thank you. Go back to the terminal; this page can be closed."),
        false => ("404 Not Found", "There is nothing here."),
    };
    let page = format!("<!DOCTYPE html><html lang=\"en\"><title>Weir</title><p>{words}</p></html>\n");
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n{page}",
        page.len()
    );
    // Who went away does not need it.
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
    returned.filter(|_| is_it)
}

/// What a request asks for: path and query.
async fn asked(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut stream = stream.take(LONGEST);
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let head = String::from_utf8(head).ok()?;
    let mut words = head.lines().next()?.split(' ');
    (words.next() == Some("GET")).then(|| words.next().map(str::to_owned))?
}

/// What an address of the callback carries.
fn read(callback: &Url, target: &str) -> Option<Returned> {
    let url = callback.join(target).ok()?;
    let is_callback = url.host_str() == callback.host_str() && url.path() == callback.path();
    is_callback.then(|| Returned(url.query_pairs().into_owned().collect()))
}

/// Waits until the address is pasted.
async fn pasted(can_paste: bool, callback: &Url) -> Result<Returned, Message> {
    if !can_paste {
        return std::future::pending().await;
    }
    let read_line = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|_| line)
    });
    let line = match read_line.await {
        Ok(Ok(line)) if !line.trim().is_empty() => line,
        _ => return std::future::pending().await,
    };
    let no_answer = |detail: &str| OAuthFault::Returned { detail: detail.to_owned() };
    let returned = read(callback, line.trim()).ok_or_else(|| no_answer("It is another address"))?;
    match returned.get("state") {
        Some(_) => Ok(returned),
        None => Err(no_answer("It carries no state").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_of_this_machine_is_listened_on_and_no_other() {
        let place = |text: &str| listens_here(&callback(text).unwrap());
        assert_eq!(place("http://localhost:8421/a").unwrap(), "127.0.0.1:8421");
        assert_eq!(place("http://127.0.0.1:9/a").unwrap(), "127.0.0.1:9");
        assert_eq!(place("https://localhost:8421/a"), None);
        assert_eq!(place("https://weir.acme.com/oauth/atlassian/callback"), None);
        assert!(callback("ftp://localhost/").is_err() && callback("x").is_err());
    }

    #[test]
    fn only_the_callback_is_read() {
        let here = callback("http://localhost:8421/oauth/atlassian/callback").unwrap();
        let code = |target: &str| read(&here, target).and_then(|found| found.get("code").map(str::to_owned));
        assert_eq!(code("/oauth/atlassian/callback?code=a%20b&state=s").unwrap(), "a b");
        assert_eq!(code("http://localhost:8421/oauth/atlassian/callback?code=c&state=s").unwrap(), "c");
        assert!(code("/favicon.ico?code=c").is_none());
        assert!(code("https://evil.example/oauth/atlassian/callback?code=c").is_none());
    }
}
