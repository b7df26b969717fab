//! One gate, its issuers with their key sets, and all cases for it.

use std::sync::LazyLock;

use serde_json::{Value, json};
use testkit::idp;
use testkit::issuer::{CLIENT, KEY, OTHER_KEY, POOL, jwks, with};
use testkit::key_server::{KeyServer, Reply};

use super::by_algorithm;
use super::fixture::{CONTEXT, OTHER_POOL, OTHER_POOL_KEY, PARTNER, PARTNER_KEY, WIDE};
use super::key_sets::{OddSet, SETS};
use super::table::{self, Case};

/// The most requests for an unavailable set, in the few minutes that the cases may take.
const MOST_FETCHES: usize = 12;

pub(super) struct Suite {
    pub(super) issuers: Vec<Listed>,
    pub(super) cases: Vec<Case>,
}

/// An issuer beside the own pool.
pub(super) struct Listed {
    /// Its entry, without the place of its keys.
    pub(super) entry: Value,
    pub(super) keys: Keys,
}

/// Where an issuer's keys are.
pub(super) enum Keys {
    /// At the suite's server.
    Served {
        path: String,
        reply: Reply,
        /// Whether the set has a usable key.
        can_be_had: bool,
    },
    Elsewhere(&'static str),
}

impl Keys {
    pub(super) fn served(path: &str, keys: &Value) -> Self {
        Self::Served { path: path.to_owned(), reply: Reply::json(keys), can_be_had: true }
    }
}

/// All suites. They are made once, because signing is slow.
pub(super) static SUITES: LazyLock<Vec<Suite>> = LazyLock::new(|| {
    let one = Suite { issuers: issuers(), cases: table::cases() };
    std::iter::once(one).chain(by_algorithm::suites()).collect()
});

fn issuers() -> Vec<Listed> {
    let partner = json!({ "issuer": PARTNER, "clientIds": ["partner"], "tokenUse": ["id"] });
    let other_pool = json!({ "issuer": OTHER_POOL, "clientIds": [CLIENT, "machine"] });
    let listed = [
        Listed { entry: partner, keys: Keys::served("/partner", &jwks(&[&PARTNER_KEY])) },
        Listed { entry: other_pool, keys: Keys::served("/other-pool", &jwks(&[&OTHER_POOL_KEY])) },
        Listed { entry: idp::entry(""), keys: Keys::served("/idp", &idp::jwks()) },
    ];
    listed.into_iter().chain(SETS.iter().map(OddSet::listed)).collect()
}

impl Suite {
    /// The `authorizer` section of config.json, for keys that are served at `url`.
    pub(super) fn authorizer(&self, url: &str) -> Value {
        let wide: Vec<_> = (0..WIDE).map(|n| format!("GET /wide/{n:02}")).collect();
        let issuers = self.issuers.iter().map(|listed| {
            let uri = match &listed.keys {
                Keys::Served { path, .. } => format!("{url}{path}"),
                Keys::Elsewhere(uri) => (*uri).to_owned(),
            };
            with(listed.entry.clone(), "jwksUri", json!(uri))
        });
        let names = self.issuers.iter().map(|listed| listed.entry["issuer"].clone());
        let everybody: Vec<_> = std::iter::once(json!("own")).chain(names).collect();
        json!({
            "rules": [
                { "routes": ["GET /whoami", "$connect"], "groups": { "anyOf": ["staff"] }, "issuers": everybody },
                { "routes": ["GET /admin/*"], "groups": { "anyOf": ["admins"] } },
                { "routes": ["GET /reports/*"], "scopes": { "allOf": ["orders/read"] } },
                { "routes": wide, "groups": { "anyOf": ["wide"] } },
            ],
            "issuers": issuers.collect::<Vec<_>>(),
            "context": CONTEXT,
            // While the cases run, no set that was fetched is fetched a second time.
            "jwks": { "cooldownSeconds": 3_600, "timeoutMillis": 4_000 },
        })
    }

    /// The server of all these keys.
    pub(super) fn key_server(&self) -> KeyServer {
        let server = KeyServer::start(Reply::Send(404, Vec::new()));
        server.reply_at(&own_path(), Reply::json(&jwks(&[&KEY, &OTHER_KEY])));
        for (path, reply, _) in self.served() {
            server.reply_at(path, reply.clone());
        }
        server
    }

    /// However many tokens named keys that no set has, each issuer's set was fetched once. An unavailable set
    /// may be requested again, after pauses that grow.
    pub(super) fn assert_each_set_was_fetched_once(&self, server: &KeyServer) {
        let requests = server.requests();
        let asked = |path: &str| requests.iter().filter(|line| line.split(' ').nth(1) == Some(path)).count();
        assert_eq!(asked(&own_path()), 1, "the own pool's");
        let mut counted = 1;
        for (path, _, can_be_had) in self.served() {
            let most = if can_be_had { 1 } else { MOST_FETCHES };
            let count = asked(path);
            assert!((1..=most).contains(&count), "{path} was asked for {count} times");
            counted += count;
        }
        assert_eq!(counted, requests.len(), "something else was asked for: {requests:?}");
    }

    fn served(&self) -> impl Iterator<Item = (&str, &Reply, bool)> {
        self.issuers.iter().filter_map(|listed| match &listed.keys {
            Keys::Served { path, reply, can_be_had } => Some((path.as_str(), reply, *can_be_had)),
            Keys::Elsewhere(_) => None,
        })
    }
}

fn own_path() -> String {
    format!("/{POOL}/.well-known/jwks.json")
}
