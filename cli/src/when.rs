//! Times in words: in the form of RFC 3339, and relative to now.
//!
//! The crate `time` handles dates. Relative times take 20 lines of our own: `humantime` and jiff write every
//! unit of a duration (`1day 3h 46m 40s`), and `timeago` cannot handle future times and turns 40 days into
//! months and weeks.

use authorizer::UnixTime;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Reads a time: seconds since 1970, or RFC 3339.
pub(crate) fn parse(text: &str) -> Result<UnixTime, &'static str> {
    const FORM: &str = "a time is written like 2027-01-15T08:00:00Z, or as whole seconds since 1970";
    let seconds = match text.parse::<i64>() {
        Ok(seconds) => OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| FORM)?.unix_timestamp(),
        Err(_) => OffsetDateTime::parse(text, &Rfc3339).map_err(|_| FORM)?.unix_timestamp(),
    };
    u64::try_from(seconds).map(UnixTime::from_secs).map_err(|_| "a time before 1970 has no token")
}

/// A time in the form of RFC 3339.
pub(crate) fn moment(time: UnixTime) -> String {
    let seconds = time.secs();
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_else(|| format!("{seconds} s after 1970"))
}

/// A time relative to now: `in 59 min`, `3 h 20 min ago`.
pub(crate) fn distance(at: UnixTime, now: UnixTime) -> String {
    let (at, now) = (at.secs(), now.secs());
    let words = duration(at.abs_diff(now));
    match at.cmp(&now) {
        std::cmp::Ordering::Less => format!("{words} ago"),
        std::cmp::Ordering::Equal => "now".to_owned(),
        std::cmp::Ordering::Greater => format!("in {words}"),
    }
}

/// The two largest units of a duration in seconds.
pub(crate) fn duration(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    let parts = match (days, hours, minutes) {
        (0, 0, 0) => [(seconds, "s"), (0, "")],
        (0, 0, _) => [(minutes, "min"), (seconds % 60, "s")],
        (0, _, _) => [(hours, "h"), (minutes % 60, "min")],
        _ => [(days, "d"), (hours % 24, "h")],
    };
    let named: Vec<_> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}")).collect();
    named.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_seconds_or_as_rfc_3339() {
        for text in ["1800000000", "2027-01-15T08:00:00Z", "2027-01-15T09:00:00+01:00"] {
            assert_eq!(parse(text), Ok(UnixTime::from_secs(1_800_000_000)), "{text}");
        }
        for text in ["", "now", "2027-01-15", "2027-01-15T08:00:00", "-1", "1.5", "999999999999999"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_is_written_so_that_it_can_be_read_again() {
        assert_eq!(moment(UnixTime::from_secs(1_800_000_000)), "2027-01-15T08:00:00Z");
        assert_eq!(moment(UnixTime::from_secs(253_402_300_799)), "9999-12-31T23:59:59Z");
    }

    #[test]
    fn a_distance_has_its_two_largest_units() {
        for (seconds, words) in [
            (1, "1 s"),
            (60, "1 min"),
            (61, "1 min 1 s"),
            (3_600, "1 h"),
            (12_059, "3 h 20 min"),
            (86_400, "1 d"),
            (100_000, "1 d 3 h"),
        ] {
            assert_eq!(
                distance(UnixTime::from_secs(500_000 + seconds), UnixTime::from_secs(500_000)),
                format!("in {words}")
            );
            assert_eq!(
                distance(UnixTime::from_secs(500_000 - seconds), UnixTime::from_secs(500_000)),
                format!("{words} ago")
            );
        }
        let at = UnixTime::from_secs(5);
        assert_eq!(distance(at, at), "now");
        assert_eq!(distance(at, at.after(std::time::Duration::from_millis(900))), "now");
    }
}
