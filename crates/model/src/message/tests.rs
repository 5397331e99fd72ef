use super::*;

#[test]
fn a_message_names_what_it_speaks_of() {
    let message = Message::ProjectUnknown { key: "ENG".into() };
    assert_eq!(message.what(), "There is no project ENG that this account can see.");
    assert_eq!(message.exit(), ExitCode::NotFound);
    assert_eq!(message.id(), "project.unknown");
}

#[test]
fn what_is_read_in_a_server_names_no_command_and_no_flag() {
    // Of commands, of starting a server, and of the machine that it runs on, which is looked after there.
    let of_the_operator = [
        "UrlBlocked",
        "Blocked",
        "Plain",
        "Port",
        "TokenFile",
        "JqlTwice",
        "IntegrationNone",
        "IntegrationWhich",
        "SinceBad",
        "ConfigBad",
        "StoreNotEmpty",
        "StoreDamaged",
        "StoreNone",
        "StoreOlder",
        "KeyUnfinished",
        "RunLeft",
        "InputMissing",
        "CommandLine",
        "ConfirmNeeded",
        "SetupUsed",
        "ProviderSettings",
        "OriginForeign",
        "HostForeign",
        "FileLeft",
        "Interrupted",
        "ListenFailed",
        "MailBad",
    ];
    for (name, [what, why, _, api, page]) in Message::sentences() {
        if of_the_operator.contains(&name) {
            continue;
        }
        for text in [what, why, api, page] {
            let words = ["weir ", " --", "(--", " -o ", "command"];
            assert!(words.iter().all(|word| !format!(" {text}").contains(word)), "{name}: {text}");
        }
    }
}

#[test]
fn the_same_fault_is_mended_where_it_is_read() {
    let taken = Message::NameTaken { name: "Acme".into() };
    assert!(taken.fix(Surface::CommandLine).contains("--name"));
    assert_eq!(taken.fix(Surface::Api), "Choose another name");
    let revoked = Message::AuthRevoked {};
    assert!(revoked.fix(Surface::Page).contains("Change authentication"));
    assert!(revoked.fix(Surface::Api).contains("/reauth"));
}
