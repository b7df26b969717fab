//! What can go wrong, and what API Gateway is told about it. This is the only file that maps one to the
//! other.
//!
//! | here | to API Gateway | to the client | cached |
//! |---|---|---|---|
//! | [`TokenError`] | the error text `Unauthorized` | 401 | no |
//! | a `DenyReason` (rules.rs) | a policy that denies | 403 | yes |
//! | any other [`AuthorizeError`] | another error text | 500 | no |
//!
//! No error contains a token, a claim's value or anything else that the caller sent.

use lambda_runtime::Diagnostic;
use platform::document::Problems;

/// Why a token is not accepted. The caller only learns "Unauthorized". [`TokenError::code`] is for the audit
/// log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The event has no token.
    #[error("there is no token")]
    Missing,
    /// The event's JSON cannot be read, for example because a string in it contains half of a UTF-16 pair.
    /// AWS does not document that a caller cannot cause this.
    #[error("the event cannot be read")]
    Unreadable,
    /// The event has more than one token.
    #[error("there is more than one token")]
    Repeated,
    /// Not `Bearer`, one space, token (RFC 6750 section 2.1).
    #[error("the header is not `Bearer` followed by one token")]
    NotBearer,
    /// Longer than API Gateway would pass on.
    #[error("the token is too long")]
    TooLong,
    /// The token does not have three parts (RFC 7515 section 7.1).
    #[error("the token does not have three parts")]
    NotThreeParts,
    /// A part is not base64url without padding, in its canonical form (RFC 7515 section 2).
    #[error("a part of the token is not strict base64url")]
    Encoding,
    /// The header is not a JSON object with unique keys and values of the right type.
    #[error("the token's header is malformed")]
    Header,
    /// The header uses something that this gate does not support: `jku`, `x5u`, `x5c`, `jwk`, `crit`, `b64`,
    /// `zip`, `enc`, `cty`, or a `typ` that is not a JWT's.
    #[error("the token's header has `{0}`, which is not accepted")]
    ForbiddenHeader(&'static str),
    /// The issuer does not sign with this `alg`, or the key is not for it.
    #[error("the token's algorithm is not accepted for its issuer")]
    Algorithm,
    /// The token has no usable `kid`.
    #[error("the token names no key")]
    NoKeyId,
    /// The payload is not a JSON object with unique keys.
    #[error("the token's claims are malformed")]
    Claims,
    /// A claim has the wrong type.
    #[error("the claim `{0}` is malformed")]
    Claim(&'static str),
    /// A required claim is absent.
    #[error("the claim `{0}` is missing")]
    MissingClaim(&'static str),
    /// `iss` is not one of the configured issuers.
    #[error("the issuer is not trusted")]
    UntrustedIssuer,
    /// The issuer has no key with this id.
    #[error("the issuer has no key with this id")]
    UnknownKey,
    /// The key did not make this signature.
    #[error("the signature is wrong")]
    Signature,
    /// The time in `exp` has passed.
    #[error("the token has expired")]
    Expired,
    /// The time in `nbf` has not come yet.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// The time in `iat` is in the future.
    #[error("the token was issued in the future")]
    IssuedInFuture,
    /// The issuer's tokens are not accepted for this `token_use`.
    #[error("the token is not for this use")]
    TokenUse,
    /// `client_id` or `aud` is not one of the issuer's configured clients.
    #[error("the token is for another client")]
    Client,
    /// `aud` is not one of the API's names.
    #[error("the token is for another audience")]
    Audience,
}

impl TokenError {
    /// A stable name for logs and metrics.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "token_missing",
            Self::Unreadable => "event_unreadable",
            Self::Repeated => "token_repeated",
            Self::NotBearer => "not_bearer",
            Self::TooLong => "token_too_long",
            Self::NotThreeParts => "not_three_parts",
            Self::Encoding => "encoding_malformed",
            Self::Header => "header_malformed",
            Self::ForbiddenHeader(_) => "header_forbidden",
            Self::Algorithm => "algorithm_not_accepted",
            Self::NoKeyId => "kid_missing",
            Self::Claims => "claims_malformed",
            Self::Claim(_) => "claim_malformed",
            Self::MissingClaim(_) => "claim_missing",
            Self::UntrustedIssuer => "issuer_not_trusted",
            Self::UnknownKey => "kid_unknown",
            Self::Signature => "signature_wrong",
            Self::Expired => "token_expired",
            Self::NotYetValid => "token_not_yet_valid",
            Self::IssuedInFuture => "token_issued_in_future",
            Self::TokenUse => "token_use_not_accepted",
            Self::Client => "client_not_accepted",
            Self::Audience => "audience_not_accepted",
        }
    }

    /// The claim or header parameter that the error is about.
    #[must_use]
    pub const fn detail(self) -> Option<&'static str> {
        match self {
            Self::ForbiddenHeader(name) | Self::Claim(name) | Self::MissingClaim(name) => Some(name),
            _ => None,
        }
    }
}

/// The event is not one that API Gateway sends, so there is no caller to decide about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MalformedEvent {
    /// The gate does not know this kind of event.
    #[error("the event's kind is unknown")]
    Kind,
    /// The ARN of the method or route is not an API Gateway ARN.
    #[error("the event's methodArn or routeArn is not an API Gateway ARN")]
    MethodArn,
    /// The HTTP API caches answers by an identity source that is not the token.
    #[error("the authorizer's identity source must be $request.header.Authorization")]
    IdentitySource,
}

/// The gate made no decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizeError {
    /// The token is bad. API Gateway answers 401 only to exactly this text.
    #[error("Unauthorized")]
    Unauthorized(#[from] TokenError),
    /// The keys of the token's issuer are unavailable.
    #[error("The keys of the token's issuer are not available")]
    KeysUnavailable,
    /// The event is not an authorizer event.
    #[error("{0}")]
    MalformedEvent(#[from] MalformedEvent),
}

impl AuthorizeError {
    /// A stable name for logs and metrics.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unauthorized(error) => error.code(),
            Self::KeysUnavailable => "keys_unavailable",
            Self::MalformedEvent(_) => "event_malformed",
        }
    }
}

impl From<AuthorizeError> for Diagnostic {
    fn from(failure: AuthorizeError) -> Self {
        let error_type = match failure {
            AuthorizeError::Unauthorized(_) => "Unauthorized",
            AuthorizeError::KeysUnavailable => "KeysUnavailable",
            AuthorizeError::MalformedEvent(_) => "MalformedEvent",
        };
        Self { error_type: error_type.to_owned(), error_message: failure.to_string() }
    }
}

/// The gate cannot be built from its configuration and its environment variables.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// `config.json` is wrong.
    #[error("config.json is not valid:\n{0}")]
    Config(#[from] Problems),
    /// An environment variable has a wrong value.
    #[error("the environment variable {name} {problem}")]
    Variable {
        /// The variable's name.
        name: &'static str,
        /// What is wrong with it, and how to correct it.
        problem: String,
    },
    /// No issuer is configured, so no token would be accepted.
    #[error(
        "no issuer is configured: set USER_POOL_ID and USER_POOL_CLIENT_ID, or authorizer.issuers in config.json"
    )]
    NoIssuer,
    /// `authorizer.jwks.file` is for the stack's own pool, but the stack has no pool of its own.
    #[error("authorizer.jwks.file contains the keys of the stack's own pool, but USER_POOL_ID is not set")]
    FileWithoutPool,
    /// The stack has no pool of its own and several issuers, so each rule must name the issuers it is for.
    #[error(
        "/authorizer/rules/{0} can never be met: USER_POOL_ID is not set and there are several issuers, so \
         the rule must name the issuers whose tokens it is for (issuers)"
    )]
    RuleForNobody(usize),
    /// The stack's own pool is listed again as another issuer.
    #[error(
        "authorizer.issuers lists {0}, which is a form of the stack's own pool and is accepted without an \
         entry: remove the entry"
    )]
    PoolListedTwice(String),
    /// The HTTP client cannot be built.
    #[error("the HTTP client cannot be built: {0}")]
    HttpClient(String),
}
