//! How a pool made by the stack sends text messages: from which region, and with which sender.
//!
//! No function reads any of it; it reaches the pool as parameters of template.yaml, which makes the role that Cognito
//! sends with. `check/user_pool/sms.rs` checks region and sender against the pool's own region. This file must not
//! ask AWS whether the account may send.

use serde::Deserialize;

use crate::config::Region;
use crate::config::values::{is_arn, region_of};
use crate::string_newtype;

/// Cognito's `SmsConfiguration`. Without `originationIdentity`, messages go through Amazon SNS, which chooses the
/// sender. With it, they go directly through AWS End User Messaging SMS.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-sms-settings.html>
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Sms {
    /// The external id with which Cognito assumes the role (`sts:ExternalId`). It is not a secret. `null`: the
    /// service's name and `-sms`.
    pub external_id: Option<ExternalId>,
    /// The region whose Amazon SNS sends. `null`: the pool's own, or the one that Cognito requires for it.
    pub region: Option<Region>,
    /// The sender of the messages: a phone number, a pool of numbers or a sender id of AWS End User Messaging SMS, in
    /// the pool's own region. `null`: Amazon SNS uses what the account has.
    pub origination_identity: Option<OriginationIdentity>,
}

string_newtype!(
    /// Cognito's external id, as STS accepts it.
    ///
    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
    ExternalId,
    "an external id: 2 to 1,224 letters, digits and the characters _+=,.@:/-",
    |text| (2..=1_224).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&b))
);

string_newtype!(
    /// The ARN of an origination identity of AWS End User Messaging SMS. The number alone is not enough: IAM compares
    /// the ARN that Cognito names with the ARN in the role.
    OriginationIdentity,
    "the ARN of a phone number, a pool or a sender id of AWS End User Messaging SMS, such as \
     arn:aws:sms-voice:us-east-1:123456789012:phone-number/phone-0a1b2c3d",
    |text| is_arn(text, "sms-voice", is_identity)
);

impl OriginationIdentity {
    /// Its region.
    #[must_use]
    pub fn region(&self) -> &str {
        region_of(self.as_str())
    }
}

/// `phone-number/ID`, `pool/ID` or `sender-id/NAME/COUNTRY`.
fn is_identity(resource: &str) -> bool {
    let is_name = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    match resource.split('/').collect::<Vec<_>>().as_slice() {
        ["phone-number" | "pool", id] => is_name(id),
        ["sender-id", name, country] => {
            is_name(name) && country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase())
        }
        _ => false,
    }
}

/// Regions of pools that may or must send with the Amazon SNS of another region, that region, and whether their own
/// region works as well. For every other pool Cognito accepts only its own region ("Invalid snsRegion. Allowed SNS
/// region for us-east-1 is us-east-1").
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-sms-settings.html#sms-choose-a-region-sns>
const ELSEWHERE: [(&str, &str, bool); 9] = [
    ("us-east-2", "us-east-1", true),
    ("ca-central-1", "us-east-1", true),
    ("eu-central-1", "eu-west-1", true),
    ("eu-west-2", "eu-west-1", true),
    ("ap-south-1", "ap-southeast-1", true),
    ("ap-northeast-2", "ap-northeast-1", false),
    ("ap-southeast-5", "ap-southeast-1", false),
    ("ap-southeast-7", "ap-south-1", false),
    ("ap-east-1", "ap-southeast-1", false),
];

/// The regions whose Amazon SNS a pool of this region may use. The default comes first.
#[must_use]
pub fn sms_regions(own: &str) -> Vec<&str> {
    match ELSEWHERE.iter().find(|(pool, _, _)| *pool == own) {
        None => vec![own],
        Some((_, other, true)) => vec![own, other],
        Some((_, other, false)) => vec![other],
    }
}

/// Whether a pool of this region can send through AWS End User Messaging SMS without Amazon SNS.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-sms-settings.html#sms-choose-a-region-eums>
#[must_use]
pub fn sends_directly(own: &str) -> bool {
    !matches!(own, "ap-southeast-7" | "ap-east-1" | "ap-southeast-5")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_sends_from_its_own_region_unless_cognito_wants_another() {
        for (own, regions) in [
            ("eu-west-1", vec!["eu-west-1"]),
            ("us-gov-west-1", vec!["us-gov-west-1"]),
            ("eu-central-1", vec!["eu-central-1", "eu-west-1"]),
            ("ap-northeast-2", vec!["ap-northeast-1"]),
        ] {
            assert_eq!(sms_regions(own), regions);
        }
    }

    #[test]
    fn a_sender_is_the_arn_of_an_identity_of_its_service() {
        let arn = |resource: &str| format!("arn:aws:sms-voice:us-east-1:123456789012:{resource}");
        for good in ["phone-number/phone-0a1b", "pool/pool-0a1b", "sender-id/SHOP/GB"] {
            assert!(OriginationIdentity::parse(arn(good)).is_ok(), "{good}");
        }
        for bad in [
            "phone-number/",
            "phone-number/*",
            "phone-number/a/b",
            "sender-id/SHOP",
            "sender-id/SHOP/gb",
            "configuration-set/a",
            "*",
        ] {
            assert!(OriginationIdentity::parse(arn(bad)).is_err(), "{bad}");
        }
        for bad in ["+12065550100", "SHOP", "arn:aws:sns:us-east-1:123456789012:phone-number/a"] {
            assert!(OriginationIdentity::parse(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_external_id_is_one_that_sts_takes() {
        for good in ["ab", "gatehouse-sms", "a:b/c=d+e,f.g@h_i-j"] {
            assert!(ExternalId::parse(good.to_owned()).is_ok(), "{good}");
        }
        for bad in ["", "a", "a b", "gr\u{fc}n", "a*b", &"a".repeat(1_225)] {
            assert!(ExternalId::parse(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
