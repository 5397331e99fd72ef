//! Sentences about satellites: what a server says of them, and what they say while they run.

use super::{ExitCode, Surface, entries::catalogue};

catalogue! {
    /// Why an integration that a satellite reads does not come on, or a satellite does not.
    FeedFault, parts {};
    None { name: String } = "satellite.none", Unavailable,
        "No satellite reads {name}.", "None that names this integration in its file has reported yet.",
        "Run `weir satellite run -c satellite.yml` on a machine that reaches the site, with this integration in its file",
        server: "Run a satellite on a machine that reaches the site, with this integration in its file";
    Offline { name: String, satellite: String, minutes: u64 } = "satellite.offline", Unavailable,
        "The satellite that reads {name} does not report.", "\"{satellite}\" reported last {minutes} minutes ago. What changes at the site meanwhile is read when it returns.",
        "See whether `weir satellite run` still runs there, and whether its machine reaches this server",
        server: "See whether the satellite still runs there, and whether its machine reaches this server";
    Silent { name: String } = "satellite.silent", Unavailable,
        "The satellite that reads {name} went silent.", "It took an errand and reported nothing of it any more.",
        "Nothing: it is tried again. If it stays so, look at the satellite's log";
    Said { what: String, why: String, fix: String } = "satellite.said", Unavailable,
        "{what}", "{why} (A satellite of another version said so.)", "{fix}";
    Unknown { what: String } = "satellite.unknown", Conflict,
        "The satellite does not know what \"{what}\" is.", "The server and the satellite are of different versions.",
        "Bring both to the same version";
    Elsewhere { name: String } = "satellite.elsewhere", Conflict,
        "The site of {name} cannot be asked from here.", "A satellite reads it, and has the credential.",
        "Run its checks, which go through the satellite; what is changed here holds from the next run on";
    NotFed { name: String } = "satellite.not_fed", Conflict,
        "{name} is read by this server itself.", "Its credential is here.",
        "Move it with `weir integration reauth NAME --satellite`, or take it out of satellite.yml",
        server: "Leave it to a satellite, or take it out of satellite.yml";
    NotHere { name: String } = "satellite.not_here", NotFound,
        "The server has no integration {name}.", "It is named in satellite.yml, and is not there.",
        "Use the id or the name that `weir integration list` shows on the server",
        server: "Use the id or the name that the list of integrations shows";
    NoSuch { named: String } = "satellite.unknown_here", NotFound,
        "There is no satellite \"{named}\".", "None has this id, or not just one has this name.",
        "Look at `weir satellite list`", server: "Look at the list of satellites";
    OtherSite { name: String, theirs: String, ours: String } = "satellite.other_site", Conflict,
        "{name} is another site here.", "satellite.yml names {theirs}, and the server {ours}.",
        "Correct the address in satellite.yml, or the id above it";
    Tenant { tenant: String } = "satellite.tenant", Permission,
        "This server is not that of the tenant \"{tenant}\".", "The setting tenant of the server is another one.",
        "Correct satellite.tenant in satellite.yml, or the address of the server there";
    Revoked { name: String } = "satellite.revoked", Permission,
        "The satellite \"{name}\" was revoked.", "Somebody withdrew it on the server.",
        "If it is to read again, remove its folder of state and start it with a new API key";
    StillLetIn { name: String } = "satellite.key_holds", Conflict,
        "\"{name}\" was revoked and cannot be forgotten yet.", "Its API key is still good: with that it would come back to the list as a new one, and read.",
        "Revoke its key first: weir api-key revoke; then forget it", server: "Revoke its API key first, then forget it";
    Protocol { theirs: u64, ours: u64 } = "satellite.protocol", Conflict,
        "The satellite and the server do not understand each other.", "The satellite speaks version {theirs} of the protocol and the server {ours}; a server takes its own and the one before.",
        "Bring the older of both up to date";
    Key {} = "satellite.key", Authentication,
        "The server does not take the API key of the satellite.", "It is wrong, has ended, was revoked, or is not of the scope satellite.",
        "Make one on the server with `weir api-key create --scope satellite --name NAME`, and put it into satellite.api_key",
        server: "Make one of the scope satellite, and put it into satellite.api_key";
    Server { url: String, detail: String } = "satellite.server", Unavailable,
        "The server at {url} could not be asked.", "{detail}.",
        "Nothing, if it is only away for a while: what was read is kept and sent later. Otherwise check satellite.url and satellite.proxy";
    NotWeir { url: String } = "satellite.not_weir", NotFound,
        "What answers at {url} is no Weir.", "It has no address for satellites.",
        "Set satellite.url to the address of your Weir server";
    TooLarge { url: String } = "satellite.too_large", Conflict,
        "Something before the server at {url} does not take what the satellite sends.", "It says that a request is too large. A proxy has a limit of its own.",
        "Let the proxy pass requests of up to 64 MB";
    Gone {} = "satellite.gone", Conflict,
        "This errand is not wanted any more.", "Its run has ended, or another satellite has taken it over.",
        "Nothing: the satellite takes the next one";
    Taken { path: String } = "satellite.taken", Conflict,
        "Another satellite uses the folder {path}.", "Its lock is held.",
        "Stop that one, or give this one a folder of its own with --state", server: "Stop that one, or give this one a folder of its own";
    Spool { path: String, detail: String } = "satellite.spool", Unavailable,
        "What was read could not be kept in {path}.", "{detail}.",
        "Make room there, or let its user write to it";
    SpoolFull { name: String, mb: u64 } = "satellite.spool_full", Unavailable,
        "What was read of {name} and waits for the server fills the satellite's folder.", "{mb} MB wait, and no more may. Reading goes on as soon as the server takes some of it.",
        "Nothing, if the server is only away for a while. Let more wait with --spool-mb where there is room for it",
        server: "Nothing, if this server was only away for a while. Let more wait there where there is room for it";
    SpoolOld { hours: u64 } = "satellite.spool_old", Unavailable,
        "What was read could not be sent for {hours} hours.", "The server was away for longer than the spool keeps.",
        "Nothing: it is read again when the server is back";
}
