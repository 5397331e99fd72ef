//! The one catalogue of sentences for things that go wrong.
//!
//! The same words appear in the command line, the API and the pages: what happened, why we think so, what to do.
//! Text from a tool arrives here already bounded and stripped of control characters, and is quoted as such.

mod access;
mod address;
mod adfs;
mod entries;
mod exit_code;
mod feed;
mod fields;
mod hygiene;
mod hygiene_words;
mod notification;
mod nudge;
mod oauth;
mod preflight;
mod satellite;
mod surface;

pub use access::AccessFault;
pub use address::AddressFault;
pub use adfs::AdfsFault;
pub use exit_code::ExitCode;
pub use feed::FeedFault;
pub use fields::FieldFault;
pub use hygiene::HygieneFault;
pub use hygiene_words::HygieneWords;
pub use notification::NotificationFault;
pub use nudge::NudgeFault;
pub use oauth::OAuthFault;
pub use preflight::PreflightFault;
pub use satellite::SatelliteFault;
pub use surface::Surface;

use crate::Millis;
use entries::catalogue;

catalogue! {
    /// A sentence of the catalogue with the names it speaks of.
    Message, parts { AccessFault, AddressFault, AdfsFault, FeedFault, FieldFault, HygieneFault, NotificationFault, NudgeFault, OAuthFault, PreflightFault, SatelliteFault };
    UrlEmpty {} = "url.empty", Usage,
        "There is no address.", "The address of the Jira site is empty.",
        "Enter the address of your Jira site, for example https://acme.atlassian.net";
    UrlMalformed { url: String, detail: String } = "url.malformed", Usage,
        "\"{url}\" is not an address of a Jira site.", "{detail}.",
        "Copy the address from your browser, for example https://acme.atlassian.net";
    UrlBlocked { host: String, address: String } = "url.blocked", Permission,
        "The address {host} points to a private network ({address}).", "Addresses from the browser or the API must be public.",
        "Ask whoever runs this server to open that network or host with --allow-address, or to add the integration on the command line";
    NetDns { host: String } = "net.dns", Unavailable,
        "No computer answers to the name \"{host}\".", "The name could not be looked up.",
        "Check the spelling of the address and this machine's name servers";
    NetConnect { host: String, detail: String } = "net.connect", Unavailable,
        "{host} could not be reached.", "{detail}.",
        "Check the address and port, and whether a firewall or a proxy (--proxy) stands in between", server: "Check the address and port, and whether a firewall or a proxy stands in between";
    NetTimeout { host: String, seconds: u64 } = "net.timeout", TimedOut,
        "{host} did not answer within {seconds} seconds.", "The connection or the answer took too long.",
        "Try again; if it stays, check firewalls and proxies on the way";
    NetTruncated { host: String } = "net.truncated", Unavailable,
        "The answers of {host} broke off.", "The connection ended before the answer did, each time that we asked.",
        "Try again; if it stays, check proxies on the way that bound the size of answers";
    NetProxy { proxy: String, detail: String } = "net.proxy", Unavailable,
        "The proxy {proxy} did not let us through.", "{detail}.",
        "Check --proxy or the HTTPS_PROXY variable", server: "Ask whoever runs this server to check its proxy";
    NetRedirect { host: String, to: String } = "net.redirect", Usage,
        "{host} sends us to {to}.", "Credentials are never sent to another host.",
        "Use the address of {to} if that is your Jira site";
    TlsUnknownCa { host: String } = "tls.unknown_ca", Permission,
        "The certificate of {host} is signed by an authority that this machine does not trust.", "The chain of certificates ends at an unknown authority.",
        "Give the authority's certificate: --ca-file PEM, or its field in the browser",
        api: "Send the certificate of that authority as ca_pem", page: "Give the certificate of that authority in its field";
    TlsExpired { host: String } = "tls.expired", Unavailable,
        "The certificate of {host} is not valid today.", "It has expired, or has not begun.",
        "Its owner must renew it";
    TlsName { host: String } = "tls.name", Usage,
        "The certificate at {host} belongs to another name.", "The name in the certificate is not the name in the address.",
        "Use the name that the certificate carries";
    TlsOther { host: String, detail: String } = "tls.other", Unavailable,
        "No secure connection to {host}.", "{detail}.",
        "Check that {host} speaks TLS 1.2 or later on this port";
    CaFile { path: String, detail: String } = "tls.ca_file", Usage,
        "The file {path} holds no certificates that can be used.", "{detail}.",
        "Give a PEM file with one or more CERTIFICATE blocks";
    NotJira { url: String, said: String } = "jira.not_jira", NotFound,
        "{url} answered, but it is not Jira.", "{said}.",
        "Open Jira in your browser and copy its address, with its path where it has one (https://host/jira)";
    JiraHtml { host: String } = "jira.html", Unavailable,
        "{host} answered with a web page where data was expected.", "A sign-in page, a proxy or a maintenance page stands in front of Jira.",
        "Open the address in a browser to see the page; try again once it is gone";
    JiraMalformed { what: String, detail: String } = "jira.malformed", Unavailable,
        "Jira's answer for {what} could not be read.", "{detail}.",
        "Try again; if it stays, report it with the output of weir runs logs", server: "Try again; if it stays, report it with the log of the run";
    JiraOther { deployment: String } = "jira.deployment", Usage,
        "This site is Jira {deployment}.", "Weir reads Jira Cloud and Jira Data Center.",
        "Use the address of one of these";
    JiraUnavailable { status: u16, said: String } = "jira.unavailable", Unavailable,
        "Jira is not answering properly (HTTP {status}).", "Jira said: {said}",
        "Try again later; what has been stored stays";
    JiraRefused { what: String, status: u16, said: String } = "jira.refused", Unavailable,
        "Jira refused our request for {what} (HTTP {status}).", "Jira said: {said}",
        "Run weir check to see which permission is missing",
        api: "Ask for /api/v1/integrations/NAME/validate, which tells which permission is missing", page: "Run the checks, which tell which permission is missing";
    JiraForbidden { what: String, said: String } = "jira.forbidden", Permission,
        "The account may not read {what}.", "Jira said: {said}",
        "Run weir check to see which permission is missing",
        api: "Ask for /api/v1/integrations/NAME/validate, which tells which permission is missing", page: "Run the checks, which tell which permission is missing";
    FieldUnknown { fields: String } = "fields.unknown", Usage,
        "The site has no field {fields}.", "What is to be excluded is named by field id; a misspelt one would be read and kept.",
        "Name ids as weir fields list shows them, for example summary, customfield_10042 or userDetails",
        server: "Name ids as the list of custom fields shows them, for example summary, customfield_10042 or userDetails";
    JiraRateLimited { wait: String, reason: String } = "jira.rate_limited", Unavailable,
        "Jira asked us to wait longer than we do.", "Its limit {reason} ends in {wait}.",
        "Run the command again then", server: "Try again then";
    JiraPaging { what: String, detail: String } = "jira.paging", Unavailable,
        "The pages of {what} did not come to an end.", "{detail}.",
        "Run the sync again";
    JiraTooLarge { what: String, limit_mb: u64 } = "jira.too_large", Unavailable,
        "Jira's answer for {what} is larger than {limit_mb} MB.", "Answers are bounded so that one cannot exhaust memory.",
        "Report it with the output of weir runs logs", server: "Report it with the log of the run";
    AuthMissing {} = "auth.missing", Usage,
        "There is no credential.", "Jira Cloud needs an e-mail address and an API token, or consent (OAuth 2.0); Data Center a personal access token, or a user name and a password, of Jira itself or of ADFS.",
        "Give one of these; on the command line --email E and --token-file F (or --token-stdin), --pat-file F, --username U and --password-file F, or the flags that begin with --adfs",
        server: "Give one of these";
    AuthPartMissing { part: String } = "auth.missing", Usage,
        "There is no {part}.", "It is needed to sign in.",
        "Enter it";
    AuthForDataCenter {} = "auth.kind", Usage,
        "This site is Jira Data Center, which knows no e-mail address with an API token.", "It takes a personal access token, or a user name and a password.",
        "Give one of these; on the command line --pat-file F, or --username U and --password-file F", server: "Give one of these";
    AuthPersonalTokenRefused {} = "auth.refused", Authentication,
        "Jira refused this personal access token.", "It was revoked, has expired, or belongs to another site.",
        "Create a new one in Jira under Profile, Personal Access Tokens";
    AuthPasswordRefused { account: String, said: String } = "auth.refused", Authentication,
        "Jira refused this user name and password.", "The password of {account} is another, or the site takes no passwords here. It was tried once only: a few failures, and Jira asks for a CAPTCHA. Jira said: {said}",
        "Correct the password, or use a personal access token (--pat-file F)", server: "Correct the password, or use a personal access token";
    AuthPasswordHeld { name: String } = "auth.refused", Authentication,
        "The password of \"{name}\" was refused before and is not sent again.", "A few more failures, and Jira asks the account for a CAPTCHA.",
        "Give a fresh one with weir integration reauth or Change authentication, or, when it is right again, run weir integration check \"{name}\"",
        api: "Send a fresh one to /api/v1/integrations/NAME/reauth, or, when it is right again, ask for /validate there", page: "Give a fresh one with Change authentication, or, when it is right again, run the checks";
    AuthCaptcha { login_url: String } = "auth.captcha", Authentication,
        "Jira wants this account to answer a CAPTCHA first.", "Too many sign-ins of the account failed; until then every password is refused.",
        "Sign in once in a browser ({login_url}), then run this again";
    AuthRefused { account: String } = "auth.refused", Authentication,
        "Jira refused this e-mail and API token.", "Neither the site nor Atlassian's gateway knows the token as {account}.",
        "Check the e-mail, or create a new token at https://id.atlassian.com/manage-profile/security/api-tokens";
    AuthRefusedHere { account: String, detail: String } = "auth.refused", Authentication,
        "Jira refused this e-mail and API token.", "The site does not know the token as {account}. Whether it is a token with scopes could not be tried, because Atlassian's gateway did not answer: {detail}",
        "Check the e-mail, or create a new token at https://id.atlassian.com/manage-profile/security/api-tokens";
    AuthRevoked {} = "auth.revoked", Authentication,
        "Jira does not accept the stored credential any more.", "The token was revoked or has expired, the password was changed, or the account was closed.",
        "Give a fresh one with weir integration reauth NAME, or in the browser with Change authentication",
        api: "Send a fresh one to /api/v1/integrations/NAME/reauth", page: "Give a fresh one with Change authentication";
    AuthScope { said: String } = "auth.scope", Authentication,
        "The token lacks a scope.", "Jira said: {said}",
        "Create a token with the scopes read:jira-work, read:jira-user and the Jira Software read scopes";
    AuthOtherKind { kind: String } = "auth.kind", Authentication,
        "This is {kind}, which this site does not take.", "The shape of the token tells its kind.",
        "Use an API token of an Atlassian account, made at https://id.atlassian.com/manage-profile/security/api-tokens";
    AuthAnonymous {} = "auth.anonymous", Authentication,
        "Jira treats us as a stranger.", "An answer came back without our account's id, so an empty list would prove nothing.",
        "Run weir integration reauth with a fresh token",
        api: "Send a fresh credential to /api/v1/integrations/NAME/reauth", page: "Give a fresh one with Change authentication";
    AuthOtherAccount { expected: String, found: String } = "auth.account", Authentication,
        "The credential belongs to another account than before.", "Expected account {expected}, found {found}.",
        "Sign in as the same account with weir integration reauth, or add a new integration",
        api: "Send one of the same account to /api/v1/integrations/NAME/reauth, or say there that another one is meant", page: "Give one of the same account with Change authentication, or say there that another one is meant";
    AuthAccountDiffers { old: String, new: String, difference: String } = "auth.account_differs", Authentication,
        "The credential belongs to another account: {new} instead of {old}.", "{difference} Nothing was replaced yet.",
        "If that is meant, repeat the command with --accept-other-account; otherwise sign in as the account of before",
        api: "If that is meant, send it again with \"accept_other_account\": true; otherwise send a credential of the account of before",
        page: "If that is meant, enter the credential again and say so; otherwise enter one of the account of before";
    AuthOtherSite { name: String } = "auth.site", Authentication,
        "The credential leads to another site than that of \"{name}\".", "Atlassian knows the two sites by different ids.",
        "Use a token of the site itself, or add the other one as a new integration";
    TokenFile { path: String, detail: String } = "auth.token_file", Usage,
        "The token file {path} could not be used.", "{detail}.",
        "Write the token into a file that only you can read, and name it with --token-file";
    PermNoProjects { account: String } = "perm.no_projects", Permission,
        "{account} can sign in but sees no projects.", "It needs \"Browse projects\" on at least one.",
        "Ask a Jira administrator to give the account that permission";
    SiteAddressRefused { host: String, said: String } = "site.address_refused", Permission,
        "{host} lets nobody in from the address that this server comes from.", "Jira said: {said}",
        "Have an administrator put this server's outgoing address on the site's list of allowed addresses (admin.atlassian.com, Security, IP allowlists)";
    PermBrowse { key: String } = "perm.browse", Permission,
        "{key} cannot be read.", "The account lacks \"Browse projects\" there.",
        "Ask a Jira administrator to give the account that permission";
    ProjectUnknown { key: String } = "project.unknown", NotFound,
        "There is no project {key} that this account can see.", "It does not exist, is archived, or is hidden from the account.",
        "Check the key; weir check lists some projects that are visible", server: "Check the key";
    JqlRefused { said: String } = "jql.parse", Usage,
        "Jira does not accept this JQL.", "Jira said: {said}",
        "Correct the query; try it in Jira's own issue search first";
    JqlOpen { what: String } = "jql.open", Usage,
        "This JQL cannot be used as a filter.", "{what}.",
        "Correct the query; try it in Jira's own issue search first";
    JqlTwice {} = "jql.both", Usage,
        "Both --project and --jql were given.", "The scope is either a list of projects or one query.",
        "Leave one of them out";
    FieldRequired { field: String } = "fields.required", Usage,
        "The field {field} cannot be left out.", "Issues cannot be told apart or kept in order without it.",
        "Take it off the list of --exclude", server: "Take it off the list of what is excluded";
    ZoneUnknown { zone: String } = "zone.unknown", Usage,
        "\"{zone}\" is not a time zone.", "It is not in the IANA list.",
        "Use a name such as Europe/Berlin";
    IntervalBad { text: String } = "interval.bad", Usage,
        "\"{text}\" is not an interval.", "An interval is a number with m, h or d, at least 1m.",
        "Write for example 15m, 12h or 1d";
    CronBad { text: String, detail: String } = "cron.bad", Usage,
        "\"{text}\" is not a schedule.", "{detail}.",
        "Write minute, hour, day of the month, month and weekday, for example \"30 6 * * MON-FRI\"";
    IntegrationDeleting { name: String, at: Millis } = "integration.deleting", Conflict,
        "\"{name}\" is about to be deleted.", "Somebody asked for it; it is done at {at}, and nothing is run before.",
        "Keep it with weir integration restore \"{name}\", or in the browser with Cancel deletion",
        api: "Take the deletion back first: POST /api/v1/integrations/NAME/deletion/cancel", page: "Keep it with Cancel deletion";
    DeletionNone { name: String } = "deletion.none", Conflict,
        "\"{name}\" is not about to be deleted.", "Nobody has asked for it, or it was taken back.",
        "Look at the integration again";
    NameNotConfirmed { name: String } = "confirm.name", Usage,
        "\"{name}\" is not deleted.", "What was entered is not its name, letter by letter.",
        "Enter {name}";
    DeletionDelay { text: String } = "deletion.delay", Usage,
        "\"{text}\" is not a time to wait with a deletion.", "It is 0 for at once, or an interval with m, h or d, up to 90d.",
        "Write for example 7d";
    ScopeTwice {} = "scope.several", Usage,
        "The scope is given more than once.", "It is everything, a list of projects, or one query.",
        "Leave all but one of them out";
    CredentialMixed {} = "auth.several", Usage,
        "The credential is given in more than one way.", "It is an e-mail with a token, a consent, a personal access token, a user name with a password, or what ADFS is asked with.",
        "Leave all but one of them out";
    WorkspaceWhich {} = "workspace.which", Usage,
        "It is not said which workspace this is for.", "You may connect integrations in several.",
        "Name one of them";
    RunNotRunning { id: String } = "run.not_running", Conflict,
        "The run {id} is not under way.", "It has ended, or its process is gone.",
        "See which runs are under way with weir runs list", server: "See which runs are under way in the list of runs";
    RunCancelled { by: String } = "run.cancelled", Interrupted,
        "The run was cancelled.", "{by} asked for it; what was committed stays.",
        "The next run goes on where it stopped";
    PauseBad { detail: String } = "pause.bad", Usage,
        "The end of the pause does not fit.", "{detail}.",
        "Give an instant to come, for example 2027-01-04T08:00:00Z, or leave it out";
    NameTaken { name: String } = "name.taken", Conflict,
        "Another integration is already called \"{name}\".", "Names are unique in a store.",
        "Choose another --name, or delete the old one with weir integration delete", server: "Choose another name";
    NameUnavailable { name: String } = "name.unavailable", Conflict,
        "\"{name}\" cannot be used as a name here.", "This server keeps it for something else.",
        "Choose another --name", server: "Choose another name";
    NameBad { name: String } = "name.bad", Usage,
        "\"{name}\" cannot be a name.", "A name has 1 to 100 printable characters.",
        "Choose another --name", server: "Choose another name";
    NameReserved { name: String } = "name.reserved", Conflict,
        "\"{name}\" cannot be the name of an integration.", "Addresses of this server's own have that word where the name stands.",
        "Choose another name";
    IntegrationUnknown { name: String } = "integration.unknown", NotFound,
        "There is no integration \"{name}\".", "This store does not know the name.",
        "See the names with weir integration list", server: "See the names in the list of integrations";
    IntegrationChanged { name: String } = "integration.changed", Conflict,
        "\"{name}\" was changed by somebody else meanwhile.", "Nothing of this edit was done.",
        "Look at it with weir integration show, then repeat the command", server: "Look at it again, then repeat what you did";
    EditNothing {} = "edit.nothing", Usage,
        "Nothing was given to change.", "An edit changes what it names, and leaves the rest as it is.",
        "Give one or more of --rename, --project, --jql, --everything, --exclude, --exclude-nothing, --interval, --cron, --census, --reread, --timezone, --history, --description, --tag, --no-tags, --owner, --secondary-owner",
        server: "Name what is to be another way";
    IntegrationNone {} = "integration.none", NotFound,
        "There is no integration yet.", "This store is empty.",
        "Add one with weir integration add jira URL --name NAME, or look around with weir demo";
    IntegrationWhich { names: String } = "integration.which", Usage,
        "There is more than one integration.", "The command needs to know which: {names}.",
        "Name it, or give --integration NAME";
    IssueUnknown { keys: String } = "issue.unknown", NotFound,
        "There is no issue {keys} here.", "The integration's issues have no such key, and had none. Nothing was changed.",
        "Look for the key with weir export issues; a key is written as the site shows it, for example OPS-17",
        server: "Look for the key among the issues; it is written as the site shows it, for example OPS-17";
    CensusMassLoss { name: String, key: String, lost: u64, ours: u64 } = "census.mass_loss", Negative,
        "{lost} of {ours} issues of {key} are not shown any more.", "That is more than 20 %, which may be a lost permission as well as a deletion; nothing of {key} was changed.",
        "Look at the project in Jira as the account that reads; if the loss is meant, run weir verify {name} --accept-loss",
        api: "Look at the project in Jira as the account that reads; if the loss is meant, ask for a comparison that accepts losses", page: "Look at the project in Jira as the account that reads; if the loss is meant, compare everything and accept losses";
    CensusUntold { name: String, key: String } = "census.untold", Negative,
        "The site does not show {key} any more, and does not tell whether it is archived.", "Its issues stay as they are: those of an archived project do.",
        "Let the account see {key}, or have its issues put away as hidden: weir verify {name} --accept-loss",
        api: "Let the account see {key}, or have its issues put away as hidden: ask for a comparison that accepts losses", page: "Let the account see {key}, or have its issues put away as hidden: compare everything and accept losses";
    CensusUnproven { name: String, projects: u64 } = "census.unproven", Negative,
        "Projects that the last census could not compare: {projects}.", "The site did not list their issues; what was deleted there goes unnoticed.",
        "Run weir verify {name}, and mend what it names", server: "Compare everything, and mend what it names";
    CensusLate { name: String, since: Millis, minutes: u32 } = "census.late", Negative,
        "Everything was compared with the site last at {since}.", "A census is due every {minutes} min, and none since has proven every project, so that what was deleted goes unnoticed.",
        "Run weir verify {name}, and mend what it names", server: "Compare everything, and mend what it names";
    RunUnknown { id: String } = "run.unknown", NotFound,
        "There is no run {id}.", "This store does not know the id.",
        "See the ids with weir runs list", server: "See the ids in the list of runs";
    RunBusy { name: String } = "run.busy", Conflict,
        "\"{name}\" is being brought up to date already.", "Another process holds its lease.",
        "Wait for it, or look at weir status", server: "Wait for it; the schedule shows the run";
    ViewUnknown { name: String, known: String } = "view.unknown", Usage,
        "There is no view \"{name}\".", "The views are {known}.",
        "Name one of them";
    SinceBad { text: String } = "since.bad", Usage,
        "\"{text}\" is not a time.", "A time is RFC 3339, a date, or an age such as 7d.",
        "Write for example --since 2026-01-31 or --since 7d";
    SinceNone { view: String } = "since.none", Usage,
        "The view {view} has no time to compare with.", "Its rows carry no instant.",
        "Leave --since out", server: "Leave since out";
    FileWrite { path: String, detail: String } = "file.write", Permission,
        "{path} cannot be written.", "{detail}.",
        "Choose a folder that this user can write to";
    FileRead { path: String, detail: String } = "file.read", Usage,
        "{path} cannot be read.", "{detail}.",
        "Check the path and its permissions";
    ConfigBad { path: String, detail: String } = "config.bad", Usage,
        "The settings in {path} cannot be used.", "{detail}.",
        "Correct the file; weir config explain shows what is in force";
    StoreAddress { detail: String } = "store.address", Usage,
        "The store's address cannot be used.", "{detail}.",
        "Use sqlite:PATH or postgres://USER@HOST/DATABASE";
    StorePassword {} = "store.password", Usage,
        "A store address with a password was given as a flag.", "Flags are seen by every user of this machine.",
        "Put it into WEIR_STORE or weir.toml";
    ProxyPassword {} = "proxy.password", Usage,
        "A proxy address with a password was given as a flag.", "Flags are seen by every user of this machine.",
        "Put it into HTTPS_PROXY";
    StoreUnwritable { path: String, detail: String } = "store.unwritable", Permission,
        "The store at {path} cannot be written.", "{detail}.",
        "Choose another folder with WEIR_HOME, or give this user the right to write there";
    StoreUnreachable { address: String, detail: String } = "store.unreachable", Unavailable,
        "The store at {address} cannot be reached.", "{detail}.",
        "Check that the database runs and lets this user in";
    StoreNewer { found: i64, known: i64 } = "store.newer", Conflict,
        "This store was made by a newer version of Weir.", "Its schema is {found}; this program knows up to {known}.",
        "Use that newer version; nothing was changed";
    StoreForeign { address: String, detail: String } = "store.foreign", Conflict,
        "{address} is not a store of Weir.", "{detail}.",
        "Name another file or database";
    StoreBusy { detail: String } = "store.busy", Unavailable,
        "The store is busy.", "{detail}.",
        "Try again in a moment";
    StoreFailed { detail: String } = "store.failed", Unavailable,
        "The store did not do what was asked.", "{detail}.",
        "Check the disk and the database, then try again; nothing half-done was kept";
    KeyMissing { path: String } = "key.missing", Conflict,
        "The key file {path} is missing.", "The store holds credentials sealed with it.",
        "Put the file back from your backup, or run weir integration reauth with a fresh token and a new key",
        server: "Have the file put back from a backup by whoever runs this server";
    KeyWrong { path: String, needed: String, have: String } = "key.wrong", Conflict,
        "The key file {path} does not open this store's credentials.", "They were sealed with the key {needed}; the file holds {have}.",
        "Put the right key file back; if it is lost, move {path} away and sign in again with weir integration reauth",
        server: "Have the right key file put back by whoever runs this server";
    KeyChanged {} = "key.changed", Unavailable,
        "The master key was changed meanwhile.", "Another process has rotated it.",
        "Run the command again; on another machine, copy the new key file there first",
        server: "Try again; on another machine, the new key file has to be copied there first";
    KeyRotating { path: String } = "key.rotating", Conflict,
        "The master key is being rotated already.", "Another process is about to replace {path}.",
        "Wait for it, or look at weir keys show", server: "Wait for it";
    KeyHolds { values: String, key: String } = "key.holds", Conflict,
        "The old key {key} still holds what cannot be put under the new one: {values}.", "These values were changed after they were sealed. Both keys stay in the key file, and everything else is under the new one.",
        "Sign in again with weir integration reauth, or sync, for each of them; then run weir keys rotate again",
        server: "Give a fresh credential, or sync, for each of them; then rotate the key again";
    KeyBad { path: String, detail: String } = "key.bad", Permission,
        "The key file {path} cannot be used.", "{detail}.",
        "Only its owner may read it: chmod 600 {path}", server: "Ask whoever runs this server to look at the file: only its owner may read it";
    KeyNone { path: String, detail: String } = "key.none", Conflict,
        "The key file {path} holds no key.", "{detail}.",
        "Put the file back from your backup; if nothing was sealed yet, delete it, and the next command makes a new one",
        server: "Have the file put back from a backup by whoever runs this server";
    SealBroken { name: String } = "key.sealed", Conflict,
        "The stored credential of \"{name}\" does not open.", "It was changed after it was sealed.",
        "Sign in again with weir integration reauth",
        api: "Send a fresh credential to /api/v1/integrations/NAME/reauth", page: "Give a fresh credential with Change authentication";
    BodyBroken { issue: String } = "quarantine.sealed", Conflict,
        "The kept body of issue {issue} does not open.", "It was changed after it was sealed.",
        "Sync again: while the issue cannot be read, its body is kept anew";
    BodyUnknown { issue: String } = "quarantine.unknown", NotFound,
        "No body of issue {issue} is kept.",
        "Bodies are kept of issues that cannot be read, and go once they can be; of one that a site does not send at all there is none.",
        "See which there are with: weir issues quarantined", server: "See which there are in the list of issues that could not be read";
    BackupBroken { path: String, detail: String } = "backup.broken", Negative,
        "The backup {path} is not whole.", "{detail}.",
        "Use another backup, and make a new one with weir backup create", server: "Use another backup, and make a new one";
    BackupForeign { path: String, detail: String } = "backup.foreign", Usage,
        "{path} is not a backup of Weir.", "{detail}.",
        "Name a file that weir backup create wrote", server: "Name a backup that Weir wrote";
    BackupNewer { path: String, detail: String } = "backup.newer", Conflict,
        "The backup {path} was made by a newer version of Weir.", "{detail}.",
        "Use that newer version; nothing was changed";
    BackupUnknown { name: String } = "backup.unknown", NotFound,
        "There is no backup \"{name}\".", "The folder of backups holds no file of that name.",
        "See the names with weir backup list", server: "See the names in the list of backups";
    BackupBusy {} = "backup.busy", Conflict,
        "A backup is being made or proved already.", "One at a time keeps room on the disk and time for readers.",
        "Wait for it; what came of it stands in the audit log";
    BackupsFull { held: usize, most: usize } = "backup.full", Conflict,
        "The folder of backups is full.", "It holds {held} backups, and through the API no more than {most} are made, so that nobody fills the disk.",
        "Move old ones elsewhere, or delete them", server: "Have old ones moved elsewhere or deleted by whoever runs this server";
    FileExists { path: String } = "file.exists", Conflict,
        "{path} is there already.", "A backup is never written over another file.",
        "Choose another name with -o FILE", server: "Choose another name";
    StoreNotEmpty { address: String, integrations: u64 } = "store.not_empty", Conflict,
        "The store at {address} is not empty.", "It has {integrations} integrations. Nothing was changed.",
        "Give --replace to put it aside, or name another store with --store";
    StoreDamaged { address: String, detail: String } = "store.damaged", Conflict,
        "The store at {address} is damaged.", "The database says: {detail}.",
        "Restore a backup with weir backup restore FILE --replace, and check the disk";
    StoreInUse { address: String, detail: String } = "store.in_use", Conflict,
        "The store at {address} is in use.", "{detail}.",
        "End what uses it, then run this again; nothing was changed";
    StoreNone { address: String } = "store.none", NotFound,
        "There is no store at {address}.", "Nothing was ever kept there.",
        "Name another one with --store or WEIR_HOME, or add an integration first";
    StoreOlder { found: i64, known: i64 } = "store.older", Negative,
        "The store is of an older version.", "Its schema is {found}; this program knows {known}.",
        "The next command that uses it brings it up; make a backup first with weir backup create";
    HomeOpen { path: String, mode: String } = "home.open", Permission,
        "Others can look into the folder {path}.", "Its permissions are {mode}.",
        "Run chmod 700 {path}";
    FileOpen { path: String, mode: String } = "file.open", Permission,
        "Others can read {path}.", "Its permissions are {mode}.",
        "Run chmod 600 {path}";
    FileLeft { path: String } = "file.left", Negative,
        "{path} was left behind.", "The process that worked on it was killed.",
        "Delete it; the next command of its kind does so too";
    KeyUnfinished { keys: String } = "key.unfinished", Negative,
        "A rotation of the master key has not come to its end.", "The key file holds the keys {keys}; everything opens with them.",
        "Run weir keys rotate, which goes on with it";
    DiskLow { path: String, free_mb: u64, wanted_mb: u64 } = "disk.low", Unavailable,
        "There is little room left in {path}.", "{free_mb} MB are free; {wanted_mb} MB should be, for a second copy of the store.",
        "Make room, or move the store to a larger disk";
    ClockOff { host: String, seconds: u64 } = "clock.off", Negative,
        "This machine's clock is off by {seconds} s.", "That is how far it is from the clock of {host}.",
        "Set it by NTP";
    ClockBack { at: String } = "clock.back", Negative,
        "This machine's clock has gone back.", "The newest run began at {at}, which has not come yet.",
        "Set the clock by NTP";
    ProxyBad { variable: String, detail: String } = "proxy.bad", Usage,
        "The proxy in {variable} cannot be used.", "{detail}.",
        "Write for example http://proxy.example:3128, or unset it";
    RunLeft { name: String, pid: i64, host: String } = "run.left", Negative,
        "A run of \"{name}\" was cut off.", "The process {pid} on {host} that worked on it is gone.",
        "Run weir sync \"{name}\", which goes on where it had come";
    IntegrationUnwell { name: String, status: String, reason: String, next: String } = "integration.unwell", Negative,
        "\"{name}\" needs a look ({status}).", "{reason}",
        "{next}";
    InputMissing { flag: String } = "input.missing", Usage,
        "{flag} is missing.", "This command cannot ask: there is no terminal, or --no-input was given.",
        "Give {flag}";
    InputBad { flag: String, detail: String } = "input.bad", Usage,
        "The value of {flag} does not fit.", "{detail}.",
        "See weir help for what it takes", server: "Correct it";
    CommandLine { detail: String, command: String } = "input.command", Usage,
        "The command line does not fit.", "{detail}.",
        "See {command} --help";
    ConfirmNeeded { name: String } = "confirm.needed", Usage,
        "\"{name}\" and all its rows would be deleted.", "Nothing was deleted: the name was not confirmed.",
        "Repeat the command with --confirm \"{name}\"";
    RunStalled { minutes: u64 } = "run.stalled", TimedOut,
        "Nothing has moved for {minutes} minutes.", "No byte came from the site and nothing was stored, though no limit of the site held us back.",
        "Run the sync again; it goes on where this one stopped";
    SetupUsed {} = "setup.used", Conflict,
        "This link for the set-up does not work any more.", "It was used, has run out, or the server was started anew since.",
        "Start weir serve again; while nobody can sign in, it prints a fresh one";
    SignInNeeded {} = "access.sign_in", Authentication,
        "Sign in first.", "This is for those who are known here.",
        "Sign in at /login, or send an API key: Authorization: Bearer KEY";
    SignInWrong {} = "access.wrong", Authentication,
        "Name and password do not fit.", "There is no account with both.",
        "Check both; after a few attempts they are not looked at for a while";
    SignInHeld { minutes: i64 } = "access.held", Unavailable,
        "Too many attempts to sign in.", "They come from this address, or are for this account.",
        "Try again in {minutes} min";
    ChecksHeld { site: String, minutes: i64 } = "check.held", Unavailable,
        "{site} has refused too many credentials of late.", "More of them could lock the account there.",
        "Try again in {minutes} min, with one that is right";
    SignInStale {} = "sign_in.stale", Usage,
        "This attempt to sign in is over.", "It was begun in another browser, was ended before, or took longer than ten minutes.",
        "Begin again at /login";
    ProviderSettings { detail: String } = "sign_in.settings", Usage,
        "The settings of the identity provider cannot be used.", "{detail}.",
        "Correct --oidc-issuer, --oidc-client-id and the flags beside them";
    ProviderAway { provider: String, detail: String } = "sign_in.provider_away", Unavailable,
        "{provider} could not be asked.", "{detail}.",
        "Try again, or sign in with a password";
    ProviderRefused { provider: String, detail: String } = "sign_in.provider", Authentication,
        "Signing in at {provider} did not succeed.", "{detail}.",
        "Begin again at /login; if it stays, show this to an administrator";
    IdentityStranger { provider: String, subject: String } = "sign_in.stranger", Permission,
        "Nobody here is linked to this identity of {provider}.", "{provider} knows you as {subject}; an account here has to be linked to it first.",
        "Ask an administrator for an invitation, or sign in with a password and link it in your profile";
    RequestRate { seconds: i64 } = "request.rate", Unavailable,
        "Too many requests.", "What one caller may ask for in a minute is used up.",
        "Go on in {seconds} s; the headers RateLimit-* say what is left";
    ApiKeyRefused {} = "access.key", Authentication,
        "The API key is not accepted.", "It is unknown, was revoked, or has run out.",
        "Make another one with weir api-key create", server: "Make another one in the settings, under API keys";
    PageUnknown {} = "page.unknown", NotFound,
        "There is nothing here.", "It does not exist, or it is not for you to see.",
        "Check the address, or go back to the list you came from";
    PageNone {} = "request.method", Usage,
        "This address is no page.", "A button of a page leads here; opened by itself it does nothing.",
        "Go back to the page, and use its button";
    MethodWrong { method: String } = "request.method", Usage,
        "{method} cannot be done here.", "The address is there, but takes other methods.",
        "See /api/openapi.json for what it takes";
    RequestBad { detail: String } = "request.bad", Usage,
        "The request does not fit.", "{detail}.",
        "See /api/openapi.json for what it takes", page: "Go back, or take what does not fit out of the address";
    CursorUnknown {} = "request.cursor", Usage,
        "The list has no such place.", "\"after\" is not a cursor that this list gave.",
        "Take it from \"next\" of the page before";
    RequestLarge { limit_kb: u64 } = "request.large", Usage,
        "The request is too large.", "Its body may have {limit_kb} KB.",
        "Send less at once";
    RequestSlow { seconds: u64 } = "request.slow", TimedOut,
        "This took too long.", "It was given up after {seconds} seconds.",
        "Try again; ask for less at once";
    OriginForeign {} = "request.origin", Permission,
        "The request came from another site.", "A browser sent it for a page that is not of this server.",
        "Open this server's own page and try again; behind a proxy, name its address with --public-url";
    HostForeign { host: String } = "request.host", Permission,
        "This server does not answer to the name \"{host}\".", "Only names that it was told are answered, so that no other site can pass for it.",
        "Open it by its IP address, or start it with --public-url";
    FormStale {} = "request.stale", Permission,
        "This form is of another session.", "You have signed in or out since it was shown.",
        "Load the page again and repeat what you did";
    RepeatOther {} = "request.repeat", Conflict,
        "This Idempotency-Key was used for another request.", "A key stands for one request and its answer.",
        "Use a fresh key for each new request";
    RepeatBusy {} = "request.under_way", Conflict,
        "The same request is under way.", "Another one with this Idempotency-Key has not been answered yet.",
        "Wait a moment and send it again";
    ChangedMeanwhile {} = "changed.meanwhile", Conflict,
        "Somebody else changed this meanwhile.", "It is not as it was when you read it.",
        "Read it again, compare, and send your change anew";
    AccountTaken { login: String } = "account.taken", Conflict,
        "Somebody already signs in as \"{login}\".", "Each account has a name of its own.",
        "Choose another name";
    AccountUnknown { id: String } = "account.unknown", NotFound,
        "There is no account {id}.", "It is not in this store.",
        "See which there are";
    LoginBad {} = "account.login", Usage,
        "This cannot be a name to sign in with.", "It has 1 to 200 characters, none of them a blank.",
        "Enter an e-mail address or a short name";
    PasswordWeak { detail: String } = "account.password", Usage,
        "This password is easy to guess.", "{detail}.",
        "Choose one of at least 12 characters; a few words that have nothing to do with each other are good";
    PasswordDiffers {} = "account.repeat", Usage,
        "The two passwords differ.", "One of them was mistyped.",
        "Enter the same password twice";
    PasswordOther {} = "account.password_now", Authentication,
        "The present password is another one.", "What was entered does not fit it, or the account has none.",
        "Enter it again, or ask an administrator for a link to choose a new one";
    AccountLast {} = "account.last", Conflict,
        "This is the last one who can look after this server.", "After this nobody could let anybody in.",
        "Make somebody else an administrator first";
    AccountClosed { login: String } = "account.closed", Conflict,
        "The account \"{login}\" is closed.", "Nobody can sign in with it.",
        "Open it again first";
    InvitationUsed {} = "invitation.used", Conflict,
        "This link does not work any more.", "It was used, has run out, or a newer one was made.",
        "Ask an administrator for a fresh one";
    IdentityTaken {} = "identity.taken", Conflict,
        "This identity is linked to another account.", "One identity of a provider signs in to one account.",
        "Unlink it there first";
    IdentityUnknown {} = "identity.unknown", NotFound,
        "No such identity is linked to this account.", "Issuer and subject must be the very ones that were linked.",
        "See which there are";
    WorkspaceConfirm { name: String } = "confirm.needed", Usage,
        "The workspace \"{name}\" would be deleted.", "Nothing was deleted: the name was not confirmed.",
        "Repeat the command with --confirm \"{name}\"", server: "Enter {name}";
    WorkspaceTaken { name: String } = "workspace.taken", Conflict,
        "Another workspace is already called \"{name}\".", "Names are unique in a store.",
        "Choose another name";
    WorkspaceUnknown { name: String } = "workspace.unknown", NotFound,
        "There is no workspace \"{name}\".", "It is not in this store.",
        "Check the name";
    ApiKeyUnknown { id: String } = "api_key.unknown", NotFound,
        "There is no API key {id} that could be revoked.", "It is not in this store, or was revoked before.",
        "See which there are with weir api-key list", server: "See which there are in the list of API keys";
    ListenFailed { address: String, detail: String } = "serve.listen", Unavailable,
        "The address {address} cannot be listened on.", "{detail}.",
        "Choose another one with --listen, or end what uses it";
    Interrupted {} = "interrupted", Interrupted,
        "Interrupted.", "The command was asked to stop; what was committed stays.",
        "Run it again to go on";
    Bug { detail: String } = "server.bug", Bug,
        "This failed on our side.", "{detail}.",
        "Report it with the command and this text; your data is safe", server: "Report it with the id of the request; your data is safe";
}

impl std::fmt::Display for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.what(), self.why())
    }
}

impl std::error::Error for Message {}

#[cfg(test)]
mod tests;
