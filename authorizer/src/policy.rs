//! The answer to API Gateway: always an IAM policy, for all that the bearer may use.
//!
//! Pure. It uses its own structs, because API Gateway refuses an answer with `null` members. An answer is
//! rendered as JSON at once, because its length affects the decision.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html>

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use platform::config::{ANSWER_LIMIT, RESOURCE_LIMIT, WEB_SOCKET_ANSWER_LIMIT};
use platform::identity::{ISSUER_KEY, Identity};
use serde::Serialize;
use serde::ser::{SerializeSeq as _, Serializer};
use serde_json::Map;
use serde_json::value::{RawValue, to_raw_value};

use crate::request::ApiScope;
use crate::rules::{DenyReason, Grant};
use crate::token::VerifiedClaims;

/// What the gate decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The policy allows something.
    Allow,
    /// The policy denies everything.
    Deny(DenyReason),
}

/// An authorizer's answer, as JSON.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Answer(Box<RawValue>);

impl PartialEq for Answer {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

impl Eq for Answer {}

/// The members of an answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parts<'a> {
    principal_id: Cow<'a, str>,
    policy_document: PolicyDocument<'a>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    context: BTreeMap<&'static str, Cow<'a, str>>,
}

/// An IAM policy of one statement. It is not an answer, because it names no principal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyDocument<'a> {
    version: &'static str,
    statement: [Statement<'a>; 1],
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement<'a> {
    action: &'static str,
    effect: &'static str,
    resource: Resources<'a>,
}

/// The ARNs of the resources: their common prefix, and the rest of each.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Resources<'a> {
    api: &'a ApiScope,
    tails: BTreeSet<&'a str>,
}

impl Serialize for Resources<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.tails.len()))?;
        // One buffer serves for all ARNs in turn.
        let mut resource = self.api.as_str().to_owned();
        let prefix = resource.len();
        for tail in &self.tails {
            resource.truncate(prefix);
            resource.push_str(tail);
            list.serialize_element(&resource)?;
        }
        list.end()
    }
}

/// Renders a decision for the API that asked. If API Gateway would not accept the answer that grants
/// something, the answer denies: leaving groups out of the identity would tell the services something false.
#[must_use]
pub fn render(
    decision: Result<Grant<'_>, DenyReason>,
    claims: &VerifiedClaims,
    api: &ApiScope,
) -> (Decision, Answer) {
    let identity = claims.identity();
    match decision.and_then(|grant| allow(&grant, identity, api)) {
        Ok(answer) => (Decision::Allow, answer),
        // No service sees the context of a denial. The issuer is there for the gateway's access log.
        Err(refusal) => {
            let context = BTreeMap::from([(ISSUER_KEY, identity.issuer.as_str().into())]);
            (Decision::Deny(refusal), answer(denies(api), identity, context))
        }
    }
}

/// Whether API Gateway would accept the answer that makes this grant to this identity.
///
/// # Errors
/// [`DenyReason::NoRule`], [`DenyReason::ResourceTooLong`], [`DenyReason::IdentityTooLarge`] or
/// [`DenyReason::ClaimsTooLarge`] if it would not.
pub(crate) fn fits(grant: &Grant<'_>, identity: &Identity, api: &ApiScope) -> Result<(), DenyReason> {
    allow(grant, identity, api).map(drop)
}

fn allow(grant: &Grant<'_>, identity: &Identity, api: &ApiScope) -> Result<Answer, DenyReason> {
    let answer = answer(grants(grant, api)?, identity, identity.to_context());
    if answer.0.get().len() <= limit(api) {
        return Ok(answer);
    }
    if identity.claims.is_empty() {
        return Err(DenyReason::IdentityTooLarge);
    }
    // Finds out which part makes the answer too large.
    let bare = Identity { claims: Map::new(), ..identity.clone() };
    allow(grant, &bare, api).and(Err(DenyReason::ClaimsTooLarge))
}

/// The largest answer that API Gateway accepts, in bytes.
const fn limit(api: &ApiScope) -> usize {
    if api.is_web_socket() { WEB_SOCKET_ANSWER_LIMIT } else { ANSWER_LIMIT }
}

fn answer(
    policy_document: PolicyDocument<'_>,
    identity: &Identity,
    context: BTreeMap<&'static str, Cow<'_, str>>,
) -> Answer {
    let parts = Parts { principal_id: principal_id(&identity.subject), policy_document, context };
    // Strings and lists of strings can always be written as JSON. If that ever failed, API Gateway would
    // refuse the `null`, and nobody would get in.
    Answer(to_raw_value(&parts).unwrap_or_else(|_| RawValue::NULL.to_owned()))
}

/// The subject, as `principalId`. The access log puts `principalId` between quotes, and API Gateway escapes
/// nothing there. So every character other than `A-Za-z0-9._:@/+-` is written byte by byte, as `=` and two
/// hexadecimal digits. No two subjects become the same. The services read the unchanged subject from the
/// context.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html>
fn principal_id(subject: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:@/+-".contains(&byte);
    if subject.bytes().all(is_plain) {
        return subject.into();
    }
    let mut id = String::with_capacity(subject.len() + 16);
    for byte in subject.bytes() {
        if is_plain(byte) {
            id.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(id, "={byte:02X}");
        }
    }
    id.into()
}

/// The policy for a decision, without the identity.
#[must_use]
pub fn document<'a>(decision: Result<Grant<'a>, DenyReason>, api: &'a ApiScope) -> PolicyDocument<'a> {
    decision.and_then(|grant| grants(&grant, api)).unwrap_or_else(|_| denies(api))
}

fn grants<'a>(grant: &Grant<'a>, api: &'a ApiScope) -> Result<PolicyDocument<'a>, DenyReason> {
    let mut tails = grant.resources();
    if api.is_web_socket() {
        tails.retain(|tail| *tail == CONNECT);
    }
    if tails.is_empty() {
        return Err(DenyReason::NoRule);
    }
    if tails.iter().any(|tail| api.as_str().len() + tail.len() > RESOURCE_LIMIT) {
        return Err(DenyReason::ResourceTooLong);
    }
    Ok(policy("Allow", Resources { api, tails }))
}

/// The only route that an authorizer of a WebSocket API is asked about.
const CONNECT: &str = "$connect";

fn denies(api: &ApiScope) -> PolicyDocument<'_> {
    policy("Deny", Resources { api, tails: BTreeSet::from(["*"]) })
}

fn policy<'a>(effect: &'static str, resource: Resources<'a>) -> PolicyDocument<'a> {
    let statement = [Statement { action: "execute-api:Invoke", effect, resource }];
    PolicyDocument { version: "2012-10-17", statement }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_principal_id_cannot_leave_the_quotes_of_a_log() {
        for (subject, expected) in [
            ("3f1c8f0e-0a5b-4a8e-9d4e-5f0f6f3a2b1c", "3f1c8f0e-0a5b-4a8e-9d4e-5f0f6f3a2b1c"),
            ("auth0|507f1f77", "auth0=7C507f1f77"),
            ("client@clients", "client@clients"),
            ("a\",\"admin\":\"", "a=22=2C=22admin=22:=22"),
            ("a\\b\n", "a=5Cb=0A"),
            ("a=7C", "a=3D7C"),
            ("\u{e9}", "=C3=A9"),
        ] {
            assert_eq!(principal_id(subject), expected, "{subject:?}");
        }
    }
}
