//! When to get a key set, and what to use meanwhile.
//!
//! A set is fresh for `ttlSeconds`. After that, or for a key id that it lacks, it is fetched anew: by one
//! request at a time, and by nobody within `cooldownSeconds` of the last attempt, whether that went well or
//! not. Who waited for another's attempt makes none, and takes what there is then. An attempt counts however
//! it ends, and it is not given up when the request that began it goes away. While the set cannot be had, the
//! old one serves until it is `maxStaleSeconds` old. A new set replaces the old one only when it has been read
//! whole.
//!
//! moka holds the sets and lets one computation a key run at a time. Its own expiry is not used: it goes
//! by a clock that stands still while Lambda freezes the process.

use std::sync::{Arc, OnceLock};

use futures_util::future::join_all;
use moka::future::Cache;
use moka::ops::compute::Op;
use platform::config::Jwks;
use platform::metrics::{self, Group, Metric};
use tracing::Instrument as _;

use super::fetch::{FetchError, Fetcher};
use super::key_set::{KeyId, KeySet, VerifyingKey};
use crate::clock::UnixTime;
use crate::error::{Failure, StartError, TokenError};
use crate::issuers::SharedIssuer;

/// Where a key came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheState {
    /// A set that was there already.
    Fresh,
    /// A set that was fetched for this request.
    Fetched,
    /// A set that is past its time, because a newer one cannot be had.
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
pub struct Found {
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
    /// The issuer's set is known, and has no such key.
    Unknown,
    /// The issuer's set is not known.
    Unavailable,
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Unknown => TokenError::UnknownKey.into(),
            KeyError::Unavailable => Self::KeysUnavailable,
        }
    }
}

/// The keys of all issuers.
#[derive(Debug)]
pub struct KeyProvider {
    /// By `iss`. Only configured issuers get in here, so nothing ever has to be thrown out.
    sets: Cache<String, Arc<Entry>>,
    fetcher: Arc<Fetcher>,
    lifetimes: Lifetimes,
}

/// What is known of one issuer's keys.
#[derive(Debug, Clone)]
struct Entry {
    set: Option<Dated>,
    attempted_at: UnixTime,
}

#[derive(Debug, Clone)]
struct Dated {
    keys: KeySet,
    fetched_at: UnixTime,
}

#[derive(Debug, Clone, Copy)]
struct Lifetimes {
    ttl: u64,
    max_stale: u64,
    cooldown: u64,
}

impl KeyProvider {
    /// Sets the cache up, empty.
    ///
    /// # Errors
    /// The HTTP client cannot be set up.
    pub fn new(config: &Jwks) -> Result<Self, StartError> {
        Ok(Self {
            sets: Cache::builder().build(),
            fetcher: Arc::new(Fetcher::new(config)?),
            lifetimes: Lifetimes {
                ttl: config.ttl_seconds.get(),
                max_stale: config.max_stale_seconds.get(),
                cooldown: config.cooldown_seconds.get(),
            },
        })
    }

    /// Gets the sets of `issuers` side by side. What cannot be had is logged, and asked for again when a
    /// token needs it.
    pub async fn prefetch<'i>(&self, issuers: impl Iterator<Item = &'i SharedIssuer> + Clone, now: UnixTime) {
        join_all(issuers.clone().map(|issuer| self.fetch(issuer, None, now))).await;
        for issuer in issuers {
            // Not by going through the cache, which makes room in each of its 64 parts.
            if let Some(set) = self.sets.get(&issuer.issuer).await.and_then(|entry| entry.set.clone()) {
                return set.keys.rehearse();
            }
        }
    }

    /// The issuer's key of this id.
    ///
    /// # Errors
    /// [`KeyError::Unknown`] when the issuer has no such key, [`KeyError::Unavailable`] when its keys cannot
    /// be had.
    pub async fn key(&self, issuer: &SharedIssuer, id: &KeyId, now: UnixTime) -> Result<Found, KeyError> {
        let entry = self.sets.get(&issuer.issuer).await;
        let found = self.lifetimes.look_up(entry.as_deref(), issuer, id, now);
        let is_fresh = found.as_ref().is_ok_and(|found| found.state == CacheState::Fresh);
        if is_fresh || !self.lifetimes.may_fetch(entry.as_deref(), now) {
            return found;
        }
        let _ = self.fetch(issuer, entry, now).await;
        let entry = self.sets.get(&issuer.issuer).await;
        let found = self.lifetimes.look_up(entry.as_deref(), issuer, id, now)?;
        Ok(match found.state {
            CacheState::Fresh => Found { state: CacheState::Fetched, ..found },
            _ => found,
        })
    }

    /// Gets the issuer's set now, as [`Self::prefetch`] does, and tells why that failed.
    pub(crate) async fn attempt(&self, issuer: &SharedIssuer, now: UnixTime) -> Result<(), String> {
        self.fetch(issuer, None, now).await
    }

    async fn fetch(
        &self,
        issuer: &SharedIssuer,
        seen: Option<Arc<Entry>>,
        now: UnixTime,
    ) -> Result<(), String> {
        let (fetcher, source) = (Arc::clone(&self.fetcher), Arc::clone(issuer));
        self.renew(issuer, seen, now, async move { fetcher.fetch(&source).await }).await
    }

    /// Makes one attempt to get the issuer's set, unless another was made since the entry was `seen`.
    /// Gives the reason when the attempt fails.
    async fn renew(
        &self,
        issuer: &SharedIssuer,
        seen: Option<Arc<Entry>>,
        now: UnixTime,
        set: impl Future<Output = Result<KeySet, FetchError>> + Send + 'static,
    ) -> Result<(), String> {
        let (sets, issuer) = (self.sets.clone(), Arc::clone(issuer));
        let attempt = async move {
            let fault = OnceLock::new();
            let replace = async |entry: Option<moka::Entry<String, Arc<Entry>>>| {
                if entry.as_ref().map(|entry| Arc::as_ptr(entry.value())) != seen.as_ref().map(Arc::as_ptr) {
                    return Op::Nop;
                }
                let set = match got(set, &issuer.issuer).await {
                    Ok(keys) => Some(Dated { keys, fetched_at: now }),
                    Err(reason) => {
                        fault.get_or_init(|| reason);
                        seen.and_then(|seen| seen.set.clone())
                    }
                };
                Op::Put(Arc::new(Entry { set, attempted_at: now }))
            };
            sets.entry_by_ref(&issuer.issuer).and_compute_with(replace).await;
            fault.into_inner().map_or(Ok(()), Err)
        };
        // A task of its own, which goes on when the request that began it goes away.
        tokio::spawn(attempt.in_current_span()).await.unwrap_or_else(|died| Err(died.to_string()))
    }
}

/// The set, or the reason why there is none, which is logged too.
async fn got(
    set: impl Future<Output = Result<KeySet, FetchError>> + Send + 'static,
    issuer: &str,
) -> Result<KeySet, String> {
    // A task of its own, so that an attempt that panics is a failed attempt like any other.
    let reason = match tokio::spawn(set).await {
        Ok(Ok(keys)) => {
            count("fetched");
            return Ok(keys);
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the attempt panicked".to_owned(),
    };
    count("failed");
    tracing::warn!(issuer, error = reason, "key set not fetched");
    Err(reason)
}

fn count(outcome: &'static str) {
    metrics::emit(&[Group { dimensions: &[("Outcome", outcome)], metrics: &[Metric::one("KeyFetches")] }]);
}

impl Lifetimes {
    /// What an entry has for a key id. Pure, as is [`Self::may_fetch`]: the caching rules are in these two.
    fn look_up(
        self,
        entry: Option<&Entry>,
        issuer: &SharedIssuer,
        id: &KeyId,
        now: UnixTime,
    ) -> Result<Found, KeyError> {
        let set = entry.and_then(|entry| entry.set.as_ref()).ok_or(KeyError::Unavailable)?;
        let age = set.fetched_at.distance(now).as_secs();
        if age >= self.max_stale {
            return Err(KeyError::Unavailable);
        }
        let key = set.keys.key(id, issuer).ok_or(KeyError::Unknown)?;
        let state = if age < self.ttl { CacheState::Fresh } else { CacheState::Stale };
        Ok(Found { key, state, age })
    }

    fn may_fetch(self, entry: Option<&Entry>, now: UnixTime) -> bool {
        entry.is_none_or(|entry| entry.attempted_at.distance(now).as_secs() >= self.cooldown)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use platform::identity::TokenUse;

    use super::*;
    use crate::issuers::{KeySource, TrustedIssuer};

    const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

    fn issuer(name: &str) -> SharedIssuer {
        let keys = KeySource::File("/dev/null".into());
        Arc::new(TrustedIssuer::cognito(
            name.to_owned(),
            vec!["web".to_owned()],
            vec![TokenUse::Access],
            keys,
        ))
    }

    /// A panic on the way to a set must not leave the issuer locked, or its cooldown unused.
    #[tokio::test]
    async fn an_attempt_that_panics_is_a_failed_attempt_and_holds_nobody_up() {
        let provider = KeyProvider::new(&Jwks::default()).unwrap();
        let (issuer, id) = (issuer("https://a.example.com"), KeyId::parse("k".to_owned()).unwrap());
        let attempts = Arc::new(AtomicUsize::new(0));
        for _ in 0..5 {
            let attempts = Arc::clone(&attempts);
            let set = async move {
                attempts.fetch_add(1, Ordering::Relaxed);
                panic!("on purpose");
            };
            provider.renew(&issuer, None, NOW, set).await.ok();
        }
        assert_eq!(attempts.load(Ordering::Relaxed), 1);
        assert_eq!(provider.key(&issuer, &id, NOW).await.unwrap_err(), KeyError::Unavailable);
        let entry = provider.sets.get(&issuer.issuer).await.unwrap();
        assert!(!provider.lifetimes.may_fetch(Some(&entry), NOW), "the cooldown runs");
    }

    #[tokio::test]
    async fn the_cache_has_an_entry_for_each_issuer_and_none_for_a_key_id() {
        let provider = KeyProvider::new(&Jwks::default()).unwrap();
        let issuers = [issuer("https://a.example.com"), issuer("https://b.example.com")];
        for n in 0..1_000 {
            let id = KeyId::parse(format!("made-up-{n}")).unwrap();
            for issuer in &issuers {
                let now = UnixTime::from_secs(NOW.secs() + n);
                assert_eq!(provider.key(issuer, &id, now).await.unwrap_err(), KeyError::Unavailable);
            }
        }
        provider.sets.run_pending_tasks().await;
        assert_eq!(provider.sets.entry_count(), 2);
    }
}
