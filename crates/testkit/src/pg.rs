//! A throw-away PostgreSQL for one test process.
//!
//! It is made with `initdb` in a temporary folder, speaks over a Unix socket only, and never syncs. A small shell
//! watches over it: when the test process ends, in whatever way, the pipe to the shell breaks, and the shell stops
//! the server and removes the folder. Where `WEIR_TEST_POSTGRES` names a server (the URL of an administrator's
//! connection), that one is used instead.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};
use weir_store::{Store, StoreAddress};

use crate::TestClock;

const SERVER: &str = "WEIR_TEST_POSTGRES";
const REQUIRED: &str = "WEIR_TEST_REQUIRE";

/// Starts the server, says so, and stops it when its input ends.
const WATCH: &str = r#"
trap "" INT TERM HUP
"$BIN/initdb" -D "$DIR/data" -U weir -A trust -E UTF8 --locale=C --no-sync >"$DIR/initdb.log" 2>&1 &&
"$BIN/pg_ctl" -D "$DIR/data" -w -l "$DIR/server.log" -o "$OPTIONS" start >"$DIR/start.log" 2>&1 && echo ready
cat >/dev/null
"$BIN/pg_ctl" -D "$DIR/data" -m immediate stop >/dev/null 2>&1
cd /
rm -rf "$DIR"
"#;

/// A PostgreSQL server for tests.
#[derive(Debug)]
pub struct Pg {
    admin: String,
    template: tokio::sync::OnceCell<String>,
    _server: Option<Server>,
}

#[derive(Debug)]
struct Server {
    watch: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        // Nothing is left to do when the wait fails: the shell ends by itself.
        _ = self.watch.wait();
    }
}

/// A database that is dropped when its last user is.
#[derive(Debug)]
pub struct Database {
    url: String,
    name: String,
    server: Arc<Pg>,
}

impl Database {
    /// Its address.
    pub fn address(&self) -> StoreAddress {
        StoreAddress::Postgres(self.url.clone())
    }

    /// Its URL.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (admin, name) = (self.server.admin.clone(), self.name.clone());
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(run(&admin, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")))
        });
        // A database that stays behind goes with its server.
        _ = dropping.join();
    }
}

impl Pg {
    /// The server of this process; `None` where there is none, which is said on stderr.
    ///
    /// # Panics
    /// When `WEIR_TEST_REQUIRE` lists `postgres` and there is none.
    pub fn shared() -> Option<Arc<Self>> {
        static SHARED: Mutex<Option<Arc<Pg>>> = Mutex::new(None);
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pg) = shared.as_ref() {
            return Some(Arc::clone(pg));
        }
        match Self::find() {
            Ok(pg) => {
                let pg = Arc::new(pg);
                *shared = Some(Arc::clone(&pg));
                Some(pg)
            }
            Err(reason) => {
                skip(&reason);
                None
            }
        }
    }

    /// The URL of the administrator's connection.
    pub fn admin(&self) -> &str {
        &self.admin
    }

    /// An empty database.
    pub async fn database(self: &Arc<Self>) -> Database {
        self.create("").await
    }

    /// A database that holds an empty store.
    pub async fn store_database(self: &Arc<Self>) -> Database {
        let template = self.template.get_or_init(|| self.make_template()).await;
        self.create(&format!(" TEMPLATE {template}")).await
    }

    fn find() -> Result<Self, String> {
        if let Ok(admin) = env::var(SERVER) {
            return Ok(Self { admin, template: tokio::sync::OnceCell::new(), _server: None });
        }
        let bin = binaries().ok_or("no PostgreSQL is installed (initdb was not found)")?;
        let folder =
            tempfile::Builder::new().prefix("weir-pg").tempdir().map_err(|error| error.to_string())?.keep();
        let (server, admin) = start(&bin, &folder).inspect_err(|_| _ = fs::remove_dir_all(&folder))?;
        Ok(Self { admin, template: tokio::sync::OnceCell::new(), _server: Some(server) })
    }

    /// A database with an empty store, to be copied. On a server that many processes use, all that run one program share one:
    /// whoever comes first makes it, and takes away what an older build of the program left.
    async fn make_template(&self) -> String {
        let (kind, name) = program_names();
        let mut admin = PgConnection::connect(&self.admin).await.expect("the server answers");
        let lock = format!("SELECT pg_advisory_lock(hashtext('{kind}'))");
        sqlx::raw_sql(AssertSqlSafe(lock)).execute(&mut admin).await.expect("its turn comes");
        let found = format!("SELECT datname FROM pg_database WHERE datname LIKE '{kind}%'");
        let found: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(found)).fetch_all(&mut admin).await.expect("its databases");
        if !found.contains(&name) {
            for old in found {
                // It may be in use by tests of that build.
                _ = run(&self.admin, &format!("DROP DATABASE IF EXISTS {old}")).await;
            }
            let (making, url) = self.fresh_name();
            run(&self.admin, &format!("DROP DATABASE IF EXISTS {making}"))
                .await
                .expect("the server drops a database");
            run(&self.admin, &format!("CREATE DATABASE {making}"))
                .await
                .expect("the server makes a database");
            let clock = Arc::new(TestClock::default());
            let store =
                Store::open(&StoreAddress::Postgres(url), clock).await.expect("the template is migrated");
            store.close().await.expect("the template is closed");
            run(&self.admin, &format!("ALTER DATABASE {making} RENAME TO {name}"))
                .await
                .expect("the server names the template");
        }
        admin.close().await.expect("the server lets go");
        name
    }

    async fn create(self: &Arc<Self>, from: &str) -> Database {
        let (name, url) = self.fresh_name();
        run(&self.admin, &format!("DROP DATABASE IF EXISTS {name}"))
            .await
            .expect("the server drops a database");
        run(&self.admin, &format!("CREATE DATABASE {name}{from}"))
            .await
            .expect("the server makes a database");
        Database { url, name, server: Arc::clone(self) }
    }

    fn fresh_name(&self) -> (String, String) {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("weir_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
        let (front, query) = self.admin.split_once('?').unwrap_or((&self.admin, ""));
        let (server, _) = front.rsplit_once('/').unwrap_or((front, ""));
        let url =
            if query.is_empty() { format!("{server}/{name}") } else { format!("{server}/{name}?{query}") };
        (name, url)
    }
}

/// How the templates of this program are called, and that of this build of it.
fn program_names() -> (String, String) {
    let program = env::current_exe().expect("a program knows where it is");
    let built = fs::metadata(&program).and_then(|file| file.modified()).expect("a program is a file");
    let built = built.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_micros();
    let stem = program.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_lowercase();
    let mut stem: String = stem.chars().filter(char::is_ascii_alphanumeric).collect();
    // PostgreSQL keeps 63 characters of a name.
    stem = stem.split_off(stem.len().saturating_sub(30));
    let kind = format!("weir_template_{stem}_");
    let name = format!("{kind}{built:x}");
    (kind, name)
}

async fn run(url: &str, statement: &str) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
    connection.close().await
}

#[expect(clippy::print_stderr, reason = "a skipped part of a test must be seen")]
fn skip(reason: &str) {
    let required = env::var(REQUIRED).unwrap_or_default();
    assert!(
        !required.split(',').any(|word| word.trim() == "postgres"),
        "PostgreSQL is required, but {reason}"
    );
    eprintln!("SKIPPED: no PostgreSQL: {reason}");
}

fn start(bin: &Path, folder: &Path) -> Result<(Server, String), String> {
    let socket = folder.display().to_string();
    let options = format!(
        "-k {socket} -c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
         -c max_connections=200 -c shared_buffers=64MB -c autovacuum=off"
    );
    let mut command = as_ordinary_user(folder)?;
    let mut watch = command
        .args(["-c", WATCH])
        .env("BIN", bin)
        .env("DIR", folder)
        .env("OPTIONS", options)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("the server's shell did not start: {error}"))?;
    let mut said = String::new();
    let out = watch.stdout.take().ok_or("the server's shell has no output")?;
    // The shell's output stays open, so that the server never writes into a closed pipe.
    BufReader::new(out).read_line(&mut said).map_err(|error| error.to_string())?;
    if said.trim() != "ready" {
        drop(watch.stdin.take());
        let logs = ["initdb.log", "start.log", "server.log"];
        let logs: String = logs.iter().filter_map(|log| fs::read_to_string(folder.join(log)).ok()).collect();
        return Err(format!("the server did not start: {logs}"));
    }
    Ok((Server { watch }, format!("postgres://weir@localhost/postgres?host={socket}")))
}

/// A shell run as somebody whom `initdb` accepts: root it refuses.
fn as_ordinary_user(folder: &Path) -> Result<Command, String> {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(|error| error.to_string())?;
    if answer("id", &["-u"]).as_deref() != Some("0") {
        return Ok(Command::new("sh"));
    }
    let user = ["postgres", "nobody"]
        .into_iter()
        .find(|user| answer("id", &["-u", user]).is_some())
        .ok_or("there is no user to run the server as")?;
    let owned = Command::new("chown").arg(user).arg(folder).status().is_ok_and(|status| status.success());
    if !owned {
        return Err(format!("the folder could not be given to {user}"));
    }
    if let Some(setpriv) = program("setpriv") {
        let mut command = Command::new(setpriv);
        command.args([
            "--reuid",
            user,
            "--regid",
            &answer("id", &["-g", user]).unwrap_or_default(),
            "--clear-groups",
            "sh",
        ]);
        return Ok(command);
    }
    let runuser = program("runuser").ok_or("neither setpriv nor runuser is there to leave root with")?;
    let mut command = Command::new(runuser);
    command.args(["-u", user, "--", "sh"]);
    Ok(command)
}

fn answer(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/sbin", "/sbin", "/usr/bin"].map(PathBuf::from));
    folders.map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// The folder with `initdb` and `pg_ctl`, the newest that Debian's layout has, or the one in `PATH`.
fn binaries() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, bin)| bin.join("initdb").is_file() && bin.join("pg_ctl").is_file())
        .collect();
    found.sort();
    found.pop().map(|(_, bin)| bin).or_else(|| {
        let bin = fs::canonicalize(program("initdb")?).ok()?.parent()?.to_owned();
        bin.join("pg_ctl").is_file().then_some(bin)
    })
}
