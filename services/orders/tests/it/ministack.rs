//! A `DynamoDB` API on this machine, for as long as the tests run: the one that `TEST_DYNAMODB_ENDPOINT`
//! names, or else a `MiniStack` of the tests' own.

use std::env;
use std::sync::OnceLock;

use testkit::ministack::MiniStack;

/// Its URL. `None` if there is none.
pub(crate) fn endpoint() -> Option<&'static str> {
    static MINISTACK: OnceLock<Option<MiniStack>> = OnceLock::new();
    static ENDPOINT: OnceLock<Option<String>> = OnceLock::new();
    let endpoint = ENDPOINT.get_or_init(|| {
        let own = || {
            Some(MINISTACK.get_or_init(|| MiniStack::start(env!("CARGO_TARGET_TMPDIR"))).as_ref()?.endpoint())
        };
        env::var("TEST_DYNAMODB_ENDPOINT").ok().or_else(own)
    });
    endpoint.as_deref()
}
