//! An issuer whose tokens are accepted, and what its tokens are checked against.

use std::path::PathBuf;

use platform::config::{Algorithm, IssuerClaims};
use platform::identity::{Authority, TokenUse};

use crate::error::TokenError;
use crate::token::Audience;

/// Where an issuer's key set comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// It is fetched from this URL.
    Url(String),
    /// It is read from this file.
    File(PathBuf),
}

/// An issuer whose tokens are accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct TrustedIssuer {
    /// The `iss` claim, compared byte by byte.
    pub issuer: String,
    /// What its groups and scopes count for.
    pub authority: Authority,
    /// What its tokens look like, and what they are checked against.
    pub terms: Terms,
    /// The algorithms that its tokens may be signed with. A Cognito pool signs with RS256.
    pub algorithms: Vec<Algorithm>,
    /// Whether possibly no token ever names it: it is the other form of the own pool's issuer.
    pub is_optional: bool,
    /// Where its keys are.
    pub keys: KeySource,
}

/// What an issuer's tokens are checked against.
#[derive(Debug, Clone, PartialEq)]
pub enum Terms {
    /// Those of a Cognito user pool.
    Cognito {
        /// The clients whose tokens are accepted.
        client_ids: Vec<String>,
        /// The uses that its tokens are accepted for.
        token_use: Vec<TokenUse>,
    },
    /// Those of any other issuer: access tokens alone.
    Oidc {
        /// The API's names in `aud`. Empty: a token must not have an `aud`.
        audiences: Vec<String>,
        /// The clients whose tokens are accepted. Empty: all clients.
        client_ids: Vec<String>,
        /// Where its tokens have the claims that Cognito names otherwise. It is boxed because a Cognito
        /// issuer has none of it.
        claims: Box<IssuerClaims>,
    },
}

impl TrustedIssuer {
    /// A Cognito pool that is not the stack's own.
    #[must_use]
    pub fn cognito(
        issuer: String,
        client_ids: Vec<String>,
        token_use: Vec<TokenUse>,
        keys: KeySource,
    ) -> Self {
        Self {
            issuer,
            authority: Authority::Named,
            terms: Terms::Cognito { client_ids, token_use },
            algorithms: vec![Algorithm::Rs256],
            is_optional: false,
            keys,
        }
    }

    /// Whether it is the stack's own pool.
    #[must_use]
    pub const fn is_own(&self) -> bool {
        matches!(self.authority, Authority::Own)
    }

    /// The clients whose tokens are accepted. Empty: all clients.
    #[must_use]
    pub fn client_ids(&self) -> &[String] {
        match &self.terms {
            Terms::Cognito { client_ids, .. } | Terms::Oidc { client_ids, .. } => client_ids,
        }
    }

    /// The uses that its tokens are accepted for.
    #[must_use]
    pub fn token_use(&self) -> &[TokenUse] {
        match &self.terms {
            Terms::Cognito { token_use, .. } => token_use,
            Terms::Oidc { .. } => &[TokenUse::Access],
        }
    }

    /// Whether its tokens may be signed with this algorithm.
    ///
    /// # Errors
    /// Tokens with this algorithm are not accepted.
    pub(crate) fn accepts_algorithm(&self, algorithm: Algorithm) -> Result<(), TokenError> {
        if self.algorithms.contains(&algorithm) { Ok(()) } else { Err(TokenError::Algorithm) }
    }

    /// Whether tokens of this use are accepted.
    ///
    /// # Errors
    /// Tokens of this use are not accepted.
    pub(crate) fn accepts_use(&self, token_use: TokenUse) -> Result<(), TokenError> {
        if self.token_use().contains(&token_use) { Ok(()) } else { Err(TokenError::TokenUse) }
    }

    /// Whether tokens of this client are accepted.
    ///
    /// # Errors
    /// Tokens of this client are not accepted.
    pub(crate) fn accepts_client(&self, client: Option<&str>) -> Result<(), TokenError> {
        let own = self.client_ids();
        let is_open = matches!(self.terms, Terms::Oidc { .. }) && own.is_empty();
        let is_own = client.is_some_and(|client| own.iter().any(|own| own == client));
        if is_open || is_own { Ok(()) } else { Err(TokenError::Client) }
    }

    /// Whether tokens for this audience are accepted. `resource` contains the names of the API. If a Cognito
    /// access token has an audience, the audience must be one of these names (RFC 8707 section 2) or the
    /// token's own client, because a pre token generation trigger may write the client there.
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html>,
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html>
    ///
    /// # Errors
    /// Tokens for this audience are not accepted.
    pub(crate) fn accepts_audience(
        &self,
        audience: &Audience,
        token_use: TokenUse,
        resource: &[String],
    ) -> Result<(), TokenError> {
        let names_one_of = |own: &[String]| audience.as_slice().iter().any(|audience| own.contains(audience));
        let is_bare = *audience == Audience::None;
        let is_accepted = match &self.terms {
            Terms::Cognito { client_ids, .. } => {
                let is_asked = token_use == TokenUse::Access && !resource.is_empty();
                is_bare || !is_asked || names_one_of(resource) || names_one_of(client_ids)
            }
            // A token that has an audience is only for that audience (RFC 7519 section 4.1.3).
            Terms::Oidc { audiences, .. } if audiences.is_empty() => is_bare,
            Terms::Oidc { audiences, .. } => names_one_of(audiences),
        };
        if is_accepted { Ok(()) } else { Err(TokenError::Audience) }
    }
}
