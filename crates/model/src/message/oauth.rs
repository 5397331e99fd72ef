//! Sentences about reading Jira Cloud with somebody's consent (OAuth 2.0), and about the kinds of sign-in that Cloud takes, or
//! takes no more.

use super::{ExitCode, Surface, entries::catalogue};

catalogue! {
    /// Why there is no consent, or why it is of no use; and which sign-in is none of Jira Cloud's.
    OAuthFault, parts {};
    KindOfCloud {} = "auth.kind", Usage,
        "This site is Jira Cloud, which knows neither personal access tokens nor passwords.", "It takes an e-mail address and an API token, or somebody's consent (OAuth 2.0).",
        "Give one of these; on the command line --email E and --token-file F, or --oauth-client-id ID and --oauth-client-secret-file F", server: "Give one of these";
    CloudAlone {} = "auth.kind", Usage,
        "Consent (OAuth 2.0) is for Jira Cloud alone.", "This site is Jira Data Center.",
        "Use a personal access token, or a user name and a password";
    Incomplete {} = "auth.missing", Usage,
        "The app is not named completely.", "It needs the client id and the secret of an app of yours (OAuth 2.0) at developer.atlassian.com.",
        "Give both; on the command line --oauth-client-id ID and --oauth-client-secret-file F", server: "Give both";
    AskedFirst {} = "auth.consent", Authentication,
        "Nobody has given consent yet.", "It is given at Atlassian, in a browser.",
        "Give it, with weir integration reauth or Change authentication", api: "Ask for it with /api/v1/consents as a person who is signed in, or in the browser; open the address, and then use its id", page: "Ask for it here, and give it at Atlassian";
    Interactive {} = "auth.consent", Usage,
        "Consent is given by a person in a browser, and nobody is to be asked.", "Atlassian gives no token to an app before somebody has agreed to it there.",
        "Run it without --no-input, connect in the browser, or use an API token", server: "Connect in the browser, or use an API token";
    Denied { said: String } = "auth.consent_denied", Authentication,
        "Atlassian was not given consent.", "Whoever was asked said no, or may not say yes. Atlassian said: {said}",
        "Begin again and accept; where an administrator has blocked apps, ask for this one to be allowed";
    Stale {} = "auth.consent_stale", Authentication,
        "This way back from Atlassian is none that is open.", "It was used before, was begun in another browser or by somebody else, or took longer than 10 minutes. Nothing was changed.",
        "Begin again, and come back within 10 minutes in the same browser";
    CodeRefused { said: String } = "auth.consent_code", Authentication,
        "Atlassian did not take the code that it had given.", "The code has expired or was used, or the app has another callback than the one that we name. Atlassian said: {said}",
        "Begin again; check that the callback of the app is the address that is shown beside the form";
    AppRefused { client: String, said: String } = "auth.consent_app", Authentication,
        "Atlassian does not know the app \"{client}\" with this secret.", "The client id or the secret is another. Atlassian said: {said}",
        "Copy both anew from the settings of the app at developer.atlassian.com";
    NoRefresh {} = "auth.consent_app", Authentication,
        "Atlassian gave a token and no way to renew it.", "It would end within the hour. The app was not given offline_access.",
        "Begin again and accept everything that is asked for";
    OtherSite { wanted: String, given: String } = "auth.site", Authentication,
        "The consent is not for {wanted}.", "It is for {given}.",
        "Begin again, choose that site at Atlassian, with an account that may use it";
    ConsentGone { said: String } = "auth.consent", Authentication,
        "Atlassian does not renew the token any more: consent has to be given again.", "It was withdrawn, was not used for 90 days, the account's password was changed, or the last token was lost on its way to us. It is not asked again. Atlassian said: {said}",
        "Give consent again with weir integration reauth NAME, or in the browser with Change authentication",
        api: "Ask for consent with /api/v1/consents as a person who is signed in, and send its id to /api/v1/integrations/NAME/reauth", page: "Give consent again with Change authentication";
    TokenRefused { host: String, said: String } = "auth.revoked", Authentication,
        "Jira does not take the token that Atlassian has just given.", "{host} said: {said}",
        "Check that the account may still use the site; then give consent again with Change authentication or weir integration reauth", server: "Check that the account may still use the site; then give consent again with Change authentication";
    Away { host: String, detail: String } = "net.atlassian", Unavailable,
        "Atlassian at {host} could not be asked for a token.", "{detail}",
        "Check whether a firewall or a proxy stands in between; then try again";
    NotAtlassian { host: String, said: String } = "net.atlassian", Unavailable,
        "{host} answered, but not as Atlassian's authorization server does.", "{said}.",
        "Check WEIR_ATLASSIAN_AUTH and WEIR_ATLASSIAN_API, where they are set";
    Refused { said: String } = "auth.consent_app", Authentication,
        "Atlassian gave no token.", "Atlassian said: {said}",
        "Look at the settings of the app at developer.atlassian.com, then try again";
    PointsGone { wait: String } = "jira.rate_limited", Unavailable,
        "The points that Atlassian gives the app for this hour are used up.", "They are full again in {wait}. What is read with consent is counted in points, a token is not.",
        "Try again then, or sign in with an API token";
    Busy {} = "net.atlassian", Unavailable,
        "The token is being renewed elsewhere, and that takes too long.", "Somebody else has begun and has not ended.",
        "Try again in a minute";
    NoPerson {} = "auth.consent", Permission,
        "This key asks in nobody's name.", "No person made it here, and consent is given by one who is signed in.",
        "Use a key that was made by the person who gave consent, or do it in the browser";
    Unknown {} = "auth.consent_unknown", NotFound,
        "There is no such consent.", "It was used, or was not given in time, or is somebody else's.",
        "Begin again";
    Returned { detail: String } = "input.bad", Usage,
        "This is not the address that Atlassian led back to.", "{detail}.",
        "Copy the whole address from the browser after accepting; it holds code= and state=";
    Retired { name: String } = "auth.retired", Authentication,
        "\"{name}\" was connected as a Connect app, which Atlassian has retired.", "Atlassian ends support for Connect this quarter, and Weir does not use it. What was read stays.",
        "Give it an API token or consent with weir integration reauth \"{name}\" or Change authentication; it goes on from where it was",
        api: "Send a credential to /api/v1/integrations/NAME/reauth; it goes on from where it was", page: "Give it an API token or consent with Change authentication; it goes on from where it was";
}

impl OAuthFault {
    /// Whether the same question would be answered the same way.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Away { .. } | Self::NotAtlassian { .. } | Self::Busy {})
    }
}
