//! The partitions of AWS that have Cognito and API Gateway, with the names in their ARNs and hosts.
//!
//! Only this file knows which region is in which partition. Source: `partitions.json` of AWS's SDKs,
//! <https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json>.

/// A partition of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partition {
    /// The commercial regions.
    Aws,
    /// China.
    AwsCn,
    /// `GovCloud` (US).
    AwsUsGov,
    /// The European Sovereign Cloud.
    AwsEusc,
}

impl Partition {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Aws, Self::AwsCn, Self::AwsUsGov, Self::AwsEusc];

    /// The partition that a region is in.
    #[must_use]
    pub fn of_region(region: &str) -> Self {
        match region.split_once('-') {
            Some(("cn", _)) => Self::AwsCn,
            Some(("us", rest)) if rest.starts_with("gov-") => Self::AwsUsGov,
            Some(("eusc", _)) => Self::AwsEusc,
            _ => Self::Aws,
        }
    }

    /// The partition as ARNs name it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::AwsCn => "aws-cn",
            Self::AwsUsGov => "aws-us-gov",
            Self::AwsEusc => "aws-eusc",
        }
    }

    /// The domain that the hosts of its services end in.
    #[must_use]
    pub const fn dns_suffix(self) -> &'static str {
        match self {
            Self::Aws | Self::AwsUsGov => "amazonaws.com",
            Self::AwsCn => "amazonaws.com.cn",
            Self::AwsEusc => "amazonaws.eu",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_names_its_partition() {
        for (region, partition, suffix) in [
            ("us-east-1", "aws", "amazonaws.com"),
            ("eu-central-2", "aws", "amazonaws.com"),
            ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
            ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
            ("eusc-de-east-1", "aws-eusc", "amazonaws.eu"),
        ] {
            let found = Partition::of_region(region);
            assert_eq!((found.as_str(), found.dns_suffix()), (partition, suffix), "{region}");
        }
    }
}
