//! Sentences about the file of a satellite. None of them quotes a secret, or what could be one in the wrong place.

use super::{ExitCode, Surface, entries::catalogue};

catalogue! {
    /// What is wrong with the file of a satellite, or worth a look.
    SatelliteFault, parts {};
    File { path: String, detail: String } = "satellite.file", NotFound,
        "The satellite's file {path} cannot be read.", "{detail}.",
        "Check its path; in a container, check that it is mounted";
    Exists { path: String } = "satellite.exists", Conflict,
        "{path} is there already.", "A file that may hold credentials is never written over.",
        "Choose another name, or edit that file";
    SealedAlready { path: String } = "satellite.sealed", Conflict,
        "{path} is encrypted already.", "It begins as encrypted files of Weir do.",
        "Use it as it is";
    SealedNot { path: String } = "satellite.sealed", Conflict,
        "{path} is not encrypted.", "It does not begin as encrypted files of Weir do.",
        "Use it as it is";
    SealedNoKey { path: String } = "satellite.sealed", Usage,
        "{path} cannot be read or encrypted without a key.", "No file with a key was named.",
        "Name it with --key-file F, or in WEIR_SATELLITE_KEY_FILE", server: "Name it in WEIR_SATELLITE_KEY_FILE";
    SealedOther { path: String, detail: String } = "satellite.sealed", Conflict,
        "{path} cannot be decrypted.", "{detail}.",
        "Use the key that it was encrypted with, and the file as it was written";
    Key { path: String, detail: String } = "satellite.key_file", Conflict,
        "The file of the key, {path}, cannot be used.", "{detail}.",
        "Bring back the file that was made when the satellite's file was encrypted, for the satellite's user alone";
    Empty {} = "satellite.empty", Negative,
        "The file holds nothing.", "It is empty, or has comments alone.",
        "Write the blocks satellite and integrations into it";
    Large { most_kb: u64 } = "satellite.large", Negative,
        "The file is larger than {most_kb} kB.", "A file of hundreds of integrations is smaller.",
        "Check that this is the file that was meant";
    Encoding {} = "satellite.encoding", Negative,
        "From here on the file is not UTF-8.", "Some editors save text as UTF-16 or in an older code page.",
        "Save it as UTF-8";
    Yaml { detail: String } = "satellite.yaml", Negative,
        "From here on the file is not YAML.", "{detail}.",
        "Correct this line, or the one above it";
    Tab {} = "satellite.tab", Negative,
        "A tab stands where YAML takes blanks alone.", "YAML takes no tabs for indentation.",
        "Put blanks in the place of the tab, as many as the lines beside it have";
    Bulk {} = "satellite.bulk", Negative,
        "The file becomes too large when its aliases (*) are followed.", "What is read is bounded, so that a file cannot exhaust memory.",
        "Write what is meant without aliases";
    Deep {} = "satellite.deep", Negative,
        "Here the file goes deeper than any satellite's file does.", "Blocks stand in blocks, three or four of them.",
        "Check the indentation";
    SecondDocument {} = "satellite.document", Negative,
        "Here a second document begins.", "The file is one document; three dashes begin another.",
        "Leave out what is not meant";
    Tag {} = "satellite.tag", Negative,
        "The tag here is not understood.", "Of the tags of YAML (!) only those of its own types are read.",
        "Write the value without its tag; a secret can come from a file or a variable";
    KeyKind {} = "satellite.key_kind", Negative,
        "A list or a block stands where a key was to come.", "Keys are words.",
        "Check the indentation and the brackets";
    KeyTwice { key: String, line: u64 } = "satellite.key_twice", Negative,
        "{key} stands here a second time.", "It was given on line {line} already, and which of them holds could not be told.",
        "Leave one of them out";
    KeyNear { key: String, near: String } = "satellite.key", Negative,
        "{key} is not known here. Did you mean {near}?", "What a misspelt key was to say would not be done.",
        "Write {near}, or leave it out";
    KeyElsewhere { key: String, home: String } = "satellite.key", Negative,
        "{key} is not in its place.", "It belongs below {home}. Here nothing reads it, and what it says would not be done.",
        "Check the indentation: put it below {home}";
    KeyUnknown { key: String } = "satellite.key", Negative,
        "{key} is not known here.", "Nothing reads it, so it changes nothing.",
        "Leave it out, or check the indentation";
    Missing { key: String, holds: String } = "satellite.missing", Negative,
        "There is no {key}.", "It holds {holds}, and has to be there.",
        "Add it";
    Kind { key: String, wanted: String, found: String } = "satellite.kind", Negative,
        "{key} is {found}.", "It takes {wanted}.",
        "Write it so; check the indentation";
    Placeholder { key: String } = "satellite.placeholder", Negative,
        "{key} has not been filled in.", "A word in < and > is what a sample has in its place.",
        "Put your own value there, without < and >";
    Quotes { key: String } = "satellite.quotes", Negative,
        "{key} stands in quotation marks of print.", "To YAML they are letters, and part of the value.",
        "Use ' or \" around it, or nothing";
    Backslashes { key: String } = "satellite.backslashes", Negative,
        "{key} has two backslashes one after the other.", "Without \" around it both are part of the name.",
        "Write DOMAIN\\name with one of them";
    Boolean { key: String } = "satellite.boolean", Negative,
        "{key} is neither true nor false.", "It is a switch.",
        "Write true or false";
    Port {} = "satellite.port", Negative,
        "The port of the proxy is not one.", "A port is a number from 1 to 65535.",
        "Write the port that the proxy listens on, for example 3128";
    Url { key: String, detail: String } = "satellite.url", Negative,
        "{key} is not an address.", "{detail}.",
        "Copy it from a browser, for example https://jira.acme.com";
    UrlLogin { key: String } = "satellite.url_login", Negative,
        "{key} has a user name or a password in it.", "Addresses stand in logs, where no credential may be.",
        "Take it out of the address; credentials have keys of their own";
    UrlRest { key: String } = "satellite.url", Negative,
        "{key} has a part after ? or # in it.", "What is asked for is put after the address.",
        "Leave that part out";
    Plain { key: String } = "satellite.plain", Negative,
        "{key} begins with http://, which encrypts nothing.", "Anybody on the way can read the credential.",
        "Write https:// where the other side speaks it";
    PlainServer {} = "satellite.plain_server", Negative,
        "The address of the server begins with http://, which encrypts nothing.", "Its key and everything that was read would cross the network in the open. Only this machine itself is reached so.",
        "Write https://";
    OtherServer {} = "satellite.other_server", Negative,
        "The address of the server is that of another product.", "It stands in the samples that are published for files like this one.",
        "Write the address of your Weir server";
    ProxyHost {} = "satellite.proxy_host", Negative,
        "The host of the proxy is not a name or an IP address alone.", "It has no http:// before it and no port behind it.",
        "Write the name, and the port under port";
    ProxyUser {} = "satellite.proxy_user", Negative,
        "The proxy has a password and no user name.", "A password is sent with the name that it belongs to.",
        "Add username";
    Zone { zone: String } = "satellite.timezone", Negative,
        "{zone} is not a time zone.", "Zones are named by the IANA list.",
        "Write it as Jira names it in the answer of /rest/api/2/myself, for example Europe/Berlin";
    FieldNear { field: String, near: String } = "satellite.field", Negative,
        "{field} is no field that can be left out. Did you mean {near}?", "What a misspelt name was to leave out would be read and sent.",
        "Write {near}";
    FieldUnknown { field: String } = "satellite.field", Negative,
        "{field} is no field that can be left out.", "Fields are summary, description, comment, userDetails, and others by their ids.",
        "Write one of these, or an id such as customfield_10042";
    FieldRequired { field: String } = "satellite.field_required", Negative,
        "{field} cannot be left out.", "Issues cannot be told apart or kept in order without it.",
        "Take it out of the list";
    Id {} = "satellite.id", Negative,
        "The id of the integration is not one.", "An id is one word of letters and digits, as the server gives it.",
        "Copy it from the server";
    IdTwice { line: u64 } = "satellite.id_twice", Negative,
        "Two integrations have this id.", "The other one has it on line {line}. Each integration has an id of its own.",
        "Correct one of them";
    Application { application: String } = "satellite.application", Negative,
        "{application} is an application that Weir does not know.", "This integration is left out; the others run.",
        "Correct the word; Weir reads jira";
    ApplicationOther { application: String } = "satellite.application_other", Negative,
        "Weir does not read {application} yet.", "This integration is left out; the others run.",
        "Leave it where it is, or take it out";
    NothingToRead {} = "satellite.nothing", Negative,
        "No integration of this file can be read.", "A satellite without one has nothing to do.",
        "Add an integration with application: jira, or correct those that are there";
    Authentication {} = "satellite.authentication", Negative,
        "The way to sign in is not known.", "For jira authentication is adfs, or is left out: then username and api_key say it.",
        "Write adfs, or leave it out";
    AdfsUnasked {} = "satellite.adfs_unasked", Negative,
        "What is said of ADFS is not used.", "It is for authentication: adfs, which is not there.",
        "Add authentication: adfs, or leave the keys of ADFS out";
    LoginUnused {} = "satellite.login_unused", Negative,
        "username and api_key are not used here.", "With authentication: adfs the account is adfs_username.",
        "Leave them out";
    SecretTwice { key: String, other: String } = "satellite.secret_twice", Negative,
        "{key} and {other} are both there.", "Which of them holds could not be told.",
        "Leave one of them out";
    SecretFile { key: String, detail: String } = "satellite.secret_file", Negative,
        "The file that {key} names cannot be used.", "{detail}.",
        "Write the secret into a file that only the satellite can read; a path is taken from the folder of this file on";
    SecretVariable { key: String } = "satellite.secret_variable", Negative,
        "The variable that {key} names is not set.", "It is not in the environment of this process, is empty, or is not UTF-8.",
        "Set it where the satellite is started";
    SecretVariableName { key: String } = "satellite.secret_variable", Negative,
        "What {key} has is not the name of a variable.", "Names of variables are letters, digits and _.",
        "Write the name alone, without $ and braces";
    SecretShared { key: String } = "satellite.secret_shared", Negative,
        "The file that {key} names can be read by others on this machine.", "Its permissions say so.",
        "Let the satellite's user alone read it: chmod 600";
    SecretWord { key: String } = "satellite.secret_word", Negative,
        "{key} has a blank or a line break in it.", "Keys and tokens are one word.",
        "Copy it again, without what stands around it";
    SecretReference { key: String } = "satellite.secret_reference", Negative,
        "{key} looks like a reference, and is taken as it is written.", "Nothing is put in the place of ${{NAME}}.",
        "Write {key}_env: NAME where the variable NAME was meant";
    Shared { mode: String } = "satellite.shared", Negative,
        "Others on this machine can read the file, and it holds a secret.", "Its permissions are {mode}.",
        "Let the satellite's user alone read it: chmod 600";
    Certificates { key: String, detail: String } = "satellite.ca_file", Negative,
        "The file that {key} names holds no certificates that can be used.", "{detail}.",
        "Name a PEM file with one or more CERTIFICATE blocks";
    UnsafeTls {} = "satellite.unsafe_tls", Negative,
        "Certificates of Jira are not checked.", "Anybody on the way can read the credential. allow_unsafe_ssl says so.",
        "Name the authority's certificate with ca_file, and take allow_unsafe_ssl out";
    Legacy {} = "satellite.legacy", Negative,
        "levelops is the old name of the block satellite.", "It is read like that one.",
        "Call it satellite";
    LegacyUnused {} = "satellite.legacy_unused", Negative,
        "The block levelops is not used.", "There is a block satellite, which is the newer name of it.",
        "Leave levelops out";
}
