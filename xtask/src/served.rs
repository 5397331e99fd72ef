//! A running `weir serve`, on a free port of loopback.

use crate::weir::Weir;
use anyhow::{Context, Result, bail};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr};

const READY_WITHIN: Duration = Duration::from_secs(20);

/// A server over the store of a home where nobody can sign in yet; it is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Served {
    process: Child,
    url: String,
    figures: Option<String>,
    link: String,
    said: PathBuf,
}

impl Served {
    /// Starts one, with these flags on top, and waits until it serves.
    pub(crate) async fn start(weir: &Weir, flags: &[&str]) -> Result<Self> {
        let words = ["serve", "--listen", "127.0.0.1:0"].iter().chain(flags).map(|word| (*word).to_owned());
        let mut process = weir.begin(&words.collect::<Vec<_>>(), &[])?;
        let mut said = BufReader::new(process.stderr.take().context("weir serve: no pipe")?).lines();
        let read = async {
            let url = line(&mut said, "Weir is at ").await?;
            let figures = match flags.contains(&"--metrics-listen") {
                true => Some(line(&mut said, "Figures are at ").await?),
                false => None,
            };
            anyhow::Ok((url, figures, line(&mut said, "  http").await?))
        };
        let (url, figures, rest) =
            tokio::time::timeout(READY_WITHIN, read).await.context("weir serve is not ready")??;
        // What it says later is kept; it would wait for a reader one day.
        let file = weir.folder().join("serve.log");
        let mut kept = std::fs::File::create(&file)?;
        tokio::spawn(async move {
            while let Ok(Some(line)) = said.next_line().await {
                // Whoever looks for a line will miss it.
                _ = writeln!(kept, "{line}");
            }
        });
        Ok(Self { process, url, figures, link: format!("http{rest}"), said: file })
    }

    /// Its address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Where its figures are to be had without a key, where it was told to serve them so.
    pub(crate) fn figures(&self) -> Option<&str> {
        self.figures.as_deref()
    }

    /// The link with which the first account is made.
    pub(crate) fn link(&self) -> &str {
        &self.link
    }

    /// The file of what it has said since.
    pub(crate) fn said(&self) -> &Path {
        &self.said
    }

    /// Ends it, and fails when it has ended by itself before.
    pub(crate) async fn end(mut self) -> Result<()> {
        if let Some(status) = self.process.try_wait()? {
            bail!("weir serve has ended by itself: {status}");
        }
        Ok(self.process.kill().await?)
    }
}

/// What follows on the first line that begins so.
async fn line(said: &mut Lines<BufReader<ChildStderr>>, begin: &str) -> Result<String> {
    let mut before = String::new();
    while let Some(line) = said.next_line().await? {
        if let Some(rest) = line.strip_prefix(begin) {
            return Ok(rest.to_owned());
        }
        before.push_str(&line);
        before.push('\n');
    }
    bail!("weir serve ended before it was ready:\n{before}")
}
