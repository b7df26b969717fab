//! What can go wrong, and what the gateway is told: the one place where both stand side by side.
//!
//! | here | to API Gateway | to the client | cached |
//! |---|---|---|---|
//! | [`TokenError`] | the error text `Unauthorized` | 401 | no |
//! | a `DenyReason` (rules.rs) | a policy that denies | 403 | yes |
//! | any other [`AuthorizeError`] | another error text | 500 | no |
//!
//! No error holds a token, a claim's value or anything else that the caller sent.

use lambda_runtime::Diagnostic;
use platform::document::Problems;

/// Why a token is not accepted. The caller only ever learns "Unauthorized"; [`TokenError::code`] is for
/// the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The event bears no token.
    #[error("there is no token")]
    Missing,
    /// The event's JSON cannot be read: a text in it may hold half of a UTF-16 pair, say. It is not documented that no
    /// caller can bring one in.
    #[error("the event cannot be read")]
    Unreadable,
    /// The event bears more than one token.
    #[error("there is more than one token")]
    Repeated,
    /// Not `Bearer`, one space, token (RFC 6750 section 2.1).
    #[error("the header is not `Bearer` followed by one token")]
    NotBearer,
    /// Longer than API Gateway would pass on.
    #[error("the token is too long")]
    TooLong,
    /// Not three parts (RFC 7515 section 7.1).
    #[error("the token does not have three parts")]
    NotThreeParts,
    /// Not base64url without padding, in its one canonical form (RFC 7515 section 2).
    #[error("a part of the token is not strict base64url")]
    Encoding,
    /// The header is not a JSON object with unique keys and values of the right type.
    #[error("the token's header is not of its form")]
    Header,
    /// The header asks for something that this gate does not do: `jku`, `x5u`, `x5c`, `jwk`, `crit`,
    /// `b64`, `zip`, `enc`, `cty`, or a `typ` that is no JWT.
    #[error("the token's header has `{0}`, which is not accepted")]
    ForbiddenHeader(&'static str),
    /// `alg` is not one that the issuer's tokens may be signed with, or that its key is for.
    #[error("the token's algorithm is not one of its issuer's")]
    Algorithm,
    /// There is no usable `kid`.
    #[error("the token names no key")]
    NoKeyId,
    /// The payload is not a JSON object with unique keys.
    #[error("the token's claims are not of their form")]
    Claims,
    /// A claim is not of its type.
    #[error("the claim `{0}` is not of its form")]
    Claim(&'static str),
    /// A required claim is absent.
    #[error("the claim `{0}` is missing")]
    MissingClaim(&'static str),
    /// `iss` is none of the configured issuers.
    #[error("the issuer is not trusted")]
    UntrustedIssuer,
    /// The issuer has no such key.
    #[error("the issuer has no key of this id")]
    UnknownKey,
    /// The signature is not the key's.
    #[error("the signature is wrong")]
    Signature,
    /// `exp` has come.
    #[error("the token has expired")]
    Expired,
    /// `nbf` has not come.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// `iat` lies in the future.
    #[error("the token was issued in the future")]
    IssuedInFuture,
    /// `token_use` is not one that the issuer's tokens are accepted for.
    #[error("the token is not for this use")]
    TokenUse,
    /// `client_id` or `aud` is none of the issuer's configured clients.
    #[error("the token is for another client")]
    Client,
    /// `aud` is none of the API's names.
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

    /// The claim or header parameter that it is about.
    #[must_use]
    pub const fn detail(self) -> Option<&'static str> {
        match self {
            Self::ForbiddenHeader(name) | Self::Claim(name) | Self::MissingClaim(name) => Some(name),
            _ => None,
        }
    }
}

/// The event is not one that API Gateway sends, so there is nobody to decide about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MalformedEvent {
    /// Of no kind that this gate knows.
    #[error("the event is not of a known kind")]
    Kind,
    /// The ARN of the method or route is not an API Gateway one.
    #[error("the event's methodArn or routeArn is not of its form")]
    MethodArn,
    /// The HTTP API keeps answers by something else than the token.
    #[error("the authorizer's identity source must be $request.header.Authorization")]
    IdentitySource,
}

/// There is no decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizeError {
    /// A bad token. API Gateway answers 401 to exactly this text.
    #[error("Unauthorized")]
    Unauthorized(#[from] TokenError),
    /// No key of the token's issuer can be had now.
    #[error("The keys of the token's issuer are not available")]
    KeysUnavailable,
    /// Not an authorizer event.
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

/// The gate cannot be built from its configuration and environment.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// `config.json` is wrong.
    #[error("config.json is not valid:\n{0}")]
    Config(#[from] Problems),
    /// A variable does not hold what it should.
    #[error("the environment variable {name} {problem}")]
    Variable {
        /// The variable.
        name: &'static str,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// Nobody's tokens would be accepted.
    #[error(
        "no issuer is configured: set USER_POOL_ID and USER_POOL_CLIENT_ID, or authorizer.issuers in config.json"
    )]
    NoIssuer,
    /// `authorizer.jwks.file` is for the stack's own pool, and there is none.
    #[error("authorizer.jwks.file holds the keys of the stack's own pool, but USER_POOL_ID is not set")]
    FileWithoutPool,
    /// There is no own pool, and more than one issuer: a rule must say whose tokens it is for.
    #[error(
        "/authorizer/rules/{0} can be met by nobody: USER_POOL_ID is not set and there are several issuers, so the rule \
         must name those whose tokens it is for (issuers)"
    )]
    RuleForNobody(usize),
    /// The stack's own pool is listed again.
    #[error(
        "authorizer.issuers lists {0}, which is a form of the stack's own pool, accepted without being listed: remove that \
         entry"
    )]
    PoolListedTwice(String),
    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot be set up: {0}")]
    HttpClient(String),
}
