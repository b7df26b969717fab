//! Stores the key sets, and makes only one attempt at a time to get one.
//!
//! `lifetimes.rs` decides when an attempt is allowed and how long a set is used. A request that waited for
//! another request's attempt makes none itself and uses the result. Every attempt counts, however it ends. An
//! attempt goes on when the request that started it is dropped. A new set replaces the old one only after it
//! was read completely.
//!
//! moka stores the sets and runs one computation for a key at a time. Its own expiry is not used, because its
//! clock stops while Lambda freezes the process.

use std::sync::{Arc, OnceLock};

use futures_util::future::join_all;
use moka::future::Cache;
use moka::ops::compute::Op;
use platform::config::Jwks;
use platform::metrics::{self, Group, Metric};
use tokio::task::JoinHandle;
use tracing::Instrument as _;

use super::fetch::{FetchError, Fetcher};
use super::key_set::{KeyId, KeySet};
use super::lifetimes::{CacheState, Entry, KeyError, KeyLookup, Lifetimes, is_unproven};
use crate::clock::{UnixTime, Watch};
use crate::error::StartError;
use crate::issuers::SharedIssuer;

/// The keys of all issuers.
#[derive(Debug)]
pub struct KeyProvider {
    /// By `iss`. Only configured issuers are stored here, so no entry ever needs to be evicted.
    sets: Cache<String, Arc<Entry>>,
    fetcher: Arc<Fetcher>,
    lifetimes: Lifetimes,
}

/// An attempt that runs as its own task. Its result is the fault if it fails.
type Attempt = JoinHandle<Result<(), String>>;

impl KeyProvider {
    /// Creates an empty cache.
    ///
    /// # Errors
    /// The HTTP client cannot be built.
    pub fn new(config: &Jwks) -> Result<Self, StartError> {
        Ok(Self {
            sets: Cache::builder().build(),
            fetcher: Arc::new(Fetcher::new(config)?),
            lifetimes: Lifetimes::new(config),
        })
    }

    /// Gets the key set of the stack's own pool, and starts to get the other sets. Nobody waits for the
    /// others, because a key server that never answers must not delay the first answer. A failure is logged,
    /// and the set is requested again when a token needs it. A set that possibly no token ever needs is not
    /// requested here.
    pub async fn prefetch<'i>(&self, issuers: impl Iterator<Item = &'i SharedIssuer>, now: UnixTime) {
        let (own, others): (Vec<_>, Vec<_>) =
            issuers.filter(|issuer| !issuer.is_optional).partition(|issuer| issuer.is_own());
        let waited_for: Vec<Attempt> = own.iter().map(|issuer| self.begin(issuer, None, now)).collect();
        // The others are fetched in parallel, not afterwards: when init is over, Lambda may freeze what is in
        // progress.
        for issuer in others {
            drop(self.begin(issuer, None, now));
        }
        join_all(waited_for).await;
        for issuer in own {
            // Iterating over the cache instead would allocate memory in each of its 64 segments.
            if let Some(keys) = self.sets.get(&issuer.issuer).await.as_deref().and_then(Entry::keys) {
                keys.warm_up();
            }
        }
    }

    /// The issuer's key with this id.
    ///
    /// # Errors
    /// [`KeyError::Unknown`] if the issuer has no such key, [`KeyError::Unavailable`] if its keys are
    /// unavailable.
    pub async fn key(&self, issuer: &SharedIssuer, id: &KeyId, now: UnixTime) -> Result<KeyLookup, KeyError> {
        let entry = self.sets.get(&issuer.issuer).await;
        let found = self.lifetimes.look_up(entry.as_deref(), issuer, id, now);
        let is_fresh = found.as_ref().is_ok_and(|found| found.state == CacheState::Fresh);
        if is_fresh || !self.lifetimes.may_fetch(entry.as_deref(), now) {
            return found;
        }
        let _ = self.begin(issuer, entry, now).await;
        let entry = self.sets.get(&issuer.issuer).await;
        let found = self.lifetimes.look_up(entry.as_deref(), issuer, id, now)?;
        Ok(match found.state {
            CacheState::Fresh => KeyLookup { state: CacheState::Fetched, ..found },
            _ => found,
        })
    }

    /// Gets the issuer's set now, unless there was an attempt before, and returns why that attempt failed.
    pub(crate) async fn attempt(&self, issuer: &SharedIssuer, now: UnixTime) -> Result<(), String> {
        self.begin(issuer, None, now).await.unwrap_or_else(|died| Err(died.to_string()))
    }

    fn begin(&self, issuer: &SharedIssuer, seen: Option<Arc<Entry>>, now: UnixTime) -> Attempt {
        let (fetcher, source) = (Arc::clone(&self.fetcher), Arc::clone(issuer));
        let tries = self.lifetimes.tries(seen.as_deref(), now);
        self.renew(issuer, seen, now, async move { fetcher.fetch(&source, tries).await })
    }

    /// Makes one attempt to get the issuer's set, unless there was another attempt after the entry was
    /// `seen`.
    fn renew(
        &self,
        issuer: &SharedIssuer,
        seen: Option<Arc<Entry>>,
        now: UnixTime,
        set: impl Future<Output = Result<KeySet, FetchError>> + Send + 'static,
    ) -> Attempt {
        let (sets, issuer, watch) = (self.sets.clone(), Arc::clone(issuer), Watch::start(now));
        let attempt = async move {
            let fault = OnceLock::new();
            let replace = async |entry: Option<moka::Entry<String, Arc<Entry>>>| {
                if entry.as_ref().map(|entry| Arc::as_ptr(entry.value())) != seen.as_ref().map(Arc::as_ptr) {
                    return Op::Nop;
                }
                let seen = seen.as_deref();
                let entry = match got(set, &issuer.issuer, is_unproven(seen, &issuer)).await {
                    Ok(keys) => Entry::fetched(keys, watch.stop()),
                    Err(Miss { reason, is_absent }) => {
                        fault.get_or_init(|| reason);
                        Entry::failed(seen, is_absent, watch.stop())
                    }
                };
                Op::Put(Arc::new(entry))
            };
            sets.entry_by_ref(&issuer.issuer).and_compute_with(replace).await;
            fault.into_inner().map_or(Ok(()), Err)
        };
        // It runs as its own task, so it goes on when the request that started it is dropped.
        tokio::spawn(attempt.in_current_span())
    }
}

/// Why an attempt did not get a set.
struct Miss {
    reason: String,
    /// Whether the key server answered that it has no set.
    is_absent: bool,
}

/// The set, or the reason why there is none. The reason is also logged.
async fn got(
    set: impl Future<Output = Result<KeySet, FetchError>> + Send + 'static,
    issuer: &str,
    is_unproven: bool,
) -> Result<KeySet, Miss> {
    // It runs as its own task, so an attempt that panics counts as any other failed attempt.
    let miss = match tokio::spawn(set).await {
        Ok(Ok(keys)) => {
            count("fetched");
            return Ok(keys);
        }
        Ok(Err(error)) => Miss { reason: error.to_string(), is_absent: error.is_definite() },
        Err(_) => Miss { reason: "the attempt panicked".to_owned(), is_absent: false },
    };
    if is_unproven {
        // Anybody can cause this with a token that names such an issuer, so it must not raise an alarm.
        count("unproven");
        tracing::info!(issuer, error = miss.reason, "an optional issuer has no key set");
    } else {
        count("failed");
        tracing::warn!(issuer, error = miss.reason, "key set not fetched");
    }
    Err(miss)
}

fn count(outcome: &'static str) {
    metrics::emit(&[Group { dimensions: &[("Outcome", outcome)], metrics: &[Metric::one("KeyFetches")] }]);
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

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

    /// A panic while getting a set must not leave the issuer locked, nor leave out its pause.
    #[tokio::test]
    async fn a_panicking_attempt_is_a_failed_attempt_and_blocks_nobody() {
        let provider = KeyProvider::new(&Jwks::default()).unwrap();
        let (issuer, id) = (issuer("https://a.example.com"), KeyId::parse("k".to_owned()).unwrap());
        let attempts = Arc::new(AtomicUsize::new(0));
        for _ in 0..5 {
            let attempts = Arc::clone(&attempts);
            let set = async move {
                attempts.fetch_add(1, Ordering::Relaxed);
                panic!("on purpose");
            };
            provider.renew(&issuer, None, NOW, set).await.unwrap().ok();
        }
        assert_eq!(attempts.load(Ordering::Relaxed), 1);
        assert_eq!(provider.key(&issuer, &id, NOW).await.unwrap_err(), KeyError::Unavailable);
        let entry = provider.sets.get(&issuer.issuer).await.unwrap();
        assert!(!provider.lifetimes.may_fetch(Some(&entry), NOW), "the pause runs");
    }

    #[tokio::test]
    async fn a_panicking_background_attempt_ends_only_itself() {
        let provider = KeyProvider::new(&Jwks::default()).unwrap();
        let (issuer, id) = (issuer("https://a.example.com"), KeyId::parse("k".to_owned()).unwrap());
        drop(provider.renew(&issuer, None, NOW, async { panic!("on purpose") }));
        let never = async { panic!("a second attempt, though the first one counts") };
        assert_eq!(provider.renew(&issuer, None, NOW, never).await.unwrap(), Ok(()));
        assert_eq!(provider.key(&issuer, &id, NOW).await.unwrap_err(), KeyError::Unavailable);
    }

    #[tokio::test]
    async fn the_cache_has_an_entry_for_each_issuer_and_none_for_a_key_id() {
        let provider = KeyProvider::new(&Jwks::default()).unwrap();
        let issuers = [issuer("https://a.example.com"), issuer("https://b.example.com")];
        for n in 0..1_000 {
            let id = KeyId::parse(format!("made-up-{n}")).unwrap();
            for issuer in &issuers {
                let now = NOW.after(Duration::from_secs(n));
                assert_eq!(provider.key(issuer, &id, now).await.unwrap_err(), KeyError::Unavailable);
            }
        }
        provider.sets.run_pending_tasks().await;
        assert_eq!(provider.sets.entry_count(), 2);
    }
}
