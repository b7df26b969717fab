//! Explains the gate's decision about one token. It shows the result of every check, for people who look for
//! a fault.
//!
//! The verdict comes from `Gate::decide`. The checks are the functions that the gate itself calls. The only
//! difference is that the inspection goes on after a failed check, as far as the other checks are possible.
//! This file lets nobody in: it makes no answer, no verified claims and no check of its own.

use std::path::PathBuf;
use std::sync::Arc;

use platform::config::Config;
use serde_json::Value;

use crate::Gate;
use crate::audit::AuditRecord;
use crate::clock::UnixTime;
use crate::error::{AuthorizeError, StartError, TokenError};
use crate::issuers::{Issuers, SharedIssuer, TrustedIssuer};
use crate::jwks::{KeyId, VerifyingKey};
use crate::policy::{self, Decision};
use crate::principal::Principal;
use crate::request::AuthRequest;
use crate::rules::{DenyReason, Rules};
pub use crate::token::{OF_ACCESS_TOKENS, OF_ID_TOKENS, UnverifiedView};
use crate::token::{
    ParsedHeader, Parts, RawClaims, UnverifiedToken, check_signature, decode, parse_header, text_of,
};

/// Where an inspection gets the issuers' keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keys {
    /// From where the gate gets them.
    Configured,
    /// From this JWK Set, whichever issuer the token names.
    File(PathBuf),
    /// From nowhere: signatures are not checked.
    Skipped,
}

/// A gate that explains its decisions.
#[derive(Debug)]
pub struct Inspector {
    gate: Gate,
    has_keys: bool,
}

/// The result for one token.
#[derive(Debug)]
pub struct Report {
    /// All checks, in the order of [`Step`].
    pub checks: Vec<Check>,
    /// What the gate decides.
    pub verdict: Verdict,
    /// What the token states. `None` if its claims cannot be read.
    pub stated: Option<UnverifiedView>,
    /// The key that the token names.
    pub key_id: Option<KeyId>,
    /// The configured issuer that the token names, with its terms.
    pub issuer: Option<Arc<TrustedIssuer>>,
    /// Why the issuer's keys are unavailable.
    pub key_fault: Option<String>,
    /// The caller that the token names, as rules see it. `None` if a claim is missing or the issuer is
    /// unknown.
    pub principal: Option<Principal>,
}

/// What the gate decides about a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The result of [`Gate::authorize`].
    Decided(Result<Decision, AuthorizeError>),
    /// The decision depends on the signature, and the inspection has no keys.
    Undecided,
}

/// One check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// Which check.
    pub step: Step,
    /// How it ended.
    pub outcome: Outcome,
}

/// The checks, in the gate's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// API Gateway sends events of this form.
    Event,
    /// The event has one token, which consists of three parts of strict base64url.
    Form,
    /// The header names an algorithm and a key, and nothing else.
    Header,
    /// The required claims are present and have the right types.
    Claims,
    /// The issuer is one of the configured issuers.
    Issuer,
    /// The issuer signs with the algorithm, and has the key.
    Key,
    /// The key made the signature.
    Signature,
    /// The token is valid at this time.
    Times,
    /// The issuer's tokens are accepted for this use.
    TokenUse,
    /// The issuer's tokens are accepted for this audience.
    Audience,
    /// The client is one of the issuer's configured ones.
    Client,
    /// At least one rule grants something.
    Rules,
}

impl Step {
    /// A stable name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Form => "form",
            Self::Header => "header",
            Self::Claims => "claims",
            Self::Issuer => "issuer",
            Self::Key => "key",
            Self::Signature => "signature",
            Self::Times => "times",
            Self::TokenUse => "token_use",
            Self::Audience => "audience",
            Self::Client => "client",
            Self::Rules => "rules",
        }
    }
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The check passed.
    Passed,
    /// The gate would stop here.
    Failed(FailureReason),
    /// The check was impossible, because this other check did not pass.
    NotReached(Step),
    /// The inspection has no keys.
    Skipped,
}

/// Why the gate would stop, in the gate's own error types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureReason {
    /// The gate makes no decision.
    AuthorizeError(AuthorizeError),
    /// A policy that denies.
    DenyReason(DenyReason),
}

impl FailureReason {
    /// The stable name that the audit log uses for it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::AuthorizeError(failure) => failure.code(),
            Self::DenyReason(refusal) => refusal.code(),
        }
    }
}

impl<E: Into<AuthorizeError>> From<E> for Outcome {
    fn from(error: E) -> Self {
        Self::Failed(FailureReason::AuthorizeError(error.into()))
    }
}

impl Inspector {
    /// Builds the gate of this configuration, with these keys. `env` looks up an environment variable.
    ///
    /// # Errors
    /// The same as those of [`Gate::new`].
    pub fn new(
        config: &Config,
        env: impl Fn(&str) -> Option<String>,
        keys: &Keys,
    ) -> Result<Self, StartError> {
        let mut config = config.clone();
        if *keys != Keys::Configured {
            config.authorizer.jwks.file = None;
        }
        let mut gate = Gate::new(&config, env)?;
        if let Keys::File(file) = keys {
            gate.issuers = gate.issuers.with_keys_in(file);
        }
        Ok(Self { gate, has_keys: *keys != Keys::Skipped })
    }

    /// The issuers whose tokens are accepted.
    #[must_use]
    pub const fn issuers(&self) -> &Issuers {
        &self.gate.issuers
    }

    /// The rules of the configuration.
    #[must_use]
    pub const fn rules(&self) -> &Rules {
        &self.gate.rules
    }

    /// Makes all checks of the token in an event. It asks for keys as the gate does, unless keys are skipped.
    pub async fn report(&self, event: &Value, now: UnixTime) -> Report {
        let request = AuthRequest::parse(event);
        let text = Text::of(request.as_ref().map_err(|failure| *failure), &self.gate.issuers);
        let named = text.issuer.clone();
        let (key, key_fault) = self.key(&named, &text.header, now).await;
        let checks = self.checks(request.as_ref().ok(), &text, &named, &key, now);
        let verdict = if self.has_keys {
            Verdict::Decided(
                self.gate.decide(event, now, &mut AuditRecord::default()).await.map(|(said, _)| said),
            )
        } else {
            self.without_keys(event, &checks)
        };
        Report {
            checks,
            verdict,
            stated: text.stated,
            key_id: text.header.ok().map(|header| header.key_id),
            issuer: named.ok(),
            key_fault,
            principal: text.principal.ok(),
        }
    }

    fn checks(
        &self,
        request: Option<&AuthRequest<'_>>,
        text: &Text<'_>,
        issuer: &OrOutcome<SharedIssuer>,
        key: &OrOutcome<VerifyingKey>,
        now: UnixTime,
    ) -> Vec<Check> {
        [
            (Step::Event, text.event),
            (Step::Form, text.form),
            (Step::Header, of(&text.header)),
            (Step::Claims, text.claims),
            (Step::Issuer, of(issuer)),
            (Step::Key, of(key)),
            (Step::Signature, ended(signature(text, key))),
            (Step::Times, ended(self.times(text.stated.as_ref(), now))),
            (Step::TokenUse, ended(token_use(text.stated.as_ref(), issuer))),
            (Step::Audience, ended(self.audience(request, text.stated.as_ref(), issuer))),
            (Step::Client, ended(client(text.stated.as_ref(), issuer))),
            (Step::Rules, ended(self.granted(request, text, now))),
        ]
        .map(|(step, outcome)| Check { step, outcome })
        .into()
    }

    /// The key. If the issuer's keys are unavailable, also why.
    async fn key(
        &self,
        issuer: &OrOutcome<SharedIssuer>,
        header: &OrOutcome<ParsedHeader>,
        now: UnixTime,
    ) -> (OrOutcome<VerifyingKey>, Option<String>) {
        let (Ok(issuer), Ok(header)) = (issuer, header) else {
            let missing = if issuer.is_err() { Step::Issuer } else { Step::Header };
            return (Err(Outcome::NotReached(missing)), None);
        };
        if let Err(error) = issuer.accepts_algorithm(header.algorithm) {
            return (Err(error.into()), None);
        }
        if !self.has_keys {
            return (Err(Outcome::Skipped), None);
        }
        let fault = self.gate.keys.attempt(issuer, now).await.err();
        let found = self.gate.keys.key(issuer, &header.key_id, now).await;
        (found.map(|found| found.key).map_err(Outcome::from), fault)
    }

    fn times(&self, stated: Option<&UnverifiedView>, now: UnixTime) -> Result<(), Outcome> {
        let times = stated.and_then(UnverifiedView::times).ok_or(Outcome::NotReached(Step::Claims))?;
        Ok(times.check(self.gate.leeway, now)?)
    }

    /// Without a readable event the API's names are unknown.
    fn audience(
        &self,
        request: Option<&AuthRequest<'_>>,
        stated: Option<&UnverifiedView>,
        issuer: &OrOutcome<SharedIssuer>,
    ) -> Result<(), Outcome> {
        let stated = stated.ok_or(Outcome::NotReached(Step::Claims))?;
        let token_use = stated.token_use.ok_or(Outcome::NotReached(Step::Claims))?;
        let issuer = issuer.as_ref().map_err(|_| Outcome::NotReached(Step::Issuer))?;
        let resource = self.gate.resource.as_ref().zip(request);
        let names = resource.map(|(resource, request)| resource.names(&request.api)).unwrap_or_default();
        Ok(issuer.accepts_audience(&stated.audience, token_use, &names)?)
    }

    fn granted(
        &self,
        request: Option<&AuthRequest<'_>>,
        text: &Text<'_>,
        now: UnixTime,
    ) -> Result<(), Outcome> {
        let refused = |refusal| Outcome::Failed(FailureReason::DenyReason(refusal));
        let principal = text.principal.as_ref().map_err(|outcome| *outcome)?;
        let grant = self.gate.rules.grant(principal, now).map_err(refused)?;
        match request {
            Some(request) => policy::fits(&grant, &principal.identity, &request.api).map_err(refused),
            // Without an API there is no answer that could be too large.
            None => Ok(()),
        }
    }

    /// The verdict without keys. A token that fails a check other than the signature is refused whatever its
    /// signature is. After parsing, the checks are in the gate's own order.
    fn without_keys(&self, event: &Value, checks: &[Check]) -> Verdict {
        let parsed = AuthRequest::parse(event)
            .and_then(|request| Ok(UnverifiedToken::parse(&request.token, &self.gate.issuers).map(drop)?));
        let failed = checks.iter().find_map(|check| match check.outcome {
            Outcome::Failed(FailureReason::AuthorizeError(failure)) => Some(failure),
            _ => None,
        });
        parsed.err().or(failed).map_or(Verdict::Undecided, |failure| Verdict::Decided(Err(failure)))
    }
}

/// What a step found, or how the step ended if it found nothing.
type OrOutcome<T> = Result<T, Outcome>;

fn ended(result: Result<(), Outcome>) -> Outcome {
    result.map_or_else(|outcome| outcome, |()| Outcome::Passed)
}

fn of<T>(found: &OrOutcome<T>) -> Outcome {
    found.as_ref().map_or_else(|outcome| *outcome, |_| Outcome::Passed)
}

/// What can be read of a token without its issuer's keys.
struct Text<'r> {
    event: Outcome,
    form: Outcome,
    signing_input: &'r str,
    signature: OrOutcome<Vec<u8>>,
    header: OrOutcome<ParsedHeader>,
    claims: Outcome,
    stated: Option<UnverifiedView>,
    issuer: OrOutcome<SharedIssuer>,
    principal: OrOutcome<Principal>,
}

impl<'r> Text<'r> {
    fn of(request: Result<&AuthRequest<'r>, AuthorizeError>, issuers: &Issuers) -> Self {
        let event = match request {
            Err(failure @ (AuthorizeError::MalformedEvent(_) | AuthorizeError::KeysUnavailable)) => {
                failure.into()
            }
            Ok(_) | Err(AuthorizeError::Unauthorized(_)) => Outcome::Passed,
        };
        let parts = request.and_then(|request| Ok(Parts::of(&request.token)?));
        let part = |pick: fn(&Parts<'r>) -> &'r str| match &parts {
            Ok(parts) => {
                let mut decoded = Vec::new();
                decode(pick(parts), &mut decoded).map(|()| decoded).map_err(Outcome::from)
            }
            Err(failure) => Err(Outcome::from(*failure)),
        };
        let (header, payload) = (part(|parts| parts.header), part(|parts| parts.payload));
        let signature = part(|parts| parts.signature);
        let form = match event {
            Outcome::Passed => {
                [&header, &payload, &signature].into_iter().map(of).find(|end| *end != Outcome::Passed)
            }
            _ => Some(Outcome::NotReached(Step::Event)),
        };
        let readable = |part: &OrOutcome<Vec<u8>>| part.clone().map_err(|_| Outcome::NotReached(Step::Form));
        let header =
            readable(&header).and_then(|json| Ok(text_of(&json, TokenError::Header).and_then(parse_header)?));
        let (issuer, raw) = match readable(&payload) {
            Ok(json) => claims(&json, header.as_ref().ok(), issuers),
            Err(outcome) => (Err(Outcome::NotReached(Step::Claims)), Err(outcome)),
        };
        let stated = raw.as_ref().ok().map(RawClaims::stated);
        let claims = raw.and_then(|raw| Ok(raw.complete()?));
        let end = of(&claims);
        let principal = match (claims, &issuer) {
            (Ok(claims), Ok(issuer)) => {
                claims.into_principal(issuer).map_err(|_| Outcome::NotReached(Step::Client))
            }
            (Ok(_), Err(_)) => Err(Outcome::NotReached(Step::Issuer)),
            (Err(_), _) => Err(Outcome::NotReached(Step::Claims)),
        };
        Self {
            event,
            form: form.unwrap_or(Outcome::Passed),
            signing_input: parts.map_or("", |parts| parts.signing_input),
            header,
            claims: end,
            stated,
            issuer,
            principal,
            signature,
        }
    }
}

/// The issuer that the claims name, and the claims as this issuer writes them.
fn claims(
    json: &[u8],
    header: Option<&ParsedHeader>,
    issuers: &Issuers,
) -> (OrOutcome<SharedIssuer>, OrOutcome<RawClaims>) {
    let text = match text_of(json, TokenError::Claims) {
        Ok(text) => text,
        Err(error) => return (Err(Outcome::NotReached(Step::Claims)), Err(error.into())),
    };
    let (issuer, raw) = RawClaims::read(text, header, issuers);
    let issuer = issuer.ok_or(match &raw {
        Ok(raw) if raw.stated().issuer.is_some() => TokenError::UntrustedIssuer.into(),
        _ => Outcome::NotReached(Step::Claims),
    });
    (issuer, raw.map_err(Outcome::from))
}

fn signature(text: &Text<'_>, key: &OrOutcome<VerifyingKey>) -> Result<(), Outcome> {
    let signature = text.signature.as_ref().map_err(|_| Outcome::NotReached(Step::Form))?;
    let key = key.as_ref().map_err(|_| Outcome::NotReached(Step::Key))?;
    let header = text.header.as_ref().map_err(|_| Outcome::NotReached(Step::Header))?;
    Ok(check_signature(key, header.algorithm, text.signing_input, signature)?)
}

fn token_use(stated: Option<&UnverifiedView>, issuer: &OrOutcome<SharedIssuer>) -> Result<(), Outcome> {
    let token_use = stated.and_then(|stated| stated.token_use).ok_or(Outcome::NotReached(Step::Claims))?;
    let issuer = issuer.as_ref().map_err(|_| Outcome::NotReached(Step::Issuer))?;
    Ok(issuer.accepts_use(token_use)?)
}

fn client(stated: Option<&UnverifiedView>, issuer: &OrOutcome<SharedIssuer>) -> Result<(), Outcome> {
    let stated = stated.ok_or(Outcome::NotReached(Step::Claims))?;
    let issuer = issuer.as_ref().map_err(|_| Outcome::NotReached(Step::Issuer))?;
    let client = stated.client(issuer).ok_or(Outcome::NotReached(Step::Claims))??;
    Ok(issuer.accepts_client(client)?)
}
