//! The time of day, as an argument.
//!
//! Wall-clock time, because a monotonic clock stands still while Lambda freezes the process, and a key
//! set ages all the same. Only `main` asks the system for it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The time since 1970-01-01T00:00:00Z. Tokens are held to its whole seconds, a `NumericDate` of RFC 7519
/// section 2; what is kept of keys goes by parts of seconds too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixTime(Duration);

impl UnixTime {
    /// The system's time.
    #[must_use]
    pub fn now() -> Self {
        Self(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
    }

    /// So many seconds after 1970 began.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// The whole seconds.
    #[must_use]
    pub const fn secs(self) -> u64 {
        self.0.as_secs()
    }

    /// This much later.
    #[must_use]
    pub const fn after(self, time: Duration) -> Self {
        Self(self.0.saturating_add(time))
    }

    /// How far apart two times are. Without a sign: after the clock was set back, what was noted an hour
    /// ahead is as old as what was noted an hour ago.
    #[must_use]
    pub const fn distance(self, other: Self) -> Duration {
        self.0.abs_diff(other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_exact_below_the_second_and_has_its_whole_seconds_all_the_same() {
        let noon = UnixTime::from_secs(1_800_000_000);
        let late = noon.after(Duration::from_millis(999));
        assert_eq!((late.secs(), late > noon), (noon.secs(), true));
        assert_eq!(late.after(Duration::from_millis(1)).secs(), noon.secs() + 1);
        assert_eq!(late.distance(noon), noon.distance(late));
        assert_eq!(late.distance(noon), Duration::from_millis(999));
    }

    #[test]
    fn no_date_that_a_token_can_state_is_lost_or_wraps() {
        let end = UnixTime::from_secs(u64::MAX);
        assert_eq!(end.secs(), u64::MAX);
        assert_eq!(end.after(Duration::from_secs(5)).secs(), u64::MAX);
    }
}
