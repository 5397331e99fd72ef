//! A throw-away PostgreSQL for one run: its own cluster in a temporary folder, on a free port of loopback,
//! without durability, stopped and removed when it is dropped.

use crate::{process, tools};
use anyhow::{Context, Result, bail, ensure};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::process::{Child, Command};

const READY_WITHIN: Duration = Duration::from_secs(30);
const ATTEMPTS: u32 = 3;
const USER: &str = "weir";

/// The folder with PostgreSQL's own programs.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// The newest version under Debian's folder, which is not on the `PATH`, else what the `PATH` gives.
    pub(crate) fn find() -> Option<Self> {
        let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let mut versions: Vec<(u32, PathBuf)> = debian
            .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
            .filter(|(_, folder)| is_complete(folder))
            .collect();
        versions.sort();
        let on_path = || {
            let path = std::env::var_os("PATH")?;
            let found =
                std::env::split_paths(&path).find_map(|folder| folder.join("initdb").canonicalize().ok())?;
            found.parent().filter(|folder| is_complete(folder)).map(Path::to_path_buf)
        };
        versions.pop().map(|(_, folder)| folder).or_else(on_path).map(|folder| Self { folder })
    }

    fn command(&self, name: &str, account: Option<Account>) -> Command {
        let mut command = Command::new(self.folder.join(name));
        if let Some(account) = account {
            command.uid(account.uid).gid(account.gid);
        }
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    }
}

fn is_complete(folder: &Path) -> bool {
    ["initdb", "postgres", "pg_ctl", "pg_isready", "createdb"].iter().all(|name| folder.join(name).is_file())
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Postgres {
    programs: Programs,
    account: Option<Account>,
    port: u16,
    data: PathBuf,
    server: Child,
    folder: TempDir,
}

impl Postgres {
    /// Starts one, or says with `None` that PostgreSQL is not installed.
    pub(crate) async fn start() -> Result<Option<Self>> {
        let Some(programs) = Programs::find() else { return Ok(None) };
        let account = if tools::is_root().await? { Some(Account::unprivileged()?) } else { None };
        let folder = tempfile::Builder::new().prefix("weir-postgres-").tempdir()?;
        if let Some(account) = account {
            std::os::unix::fs::chown(folder.path(), Some(account.uid), Some(account.gid))?;
        }
        let data = folder.path().join("data");
        let mut initdb = programs.command("initdb", account);
        initdb.current_dir(folder.path()).arg("-D").arg(&data);
        initdb.args(["-U", USER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]);
        process::text(&mut initdb).await?;

        for _ in 0..ATTEMPTS {
            let port = free_port()?;
            let mut server = serve(&programs, account, &data, folder.path(), port)?;
            if is_ready(&programs, account, &mut server, port).await? {
                return Ok(Some(Self { programs, account, port, data, server, folder }));
            }
        }
        let log = std::fs::read_to_string(folder.path().join("log")).unwrap_or_default();
        bail!("PostgreSQL did not start:\n{}", log.trim_end())
    }

    /// Stops it, at once or in order, and starts it again on the same port with the same data.
    pub(crate) async fn restart(&mut self, at_once: bool) -> Result<()> {
        let mut stop = self.programs.command("pg_ctl", self.account);
        stop.current_dir("/").arg("-D").arg(&self.data);
        stop.args(["-m", if at_once { "immediate" } else { "fast" }, "-w", "stop"]);
        process::text(&mut stop).await?;
        self.server.wait().await?;
        for _ in 0..ATTEMPTS {
            self.server = serve(&self.programs, self.account, &self.data, self.folder.path(), self.port)?;
            if is_ready(&self.programs, self.account, &mut self.server, self.port).await? {
                return Ok(());
            }
        }
        bail!("PostgreSQL did not start again")
    }

    /// The address of its maintenance database.
    pub(crate) fn url(&self) -> String {
        self.database_url("postgres")
    }

    /// Makes an empty database and gives its address.
    pub(crate) async fn database(&self, name: &str) -> Result<String> {
        let port = self.port.to_string();
        let mut createdb = self.programs.command("createdb", self.account);
        createdb.current_dir("/").args(["-h", "127.0.0.1", "-p", &port, "-U", USER, name]);
        process::text(&mut createdb).await?;
        Ok(self.database_url(name))
    }

    fn database_url(&self, name: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{name}", self.port)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut stop = self.programs.command("pg_ctl", self.account);
        let stop = stop.as_std_mut().current_dir("/").arg("-D").arg(&self.data);
        let stopped =
            stop.args(["-m", "immediate", "-w", "stop"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
        if !stopped.is_ok_and(|status| status.success()) {
            // It may be gone already, or never have come up; the signal below is then without effect.
            let _ = self.server.start_kill();
        }
    }
}

fn serve(
    programs: &Programs,
    account: Option<Account>,
    data: &Path,
    folder: &Path,
    port: u16,
) -> Result<Child> {
    let log = std::fs::File::create(folder.join("log"))?;
    let mut server = programs.command("postgres", account);
    server.current_dir(folder).arg("-D").arg(data).args(["-p", &port.to_string()]);
    server.arg("-c").arg(format!("unix_socket_directories={}", folder.display()));
    for setting in [
        "listen_addresses=127.0.0.1",
        "fsync=off",
        "full_page_writes=off",
        "wal_level=minimal",
        "max_wal_senders=0",
        "max_wal_size=4GB",
        "shared_buffers=256MB",
        "max_connections=200",
    ] {
        server.args(["-c", setting]);
    }
    server.stdout(Stdio::null()).stderr(log).spawn().context("postgres")
}

/// `false` when the server ended before it was ready, for example because its port was taken meanwhile.
async fn is_ready(
    programs: &Programs,
    account: Option<Account>,
    server: &mut Child,
    port: u16,
) -> Result<bool> {
    let started = Instant::now();
    let port = port.to_string();
    loop {
        if server.try_wait()?.is_some() {
            return Ok(false);
        }
        let mut probe = programs.command("pg_isready", account);
        probe.current_dir("/").args(["-q", "-h", "127.0.0.1", "-p", &port, "-U", USER]);
        if process::taken(&mut probe).await?.status.success() {
            return Ok(true);
        }
        ensure!(started.elapsed() < READY_WITHIN, "PostgreSQL was not ready within {READY_WITHIN:?}");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// An account of this machine that PostgreSQL may run under; it refuses to run as root.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Account {
    uid: u32,
    gid: u32,
}

impl Account {
    fn unprivileged() -> Result<Self> {
        let passwd = std::fs::read_to_string("/etc/passwd").context("/etc/passwd")?;
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| Self::named(&passwd, name))
            .context("neither the account postgres nor nobody exists; PostgreSQL does not run as root")
    }

    fn named(passwd: &str, name: &str) -> Option<Self> {
        let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut parts = line.split(':').skip(2);
        Some(Self { uid: parts.next()?.parse().ok()?, gid: parts.next()?.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_answers_while_it_is_held_and_leaves_nothing_behind() {
        let Some(server) = Postgres::start().await.unwrap() else {
            skip("a_server_answers_while_it_is_held_and_leaves_nothing_behind: PostgreSQL is not installed");
            return;
        };
        let url = server.database("one").await.unwrap();
        assert!(url.ends_with("/one"), "{url}");
        assert!(server.database("one").await.is_err(), "a database can be made only once");

        let (port, folder) = (server.port, server.folder.path().to_path_buf());
        drop(server);
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
        assert!(!folder.exists());
    }

    fn skip(line: &str) {
        eprintln!("SKIPPED: {line}");
        if let Some(log) = std::env::var_os("WEIR_SKIP_LOG") {
            let mut file = std::fs::OpenOptions::new().append(true).create(true).open(log).unwrap();
            std::io::Write::write_all(&mut file, format!("xtask/{line}\n").as_bytes()).unwrap();
        }
    }

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let passwd =
            "root:x:0:0:root:/root:/bin/sh\npostgresql:x:7:7::/:/bin/false\npostgres:x:105:112::/:/bin/sh\n";
        assert_eq!(Account::named(passwd, "postgres"), Some(Account { uid: 105, gid: 112 }));
        assert_eq!(Account::named(passwd, "nobody"), None);
    }
}
