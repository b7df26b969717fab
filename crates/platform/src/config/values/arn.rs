//! ARNs, checked for their service, region, partition and form.

use super::Partition;
use super::region::is_region;
use crate::string_newtype;

string_newtype!(
    /// The ARN of a certificate in AWS Certificate Manager.
    CertificateArn,
    "the ARN of an ACM certificate, such as arn:aws:acm:us-east-1:123456789012:certificate/12345678-...",
    |text| is_arn(text, "acm", |resource| resource.strip_prefix("certificate/").is_some_and(is_arn_name))
);

impl CertificateArn {
    /// The region that the certificate is in.
    #[must_use]
    pub fn region(&self) -> &str {
        region_of(&self.0)
    }
}

string_newtype!(
    /// The ARN of a regional web ACL of AWS WAF.
    WebAclArn,
    "the ARN of a regional web ACL, such as arn:aws:wafv2:us-east-1:123456789012:regional/webacl/NAME/ID",
    |text| is_arn(text, "wafv2", |resource| resource
        .strip_prefix("regional/webacl/")
        .and_then(|rest| rest.split_once('/'))
        .is_some_and(|(name, id)| is_arn_name(name) && is_arn_name(id)))
);

impl WebAclArn {
    /// The region that the web ACL is in.
    #[must_use]
    pub fn region(&self) -> &str {
        region_of(&self.0)
    }
}

string_newtype!(
    /// The ARN of an SNS topic.
    AlarmTopicArn,
    "the ARN of an SNS topic, such as arn:aws:sns:us-east-1:123456789012:alarms",
    |text| is_arn(text, "sns", is_arn_name)
);

impl AlarmTopicArn {
    /// The region that the topic is in.
    #[must_use]
    pub fn region(&self) -> &str {
        region_of(&self.0)
    }
}

/// The region of an ARN that has one.
pub(in crate::config) fn region_of(arn: &str) -> &str {
    arn.split(':').nth(3).unwrap_or("")
}

/// `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`, with region and account.
pub(in crate::config) fn is_arn(text: &str, service: &str, is_resource: impl Fn(&str) -> bool) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    matches!(parts.as_slice(), ["arn", partition, named, region, account, resource]
        if *named == service
            && is_region(region)
            && *partition == Partition::of_region(region).as_str()
            && account.len() == 12
            && account.bytes().all(|b| b.is_ascii_digit())
            && is_resource(resource))
}

fn is_arn_name(text: &str) -> bool {
    (1..=256).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_s_partition_is_its_region_s() {
        let topic = |partition: &str, region: &str| {
            AlarmTopicArn::parse(format!("arn:{partition}:sns:{region}:123456789012:alarms")).is_ok()
        };
        for (partition, region) in [
            ("aws", "us-east-1"),
            ("aws-cn", "cn-north-1"),
            ("aws-us-gov", "us-gov-east-1"),
            ("aws-eusc", "eusc-de-east-1"),
        ] {
            assert!(topic(partition, region), "{partition}");
        }
        for (partition, region) in
            [("aws", "cn-north-1"), ("aws-eusc", "eu-central-1"), ("azure", "us-east-1")]
        {
            assert!(!topic(partition, region), "{partition} {region}");
        }
    }
}
