//! The time of day, passed as an argument.
//!
//! It is wall-clock time, because a monotonic clock stops while Lambda freezes the process, and a key set
//! gets older during that time. Only `main` reads the system's clock. Durations are measured in this file.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The time since 1970-01-01T00:00:00Z. Tokens are checked against its whole seconds, which are a
/// `NumericDate` of RFC 7519 section 2. The lifetimes of key sets use parts of a second too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixTime(Duration);

impl UnixTime {
    /// The system's time.
    #[must_use]
    pub fn now() -> Self {
        Self(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
    }

    /// The time this many seconds after the start of 1970.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// The whole seconds.
    #[must_use]
    pub const fn secs(self) -> u64 {
        self.0.as_secs()
    }

    /// The time this much later.
    #[must_use]
    pub const fn after(self, time: Duration) -> Self {
        Self(self.0.saturating_add(time))
    }

    /// The time between two times, without a sign. After the clock was set back, a set fetched an hour ahead
    /// of now counts as one hour old.
    #[must_use]
    pub const fn distance(self, other: Self) -> Duration {
        self.0.abs_diff(other.0)
    }
}

/// Measures a span that began at a given time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Watch {
    began_at: UnixTime,
    wall: SystemTime,
    running: Instant,
}

/// When a span began and ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) began_at: UnixTime,
    /// By the wall clock, so the time for which Lambda froze the process is included.
    pub(crate) ended_at: UnixTime,
    /// Without the time for which Lambda froze the process: the longest that a caller can have waited.
    pub(crate) took: Duration,
}

impl Watch {
    pub(crate) fn start(now: UnixTime) -> Self {
        Self { began_at: now, wall: SystemTime::now(), running: Instant::now() }
    }

    pub(crate) fn stop(self) -> Span {
        let took = self.running.elapsed();
        // If the wall clock was set back in between, it does not tell how long the span took.
        let ended_at = self.began_at.after(self.wall.elapsed().unwrap_or(took));
        Span { began_at: self.began_at, ended_at, took }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_keeps_milliseconds_and_has_whole_seconds() {
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

    #[test]
    fn a_measured_span_ends_as_much_later_as_it_took() {
        let began = UnixTime::from_secs(1_800_000_000);
        let watch = Watch::start(began);
        std::thread::sleep(Duration::from_millis(20));
        let span = watch.stop();
        assert_eq!(span.began_at, began);
        assert!(span.took >= Duration::from_millis(20), "{span:?}");
        assert!(span.ended_at.distance(began.after(span.took)) < Duration::from_millis(20), "{span:?}");
    }
}
