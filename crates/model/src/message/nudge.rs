//! Sentences about nudges, and about the mail that they leave by.

use super::{ExitCode, Surface, entries::catalogue};

catalogue! {
    /// What is wrong with a nudge, or with how it is sent.
    NudgeFault, parts {};
    Bad { member: String, detail: String } = "nudge.bad", Usage,
        "The nudge cannot be kept.", "{detail}.", "Correct its {member}";
    Taken { name: String } = "nudge.taken", Conflict,
        "Another nudge of this integration is already called \"{name}\".", "Names are unique there.", "Choose another name";
    Unknown { name: String } = "nudge.unknown", NotFound,
        "There is no nudge \"{name}\".", "The integration has none of this name or id.", "See which there are";
    People { field: String } = "nudge.people", Conflict,
        "People cannot be told of their issues here.", "The integration leaves out {field}, so that it is not known whom to tell.",
        "Tell teams instead, or let the integration read {field} again";
    RulesGone {} = "nudge.rules", Conflict,
        "There is nothing to tell of.", "None of the rules that were chosen is asked any more: they are deleted, or off.",
        "Choose other rules, or all";
    RulesBlocked { why: String } = "nudge.rules", Conflict,
        "There is nothing to tell of.", "None of the rules that were chosen can be asked: {why}.",
        "Choose other rules, or let what they look at be read";
    MailBad { detail: String } = "mail.bad", Usage,
        "The server of mail cannot be used.", "{detail}.", "Correct --smtp-url, --smtp-password-file, --smtp-ca-file and --mail-from";
    MailNone {} = "mail.none", Conflict,
        "No mail can be sent from here.", "No server of mail is named.", "Name it with --smtp-url and --mail-from, or use a webhook",
        server: "Ask whoever runs this server to name a server of mail, or use a webhook";
    LinkUnknown {} = "nudge.opt_out", NotFound,
        "This link stands for nothing.", "It was cut short, or what it was for is gone.", "Open it once more from the message";
}
