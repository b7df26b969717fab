//! The sender of a user pool's mail: an identity of Amazon SES and one of its addresses.
//!
//! No function reads any of it; it reaches the pool as parameters of template.yaml. `check/user_pool/email.rs` checks
//! that the address belongs to the identity. This file must not ask AWS whether the identity is verified.

use serde::Deserialize;

use crate::config::values::{is_arn, is_host, region_of};
use crate::string_newtype;

/// Cognito's `EmailConfiguration` of the kind `DEVELOPER`.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-email.html>
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Email {
    /// The verified identity of Amazon SES, an address or a domain, in the stack's own account.
    pub source_arn: SesIdentityArn,
    /// The sender: an address of the identity, or a name and an address.
    pub from: Sender,
    /// The address for replies. `null`: `from`.
    #[serde(default)]
    pub reply_to: Option<EmailAddress>,
    /// The configuration set of Amazon SES that counts the mails. `null`: none.
    #[serde(default)]
    pub configuration_set: Option<ConfigurationSet>,
}

string_newtype!(
    /// The ARN of a verified identity of Amazon SES.
    SesIdentityArn,
    "the ARN of an identity of Amazon SES, such as arn:aws:ses:us-east-1:123456789012:identity/example.com",
    |text| is_arn(text, "ses", |resource| resource.strip_prefix("identity/").is_some_and(is_identity))
);

impl SesIdentityArn {
    /// The region of the identity.
    #[must_use]
    pub fn region(&self) -> &str {
        region_of(self.as_str())
    }

    /// The address or domain of the identity.
    #[must_use]
    pub fn identity(&self) -> &str {
        self.as_str().split_once('/').map_or("", |(_, identity)| identity)
    }

    /// Whether this identity may send mail from this address: it is the address itself, or its domain is the same or
    /// a parent domain.
    ///
    /// <https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html>
    #[must_use]
    pub fn covers(&self, address: &str) -> bool {
        let (user, host) = parts(address);
        match self.identity().split_once('@') {
            Some((own_user, own_host)) => own_user == user && own_host.eq_ignore_ascii_case(host),
            None => is_at_or_below(host, self.identity()),
        }
    }
}

string_newtype!(
    /// An e-mail address that Amazon SES accepts: both parts are ASCII, with other domains in punycode.
    ///
    /// <https://docs.aws.amazon.com/ses/latest/APIReference/API_SendEmail.html>
    EmailAddress,
    "an e-mail address in ASCII, such as support@example.com",
    is_address
);

string_newtype!(
    /// The sender of mail: an address, or a name and an address.
    Sender,
    "an e-mail address in ASCII, or a name of up to 100 characters and it, such as no-reply@example.com or \
     Example <no-reply@example.com>; no quotes, backslashes, control characters or angle brackets in the name",
    |text| is_address(text)
        || named(text).is_some_and(|(name, address)| is_sender_name(name) && is_address(address))
);

impl Sender {
    /// The name, if there is one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        named(self.as_str()).map(|(name, _)| name)
    }

    /// The address.
    #[must_use]
    pub fn address(&self) -> &str {
        named(self.as_str()).map_or(self.as_str(), |(_, address)| address)
    }
}

string_newtype!(
    /// The name of a configuration set of Amazon SES.
    ConfigurationSet,
    "the name of a configuration set of Amazon SES: 1 to 64 letters, digits, '_' and '-'",
    |text| (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
);

/// `NAME <ADDRESS>`.
fn named(text: &str) -> Option<(&str, &str)> {
    text.strip_suffix('>')?.split_once(" <")
}

fn is_sender_name(name: &str) -> bool {
    (1..=100).contains(&name.chars().count())
        && name.trim() == name
        && !name.contains(|c: char| c.is_control() || matches!(c, '"' | '\\' | '<' | '>'))
}

/// User and domain.
fn parts(address: &str) -> (&str, &str) {
    address.split_once('@').unwrap_or((address, ""))
}

fn is_at_or_below(host: &str, domain: &str) -> bool {
    let (host, domain) = (host.to_ascii_lowercase(), domain.to_ascii_lowercase());
    host == domain || host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'))
}

/// Quotes in the local part are refused, because SES and many mail servers do not accept them.
fn is_address(text: &str) -> bool {
    let (user, host) = parts(text);
    text.len() <= 254
        && (1..=64).contains(&user.len())
        && user.split('.').all(|part| !part.is_empty() && part.bytes().all(is_atom_byte))
        && is_mail_host(host)
}

fn is_mail_host(host: &str) -> bool {
    host.contains('.') && !host.starts_with('[') && is_host(host)
}

/// `atext` of RFC 5322 section 3.2.3.
fn is_atom_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&byte)
}

/// An identity in an ARN. Cognito accepts fewer characters there than an address may have.
///
/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_EmailConfigurationType.html>
fn is_identity(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b))
        && if text.contains('@') { is_address(text) } else { is_mail_host(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arn(identity: &str) -> Result<SesIdentityArn, String> {
        SesIdentityArn::parse(format!("arn:aws:ses:us-east-1:123456789012:identity/{identity}"))
    }

    #[test]
    fn an_identity_is_an_address_or_a_domain() {
        for good in ["example.com", "mail.example.com", "no-reply@example.com", "a.b+c@xn--bcher-kva.example"]
        {
            assert_eq!(arn(good).unwrap().identity(), good);
        }
        for bad in
            ["", "example", "@example.com", "a@", "a@b", "a/b@example.com", "example.com/x", "*", "a b.com"]
        {
            assert!(arn(bad).is_err(), "{bad}");
        }
        for bad in [
            "arn:aws:ses:us-east-1:123456789012:configuration-set/example.com",
            "arn:aws:ses::123456789012:identity/example.com",
            "arn:aws:ses:us-east-1::identity/example.com",
            "arn:aws:sns:us-east-1:123456789012:identity/example.com",
            "arn:aws-cn:ses:us-east-1:123456789012:identity/example.com",
            "example.com",
        ] {
            assert!(SesIdentityArn::parse(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_domain_covers_what_is_below_it_and_an_address_itself_alone() {
        for (identity, address, covered) in [
            ("example.com", "a@example.com", true),
            ("example.com", "a@EXAMPLE.com", true),
            ("example.com", "a@mail.example.com", true),
            ("example.com", "a@badexample.com", false),
            ("mail.example.com", "a@example.com", false),
            ("example.com", "a@example.com.evil.example", false),
            ("a@example.com", "a@example.com", true),
            ("a@example.com", "a@Example.com", true),
            ("a@example.com", "A@example.com", false),
            ("a@example.com", "b@example.com", false),
            ("a@example.com", "a@mail.example.com", false),
        ] {
            assert_eq!(arn(identity).unwrap().covers(address), covered, "{identity} {address}");
        }
    }

    #[test]
    fn a_sender_is_an_address_with_or_without_a_name() {
        let read = |text: &str| Sender::parse(text.to_owned());
        let plain = read("no-reply@example.com").unwrap();
        assert_eq!((plain.name(), plain.address()), (None, "no-reply@example.com"));
        let named = read("Gr\u{fc}n & Co., Ltd. <no-reply@example.com>").unwrap();
        assert_eq!((named.name(), named.address()), (Some("Gr\u{fc}n & Co., Ltd."), "no-reply@example.com"));
        let long = format!("{} <a@example.com>", "n".repeat(101));
        for bad in [
            "",
            "Example",
            "<a@example.com>",
            " <a@example.com>",
            "Example<a@example.com>",
            "Example <a@example.com",
            "Example <a@example.com> x",
            "Example  <a@example.com>",
            "\"Example\" <a@example.com>",
            "A\\B <a@example.com>",
            "A\r\nBcc: x <a@example.com>",
            "A <b@example.com> <a@example.com>",
            "a@example.com, b@example.com",
            &long,
        ] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_address_is_one_that_ses_takes() {
        for good in ["a@example.com", "a.b+c_d@mail.example.com", "o'neil@example.com"] {
            assert!(is_address(good), "{good}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        for bad in [
            "a",
            "@",
            "a@",
            "@b.c",
            "a@b",
            "a@@b.c",
            "a@b@c.d",
            ".a@b.c",
            "a.@b.c",
            "a..b@c.d",
            "a b@c.d",
            "a@b.c ",
            "\u{fc}@b.c",
            "a@\u{fc}.de",
            "a@[1.2.3.4]",
            "a@-b.c",
            "a,b@c.d",
            "a\"@b.c",
            "a\n@b.c",
            &long,
        ] {
            assert!(!is_address(bad), "{bad:?}");
        }
    }
}
