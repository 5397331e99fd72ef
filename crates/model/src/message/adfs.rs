//! Sentences about signing in through ADFS: what it refuses, and what Jira makes of its tokens.

use super::{ExitCode, Surface, entries::catalogue};

catalogue! {
    /// Why ADFS gave no token, or why its token was of no use.
    AdfsFault, parts {};
    Address { detail: String } = "auth.adfs_address", Usage,
        "This is not an address of ADFS.", "{detail}.",
        "Give the address of ADFS alone, for example https://adfs.acme.com";
    Blocked { host: String, address: String } = "url.blocked", Permission,
        "The address of ADFS, {host}, points to a private network ({address}).", "Addresses from the browser or the API must be public.",
        "Ask whoever runs this server to open that network or host with --allow-address, or to add the integration on the command line";
    Incomplete {} = "auth.missing", Usage,
        "What ADFS is asked for a token with is not complete.", "It needs its address, the client id, the resource, a user name and a password.",
        "Give all five; on the command line --adfs-url, --adfs-client-id, --adfs-resource, --adfs-username and --adfs-password-file", server: "Give all five";
    NotAdfs { host: String, said: String } = "auth.not_adfs", NotFound,
        "{host} answered, but not as ADFS does.", "{said}.",
        "Give the address of ADFS alone, for example https://adfs.acme.com, and have its endpoint /adfs/oauth2/token switched on there";
    Unreachable { host: String, detail: String } = "net.adfs", Unavailable,
        "ADFS at {host} could not be asked for a token.", "{detail}",
        "Check the address of ADFS, and whether a firewall or a proxy stands in between; then try again";
    ClientUnknown { client: String, said: String } = "auth.adfs_client", Authentication,
        "ADFS does not know the client id \"{client}\".", "ADFS said: {said}",
        "Enter the client identifier as it stands in ADFS, under Application Groups";
    ClientSecret { client: String, said: String } = "auth.adfs_client", Authentication,
        "ADFS wants the client \"{client}\" to prove itself with a secret.", "It is a server application there, and none is kept here. ADFS said: {said}",
        "Have a native application made in ADFS, and give its client identifier";
    ResourceUnknown { resource: String, said: String } = "auth.adfs_resource", Authentication,
        "ADFS knows no resource \"{resource}\".", "ADFS said: {said}",
        "Enter the identifier of Jira as it stands in ADFS, letter by letter, with or without a slash at its end";
    ResourceDenied { client: String, resource: String, said: String } = "auth.adfs_resource", Authentication,
        "ADFS gives the client \"{client}\" no token for \"{resource}\".", "The client has no permission for it there. ADFS said: {said}",
        "Have the client permitted in ADFS, under the client permissions of the Web API";
    PasswordRefused { account: String, said: String } = "auth.refused", Authentication,
        "ADFS refused this user name and password.", "The name or the password of {account} is another, or the account is locked or disabled. It was tried once only: after some failures ADFS locks the account. ADFS said: {said}",
        "Correct the name (DOMAIN\\user or user@domain) or the password; of an integration that is kept, with weir integration reauth",
        server: "Correct the name (DOMAIN\\user or user@domain) or the password; of an integration that is kept, with Change authentication";
    PasswordExpired { account: String, said: String } = "auth.expired", Authentication,
        "The password of {account} has expired, or must be changed.", "ADFS said: {said}",
        "Change it in Windows, then give the new one; the password of a service account need not expire";
    PasswordHeld { name: String } = "auth.refused", Authentication,
        "ADFS refused the password of \"{name}\" before, and it is not sent again.", "After some more failures ADFS locks the account.",
        "Give a fresh one with weir integration reauth or Change authentication, or, when it is right again, run weir integration check \"{name}\"",
        api: "Send a fresh one to /api/v1/integrations/NAME/reauth, or, when it is right again, ask for /validate there", page: "Give a fresh one with Change authentication, or, when it is right again, run the checks";
    Factor { account: String, said: String } = "auth.adfs_factor", Authentication,
        "ADFS wants more of {account} than a password.", "It asks for something that a person does in a browser, a second factor for example. ADFS said: {said}",
        "Use an account that ADFS asks for nothing else";
    NoPasswords { host: String, said: String } = "auth.adfs_version", Authentication,
        "ADFS at {host} gives no token for a user name and a password.", "It can since Windows Server 2016. ADFS said: {said}",
        "Use a personal access token of Jira, or a later ADFS";
    Refused { host: String, said: String } = "auth.adfs_refused", Authentication,
        "ADFS at {host} gave no token.", "ADFS said: {said}",
        "Show this to whoever looks after ADFS; its event log says more";
    TokenRefused { host: String, resource: String, said: String } = "auth.adfs_token", Authentication,
        "ADFS gave a token, and {host} did not take it.", "The token is for \"{resource}\". {host} said: {said}",
        "Have the proxy in front of Jira take tokens of ADFS for this resource, or correct the resource; the account has to be one of Jira, too";
}

impl AdfsFault {
    /// Whether it is the password that ADFS does not take: sent again and again, it would lock the account.
    pub fn is_of_the_password(&self) -> bool {
        matches!(self, Self::PasswordRefused { .. } | Self::PasswordExpired { .. })
    }

    /// Whether the same question would be answered the same way.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Unreachable { .. } | Self::NotAdfs { .. })
    }
}
