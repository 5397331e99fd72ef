//! Sentences about addresses that users give, and may not be asked.

use super::{ExitCode, Surface, entries::catalogue};

catalogue! {
    /// Why an address that a user gave is not asked.
    AddressFault, parts {};
    Plain { host: String } = "url.scheme", Usage,
        "The address of {host} begins with http://, which encrypts nothing.", "Anybody on the way could read the credential.",
        "Write https://, or ask whoever runs this server to open that host with --allow-address";
    Port { host: String, port: u16 } = "url.port", Permission,
        "The address of {host} names the port {port}.", "Addresses from the browser or the API may name the ports 80, 443, 2990, 8080 and 8443, and others of what was opened.",
        "Check the address, or ask whoever runs this server to open that port with --allow-address {host}:{port}";
}
