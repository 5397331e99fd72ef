//! Where a sentence is read.

/// Where a sentence is read: what to do about the same fault has other words there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Surface {
    /// At the command line.
    CommandLine,
    /// By a program, through the API.
    Api,
    /// On a page of the server.
    Page,
}
