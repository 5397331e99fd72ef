use super::*;

#[test]
fn a_message_names_what_it_speaks_of() {
    let message = Message::ProjectUnknown { key: "ENG".into() };
    assert_eq!(message.what(), "There is no project ENG that this account can see.");
    assert_eq!(message.exit(), ExitCode::NotFound);
    assert_eq!(message.id(), "project.unknown");
}
