//! Checks a password against the pool's policy, in the order in which Cognito checks it.
//!
//! The service does this itself if Cognito's answer would show an account (`auth.enumerationSafe`). It must neither
//! keep nor show a password.

use platform::config::PasswordPolicy;

/// What Cognito counts as a symbol, besides an inner space.
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html>
const SYMBOLS: &str = r#"^$*.[]{}()?-"!@#%&/\,><':;|_~`+= "#;

/// What `password` lacks, as text. `None`: nothing.
pub(crate) fn lacking(policy: &PasswordPolicy, password: &str) -> Option<String> {
    let has = |is_one: fn(char) -> bool| password.chars().any(is_one);
    let least = policy.minimum_length.get();
    let is_long = u64::try_from(password.chars().count()).is_ok_and(|length| length >= least);
    let wanted = [
        (is_long, format!("at least {least} characters")),
        (!policy.require_uppercase || has(|c| c.is_ascii_uppercase()), "an uppercase letter (A to Z)".into()),
        (!policy.require_lowercase || has(|c| c.is_ascii_lowercase()), "a lowercase letter (a to z)".into()),
        (!policy.require_numbers || has(|c| c.is_ascii_digit()), "a digit".into()),
        (!policy.require_symbols || has(|c| SYMBOLS.contains(c)), "a symbol".into()),
    ];
    let lacking: Vec<String> =
        wanted.into_iter().filter(|(is_met, _)| !is_met).map(|(_, what)| what).collect();
    (!lacking.is_empty()).then(|| format!("It needs {}.", lacking.join(", ")))
}

#[cfg(test)]
mod tests {
    use platform::config::Config;

    use super::*;

    fn policy(json: &str) -> PasswordPolicy {
        let file = format!(r#"{{"userPool": {{"passwordPolicy": {json}}}}}"#);
        Config::parse(&file).unwrap().user_pool.password_policy
    }

    #[test]
    fn each_thing_that_the_policy_asks_for_is_named_when_it_is_lacking() {
        let all = PasswordPolicy::default();
        for (password, lacks) in [
            ("Correct-horse-9", None),
            ("Correct horse 9", None),
            ("Short-9", Some("It needs at least 12 characters.")),
            ("correct-horse-9", Some("It needs an uppercase letter (A to Z).")),
            ("CORRECT-HORSE-9", Some("It needs a lowercase letter (a to z).")),
            ("Correct-horse-x", Some("It needs a digit.")),
            ("CorrectHorse99\u{20ac}", Some("It needs a symbol.")),
            (
                "\u{c4}\u{e4}\u{663}",
                Some(
                    "It needs at least 12 characters, an uppercase letter (A to Z), a lowercase letter (a to z), \
                     a digit, a symbol.",
                ),
            ),
        ] {
            assert_eq!(lacking(&all, password).as_deref(), lacks, "{password}");
        }
    }

    #[test]
    fn what_the_policy_does_not_ask_for_is_not_looked_for() {
        let lax = policy(
            r#"{"minimumLength": 6, "requireUppercase": false, "requireLowercase": false,
                "requireNumbers": false, "requireSymbols": false}"#,
        );
        assert_eq!(lacking(&lax, "\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}"), None);
        assert_eq!(lacking(&lax, "abcde").as_deref(), Some("It needs at least 6 characters."));
    }
}
