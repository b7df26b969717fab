//! When to get a key set, and what to use meanwhile.
//!
//! A set is fresh for `ttlSeconds`. After that, or for a key id that it lacks, it is fetched anew: by one
//! request at a time, and by nobody within `cooldownSeconds` of the last attempt, whether that went well or
//! not. While it cannot be had, the old set serves until it is `maxStaleSeconds` old. A new set replaces
//! the old one only when it has been read whole.
//!
//! moka holds the sets and lets one computation a key run at a time. Its own expiry is not used: it goes
//! by a clock that stands still while Lambda freezes the process.

use std::sync::{Arc, OnceLock};

use futures_util::future::join_all;
use moka::future::Cache;
use moka::ops::compute::Op;
use platform::config::Jwks;

use super::fetch::Fetcher;
use super::key_set::{KeyId, KeySet, VerifyingKey};
use crate::clock::UnixTime;
use crate::error::{Failure, StartError, TokenError};
use crate::issuers::{SharedIssuer, TrustedIssuer};

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
    fetcher: Fetcher,
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

/// What an entry says to a question.
enum Answer {
    Key(VerifyingKey, CacheState),
    Fetch,
    No(KeyError),
}

impl KeyProvider {
    /// Sets the cache up, empty.
    ///
    /// # Errors
    /// The HTTP client cannot be set up.
    pub fn new(config: &Jwks) -> Result<Self, StartError> {
        Ok(Self {
            sets: Cache::builder().build(),
            fetcher: Fetcher::new(config)?,
            lifetimes: Lifetimes {
                ttl: config.ttl_seconds.get(),
                max_stale: config.max_stale_seconds.get(),
                cooldown: config.cooldown_seconds.get(),
            },
        })
    }

    /// Gets the sets of `issuers` side by side. What cannot be had is logged, and asked for again when a
    /// token needs it.
    pub async fn prefetch<'i>(&self, issuers: impl Iterator<Item = &'i SharedIssuer>, now: UnixTime) {
        join_all(issuers.map(|issuer| self.fetch(issuer, now, |entry| entry.is_none()))).await;
    }

    /// The issuer's key of this id.
    ///
    /// # Errors
    /// [`KeyError::Unknown`] when the issuer has no such key, [`KeyError::Unavailable`] when its keys cannot
    /// be had.
    pub async fn key(&self, issuer: &SharedIssuer, id: &KeyId, now: UnixTime) -> Result<Found, KeyError> {
        let entry = self.sets.get(&issuer.issuer).await;
        match self.lifetimes.answer(entry.as_deref(), issuer, id, now) {
            Answer::Key(key, state) => Ok(Found { key, state }),
            Answer::No(error) => Err(error),
            Answer::Fetch => self.fetch_key(issuer, id, now).await,
        }
    }

    async fn fetch_key(&self, issuer: &SharedIssuer, id: &KeyId, now: UnixTime) -> Result<Found, KeyError> {
        let is_needed =
            |entry: Option<&Entry>| matches!(self.lifetimes.answer(entry, issuer, id, now), Answer::Fetch);
        self.fetch(issuer, now, is_needed).await;
        let entry = self.sets.get(&issuer.issuer).await;
        match self.lifetimes.answer(entry.as_deref(), issuer, id, now) {
            Answer::Key(key, CacheState::Fresh) => Ok(Found { key, state: CacheState::Fetched }),
            Answer::Key(key, state) => Ok(Found { key, state }),
            Answer::No(error) => Err(error),
            // The attempt that was just made rules another one out.
            Answer::Fetch => Err(KeyError::Unavailable),
        }
    }

    /// Gets the issuer's set now, as [`Self::prefetch`] does, and tells why that failed.
    pub(crate) async fn attempt(&self, issuer: &TrustedIssuer, now: UnixTime) -> Result<(), String> {
        self.fetch(issuer, now, |entry| entry.is_none()).await.map_or(Ok(()), Err)
    }

    /// Makes one attempt to get the issuer's set, if `is_needed` still says so once no other attempt runs.
    /// Gives the reason when the attempt fails.
    async fn fetch(
        &self,
        issuer: &TrustedIssuer,
        now: UnixTime,
        is_needed: impl Fn(Option<&Entry>) -> bool,
    ) -> Option<String> {
        let fault = OnceLock::new();
        let attempt = |entry: Option<moka::Entry<String, Arc<Entry>>>| async {
            let old = entry.map(moka::Entry::into_value);
            if !is_needed(old.as_deref()) {
                return Op::Nop;
            }
            let set = match self.fetcher.fetch(&issuer.keys).await {
                Ok(keys) => Some(Dated { keys, fetched_at: now }),
                Err(error) => {
                    tracing::warn!(issuer = issuer.issuer, error = %error, "key set not fetched");
                    fault.get_or_init(|| error.to_string());
                    old.and_then(|old| old.set.clone())
                }
            };
            Op::Put(Arc::new(Entry { set, attempted_at: now }))
        };
        self.sets.entry_by_ref(&issuer.issuer).and_compute_with(attempt).await;
        fault.into_inner()
    }
}

impl Lifetimes {
    /// What to do for a key. Pure: the whole of the caching rules is here.
    fn answer(self, entry: Option<&Entry>, issuer: &SharedIssuer, id: &KeyId, now: UnixTime) -> Answer {
        let Some(entry) = entry else { return Answer::Fetch };
        let may_fetch = entry.attempted_at.distance(now) >= self.cooldown;
        let set = entry.set.as_ref().map(|set| (set, set.fetched_at.distance(now)));
        match set.filter(|(_, age)| *age < self.max_stale) {
            None if may_fetch => Answer::Fetch,
            None => Answer::No(KeyError::Unavailable),
            Some((set, age)) => match set.keys.key(id, issuer) {
                Some(key) if age < self.ttl => Answer::Key(key, CacheState::Fresh),
                _ if may_fetch => Answer::Fetch,
                Some(key) => Answer::Key(key, CacheState::Stale),
                None => Answer::No(KeyError::Unknown),
            },
        }
    }
}
