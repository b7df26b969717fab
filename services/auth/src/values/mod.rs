//! The values of a request. Each type accepts only valid values.
//!
//! Secrets are in no `Debug` output and in no message: a message says what a value must be, never what it was. This
//! folder must not depend on HTTP or on Cognito's calls.

use std::collections::BTreeMap;
use std::fmt;

use platform::address::UserAddress;
use platform::string_newtype;
use platform::string_newtype::read;
use secrecy::SecretString;
use serde::de::{Deserialize, Deserializer};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};

use crate::challenge::mfa_setup::MFA_SETUP;

mod attribute_name;

pub use attribute_name::AttributeName;

/// Attributes and their values, as a user writes them.
pub type Attributes = BTreeMap<AttributeName, AttributeValue>;

/// An e-mail address, which names a user.
#[derive(Debug, Clone)]
pub struct Email(UserAddress);

impl Email {
    /// Takes `text` when it is one.
    ///
    /// # Errors
    /// What it must be.
    pub fn parse(text: String) -> Result<Self, String> {
        UserAddress::parse(text).map(Self).map_err(|what| format!("must be {what}"))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl utoipa::PartialSchema for Email {
    fn schema() -> RefOr<Schema> {
        let schema = ObjectBuilder::new().schema_type(Type::String).description(Some(UserAddress::EXPECTED));
        schema.pattern(Some(UserAddress::pattern())).min_length(Some(3)).max_length(Some(128)).into()
    }
}

impl utoipa::ToSchema for Email {}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer, Self::parse)
    }
}

string_newtype!(
    /// A telephone number in the form of E.164.
    PhoneNumber(String),
    "a phone number in the form of E.164, such as +14155550123",
    pattern = r"^\+[1-9][0-9]{1,14}$";
    |text| text.strip_prefix('+').is_some_and(|digits| {
        (2..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
);

string_newtype!(
    /// The value of an attribute, also of one that the pool keeps as a number or a time: over the wire it is a text. An
    /// `address` may have several lines (`OpenID` Connect Core section 5.1.1), a name joiners. Cognito takes an empty value as
    /// an attribute's end, for which there is `null` here.
    AttributeValue(String),
    "a text of 1 to 2048 characters without control characters, but for tabs and line breaks",
    pattern = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]+$", min_length = 1, max_length = 2048;
    |text| (1..=2048).contains(&text.chars().count())
        && !text.contains(|c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
);

string_newtype!(
    /// The name by which the pool knows a user: an e-mail address, or the `sub`.
    Username(String),
    "a user name of 1 to 128 visible characters",
    min_length = 1, max_length = 128;
    |text| (1..=128).contains(&text.chars().count()) && text.chars().all(is_visible)
);

string_newtype!(
    /// The name of a challenge, in Cognito's own words.
    ChallengeName(String),
    "the name of a challenge, such as NEW_PASSWORD_REQUIRED",
    pattern = "^[A-Z][A-Z0-9_]{0,63}$";
    is_screaming
);

string_newtype!(
    /// What a user calls a device: one that is remembered, or the one that has their authenticator app.
    DeviceName(String),
    "a name of 1 to 1024 characters without control characters",
    min_length = 1, max_length = 1024;
    |text| (1..=1024).contains(&text.chars().count()) && !text.contains(char::is_control)
);

string_newtype!(
    /// The name that Cognito gives a device. It proves nothing by itself: the device's own secret does, which never
    /// leaves the device. <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeviceType.html>
    DeviceKey(String),
    "the key of a device, as it was given: at most 55 characters",
    pattern = r"^[A-Za-z0-9_-]+_[0-9a-f-]+$", min_length = 3, max_length = 55;
    is_device_key
);

string_newtype!(
    /// Where a listing of Cognito's goes on: its `PaginationToken`, for which Cognito names no limit. It has to fit into the
    /// 10,240 bytes that API Gateway takes of a request's first line and headers.
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>
    Cursor(String),
    "the nextCursor of the page before, as it was given",
    min_length = 1, max_length = 4096;
    |text| (1..=4096).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
);

string_newtype!(
    /// What Cognito checks a device's secret with (SRP's `v`), in base64. In SRP's group of 3,072 bits it has 516
    /// characters; Cognito's own limit is far above what a body may hold here.
    PasswordVerifier(SecretString),
    "the device's password verifier in base64: 4 to 1024 characters",
    format = "password", min_length = 4, max_length = 1024;
    |text| (4..=1024).contains(&text.len()) && text.bytes().all(is_base64_byte)
);

string_newtype!(
    /// The salt that goes with it, in base64. Cognito's clients take 16 bytes, which are 24 characters.
    DeviceSalt(SecretString),
    "the device's salt in base64: 4 to 256 characters",
    format = "password", min_length = 4, max_length = 256;
    |text| (4..=256).contains(&text.len()) && text.bytes().all(is_base64_byte)
);

string_newtype!(
    /// The password of a user. What the pool asks of it is Cognito's to say.
    Password(SecretString),
    "a password of 1 to 256 characters that neither begins nor ends with white space",
    format = "password", min_length = 1, max_length = 256;
    |text| (1..=256).contains(&text.chars().count()) && text.trim() == text
);

string_newtype!(
    /// A code that Cognito sent, or that an authenticator app shows.
    Code(SecretString),
    "a code of 1 to 2048 visible characters",
    min_length = 1, max_length = 2048;
    |text| (1..=2048).contains(&text.chars().count()) && text.chars().all(is_visible)
);

string_newtype!(
    /// Where a sign-in stands: Cognito's `Session`. Good for some minutes.
    Session(SecretString),
    "the session of the challenge, as it was given: 20 to 4096 visible ASCII characters",
    min_length = 20, max_length = 4096;
    |text| (20..=4096).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
);

string_newtype!(
    /// A refresh token. Its characters fit into a cookie as they are. Cognito names no limit of its length; a cookie has one
    /// (4,096 bytes with its name and all: RFC 6265 section 6.1), a body does not need it.
    RefreshToken(SecretString),
    "a refresh token, as it was given: up to 8192 letters, digits and any of -_.~+/=",
    min_length = 1, max_length = 8192;
    |text| (1..=8192).contains(&text.len()) && text.bytes().all(is_token_byte)
);

string_newtype!(
    /// An access token. The gate has checked it before it gets here.
    AccessToken(SecretString),
    "an access token",
    min_length = 1, max_length = 10_240;
    |text| (1..=10_240).contains(&text.len()) && text.bytes().all(is_token_byte)
);

string_newtype!(
    /// A proof of humanity: what the widget of Turnstile hands its page, good once and for five minutes.
    /// <https://developers.cloudflare.com/turnstile/get-started/server-side-validation/>
    TurnstileToken(SecretString),
    "the token of Turnstile's widget, as it was given: 1 to 2048 visible ASCII characters",
    min_length = 1, max_length = 2048;
    |text| (1..=2048).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
);

string_newtype!(
    /// The answer to a challenge, of whatever kind. Cognito's limit is 131,072 characters; a body ends long before.
    Answer(SecretString),
    "an answer of 1 to 16384 characters",
    min_length = 1, max_length = 16_384;
    |text| (1..=16_384).contains(&text.chars().count())
);

/// To Cognito, a value with a field of its own is an attribute like the others.
impl From<PhoneNumber> for AttributeValue {
    fn from(number: PhoneNumber) -> Self {
        Self(number.0)
    }
}

impl From<Email> for AttributeValue {
    fn from(email: Email) -> Self {
        Self(email.0.into_string())
    }
}

impl ChallengeName {
    /// The only challenge that the service itself makes.
    pub(crate) fn mfa_setup() -> Self {
        Self(MFA_SETUP.to_owned())
    }
}

impl fmt::Display for ChallengeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_visible(c: char) -> bool {
    !c.is_whitespace() && !c.is_control()
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.~+/=".contains(&byte)
}

fn is_base64_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)
}

/// Cognito's own pattern, `[\w-]+_[0-9a-f-]+`: a region and, behind its last `_`, a UUID.
fn is_device_key(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    let is_id = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-');
    text.len() <= 55
        && text.rsplit_once('_').is_some_and(|(region, id)| {
            !region.is_empty() && region.bytes().all(is_word) && !id.is_empty() && id.bytes().all(is_id)
        })
}

pub(crate) fn is_screaming(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_may_have_lines_and_joiners_and_no_other_controls() {
        let longest = "\u{e9}".repeat(2048);
        for good in [
            "Musterstra\u{df}e 1\r\n12345 Musterstadt\n\tDE",
            "\u{915}\u{94d}\u{200d}\u{937}",
            "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}",
            "O\u{2019}Neill",
            "\u{1f469}\u{200d}\u{1f4bb}",
            "1798000000",
            "2026-11-27T13:00:00Z",
            &longest,
        ] {
            assert!(AttributeValue::parse(good.to_owned()).is_ok(), "{good}");
        }
        let long = "a".repeat(2049);
        for bad in ["", "a\0", "\u{1b}[2J", "a\u{7f}", "a\u{85}b", "a\u{b}b", &long] {
            assert!(AttributeValue::parse(bad.to_owned()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_cognito_hands_out_comes_back_at_its_greatest_length() {
        assert!(Session::parse("s".repeat(4096)).is_ok());
        assert!(Session::parse("s".repeat(4097)).is_err());
        assert!(Code::parse("1".repeat(2048)).is_ok());
        assert!(Code::parse("1".repeat(2049)).is_err());
        assert!(DeviceName::parse("\u{e9}".repeat(1024)).is_ok());
        assert!(DeviceName::parse("a".repeat(1025)).is_err());
        assert!(Username::parse("\u{e9}".repeat(128)).is_ok());
        assert!(Username::parse("a".repeat(129)).is_err());
    }

    #[test]
    fn a_phone_number_is_e_164() {
        for (text, good) in [
            ("+14155550123", true),
            ("+12", true),
            ("+123456789012345", true),
            ("14155550123", false),
            ("+04155550123", false),
            ("+1234567890123456", false),
            ("+1 415 555 0123", false),
            ("+1", false),
            ("+", false),
        ] {
            assert_eq!(PhoneNumber::parse(text.to_owned()).is_ok(), good, "{text}");
        }
    }

    #[test]
    fn a_device_key_is_a_region_and_an_id() {
        let longest = format!("us-east-1_{}", "a".repeat(45));
        for good in ["us-west-2_a1b2c3d4-5678-90ab-cdef-111111111111", "a_0", "us_east_1_-", &longest] {
            assert!(DeviceKey::parse(good.to_owned()).is_ok(), "{good}");
        }
        let long = format!("us-east-1_{}", "a".repeat(46));
        for bad in [
            "",
            "_",
            "a_",
            "_a",
            "us-east-1",
            "us-east-1_A",
            "us-east-1_g",
            "us east-1_a",
            "a_a\n",
            "\u{e4}_a",
            &long,
        ] {
            assert!(DeviceKey::parse(bad.to_owned()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_secret_is_in_no_debug_and_in_no_message() {
        let shown = format!(
            "{:?} {:?} {:?}",
            Password::parse("hunter2".to_owned()),
            Code::parse("hunter2".to_owned()),
            Session::parse("hunter2-hunter2-hunter2".to_owned()),
        );
        assert!(!shown.contains("hunter2"), "{shown}");
        for json in [r#"" hunter2 ""#, "4444", r#"["hunter2"]"#, r#"{"hunter2": 1}"#] {
            let message = serde_json::from_str::<Password>(json).unwrap_err().to_string();
            assert!(!message.contains("hunter2") && !message.contains("4444"), "{message}");
        }
    }
}
