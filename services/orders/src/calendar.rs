//! Times and days, all in UTC. Nothing here reads the clock.
//!
//! It uses `time`, which the AWS SDK depends on anyway. jiff does not fit, because its last moment is 26
//! hours before the end of the year 9999
//! (<https://docs.rs/jiff/latest/jiff/struct.Timestamp.html#associatedconstant.MAX>), and a `UUIDv7` can be
//! later than that.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::de::{self, Deserialize, Deserializer};
use serde::{Serialize, Serializer};
use time::format_description::StaticFormatDescription;
use time::macros::format_description;
use time::{Date, OffsetDateTime};
use utoipa::ToSchema;

/// RFC 3339 in UTC, always with milliseconds. `time`'s own `Rfc3339` writes only as many digits as needed,
/// and such texts would not sort in the order of their times.
const WITH_MILLIS: StaticFormatDescription =
    format_description!(version = 2, "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

const YEAR_MONTH_DAY: StaticFormatDescription = format_description!(version = 2, "[year]-[month]-[day]");

/// 9999-12-31T23:59:59.999Z, the last time that RFC 3339 can write.
const LAST_MILLIS: u64 = 253_402_300_799_999;

/// A point in time, in whole milliseconds, from 1970 to 9999: a `UUIDv7` can contain it, and RFC 3339 can
/// write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(value_type = String, format = DateTime, description = "A time in UTC, with milliseconds (RFC 3339).")]
pub struct Timestamp(u64);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub(crate) const EPOCH: Self = Self(0);

    /// This many milliseconds after 1970-01-01T00:00:00Z. `None` after the year 9999.
    #[must_use]
    pub fn from_millis(millis: u64) -> Option<Self> {
        (millis <= LAST_MILLIS).then_some(Self(millis))
    }

    /// The time of a clock. One that is set before 1970 counts as 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn of(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since.as_millis()).unwrap_or(LAST_MILLIS).min(LAST_MILLIS))
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// Seconds since the Unix epoch, the unit of `DynamoDB`'s time to live.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0 / 1000
    }

    /// The time this many seconds later.
    #[must_use]
    pub fn plus_seconds(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)).min(LAST_MILLIS))
    }

    /// The day of this time.
    #[must_use]
    pub fn day(self) -> Day {
        Day(self.date_time().date())
    }

    fn date_time(self) -> OffsetDateTime {
        // Up to the year 9999, every millisecond can be represented.
        let nanos = i128::from(self.0) * 1_000_000;
        OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

/// RFC 3339, always with milliseconds.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.date_time().format(WITH_MILLIS).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A day of the calendar, from 1970-01-01 to 9999-12-31.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(value_type = String, format = Date, pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description = "A day in UTC.")]
pub struct Day(Date);

impl Day {
    /// Reads `YYYY-MM-DD`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let day = Date::parse(text, YEAR_MONTH_DAY).ok().filter(|date| date.year() >= 1970).map(Self)?;
        // `time` also accepts a sign before the year.
        (day.to_string() == text).then_some(day)
    }

    /// The day this many days before this one, but not before 1970.
    #[must_use]
    pub fn minus(self, days: u16) -> Self {
        let first = OffsetDateTime::UNIX_EPOCH.date();
        let earlier = self.0.checked_sub(time::Duration::days(i64::from(days))).unwrap_or(first);
        Self(earlier.max(first))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("must be a day such as 2026-01-31"))
    }
}

/// Consecutive days, from one to another, both included: at least one, at most [`Period::LONGEST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    from: Day,
    to: Day,
}

impl Period {
    /// The most days of a period. Each may cost a query.
    pub const LONGEST: u16 = 31;

    /// The days from one to the other. `None` if that is not a period.
    #[must_use]
    pub fn new(from: Day, to: Day) -> Option<Self> {
        let days = (to.0 - from.0).whole_days();
        (0..i64::from(Self::LONGEST)).contains(&days).then_some(Self { from, to })
    }

    /// The longest period that ends at this day.
    #[must_use]
    pub fn up_to(to: Day) -> Self {
        Self { from: to.minus(Self::LONGEST - 1), to }
    }

    /// Its first day.
    #[must_use]
    pub const fn from(&self) -> Day {
        self.from
    }

    /// Its last day.
    #[must_use]
    pub const fn to(&self) -> Day {
        self.to
    }

    /// Whether the day is in it.
    #[must_use]
    pub fn contains(&self, day: Day) -> bool {
        (self.from..=self.to).contains(&day)
    }

    /// Its days, the last one first.
    pub fn days_backwards(self) -> impl Iterator<Item = Day> {
        let last = (self.to.0 - self.from.0).whole_days();
        // A period has at most LONGEST days.
        let last = u16::try_from(last).unwrap_or_default();
        (0..=last).map(move |days| self.to.minus(days))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn a_time_is_written_as_rfc_3339_in_utc() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_709_210_096_007, "2024-02-29T12:34:56.007Z"),
            (LAST_MILLIS, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(Timestamp::from_millis(millis).unwrap().to_string(), text);
        }
        assert_eq!(Timestamp::from_millis(LAST_MILLIS + 1), None);
    }

    #[test]
    fn a_day_is_one_of_the_calendar_in_one_spelling() {
        for good in ["1970-01-01", "2024-02-29", "9999-12-31"] {
            assert_eq!(day(good).to_string(), good);
        }
        for bad in [
            "",
            "2024",
            "2024-02",
            "2023-02-29",
            "2024-13-01",
            "2024-00-10",
            "2024-1-1",
            "24-01-01",
            "1969-12-31",
            "+2024-01-01",
            "2024-01-01T00:00:00Z",
            " 2024-01-01",
            "2024-+1-01",
            "-024-01-01",
            "2024-01-01-01",
        ] {
            assert_eq!(Day::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_period_has_its_ends_in_order_and_is_not_too_long() {
        let january = Period::new(day("2026-01-01"), day("2026-01-31")).unwrap();
        assert_eq!(january.days_backwards().count(), 31);
        assert_eq!(january, Period::up_to(day("2026-01-31")));
        assert_eq!(Period::new(day("2026-01-01"), day("2026-02-01")), None);
        assert_eq!(Period::new(day("2026-01-02"), day("2026-01-01")), None);
        let one = Period::new(day("2026-01-02"), day("2026-01-02")).unwrap();
        assert_eq!(one.days_backwards().collect::<Vec<_>>(), [day("2026-01-02")]);
        let epoch = Period::up_to(day("1970-01-02"));
        assert_eq!(
            epoch.days_backwards().map(|day| day.to_string()).collect::<Vec<_>>(),
            ["1970-01-02", "1970-01-01"]
        );
    }

    proptest! {
        #[test]
        fn every_time_is_on_the_day_that_its_text_begins_with(millis in 0..=LAST_MILLIS) {
            let time = Timestamp::from_millis(millis).unwrap();
            prop_assert!(time.to_string().starts_with(&time.day().to_string()));
            prop_assert_eq!(Day::parse(&time.day().to_string()), Some(time.day()));
        }

        #[test]
        fn times_sort_as_their_texts_do(one in 0..=LAST_MILLIS, other in 0..=LAST_MILLIS) {
            let text = |millis| Timestamp::from_millis(millis).unwrap().to_string();
            prop_assert_eq!(one.cmp(&other), text(one).cmp(&text(other)));
        }

        #[test]
        fn parsing_any_text_as_a_day_never_panics(text in "\\PC{0,12}") {
            if let Some(day) = Day::parse(&text) {
                prop_assert_eq!(day.to_string(), text);
            }
        }
    }
}
