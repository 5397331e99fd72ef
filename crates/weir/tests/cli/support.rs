//! A machine with a home folder, a simulated site, and what a command did.

use jira_sim::{Sim, SimOptions, Truth, TruthView, World, WorldSpec};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    process::Command,
};

pub(crate) const READER: &str = "reader@sim.example";
pub(crate) const READER_TOKEN: &str = "sim-unscoped-reader";

/// A small site.
pub(crate) async fn site() -> Sim {
    site_of(WorldSpec { issues: 150, projects: 4, ..WorldSpec::default() }, SimOptions::default()).await
}

pub(crate) async fn site_of(spec: WorldSpec, options: SimOptions) -> Sim {
    Sim::start(World::generate(spec), options).await.expect("the simulator starts")
}

/// Orders something of the simulator, over HTTP: edits that wait can be ordered in no other way.
pub(crate) async fn order(sim: &Sim, path: &str, body: &Value) {
    let host = sim.url().trim_start_matches("http://").split('/').next().expect("a host");
    let body = body.to_string();
    let head = "Content-Type: application/json\r\nConnection: close";
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\n{head}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(host).await.expect("the simulator listens");
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// How many rows of a view are true for an account.
pub(crate) fn truth(sim: &Sim, view: TruthView, email: &str) -> u64 {
    let truth = Truth::for_account(sim.world(), sim.url(), email).expect("an account");
    truth.rows(view).len() as u64
}

/// A machine where nothing was done yet.
pub(crate) struct Machine {
    folder: TempDir,
    variables: BTreeMap<String, String>,
}

impl Machine {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let home = folder.path().join("home").display().to_string();
        let variables = BTreeMap::from([
            ("WEIR_HOME".to_owned(), home),
            // Nothing here may look for Atlassian's real gateway.
            ("WEIR_ATLASSIAN_API".to_owned(), "http://127.0.0.1:9".to_owned()),
            ("WEIR_ATLASSIAN_AUTH".to_owned(), "http://127.0.0.1:9".to_owned()),
        ]);
        Self { folder, variables }
    }

    /// A machine whose gateway is the simulator's.
    pub(crate) fn near(sim: &Sim) -> Self {
        Self::new().with("WEIR_ATLASSIAN_API", sim.gateway())
    }

    /// A machine with the integration `site`, added as the reader.
    pub(crate) async fn connected(sim: &Sim) -> Self {
        let machine = Self::near(sim);
        machine.add(sim, "site", &[]).await.succeeded();
        machine
    }

    /// A machine with the integration `site`, brought up to date.
    pub(crate) async fn synced(sim: &Sim) -> Self {
        let machine = Self::connected(sim).await;
        machine.run(&["sync"]).await.succeeded();
        machine
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file beside the home folder and gives its path.
    pub(crate) fn file(&self, name: &str, content: &str) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, content).expect("a file is written");
        path.display().to_string()
    }

    pub(crate) async fn add(&self, sim: &Sim, name: &str, more: &[&str]) -> Ran {
        self.add_at(sim.url(), name, more).await
    }

    pub(crate) async fn add_at(&self, url: &str, name: &str, more: &[&str]) -> Ran {
        let token = self.file("token", READER_TOKEN);
        let start =
            ["integration", "add", "jira", url, "--name", name, "--email", READER, "--token-file", &token];
        self.run(&[&start[..], more].concat()).await
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
        command.env_clear().envs(&self.variables).args(arguments).current_dir(self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> Ran {
        let output = self.command(arguments).output().await.expect("the program starts");
        Ran::of(arguments, output)
    }

    /// Runs a command with `input` on its standard input.
    pub(crate) async fn run_with_input(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().expect("the program starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(input.as_bytes()).await.expect("it reads");
        drop(stdin);
        Ran::of(arguments, child.wait_with_output().await.expect("it ends"))
    }

    /// Rows of a view as JSON.
    pub(crate) async fn rows(&self, view: &str) -> Vec<Value> {
        let exported = self.run(&["export", view]).await.succeeded();
        exported.stdout.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
    }

    /// Every file of the home folder with its content; nothing when there is no such folder.
    pub(crate) fn kept(&self) -> BTreeMap<String, Vec<u8>> {
        let Ok(entries) = fs::read_dir(self.home()) else { return BTreeMap::new() };
        entries
            .map(|entry| entry.expect("an entry"))
            .map(|entry| {
                (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).expect("a file"))
            })
            .collect()
    }

    /// The same without the files that SQLite keeps beside the store while it is open.
    pub(crate) fn settled(&self) -> BTreeMap<String, Vec<u8>> {
        let mut kept = self.kept();
        kept.retain(|name, _| !name.ends_with("-wal") && !name.ends_with("-shm"));
        kept
    }

    /// A number out of the SQLite store, asked while others use it.
    pub(crate) async fn count(&self, query: &'static str) -> i64 {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.home().join("weir.db"));
        let mut store = sqlx::ConnectOptions::connect(&options).await.expect("the store opens");
        let count = sqlx::query_scalar(query).fetch_one(&mut store).await.expect("a number");
        sqlx::Connection::close(store).await.expect("the store closes");
        count
    }

    /// Changes the SQLite store behind the program's back.
    pub(crate) async fn sql(&self, statement: &'static str) {
        self.sql_text(statement.to_owned()).await;
    }

    /// The same, with a statement that is put together.
    pub(crate) async fn sql_text(&self, statement: String) {
        let mut store = self.store().await;
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut store).await.expect("the statement is done");
        sqlx::Connection::close(store).await.expect("the store closes");
    }

    /// The one text that a query gives.
    pub(crate) async fn text(&self, query: &'static str) -> String {
        let mut store = self.store().await;
        let text = sqlx::query_scalar(query).fetch_one(&mut store).await.expect("one text");
        sqlx::Connection::close(store).await.expect("the store closes");
        text
    }

    async fn store(&self) -> sqlx::SqliteConnection {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.home().join("weir.db"));
        sqlx::ConnectOptions::connect(&options).await.expect("the store opens")
    }
}

/// What a command did.
#[derive(Debug)]
#[allow(dead_code, reason = "the command is shown when an assertion fails")]
pub(crate) struct Ran {
    pub(crate) command: String,
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(arguments: &[&str], output: std::process::Output) -> Self {
        Self {
            command: arguments.join(" "),
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
        }
    }

    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self
    }

    /// It ended with this code and these three lines; `what` is part of the first.
    #[track_caller]
    pub(crate) fn refused(self, code: i32, what: &str) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        let lines: Vec<&str> = self.stderr.lines().collect();
        assert!(lines.len() >= 3, "{self:#?}");
        let last = &lines[lines.len() - 3..];
        assert!(last[0].starts_with("error: ") && last[0].contains(what), "{self:#?}");
        assert!(last[1].starts_with("cause: ") && last[1].len() > 10, "{self:#?}");
        assert!(last[2].starts_with("fix: ") && last[2].len() > 10, "{self:#?}");
        self
    }

    /// Standard output as one JSON document.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

/// A number of a JSON object.
#[track_caller]
pub(crate) fn number(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or_else(|| panic!("{name} of {value} is no number"))
}

/// A server on loopback that gives every request the same answer; gives its address.
pub(crate) async fn answering(answer: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut request = vec![0; 16 * 1024];
                // One read has the whole of these small requests; then the connection is closed.
                if stream.read(&mut request).await.is_ok() {
                    _ = stream.write_all(answer.as_bytes()).await;
                    _ = stream.shutdown().await;
                }
            });
        }
    });
    format!("http://{address}")
}

/// An HTTP answer with a body.
pub(crate) fn http(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}
