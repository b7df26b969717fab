//! The signing issuer and the other opinions that the authorizer's own tests hold it to, taken from there:
//! one oracle, not two.

#![allow(dead_code, unreachable_pub, reason = "the authorizer's tests use more of these files")]

use authorizer::UnixTime;

pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);
pub(crate) const POOL: &str = "us-east-1_pool";
pub(crate) const ISSUER: &str = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool";
pub(crate) const CLIENT: &str = "web";

#[path = "../../authorizer/tests/it/support/gateway.rs"]
pub(crate) mod gateway;
#[path = "../../authorizer/tests/it/support/idp.rs"]
pub(crate) mod idp;
#[path = "../../authorizer/tests/it/support/issuer.rs"]
pub(crate) mod issuer;
#[path = "../../authorizer/tests/it/support/offline.rs"]
pub(crate) mod offline;
#[path = "../../authorizer/tests/it/support/oracle.rs"]
pub(crate) mod oracle;
#[path = "../../authorizer/tests/it/support/reading.rs"]
pub(crate) mod reading;
