//! How long Sentry accepts no more of our events, according to the headers of its answers.
//! <https://develop.sentry.dev/sdk/foundations/transport/rate-limiting/>

use std::time::{Duration, SystemTime};

/// Used if the answer does not say how long (the same page).
const DEFAULT: Duration = Duration::from_mins(1);
/// Longer than any instance lives. It keeps the sum with a time within range.
const LONGEST: Duration = Duration::from_hours(24);

/// The time until which nothing is sent.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Limit {
    until: Option<SystemTime>,
}

impl Limit {
    /// The remaining time. `None` if there is none.
    pub(crate) fn left(self, now: SystemTime) -> Option<Duration> {
        self.until?.duration_since(now).ok().filter(|left| !left.is_zero())
    }

    /// Reads an answer's headers: `X-Sentry-Rate-Limits`, which counts on any answer, else `Retry-After` on a
    /// 429.
    pub(crate) fn hear(
        &mut self,
        status: u16,
        limits: Option<&str>,
        retry_after: Option<&str>,
        now: SystemTime,
    ) {
        let told = match limits {
            Some(limits) => for_errors(limits),
            None if status == 429 => {
                // The header's other form is a date, which Sentry does not send.
                let seconds = retry_after.and_then(|text| text.trim().parse().ok());
                Some(seconds.map_or(DEFAULT, Duration::from_secs))
            }
            None => None,
        };
        if let Some(told) = told {
            self.until = Some(now + told.min(LONGEST));
        }
    }
}

/// The longest limit for errors: `SECONDS:CATEGORY;CATEGORY:SCOPE...`, several of them separated by commas.
/// An empty category means all categories. Entries that cannot be read are skipped.
fn for_errors(limits: &str) -> Option<Duration> {
    let seconds = limits.split(',').filter_map(|limit| {
        let mut parts = limit.trim().split(':');
        let seconds = parts.next()?.parse::<u64>().ok()?;
        let categories = parts.next().unwrap_or_default();
        let meant = categories.is_empty()
            || categories.split(';').any(|category| matches!(category, "error" | "default"));
        meant.then_some(seconds)
    });
    seconds.max().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(status: u16, limits: Option<&str>, retry_after: Option<&str>) -> Option<u64> {
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(500_000);
        let mut limit = Limit::default();
        limit.hear(status, limits, retry_after, now);
        limit.left(now).map(|left| left.as_secs())
    }

    #[test]
    fn sentrys_header_precedes_the_common_one_on_any_answer() {
        assert_eq!(left(429, Some("60:error:organization"), Some("5")), Some(60));
        assert_eq!(left(200, Some("60:error:organization"), None), Some(60));
        assert_eq!(left(429, Some("60:transaction:key"), Some("5")), None);
        assert_eq!(
            left(429, Some("10::organization, 2700:default;error;security:organization"), None),
            Some(2_700)
        );
        assert_eq!(left(429, Some("60:transaction:key, 7:error:key"), None), Some(7));
        assert_eq!(left(429, Some(""), None), None);
        assert_eq!(left(429, Some("soon:error:key, :, 3"), None), Some(3));
    }

    #[test]
    fn a_429_alone_is_a_minute_or_what_it_says() {
        assert_eq!(left(429, None, Some("17")), Some(17));
        for unreadable in [None, Some(""), Some("-1"), Some("Fri, 27 Nov 2026 10:00:00 GMT")] {
            assert_eq!(left(429, None, unreadable), Some(60), "{unreadable:?}");
        }
        assert_eq!(left(200, None, Some("17")), None);
        assert_eq!(left(503, None, Some("17")), None);
    }

    #[test]
    fn no_answer_can_say_more_than_a_day_and_a_limit_ends() {
        assert_eq!(left(429, None, Some("18446744073709551615")), Some(24 * 60 * 60));
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(500_000);
        let mut limit = Limit::default();
        assert_eq!(limit.left(now), None);
        limit.hear(429, None, Some("10"), now);
        assert!(limit.left(now + Duration::from_secs(9)).is_some());
        assert_eq!(limit.left(now + Duration::from_secs(10)), None);
    }
}
