//! The id of a user pool, and the names of what it contains, as Cognito accepts them.

use std::collections::BTreeSet;

use super::region::is_region;
use super::{HttpsUrl, Partition, Region};
use crate::string_newtype;

string_newtype!(
    /// The id of a Cognito user pool: the region, an underscore, a random part.
    PoolId,
    "a Cognito user pool id, such as us-east-1_AbCdEfGhI",
    |text| text.split_once('_').is_some_and(|(region, rest)| is_region(region) && is_alphanumeric(rest, 45))
);

/// The first label of an issuer's host, in its two forms. An administrator may switch a pool from the first form to
/// the second without interruption.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html>
const ISSUER_HOSTS: [&str; 2] = ["cognito-idp", "issuer-cognito-idp"];

impl PoolId {
    /// Reads a pool id from outside the file, such as the environment.
    ///
    /// # Errors
    /// What a pool id must be.
    pub fn new(text: &str) -> Result<Self, String> {
        Self::parse(text.to_owned())
    }

    /// The region that the pool lives in.
    #[must_use]
    pub fn region(&self) -> &str {
        self.0.split_once('_').map_or("", |(region, _)| region)
    }

    /// The `iss` claim of the pool's tokens, in its first form.
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html>
    #[must_use]
    pub fn issuer(&self) -> String {
        self.issuer_in(ISSUER_HOSTS[0], self.region())
    }

    /// Every `iss` that the pool's tokens can have: both forms in the pool's own region and in each region that it is
    /// replicated to, the first form first. The list has no duplicates, even if a region is named twice.
    #[must_use]
    pub fn issuers(&self, replicas: &[Region]) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let regions = std::iter::once(self.region()).chain(replicas.iter().map(Region::as_str));
        let regions = regions.filter(|region| seen.insert(*region));
        regions.flat_map(|region| ISSUER_HOSTS.map(|host| self.issuer_in(host, region))).collect()
    }

    fn issuer_in(&self, host: &str, region: &str) -> String {
        format!("https://{host}.{region}.{}/{}", Partition::of_region(region).dns_suffix(), self.0)
    }
}

impl HttpsUrl {
    /// Reads a URL from outside the file, such as the environment.
    ///
    /// # Errors
    /// What such a URL must be.
    pub fn new(text: &str) -> Result<Self, String> {
        Self::parse(text.to_owned())
    }

    /// The pool whose issuer this is, in either of Cognito's two forms. Its keys are always at
    /// `/.well-known/jwks.json` below the issuer.
    #[must_use]
    pub fn cognito_pool(&self) -> Option<PoolId> {
        let (host, pool) = self.as_str().strip_prefix("https://")?.split_once('/')?;
        let (form, rest) = host.split_once('.')?;
        let (region, suffix) = rest.split_once('.')?;
        let is_a_pools = ISSUER_HOSTS.contains(&form)
            && is_region(region)
            && suffix == Partition::of_region(region).dns_suffix();
        is_a_pools.then(|| PoolId::new(pool).ok())?
    }

    /// Whether this is the issuer of a Cognito pool.
    #[must_use]
    pub fn is_cognito(&self) -> bool {
        self.cognito_pool().is_some()
    }
}

string_newtype!(
    /// The id of an app client: the `client_id` claim of an access token, the `aud` claim of an ID token.
    ClientId,
    "an app client id of 1 to 128 letters, digits, '_', '+', '-' and '.'",
    |text| (1..=128).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '-' | '.'))
);

impl ClientId {
    /// Reads a client id from outside the file, such as the environment.
    ///
    /// # Errors
    /// What a client id must be.
    pub fn new(text: &str) -> Result<Self, String> {
        Self::parse(text.to_owned())
    }
}

string_newtype!(
    /// The name of a user pool.
    UserPoolName,
    "a user pool name of 1 to 128 letters, digits, spaces and any of _+=,.@-",
    |text| (1..=128).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || " _+=,.@-".contains(c))
);

impl UserPoolName {
    pub(in crate::config) fn preset(text: &str) -> Self {
        Self(text.to_owned())
    }
}

string_newtype!(
    /// The name of a group that the stack makes.
    GroupName,
    "a group name of 1 to 128 characters without white space, commas or control characters, and not '-'",
    |text| is_name(text) && !text.contains(',') && text != "-"
);

string_newtype!(
    /// The identifier of a resource server.
    ///
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateResourceServer.html>
    ResourceServerId,
    "a resource server identifier of 1 to 256 visible ASCII characters without '\"' and '\\', and not '-'",
    |text| (1..=256).contains(&text.len()) && text.bytes().all(is_scope_byte) && text != "-"
);

string_newtype!(
    /// The name of a scope of the resource server.
    ///
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ResourceServerScopeType.html>
    ScopeName,
    "a scope name of 1 to 256 visible ASCII characters without '/', ',', '\"' and '\\', and not '-'",
    |text| (1..=256).contains(&text.len())
        && text.bytes().all(|b| is_scope_byte(b) && !matches!(b, b'/' | b','))
        && text != "-"
);

/// The characters of a scope (RFC 6749 section 3.3).
fn is_scope_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\')
}

fn is_alphanumeric(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_name(text: &str) -> bool {
    (1..=128).contains(&text.chars().count()) && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_names_its_issuer() {
        let pool = PoolId::new("eu-west-1_AbC123").unwrap();
        assert_eq!(pool.issuer(), "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC123");
        for bad in ["", "eu-west-1", "eu-west-1_", "_AbC", "eu-west-1_a b", "eu-west-1_a/b", "EU-west-1_abc"]
        {
            assert!(PoolId::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_pool_is_named_in_both_forms_and_by_each_replica_in_every_partition() {
        let issuers = |pool: &str, replicas: &[&str]| {
            let replicas: Vec<_> =
                replicas.iter().map(|region| Region::parse((*region).to_owned()).unwrap()).collect();
            PoolId::new(pool).unwrap().issuers(&replicas)
        };
        assert_eq!(
            issuers("us-east-1_a", &["us-west-2"]),
            [
                "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_a",
                "https://issuer-cognito-idp.us-east-1.amazonaws.com/us-east-1_a",
                "https://cognito-idp.us-west-2.amazonaws.com/us-east-1_a",
                "https://issuer-cognito-idp.us-west-2.amazonaws.com/us-east-1_a",
            ]
        );
        let named_twice = issuers("us-east-1_a", &["us-west-2", "us-east-1", "us-west-2"]);
        assert_eq!(named_twice, issuers("us-east-1_a", &["us-west-2"]));
        for (pool, first) in [
            ("cn-north-1_a", "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_a"),
            ("us-gov-west-1_a", "https://cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_a"),
            ("eusc-de-east-1_a", "https://cognito-idp.eusc-de-east-1.amazonaws.eu/eusc-de-east-1_a"),
        ] {
            let issuers = issuers(pool, &[]);
            assert_eq!((issuers[0].as_str(), issuers.len()), (first, 2));
            for issuer in issuers {
                let found = HttpsUrl::new(&issuer).unwrap().cognito_pool();
                assert_eq!(found.unwrap().as_str(), pool, "{issuer}");
            }
        }
    }

    #[test]
    fn both_forms_of_a_cognito_issuer_are_known() {
        for issuer in [
            "https://cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_a",
            "https://issuer-cognito-idp.eu-central-1.amazonaws.com/us-east-1_replica",
        ] {
            assert!(HttpsUrl::new(issuer).unwrap().is_cognito(), "{issuer}");
        }
        for other in [
            "https://cognito-idp.us-east-1.amazonaws.com.evil.example/us-east-1_a",
            "https://evil.example/cognito-idp.us-east-1.amazonaws.com/us-east-1_a",
            "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_a/",
            "https://cognito-idp.us-east-1.amazonaws.com",
            "https://cognito-idp.evil.example/x.us-east-1.amazonaws.com/us-east-1_a",
            "https://cognito-idp.us-east-1.amazonaws.com.cn/us-east-1_a",
            "https://cognito-idp.cn-north-1.amazonaws.com/cn-north-1_a",
            "https://cognito-idp.eusc-de-east-1.amazonaws.com/eusc-de-east-1_a",
        ] {
            assert!(!HttpsUrl::new(other).unwrap().is_cognito(), "{other}");
        }
    }
}
