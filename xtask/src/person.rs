//! Somebody who is signed in at a served Weir.

use crate::http::Connection;
use crate::served::Served;
use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use serde::Deserialize;

const LOGIN: &str = "ada";
const PASSWORD: &str = "seven quiet herons wade";

/// A session of the first account.
#[derive(Debug)]
pub(crate) struct Person {
    /// The cookie, as a request has it.
    pub(crate) cookie: String,
}

impl Person {
    /// Makes the first account with the link of the first start.
    pub(crate) async fn first(served: &Served) -> Result<Self> {
        let token = served.link().split_once("token=").context("the link has no token")?.1;
        let form = format!(
            "token={token}&login={LOGIN}&password={PASSWORD}&repeated={PASSWORD}&zone=UTC&backed_up=yes"
        );
        Self::let_in(served, "/setup", &form).await
    }

    /// Signs in to it once more.
    pub(crate) async fn again(served: &Served) -> Result<Self> {
        Self::let_in(served, "/login", &format!("login={LOGIN}&password={PASSWORD}")).await
    }

    async fn let_in(served: &Served, path: &str, form: &str) -> Result<Self> {
        let request = Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = request.body(Full::from(form.replace(' ', "+")))?;
        let response = Connection::open(served.url()).await?.send(request).await?;
        let status = response.status();
        let Some(cookie) = response.headers().get(SET_COOKIE).cloned() else {
            let said = response.into_body().collect().await?.to_bytes();
            bail!("{path}: HTTP {status}\n{}", String::from_utf8_lossy(&said));
        };
        let cookie = cookie.to_str()?;
        Ok(Self { cookie: cookie.split(';').next().unwrap_or_default().to_owned() })
    }

    /// A page or an answer.
    pub(crate) async fn get(&self, served: &Served, path: &str) -> Result<Bytes> {
        let request = Request::get(path).header(COOKIE, &self.cookie).body(Full::default())?;
        let response = Connection::open(served.url()).await?.send(request).await?;
        ensure!(response.status().is_success(), "{path}: HTTP {}", response.status());
        Ok(response.into_body().collect().await?.to_bytes())
    }

    /// What is answered to a document that is sent.
    pub(crate) async fn post(
        &self,
        served: &Served,
        (path, form_token): (&str, &str),
        body: String,
    ) -> Result<Bytes> {
        let request = Request::post(path).header(COOKIE, &self.cookie).header("X-Form-Token", form_token);
        let request = request.header(CONTENT_TYPE, "application/json").body(Full::from(body))?;
        let response = Connection::open(served.url()).await?.send(request).await?;
        ensure!(response.status().is_success(), "{path}: HTTP {}", response.status());
        Ok(response.into_body().collect().await?.to_bytes())
    }

    /// What a form has to carry.
    pub(crate) async fn form_token(&self, served: &Served) -> Result<String> {
        let page = self.get(served, "/settings/profile").await?;
        let page = std::str::from_utf8(&page)?;
        let after = page.split("name=\"form_token\" value=\"").nth(1).context("the page has no form")?;
        Ok(after.split('"').next().unwrap_or_default().to_owned())
    }

    /// The id of this session.
    pub(crate) async fn session(&self, served: &Served) -> Result<String> {
        let listed: Sessions = serde_json::from_slice(&self.get(served, "/api/v1/me/sessions").await?)?;
        let current = listed.items.into_iter().find(|one| one.is_this);
        Ok(current.context("no session is this one")?.id)
    }
}

#[derive(Deserialize)]
struct Sessions {
    items: Vec<Session>,
}

#[derive(Deserialize)]
struct Session {
    id: String,
    is_this: bool,
}
