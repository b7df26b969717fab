//! [`string_newtype!`](crate::string_newtype!): declares a type for texts of one form in a few lines.
//!
//! The type checks a text once, where it enters the program. This file must not contain any form: each type is
//! declared beside its field or its call.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error};
use serde_json::Value;

/// Declares a type over a text: its doc comment, its name, what it must be in words, and the test for it.
///
/// **A value of `config.json`** has a name alone. Its error repeats the text, which the author of the file wrote. It
/// may have a default. Its description in the JSON Schema (feature `schema`, crate `schemars`) says what it must be.
///
/// ```
/// use platform::string_newtype;
///
/// string_newtype!(
///     /// The name of a shelf.
///     Shelf = "A1",
///     "a shelf such as A1",
///     |text| text.len() == 2
/// );
///
/// assert_eq!(Shelf::default().as_str(), "A1");
/// let refused = serde_json::from_str::<Shelf>(r#""attic""#).unwrap_err();
/// assert_eq!(refused.to_string(), r#"must be a shelf such as A1, not "attic""#);
/// ```
///
/// If one message for all errors is not enough, `check = ` takes a function from the text to `Result<(), String>`.
///
/// **A value of a request** names the inner type in brackets: `String`, with the method `as_str`, or
/// `secrecy::SecretString`, with the method `expose`, which `Debug` hides. No error repeats the text, because it may
/// be a secret. The members before the test go into its `OpenAPI` schema (crate `utoipa`).
///
/// ```
/// use platform::string_newtype;
///
/// string_newtype!(
///     /// The number on a ticket.
///     Ticket(String),
///     "a ticket of 4 digits",
///     pattern = "^[0-9]{4}$";
///     |text| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit())
/// );
///
/// assert_eq!(Ticket::parse("1234".to_owned()).unwrap().as_str(), "1234");
/// assert_eq!(Ticket::parse("hunter2".to_owned()).unwrap_err(), "must be a ticket of 4 digits");
/// ```
#[macro_export]
macro_rules! string_newtype {
    ($(#[$doc:meta])* $name:ident, $what:literal, check = $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize)]
        #[cfg_attr(feature = "schema", derive(::schemars::JsonSchema))]
        #[cfg_attr(feature = "schema", schemars(transparent, extend("description" = $what)))]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            pub(crate) fn parse(text: String) -> Result<Self, String> {
                let check: fn(&str) -> Result<(), String> = $check;
                check(&text).map(|()| Self(text))
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as ::serde::Deserialize>::deserialize(deserializer)?;
                Self::parse(text).map_err(::serde::de::Error::custom)
            }
        }

        $crate::string_newtype!(@reader $name String);
    };
    ($(#[$doc:meta])* $name:ident $(= $default:literal)?, $what:literal, $test:expr) => {
        $crate::string_newtype!(
            $(#[$doc])*
            $name,
            $what,
            check = |text| {
                let test: fn(&str) -> bool = $test;
                if test(text) { Ok(()) } else { Err(format!("must be {}, not {text:?}", $what)) }
            }
        );

        $(impl Default for $name {
            fn default() -> Self {
                Self($default.to_owned())
            }
        })?
    };
    ($(#[$doc:meta])* $name:ident($inner:ident), $what:literal, $($schema:ident = $value:tt),*; $test:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, ::utoipa::ToSchema)]
        #[schema(value_type = String, description = $what, $($schema = $value),*)]
        pub struct $name($inner);

        impl $name {
            /// Takes `text` when it is one.
            ///
            /// # Errors
            /// What it must be.
            pub fn parse(text: String) -> Result<Self, &'static str> {
                let test: fn(&str) -> bool = $test;
                if test(&text) { Ok(Self(text.into())) } else { Err(concat!("must be ", $what)) }
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::string_newtype::read(deserializer, Self::parse)
            }
        }

        $crate::string_newtype!(@reader $name $inner);
    };
    (@reader $name:ident String) => {
        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
    (@reader $name:ident SecretString) => {
        impl $name {
            /// The secret itself, for the one call that needs it.
            #[must_use]
            pub fn expose(&self) -> &str {
                ::secrecy::ExposeSecret::expose_secret(&self.0)
            }
        }
    };
}

/// Reads a text. The error does not repeat a value of another type.
///
/// # Errors
/// The value is not a text, or `parse` refuses it.
pub fn read<'de, D: Deserializer<'de>, T, E: fmt::Display>(
    deserializer: D,
    parse: impl FnOnce(String) -> Result<T, E>,
) -> Result<T, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => parse(text).map_err(D::Error::custom),
        _ => Err(D::Error::custom("must be a string")),
    }
}
