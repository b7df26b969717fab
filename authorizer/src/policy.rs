//! The answer to API Gateway: always an IAM policy, for everything that the bearer may use.
//!
//! Pure. Our own structs, because API Gateway refuses an answer with `null` members.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html>

use std::collections::BTreeMap;

use platform::config::{ANSWER_LIMIT, RESOURCE_LIMIT};
use serde::Serialize;

use crate::request::ApiScope;
use crate::rules::{Grant, Refusal};
use crate::token::VerifiedClaims;

/// What was decided: the reason's stable name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The policy allows something.
    Allow,
    /// The policy denies everything.
    Deny(Refusal),
}

/// An authorizer's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    principal_id: String,
    policy_document: PolicyDocument,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    context: BTreeMap<&'static str, String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyDocument {
    version: &'static str,
    statement: [Statement; 1],
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    action: &'static str,
    effect: &'static str,
    resource: Vec<String>,
}

/// Renders a decision for the API that asked. A grant whose answer API Gateway would not take becomes a
/// denial: leaving groups out of the identity would tell the services something that is not so.
#[must_use]
pub fn render(
    decision: Result<Grant<'_>, Refusal>,
    claims: &VerifiedClaims,
    api: &ApiScope,
) -> (Decision, Answer) {
    match decision.and_then(|grant| allow(&grant, claims, api)) {
        Ok(answer) => (Decision::Allow, answer),
        Err(refusal) => (Decision::Deny(refusal), deny(claims, api)),
    }
}

fn allow(grant: &Grant<'_>, claims: &VerifiedClaims, api: &ApiScope) -> Result<Answer, Refusal> {
    let resources: Vec<String> = grant.resources().iter().map(|tail| api.resource(tail)).collect();
    if resources.iter().any(|resource| resource.len() > RESOURCE_LIMIT) {
        return Err(Refusal::ResourceTooLong);
    }
    let answer = Answer { context: claims.identity().to_context(), ..answer("Allow", resources, claims) };
    let size = serde_json::to_vec(&answer).map_or(usize::MAX, |json| json.len());
    if size > ANSWER_LIMIT { Err(Refusal::IdentityTooLarge) } else { Ok(answer) }
}

fn deny(claims: &VerifiedClaims, api: &ApiScope) -> Answer {
    answer("Deny", vec![api.resource("*")], claims)
}

fn answer(effect: &'static str, resource: Vec<String>, claims: &VerifiedClaims) -> Answer {
    Answer {
        principal_id: claims.identity().subject.clone(),
        policy_document: PolicyDocument {
            version: "2012-10-17",
            statement: [Statement { action: "execute-api:Invoke", effect, resource }],
        },
        context: BTreeMap::new(),
    }
}
