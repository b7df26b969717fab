//! The time of day, as an argument.
//!
//! Wall-clock time, because a monotonic clock stands still while Lambda freezes the process, and a key
//! set ages all the same. Only `main` asks the system for it. How long something takes is measured in here.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

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

/// Measures something that began at a time that was given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Watch {
    began_at: UnixTime,
    wall: SystemTime,
    running: Instant,
}

/// When something began and ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) began_at: UnixTime,
    /// By the wall clock, so with the time for which Lambda froze the process meanwhile.
    pub(crate) ended_at: UnixTime,
    /// Without that time: as long as anybody can have waited.
    pub(crate) took: Duration,
}

impl Watch {
    pub(crate) fn start(now: UnixTime) -> Self {
        Self { began_at: now, wall: SystemTime::now(), running: Instant::now() }
    }

    pub(crate) fn stop(self) -> Span {
        let took = self.running.elapsed();
        // A clock that was set back meanwhile tells nothing.
        let ended_at = self.began_at.after(self.wall.elapsed().unwrap_or(took));
        Span { began_at: self.began_at, ended_at, took }
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

    #[test]
    fn what_is_measured_ends_as_much_later_as_it_took() {
        let began = UnixTime::from_secs(1_800_000_000);
        let watch = Watch::start(began);
        std::thread::sleep(Duration::from_millis(20));
        let span = watch.stop();
        assert_eq!(span.began_at, began);
        assert!(span.took >= Duration::from_millis(20), "{span:?}");
        assert!(span.ended_at.distance(began.after(span.took)) < Duration::from_millis(20), "{span:?}");
    }
}
