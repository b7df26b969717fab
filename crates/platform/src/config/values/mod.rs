//! The values that `config.json` is made of: each type holds only what its field can mean.
//!
//! A value is parsed once, here, and nothing checks it again. No type in here may depend on another field.

mod arn;
mod list;
mod network;
mod number;
mod partition;
mod pool;
mod region;
mod text;

pub(super) use arn::{is_arn, region_of};
pub(super) use network::is_host;

pub use arn::{AlarmTopicArn, CertificateArn, WebAclArn};
pub use list::{NonEmpty, UpToTen};
pub use network::{CorsOrigin, DomainName, HostedZoneId, HttpsUrl, JwksUrl};
pub use number::{Integer, ReservedConcurrency, RetentionDays};
pub use partition::Partition;
pub use pool::{ClientId, GroupName, PoolId, ResourceServerId, ScopeName, UserPoolName};
pub use region::Region;
pub use text::{Identifier, Name, Service, Stage, TableName};
