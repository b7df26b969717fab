//! Issuers beside the stack's own pool, as `config.json` lists them.
//!
//! `check/authorizer/issuers.rs` checks which settings a kind of issuer has.

use serde::Deserialize;

use super::{Algorithm, ClaimPath};
use crate::config::{HttpsUrl, Identifier, JwksUrl, NonEmpty};
use crate::identity::TokenUse;

/// A further issuer of tokens, with its own settings.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Issuer {
    /// The `iss` claim, compared byte by byte.
    pub issuer: HttpsUrl,
    /// The kind of its tokens.
    #[serde(default)]
    pub kind: Kind,
    /// The URL of the issuer's keys. Only a Cognito issuer may leave it out.
    #[serde(default)]
    pub jwks_uri: Option<JwksUrl>,
    /// The clients whose tokens are accepted. A Cognito issuer needs them. Another issuer may leave them out if it
    /// has `audiences`.
    #[serde(default)]
    pub client_ids: Option<NonEmpty<Identifier>>,
    /// The uses of a Cognito issuer's tokens that are accepted. Left out: access tokens. From any other issuer, only
    /// access tokens are accepted.
    #[serde(default)]
    pub token_use: Option<NonEmpty<TokenUse>>,
    /// `oidc`: the names of the API in `aud`. A token must have at least one of them. Left out: a token with an `aud`
    /// is not accepted.
    #[serde(default)]
    pub audiences: Option<NonEmpty<Identifier>>,
    /// `oidc`: the algorithms that its tokens may be signed with. Left out: RS256, like Cognito.
    #[serde(default)]
    pub algorithms: Option<NonEmpty<Algorithm>>,
    /// `oidc`: the claims with client, groups and scopes in its tokens.
    #[serde(default)]
    pub claims: Option<IssuerClaims>,
}

/// The kind of an issuer's tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Like those of a Cognito user pool.
    #[default]
    Cognito,
    /// Like those of an `OpenID` provider or OAuth 2.0 authorization server.
    Oidc,
}

/// The claims in an issuer's access tokens that differ between issuers.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct IssuerClaims {
    /// The client: a text. Left out: `client_id`, else `azp`, else `cid`.
    pub client: Option<ClaimPath>,
    /// The groups: a text, which is one name, or a list of texts. Left out: nobody has any.
    pub groups: Option<ClaimPath>,
    /// The scopes: a space-separated text, or a list of texts. Left out: `scope`, else `scp`.
    pub scopes: Option<ClaimPath>,
    /// A claim that only access tokens have. Left out: `scope`, `scp`, `client_id` or `cid`. A token with `at+jwt` in
    /// its header does not need it.
    pub access: Option<ClaimPath>,
}

impl Issuer {
    /// Where the issuer's keys are. `None` for an issuer that is not Cognito and has no `jwksUri`. The check refuses
    /// such a configuration.
    #[must_use]
    pub fn jwks_url(&self) -> Option<String> {
        match &self.jwks_uri {
            Some(uri) => Some(uri.as_str().to_owned()),
            None => self.issuer.is_cognito().then(|| format!("{}/.well-known/jwks.json", self.issuer)),
        }
    }

    /// The uses of its tokens that are accepted.
    #[must_use]
    pub fn token_use(&self) -> &[TokenUse] {
        self.token_use.as_ref().map_or(&[TokenUse::Access], NonEmpty::as_slice)
    }

    /// The algorithms that its tokens may be signed with.
    #[must_use]
    pub fn algorithms(&self) -> &[Algorithm] {
        self.algorithms.as_ref().map_or(&[Algorithm::Rs256], NonEmpty::as_slice)
    }
}
