//! Whose an order is. The only place where the caller becomes a key of the table.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platform::identity::Identity;

/// A caller, as the owner of rows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    key: String,
    subject: String,
}

impl Owner {
    /// The owner that a caller is.
    ///
    /// A subject is unique to its issuer alone (`OpenID` Connect Core section 5.7). Cognito makes them, for users
    /// and for machine clients, and nobody can choose one, so they stand as they are. Another issuer that
    /// config.json trusts could give any subject, also one of Cognito's, so its name goes into the key.
    #[must_use]
    pub fn of(identity: &Identity) -> Self {
        let subject = &identity.subject;
        let key =
            if is_cognito(&identity.issuer) { subject.clone() } else { foreign(&identity.issuer, subject) };
        Self { key, subject: subject.clone() }
    }

    /// The owner of a row that was read.
    #[must_use]
    pub fn stored(key: &str, subject: &str) -> Self {
        Self { key: key.to_owned(), subject: subject.to_owned() }
    }

    /// What tells this owner's rows from everybody else's.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The identity's subject.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

/// Whether tokens of this issuer are made by Cognito: both forms of its issuers, in every partition of AWS.
fn is_cognito(issuer: &str) -> bool {
    let host = issuer.strip_prefix("https://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    (host.starts_with("cognito-idp.") || host.starts_with("issuer-cognito-idp."))
        && (host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn"))
}

/// A hash, because an issuer's subjects can be longer than a key. The colon is in no subject of Cognito's.
fn foreign(issuer: &str, subject: &str) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(issuer.as_bytes());
    // In no issuer: it is a URL.
    context.update(&[0]);
    context.update(subject.as_bytes());
    format!("other:{}", URL_SAFE_NO_PAD.encode(context.finish()))
}

#[cfg(test)]
mod tests {
    use platform::identity::{Names, TokenUse};

    use super::*;

    const COGNITO: &str = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI";

    fn owner(issuer: &str, subject: &str) -> Owner {
        Owner::of(&Identity {
            subject: subject.to_owned(),
            username: None,
            token_use: TokenUse::Access,
            client_id: Some("client".to_owned()),
            groups: Names::default(),
            scopes: Names::default(),
            issuer: issuer.to_owned(),
            expires_at: 0,
            token_id: None,
            authority: platform::identity::Authority::Own,
            claims: serde_json::Map::new(),
        })
    }

    #[test]
    fn a_subject_of_cognitos_is_the_key_itself() {
        let replica = "https://issuer-cognito-idp.eu-west-1.amazonaws.com/us-east-1_AbCdEfGhI";
        let china = "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_AbCdEfGhI";
        for issuer in [COGNITO, replica, china] {
            assert_eq!(owner(issuer, "b1f0").key(), "b1f0", "{issuer}");
        }
    }

    #[test]
    fn another_issuer_cannot_give_a_subject_the_rows_of_cognitos() {
        let others = [
            "https://idp.example",
            "https://cognito-idp.us-east-1.amazonaws.com.evil.example/pool",
            "https://evil.example/cognito-idp.us-east-1.amazonaws.com",
            "https://cognito-idp.evil.example/pool.amazonaws.com",
            "http://cognito-idp.us-east-1.amazonaws.com/pool",
            "",
        ];
        let mut keys: Vec<_> = others.iter().map(|issuer| owner(issuer, "b1f0").key().to_owned()).collect();
        keys.push(owner(COGNITO, "b1f0").key().to_owned());
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), others.len() + 1);
        assert_eq!(owner(others[0], &"x".repeat(5000)).key().len(), owner(others[0], "x").key().len());
    }
}
