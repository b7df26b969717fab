//! How long a key set is used, and when the next attempt to get one is allowed. These are pure functions of
//! what is known, the key id and the time.
//!
//! A set is fresh for `ttlSeconds`. After that, or if it lacks the key id, it is fetched again, but not
//! within `cooldownSeconds` of the end of the last attempt, whether or not that succeeded. While a new set is
//! unavailable, the old one is used until it is `maxStaleSeconds` old.
//!
//! While no set is usable, nobody is let in, so the next attempt comes sooner: the first attempt tries twice,
//! and the pauses after failed attempts grow up to the cooldown. In both cases a pause is at least as long as
//! the attempt before it took. (The check of config.json makes sure that the cooldown is not shorter than
//! `timeoutMillis`.) So if callers arrive at an even rate, a key server that hangs delays at most every
//! second one.

use std::time::Duration;

use platform::config::Jwks;

use super::fetch::Tries;
use super::key_set::{KeyId, KeySet, VerifyingKey};
use crate::clock::{Span, UnixTime};
use crate::error::{AuthorizeError, TokenError};
use crate::issuers::{SharedIssuer, TrustedIssuer};

/// The pause after the first failed attempt while no set is usable. Each further failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// Where a key came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheState {
    /// From a set that was already in the cache.
    Fresh,
    /// From a set that was fetched for this request.
    Fetched,
    /// From a set that is past its lifetime, because a newer one is unavailable.
    Stale,
}

impl CacheState {
    /// A stable name for logs and metrics.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Fetched => "fetched",
            Self::Stale => "stale",
        }
    }
}

/// A key, and where it came from.
#[derive(Debug, Clone)]
pub struct KeyLookup {
    /// The key.
    pub key: VerifyingKey,
    /// Where it came from.
    pub state: CacheState,
    /// How long ago its set was fetched, in seconds.
    pub age: u64,
}

/// Why there is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyError {
    /// The issuer has no such key. Either its set is known and lacks the key, or the issuer may not exist and
    /// its key server says that there is no set.
    Unknown,
    /// The issuer's set is unavailable.
    Unavailable,
}

impl From<KeyError> for AuthorizeError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Unknown => TokenError::UnknownKey.into(),
            KeyError::Unavailable => Self::KeysUnavailable,
        }
    }
}

/// What is known about one issuer's keys.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    set: Option<CachedKeySet>,
    /// When the last attempt was made.
    last: Span,
    /// How many attempts have failed in a row.
    failures: u32,
    /// Whether the last attempt failed because the key server answered that there is no set.
    is_absent: bool,
}

#[derive(Debug, Clone)]
struct CachedKeySet {
    keys: KeySet,
    fetched_at: UnixTime,
}

impl Entry {
    /// The entry after a successful attempt. The set's age counts from the start of the request for it.
    pub(super) const fn fetched(keys: KeySet, last: Span) -> Self {
        let set = Some(CachedKeySet { keys, fetched_at: last.began_at });
        Self { set, last, failures: 0, is_absent: false }
    }

    /// The entry after a failed attempt, which keeps what was known before.
    pub(super) fn failed(before: Option<&Self>, is_absent: bool, last: Span) -> Self {
        let failures = before.map_or(0, |before| before.failures).saturating_add(1);
        Self { set: before.and_then(|before| before.set.clone()), last, failures, is_absent }
    }

    /// The keys that were fetched last, whatever their age.
    pub(super) fn keys(&self) -> Option<&KeySet> {
        self.set.as_ref().map(|set| &set.keys)
    }
}

/// Whether this issuer possibly does not exist: it is optional, and never delivered a set.
///
/// Anybody can make the gate request its keys with a token that names it. A failure of that request is not
/// our fault.
pub(super) fn is_unproven(entry: Option<&Entry>, issuer: &TrustedIssuer) -> bool {
    issuer.is_optional && entry.and_then(Entry::keys).is_none()
}

/// The configured times.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lifetimes {
    ttl: Duration,
    max_stale: Duration,
    cooldown: Duration,
}

impl Lifetimes {
    pub(super) fn new(config: &Jwks) -> Self {
        Self {
            ttl: Duration::from_secs(config.ttl_seconds.get()),
            max_stale: Duration::from_secs(config.max_stale_seconds.get()),
            cooldown: Duration::from_secs(config.cooldown_seconds.get()),
        }
    }

    /// The result of looking up a key id in an entry.
    ///
    /// If the issuer is unproven and its key server says that there is no set, the issuer has no such key:
    /// the token is bad, because nobody can have signed it. Every other failure is an outage, also for an
    /// unproven issuer: refused or broken connections, timeouts, 5xx. During an outage the token may be good,
    /// and a 401 would make clients sign people out. So somebody who names such an issuer on purpose gets
    /// another answer than 401 only while AWS's own endpoint is down.
    pub(super) fn look_up(
        self,
        entry: Option<&Entry>,
        issuer: &SharedIssuer,
        id: &KeyId,
        now: UnixTime,
    ) -> Result<KeyLookup, KeyError> {
        if is_unproven(entry, issuer) && entry.is_some_and(|entry| entry.is_absent) {
            return Err(KeyError::Unknown);
        }
        let set = self.serving(entry, now).ok_or(KeyError::Unavailable)?;
        let key = set.keys.key(id, issuer).ok_or(KeyError::Unknown)?;
        let age = set.fetched_at.distance(now);
        let state = if age < self.ttl { CacheState::Fresh } else { CacheState::Stale };
        Ok(KeyLookup { key, state, age: age.as_secs() })
    }

    /// Whether an attempt is allowed. A request from the time of the last attempt shares that attempt's
    /// result.
    pub(super) fn may_fetch(self, entry: Option<&Entry>, now: UnixTime) -> bool {
        entry.is_none_or(|entry| {
            let Span { began_at, ended_at, .. } = entry.last;
            !(began_at..=ended_at).contains(&now) && ended_at.distance(now) >= self.pause(entry, now)
        })
    }

    /// How many tries an attempt has. The second try is for a momentary fault; the pauses are for an outage.
    pub(super) fn tries(self, entry: Option<&Entry>, now: UnixTime) -> Tries {
        let has_failed = entry.is_some_and(|entry| entry.failures > 0);
        if has_failed || self.serving(entry, now).is_some() { Tries::One } else { Tries::Two }
    }

    /// How long no attempt is made after the end of the last one.
    fn pause(self, entry: &Entry, now: UnixTime) -> Duration {
        if self.serving(Some(entry), now).is_some() {
            return self.cooldown;
        }
        let doublings = entry.failures.saturating_sub(1);
        let growing = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(doublings));
        growing.max(entry.last.took).min(self.cooldown)
    }

    /// The set, if it is young enough to be used.
    fn serving(self, entry: Option<&Entry>, now: UnixTime) -> Option<&CachedKeySet> {
        entry?.set.as_ref().filter(|set| set.fetched_at.distance(now) < self.max_stale)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use platform::config::Algorithm;
    use platform::identity::TokenUse;
    use serde_json::json;

    use super::*;
    use crate::issuers::KeySource;

    const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);
    const TIMES: Lifetimes = Lifetimes { ttl: secs(3_600), max_stale: secs(86_400), cooldown: secs(10) };

    const fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    const fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// An attempt that began at this time and took this long.
    fn span(began_at: UnixTime, took: Duration) -> Span {
        Span { began_at, ended_at: began_at.after(took), took }
    }

    fn issuer(is_optional: bool) -> SharedIssuer {
        let source = KeySource::Url("https://a.example.com/keys".to_owned());
        let clients = vec!["web".to_owned()];
        let issuer = TrustedIssuer::cognito(
            "https://a.example.com".to_owned(),
            clients,
            vec![TokenUse::Access],
            source,
        );
        Arc::new(TrustedIssuer { is_optional, ..issuer })
    }

    /// A set with the key `k`.
    fn keys() -> KeySet {
        let n = URL_SAFE_NO_PAD.encode([0xff; 256]);
        let key = json!({ "kty": "RSA", "kid": "k", "n": n, "e": "AQAB" });
        KeySet::parse(json!({ "keys": [key] }).to_string().as_bytes(), &[Algorithm::Rs256]).unwrap()
    }

    fn id(id: &str) -> KeyId {
        KeyId::parse(id.to_owned()).unwrap()
    }

    /// `count` failed attempts without a set, each of which took this long.
    fn failed(count: u32, took: Duration) -> Entry {
        let attempt = |before: Option<Entry>, _| Some(Entry::failed(before.as_ref(), false, span(NOW, took)));
        (0..count).fold(None, attempt).unwrap()
    }

    /// How long after its end the next attempt is allowed, to the millisecond.
    fn pause_after(entry: &Entry) -> Duration {
        let end = entry.last.ended_at;
        let may_at = |wait: u64| TIMES.may_fetch(Some(entry), end.after(millis(wait)));
        let wait = (0..=20_000).find(|wait| may_at(*wait)).unwrap();
        assert!((wait..wait + 5_000).all(may_at), "and not only at once");
        millis(wait)
    }

    #[test]
    fn a_set_is_fresh_then_stale_then_of_no_use() {
        let entry = Entry::fetched(keys(), span(NOW, millis(60)));
        let found = |age: Duration| {
            let found = TIMES.look_up(Some(&entry), &issuer(false), &id("k"), NOW.after(age));
            found.map(|found| (found.state, found.age))
        };
        assert_eq!(found(secs(0)), Ok((CacheState::Fresh, 0)));
        assert_eq!(found(millis(3_599_999)), Ok((CacheState::Fresh, 3_599)));
        assert_eq!(found(secs(3_600)), Ok((CacheState::Stale, 3_600)));
        assert_eq!(found(millis(86_399_999)), Ok((CacheState::Stale, 86_399)));
        assert_eq!(found(secs(86_400)), Err(KeyError::Unavailable));
        let other = TIMES.look_up(Some(&entry), &issuer(false), &id("other"), NOW);
        assert_eq!(other.unwrap_err(), KeyError::Unknown);
        assert_eq!(TIMES.look_up(None, &issuer(false), &id("k"), NOW).unwrap_err(), KeyError::Unavailable);
    }

    #[test]
    fn with_a_set_the_cooldown_starts_at_the_end_of_an_attempt() {
        let fetched = Entry::fetched(keys(), span(NOW, millis(1_234)));
        assert_eq!(pause_after(&fetched), secs(10));
        let mut entry = fetched;
        for _ in 0..3 {
            entry = Entry::failed(Some(&entry), false, span(NOW, millis(777)));
            assert_eq!(pause_after(&entry), secs(10), "and a failure changes nothing in that");
        }
        assert!(TIMES.may_fetch(None, NOW), "the first is always allowed");
    }

    #[test]
    fn without_a_set_the_pauses_grow_up_to_the_cooldown() {
        let pauses: Vec<_> = (1..=8).map(|count| pause_after(&failed(count, millis(5)))).collect();
        let expected = [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000];
        assert_eq!(pauses, expected.map(millis));
        assert_eq!(pause_after(&failed(1_000, millis(5))), secs(10), "however many there were");
    }

    #[test]
    fn without_a_set_a_pause_lasts_an_attempt_to_a_cooldown() {
        assert_eq!(pause_after(&failed(1, millis(1_500))), millis(1_500));
        assert_eq!(pause_after(&failed(3, millis(1_500))), millis(1_500));
        assert_eq!(pause_after(&failed(4, millis(1_500))), secs(2));
        assert_eq!(pause_after(&failed(1, secs(60))), secs(10));
    }

    #[test]
    fn a_fetched_set_ends_the_growth_of_the_pauses() {
        let fetched = Entry::fetched(keys(), span(NOW, millis(5)));
        assert_eq!((fetched.failures, failed(5, millis(5)).failures), (0, 5));
        // A set was fetched again, but is too old to be used at the time of the next attempts.
        let late = NOW.after(secs(2 * 86_400));
        let entry = Entry::failed(Some(&fetched), false, span(late, millis(5)));
        assert_eq!(pause_after(&entry), millis(250), "a set that is too old to serve is as good as none");
    }

    #[test]
    fn a_request_from_the_time_of_an_attempt_makes_no_other() {
        for entry in [failed(1, secs(4)), Entry::fetched(keys(), span(NOW, secs(20)))] {
            for wait in (0..=entry.last.took.as_secs()).map(secs) {
                assert!(!TIMES.may_fetch(Some(&entry), NOW.after(wait)), "{wait:?} after its start");
            }
        }
        let set_back = UnixTime::from_secs(NOW.secs() - 3_600);
        assert!(
            TIMES.may_fetch(Some(&failed(9, secs(4))), set_back),
            "a clock that was set back locks nobody out"
        );
    }

    #[test]
    fn a_hanging_server_delays_at_most_every_second_caller() {
        for (cooldown, took) in [(secs(1), secs(1)), (secs(2), millis(1_500)), (secs(4), secs(4))] {
            let times = Lifetimes { cooldown, ..TIMES };
            let fetched = Entry::fetched(keys(), span(NOW, millis(5)));
            for entry in [None, Some(fetched)] {
                let (mut entry, mut held) = (entry, 0);
                let calls = 20_000;
                for now in (0..calls).map(|n| NOW.after(secs(20) + millis(7 * n))) {
                    if times.may_fetch(entry.as_ref(), now) {
                        entry = Some(Entry::failed(entry.as_ref(), false, span(now, took)));
                    }
                    held += u64::from(entry.as_ref().unwrap().last.ended_at > now);
                }
                assert!((1..=calls / 2 + 300).contains(&held), "{cooldown:?}, {took:?}: {held} of {calls}");
            }
        }
    }

    #[test]
    fn only_the_first_attempt_without_a_set_tries_twice() {
        assert_eq!(TIMES.tries(None, NOW), Tries::Two);
        assert_eq!(TIMES.tries(Some(&failed(1, millis(5))), NOW), Tries::One);
        let fetched = Entry::fetched(keys(), span(NOW, millis(5)));
        assert_eq!(TIMES.tries(Some(&fetched), NOW.after(secs(86_399))), Tries::One, "the set serves");
        assert_eq!(TIMES.tries(Some(&fetched), NOW.after(secs(86_400))), Tries::Two, "it is as good as none");
    }

    #[test]
    fn an_optional_issuer_without_a_set_has_no_keys() {
        let look_up = |entry: &Entry, is_optional, now| {
            TIMES.look_up(Some(entry), &issuer(is_optional), &id("k"), now).map(|found| found.state)
        };
        let absent = Entry::failed(None, true, span(NOW, millis(5)));
        assert_eq!(look_up(&absent, true, NOW), Err(KeyError::Unknown));
        assert_eq!(
            look_up(&absent, false, NOW),
            Err(KeyError::Unavailable),
            "a configured one must have one"
        );
        assert_eq!(look_up(&failed(1, millis(5)), true, NOW), Err(KeyError::Unavailable), "an outage");
        let outage = Entry::failed(Some(&absent), false, span(NOW, millis(5)));
        assert_eq!(look_up(&outage, true, NOW), Err(KeyError::Unavailable), "the last answer counts");

        let fetched = Entry::fetched(keys(), span(NOW, millis(5)));
        let gone = Entry::failed(Some(&fetched), true, span(NOW, millis(5)));
        assert_eq!(look_up(&gone, true, NOW), Ok(CacheState::Fresh), "one that has given a set exists");
        let late = NOW.after(secs(86_400));
        assert_eq!(look_up(&gone, true, late), Err(KeyError::Unavailable));
    }

    #[test]
    fn only_an_optional_issuer_without_any_set_is_unproven() {
        let fetched = Entry::fetched(keys(), span(NOW, millis(5)));
        let then_failed = Entry::failed(Some(&fetched), true, span(NOW, millis(5)));
        for (entry, if_optional) in [
            (None, true),
            (Some(failed(3, millis(5))), true),
            (Some(fetched), false),
            (Some(then_failed), false),
        ] {
            assert_eq!(is_unproven(entry.as_ref(), &issuer(true)), if_optional);
            assert!(!is_unproven(entry.as_ref(), &issuer(false)));
        }
    }
}
