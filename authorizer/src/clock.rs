//! The time of day, as an argument.
//!
//! Wall-clock time, because a monotonic clock stands still while Lambda freezes the process, and a key
//! set ages all the same. Only `main` asks the system for it.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970-01-01T00:00:00Z: a `NumericDate` of RFC 7519 section 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixTime(pub u64);

impl UnixTime {
    /// The system's time.
    #[must_use]
    pub fn now() -> Self {
        Self(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
    }

    /// How far apart two times are, in seconds. Without a sign: after the clock was set back, what was
    /// noted an hour ahead is as old as what was noted an hour ago.
    #[must_use]
    pub fn distance(self, other: Self) -> u64 {
        self.0.abs_diff(other.0)
    }
}
