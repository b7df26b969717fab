//! What every route of the service uses: the store, the clock and the random numbers.

use std::io;
use std::sync::Arc;

use platform::config::Config;

use crate::calendar::Timestamp;
use crate::order::OrderId;
use crate::store::OrderStore;

/// The service's state, shared by all requests.
#[derive(Clone)]
pub struct App {
    /// Stores the orders.
    pub(crate) store: Arc<dyn OrderStore>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    /// The scopes of programs.
    pub(crate) scopes: Scopes,
}

/// The scopes of config.json's resource server that this service requires. `None`: there is no resource
/// server, so no program has the scope.
#[derive(Clone)]
pub(crate) struct Scopes {
    /// Allows reading the reports.
    pub(crate) read: Option<Arc<str>>,
    /// Allows a program to place and change orders of its own.
    pub(crate) write: Option<Arc<str>>,
}

impl Scopes {
    fn of(config: &Config) -> Self {
        let server = config.user_pool.resource_server.as_ref();
        let scope = |name: &str| server.map(|server| Arc::from(format!("{}/{name}", server.identifier)));
        Self { read: scope("read"), write: scope("write") }
    }
}

/// A source of the time.
pub trait Clock: Send + Sync {
    /// The time of day.
    fn now(&self) -> Timestamp;
}

/// A source of random bytes.
pub trait Rng: Send + Sync {
    /// Unpredictable bytes.
    ///
    /// # Errors
    /// The operating system returns none.
    fn random(&self) -> io::Result<[u8; OrderId::RANDOM_BYTES]>;
}

/// The operating system's clock and random bytes.
#[derive(Debug, Clone, Copy)]
pub struct System;

impl Clock for System {
    fn now(&self) -> Timestamp {
        Timestamp::of(std::time::SystemTime::now())
    }
}

impl Rng for System {
    fn random(&self) -> io::Result<[u8; OrderId::RANDOM_BYTES]> {
        let mut bytes = [0; OrderId::RANDOM_BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(bytes)
    }
}

impl App {
    /// The service with the settings of config.json.
    #[must_use]
    pub fn new(
        store: Arc<dyn OrderStore>,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        config: &Config,
    ) -> Self {
        Self { store, clock, rng, scopes: Scopes::of(config) }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn random(&self) -> io::Result<[u8; OrderId::RANDOM_BYTES]> {
        self.rng.random()
    }
}
