//! `weir-sim`: a simulated Jira, Cloud or Data Center, as a program of its own.

use std::io::{self, BufWriter, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jira_sim::{
    AccessSpec, Adfs, DcVersion, Fault, Flavor, Ids, Oauth, Rate, Sim, SimOptions, Truth, TruthView, World,
    WorldSpec,
};
use serde_json::json;

/// A simulated Jira, Cloud or Data Center, for tests, demos and benchmarks.
#[derive(Debug, Parser)]
#[command(name = "weir-sim", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    world: WorldArgs,
    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the rows of a public view as an account must come to see them, one JSON object a line.
    Truth {
        /// issues, issue_changes, projects, people …
        view: String,
        /// The account that looks.
        #[arg(long, default_value = "reader@sim.example")]
        account: String,
        /// The site's address, for the columns that hold addresses.
        #[arg(long, default_value = "http://127.0.0.1")]
        site: String,
        /// Of the view `access`: everything there is, whoever looks.
        #[arg(long)]
        whole: bool,
    },
}

#[derive(Debug, Args)]
struct WorldArgs {
    /// Issues in live projects.
    #[arg(long, default_value_t = 2000, global = true)]
    issues: usize,
    /// Live projects; one for every 2,000 issues (3 to 20) when left out.
    #[arg(long, default_value_t = 0, global = true)]
    projects: usize,
    /// The seed of everything random.
    #[arg(long, default_value_t = 1, global = true)]
    seed: u64,
    /// Per cent of the ordinary weight of an issue.
    #[arg(long, default_value_t = 100, global = true)]
    weight: u32,
    /// Mark every text with the field it stands in.
    #[arg(long, global = true)]
    canary: bool,
    /// Begin every text with what could be taken for markup, a formula or an order to a terminal.
    #[arg(long, global = true)]
    hostile: bool,
    /// Three of the issues are too large: 10,000 histories, 5,000 comments, 32 MB of text.
    #[arg(long, global = true)]
    monsters: bool,
    /// Who can do what, beside the issues, of this size, such as users=10000,projects=2000,groups=500; what is left out is
    /// 300 users, 60 projects, 40 groups.
    #[arg(long, value_parser = AccessSpec::parse, value_name = "SIZE", global = true)]
    access: Option<AccessSpec>,
    /// Which product it is.
    #[arg(long, value_enum, default_value = "cloud", global = true)]
    flavor: Product,
    /// The version of Data Center: 8.20, 9.12, 10.3 or 11.
    #[arg(long, value_parser = dc_version, default_value = "10.3", global = true)]
    dc_version: DcVersion,
    /// Data Center: whether later issues have larger ids; if not, queries compare keys where they name ids.
    #[arg(long, value_enum, default_value = "ordered", global = true)]
    ids: Order,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Order {
    Ordered,
    Shuffled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Product {
    Cloud,
    Dc,
}

fn dc_version(text: &str) -> Result<DcVersion, String> {
    DcVersion::named(text).ok_or_else(|| "there are 8.20, 9.12, 10.3 and 11".to_owned())
}

#[derive(Debug, Args)]
struct ServeArgs {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// A pause before every answer, such as 200ms or 1s.
    #[arg(long, value_parser = duration, default_value = "0ms")]
    latency: Duration,
    /// Keep every request for /_sim/requests.
    #[arg(long)]
    record: bool,
    /// Now and then fewer rows than asked although more follow.
    #[arg(long, value_enum, default_value = "on")]
    short_pages: Switch,
    /// Bulk fetch answers in another order than the documented one.
    #[arg(long)]
    reorder: bool,
    /// Compress replies for clients that accept it.
    #[arg(long)]
    gzip: bool,
    /// An account's profile time zone, such as reader@sim.example=Pacific/Chatham; may be repeated.
    #[arg(long, value_name = "ACCOUNT=ZONE")]
    zone: Vec<String>,
    /// The largest page of a search on Data Center.
    #[arg(long, default_value_t = 1000)]
    page_clamp: usize,
    /// What every path begins with, such as /jira.
    #[arg(long, default_value = "")]
    context_path: String,
    /// Data Center: whether login and password are accepted.
    #[arg(long, value_enum, default_value = "on")]
    basic: Switch,
    /// Data Center: when personal access tokens expire, such as 2026-11-22T04:00:00Z, by the simulator's clock.
    #[arg(long, value_name = "TIME")]
    token_expires: Option<jiff::Timestamp>,
    /// Data Center: AD FS beside it, at /adfs/oauth2/token of the same port; its tokens, which the site takes, are good so
    /// long, such as 3600s. The first line says client id, resource, user names and passwords.
    #[arg(long, value_parser = duration, value_name = "LIFE")]
    adfs: Option<Duration>,
    /// Data Center: nobody is let in, not even for serverInfo, without a token of AD FS.
    #[arg(long, requires = "adfs")]
    adfs_closed: bool,
    /// Cloud: the authorization server of Atlassian beside it, at /authorize and /oauth/token of the same port, and a gateway
    /// that takes its access tokens, which are good so long, such as 3600s. The first line says client id and secret.
    #[arg(long, value_parser = duration, value_name = "LIFE")]
    oauth: Option<Duration>,
    /// Cloud: an address that the app has registered to come back to; may be repeated. Without it any is taken for one.
    #[arg(long, requires = "oauth", value_name = "URL")]
    oauth_callback: Vec<String>,
    /// Cloud: points an hour that requests with an access token of OAuth pay from.
    #[arg(long, value_name = "N")]
    points: Option<u64>,
    /// Data Center: how many nodes answer in turn.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=4))]
    nodes: u8,
    /// Data Center: how far the index of each further node is behind that of the one before it.
    #[arg(long, value_parser = duration, default_value = "30s")]
    node_lag: Duration,
    /// The limit of requests, such as 10/s or 10/s+50 with room for 50 at once.
    #[arg(long, value_parser = rate)]
    rate: Option<Rate>,
    /// A fault from the start, such as rate_burst,after=10,count=3,retry_after=2; may be repeated.
    #[arg(long, value_parser = Fault::parse)]
    fault: Vec<Fault>,
}

/// The organisation above a site of Cloud that has access.
fn organisation(sim: &Sim) -> Option<serde_json::Value> {
    let world = sim.world();
    let (org, directory) = world.organisation()?;
    Some(json!({ "id": org, "directory": directory, "key": Sim::ORGANISATION_KEY }))
}

fn rate(text: &str) -> Result<Rate, String> {
    Rate::parse(text).ok_or_else(|| "give a number a second, such as 10/s or 10/s+50".to_owned())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

fn duration(text: &str) -> Result<Duration, String> {
    let (number, scale) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(number), _) => (number, 1),
        (None, Some(number)) => (number, 1000),
        _ => return Err("give milliseconds or seconds, such as 200ms or 1s".to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| format!("'{number}' is not a whole number"))?;
    Ok(Duration::from_millis(number * scale))
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let args = cli.world;
    let spec = WorldSpec {
        seed: args.seed,
        issues: args.issues,
        projects: args.projects,
        weight: args.weight,
        canary: args.canary,
        hostile: args.hostile,
        monsters: args.monsters,
        access: args.access,
        flavor: match args.flavor {
            Product::Cloud => Flavor::Cloud,
            Product::Dc => Flavor::DataCenter(args.dc_version),
        },
        ids: match args.ids {
            Order::Ordered => Ids::Ordered,
            Order::Shuffled => Ids::Shuffled,
        },
        ..WorldSpec::default()
    };
    let done = match cli.command {
        Some(Command::Truth { view, account, whole, .. }) if view == "access" => {
            print_access(spec, (!whole).then_some(account.as_str()))
        }
        Some(Command::Truth { view, account, site, .. }) => print_truth(spec, &view, &account, &site),
        None => serve(spec, &cli.serve),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn print_truth(spec: WorldSpec, view: &str, account: &str, site: &str) -> io::Result<()> {
    let unknown = |what: String| io::Error::new(io::ErrorKind::InvalidInput, what);
    let view = TruthView::named(view).ok_or_else(|| unknown(format!("there is no view '{view}'")))?;
    let world = World::generate(spec);
    let truth = Truth::for_account(world, site, account)
        .ok_or_else(|| unknown(format!("there is no account '{account}'")))?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut result = Ok(());
    truth.each(view, |row| {
        if result.is_ok() {
            result = writeln!(out, "{row}");
        }
    });
    result?;
    out.flush()
}

fn print_access(spec: WorldSpec, account: Option<&str>) -> io::Result<()> {
    let missing = || {
        io::Error::new(io::ErrorKind::InvalidInput, "there is no such account, or no access: give --access")
    };
    let rows = World::generate(spec).access_truth(account).ok_or_else(missing)?;
    let mut out = BufWriter::new(io::stdout().lock());
    rows.iter().try_for_each(|row| writeln!(out, "{row}"))?;
    out.flush()
}

#[tokio::main]
async fn serve(spec: WorldSpec, args: &ServeArgs) -> io::Result<()> {
    let dc = spec.flavor != Flavor::Cloud;
    let world = World::generate(spec);
    let options = SimOptions {
        listen: args.listen,
        latency: args.latency,
        short_pages: args.short_pages == Switch::On,
        reorder: args.reorder,
        record: args.record,
        gzip: args.gzip,
        page_clamp: args.page_clamp,
        context_path: args.context_path.trim_end_matches('/').to_owned(),
        basic: args.basic == Switch::On,
        token_expires: args.token_expires.map(jiff::Timestamp::as_millisecond),
        adfs: args.adfs.map(|life| Adfs { life, closed: args.adfs_closed }),
        oauth: args.oauth.map(|life| Oauth { life, callbacks: args.oauth_callback.clone() }),
        points: args.points,
        nodes: args.nodes.into(),
        node_lag: args.node_lag,
        rate: args.rate,
        faults: args.fault.clone(),
    };
    let sim = Sim::start(world, options).await.map_err(io::Error::other)?;
    for zone in &args.zone {
        let (account, zone) = zone.split_once('=').ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, format!("'{zone}' is not ACCOUNT=ZONE"))
        })?;
        sim.set_zone(account, zone).map_err(io::Error::other)?;
    }
    let accounts: Vec<_> = sim
        .accounts()
        .iter()
        .map(|account| {
            json!({
                "email": account.email,
                "site_token": (!account.service).then(|| account.unscoped_token()),
                "gateway_token": account.scoped_token(),
                "login": dc.then(|| account.login()),
                "password": dc.then(|| account.password()),
                "adfs_user": args.adfs.map(|_| format!("SIM\\{}", account.login())),
                "adfs_password": args.adfs.map(|_| account.adfs_password()),
                "time_zone": account.time_zone(),
            })
        })
        .collect();
    let ready = json!({
        "url": sim.url(),
        "gateway": sim.gateway(),
        "cloud_id": sim.world().cloud_id(),
        "adfs": args.adfs.map(|_| {
            json!({ "url": sim.adfs_url(), "client_id": Adfs::CLIENT, "resource": Adfs::RESOURCE })
        }),
        "oauth": args.oauth.map(|_| {
            json!({ "url": sim.gateway(), "client_id": Oauth::CLIENT, "client_secret": Oauth::SECRET })
        }),
        "org": organisation(&sim),
        "accounts": accounts,
    });
    {
        let mut out = io::stdout().lock();
        writeln!(out, "{ready}")?;
        out.flush()?;
    }
    stopped().await?;
    sim.stop().await;
    Ok(())
}

/// Waits for SIGTERM or SIGINT.
async fn stopped() -> io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => interrupted,
    }
}
