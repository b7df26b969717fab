//! Rules: who may call what.
//!
//! Every condition is about the token. None may be about the request: API Gateway reuses an answer for all routes.

use std::fmt;

use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};

use super::{ClaimConditions, Route};
use crate::config::{HttpsUrl, Identifier, Integer, Name, NonEmpty};
use crate::identity::TokenUse;

/// Grants `routes` to every caller who meets all conditions. Without conditions: to every valid token of the stack's
/// own pool.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// What is granted.
    pub routes: NonEmpty<Route>,
    /// The issuers whose tokens the rule is for: `own` is the stack's own pool, any other is an `issuer` of
    /// `authorizer.issuers`. Left out: only the own pool, or if there is none, the only issuer.
    #[serde(default)]
    pub issuers: Option<NonEmpty<IssuerName>>,
    /// A condition on `cognito:groups`, or the claim that the issuer uses instead.
    #[serde(default)]
    pub groups: Option<Condition>,
    /// A condition on `scope`, or the claim that the issuer uses instead.
    #[serde(default)]
    pub scopes: Option<Condition>,
    /// Conditions on other claims, by their places.
    #[serde(default)]
    pub claims: Option<ClaimConditions>,
    /// The token is for one of these audiences: `aud`.
    #[serde(default)]
    pub audiences: Option<NonEmpty<Identifier>>,
    /// One of these clients got the token.
    #[serde(default)]
    pub clients: Option<NonEmpty<Identifier>>,
    /// The token is of one of these uses.
    #[serde(default)]
    pub token_use: Option<NonEmpty<TokenUse>>,
    /// The user signed in at most this long ago, by `auth_time`. At least `resultTtlSeconds`, because API Gateway
    /// reuses an answer for that long without looking at the time.
    #[serde(default)]
    pub max_auth_age_seconds: Option<Integer<1, 31_536_000>>,
}

/// A condition on a set of names. If both parts are given, both must hold.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Condition {
    /// At least one of these.
    pub any_of: Option<NonEmpty<Name>>,
    /// Every one of these.
    pub all_of: Option<NonEmpty<Name>>,
}

/// An issuer, as a rule names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IssuerName {
    /// The stack's own pool, in every form of its issuer.
    Own,
    /// The configured issuer of this name.
    Listed(HttpsUrl),
}

const OWN: &str = "own";

impl fmt::Display for IssuerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => f.write_str(OWN),
            Self::Listed(issuer) => issuer.fmt(f),
        }
    }
}

impl Serialize for IssuerName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for IssuerName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            OWN => Ok(Self::Own),
            issuer => HttpsUrl::new(issuer)
                .map(Self::Listed)
                .map_err(|_| D::Error::custom(format!("must be \"own\" or an issuer's URL, not {issuer:?}"))),
        }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for IssuerName {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "IssuerName".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string", "maxLength": 512, "pattern": "^(own|https?://.+)$",
            "description": "\"own\", the stack's own pool, or the issuer of an entry of authorizer.issuers"
        })
    }
}
