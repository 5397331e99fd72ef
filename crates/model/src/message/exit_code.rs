//! How commands end.

/// What a process says when it ends; the numbers are a contract.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum ExitCode {
    /// Done.
    Done = 0,
    /// A negative answer: a check failed, a comparison found a difference.
    Negative = 1,
    /// The command or a value in it does not fit.
    Usage = 2,
    /// Not found.
    NotFound = 3,
    /// The credential was refused.
    Authentication = 4,
    /// The credential is good, the permission is missing.
    Permission = 5,
    /// It clashes with what is there.
    Conflict = 6,
    /// Unavailable or rate-limited; a retry makes sense.
    Unavailable = 7,
    /// Timed out.
    TimedOut = 8,
    /// Our bug.
    Bug = 70,
    /// Interrupted.
    Interrupted = 130,
}
