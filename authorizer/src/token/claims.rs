//! The claims of a token (RFC 7519 section 4) of any issuer: first as they were read, then complete.
//!
//! The kind of issuer decides which claim is read from where, and how strictly: see `cognito.rs` and
//! `oidc.rs`. Nothing in this file may be trusted before `verify`.

use platform::identity::{Identity, Names, TokenUse};
use serde_json::{Map, Value};

use super::header::ParsedHeader;
use super::{ISSUED_AHEAD, cognito, oidc};
use crate::clock::UnixTime;
use crate::error::TokenError;
use crate::issuers::{Issuers, SharedIssuer, Terms, TrustedIssuer};
use crate::principal::Principal;

/// The longest value of a claim that names something, in bytes. Cognito's user names have at most 128
/// characters, which are at most 512 bytes.
const MAX_NAME_BYTES: usize = 512;

/// 9999-12-31T23:59:59Z. A later date is a mistake or an attack, and may not fit other date types.
pub(super) const LAST_DATE: u64 = 253_402_300_799;

/// Whether a text is a name: not empty, not too long, and without control characters.
pub(super) fn is_name(text: &str) -> bool {
    (1..=MAX_NAME_BYTES).contains(&text.len()) && !has_control(text)
}

/// Most names are ASCII, where checking the bytes is enough. The loop checks all of them, because it then
/// handles many at a time.
fn has_control(text: &str) -> bool {
    if text.is_ascii() {
        text.bytes().fold(false, |found, byte| found | byte.is_ascii_control())
    } else {
        text.contains(char::is_control)
    }
}

/// `aud`: a string, or the list of strings that RFC 7519 section 4.1.3 also allows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Audience {
    /// The claim is absent.
    #[default]
    None,
    /// A string.
    One(String),
    /// A list.
    Several(Vec<String>),
}

impl Audience {
    pub(crate) fn as_slice(&self) -> &[String] {
        match self {
            Self::None => &[],
            Self::One(audience) => std::slice::from_ref(audience),
            Self::Several(audiences) => audiences,
        }
    }

    fn into_vec(self) -> Vec<String> {
        match self {
            Self::None => Vec::new(),
            Self::One(audience) => vec![audience],
            Self::Several(audiences) => audiences,
        }
    }
}

/// `exp`, `iat` and `nbf`, in seconds since the epoch. One that is absent is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Dates {
    pub(super) expires_at: Option<u64>,
    pub(super) issued_at: Option<u64>,
    pub(super) not_before: Option<u64>,
}

impl Dates {
    fn complete(self) -> Result<Times, TokenError> {
        Ok(Times {
            expires_at: self.expires_at.ok_or(TokenError::MissingClaim("exp"))?,
            issued_at: self.issued_at.ok_or(TokenError::MissingClaim("iat"))?,
            not_before: self.not_before,
        })
    }
}

/// The claims as they were read. One that is absent is `None`.
#[derive(Debug, Default)]
pub(crate) struct RawClaims {
    pub(super) issuer: Option<String>,
    pub(super) token_use: Option<TokenUse>,
    pub(super) subject: Option<String>,
    pub(super) dates: Dates,
    pub(super) client_id: Option<String>,
    pub(super) audience: Audience,
    pub(super) username: Option<String>,
    pub(super) cognito_username: Option<String>,
    pub(super) groups: Names,
    pub(super) scopes: Names,
    pub(super) token_id: Option<String>,
    /// Those that the configuration uses.
    pub(super) wanted: Map<String, Value>,
    /// Those of them that are handed on to the services.
    pub(super) handed_on: Map<String, Value>,
}

impl RawClaims {
    /// Reads the claims in the form that the issuer they name uses. The claims of an unknown issuer are read
    /// as Cognito's.
    pub(crate) fn read(
        json: &str,
        header: Option<&ParsedHeader>,
        issuers: &Issuers,
    ) -> (Option<SharedIssuer>, Result<Self, TokenError>) {
        let raw = cognito::read(json, issuers.wanted());
        let named = match &raw {
            Ok(raw) => raw.issuer.as_deref().and_then(|name| issuers.get(name)),
            // Claims that are wrong for Cognito may be right for the issuer that they name.
            Err(_) if issuers.has_others() => oidc::issuer_of(json).and_then(|name| issuers.get(&name)),
            Err(_) => None,
        };
        let mut raw = match named.map(|issuer| &issuer.terms) {
            Some(Terms::Oidc { claims, .. }) => {
                let is_access_token = header.is_some_and(|header| header.is_access_token);
                oidc::read(json, claims, is_access_token, issuers.wanted())
            }
            Some(Terms::Cognito { .. }) | None => raw,
        };
        if let Ok(raw) = &mut raw {
            raw.handed_on = issuers.wanted().handed_on(&raw.wanted);
        }
        (named.cloned(), raw)
    }

    /// Whether the claims name an issuer.
    pub(crate) const fn names_an_issuer(&self) -> bool {
        self.issuer.is_some()
    }

    /// Checks that all required claims are present.
    pub(crate) fn complete(self) -> Result<UnverifiedClaims, TokenError> {
        Ok(UnverifiedClaims {
            issuer: self.issuer.ok_or(TokenError::MissingClaim("iss"))?,
            token_use: self.token_use.ok_or(TokenError::MissingClaim("token_use"))?,
            subject: self.subject.ok_or(TokenError::MissingClaim("sub"))?,
            times: self.dates.complete()?,
            client_id: self.client_id,
            audience: self.audience,
            username: self.username,
            cognito_username: self.cognito_username,
            groups: self.groups,
            scopes: self.scopes,
            token_id: self.token_id,
            wanted: self.wanted,
            handed_on: self.handed_on,
        })
    }

    /// The claims, to show to people.
    pub(crate) fn stated(&self) -> UnverifiedView {
        UnverifiedView {
            issuer: self.issuer.clone(),
            subject: self.subject.clone(),
            token_use: self.token_use,
            client_id: self.client_id.clone(),
            audience: self.audience.clone(),
            groups: self.groups.clone(),
            scopes: self.scopes.clone(),
            dates: self.dates,
        }
    }
}

/// Claims of the right types, none missing, from a token that nobody has verified.
#[derive(Debug)]
pub(crate) struct UnverifiedClaims {
    pub(crate) issuer: String,
    pub(crate) token_use: TokenUse,
    pub(crate) times: Times,
    pub(crate) audience: Audience,
    subject: String,
    client_id: Option<String>,
    username: Option<String>,
    cognito_username: Option<String>,
    groups: Names,
    scopes: Names,
    token_id: Option<String>,
    wanted: Map<String, Value>,
    handed_on: Map<String, Value>,
}

impl UnverifiedClaims {
    /// The caller that the claims name, on the terms of this issuer. A Cognito access token names its user in
    /// another claim than an ID token.
    pub(crate) fn into_principal(self, issuer: &TrustedIssuer) -> Result<Principal, TokenError> {
        let client = client(issuer, self.token_use, self.client_id.as_deref(), &self.audience)?;
        let identity = Identity {
            client_id: client.map(str::to_owned),
            subject: self.subject,
            username: match self.token_use {
                TokenUse::Access => self.username,
                TokenUse::Id => self.cognito_username,
            },
            token_use: self.token_use,
            groups: self.groups,
            scopes: self.scopes,
            issuer: self.issuer,
            authority: issuer.authority,
            expires_at: self.times.expires_at,
            token_id: self.token_id,
            claims: self.handed_on,
        };
        Ok(Principal { identity, audiences: self.audience.into_vec(), claims: self.wanted })
    }
}

/// A Cognito access token names its client in `client_id`, an ID token in `aud`. Another issuer's token may name none.
fn client<'c>(
    issuer: &TrustedIssuer,
    token_use: TokenUse,
    client_id: Option<&'c str>,
    audience: &'c Audience,
) -> Result<Option<&'c str>, TokenError> {
    match (&issuer.terms, token_use) {
        (Terms::Oidc { .. }, _) => Ok(client_id),
        (Terms::Cognito { .. }, TokenUse::Access) => {
            client_id.map(Some).ok_or(TokenError::MissingClaim("client_id"))
        }
        (Terms::Cognito { .. }, TokenUse::Id) => match audience {
            Audience::One(audience) => Ok(Some(audience)),
            Audience::None | Audience::Several(_) => Err(TokenError::MissingClaim("aud")),
        },
    }
}

/// When a token is valid: `exp`, `iat` and `nbf`, in seconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Times {
    expires_at: u64,
    issued_at: u64,
    not_before: Option<u64>,
}

impl Times {
    /// `exp` is required and exclusive (RFC 7519 section 4.1.4), `nbf` is checked, and `iat` must not be in
    /// the future.
    pub(crate) fn check(self, leeway: u64, now: UnixTime) -> Result<(), TokenError> {
        let now = now.secs();
        if now >= self.expires_at.saturating_add(leeway) {
            return Err(TokenError::Expired);
        }
        if self.not_before.is_some_and(|not_before| not_before > now.saturating_add(leeway)) {
            return Err(TokenError::NotYetValid);
        }
        if self.issued_at > now.saturating_add(ISSUED_AHEAD) {
            return Err(TokenError::IssuedInFuture);
        }
        Ok(())
    }
}

/// What a token states about itself. Anybody can write such a token, so nothing in here may be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnverifiedView {
    /// `iss`.
    pub issuer: Option<String>,
    /// `sub`.
    pub subject: Option<String>,
    /// `token_use`, or what indicates the use of another issuer's token.
    pub token_use: Option<TokenUse>,
    /// `client_id`, or the claim that the issuer has in its place.
    pub client_id: Option<String>,
    /// `cognito:groups`, or the claim that the issuer has in its place.
    pub groups: Names,
    /// `scope`, or the claim that the issuer has in its place.
    pub scopes: Names,
    pub(crate) audience: Audience,
    dates: Dates,
}

impl UnverifiedView {
    /// `aud`.
    #[must_use]
    pub fn audiences(&self) -> &[String] {
        self.audience.as_slice()
    }

    /// `exp`, in seconds since the epoch.
    #[must_use]
    pub const fn expires_at(&self) -> Option<u64> {
        self.dates.expires_at
    }

    /// `iat`.
    #[must_use]
    pub const fn issued_at(&self) -> Option<u64> {
        self.dates.issued_at
    }

    /// `nbf`.
    #[must_use]
    pub const fn not_before(&self) -> Option<u64> {
        self.dates.not_before
    }

    /// The times, if the required ones are present.
    pub(crate) fn times(&self) -> Option<Times> {
        self.dates.complete().ok()
    }

    /// The client, or which claim should name it and does not. `None` if it is unknown which claim should.
    pub(crate) fn client(&self, issuer: &TrustedIssuer) -> Option<Result<Option<&str>, TokenError>> {
        let token_use = self.token_use?;
        Some(client(issuer, token_use, self.client_id.as_deref(), &self.audience))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(dates: Dates, leeway: u64, now: u64) -> Result<(), TokenError> {
        dates.complete().unwrap().check(leeway, UnixTime::from_secs(now))
    }

    #[test]
    fn times_are_checked_to_the_second() {
        let dates = Dates { expires_at: Some(2_000), issued_at: Some(1_000), not_before: None };
        assert_eq!(check(dates, 0, 1_999), Ok(()));
        assert_eq!(check(dates, 0, 2_000), Err(TokenError::Expired));
        assert_eq!(check(dates, 5, 2_004), Ok(()));
        assert_eq!(check(dates, 5, 2_005), Err(TokenError::Expired));

        let early = Dates { not_before: Some(1_500), ..dates };
        assert_eq!(check(early, 0, 1_499), Err(TokenError::NotYetValid));
        assert_eq!(check(early, 1, 1_499), Ok(()));
        assert_eq!(check(early, 0, 1_500), Ok(()));

        assert_eq!(check(dates, 0, 1_000 - ISSUED_AHEAD), Ok(()));
        assert_eq!(check(dates, 0, 999 - ISSUED_AHEAD), Err(TokenError::IssuedInFuture));
    }
}
