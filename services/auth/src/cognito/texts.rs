//! The meanings of exceptions that have several: their texts, as people have reported them, and the meaning of each.
//!
//! AWS documents Cognito's exceptions but not their texts, so each row has the source of its text. An exception with
//! an unknown text keeps its usual meaning, and the text is logged. A row must not match a part of a text that a
//! caller can write: only a text that no request can cause may mean a set-up error.

use crate::provider::{AttributeFault, Refusal, TriggerWords};

/// A text and its meaning.
pub(super) struct Row {
    /// The exception's name.
    pub(super) exception: &'static str,
    /// The operation that it belongs to. Empty: any.
    pub(super) operation: &'static str,
    /// A part of its text, in lower case and with spaces for `_`. Empty: any text.
    pub(super) text: &'static str,
    /// Makes the refusal from the whole text.
    pub(super) refusal: fn(&str) -> Refusal,
    /// Where the text was seen.
    #[cfg_attr(not(test), expect(dead_code, reason = "it is there to be read"))]
    pub(super) source: &'static str,
}

impl Row {
    /// Whether a text of the exception matches the row. The text is in lower case and has spaces for `_`.
    fn takes(&self, operation: &str, exception: &str, plain: &str) -> bool {
        self.exception == exception
            && (self.operation.is_empty() || self.operation == operation)
            && plain.contains(self.text)
    }
}

/// The first row that matches the text.
pub(super) fn meaning(operation: &str, exception: &str, text: &str) -> Option<Refusal> {
    let plain = text.to_ascii_lowercase().replace('_', " ");
    let row = TEXTS.iter().find(|row| row.takes(operation, exception, &plain));
    row.map(|row| (row.refusal)(text))
}

const SECRET: &str = "the client's secret is not the one that the function has";
const FLOW: &str = "the app client does not allow the flow that auth.flow names";
const CLIENT: &str = "there is no such app client in the pool's region";
const SMS_ROLE: &str = "the pool's role for SMS does not let Cognito send";
const MAIL_ROLE: &str = "Cognito may not send mail as the pool's sender";

macro_rules! texts {
    ($($exception:ident: $($text:literal $(at $operation:ident)? => $refusal:expr, $source:literal;)*)*) => {
        /// The table. If several rows match a text, the first one counts.
        pub(super) const TEXTS: &[Row] = &[$($(
            Row {
                exception: stringify!($exception),
                operation: concat!($(stringify!($operation))?),
                text: $text,
                refusal: $refusal,
                source: $source,
            },
        )*)*];
    };
}

texts! {
    NotAuthorizedException:
    "attempts exceeded" => |_| Refusal::AttemptsExceeded,
        "https://github.com/aws-amplify/amplify-js/issues/1234";
    "access token does not have required scopes" => |_| Refusal::ScopeMissing,
        "https://github.com/aws-amplify/amplify-js/issues/1906";
    "access token" => |_| Refusal::TokenNotUsable,
        "https://docs.aws.amazon.com/cognito/latest/developerguide/token-revocation.html";
    "configured with secret but" => |_| Refusal::SetUp(SECRET),
        "https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html";
    // Cognito expects the hash of the session's user name, and we send that of the user name in the answer.
    // Everywhere else both use the name in the request. A wrong secret is noticed there, at the start of a sign-in.
    "verify secret hash" at RespondToAuthChallenge => |_| Refusal::NotAuthorized,
        "https://github.com/aws-amplify/aws-sdk-android/pull/2265";
    "secrethash does not match" at RespondToAuthChallenge => |_| Refusal::NotAuthorized,
        "https://github.com/aws/aws-sdk-net-extensions-cognito/issues/94";
    "secret hash" => |_| Refusal::SetUp(SECRET), "https://github.com/aws-amplify/amplify-js/issues/277";
    "secrethash does not match" => |_| Refusal::SetUp(SECRET),
        "https://github.com/aws/aws-sdk-net-extensions-cognito/issues/94";
    "secret was not received" => |_| Refusal::SetUp(SECRET),
        "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetTokensFromRefreshToken.html";
    "client secret" => |_| Refusal::SetUp(SECRET),
        "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RevokeToken.html";
    "cannot modify an already provided" => |text| attribute(after("provided ", text), AttributeFault::FIXED),
        "https://github.com/aws-samples/aws-saas-factory-bootcamp/issues/67";
    "auto verification not turned on" => |_| Refusal::SendingSetUp("the pool verifies no e-mail: AutoVerifiedAttributes"),
        "https://github.com/aws-amplify/amplify-cli/issues/3646";
    // The text does not say which one.
    "unauthorized attribute" => |_| Refusal::InvalidParameter, "https://github.com/aws/aws-sdk-js/issues/1319";

    InvalidParameterException:
    "cannot be of email format" => |_| Refusal::SetUp("the pool takes e-mail as an alias; it must be what users are named by"),
        "https://github.com/aws-amplify/amplify-js/issues/8800";
    "flow not enabled for this client" => |_| Refusal::SetUp(FLOW), "https://github.com/floci-io/floci/pull/3974";
    "is not enabled for the client" => |_| Refusal::SetUp(FLOW),
        "https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow-methods.html";
    "does not have delivery config" => |_| Refusal::MfaMethodNotFound,
        "https://github.com/aws/aws-sdk-js-v3/issues/4645";
    "attribute cannot be updated" => |text| attribute(before_colon(text), AttributeFault::FIXED),
        "https://github.com/aws-amplify/amplify-swift/issues/3981";
    "required attribute cannot be deleted" => |text| attribute(before_colon(text), AttributeFault::KEPT),
        "https://github.com/aws-amplify/aws-sdk-ios/issues/4251";
    "attribute does not exist in the schema" => |text| attribute(before_colon(text), AttributeFault::UNKNOWN),
        "https://github.com/aws-amplify/amplify-js/issues/2167";
    "attribute is required" => |text| attribute(before_colon(text), AttributeFault::MISSING),
        "https://github.com/furaiev/amazon-cognito-identity-dart-2/issues/89";
    "invalid attributes given" => |text| attribute(missing(text), AttributeFault::MISSING),
        "https://github.com/pmill/aws-cognito/issues/25";
    "error from amazon ses" => |_| Refusal::SendingSetUp(MAIL_ROLE), "https://github.com/aws/aws-cdk/issues/18964";

    UserLambdaValidationException:
    "" => |text| Refusal::RefusedByTrigger(TriggerWords::new(text)),
        "https://github.com/aws-amplify/amplify-ui-android/issues/314";

    LimitExceededException:
    "daily email limit" => |_| Refusal::SendingSetUp("Cognito's own sender has sent its mails of the day: set userPool.email"),
        "https://github.com/rahulpsd18/cognito-backup-restore/issues/46";

    ResourceNotFoundException:
    // The user caused this, not the set-up: the device was forgotten elsewhere.
    "device" => |_| Refusal::DeviceNotFound,
        "https://github.com/amazon-archives/amazon-cognito-identity-js/issues/200";
    "" => |_| Refusal::SetUp(CLIENT), "https://github.com/anomalyco/guide/issues/82";

    InvalidSmsRoleAccessPolicyException:
    "" => |_| Refusal::SendingSetUp(SMS_ROLE), "https://github.com/OElesin/querypal/issues/6";
    InvalidSmsRoleTrustRelationshipException:
    "" => |_| Refusal::SendingSetUp(SMS_ROLE), "https://github.com/aws-amplify/amplify-flutter/issues/1328";
    InvalidEmailRoleAccessPolicyException:
    "" => |_| Refusal::SendingSetUp(MAIL_ROLE),
        "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SignUp.html";
    InvalidUserPoolConfigurationException:
    "" => |_| Refusal::SetUp("the pool's configuration is not valid for this"),
        "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html";
    AccessDeniedException:
    "" => |_| Refusal::SetUp("the function's role does not allow the call"),
        "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/CommonErrors.html";
    UnrecognizedClientException:
    "" => |_| Refusal::SetUp("the function's credentials are not of this partition"),
        "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/CommonErrors.html";
}

/// What is wrong with an attribute, or with an unknown one if the text names none.
fn attribute(name: &str, why: &'static str) -> Refusal {
    AttributeFault::new(name, why).map_or(Refusal::InvalidParameter, Refusal::Attribute)
}

fn after<'a>(words: &str, text: &'a str) -> &'a str {
    text.split_once(words).map_or("", |(_, rest)| rest)
}

/// `Attributes did not conform to the schema: custom:plan: The attribute is required`, or `user.email: Attribute ...`.
fn before_colon(text: &str) -> &str {
    let named = text.rsplit_once(": ").map_or("", |(before, _)| before);
    let name = named.rsplit(": ").next().unwrap_or_default();
    name.strip_prefix("user.").unwrap_or(name)
}

/// `Invalid attributes given, address is missing`: if there are several, the first one.
fn missing(text: &str) -> &str {
    after("given, ", text).split([' ', ',']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_source_and_is_reached() {
        for (index, row) in TEXTS.iter().enumerate() {
            assert!(row.source.starts_with("https://"), "{}", row.text);
            assert_eq!(row.text, row.text.to_ascii_lowercase());
            let first = TEXTS.iter().position(|other| other.takes(row.operation, row.exception, row.text));
            assert_eq!(
                first,
                Some(index),
                "{} {} is behind a row that takes all of its texts",
                row.exception,
                row.text
            );
        }
    }

    #[test]
    fn the_attribute_that_a_text_names_is_found_in_it() {
        for (exception, text, name) in [
            ("NotAuthorizedException", "Cannot modify an already provided email", Some("email")),
            ("InvalidParameterException", "user.email: Attribute cannot be updated.\n", Some("email")),
            (
                "InvalidParameterException",
                "user.custom:plan: Attribute cannot be updated.",
                Some("custom:plan"),
            ),
            (
                "InvalidParameterException",
                "Attributes did not conform to the schema: custom:plan: Attribute does not exist in the schema.\n",
                Some("custom:plan"),
            ),
            (
                "InvalidParameterException",
                "Attributes did not conform to the schema: email: The attribute is required\n",
                Some("email"),
            ),
            (
                "InvalidParameterException",
                "Invalid attributes given, given_name is missing",
                Some("given_name"),
            ),
            (
                "InvalidParameterException",
                "user.phone_number: Required attribute cannot be deleted.",
                Some("phone_number"),
            ),
            ("InvalidParameterException", "Attribute cannot be updated", None),
            ("InvalidParameterException", "user.<script>: Attribute cannot be updated", None),
            ("NotAuthorizedException", "Cannot modify an already provided ", None),
        ] {
            let found = match meaning("AnyOperation", exception, text) {
                Some(Refusal::Attribute(fault)) => Some(fault.name().to_owned()),
                Some(Refusal::InvalidParameter) => None,
                other => panic!("{text}: {other:?}"),
            };
            assert_eq!(found.as_deref(), name, "{text}");
        }
    }
}
